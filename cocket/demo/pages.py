"""`python -m cocket.demo.pages FOLDER`: tell every story, and write its page."""

import os
import re
import sys
import tempfile
from io import StringIO
from pathlib import Path

from rich.console import Console

from cocket.demo import run
from cocket.demo.stage import STYLES, Stage
from cocket.demo.stories import STORIES
from cocket.demo.telling import Story

WIDTH = 86
DAYS_PASS = "Days pass in this story: its nodes go by a calendar that it turns, and nobody waits.\n"
_CHAPTER = re.compile(r"\d+ +(\S.*)")
_EVENT = re.compile(rf" {{3}}({'|'.join(STYLES)}) +(?:[\d.]+ s)? +(\S.*)")
_CODE = re.compile(r" {8,}([a-z]+(?:-[a-z]+)+): ")


def console() -> Console:
    """What a page is told on, and what is compared with one."""
    return Console(file=StringIO(), width=WIDTH, highlight=False)


def told_on(console: Console) -> str:
    """What was told on it."""
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def steps(text: str) -> list[str]:
    """What happens in a telling, line by line, without what differs from one to the next: titles of
    chapters, what each did, and codes of refusals."""
    found = []
    refused = False
    for line in text.splitlines():
        if match := _CHAPTER.fullmatch(line):
            found.append(f"# {match[1]}")
        elif match := _EVENT.fullmatch(line):
            refused = match[1] == "refused"
            found.append(re.sub(r"\d+", "0", f"{match[1]}: {match[2]}"))
        elif refused and (match := _CODE.match(line)):
            found.append(match[1])
    return found


def page(name: str, story: Story, told: str) -> str:
    """The page of a story: what it is about, and how it went when it was told."""
    script = sys.modules[story.script.__module__]
    about = (script.__doc__ or "").partition(": ")[2].strip()
    source = f"../../cocket/demo/stories/{name}.py"
    days = DAYS_PASS if story.days_pass else ""
    return (
        f"# {story.title}\n\n"
        f"{about[0].upper()}{about[1:]}\n\n"
        f"Told by `cocket demo --story {name}`; its script is [{name}.py]({source}).\n"
        "Every line is of a run on four nodes: times, blocks and documents as they were in it.\n"
        f"{days}"
        f"\n```text\n{told.strip()}\n```\n"
    )


def write(folder: Path, names: list[str]) -> None:
    """Tell these stories, and write the page of each into `folder`."""
    for name in names:
        told = console()
        before = Path.cwd()
        with tempfile.TemporaryDirectory() as directory:
            os.chdir(directory)
            try:
                run(Path(name), keep=False, name=name, stage=Stage(told))
            finally:
                os.chdir(before)
        text = page(name, STORIES[name], told_on(told))
        (folder / f"{name}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]).absolute(), sys.argv[2:] or list(STORIES))
