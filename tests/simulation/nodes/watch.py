"""The promises of a node, checked against what whole nodes do, say and keep.

agreement     the same block, log, state and outcomes at each height; nothing is final twice
durability    what was on the disk is there after a restart
answers       `pending`, `committed` and `refused` agree with what becomes final
forgery       nothing badly signed is committed
honest votes  no node contradicts what it signed before, restarts included
blame         never on an honest node
faults        no node ends, halts, or logs a fault of its own
bounds        every queue and table that others can make grow
readiness     whoever says that it is ready is not far behind
checkpoints   those that are kept are signed by a quorum, and are those of their blocks
liveness      in the calm all that was promised is final in time, everywhere (`scenario`)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cocket.consensus import messages
from cocket.consensus.evidence import contradict
from cocket.consensus.messages import Proposal
from cocket.ledger.blocks import Vote
from cocket.ledger.document import document_id
from cocket.network import frames
from cocket.network.frames import ConsensusFrame
from cocket.network.outbox import OUTBOX_BYTES_MAX
from cocket.node.checkpoints import Checkpoints
from cocket.node.intake import BUSY_CODES, ELSEWHERE_CODES, Answer
from cocket.node.records import AppliedBlock, Final
from cocket.node.service import Node
from cocket.node.status import LAG_TOLERATED, unready

if TYPE_CHECKING:
    from tests.simulation.nodes.machine import Machine
    from tests.simulation.nodes.world import World

READY_S = 6.0
"""So long after blocks became final elsewhere, a node that is connected must know of them."""
KEPT_LATER = "what a peer sent could not be kept; it is asked for again"
NEVER_LOGGED = ("halted", "diverged", "catch-up-refused")
"""That consensus refuses what catching up brought means that it was not verified before."""
Outcome = tuple[object, ...]


class Watch:
    """Tells the world, with the promise in its text, when one is broken."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.committee = world.genesis.committee()
        self.judge = Checkpoints(self.committee, None, None, lambda *_: None, lambda *_: None)
        self.blocks: dict[int, Outcome] = {}
        self.kept: dict[str, int] = {}
        """Of each machine, the newest block that it said was on its disk."""
        self.final: dict[str, tuple[int, int | None, str]] = {}
        """Of each final document: height, leaf, and the code with which it was refused."""
        self.told: dict[str, tuple[int, int | None, str]] = {}
        """The same of documents that a node answered as final, and no other was known to have."""
        self.promised: dict[str, set[str]] = {}
        """Documents that honest nodes answered `pending`, and which nodes."""
        self.refused: dict[str, str] = {}
        """Documents that an honest node refused to take, and with which code."""
        self.sent_to: dict[str, set[str]] = {}
        """To whom a document was submitted without an answer, or with another than a refusal."""
        self.forged: set[str] = set()
        """Badly signed documents that a faulty member made."""
        self.votes: dict[tuple[int, int], set[Vote]] = {}
        self.heights: list[tuple[float, dict[str, int]]] = []

    # blocks

    def started(self, machine: Machine, node: Node) -> None:
        """A node has opened what its disk holds."""
        head = node.head
        if not machine.honest:
            return
        known = self.blocks.get(head.height)
        self._hold(
            head.height >= self.kept.get(machine.name, 0),
            "durability",
            f"{machine.name} forgot blocks: it is at {head.height}",
        )
        self.kept[machine.name] = head.height
        if known is not None:
            mine = (head.block_id, head.log.size, head.log.root(), node.execution.state_digest)
            other = f"{machine.name} opens another block {head.height}"
            self._hold(known[:4] == mine, "durability", other)
        told = node.execution._applied

        async def applied(block: AppliedBlock, finals: list[Final], passed: list[str]) -> None:
            self.applied(machine, block, finals)
            await told(block, finals, passed)

        node.execution._applied = applied

    def applied(self, machine: Machine, applied: AppliedBlock, finals: Sequence[Final]) -> None:
        """A block is applied, and on the disk."""
        block, head = applied.block, applied.head
        height = block.height
        follows = height == self._above(machine)
        self._hold(follows, "agreement", f"{machine.name} skips to block {height}")
        self.kept[machine.name] = height
        digest = machine.node.execution.state_digest if machine.node is not None else b""
        outcome: Outcome = (
            block.id,
            head.log.size,
            head.log.root(),
            digest,
            tuple((each.id, each.leaf, each.refusal) for each in finals),
        )
        known = self.blocks.setdefault(height, outcome)
        other = f"{machine.name} makes something else of block {height}"
        self._hold(known == outcome, "agreement", other)
        self.world.say(
            machine.name,
            f"applied block {height}: {len(applied.documents)} committed, "
            f"{len(applied.refusals)} refused, {head.log.root().hex()[:8]}",
        )
        for final in finals:
            code = "" if final.refusal is None else final.refusal.code
            this = (height, final.leaf, code)
            first = self.final.setdefault(final.id, this)
            twice = f"{final.id} is final twice: {first} and {this}"
            self._hold(first == this, "agreement", twice)
            told = self.told.pop(final.id, this)
            other = f"{final.id} was answered as {told}, and is {this}"
            self._hold(told == this, "answers", other)
            forged = final.id in self.forged and final.leaf is not None
            self._hold(not forged, "forgery", f"{final.id} was forged and is committed")

    def forgot(self, name: str) -> None:
        """A disk failed: what was on it alone is lost, and nobody's fault."""
        self.kept.pop(name, None)
        for promisers in self.promised.values():
            promisers.discard(name)

    def _above(self, machine: Machine) -> int:
        return self.kept.get(machine.name, 0) + 1

    # answers

    def submitted(self, machine: Machine, texts: Sequence[bytes]) -> None:
        """Documents are on their way to a node; whether it takes them is not known yet."""
        for text in texts:
            self.sent_to.setdefault(document_id(text), set()).add(machine.name)

    def answered(self, machine: Machine, texts: Sequence[bytes], answers: Sequence[Answer]) -> None:
        """A node answered."""
        for text, answer in zip(texts, answers, strict=True):
            named = answer.id == document_id(text)
            self._hold(named, "answers", "an answer names its document")
            self.world.say(machine.name, f"answers {answer.id[:8]}: {_in_words(answer)}")
            if not machine.honest:
                continue
            if answer.pending:
                self.promised.setdefault(answer.id, set()).add(machine.name)
            elif answer.final is not None:
                code = "" if answer.final.refusal is None else answer.final.refusal.code
                this = (answer.final.height, answer.final.leaf, code)
                # A block may be on its disk, and it has not told anybody of it yet.
                known = self.final.get(answer.id) or self.told.setdefault(answer.id, this)
                other = f"{machine.name} answers {this}, and it is {known}"
                self._hold(known == this, "answers", other)
            elif answer.refusal is not None:
                self._not_taken(machine, answer.id, answer.refusal.code)

    def _not_taken(self, machine: Machine, identity: str, code: str) -> None:
        self.sent_to[identity].discard(machine.name)
        if code not in BUSY_CODES | ELSEWHERE_CODES:
            self.refused[identity] = code

    # what nodes say

    def sent(self, sender: str, data: bytes) -> None:
        """An honest node hands a frame to the network."""
        frame = frames.decode(data)
        if not isinstance(frame, ConsensusFrame):
            return
        message = messages.decode(frame.data)
        index = self.committee.index(sender)
        assert index is not None
        if isinstance(message, Proposal):
            message = message.vote(index)
        if isinstance(message, Vote) and message.validator == index:
            said = self.votes.setdefault((index, message.subject.view), set())
            for other in said:
                honest = not contradict(message, other)
                self._hold(honest, "honest votes", f"{sender} contradicts {other}")
            said.add(message)

    def blamed(self, who: str, whom: str, reason: str) -> None:
        """A node ends a session and blames the other."""
        both = self.world.machines[who].honest and self.world.machines[whom].honest
        self._hold(not both, "blame", f"{who} blames {whom}, who is honest: {reason}")

    def logged(self, name: str, fields: Mapping[str, Any]) -> None:
        """A node wrote a line into its log."""
        machine = self.world.machines.get(name)
        if machine is None or not machine.honest:
            return
        event = fields.get("event")
        full = machine.full_disk and event == KEPT_LATER
        self._hold("exc_info" not in fields or full, "faults", f"{name} hit one: {fields}")
        self._hold(event not in NEVER_LOGGED, "faults", f"{name}: {fields}")
        if event == "bad-batch":
            author = self.world.machines[fields["author"]]
            self._hold(not author.honest, "blame", f"{name} blames an honest author: {fields}")

    # again and again

    def look(self) -> None:
        """What must hold at any moment."""
        now = self.world.loop.time()
        self.heights.append((now, dict(self.kept)))
        while len(self.heights) > 1 and self.heights[1][0] <= now - READY_S:
            del self.heights[0]
        for machine in self.world.honest:
            if machine.running and machine.node is not None and hasattr(machine.node, "catchup"):
                self._bounds(machine, machine.node)
                self._accused(machine, machine.node)
                self._ready(machine, machine.node)

    def _accused(self, machine: Machine, node: Node) -> None:
        for index in node.ordering.replica.status().accused:
            name = self.committee.validators[index].organisation
            accused = self.world.machines[name]
            honest = f"{machine.name} accuses {name}, who is honest"
            self._hold(not accused.honest, "blame", honest)

    def _ready(self, machine: Machine, node: Node) -> None:
        """Ready, connected with f + 1 honest nodes for some time, and far behind all of them?"""
        then, heights = self.heights[0]
        now = self.world.loop.time()
        slow = self.world.network.slow
        if now - then < READY_S or machine.name in slow:
            return
        if not hasattr(node.peers, "address") or unready(node):
            return
        ahead = [
            heights.get(each.organisation, 0)
            for each in node.peers.status().peers
            if self.world.machines[each.organisation].honest
            and each.connected_s is not None
            and each.connected_s > READY_S
            and each.organisation not in slow
            and not self.world.network.is_cut(each.organisation, machine.name)
            and self.world.machines[each.organisation].running
        ]
        if len(ahead) > self.committee.faults_tolerated:
            known = sorted(ahead, reverse=True)[self.committee.faults_tolerated]
            self._hold(
                node.head.height >= known - LAG_TOLERATED or self.world.network.hurt_lately,
                "readiness",
                f"{machine.name} is ready at {node.head.height} and others were at {known}",
            )

    def _bounds(self, machine: Machine, node: Node) -> None:
        for what, size, bound in sizes(node):
            more = f"{machine.name}: {what} is {size}, more than {bound}"
            self._hold(size <= bound, "bounds", more)

    # in the end

    def wants(self, text: bytes) -> bool:
        """Whether a document is to be submitted (again): nobody has answered for it."""
        identity = document_id(text)
        return identity not in self.promised and identity not in self.final

    def lacks(self, texts: Sequence[bytes]) -> str:
        """Which of these good documents is not committed; empty if all are."""
        for text in texts:
            final = self.final.get(document_id(text))
            if final is None:
                return f"{document_id(text)}, submitted in the calm"
            self._hold(final[1] is not None, "answers", f"a good document was refused: {final}")
        return ""

    def settled(self) -> str:
        """What is still missing for all promises to be kept; empty if nothing is."""
        up = [each for each in self.world.honest if each.running and each.node is not None]
        here = {each.name for each in up}
        for identity, promisers in self.promised.items():
            if identity not in self.final and promisers & here:
                return f"{identity}, which {sorted(promisers)} promised"
        newest = max(self.blocks, default=0)
        for each in up:
            node = each.node
            if node is None or not hasattr(node, "catchup"):
                return f"the start of {each.name}"
            if node.head.height != newest:
                return f"blocks {node.head.height + 1} to {newest} on {each.name}"
            reasons = [why for why in unready(node) if "abstains" not in why]
            if reasons:  # whoever lost its disk abstains until there are some more views
                return f"{each.name} to be ready: {reasons}"
            if not self._cosigned(node):
                return f"cosignatures on {each.name}"
        return ""

    def ended(self) -> None:
        """The world ends: nothing is there that was refused, nothing is missing that was answered
        as final, and all checkpoints are good."""
        self._hold(not self.told, "answers", f"said to be final, and is not: {self.told}")
        for identity, code in self.refused.items():
            if not self.sent_to[identity] and identity not in self.promised:
                in_spite = f"{identity} was refused, {code}, and is in"
                self._hold(identity not in self.final, "answers", in_spite)
        for machine in self.world.honest:
            if machine.running and machine.node is not None:
                self._checkpoints(machine, machine.node)

    def _cosigned(self, node: Node) -> bool:
        found = node._reader.newest_cosigned()
        size = 0 if found is None else self.judge.cosigned(*found).checkpoint.size
        return size == node.head.log.size

    def _checkpoints(self, machine: Machine, node: Node) -> None:
        for height, outcome in self.blocks.items():
            found = node._reader.checkpoint(height)
            if found is None or not found[2]:
                continue
            text, _, signatures = found
            valid = [
                each for each in signatures if self.judge.valid(each[0], height, text, each[1])
            ]
            self._hold(
                len({index for index, _ in valid}) >= self.committee.quorum,
                "checkpoints",
                f"{machine.name} keeps a checkpoint of block {height} that no quorum signed",
            )
            cosigned = self.judge.cosigned(text, signatures).checkpoint
            self._hold(
                (cosigned.size, cosigned.root, cosigned.state) == outcome[1:4],
                "checkpoints",
                f"the checkpoint of block {height} is another on {machine.name}",
            )

    def _hold(self, holds: bool, promise: str, otherwise: str) -> None:
        if not holds:
            self.world.broken(promise, otherwise)


def sizes(node: Node) -> list[tuple[str, int, int]]:
    """Everything in a node that grows with what others send: what, how much, and the bound."""
    from cocket.network import fetch
    from cocket.node import checkpoints, execution, inbox, verification

    members = node.committee.size
    found = [
        ("own events of consensus", len(node.ordering._inbox._own), 4_096),
        *(
            (f"messages of {peer}", len(line), inbox.MESSAGES_PER_PEER_MAX)
            for peer, line in node.ordering._inbox._lines.items()
        ),
        ("documents on their way", len(node.pending), 3 * node.pending.documents_max),
        ("final blocks to apply", len(node.execution._queue), 4 * execution.BACKLOG_BLOCKS),
        ("parsed batches", node.parsed._bytes, verification.PARSED_BYTES_MAX + 300_000),
        (
            "checkpoints with votes",
            len(node.checkpoints._votes),
            checkpoints.RECENT_BLOCKS + checkpoints.AHEAD_BLOCKS,
        ),
        ("own checkpoints", len(node.checkpoints._own), checkpoints.RECENT_BLOCKS + 20),
        ("cosignatures of blocks to come", len(node.chain._cosignatures), 8192),
        ("batches being received", len(node.dissemination._receiving), 64 * members),
        ("promises to answer", len(node.dissemination._promises), node.pending.documents_max),
        ("tasks of agreement", len(node.agreement._tasks), 1_000),
    ]
    for name, fetcher in (("batches", node.batch_fetcher), ("blocks", node.block_fetcher)):
        found += [
            (f"wanted {name}", len(fetcher), fetch.WANTED_MAX),
            (f"when to ask for {name}", len(fetcher._later), 4 * fetch.WANTED_MAX),
            (f"peers that offer {name}", len(fetcher._offered), members),
            *(
                (f"offered {name}", len(each), fetch.OFFERED_PER_PEER_MAX)
                for each in fetcher._offered.values()
            ),
        ]
    found += [
        (f"what waits for {peer}", session.outbox.size, OUTBOX_BYTES_MAX)
        for peer, session in node.peers._sessions.items()
    ]
    return found


def _in_words(answer: Answer) -> str:
    if answer.pending:
        return "pending"
    if answer.refusal is not None:
        return f"not taken, {answer.refusal.code}"
    assert answer.final is not None
    return f"final at {answer.final.height}"
