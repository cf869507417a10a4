"""The story: one consignment of frozen durian, from registration to receipts on disk.

Nothing that is shown is known beforehand: every fact comes out of an answer, a status, a receipt or
a verification, and where the ledger should refuse and does not, the demo fails.
"""

import asyncio
import time
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cocket.client import (
    Answer,
    DocumentRefused,
    Ledger,
    LedgerError,
    Patience,
    SdJwt,
    Verdicts,
    Wallet,
    files,
    verify,
)
from cocket.client.forms import registration
from cocket.demo import papers
from cocket.demo.processes import LocalNetwork, Process
from cocket.demo.stage import Stage
from cocket.ledger import canonical
from cocket.ledger.document import Document
from cocket.ledger.keys import base64url
from cocket.node.problems import NodeError
from cocket.views import short

READY_SECONDS = 45.0
POLL_SECONDS = 0.05
DOCUMENT_FILE, RECEIPT_FILE = "document.sdjwt", "receipt.tlog-proof"
TRUST_FILE = "trust-bundle.json"
EXPORTER, IMPORTER = papers.EXPORTER[0], papers.IMPORTER[0]
CARRIER, HUB, MALAYSIA, CHINA = "carrier", "payment-hub", "customs-my", "customs-cn"


class DemoFailed(NodeError):
    """The ledger did not do what it must; the message says what was seen."""

    def __init__(self, message: str) -> None:
        super().__init__("demo-failed", message)


@dataclass(frozen=True, slots=True)
class Kept:
    """A committed document, with what its issuer may disclose."""

    document: SdJwt
    answer: Answer


class Story:
    """Tells the story on `stage`, with the nodes of `network`, and keeps its evidence."""

    def __init__(self, stage: Stage, network: LocalNetwork, wallets: Mapping[str, Wallet]) -> None:
        """`wallets` are those of the organisations without a node."""
        self.stage = stage
        self.network = network
        self.wallets = {**network.wallets, **wallets}
        self.papers = papers.Papers(datetime.now(UTC).date())
        self.kept: list[Kept] = []
        self.refusals = 0
        self.ledgers: dict[str, Ledger] = {}

    async def tell(self, receipts: Path) -> None:
        """All of it, as far as it needs nodes. Evidence goes to folders in `receipts`."""
        async with AsyncExitStack() as stack:
            for identity in self.wallets:
                ledger = Ledger(self._nodes_of(identity), self.wallets[identity])
                self.ledgers[identity] = await stack.enter_async_context(ledger)
            await self._nodes_start()
            await self._merchants_join()
            invoice, bill = await self._goods_are_shipped()
            await self._price_is_disclosed(invoice)
            height = await self._node_is_killed()
            await self._title_moves(bill)
            await self._goods_are_cleared(invoice, bill)
            await self._node_returns(height)
            await self._goods_are_handed_over(bill)
            await self._forgery_fails(invoice)
            await self._receipts_are_kept(receipts)

    def _nodes_of(self, identity: str) -> list[str]:
        """A member's own node; for a merchant the payment hub's, and another to fall back on."""
        own = self.network.nodes.get(identity)
        chosen = [own] if own else [self.network.nodes[HUB], self.network.nodes[CHINA]]
        return [node.url for node in chosen]

    # --- what happens, in order -------------------------------------------------------------------

    async def _nodes_start(self) -> None:
        founded = self.network.founded
        self.stage.chapter("Four organisations, four nodes, four processes")
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
            statuses = await asyncio.gather(*map(self._ready, nodes))
        genesis = {status["genesis"] for status in statuses}
        if genesis != {base64url(founded.genesis.hash)}:
            raise DemoFailed(f"the nodes started from different genesis files: {genesis}")
        quorum = founded.genesis.committee().quorum
        self.stage.happened(
            "ready",
            time.monotonic() - begun,
            f"all four, from one genesis: {genesis.pop()}",
            f"{quorum} of {len(statuses)} make a block final; any one may fail in any way",
        )

    async def _merchants_join(self) -> None:
        self.stage.chapter("Two small merchants join, with a key and no node")
        for voucher, (identity, name, country) in (
            (MALAYSIA, papers.EXPORTER),
            (CHINA, papers.IMPORTER),
        ):
            key = self.wallets[identity].public_key
            body = registration(identity, name, country, ["merchant"], key)
            await self._commit(voucher, "organisation", body, f"vouches for {name}", ucr=False)

    async def _goods_are_shipped(self) -> tuple[SdJwt, SdJwt]:
        self.stage.chapter(
            "Frozen durian, Port Klang to Hangzhou",
            f"consignment {self.papers.ucr}: {papers.CARTONS} cartons, {papers.NET_KG} kg, "
            f"HS {papers.HS['hsCode']}, container {papers.CONTAINER}",
        )
        invoice = await self._commit(
            EXPORTER,
            "commercial-invoice",
            self.papers.invoice(),
            "invoices the buyer, and hides the price",
            confidential=papers.PRICES,
        )
        bill = await self._commit(
            CARRIER,
            "bill-of-lading",
            self.papers.bill_of_lading(),
            f"issues bill of lading {papers.BILL} to {EXPORTER}",
        )
        return invoice, bill

    async def _price_is_disclosed(self, invoice: SdJwt) -> None:
        """The ledger's copy has no price; what the exporter sends customs has, and verifies."""
        held = await self.ledgers[CARRIER].document(invoice.id)
        hidden = SdJwt(held.document).reveal().hidden
        line = held.document.body["itemsShipped"][0]
        if "unitPrice" in line:
            raise DemoFailed("the carrier's node can read the price")
        self.stage.happened(
            "shown",
            None,
            f"to {CARRIER}, by its own node: {line['quantity']} {line['unitCode']} of "
            f"{line['description']}; {hidden} members hidden, no price",
        )
        shown = invoice.present(papers.PRICES)
        receipt = await self.ledgers[CHINA].receipt(invoice.id)
        verdicts = verify(shown, receipt, await self.ledgers[CHINA].trust_bundle())
        if not verdicts.ok:
            raise DemoFailed(f"the disclosed invoice does not verify:\n{verdicts}")
        body = shown.reveal().body
        self.stage.happened(
            "shown",
            None,
            f"to {CHINA}, by {EXPORTER}, outside the ledger: "
            f"{body['itemsShipped'][0]['unitPrice']} {body['currencyOfSettlement']} a kg, "
            f"{body['totalPaymentDue']} in all",
            f"integrity {verdicts.integrity.result}: {verdicts.integrity.reason}",
        )

    async def _node_is_killed(self) -> int:
        node = self.network.nodes[CARRIER]
        height = int((await self.ledgers[CARRIER].node_status())["height"])
        self.stage.chapter("The carrier's node is killed, and the story goes on")
        pid = node.pid
        node.kill()
        self.stage.happened("killed", None, f"kill -9 {pid}: {CARRIER}'s node, at block {height}")
        return height

    async def _title_moves(self, bill: SdJwt) -> None:
        refs = {"document": bill.id}
        await self._commit(
            EXPORTER,
            "title-action",
            papers.transfer(HUB),
            f"transfers the title to {HUB}, against payment",
            refs=refs,
        )
        await self._refused(
            EXPORTER,
            "title-action",
            papers.transfer(IMPORTER),
            f"tries to transfer the same title once more, to {IMPORTER}",
            refs=refs,
        )
        await self._commit(
            HUB,
            "title-action",
            papers.transfer(IMPORTER),
            f"is paid, and transfers the title to {IMPORTER}",
            refs=refs,
        )

    async def _goods_are_cleared(self, invoice: SdJwt, bill: SdJwt) -> None:
        declaration = await self._commit(
            IMPORTER,
            "import-declaration",
            self.papers.declaration(),
            "declares the goods to customs, the value hidden from others",
            refs={"invoice": invoice.id, "transportDocument": bill.id},
            confidential=("/goodsItems/0/customsValue",),
        )
        refs = {"declaration": declaration.id}
        await self._refused(
            IMPORTER, "clearance", papers.clearance(), "tries to clear them itself", refs=refs
        )
        await self._commit(CHINA, "clearance", papers.clearance(), "clears the goods", refs=refs)

    async def _node_returns(self, height_then: int) -> None:
        """Back from its own disk and its peers, until it holds what another node holds."""
        self.stage.chapter("The killed node comes back")
        node = self.network.nodes[CARRIER]
        begun = time.monotonic()
        node.start()
        other = await self.ledgers[CHINA].node_status()
        with self.stage.waiting("it starts, and catches up"):
            own = await self._ready(node, leaves=other["leaves"])
        if (own["leaves"], own["root"]) != (other["leaves"], other["root"]):
            raise DemoFailed(f"{CARRIER}'s log is not {CHINA}'s: {own} and {other}")
        self.stage.happened(
            "ready",
            time.monotonic() - begun,
            f"process {node.pid} started, and caught up from block {height_then} "
            f"to {own['height']}",
            f"its log and {CHINA}'s have one root: {own['leaves']} leaves, {own['root']}",
        )

    async def _goods_are_handed_over(self, bill: SdJwt) -> None:
        refs = {"document": bill.id}
        await self._commit(
            IMPORTER,
            "title-action",
            papers.surrender(),
            "surrenders the bill of lading against the goods",
            refs=refs,
        )
        await self._commit(
            CARRIER,
            "title-action",
            papers.accept_surrender(),
            "accepts through its own node: the title has ended",
            refs=refs,
        )

    async def _forgery_fails(self, invoice: SdJwt) -> None:
        self.stage.chapter("Somebody changes a signed document")
        forged = forge(invoice.document)
        before, after = (d.body["itemsShipped"][0]["quantity"] for d in (invoice.document, forged))
        begun = time.monotonic()
        try:
            await self.ledgers[EXPORTER].submit(forged)
        except DocumentRefused as refused:
            self._show_refusal(
                refused, begun, f"the invoice with {after} kg in place of {before}, same signature"
            )
        else:
            raise DemoFailed("a changed document was taken")
        receipt = await self.ledgers[EXPORTER].receipt(invoice.id)
        verdicts = verify(forged, receipt, await self.ledgers[EXPORTER].trust_bundle())
        if verdicts.integrity.result != "fail" or verdicts.inclusion.result != "fail":
            raise DemoFailed(f"a changed document verifies:\n{verdicts}")
        self.stage.happened(
            "fail",
            None,
            "verified offline, with the receipt of the true one",
            f"integrity: {verdicts.integrity.reason}",
            f"inclusion: {verdicts.inclusion.reason}",
        )

    async def _receipts_are_kept(self, receipts: Path) -> None:
        self.stage.chapter("Receipts for everyone")
        begun = time.monotonic()
        bundles = [await self.ledgers[each].trust_bundle() for each in self.network.nodes]
        for kept in self.kept:
            ledger = self.ledgers[kept.document.document.issuer]
            receipt = await ledger.receipt(kept.document.id)
            folder = self.folder(receipts, kept)
            folder.mkdir(parents=True)
            files.write_new(folder / DOCUMENT_FILE, f"{kept.document}\n")
            files.write_new(folder / RECEIPT_FILE, str(receipt))
            files.write_new(folder / TRUST_FILE, str(bundles[0]))
        agreed = sum(bundle.digest == bundles[0].digest for bundle in bundles)
        self.stage.happened(
            "ready",
            time.monotonic() - begun,
            f"{len(self.kept)} receipts in {receipts}",
            f"trust bundle {bundles[0].digest}, the same from {agreed} of {len(bundles)} nodes",
        )

    def folder(self, receipts: Path, kept: Kept) -> Path:
        """Where the evidence on a document goes."""
        return receipts / f"{self.kept.index(kept) + 1:02}-{kept.document.document.type_name}"

    # --- how it happens ---------------------------------------------------------------------------

    async def _ready(self, node: Process, leaves: int = 0) -> dict[str, Any]:
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

    def _issue(self, who: str, type: str, body: dict[str, Any], ucr: bool, **more: Any) -> SdJwt:
        about = (self.papers.ucr,) if ucr else ()
        return self.wallets[who].issue(type, body, about, **more)

    async def _commit(
        self, who: str, type: str, body: dict[str, Any], what: str, *, ucr: bool = True, **more: Any
    ) -> SdJwt:
        """Sign and submit a document, and tell when it is final."""
        document = self._issue(who, type, body, ucr, **more)
        begun = time.monotonic()
        try:
            answer = await self.ledgers[who].submit(document)
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

    async def _refused(
        self, who: str, type: str, body: dict[str, Any], what: str, **more: Any
    ) -> None:
        """Sign and submit what must be refused, and tell why it is."""
        document = self._issue(who, type, body, True, **more)
        begun = time.monotonic()
        try:
            answer = await self.ledgers[who].submit(document)
        except DocumentRefused as refused:
            self._show_refusal(refused, begun, f"{who} {what}")
        else:
            raise DemoFailed(f"{who} {what}, and it was taken: {answer}")

    def _show_refusal(self, refused: DocumentRefused, begun: float, what: str) -> None:
        self.refusals += 1
        self.stage.happened(
            "refused", time.monotonic() - begun, what, f"{refused.code}: {refused.message}"
        )


def forge(document: Document) -> Document:
    """The document with another quantity and the signature of the true one."""
    header, payload, signature = document.jws.split(b".")
    claims = canonical.decode(urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
    claims["body"]["itemsShipped"][0]["quantity"] = "12000"
    changed = base64url(canonical.encode(claims)).encode()
    return Document.parse(b".".join((header, changed, signature)))


def verify_folders(receipts: Path) -> list[tuple[str, Verdicts]]:
    """Verify what lies in each folder: its name, and the verdicts. Needs no node."""
    verified = []
    for folder in sorted(receipts.iterdir()):
        evidence = files.read_evidence(folder)
        verdicts = verify(evidence.document, evidence.receipt, evidence.trust)
        verified.append((folder.name, verdicts))
    return verified
