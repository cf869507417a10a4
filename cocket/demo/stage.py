"""How the demo looks: chapters, and a line or two for each thing that happens.

    3  Frozen durian, Port Klang to Hangzhou
       final      0.21 s  orchard invoices the buyer, and hides the price
                          commercial-invoice KEYfJ5zq8x…, block 3, leaf 2

A line begins with a word for what happened and the seconds it took, so that nothing depends on
colour; and it is wrapped here, so that it reads as well in a file as on a screen.
"""

import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from textwrap import wrap

from rich.console import Console
from rich.text import Text

from cocket.client import Verdicts
from cocket.views import columns

WIDTH_MIN, WIDTH_MAX = 60, 100
INDENT = 3
WORD = 8
SECONDS = 8
DETAIL = INDENT + WORD + SECONDS + 2
STYLES = {
    "final": "bold green",
    "ready": "bold green",
    "pass": "bold green",
    "refused": "bold yellow",
    "fail": "bold yellow",
    "unknown": "yellow",
    "killed": "bold red",
    "shown": "bold cyan",
    "later": "bold cyan",
}
"""A refusal is not red: in this story it is the ledger doing its work."""


class Stage:
    """Prints the story on a console; begins when it is made."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self.width = max(WIDTH_MIN, min(self.console.width, WIDTH_MAX))
        self._began = time.monotonic()
        self._chapters = 0

    def title(self, title: str, sentence: str) -> None:
        """What all this is."""
        self._print(Text(f"\n{title}", "bold"))
        self._paragraph(sentence, 0)

    def chapter(self, title: str, sentence: str = "") -> None:
        """A new part of the story."""
        self._chapters += 1
        number = f"\n{self._chapters}".ljust(INDENT + 1)
        self._print(Text.assemble((number, "bold cyan"), (title, "bold")))
        if sentence:
            self._paragraph(sentence, INDENT)

    def happened(self, word: str, seconds: float | None, what: str, *details: str) -> None:
        """What happened and how long it took; below it, what the answers said."""
        took = "" if seconds is None else f"{seconds:.2f} s"
        first, *rest = wrap(what, self.width - DETAIL, break_on_hyphens=False)
        start = (" " * INDENT, (word.ljust(WORD), STYLES[word]), (took.rjust(SECONDS), "dim"), "  ")
        self._print(Text.assemble(*start, first))
        for line in rest:
            self._print(Text(" " * DETAIL + line))
        for detail in details:
            self._paragraph(detail, DETAIL)

    def table(self, rows: Sequence[Sequence[str]], header: Sequence[str] = ()) -> None:
        """Columns as wide as they need to be; words with a style have it."""
        text = columns(rows, header)
        for word, style in STYLES.items():
            text.highlight_words([word], style)
        for line in text.split():
            self._print(Text(" " * INDENT) + line)

    def verified(self, rows: Iterable[tuple[str, Verdicts]]) -> None:
        """The verdicts on each document, by the name of its folder."""
        self.table(
            [
                (
                    name,
                    verdicts.integrity.result,
                    verdicts.issuer.result,
                    str(verdicts.issuer.facts.get("organisation", "")),
                    verdicts.inclusion.result,
                    f"{str(verdicts.inclusion.facts.get('cosigners', '')).count(',') + 1} nodes",
                )
                for name, verdicts in rows
            ],
            ("folder", "integrity", "issuer", "", "inclusion", "cosigned by"),
        )

    def commands(self, title: str, *rows: tuple[str, str]) -> None:
        """Commands to go on with: what for, and the command, never broken."""
        self._print(Text(f"\n{title}", "bold"))
        for purpose, command in rows:
            self._print(Text(f"{' ' * INDENT}# {purpose}", "dim"))
            self._print(Text(f"{' ' * INDENT}{command}"))

    def end(self, summary: str) -> None:
        """How it went, and how long it took."""
        self._print(Text(f"\n{summary}, in {time.monotonic() - self._began:.0f} s.", "bold"))

    def waiting(self, what: str) -> AbstractContextManager[object]:
        """Shows on a terminal that something takes a moment; leaves no trace."""
        return self.console.status(Text(what, "dim"))

    def _paragraph(self, sentence: str, indent: int) -> None:
        for line in wrap(sentence, self.width - indent, break_on_hyphens=False):
            self._print(Text(" " * indent + line, "dim"))

    def _print(self, text: Text) -> None:
        self.console.print(text, soft_wrap=True)
