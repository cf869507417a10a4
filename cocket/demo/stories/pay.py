"""Pay: hand tools from Ningbo to Mombasa, documents against payment.

The maker does not ship on trust, and the importer does not pay for a promise. So a payment hub
collects: the maker hands it the title to the goods, which goes into escrow on the ledger, and what
confirms the payment moves the title to the importer in the same block. A wrong sum, a payment that
was counted before, a seller who sells twice: refused. Then a second shipment is not paid in time,
while the hub's own node lies dead: the title is the maker's again without anybody's doing, and
what the hub says too late releases nothing.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cocket.client import SdJwt
from cocket.demo.cast import CARRIER, CUSTOMS_CN, CUSTOMS_KE, HUB, Company
from cocket.demo.papers import (
    ACCEPT_SURRENDER,
    SURRENDER,
    Carriage,
    Goods,
    invoice,
    money,
    payment,
    transfer,
)
from cocket.demo.telling import Story, Teller

MAKER = Company(
    "beilun-tools", "Beilun Hand Tools Co., Ltd.", "CN", city="Ningbo", voucher=CUSTOMS_CN
)
IMPORTER = Company("coast-hardware", "Coast Hardware Ltd", "KE", city="Mombasa", voucher=CUSTOMS_KE)
OTHER = Company(
    "lake-builders", "Lake Builders Merchants Ltd", "KE", city="Kisumu", voucher=CUSTOMS_KE
)
TERMS = {"incoterm": "CFR", "namedPlace": "Mombasa", "unLocode": "KEMBA"}
PLIERS = Goods("Pliers, combination, 180 mm", "820320", "6000", "H87", "2.15", origin="CN")
SPANNERS = Goods("Spanner sets, 12 pieces", "820411", "1500", "SET", "8.40", origin="CN")
DEPOSIT = Decimal("7500.00")
DEPOSIT_UETR = "0b6cf0a4-31c4-4f53-8f0e-6f8f5f0c2a01"
BALANCE_UETR = "5d0f2f7e-94a9-4d8b-a8d0-3c1b7a9e4c02"
LATE_UETR = "c2a7e1b9-6f0d-4e3a-b1c4-8d5e9f7a6b03"
DAYS_TO_PAY = 30


@dataclass(frozen=True, slots=True)
class Shipment:
    """One container of tools: its invoice, and what the bill says."""

    number: str
    ucr: str
    goods: Goods
    freight: str
    carriage: Carriage

    @property
    def total(self) -> Decimal:
        return self.goods.sum + Decimal(self.freight)


def carriage(bill: str, container: str, voyage: str, cartons: int, goods: Goods) -> Carriage:
    return Carriage(
        booking=f"{bill}B",
        bill=bill,
        container=container,
        container_type="22G1",
        seal=f"{bill[-5:]}S",
        vessel="Straits Meridian",
        imo="9321483",
        voyage=voyage,
        loading=("CNNGB", "Ningbo"),
        discharge=("KEMBA", "Mombasa"),
        packages=cartons,
        package=("4G", "Cartons"),
        gross="9860",
        description=goods.description.upper(),
        hs=goods.hs,
    )


FIRST = Shipment(
    "BHT-26-1180",
    "CNBEILUN-COAST-1180",
    PLIERS,
    "2100.00",
    carriage("SCLNGB0088121", "STRU2600140", "117S", 300, PLIERS),
)
SECOND = Shipment(
    "BHT-26-1181",
    "CNBEILUN-COAST-1181",
    SPANNERS,
    "2100.00",
    carriage("SCLNGB0088122", "STRU2600156", "118S", 250, SPANNERS),
)
BALANCE = FIRST.total - DEPOSIT


async def tell(t: Teller) -> None:
    t.consignment(FIRST.ucr)
    bill, presented = await it_is_presented(t)
    await it_is_paid_and_released(t, bill, presented)
    t.consignment(SECOND.ucr)
    await it_lapses_and_returns(t)


async def ship(t: Teller, goods: Shipment) -> tuple[SdJwt, SdJwt]:
    """Invoice and bill of lading of a shipment; then the hub holds the bill."""
    invoiced = await t.commit(
        MAKER,
        "commercial-invoice",
        invoice(
            goods.number,
            t.day(),
            MAKER,
            IMPORTER,
            "KE",
            TERMS,
            "USD",
            [goods.goods],
            freightCost=goods.freight,
        ),
        f"invoices {goods.goods.description.lower()}: {goods.total} USD with freight",
    )
    bill = await t.commit(
        CARRIER,
        "bill-of-lading",
        goods.carriage.bill_of_lading(MAKER, t.day(), t.day(19)),
        f"issues bill of lading {goods.carriage.bill} to {MAKER}",
    )
    return invoiced, bill


def collection(t: Teller, number: str, amount: dict[str, str]) -> dict[str, Any]:
    return {
        "collectionNumber": number,
        "collectionDate": t.day(),
        "rules": "URC 522 and eURC 1.1",
        "terms": "D/P",
        "principal": MAKER.party,
        "drawee": IMPORTER.party,
        "amount": amount,
        "payBy": t.moment(days=DAYS_TO_PAY),
    }


async def it_is_presented(t: Teller) -> tuple[SdJwt, SdJwt]:
    """Gives the bill of lading, and the collection that holds it in escrow."""
    t.chapter("Pliers: a deposit, and the rest against the bill of lading")
    invoiced, bill = await ship(t, FIRST)
    deposit = payment(DEPOSIT_UETR, money(DEPOSIT, "USD"), t.day(), IMPORTER, MAKER)
    await t.commit(
        HUB,
        "payment-confirmation",
        deposit,
        f"confirms the deposit: {DEPOSIT} USD",
        payable=invoiced,
    )
    await t.commit(
        MAKER, "title-action", transfer(HUB), "hands the title to the hub", document=bill
    )
    body = collection(t, "HPH-C-4410", money(FIRST.total, "USD"))
    await t.refused(
        HUB,
        "documentary-collection",
        body,
        "asks for the whole sum, the deposit forgotten",
        "amount-mismatch",
        title=bill,
        invoice=invoiced,
    )
    presented = await t.commit(
        HUB,
        "documentary-collection",
        {**body, "amount": money(BALANCE, "USD")},
        f"presents the bill to {IMPORTER}, against {BALANCE} USD: the title is in escrow",
        title=bill,
        invoice=invoiced,
    )
    return bill, presented


async def it_is_paid_and_released(t: Teller, bill: SdJwt, presented: SdJwt) -> None:
    t.chapter("Who would move the title otherwise than by paying")
    await t.refused(
        MAKER,
        "title-action",
        transfer(OTHER),
        f"has a better offer, and tries to sell the pliers to {OTHER}",
        "in-escrow",
        document=bill,
    )
    await t.refused(
        HUB,
        "title-action",
        transfer(OTHER),
        "tries to give the title to somebody else",
        "in-escrow",
        document=bill,
    )
    paid = payment(BALANCE_UETR, money(BALANCE, "USD"), t.day(), IMPORTER, MAKER)
    await t.refused(
        HUB,
        "payment-confirmation",
        {**paid, "amount": money(BALANCE - 300, "USD")},
        "confirms 300 USD less, for the bank's charges were taken off",
        "amount-mismatch",
        payable=presented,
    )
    await t.refused(
        HUB,
        "payment-confirmation",
        {**paid, "uetr": DEPOSIT_UETR},
        "confirms the payment of the deposit a second time",
        "duplicate-uetr",
        payable=presented,
    )

    t.chapter("The right payment moves the title, in its own block")
    await t.commit(
        HUB,
        "payment-confirmation",
        paid,
        f"confirms {BALANCE} USD in full: the title is {IMPORTER}'s",
        payable=presented,
    )
    await goods_go_out(t, IMPORTER, bill)


async def it_lapses_and_returns(t: Teller) -> None:
    t.chapter("Spanners: presented, and not paid for")
    invoiced, bill = await ship(t, SECOND)
    await t.commit(
        MAKER, "title-action", transfer(HUB), "hands the title to the hub", document=bill
    )
    presented = await t.commit(
        HUB,
        "documentary-collection",
        collection(t, "HPH-C-4411", money(SECOND.total, "USD")),
        f"presents the bill to {IMPORTER}: to be paid within {DAYS_TO_PAY} days",
        title=bill,
        invoice=invoiced,
    )
    height = await t.kill(HUB, "The hub's node dies with the title in escrow")
    await t.refused(
        MAKER,
        "title-action",
        transfer(OTHER),
        f"would sell to {OTHER}, through another node, and too early",
        "in-escrow",
        document=bill,
    )
    t.days_pass(DAYS_TO_PAY + 1, f"{IMPORTER} does not pay")
    await t.commit(
        MAKER,
        "title-action",
        transfer(OTHER),
        f"has the title back, by the passing of the day, and sells to {OTHER}",
        document=bill,
    )
    await t.revive(HUB, height, "The hub's node comes back, with money that came too late")
    await t.refused(
        HUB,
        "payment-confirmation",
        payment(LATE_UETR, money(SECOND.total, "USD"), t.day(), IMPORTER, MAKER),
        "confirms the payment that came after the day",
        "collection-lapsed",
        payable=presented,
    )
    await goods_go_out(t, OTHER, bill)


async def goods_go_out(t: Teller, holder: Company, bill: SdJwt) -> None:
    await t.commit(
        holder, "title-action", SURRENDER, "surrenders the bill against the goods", document=bill
    )
    await t.commit(
        CARRIER, "title-action", ACCEPT_SURRENDER, "accepts: the goods go out", document=bill
    )


STORY = Story(
    "Pay: documents against payment, Ningbo to Mombasa",
    "A maker who does not ship on trust, an importer who does not pay for a promise, and a hub "
    "that holds the title between them, and cannot keep it.",
    tell,
    (MAKER, IMPORTER, OTHER),
    founders=(CUSTOMS_KE,),
    days_pass=True,
)
