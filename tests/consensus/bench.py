"""One replica on a bench; the test plays all the others, with their keys."""

from collections.abc import Iterable
from hashlib import sha256

from cocket.consensus import journal
from cocket.consensus.effects import Effects
from cocket.consensus.floor import Floor
from cocket.consensus.messages import Message, Proposal, notarize
from cocket.consensus.replica import Replica
from cocket.consensus.timing import Now, Timing
from cocket.ledger.blocks import Block, Certificate, Kind, Subject, Vote
from tests.simulation.clock import WALL_MS
from tests.simulation.committees import GENESIS, NETWORK, cheap_committee

TIMING = Timing()
DELTA = TIMING.delta_ms


def batch(number: int) -> bytes:
    """The id of some batch."""
    return sha256(b"batch %d" % number).digest()


class Bench:
    """`replica` is validator `me` of `size`. Whatever it wants kept is in `journal`, whatever it
    said in `sent`, in order."""

    def __init__(
        self,
        size: int = 4,
        me: int = 0,
        records: Iterable[journal.Record] = (),
        epoch: int = 0,
    ) -> None:
        self.committee, self.signs = cheap_committee(size, epoch)
        self.me = me
        self.floor = GENESIS
        self.now_ms = 0
        self.wall_skew_ms = 0
        self.journal: list[journal.Record] = list(records)
        self.sent: list[Message] = []
        self.start()

    @property
    def now(self) -> Now:
        return Now(self.now_ms, WALL_MS + self.now_ms + self.wall_skew_ms)

    def start(self, records: Iterable[journal.Record] | None = None) -> Effects:
        """Boot, from the journal or other records."""
        kept = self.journal if records is None else list(records)
        kept = [journal.decode(journal.encode(record)) for record in kept]
        self.journal = list(kept)
        sign = self.signs[self.me]
        self.replica = Replica(self.committee, self.me, sign, TIMING, self.floor, kept, self.now)
        self.sent = []
        return self.keep(self.replica.start(self.now))

    def keep(self, effects: Effects) -> Effects:
        """The driver's part; checks that no vote leaves that is not in the journal."""
        self.journal += effects.persist
        own = {record.vote for record in self.journal if isinstance(record, journal.OwnVote)}
        blocks = {r.block for r in self.journal if isinstance(r, journal.OwnProposal)}
        for send in effects.send:
            if isinstance(send.message, Vote) and send.message not in own:
                assert any(notarize(block) == send.message.subject for block in blocks)
            if isinstance(send.message, Proposal):
                assert send.message.block in blocks
        self.sent += [send.message for send in effects.send]
        return effects

    # what others make

    def block(
        self,
        view: int,
        parent: Block | Floor = GENESIS,
        batches: Iterable[bytes] = (),
        time_ms: int | None = None,
    ) -> Block:
        """A block as its leader would propose it."""
        parent_id = parent.block_id if isinstance(parent, Floor) else parent.id
        time_ms = parent.time_ms + 1 if time_ms is None else time_ms
        height = parent.height + 1
        epoch = self.committee.epoch
        return Block(NETWORK, epoch, view, height, parent_id, time_ms, tuple(batches))

    def proposal(self, block: Block) -> Proposal:
        """The leader's proposal of a block."""
        leader = self.committee.leader(block.view)
        return Proposal(block, self.vote(Kind.NOTARIZE, block, leader).signature)

    def subject(self, kind: Kind, what: Block | int) -> Subject:
        """A kind of vote on a block, or on a view."""
        if isinstance(what, int):
            return Subject(kind, self.committee.epoch, what, None)
        return Subject(kind, what.epoch, what.view, what.id)

    def vote(self, kind: Kind, what: Block | int, validator: int) -> Vote:
        """A validator's vote."""
        subject = self.subject(kind, what)
        return Vote(subject, validator, self.signs[validator](subject.signed_bytes(NETWORK)))

    def certificate(
        self, kind: Kind, what: Block | int, voters: Iterable[int] | None = None
    ) -> Certificate:
        """A certificate, by the last validators that make a quorum if none are named."""
        size, quorum = self.committee.size, self.committee.quorum
        voters = range(size - quorum, size) if voters is None else voters
        votes = {voter: self.vote(kind, what, voter).signature for voter in voters}
        return self.committee.certificate(self.subject(kind, what), votes)

    # events

    def hear(self, sender: int, *messages: Message) -> Effects:
        """Messages of one validator."""
        effects = Effects()
        for message in messages:
            effects.add(self.keep(self.replica.on_message(sender, message, self.now)))
        return effects

    def lead(self, block: Block) -> Effects:
        """The block's leader proposes it."""
        return self.hear(self.committee.leader(block.view), self.proposal(block))

    def learn(self, kind: Kind, what: Block | int, sender: int | None = None) -> Effects:
        """Someone relays a certificate."""
        sender = (self.me + 1) % self.committee.size if sender is None else sender
        return self.hear(sender, self.certificate(kind, what))

    def store(self, *batches: bytes) -> Effects:
        """Batches come in."""
        effects = Effects()
        for name in batches:
            effects.add(self.keep(self.replica.on_batch(name, self.now)))
        return effects

    def wait(self, ms: int) -> Effects:
        """Let time pass, with a tick at every deadline on the way."""
        effects, end_ms = Effects(), self.now_ms + ms
        while (due_ms := self.replica.deadline) is not None and due_ms <= end_ms:
            assert due_ms >= self.now_ms
            self.now_ms = due_ms
            effects.add(self.keep(self.replica.on_tick(self.now)))
        self.now_ms = end_ms
        return effects

    # what it said

    def said(self, kind: Kind, view: int) -> list[Vote]:
        """Its votes of a kind in a view, one for each time they were sent since it started."""
        own = [
            message.vote(self.me) if isinstance(message, Proposal) else message
            for message in self.sent
        ]
        return [
            vote
            for vote in own
            if isinstance(vote, Vote) and (vote.subject.kind, vote.subject.view) == (kind, view)
        ]


def proposals(effects: Effects) -> list[Proposal]:
    """The proposals among what is sent."""
    return [send.message for send in effects.send if isinstance(send.message, Proposal)]


def certificates(effects: Effects, to: int | None = None) -> list[Certificate]:
    """The certificates sent to one validator, or to all."""
    return [
        send.message
        for send in effects.send
        if isinstance(send.message, Certificate) and send.to == to
    ]
