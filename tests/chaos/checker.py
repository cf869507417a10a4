"""Whether what anyone can read from the nodes is what was promised. No I/O: values in, values out.

lost          acknowledged as sound, and not in a node's log
doubled       twice in a node's log
altered       listed under an id that is not its bytes'
moved         at another index than was promised, or than it says itself
forked        two nodes have different documents at one index, or a shorter log
refused       committed though refused, hopeless, or the rival of one that is committed
undecided     two rivals were acknowledged, and neither is committed
bad-receipt   a receipt does not verify offline, with the trust bundle got at the start
other-root    a receipt or checkpoint is of another tree than the documents make
other-answer  nodes give different states for one document
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cocket.client import verify
from cocket.ledger.checkpoint import CosignedCheckpoint
from cocket.ledger.errors import Malformed
from cocket.ledger.merkle import CompactRange
from cocket.ledger.receipt import Receipt
from cocket.ledger.trust import TrustBundle
from tests.chaos.load import Book, HeldReceipt, Kind

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Leaf:
    """A document as a node lists it: what it is said to be, and what its bytes are."""

    listed_id: str
    listed_index: int
    id: str
    leaf_hash: bytes


@dataclass(frozen=True, slots=True)
class Observed:
    """All that strangers have: promises and receipts from the run, and what is there at its end.

    logs         by node, in its order
    states       by node: document id -> the state it answers, with the code of a refusal, of those
                 that must not be committed or that are not in the log
    checkpoints  by node: the newest cosigned one
    receipts     from the end of the run; those from the run itself are in the book
    trust        the trust bundle that was got before the first fault
    """

    book: Book
    logs: Mapping[str, Sequence[Leaf]]
    states: Mapping[str, Mapping[str, str]]
    checkpoints: Mapping[str, str]
    receipts: Sequence[HeldReceipt]
    trust: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A promise that was broken."""

    code: str
    what: str


@dataclass(slots=True)
class _Roots:
    """The root of the tree over a log's first leaves, for sizes that are asked in any order."""

    leaves: Sequence[Leaf]
    known: dict[int, bytes] = field(default_factory=dict)

    def prepare(self, sizes: Iterable[int]) -> None:
        tree = CompactRange()
        for size in sorted(set(sizes)):
            if size <= len(self.leaves):
                tree = tree.extend(leaf.leaf_hash for leaf in self.leaves[tree.size : size])
                self.known[size] = tree.root()


def check(observed: Observed) -> list[Finding]:
    """Everything that is not as promised; empty if all is well."""
    findings: list[Finding] = []
    for node, log in observed.logs.items():
        findings += _one_log(node, log)
        findings += _promises(node, log, observed.book, observed.states[node])
    findings += _same_logs(observed.logs)
    findings += _states(observed.states, observed.book)
    findings += _proofs(observed)
    return findings


def _one_log(node: str, log: Sequence[Leaf]) -> Iterator[Finding]:
    for place, leaf in enumerate(log):
        if leaf.listed_index != place:
            yield Finding("moved", f"{node}: leaf {place} says it is {leaf.listed_index}")
        if leaf.listed_id != leaf.id:
            yield Finding("altered", f"{node}: leaf {place} is {leaf.id}, not {leaf.listed_id}")
    for identity, count in Counter(leaf.id for leaf in log).items():
        if count > 1:
            yield Finding("doubled", f"{node}: {identity} stands {count} times in the log")


def _promises(
    node: str, log: Sequence[Leaf], book: Book, states: Mapping[str, str]
) -> Iterator[Finding]:
    places = {leaf.id: place for place, leaf in enumerate(log)}
    for sent in book.sent.values():
        place = places.get(sent.id)
        if place is None:
            if sent.state == "committed" or (sent.kind is Kind.SOUND and sent.state):
                now = states.get(sent.id, "not known")
                yield Finding("lost", f"{node}: {sent.id}, answered {sent.state}, is now {now}")
            continue
        if sent.kind is Kind.HOPELESS or sent.state == "refused":
            yield Finding("refused", f"{node}: {sent.id} is there: {sent.kind}, {sent.state}")
        if sent.index is not None and sent.state == "committed" and sent.index != place:
            yield Finding("moved", f"{node}: {sent.id} is leaf {place}, promised: {sent.index}")
    yield from _rivals(node, places, book)


def _rivals(node: str, places: Mapping[str, int], book: Book) -> Iterator[Finding]:
    for sent in book.sent.values():
        if sent.rival is None or sent.id > sent.rival:  # each pair once
            continue
        pair = (sent, book.sent[sent.rival])
        there = sum(each.id in places for each in pair)
        if there == 2:
            yield Finding("refused", f"{node}: {sent.id} and its rival {sent.rival} are both there")
        if there == 0 and all(each.state == "pending" for each in pair):
            yield Finding("undecided", f"{node}: neither {sent.id} nor {sent.rival} is there")


def _same_logs(logs: Mapping[str, Sequence[Leaf]]) -> Iterator[Finding]:
    (first, log), *others = logs.items()
    for name, other in others:
        if len(other) != len(log):
            yield Finding("forked", f"{first} has {len(log)} documents, {name} {len(other)}")
        for place, (mine, yours) in enumerate(zip(log, other, strict=False)):
            if mine.leaf_hash != yours.leaf_hash:
                yield Finding(
                    "forked", f"leaf {place} is {mine.id} on {first}, {yours.id} on {name}"
                )
                break


def _states(states: Mapping[str, Mapping[str, str]], book: Book) -> Iterator[Finding]:
    for identity in sorted({each for answers in states.values() for each in answers}):
        found = {node: answers.get(identity, "nothing") for node, answers in states.items()}
        if len(set(found.values())) != 1:
            yield Finding("other-answer", f"{identity}: {found}")
        elif book.sent[identity].state == "refused" and not any(
            state.startswith("refused") for state in found.values()
        ):
            yield Finding("other-answer", f"{identity} was refused for good, and is now {found}")


def _proofs(observed: Observed) -> Iterator[Finding]:
    (_, log), *_ = observed.logs.items()
    trust = TrustBundle.parse(observed.trust.encode())
    roots = _Roots(log)
    held = [*observed.book.receipts, *observed.receipts]
    parsed = []
    for each in held:
        try:
            parsed.append((each, Receipt.parse(each.text)))
        except Malformed as error:
            yield Finding("bad-receipt", f"{each.id} from {each.node}: {error}")
    checkpoints = {
        node: CosignedCheckpoint.parse(text).checkpoint
        for node, text in observed.checkpoints.items()
    }
    roots.prepare([receipt.checkpoint.checkpoint.size for _, receipt in parsed])
    roots.prepare([each.size for each in checkpoints.values()])
    for each, receipt in parsed:
        verdicts = verify(each.jws, receipt, trust)
        if not verdicts.ok:
            yield Finding("bad-receipt", f"{each.id} from {each.node}:\n{verdicts}")
        head = receipt.checkpoint.checkpoint
        if roots.known.get(head.size) != head.root:
            yield Finding("other-root", f"the receipt of {each.id} from {each.node}, {head.size}")
    for node, head in checkpoints.items():
        if head.size != len(log) or roots.known.get(head.size) != head.root:
            yield Finding("other-root", f"the checkpoint of {node}, of {head.size} leaves")


def shown(findings: Sequence[Finding]) -> list[str]:
    """A few of each code, and how many there are."""
    lines = []
    for code, count in Counter(each.code for each in findings).items():
        lines.append(f"FAILED {code}: {count}")
        lines += [f"  {each.what}" for each in findings if each.code == code][:SHOWN]
    return lines
