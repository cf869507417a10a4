"""All five documents of title, at random: one controller at every height, and nobody else acts.

A model that knows only the law (who possesses, what is pending, in escrow, over) says before each
step who controls the title; the real engine, with the real contracts, has to agree.
"""

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.contracts.engine import Outcome
from tests.contracts.standard.build import ABSENT, TIME_MS, Ledger, party_of

KINDS = (
    *("bill-of-lading", "warehouse-receipt", "promissory-note", "bill-of-exchange"),
    "delivery-order",
)
ACTORS = ("orient-star", "swift-freight", "lotus", "noord", "bank-nl")
ACTIONS = (
    *("TRANSFER", "ENDORSE", "ENDORSE_TO_ORDER", "BLANK_ENDORSE", "SIGN", "SIGN accepted"),
    *("SURRENDER_FOR_DELIVERY", "SURRENDER_FOR_AMENDMENT", "SURRENDER_FOR_AMENDMENT SWTP"),
    *("SURRENDER_FOR_AMENDMENT ACPT", "SACC", "SREJ", "issue", "issue from paper", "supersede"),
    *("collect", "pay", "wait"),
)
OVER = ("SURRENDERED_FOR_DELIVERY", "SURRENDERED_FOR_AMENDMENT", "VOIDED")
COLLECTION_S = 8
WAIT_BLOCKS = 5
PAPER = {"date": "2026-03-03", "statement": "Paper original 1 of 1 taken in and cancelled."}
STEP = st.tuples(st.sampled_from(ACTORS), st.sampled_from(ACTIONS), st.sampled_from(ACTORS))


def party(organisation: str) -> dict[str, Any]:
    return {"name": organisation, "organisation": organisation}


class World:
    """One title on a ledger, and what its history of documents ought to have made of it."""

    def __init__(self, kind: str, negotiable: bool) -> None:
        self.ledger = Ledger()
        self.kind, self.negotiable = kind, negotiable
        self.documents: list[str] = []
        self.collection: str | None = None
        self.issuer, self.number, self.reference = {
            "bill-of-lading": ("orient-star", "transportDocumentReference", "oslu26030117"),
            "warehouse-receipt": ("swift-freight", "warehouseReceiptNumber", "swf-wr-2026-0031"),
            "promissory-note": ("lotus", "promissoryNoteNumber", "lt-pn-2026-004"),
            "bill-of-exchange": ("lotus", "billOfExchangeNumber", "lt-be-2026-011"),
            "delivery-order": ("orient-star", "deliveryOrderNumber", "osl-do-26-5511"),
        }[kind]
        self.transport = ""
        if kind == "delivery-order":
            self.transport = self.ledger.commit("orient-star", "sea-waybill")
        assert self.issue(self.issuer).refusal is None

    @property
    def now(self) -> int:
        """Seconds: the time of the next block."""
        return TIME_MS // 1000 + self.ledger.height + 1

    def title(self, at: int) -> dict[str, Any]:
        """The title as the block of second `at` finds it: the seller's, out of a lapsed escrow."""
        key = f"title/{self.kind}/{self.issuer}/{self.reference}"
        value: dict[str, Any] = json.loads(self.ledger.state[key])
        escrow = value.get("escrow")
        if escrow is not None and at > escrow["until"]:
            value = {**value, "controller": escrow["seller"]}
            del value["escrow"]
        return value

    def issue(self, who: str, **members: Any) -> Outcome:
        """Issue the document, to the merchant noord; `refs` among `members` may supersede."""
        refs = dict(members.pop("refs", {}))
        holder = members.pop("holder", "noord")
        named: dict[str, dict[str, Any]] = {
            "bill-of-lading": {"issueTo": party_of(holder)},
            "warehouse-receipt": {"issueTo": party(holder)},
            "promissory-note": {"payee": party(holder), "maker": {"name": "Maker"}},
            "bill-of-exchange": {"payee": party(holder), "drawer": {"name": "Drawer"}},
            "delivery-order": {"issueTo": party(holder), "releaseTo": ABSENT},
        }
        if self.transport:
            refs["transportDocument"] = self.transport
        whole = {**named[self.kind], "isToOrder": self.negotiable, **members}
        document = self.ledger.make(who, self.kind, refs, **whole)
        (outcome,) = self.ledger.block(document)
        if outcome.refusal is None and who == self.issuer:
            self.documents.append(document.id)
        return outcome

    def act(self, who: str, action: str, recipient: str) -> Outcome:
        """A title action on the document that was issued last."""
        code, _, more = action.partition(" ")
        named = code in ("TRANSFER", "ENDORSE", "ENDORSE_TO_ORDER")
        members = {
            "recipient": recipient if named else ABSENT,
            "comments": ABSENT,
            "reasonCode": more if code.startswith("SURRENDER") and more else ABSENT,
            "acceptance": "2026-03-04" if more == "accepted" else ABSENT,
        }
        refs = {"document": self.documents[-1]}
        return self.ledger.outcome(who, "title-action", refs, actionCode=code, **members)

    def collect(self, who: str, seller: str, buyer: str) -> Outcome:
        until = datetime.fromtimestamp(self.now + COLLECTION_S, UTC)
        document = self.ledger.make(
            who,
            "documentary-collection",
            {"title": self.documents[-1]},
            collectionNumber=f"C {self.ledger.height}",
            principal=party(seller),
            drawee=party(buyer),
            payBy=until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        (outcome,) = self.ledger.block(document)
        if outcome.refusal is None:
            self.collection = document.id
        return outcome

    def pay(self, who: str) -> Outcome:
        """Confirm the newest collection, else the note."""
        of_title = self.kind in ("promissory-note", "bill-of-exchange")
        payable = self.documents[-1] if of_title else self.collection or self.documents[-1]
        sums = {
            "promissory-note": {"value": "48000.00", "currencyCode": "MYR"},
            "bill-of-exchange": {"value": "1250.00", "currencyCode": "EUR"},
        }
        members = {"amount": sums[self.kind]} if of_title else {}
        uetr = f"7b0c9a52-4f5e-4d2a-9c31-{self.ledger.height:012x}"
        return self.ledger.outcome(
            who, "payment-confirmation", {"payable": payable}, uetr=uetr, **members
        )

    def step(self, who: str, action: str, other: str) -> Outcome | None:
        if action == "wait":
            self.ledger.height += WAIT_BLOCKS
            return None
        if action == "issue":
            return self.issue(who)
        if action == "issue from paper":
            return self.issue(who, convertedFromPaper=PAPER, holder=other)
        if action == "supersede":
            refs = {"supersedes": self.documents[-1]}
            return self.issue(who, refs=refs, amendmentReason="Amended.", holder=other)
        if action == "collect":
            mover = self.ledger.log[self.title(self.now)["moved"]].issuer
            return self.collect(who, mover, other)
        return self.pay(who) if action == "pay" else self.act(who, action, other)


def allowed(before: dict[str, Any], action: str) -> set[str]:
    """Who may do this, by the law: the controller alone; and once it is over, its issuer, anew."""
    issuer = before["issuer"]
    if action == "supersede":
        return {issuer} if before["state"] == "SURRENDERED_FOR_AMENDMENT" else set()
    if action == "issue from paper":
        return {issuer} if before["state"] == "VOIDED" else set()
    if action == "issue" or before["state"] in OVER:
        return set()
    if "escrow" in before:
        return {before["escrow"]["hub"]} if action in ("SREJ", "pay") else set()
    return {before["controller"]}


def next_controllers(before: dict[str, Any], action: str, other: str) -> set[str]:
    """Whose the title may be after that."""
    if action in ("TRANSFER", "issue from paper"):
        return {other}
    if action == "supersede":
        return {before["surrenderedBy"]}
    if "escrow" in before:
        return {before["escrow"]["buyer" if action == "pay" else "seller"]}
    pending = before.get("surrender")
    if action == "SREJ" or (pending and action == "SIGN accepted"):
        assert pending is not None
        return {pending["by"]}
    if action.startswith("SURRENDER"):
        return {before["issuer"], before.get("obligor", before["issuer"])}
    return {before["controller"]}


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(KINDS),
    st.booleans(),
    st.lists(st.tuples(STEP, st.booleans()), min_size=12, max_size=24),
)
def test_at_every_height_one_organisation_controls_a_title_and_no_other_does_anything_to_it(
    kind: str, negotiable: bool, steps: list[tuple[tuple[str, str, str], bool]]
) -> None:
    world = World(kind, negotiable)
    for (anyone, action, other), by_controller in steps:
        before = world.title(world.now)
        who = before["controller"] if by_controller else anyone
        outcome = world.step(who, action, other)
        after = world.title(world.now - 1)
        assert after["controller"] in ACTORS
        if outcome is None:  # time passed: an escrow may have lapsed, to the seller
            owners = {before["controller"], before.get("escrow", before).get("seller")}
            assert after["controller"] in owners
        elif outcome.refusal is not None:
            assert after == before
        elif after != before:  # paying a note, or issuing one's own, leaves this title alone
            assert who in allowed(before, action), (who, action, before)
            assert after["controller"] in next_controllers(before, action, other)
            assert after["last"] in world.ledger.log
            assert after["controller"] == before["controller"] or after["moved"] == after["last"]
    for who in ACTORS:
        title = world.title(world.now)
        signs = who == title["controller"] and title["state"] == "ISSUED" and "escrow" not in title
        assert (world.act(who, "SIGN", "").refusal is None) == signs


def test_documents_against_payment_at_random_ends_with_buyer_or_seller_never_with_the_hub() -> None:
    for paid, waits in ((True, 0), (True, 3), (False, 1), (False, 3)):
        world = World("bill-of-lading", negotiable=True)
        world.act("noord", "TRANSFER", "bank-nl")
        assert world.collect("bank-nl", "noord", "lotus").refusal is None
        for _ in range(waits):
            world.step("", "wait", "")
        in_time = waits * WAIT_BLOCKS < COLLECTION_S
        if paid:
            outcome = world.pay("bank-nl")
            assert (outcome.refusal is None) == in_time
        elif in_time:
            assert world.act("bank-nl", "SREJ", "").refusal is None
        holder = "lotus" if paid and in_time else "noord"
        assert world.title(world.now)["controller"] == holder
        for who in ACTORS:
            assert (world.act(who, "SIGN", "").refusal is None) == (who == holder)
