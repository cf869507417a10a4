"""docs/contributors.md names every make target, docs/dependencies.md every dependency."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def first_column(page: str) -> list[str]:
    """What stands in backquotes at the beginning of the rows of a page's tables."""
    return re.findall(r"^\| `([^`]+)` \|", (ROOT / "docs" / page).read_text("utf-8"), re.MULTILINE)


def test_every_dependency_has_its_line_and_no_other_has_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = [re.split("[<>=!~ ]", each)[0] for each in wanted]
    assert sorted(first_column("dependencies.md")) == sorted(names)


def test_every_make_target_is_named_and_is_there() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert phony is not None
    named = [each for each in first_column("contributors.md") if each.startswith("make ")]
    assert sorted(named) == sorted(f"make {target}" for target in phony[1].split())


def test_links_between_pages_lead_somewhere() -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    anchors = {
        page.name: {
            anchor(line) for line in page.read_text("utf-8").splitlines() if line[:1] == "#"
        }
        for page in pages
    }
    for page in pages:
        for target in re.findall(r"\]\(([^)]+)\)", page.read_text("utf-8")):
            if target.startswith(("http://", "https://")):
                continue
            file, _, part = target.partition("#")
            assert not file or (page.parent / file).is_file(), f"{page.name}: {target}"
            found = anchors[Path(file).name if file else page.name] if part else {part}
            assert part in found, f"{page.name}: there is no heading for {target}"


def anchor(heading: str) -> str:
    """The fragment that GitHub gives a heading."""
    text = re.sub(r"[^\w\- ]", "", heading.lstrip("#").strip().lower())
    return text.replace(" ", "-")
