"""A quorum makes a checkpoint good; a quorum on another one than ours stops this node."""

from cocket.ledger.blocks import Block
from cocket.ledger.checkpoint import Checkpoint, cosign, cosigner_name
from cocket.ledger.merkle import CompactRange
from cocket.ledger.receipt import Receipt, verify_receipt
from cocket.node.checkpoints import AHEAD_BLOCKS, Checkpoints
from cocket.node.records import AppliedBlock, Head
from tests.protocol_examples import NETWORK, ORGANISATIONS, TIME_MS, committee, key

ME = 0


class Observer:
    """A validator's checkpoints, and what they told it."""

    def __init__(self) -> None:
        self.good: list[tuple[int, list[tuple[int, bytes]]]] = []
        self.diverged: list[tuple[int, bytes, bytes]] = []
        self.checkpoints = Checkpoints(
            committee(),
            ME,
            key(11),
            lambda height, signatures: self.good.append((height, signatures)),
            lambda height, own, theirs: self.diverged.append((height, own.state, theirs.state)),
        )

    def apply(self, height: int, checkpoint: Checkpoint) -> None:
        """Apply a block that leads to this checkpoint."""
        own = self.checkpoints.sign(checkpoint, TIME_MS // 1000)
        block = Block(NETWORK, 1, height, height, bytes(32), TIME_MS, ())
        head = Head(height, block.id, height, TIME_MS, CompactRange(), bytes(2048))
        applied = AppliedBlock(block, None, head, (), (), {}, {}, checkpoint, own)
        self.checkpoints.applied(applied, {"title/a": b"1", "title/b": None})


def checkpoint(height: int, state: int = 0) -> Checkpoint:
    return Checkpoint(NETWORK, height, bytes(32), height, bytes([state]) * 32)


def cosigned(validator: int, at: Checkpoint) -> bytes:
    name = cosigner_name(NETWORK, ORGANISATIONS[validator])
    return cosign(key(11 + validator), name, str(at), TIME_MS // 1000).blob


def test_a_quorum_on_our_text_makes_it_good_once_and_its_receipt_verifies() -> None:
    observer, at = Observer(), checkpoint(1)
    observer.apply(1, at)
    assert observer.checkpoints.add(1, 1, str(at), cosigned(1, at))
    assert not observer.good
    assert observer.checkpoints.add(3, 1, str(at), cosigned(3, at))
    assert observer.checkpoints.add(2, 1, str(at), cosigned(2, at))
    ((height, signatures),) = observer.good
    assert height == 1
    assert [validator for validator, _ in signatures] == [0, 1, 3]
    note = observer.checkpoints.cosigned(str(at), signatures)
    names = {cosigner_name(NETWORK, v.organisation): v.cosign_key for v in committee().validators}
    verdict = verify_receipt(b"leaf", Receipt(0, (), note), NETWORK, names, 3)
    assert len(verdict.cosigners) == 3


def test_cosignatures_that_come_before_our_own_execution_are_counted_when_it_is_there() -> None:
    observer, at = Observer(), checkpoint(1)
    for validator in (1, 2, 3):
        assert observer.checkpoints.add(validator, 1, str(at), cosigned(validator, at))
    assert not observer.good
    observer.apply(1, at)
    assert [height for height, _ in observer.good] == [1]


def test_a_quorum_on_another_text_is_a_divergence() -> None:
    observer, ours, theirs = Observer(), checkpoint(1, state=1), checkpoint(1, state=2)
    observer.apply(1, ours)
    for validator in (1, 2):
        observer.checkpoints.add(validator, 1, str(theirs), cosigned(validator, theirs))
    assert not observer.diverged
    observer.checkpoints.add(3, 1, str(theirs), cosigned(3, theirs))
    assert observer.diverged == [(1, bytes([1]) * 32, bytes([2]) * 32)]
    assert not observer.good


def test_a_signature_that_is_not_its_senders_is_blamed() -> None:
    observer, at = Observer(), checkpoint(1)
    assert not observer.checkpoints.add(1, 1, str(at), cosigned(2, at))
    assert not observer.checkpoints.add(1, 1, str(checkpoint(2)), cosigned(1, checkpoint(2)))
    assert not observer.checkpoints.add(1, 1, "nonsense", cosigned(1, at))


def test_a_validator_that_does_not_exist_is_blamed_and_harms_nothing() -> None:
    observer, at = Observer(), checkpoint(1)
    assert not observer.checkpoints.add(99, 1, str(at), cosigned(1, at))


def test_a_halted_node_signs_nothing_more() -> None:
    observer, at = Observer(), checkpoint(1)
    observer.checkpoints.silent = True
    assert observer.checkpoints.sign(at, TIME_MS // 1000) is None


def test_what_is_far_ahead_is_not_kept() -> None:
    observer, far = Observer(), checkpoint(AHEAD_BLOCKS + 1)
    assert observer.checkpoints.add(1, far.height, str(far), b"never looked at")


def test_what_a_block_wrote_can_be_compared_by_its_digests() -> None:
    observer = Observer()
    observer.apply(1, checkpoint(1))
    assert [name for name, _ in observer.checkpoints.writes(1)] == ["title/a", "title/b"]
    assert observer.checkpoints.writes(2) == ()
