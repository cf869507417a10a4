"""One fault after the other: how long it lasted, what it cost, how long to get over it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.chaos.arena import Arena
from tests.chaos.faults import FAULTS

DELTA_S = 0.5
TIME_OUT_S = 3 * DELTA_S
"""Δ and a view's time-out, of a network founded without parameters (DESIGN §6, rule 4)."""
RECOVERY_S_MAX = 90.0
CALM_S = 3.0
POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Episode:
    """A fault, from `begin_s` to `end_s` of the run.

    before, during   committed documents a second
    gap_s            the longest time within it without a commit
    resumed_s        from its end to the first commit; None: not within `RECOVERY_S_MAX`
    whole_s          from its end until every node is ready and has all that was committed by then
    """

    name: str
    what: str
    goes_on: bool
    begin_s: float
    end_s: float
    before: float
    during: float
    gap_s: float
    resumed_s: float | None
    whole_s: float | None


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
    begin = watch.now()
    async with FAULTS[name](arena) as wound:
        await asyncio.sleep(seconds)
        end = watch.now()
    leaves = watch.leaves_at(end)
    whole = await _until(arena, lambda: watch.whole(leaves), end)
    return Episode(
        name=name,
        what=wound.what,
        goes_on=wound.goes_on,
        begin_s=begin,
        end_s=end,
        before=watch.rate(begin - CALM_S, begin),
        during=watch.rate(begin, end),
        gap_s=watch.longest_gap(begin, end),
        resumed_s=watch.first_commit_after(end),
        whole_s=whole,
    )


async def _until(arena: Arena, holds: Callable[[], bool], since_s: float) -> float | None:
    """Seconds since a moment until something holds; None if it takes too long."""
    await asyncio.sleep(4 * POLL_S)  # what was heard before the end says nothing about after it
    while not (holds() and arena.watch.first_commit_after(since_s)):
        if arena.watch.now() > since_s + RECOVERY_S_MAX:
            return None
        arena.wire.check()
        await asyncio.sleep(POLL_S)
    return arena.watch.now() - since_s


def line(episode: Episode) -> str:
    """What the terminal shows of it."""
    return (
        f"{episode.name:<13} {episode.what:<58} {episode.before:4.0f} → {episode.during:4.0f}/s  "
        f"gap {episode.gap_s:5.1f} s  goes on after {_seconds(episode.resumed_s)}  "
        f"whole after {_seconds(episode.whole_s)}"
    )


def _seconds(value: float | None) -> str:
    return "  never" if value is None else f"{value:5.1f} s"
