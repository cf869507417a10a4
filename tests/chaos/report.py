"""The figures of a run as a table, and the picture: committed documents a second, faults marked."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from tests.chaos.schedule import Episode, seconds
from tests.chaos.watch import Watch

PICTURE = Path(__file__).parents[2] / "docs" / "reliability-chaos.svg"
WIDTH, HEIGHT = 1100, 420
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 96, 34
BUCKET_S = 1.0
INK, QUIET, LINE, HURT, STOPPED = "#222", "#666", "#06c", "#fbe3c4", "#f6c6c6"


def write_picture(watch: Watch, episodes: Sequence[Episode], title: str) -> None:
    """`docs/reliability-chaos.svg`, from what was seen."""
    end = max(episodes[-1].end_s + 10, watch.samples[-1].at_s)
    marks = [(BUCKET_S * n, BUCKET_S * (n + 1)) for n in range(int(end / BUCKET_S))]
    rates = [(sooner, watch.rate(sooner, later)) for sooner, later in marks]
    PICTURE.write_text(_svg(rates, episodes, end, title))


def _svg(
    rates: Sequence[tuple[float, float]], episodes: Sequence[Episode], end: float, title: str
) -> str:
    highest = sorted(rate for _, rate in rates)[int(len(rates) * 0.99)] * 1.1

    def x(at_s: float) -> float:
        return LEFT + at_s / end * (WIDTH - LEFT - RIGHT)

    def y(rate: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - min(rate, highest) / highest)

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="18" font-size="14" fill="{INK}">{escape(title)}</text>',
    ]
    for each in episodes:
        left, width = x(each.begin_s), x(each.end_s) - x(each.begin_s)
        colour = HURT if each.goes_on else STOPPED
        middle = left + width / 2 + 4
        lines += [
            f'<rect x="{left:.1f}" y="{TOP}" width="{width:.1f}" height="{HEIGHT - TOP - BOTTOM}" '
            f'fill="{colour}"><title>{escape(each.what)}</title></rect>',
            f'<text x="{middle:.1f}" y="{TOP - 6}" fill="{INK}" '
            f'transform="rotate(-50 {middle:.1f} {TOP - 6})">{escape(each.name)}</text>',
        ]
    for rate in range(0, int(highest) + 1, 50 if highest < 400 else 100):
        lines.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(rate):.1f}" y2="{y(rate):.1f}" '
            f'stroke="#ddd"/><text x="{LEFT - 6}" y="{y(rate) + 4:.1f}" text-anchor="end" '
            f'fill="{QUIET}">{rate}/s</text>'
        )
    for minute in range(int(end // 60) + 1):
        lines.append(
            f'<text x="{x(minute * 60):.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle" '
            f'fill="{QUIET}">{minute} min</text>'
        )
    points = " ".join(f"{x(at):.1f},{y(rate):.1f}" for at, rate in rates)
    lines += [
        f'<polyline points="{points}" fill="none" stroke="{LINE}" stroke-width="1.2"/>',
        f'<text x="{LEFT}" y="{HEIGHT - 4}" fill="{QUIET}">committed documents a second; '
        "orange: a fault that a quorum survives; red: no quorum can be together</text>",
        "</svg>",
        "",
    ]
    return "\n".join(lines)


def table(episodes: Sequence[Episode]) -> str:
    """Markdown, a row for each fault."""
    head = ("fault", "what", "before", "during", "longest gap", "later", "next commit", "whole")
    rows = [f"| {' | '.join(head)} |", "|---|---|--:|--:|--:|--:|--:|--:|"]
    for each in episodes:
        cells = (
            f"`{each.name}`",
            each.what,
            f"{each.before:.0f}/s",
            f"{each.during:.0f}/s",
            f"{each.gap_s:.1f} s",
            f"{each.later_gap_s:.1f} s",
            seconds(each.resumed_s),
            seconds(each.whole_s) + ("*" if each.frozen_s else ""),
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)
