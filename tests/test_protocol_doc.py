"""docs/protocol.md shows what the code makes: every example, byte for byte, and no other."""

import re
from pathlib import Path

import pytest

from cocket.client import Wallet, verify
from cocket.consensus import journal, messages
from cocket.contracts.lthash import LtHash
from cocket.ledger.batches import Batch
from cocket.ledger.blocks import Block
from cocket.ledger.genesis import Genesis
from cocket.ledger.merkle import root
from cocket.ledger.receipt import Receipt
from cocket.ledger.tiles import TileId
from cocket.ledger.trust import TrustBundle
from cocket.network import frames, questions
from cocket.node.api.access import check_token
from cocket.node.config import read_key
from cocket.node.journal import JournalFile
from tests import protocol_examples as made

REMEDY = (
    "The page and the code differ. If the change of bytes is meant, every node and receipt is "
    "concerned: say so in the commit, and write the page anew with "
    "`python -m tests.protocol_examples --write`."
)
PAGE = made.PAGE.read_text("utf-8")
SHOWN = {match[2]: match[3] for match in made.EXAMPLE.finditer(PAGE)}
EXAMPLES = made.examples()


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_stands_on_the_page_as_the_code_makes_it(name: str) -> None:
    assert name in SHOWN, f"put <!-- example: {name} --> and a fenced block on the page. {REMEDY}"
    assert SHOWN[name] == EXAMPLES[name], REMEDY


def test_every_block_that_the_page_calls_an_example_is_one() -> None:
    named = re.findall(r"<!-- example: (.*?) -->", PAGE)
    assert sorted(named) == sorted(EXAMPLES), REMEDY


def test_the_document_the_receipt_and_the_bundle_of_the_page_verify() -> None:
    document = "".join(SHOWN["document"].partition("\n\n")[0].split("\n"))
    disclosure = SHOWN["disclosure"].partition("\n")[0]
    bundle = "".join(SHOWN["trust-bundle"].split("\n"))
    verdicts = verify(f"{document}~{disclosure}~", SHOWN["receipt"] + "\n", bundle)
    assert verdicts.ok, str(verdicts)
    assert verdicts.inclusion.facts["time"] == made.TIME_S


def test_what_is_shown_is_read_back_by_the_code() -> None:
    assert Batch.parse(made.batch().data) == made.batch()
    assert Block.parse(made.block().data) == made.block()
    assert Genesis.parse(made.genesis().data) == made.genesis()
    assert Receipt.parse(str(made.receipt())) == made.receipt()
    assert TrustBundle.parse(made.trust().data) == made.trust()


def test_the_tree_and_the_state_of_the_page_have_the_checkpoint_s_digests() -> None:
    assert root(made.LEAVES) == made.checkpoint().root
    state = LtHash().update([(made.STATE_KEY.encode(), made.state_value())])
    assert state.digest == made.checkpoint().state
    assert TileId(0, 1234067).path(5) == "0/x001/x234/067.p/5"  # the path that the text names


def test_short_messages_and_frames_of_the_page_are_those_decoded() -> None:
    lines = dict(line.split(maxsplit=1) for line in SHOWN["frames"].split("\n"))
    assert frames.decode(bytes.fromhex(lines["Alive"])) == frames.Alive()
    asked = frames.decode(bytes.fromhex(lines["GetChain"]))
    assert asked == frames.Asked(3, questions.GetChain(1, 64))
    ask = dict(line.split(maxsplit=1) for line in SHOWN["messages"].split("\n"))["ask"]
    assert messages.decode(bytes.fromhex(ask)) == messages.Ask(1, 7, None)


def test_the_journal_of_the_page_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "consensus.journal"
    path.write_bytes(bytes.fromhex(SHOWN["journal-file"].replace("\n", "")))
    file = JournalFile(path)
    file.close()
    (record,) = map(journal.decode, file.records)
    assert isinstance(record, journal.Applied)
    assert record.floor.block_id == made.block().id


def test_the_wallet_the_key_file_and_the_token_of_the_page_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "wallet.json"
    path.write_text(SHOWN["wallet"].replace("\n", ""))
    assert Wallet.load(path, made.PASSWORD).key == made.key(21)
    path = tmp_path / "vote.key"
    path.write_text(SHOWN["key-file"] + "\n")
    path.chmod(0o600)
    assert read_key(path) == made.key(1)
    token = SHOWN["token"].replace("\n", "")
    owner = (made.ISSUER, made.key(21).public_key)
    found = check_token(f"Bearer {token}", made.NETWORK, made.TIME_S, lambda _: owner)
    assert found == made.ISSUER
