"""Why a node does not get on, in words: from what it knows of itself to sentences for its operator.

Pure: `condition` and `stopped` find out, this only says it. The first sentence is about what has to
be seen to first; what hinders nobody is not mentioned.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from cocket.node.words import duration

PATIENCE_DELTAS = 4
"""A view is talked about once it has lasted so many Δ: three of them are a time-out."""
WANTED_S = 2.0
"""And what is fetched, once it was missing for so long."""
BATCHES_NAMED_MAX = 5


@dataclass(frozen=True, slots=True)
class Peer:
    """Another validator: since when it is connected or not (seconds), and why not.

    `dials`: whether this node calls it; if not, it calls this node.
    """

    name: str
    address: str
    connected: bool
    since_s: float
    dials: bool
    trouble: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A batch or a block header (`what`) that is not here: for how long, and whom it asked."""

    what: str
    id: str
    since_s: float
    asked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """The view that consensus is in, and what was heard in it. Names of validators throughout.

    `working_s`: for how long there has been something to order or to settle; None if there is not.
    `waiting_for`: why this node neither proposes nor votes; empty if it does.
    """

    number: int
    leader: str
    working_s: float | None
    delta_s: float
    proposed: bool
    notarize: tuple[str, ...]
    nullify: tuple[str, ...]
    waiting_for: str


@dataclass(frozen=True, slots=True)
class Condition:
    """All that there is to say about a node that runs.

    `target` is what f + 1 of the others say is the last final block, None if nobody says;
    `to_apply` are blocks that are final here and not executed. `halted`, `full_disk` (a path) and
    `abstains` are empty unless they apply. `clock_ms` is how far the others' clocks are ahead of
    this node's (negative: behind), 0 if near enough or unknown. `pending` are documents, `batches`
    batches that are not ordered.
    """

    me: str
    validators: tuple[str, ...]
    quorum: int
    height: int
    target: int | None
    to_apply: int
    pending: int
    batches: int
    halted: str
    full_disk: str
    abstains: str
    clock_ms: int
    view: View
    peers: tuple[Peer, ...]
    wanted: tuple[Wanted, ...]
    refused_callers: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know: a code that never changes, and a sentence. `well`: no reason to act."""

    code: str
    sentence: str
    well: bool = False

    @property
    def value(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def diagnose(condition: Condition) -> tuple[Finding, ...]:
    """What a node waits for, the most important first; never empty."""
    found = [
        *_stopped(condition),
        *_peers(condition),
        *_behind(condition),
        *_wanted(condition),
        *_clock(condition),
        *_votes(condition),
    ]
    return tuple(found) or (_nothing(condition),)


def _stopped(it: Condition) -> Iterator[Finding]:
    """What the node has decided, or its disk for it."""
    if it.halted:
        yield Finding("halted", f"it signs and applies nothing any more: {it.halted}")
    if it.full_disk:
        yield Finding(
            "disk-full",
            f"the disk of {it.full_disk} is full: until there is room it stores nothing, and so "
            "votes on nothing. Free some; it goes on by itself",
        )
    if it.abstains:
        yield Finding("abstains", it.abstains)


def _peers(it: Condition) -> Iterator[Finding]:
    away = [peer for peer in it.peers if not peer.connected]
    present = 1 + len(it.peers) - len(away)
    if present < it.quorum:
        more = it.quorum - present
        yield Finding(
            "no-quorum",
            f"{present} of {len(it.validators)} validators are here, this one included, and "
            f"{it.quorum} are needed: nothing becomes final until {more} more of "
            f"{_names(peer.name for peer in away)} {'is' if more == 1 else 'are'} back",
        )
    for peer in away:
        yield Finding("peer-away", _away(peer, it.refused_callers))


def _away(peer: Peer, refused: int) -> str:
    lasting = f"there has been no connection with {peer.name} for {duration(peer.since_s)}"
    if peer.dials:
        return f"{lasting}: {peer.trouble or f'it was not reached at {peer.address} yet'}"
    hint = f"; {refused} callers were turned away, see the log" if refused else ""
    said = f"; the last session ended so: {peer.trouble}" if peer.trouble else ""
    return (
        f"{lasting}: it is the one to call, and has not called. Is it running, does it reach this "
        f"node's peer port, with the key that genesis names{hint}{said}?"
    )


def _behind(it: Condition) -> Iterator[Finding]:
    if it.target is not None and it.target > it.height + it.to_apply:
        yield Finding(
            "behind",
            f"it is {it.target - it.height} blocks behind: at block {it.height}, and the others "
            f"say that {it.target} is final. It is catching up",
        )
    elif it.to_apply and not it.halted:
        yield Finding(
            "executing",
            f"{it.to_apply} blocks after block {it.height} are final and not executed here yet",
            well=True,
        )


def _wanted(it: Condition) -> Iterator[Finding]:
    late = [each for each in it.wanted if each.since_s >= WANTED_S]
    for each in late[:BATCHES_NAMED_MAX]:
        whom = f"asked so far: {_names(each.asked)}" if each.asked else "nobody can be asked"
        yield Finding(
            f"{each.what}-missing",
            f"the {each.what} {each.id} has been missing for {duration(each.since_s)}; {whom}",
        )
    if len(late) > BATCHES_NAMED_MAX:
        more = len(late) - BATCHES_NAMED_MAX
        yield Finding("more-missing", f"and {more} more batches or blocks are missing likewise")


def _clock(it: Condition) -> Iterator[Finding]:
    off_ms = it.clock_ms
    if off_ms > 0:
        yield Finding(
            "clock-behind",
            f"by the time of the others' proposals this node's clock is {duration(off_ms / 1000)} "
            "behind: it votes for none of them before its clock is there. Set the clock (NTP). If "
            "it is right, the others' were ahead, and this passes",
        )
    elif off_ms < 0:
        yield Finding(
            "clock-ahead",
            f"by the time of the others' proposals this node's clock is {duration(-off_ms / 1000)} "
            "ahead: they vote for none of its own proposals. Set the clock (NTP)",
        )


def _votes(it: Condition) -> Iterator[Finding]:
    view = it.view
    if it.halted or view.working_s is None or view.working_s < PATIENCE_DELTAS * view.delta_s:
        return
    where = {it.me: " (this node)"}
    where |= {peer.name: " (connected)" for peer in it.peers if peer.connected}
    heard = {*view.notarize, *view.nullify}
    silent = [name + where.get(name, "") for name in it.validators if name not in heard]
    leader = "it leads itself" if view.leader == it.me else f"{view.leader} leads it"
    proposal = "has a proposal" if view.proposed else "has no proposal"
    yield Finding(
        "votes-missing",
        f"view {view.number} ({leader}) has lasted {duration(view.working_s)}, {proposal}, and "
        f"needs {it.quorum} votes of one kind to end. Heard to accept it: "
        f"{_names(view.notarize)}; to give it up: {_names(view.nullify)}. Not heard: "
        f"{_names(silent)}",
    )
    if view.waiting_for:
        yield Finding("vote-waits", f"this node itself does not vote yet: {view.waiting_for}")


def _nothing(it: Condition) -> Finding:
    if it.pending or it.batches or it.view.working_s is not None:
        return Finding(
            "working",
            f"nothing holds it up: {it.pending} documents are on their way, the last block is "
            f"{it.height}",
            well=True,
        )
    return Finding("idle", f"idle: everything known is final, up to block {it.height}", well=True)


def _names(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
