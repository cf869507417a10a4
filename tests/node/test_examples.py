"""Every standard type on a running network: the trade that was rehearsed, document by document;
and the genuine payloads of others.

Four real nodes, whose calendar is the trade's: whatever the day of the test, no example expires.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import pytest

from cocket.contracts.rehearsal import CAST, NETWORK, START_S, VALIDATORS, signing_key
from cocket.contracts.standard import NAMES, type_urn
from cocket.ledger.sdjwt import conceal
from cocket.node.founding import Member
from tests.genuine import PAYLOADS, needed
from tests.node.cluster import Cluster
from tests.node.dated import set_calendar
from tests.node.trade import README, Said, rehearsed, with_table

PRIME_STEEL = ("prime-steel", "US", "merchant", "private")
"""Who certifies the origin of American steel, in one of the payloads."""
MEMBERS = tuple(
    Member(
        id=identity,
        legal_name=identity.replace("-", " ").title(),
        country=country,
        roles=(role,),
        chamber=chamber,  # type: ignore[arg-type]
    )
    for identity, country, role, chamber in (*CAST, PRIME_STEEL)
)

CALENDAR = "calendar"
TOGETHER_MAX = 20
"""Their seconds differ by as much: no leader's clock is that far behind any document."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A network whose nodes go by the calendar in the file `calendar`."""
    directory = tmp_path_factory.mktemp("trade")
    calendar = directory / CALENDAR
    set_calendar(calendar, START_S)
    cluster = Cluster(
        directory,
        network=NETWORK,
        nodes=VALIDATORS,
        members=MEMBERS,
        key=signing_key,
        command=("tests.node.dated", str(calendar)),
        time_ms=1000 * START_S,
        documents=NAMES,
    )
    cluster.start()
    yield cluster
    cluster.close()


@pytest.fixture
async def cluster(running: Cluster) -> AsyncIterator[Cluster]:
    """The network, ready."""
    await running.until_ready()
    yield running


def rehearsal_of(said: Said) -> tuple[Any, ...]:
    """What became of a document: committed with remarks, or refused with code and place."""
    outcome = said.outcome
    if outcome.refusal is not None:
        return "refused", outcome.refusal.code, outcome.refusal.path
    warnings = [(warning.code, warning.path) for warning in outcome.warnings]
    return "committed", warnings, list(outcome.unchecked)


def on_the_network(answer: dict[str, Any]) -> tuple[Any, ...]:
    """The same, as a node answers it."""
    if answer.get("state") == "committed":
        warnings = [(each["code"], each.get("path", "")) for each in answer.get("warnings", ())]
        return "committed", warnings, list(answer.get("unchecked", ()))
    return "refused", answer.get("code"), answer.get("path", "")


def groups(trade: Iterable[Said]) -> Iterator[list[Said]]:
    """A document that is committed goes alone; refused ones that follow one another go together."""
    refused: list[Said] = []
    for said in trade:
        if said.outcome.refusal is not None and len(refused) < TOGETHER_MAX:
            refused.append(said)
            continue
        if refused:
            yield refused
        refused = []
        yield [said]
    if refused:
        yield refused


async def test_every_example_commits_on_a_running_network_and_near_misses_are_refused_as_stated(
    cluster: Cluster,
) -> None:
    for together in groups(rehearsed().said):
        set_calendar(cluster.directory / CALENDAR, together[-1].time_s)
        answers = await asyncio.gather(
            *(cluster.commit(VALIDATORS[0], said.document) for said in together)
        )
        for said, answer in zip(together, answers, strict=True):
            assert on_the_network(answer) == rehearsal_of(said), (said.document.type, answer)
    committed = sum(said.outcome.refusal is None for said in rehearsed().said)
    statuses = await cluster.until_equal(committed)
    assert len({(each["root"], each["state"]) for each in statuses}) == 1


async def test_genuine_payloads_commit_as_what_they_are(cluster: Cluster) -> None:
    committed: dict[str, str] = {}

    async def commit(name: str, issuer: str, body: Any, **claims: Any) -> dict[str, Any]:
        now_s = int((cluster.directory / CALENDAR).read_text())
        claims |= {"vct": type_urn(name), "body": body, "iat": now_s, "aud": NETWORK}
        answer = await cluster.commit(VALIDATORS[0], cluster.document(issuer, **claims))
        assert answer["state"] == "committed", answer
        return answer

    for name, issuer, bill in needed():
        committed[name] = (await commit("bill-of-lading", issuer, bill))["id"]
    for payload in PAYLOADS:
        refs = {role: committed[name] for role, name in payload.refs.items()}
        answers = [
            await commit(
                payload.type,
                payload.issuer,
                conceal(body, payload.hidden, lambda: bytes(16))[0],
                refs=refs,
            )
            for body in payload.bodies()
        ]
        committed[payload.file] = answers[0]["id"]
        warned = [each["code"] for answer in answers for each in answer.get("warnings", ())]
        assert sorted(warned) == sorted(payload.warned), payload.file


def test_every_type_has_an_example_and_a_near_miss_in_the_trade() -> None:
    trade = rehearsed()
    assert set(trade.examples) == set(NAMES)
    assert [name for name, missed in trade.missed.items() if not missed] == []


def test_the_table_of_the_trade_is_as_it_was_played() -> None:
    text = README.read_text("utf-8")
    assert text == with_table(text), "run `python -m tests.node.trade`"
