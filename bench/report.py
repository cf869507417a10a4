"""Writes what a run found into `bench/README.md`, with a picture of the saturated minute."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.__main__ import Figures

HERE = Path(__file__).parent
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 320, 64, 40, 36


def write_report(figures: "Figures", latency: dict[str, list[float]]) -> None:
    """Replace the last run's figures."""
    (HERE / "README.md").write_text(_text(figures, latency))
    (HERE / "throughput.svg").write_text(_picture(figures))


def _text(figures: "Figures", latency: dict[str, list[float]]) -> str:
    memory = {mark: max(sizes) / 1e6 for mark, sizes in figures.memory.items()}
    rows = [
        ("ceiling: Ed25519 verifications/s on all cores", f"{figures.verifications:,.0f}"),
        ("ceiling ÷ 4 validators, documents/s", f"{figures.ceiling:,.0f}"),
        ("committed documents/s, sustained", f"{figures.rate:,.0f}"),
        ("**ratio to the ceiling** (to reach: 0.35)", f"**{figures.ratio:.2f}**"),
        ("finality when idle, p50 / p95 / p99 (to reach: p50 ≤ 60 ms)", _ms(latency["idle"])),
        ("finality at half load, p50 / p95 / p99 (p50 ≤ 400 ms)", _ms(latency["half"])),
        *(
            (f"memory of the largest node at {mark:,} documents", f"{size:.0f} MB")
            for mark, size in memory.items()
        ),
        ("disk per document and node", f"{figures.disk_per_document:,.0f} bytes"),
        (
            "schema and contract of an invoice of five lines, p50 (to reach: ≤ 40 µs)",
            f"{figures.contract_us:.1f} µs",
        ),
    ]
    stages = sorted(figures.cpu.items(), key=lambda each: -each[1])
    return "\n".join(
        [
            "# Bench",
            "",
            "    make bench        # about five minutes; writes this page",
            "",
            "Four validators as four processes on one machine; 1 KB invoices signed beforehand;",
            "every validator verifies every signature; every promise is fsync'ed. The load is made",
            "on the same cores. Read the ratio, not the absolute numbers: the ceiling is",
            "measured in the same run, on the same machine, however busy it was.",
            "",
            f"Last run: {figures.machine}.",
            "",
            "| what | figure |",
            "|---|---|",
            *(f"| {name} | {value} |" for name, value in rows),
            "",
            "| stage | CPU per document and node |",
            "|---|---|",
            *(f"| {stage} | {us:.1f} µs |" for stage, us in stages),
            f"| sum | {sum(figures.cpu.values()):.1f} µs |",
            "",
            "![Committed documents per second](throughput.svg)",
            "",
            "What is measured where: `ceiling.py` the ceiling, `load.py` the load and what nodes",
            "say of themselves (`/metrics`), `documents.py` the invoices, `network.py` the nodes,",
            "`contracts.py` one invoice in the engine, part by part (`python -m bench.contracts`).",
            "",
        ]
    )


def _ms(seconds: list[float]) -> str:
    return " / ".join(f"{value * 1000:.0f}" for value in seconds) + " ms"


def _picture(figures: "Figures") -> str:
    """Documents per second over the saturated run, against the ceiling."""
    rates = [
        ((later[0] + sooner[0]) / 2, (later[1] - sooner[1]) / (later[0] - sooner[0]))
        for sooner, later in zip(figures.samples[:-4:4], figures.samples[4::4], strict=False)
    ]
    seconds = figures.samples[-1][0]
    top = figures.ceiling * 1.05

    def x(at: float) -> float:
        return LEFT + at / seconds * (WIDTH - LEFT - 16)

    def y(rate: float) -> float:
        return HEIGHT - BOTTOM - rate / top * (HEIGHT - BOTTOM - TOP)

    points = " ".join(f"{x(at):.1f},{y(rate):.1f}" for at, rate in rates)
    lines = [
        (figures.ceiling, "ceiling", "#888"),
        (figures.ceiling * 0.35, "0.35, to reach", "#b60"),
        (figures.rate, f"{figures.rate:,.0f}/s sustained", "#06c"),
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            'font-family="sans-serif" font-size="12">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
            f'<text x="{LEFT}" y="20" font-size="14">Committed documents per second, '
            "4 validators on one machine</text>",
            *(
                f'<line x1="{LEFT}" x2="{WIDTH - 16}" y1="{y(rate):.1f}" y2="{y(rate):.1f}" '
                f'stroke="{colour}" stroke-dasharray="4 3"/>'
                f'<text x="{WIDTH - 20}" y="{y(rate) - 4:.1f}" text-anchor="end" '
                f'fill="{colour}">{label}</text>'
                for rate, label, colour in lines
            ),
            f'<polyline points="{points}" fill="none" stroke="#06c" stroke-width="2"/>',
            f'<line x1="{LEFT}" x2="{WIDTH - 16}" y1="{y(0)}" y2="{y(0)}" stroke="#000"/>',
            f'<text x="{LEFT - 6}" y="{y(0) + 4}" text-anchor="end">0</text>',
            f'<text x="{LEFT - 6}" y="{y(figures.ceiling) + 4:.1f}" text-anchor="end">'
            f"{figures.ceiling:,.0f}</text>",
            f'<text x="{LEFT}" y="{HEIGHT - 14}">0 s</text>',
            f'<text x="{WIDTH - 16}" y="{HEIGHT - 14}" text-anchor="end">{seconds:.0f} s</text>',
            "</svg>",
            "",
        ]
    )
