"""`python -m cocket.demo.picture FILE`: run the demo, and draw its terminal as SVG."""

import os
import re
import sys
import tempfile
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from cocket.demo import run
from cocket.demo.stage import Stage

WIDTH = 86
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""A picture takes the fonts of the machine that shows it, and fetches nothing from anywhere."""


def draw(path: Path) -> None:
    """Write the picture of a demo that is told now, in a directory that is gone afterwards."""
    console = Console(
        record=True, width=WIDTH, force_terminal=True, force_interactive=False, file=StringIO()
    )
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        try:
            run(Path("durian"), keep=False, stage=Stage(console))
        finally:
            os.chdir(before)
    svg = console.export_svg(title="cocket demo", theme=MONOKAI, unique_id="cocket")
    svg = _FONTS.sub("", svg).replace("Fira Code, ", "")
    path.write_text(svg.replace('-matrix">', '-matrix" xml:space="preserve">'), encoding="utf-8")


if __name__ == "__main__":
    draw(Path(sys.argv[1]).absolute())
