"""How a story is told: what its script says with one call for each thing that happens.

    invoice = await t.commit(SELLER, "commercial-invoice", body, "invoices the buyer")
    await t.refused(SELLER, "commercial-invoice", body, "sends it again", "duplicate-number")
    await t.commit(HUB, "payment-confirmation", paid, "confirms the payment", payable=invoice)

Nothing that is shown is known beforehand: every fact comes out of an answer, a status, a receipt or
a verification. Where the ledger should refuse, and takes, or names another reason, the story fails.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from cocket.client import (
    Answer,
    DocumentRefused,
    Ledger,
    LedgerDocument,
    LedgerError,
    Patience,
    SdJwt,
    Wallet,
    verify,
)
from cocket.client.forms import registration
from cocket.demo.cast import CUSTOMS_CN, HUB, WITH_NODES, Company
from cocket.demo.processes import LocalNetwork, Process
from cocket.demo.stage import Stage
from cocket.ledger.keys import base64url
from cocket.node.problems import NodeError
from cocket.views import short

READY_SECONDS = 120.0
READ_SECONDS = 30.0
POLL_SECONDS = 0.05


class DemoFailed(NodeError):
    """The ledger did not do what it must; the message says what was seen."""

    def __init__(self, message: str) -> None:
        super().__init__("demo-failed", message)


@dataclass(frozen=True, slots=True)
class Kept:
    """A committed document, with what its issuer may disclose."""

    document: SdJwt
    answer: Answer


class Teller:
    """Tells stories on `stage`, with the nodes of `network`, and keeps their evidence.

    ucr     the consignment that documents are about, unless they say otherwise
    kept    what became final, in order
    """

    def __init__(self, stage: Stage, network: LocalNetwork, wallets: Mapping[str, Wallet]) -> None:
        """`wallets` are those of the organisations that join in the course of the story."""
        self.stage = stage
        self.network = network
        self.wallets = {**network.wallets, **wallets}
        if network.calendar is not None:
            clock = network.calendar.seconds
            self.wallets = {each: replace(w, clock=clock) for each, w in self.wallets.items()}
        self.ucr = ""
        self.kept: list[Kept] = []
        self.refusals = 0
        self.ledgers: dict[str, Ledger] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for identity, wallet in self.wallets.items():
            ledger = Ledger(self._nodes_of(identity), wallet)
            self.ledgers[identity] = await self._stack.enter_async_context(ledger)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    def _nodes_of(self, identity: str) -> list[str]:
        """A member's own node; for others the payment hub's, and another to fall back on."""
        nodes = self.network.nodes
        own = nodes.get(identity)
        return [own.url] if own else [nodes[HUB.id].url, nodes[CUSTOMS_CN.id].url]

    # --- what stories are made of -----------------------------------------------------------------

    def chapter(self, title: str, sentence: str = "") -> None:
        """A new part of the story."""
        self.stage.chapter(title, sentence)

    @property
    def now(self) -> datetime:
        """The time by the network's calendar, UTC."""
        calendar = self.network.calendar
        return datetime.fromtimestamp(time.time() if calendar is None else calendar.seconds(), UTC)

    def day(self, days: int = 0) -> str:
        """A date, so many days from today."""
        return (self.now + timedelta(days)).date().isoformat()

    def moment(self, **later: float) -> str:
        """A date and time, now or so much later: `days=30`, `hours=-2`."""
        return (self.now + timedelta(**later)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def consignment(self, rest: str) -> str:
        """A WCO unique consignment reference, which begins with the year; documents are about it
        from here on."""
        self.ucr = f"{self.now.year % 10}{rest}"
        return self.ucr

    def days_pass(self, days: int, meanwhile: str) -> None:
        """Turn the calendar, for nodes and companies alike."""
        assert self.network.calendar is not None, "a story says beforehand that days pass in it"
        self.network.calendar.turn(days)
        self.stage.happened("later", None, f"{days} days: {meanwhile}")

    async def commit(
        self,
        who: Company,
        type: str,
        body: dict[str, Any],
        what: str,
        *,
        ucr: str | None = None,
        confidential: Iterable[str] = (),
        **refs: SdJwt,
    ) -> SdJwt:
        """Sign and submit a document, and tell when it is final.

        what          what `who` does by it, in words
        ucr           another consignment than the story's; "" for none
        confidential  JSON pointers of members to hide
        refs          the documents that it builds on, by their roles
        """
        document = self._issue(who, type, body, ucr, confidential, refs)
        begun = time.monotonic()
        try:
            answer = await self.ledgers[who.id].submit(document)
        except DocumentRefused as refused:
            raise DemoFailed(f"{who}'s {type} was refused: {refused}") from None
        self.kept.append(Kept(document, answer))
        place = f"block {answer.height}, leaf {answer.index}"
        details = [f"{document.document.type_name} {short(document.id)}, {place}"]
        details += [f"warning: {each.code}: {each.message}" for each in answer.warnings]
        if answer.unchecked:
            details.append(f"not checked on the ledger, as hidden: {', '.join(answer.unchecked)}")
        self.stage.happened("final", time.monotonic() - begun, f"{who} {what}", *details)
        return document

    async def refused(
        self,
        who: Company,
        type: str,
        body: dict[str, Any],
        what: str,
        code: str,
        *,
        ucr: str | None = None,
        confidential: Iterable[str] = (),
        **refs: SdJwt,
    ) -> None:
        """Sign and submit what must be refused with `code`, and tell why it is."""
        document = self._issue(who, type, body, ucr, confidential, refs)
        begun = time.monotonic()
        try:
            answer = await self.ledgers[who.id].submit(document)
        except DocumentRefused as refused:
            self.show_refusal(refused, begun, f"{who} {what}", code)
        else:
            raise DemoFailed(f"{who} {what}, and it was taken: {answer}")

    async def read(self, who: Company, document: SdJwt) -> LedgerDocument:
        """A document that is final, as the node that somebody asks has it: soon, if it is behind
        the one that took it."""
        deadline = time.monotonic() + READ_SECONDS
        while True:
            try:
                return await self.ledgers[who.id].document(document.id)
            except LedgerError as error:
                late = error.code in ("not-yet-final", "unknown-document")
                if not late or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(POLL_SECONDS)

    async def disclose(
        self,
        document: SdJwt,
        to: Company,
        members: Sequence[str],
        tell: Callable[[dict[str, Any]], str],
    ) -> None:
        """The issuer shows somebody all that it hid, outside the ledger; who asks a node for the
        receipt, and verifies.

        members  JSON pointers of what is hidden
        tell     what there is to read in the body, in words
        """
        ledger = self.ledgers[to.id]
        held = SdJwt((await self.read(to, document)).document).reveal()
        if held.hidden != len(members):
            raise DemoFailed(f"on the ledger {held.hidden} members are hidden, not {len(members)}")
        shown = document.present(members)
        receipt = await ledger.receipt(document.id)
        verdicts = verify(shown, receipt, await ledger.trust_bundle())
        if not verdicts.ok:
            raise DemoFailed(f"the disclosed document does not verify:\n{verdicts}")
        self.stage.happened(
            "shown",
            None,
            f"to {to}, by {document.document.issuer}, outside the ledger: "
            f"{tell(shown.reveal().body)}",
            f"integrity {verdicts.integrity.result}: {verdicts.integrity.reason}",
        )

    def show_refusal(self, refused: DocumentRefused, begun: float, what: str, code: str) -> None:
        """Tell that the ledger refused, since `begun` by the monotonic clock, and why."""
        if refused.code != code:
            raise DemoFailed(f"{what}: refused not with {code}, but {refused.code}: {refused}")
        self.refusals += 1
        self.stage.happened(
            "refused", time.monotonic() - begun, what, f"{refused.code}: {refused.message}"
        )

    def _issue(
        self,
        who: Company,
        type: str,
        body: dict[str, Any],
        ucr: str | None,
        confidential: Iterable[str],
        refs: Mapping[str, SdJwt],
    ) -> SdJwt:
        about = self.ucr if ucr is None else ucr
        ids = {role: document.id for role, document in refs.items()}
        return self.wallets[who.id].issue(type, body, (about,) if about else (), ids, confidential)

    # --- who takes part, and how they are ---------------------------------------------------------

    async def nodes_start(self) -> None:
        """Start the nodes, and wait until they can make documents final."""
        founded = self.network.founded
        self.chapter("Four organisations, four nodes, four processes")
        begun = time.monotonic()
        self.network.start()
        nodes = self.network.nodes.values()
        self.stage.table(
            [
                (each.member.id, f"pid {each.pid}", each.member.api or "", each.member.legal_name)
                for each in nodes
            ],
        )
        with self.stage.waiting("they start, and find each other"):
            statuses = await asyncio.gather(*map(self.ready, nodes))
        genesis = {status["genesis"] for status in statuses}
        if genesis != {base64url(founded.genesis.hash)}:
            raise DemoFailed(f"the nodes started from different genesis files: {genesis}")
        details = [f"{founded.genesis.committee().quorum} of {len(statuses)} make a block final; "]
        details[0] += "any one may fail in any way"
        without = [each.id for each in founded.plan.members if not each.has_node]
        if without:
            details.append(f"members too, through the nodes of others: {', '.join(without)}")
        self.stage.happened(
            "ready",
            time.monotonic() - begun,
            f"all four, from one genesis: {genesis.pop()}",
            *details,
        )

    async def join(self, companies: Iterable[Company]) -> None:
        """Each becomes a member, by the word of its voucher."""
        self.chapter("Companies join, with a key and no node")
        for each in companies:
            assert each.voucher is not None
            key = self.wallets[each.id].public_key
            body = registration(each.id, each.legal_name, each.country, each.roles, key)
            what = f"vouches for {each.legal_name}"
            await self.commit(each.voucher, "organisation", body, what, ucr="")

    async def kill(self, who: Company, title: str) -> int:
        """A node's process ends at once, as in a power cut; gives its height."""
        self.chapter(title)
        node = self.network.nodes[who.id]
        height = int((await self.ledgers[who.id].node_status())["height"])
        pid = node.pid
        node.kill()
        self.stage.happened("killed", None, f"kill -9 {pid}: {who}'s node, at block {height}")
        return height

    async def revive(self, who: Company, height_then: int, title: str) -> None:
        """Back from its own disk and its peers, until it holds what another node holds."""
        self.chapter(title)
        node = self.network.nodes[who.id]
        witness = next(each for each in WITH_NODES if each != who)
        begun = time.monotonic()
        node.start()
        other = await self.ledgers[witness.id].node_status()
        with self.stage.waiting("it starts, and catches up"):
            own = await self.ready(node, leaves=other["leaves"])
        if (own["leaves"], own["root"]) != (other["leaves"], other["root"]):
            raise DemoFailed(f"{who}'s log is not {witness}'s: {own} and {other}")
        self.stage.happened(
            "ready",
            time.monotonic() - begun,
            f"process {node.pid} started, and caught up from block {height_then} "
            f"to {own['height']}",
            f"its log and {witness}'s have one root: {own['leaves']} leaves, {own['root']}",
        )

    async def ready(self, node: Process, leaves: int = 0) -> dict[str, Any]:
        """The node's status once it can commit documents, and has at least `leaves` of them."""
        deadline = time.monotonic() + READY_SECONDS
        reasons = ["it does not answer"]
        async with Ledger(node.url, patience=Patience(attempts=1)) as ledger:
            while time.monotonic() < deadline:
                node.check()
                try:
                    status = await ledger.node_status()
                except LedgerError:
                    status = {"ready": False, "reasons": reasons, "leaves": 0}
                if status["ready"] and status["leaves"] >= leaves:
                    return status
                reasons = status["reasons"] or reasons
                await asyncio.sleep(POLL_SECONDS)
        raise DemoFailed(f"the node of {node.member.id} is not ready: {'; '.join(reasons)}")


@dataclass(frozen=True, slots=True)
class Story:
    """One story: who takes part beside the four with a node, and what happens.

    title      what it is about, in a few words
    summary    what it is about, in a sentence
    founders   members since the founding, without a node
    companies  who join, in this order, by the word of a customs authority
    script     tells it, after all have joined
    days_pass  whether it turns the calendar; then its network cannot stay
    """

    title: str
    summary: str
    script: Callable[[Teller], Awaitable[None]]
    companies: tuple[Company, ...]
    founders: tuple[Company, ...] = ()
    days_pass: bool = False
