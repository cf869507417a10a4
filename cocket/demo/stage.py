"""How the demo tells its story: chapters, and one line for each thing that happens.

    final      0.21 s  orchard invoices the buyer, and hides the price
                       commercial-invoice 5Gm0…, block 3, leaf 2

Every line begins with a word for what happened, so that nothing depends on colour.
"""

import time
from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cocket.client import Verdict, Verdicts

WIDTH_MAX = 100
INDENT = 3
DETAIL_INDENT = 22
STYLES = {
    "final": "bold green",
    "refused": "bold yellow",
    "ready": "bold green",
    "killed": "bold red",
    "pass": "bold green",
    "fail": "bold yellow",
    "unknown": "dim",
}
"""A refusal is not red: in this story it is the ledger doing its work."""


class Stage:
    """Prints the story to a terminal; `started` is when it began."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self.console.width = min(self.console.width, WIDTH_MAX)
        self.started = time.monotonic()
        self._chapters = 0

    @property
    def elapsed(self) -> float:
        """Seconds since the story began."""
        return time.monotonic() - self.started

    def title(self, title: str, subtitle: str) -> None:
        """What all this is."""
        self.console.print()
        self.console.print(Text(title, "bold"))
        self.console.print(Text(subtitle, "dim"))

    def chapter(self, title: str, sentence: str = "") -> None:
        """A new part of the story."""
        self._chapters += 1
        self.console.print()
        self.console.print(Text.assemble((f"{self._chapters}  ", "bold cyan"), (title, "bold")))
        if sentence:
            self.say(sentence)

    def say(self, sentence: str) -> None:
        """A sentence between things that happen."""
        self.console.print(Padding(Text(sentence, "dim"), (0, 0, 0, INDENT)))

    def note(self, sentence: str) -> None:
        """What somebody sees or does with it, below what happened."""
        self.console.print(Padding(Text(sentence), (0, 0, 0, DETAIL_INDENT)))

    def members(self, rows: Iterable[tuple[str, str, str, str]]) -> None:
        """The organisations with a node: id, legal name, process, address."""
        table = Table.grid(padding=(0, 2, 0, 0))
        for identity, *rest in rows:
            table.add_row(Text(identity, "bold"), *rest)
        self.console.print(Padding(table, (0, 0, 0, INDENT)))

    def verified(self, rows: Iterable[tuple[str, Verdicts]]) -> None:
        """The verdicts on each document, by the name of its folder."""
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for name in ("folder", "integrity", "issuer", "", "inclusion", "cosigners"):
            table.add_column(name, no_wrap=True)
        for name, verdicts in rows:
            cosigners = str(verdicts.inclusion.facts.get("cosigners", ""))
            table.add_row(
                name,
                _result(verdicts.integrity),
                _result(verdicts.issuer),
                str(verdicts.issuer.facts.get("organisation", "")),
                _result(verdicts.inclusion),
                f"{len(cosigners.split(', '))} of the validators",
            )
        self.console.print(Padding(table, (0, 0, 0, INDENT)))

    def commands(self, title: str, *rows: tuple[str, str]) -> None:
        """Commands to go on with: what for, and the command, which may be longer than a line."""
        self.console.print(Text(f"\n{title}", "bold"))
        for purpose, command in rows:
            self.console.print(Text(f"   # {purpose}", "dim"))
            self.console.print(Text(f"   {command}"), soft_wrap=True)

    def end(self, summary: str) -> None:
        """How it went, and how long it took."""
        self.console.print(Text(f"\n{summary}, in {self.elapsed:.0f} s.", "bold"))

    def happened(self, word: str, seconds: float | None, what: str, *details: str) -> None:
        """A line: what happened, how long it took, and below it what the answers said."""
        line = Table.grid(padding=(0, 2, 0, 0))
        line.add_column(width=8, no_wrap=True)
        line.add_column(width=7, justify="right", no_wrap=True)
        line.add_column(overflow="fold")
        took = "" if seconds is None else f"{seconds:.2f} s"
        line.add_row(Text(word, STYLES[word]), Text(took, "dim"), Text(what))
        for detail in details:
            line.add_row("", "", Text(detail, "dim"))
        self.console.print(Padding(line, (0, 0, 0, INDENT)))


def _result(verdict: Verdict) -> Text:
    return Text(verdict.result, STYLES[verdict.result])
