"""cocket: a permissioned ledger for cross-border trade documents."""
