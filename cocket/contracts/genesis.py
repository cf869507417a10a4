"""The state that a network starts from: what genesis says, as the entries of the state.

Code lists are those that the founders took from the packages they had (`codes.code_lists`).
"""

from cocket.contracts.lthash import LtHash
from cocket.contracts.ownership import first_writers
from cocket.contracts.registry import check_entry, entries_of, entry_of
from cocket.ledger import canonical
from cocket.ledger.genesis import EPOCH, Genesis


def genesis_state(genesis: Genesis) -> tuple[dict[str, bytes], LtHash]:
    """The entries of the state before block 1, by key, and their digest.

    Raises `Refused` where a contract or schema of genesis cannot be compiled.
    """
    entries: dict[str, bytes] = {}
    for organisation in genesis.organisations:
        entries |= entries_of(organisation)
    for contract in genesis.contracts:
        entries |= entry_of(contract)
    entries |= first_writers(genesis.contracts)
    entries[f"validators/{EPOCH}"] = canonical.encode(list(genesis.validators))
    for name, number in genesis.parameters.items():
        entries[f"parameter/{name}"] = canonical.encode(number)
    for name, codes in genesis.code_lists.items():
        entries[f"code-list/{name}"] = canonical.encode(codes)
    for key, value in entries.items():
        check_entry(key, value)
    entries = dict(sorted(entries.items()))
    digest = LtHash().update((key.encode(), value) for key, value in entries.items())
    return entries, digest
