"""The first start of a node, told from a start after its journal was lost.

    data/first-start         the mark: made with the keys, taken away by the first start
    data/consensus.journal   has a record from the first start on

    journal has records                an ordinary start; a mark that a crash left behind goes
    it has none, the mark is there     the first start: a first record, and then the mark goes
    it has none, and no mark           the journal is lost: `cocket.consensus.abstention`

All of it is on the disk before the node hears or says anything. The mark lies where the journal
does, so that whatever takes the one takes the other; a ledger with blocks in it refutes a mark that
was put back.
"""

from pathlib import Path
from random import Random

import structlog

from cocket.consensus.floor import Floor
from cocket.consensus.journal import Applied, Lost, Record, decode, encode
from cocket.consensus.messages import NONCE_BYTES
from cocket.ledger.genesis import Genesis
from cocket.ledger.keys import base64url
from cocket.node.journal import JournalFile, sync_directory

JOURNAL_FILE = "consensus.journal"
MARK_FILE = "first-start"

log = structlog.get_logger("journal")


def mark(genesis: Genesis) -> bytes:
    """What the mark of a network's nodes says."""
    return (
        f"network {genesis.network}, genesis {base64url(genesis.hash)}\n"
        "This node was never started, so it has not voted yet. Its first start removes this file.\n"
        "Never copy it, back it up or put it back: a node that lost its journal and finds it\n"
        "votes as if for the first time, and contradicts itself.\n"
    ).encode()


def open_journal(
    data: Path, genesis: Genesis, height: int, random: Random
) -> tuple[JournalFile, list[Record]]:
    """The journal in a node's `data` directory and what it says. `height` is the ledger's; `random`
    must never repeat itself."""
    journal = JournalFile(data / JOURNAL_FILE)
    records = [decode(record) for record in journal.records]
    journal.records = []
    path = data / MARK_FILE
    first = path.is_file() and path.read_bytes() == mark(genesis) and height == 0
    if not records:
        records = [_first_record(genesis) if first else _lost(genesis, random)]
        journal.append([encode(record) for record in records])
    if path.exists():
        path.unlink()
        sync_directory(path)
    return journal, records


def _first_record(genesis: Genesis) -> Record:
    """Nothing was signed before, and nothing is final but genesis."""
    return Applied(genesis.committee().epoch, Floor(0, 0, genesis.hash, genesis.time_ms))


def _lost(genesis: Genesis, random: Random) -> Record:
    log.error(
        "journal-lost",
        why="there is no journal, and this is not the first start: the node abstains until it "
        "knows from the other validators in which views it cannot have voted",
    )
    return Lost(genesis.committee().epoch, random.randbytes(NONCE_BYTES))
