"""The stories, told one after the other on one running network; and their pages, which say so."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cocket.cli import app
from cocket.client import Wallet
from cocket.demo import run
from cocket.demo.evidence import keep_receipts, verify_folders
from cocket.demo.pages import console, steps, told_on
from cocket.demo.processes import NETWORK, LocalNetwork, found_locally
from cocket.demo.stage import Stage
from cocket.demo.stories import STORIES
from cocket.demo.telling import Teller
from cocket.node.config import SetupError

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "stories"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalNetwork]:
    """Four nodes as four processes, and every founding member of any story."""
    founders = {each.id: each for story in STORIES.values() for each in story.founders}
    folder = tmp_path_factory.mktemp("stories") / "network"
    network = found_locally(folder, "a password", False, tuple(founders.values()), True)

    async def all_ready() -> None:
        teller = Teller(Stage(console()), network, {})
        await asyncio.gather(*map(teller.ready, network.nodes.values()))

    try:
        network.start()
        asyncio.run(all_ready())
        yield network
    finally:
        network.stop()


@pytest.mark.slow
@pytest.mark.parametrize("name", STORIES)
def test_a_story_ends_well_as_its_page_says_and_leaves_receipts_that_verify(
    network: LocalNetwork, tmp_path: Path, name: str
) -> None:
    story = STORIES[name]
    told = console()
    wallets = {each.id: Wallet.create(each.id, NETWORK) for each in story.companies}

    async def tell() -> Teller:
        async with Teller(Stage(told), network, wallets) as teller:
            await teller.join(story.companies)
            await story.script(teller)
            await keep_receipts(teller, tmp_path / "receipts")
            return teller

    teller = asyncio.run(tell())
    assert teller.refusals > 0
    verified = verify_folders(tmp_path / "receipts")
    assert len(verified) == len(teller.kept)
    assert all(verdicts.ok for _, verdicts in verified)
    happened = steps(told_on(told))
    on_page = steps((PAGES / f"{name}.md").read_text("utf-8"))
    first, last = happened[0], on_page.index("# Receipts for everyone")
    assert (
        happened[: happened.index("# Receipts for everyone")]
        == (on_page[on_page.index(first) : last])
    ), f"tell it anew: python -m cocket.demo.pages docs/stories {name}"


def test_every_story_has_its_page_its_line_in_the_index_and_its_place_in_the_help() -> None:
    assert {page.stem for page in PAGES.glob("*.md")} == {*STORIES, "README"}
    index = (PAGES / "README.md").read_text("utf-8")
    assert re.findall(r"^\| \[(\w+)\]\(\1\.md\)", index, re.MULTILINE) == list(STORIES)
    shown = CliRunner().invoke(app, ["demo", "--help"])
    for name in STORIES:
        assert name in shown.output


def test_a_story_that_nobody_wrote_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with pytest.raises(SetupError, match=r"no story 'fly'; there are durian, buy"):
        run(home, keep=False, name="fly")
    assert not home.exists()


@pytest.mark.parametrize("name", [name for name, story in STORIES.items() if story.days_pass])
def test_a_network_whose_calendar_was_turned_is_not_kept(tmp_path: Path, name: str) -> None:
    home = tmp_path / "home"
    with pytest.raises(SetupError, match=r"days pass .* those of other stories can: durian, buy"):
        run(home, keep=True, name=name)
    assert not home.exists()
