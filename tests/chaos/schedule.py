"""One fault after the other: how long it lasted, what it cost, how long to get over it."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tests.chaos.arena import Arena
from tests.chaos.checker import Finding
from tests.chaos.faults import FAULTS

DELTA_S = 0.5
TIME_OUT_S = 3 * DELTA_S
"""Δ and a view's time-out, of a network founded without parameters (DESIGN §6, rule 4)."""
RECOVERY_TIME_OUTS = 3
SLACK_S = 0.5
"""What a look five times a second, and two processors for all nodes, may add to a measured time."""
STEADY = frozenset({"kill", "pause", "isolate", "mute", "deaf"})
"""Faults that make f nodes useless and do nothing else: they cost a time-out each, once."""
STUCK_S = 10.0
"""No promise, but a quorum that is together and commits nothing for so long is looked into: leaders
that are cut off one after the other were seen to cost 7.7 s, lines that lose 5 % cost 5.1 s."""
RECOVERY_S_MAX = 120.0
CALM_S = 5.0
BEFORE_S = 3.0
ECHO_S = 0.3
"""What a node said before a fault's end may be heard so long after it, and says nothing."""


@dataclass(frozen=True, slots=True)
class Episode:
    """A fault, from `begin_s` to `end_s` of the run.

    before, during   committed documents a second
    gap_s            the longest time within it without a commit
    later_gap_s      likewise, once f time-outs have passed
    up_s             from its end until a quorum of nodes answers: how long processes take to start
    resumed_s        from its end to the first commit; None: not within `RECOVERY_S_MAX`
    whole_s          from its end until every node is ready and has all that was committed by then
    frozen_s         how long the machine itself stood still: then the times say nothing
    """

    name: str
    what: str
    goes_on: bool
    begin_s: float
    end_s: float
    before: float
    during: float
    gap_s: float
    later_gap_s: float
    up_s: float
    resumed_s: float | None
    whole_s: float | None
    frozen_s: float


async def play(
    arena: Arena, names: Sequence[str], seconds: float, say: Callable[[str], None]
) -> list[Episode]:
    """All faults in turn, each for `seconds`, with calm in between."""
    episodes = []
    for name in names:
        await asyncio.sleep(CALM_S)
        episode = await _episode(arena, name, seconds)
        say(line(episode))
        episodes.append(episode)
    await asyncio.sleep(CALM_S)
    return episodes


async def _episode(arena: Arena, name: str, seconds: float) -> Episode:
    watch = arena.watch
    async with FAULTS[name](arena) as wound:
        begin = watch.now()
        await asyncio.sleep(seconds)
        end = watch.now()
    leaves = watch.leaves_at(end)
    await asyncio.sleep(ECHO_S)
    arena.wire.check()
    up = await arena.until(lambda: watch.answering() >= arena.quorum, RECOVERY_S_MAX)
    whole = await arena.until(
        lambda: watch.whole(leaves) and watch.first_commit_after(end) is not None, RECOVERY_S_MAX
    )
    return Episode(
        name=name,
        what=wound.what,
        goes_on=wound.goes_on,
        begin_s=begin,
        end_s=end,
        before=watch.rate(begin - BEFORE_S, begin),
        during=watch.rate(begin, end),
        gap_s=watch.longest_gap(begin, end),
        later_gap_s=watch.longest_gap(min(end, begin + arena.faulty * TIME_OUT_S), end),
        up_s=RECOVERY_S_MAX if up is None else ECHO_S + up,
        resumed_s=watch.first_commit_after(end),
        whole_s=None if up is None or whole is None else ECHO_S + up + whole,
        frozen_s=watch.frozen(begin - BEFORE_S, watch.now()),
    )


def late(episodes: Sequence[Episode], faulty: int) -> Iterator[Finding]:
    """Where the promised times were not kept: a useless node costs one time-out, once; a quorum
    that is together goes on; the first commit after a fault's end comes within three time-outs;
    every node is whole in the end."""
    for each in episodes:
        if each.frozen_s:
            continue
        cost_s = faulty * TIME_OUT_S + SLACK_S
        if each.name in STEADY and each.gap_s > cost_s:
            yield Finding("late", f"{each.name}: {each.gap_s:.1f} s without a commit > {cost_s} s")
        if each.name in STEADY and each.later_gap_s > TIME_OUT_S:
            what = f"{each.later_gap_s:.1f} s without a commit when it should be skipped"
            yield Finding("late", f"{each.name}: {what}")
        stuck_s = min(STUCK_S, 0.9 * (each.end_s - each.begin_s))
        if each.goes_on and each.gap_s > stuck_s:
            what = f"{each.gap_s:.1f} s without a commit, though a quorum was together"
            yield Finding("stuck", f"{each.name}: {what}")
        recovery_s = each.up_s + RECOVERY_TIME_OUTS * TIME_OUT_S + SLACK_S
        if each.resumed_s is None or each.resumed_s > recovery_s:
            what = f"next commit after {seconds(each.resumed_s)}, not {recovery_s:.1f} s"
            yield Finding("late", f"{each.name}: {what}")
        if each.whole_s is None:
            yield Finding("late", f"{each.name}: not whole after {RECOVERY_S_MAX:.0f} s")


def line(episode: Episode) -> str:
    """What the terminal shows of it."""
    frozen = f"  (the machine stood still for {episode.frozen_s:.0f} s)"
    return (
        f"{episode.name:<13} {episode.what:<55} {episode.before:4.0f} → {episode.during:4.0f}/s  "
        f"gap {episode.gap_s:4.1f}, later {episode.later_gap_s:4.1f} s; after it: commits "
        f"{seconds(episode.resumed_s)}, whole {seconds(episode.whole_s)}"
        + (frozen if episode.frozen_s else "")
    )


def seconds(value: float | None) -> str:
    """For people."""
    return "never" if value is None else f"{value:.1f} s"
