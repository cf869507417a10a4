"""Opening a node's ledger: an empty database gets the state of genesis, any other must be of it."""

import sqlite3
from pathlib import Path

from cocket.contracts.genesis import genesis_state
from cocket.ledger.genesis import Genesis
from cocket.ledger.merkle import CompactRange
from cocket.node.database import open_database
from cocket.node.problems import NodeError
from cocket.node.reader import Reader
from cocket.node.records import Head
from cocket.node.writes import initial_state


def open_ledger(path: Path, genesis: Genesis) -> Head:
    """How far the ledger in `path` is; `NodeError` where it is damaged or another network's."""
    database = open_database(path)
    if database.execute("SELECT count(*) FROM meta").fetchone() == (0,):
        _found(database, genesis)
    database.close()
    reader = Reader(path)
    try:
        if reader.meta("genesis") != genesis.hash:
            raise NodeError(
                "other-genesis",
                f"{path} belongs to another genesis than the genesis.json beside it: use the file "
                "that the network was founded with, or start with an empty data directory",
            )
        head = reader.head()
    finally:
        reader.close()
    assert head is not None, "a ledger has a head from its first transaction on"
    return head


def _found(database: sqlite3.Connection, genesis: Genesis) -> None:
    state, digest = genesis_state(genesis)
    head = Head(0, genesis.hash, 0, genesis.time_ms, CompactRange(), digest.to_bytes())
    database.execute("BEGIN IMMEDIATE")
    initial_state(head, state, genesis.hash)(database)
    database.execute("COMMIT")
