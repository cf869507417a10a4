"""Durian: one consignment, Port Klang to Hangzhou, from an invoice with a hidden price to release.

The carrier's node is killed halfway, and nobody waits for it. The title is sold twice, the importer
clears its own goods, somebody forges a quantity: each is refused, with a reason.
"""

import time
from base64 import urlsafe_b64decode

from cocket.client import DocumentRefused, SdJwt, verify
from cocket.demo.cast import CARRIER, CUSTOMS_CN, CUSTOMS_MY, HUB, Company
from cocket.demo.papers import (
    ACCEPT_SURRENDER,
    RELEASED,
    SURRENDER,
    Carriage,
    Goods,
    declared,
    import_declaration,
    invoice,
    transfer,
)
from cocket.demo.telling import DemoFailed, Story, Teller
from cocket.ledger import canonical
from cocket.ledger.document import Document
from cocket.ledger.keys import base64url

EXPORTER = Company("orchard", "Raub Hills Orchard Sdn Bhd", "MY", city="Raub", voucher=CUSTOMS_MY)
IMPORTER = Company("westlake", "West Lake Fruit Trading Co., Ltd.", "CN", voucher=CUSTOMS_CN)
DURIAN = Goods(
    "Frozen durian, Musang King, whole fruit", "081190", "18000", "KGM", "9.25", origin="MY"
)
CARTONS, GROSS = 1500, "19350"
TERMS = {"incoterm": "CIF", "namedPlace": "Ningbo", "unLocode": "CNNGB"}
PRICES = (
    "/itemsShipped/0/unitPrice",
    "/itemsShipped/0/lineItemTotalPrice",
    "/invoiceSubtotal",
    "/totalPaymentDue",
)
"""What the exporter tells customs and the buyer, and nobody else."""

CARRIAGE = Carriage(
    booking="SCL26110042",
    bill="SCLPKG0042117",
    container="STRU2601173",
    container_type="45R1",
    seal="MY0042117",
    vessel="Straits Harvest",
    imo="9074729",
    voyage="042E",
    loading=("MYPKG", "Port Klang"),
    discharge=("CNNGB", "Ningbo"),
    packages=CARTONS,
    package=("4G", "Cartons"),
    gross=GROSS,
    description="FROZEN DURIAN, REEFER AT -18 C",
    hs=DURIAN.hs,
)


async def tell(t: Teller) -> None:
    t.consignment("MY202601004217-DUR0042")
    priced, bill = await goods_are_shipped(t)
    await price_is_disclosed(t, priced)
    height = await t.kill(CARRIER, "The carrier's node is killed, and the story goes on")
    await title_moves(t, bill)
    await goods_are_cleared(t, priced, bill)
    await t.revive(CARRIER, height, "The killed node comes back")
    await t.commit(
        IMPORTER,
        "title-action",
        SURRENDER,
        "surrenders the bill of lading against the goods",
        document=bill,
    )
    await t.commit(
        CARRIER,
        "title-action",
        ACCEPT_SURRENDER,
        "accepts through its own node: the title has ended",
        document=bill,
    )
    await forgery_fails(t, priced)


async def goods_are_shipped(t: Teller) -> tuple[SdJwt, SdJwt]:
    t.chapter(
        "Frozen durian, Port Klang to Hangzhou",
        f"consignment {t.ucr}: {CARTONS} cartons, {DURIAN.quantity} kg, HS {DURIAN.hs}, "
        f"container {CARRIAGE.container}",
    )
    body = invoice(
        "RHO-2026-0042",
        t.day(),
        EXPORTER,
        IMPORTER,
        "CN",
        TERMS,
        "USD",
        [DURIAN],
        freightCost="4850.00",
        insuranceCost="376.92",
    )
    priced = await t.commit(
        EXPORTER,
        "commercial-invoice",
        {**body, "portOfEntry": "CNNGB", "packageQuantity": CARTONS},
        "invoices the buyer, and hides the price",
        confidential=PRICES,
    )
    bill = await t.commit(
        CARRIER,
        "bill-of-lading",
        CARRIAGE.bill_of_lading(EXPORTER, t.day(), t.day(8)),
        f"issues bill of lading {CARRIAGE.bill} to {EXPORTER}",
    )
    return priced, bill


async def price_is_disclosed(t: Teller, priced: SdJwt) -> None:
    """The ledger's copy has no price; what the exporter sends customs has, and verifies."""
    held = await t.read(CARRIER, priced)
    hidden = SdJwt(held.document).reveal().hidden
    line = held.document.body["itemsShipped"][0]
    if "unitPrice" in line:
        raise DemoFailed("the carrier's node can read the price")
    t.stage.happened(
        "shown",
        None,
        f"to {CARRIER}, by its own node: {line['quantity']} {line['unitCode']} of "
        f"{line['description']}; {hidden} members hidden, no price",
    )
    await t.disclose(
        priced,
        CUSTOMS_CN,
        PRICES,
        lambda body: (
            f"{body['itemsShipped'][0]['unitPrice']} {body['currencyOfSettlement']} a kg, "
            f"{body['totalPaymentDue']} in all"
        ),
    )


async def title_moves(t: Teller, bill: SdJwt) -> None:
    await t.commit(
        EXPORTER,
        "title-action",
        transfer(HUB),
        f"transfers the title to {HUB}, against payment",
        document=bill,
    )
    await t.refused(
        EXPORTER,
        "title-action",
        transfer(IMPORTER),
        f"tries to transfer the same title once more, to {IMPORTER}",
        "not-controller",
        document=bill,
    )
    await t.commit(
        HUB,
        "title-action",
        transfer(IMPORTER),
        f"is paid, and transfers the title to {IMPORTER}",
        document=bill,
    )


async def goods_are_cleared(t: Teller, priced: SdJwt, bill: SdJwt) -> None:
    body = priced.reveal().body
    declaration = await t.commit(
        IMPORTER,
        "import-declaration",
        import_declaration(
            "WLF-2026-0042",
            t.day(),
            ("MY", "CN"),
            "CN2900",
            {"importer": IMPORTER.party, "exporter": EXPORTER.party},
            TERMS,
            "USD",
            [declared(DURIAN, "MY", body["totalPaymentDue"], DURIAN.quantity, GROSS, CARTONS)],
            modeOfTransport="1",
            containers=[CARRIAGE.container],
        ),
        "declares the goods to customs, the value hidden from others",
        confidential=("/goodsItems/0/customsValue",),
        invoice=priced,
        transportDocument=bill,
    )
    await t.refused(
        IMPORTER,
        "clearance",
        RELEASED,
        "tries to clear them itself",
        "wrong-role",
        declaration=declaration,
    )
    await t.commit(CUSTOMS_CN, "clearance", RELEASED, "clears the goods", declaration=declaration)


async def forgery_fails(t: Teller, priced: SdJwt) -> None:
    t.chapter("Somebody changes a signed document")
    forged = forge(priced.document)
    before, after = (d.body["itemsShipped"][0]["quantity"] for d in (priced.document, forged))
    what = f"the invoice with {after} kg in place of {before}, same signature"
    begun = time.monotonic()
    try:
        await t.ledgers[EXPORTER.id].submit(forged)
    except DocumentRefused as refused:
        t.show_refusal(refused, begun, what, "bad-signature")
    else:
        raise DemoFailed("a changed document was taken")
    receipt = await t.ledgers[EXPORTER.id].receipt(priced.id)
    verdicts = verify(forged, receipt, await t.ledgers[EXPORTER.id].trust_bundle())
    if verdicts.integrity.result != "fail" or verdicts.inclusion.result != "fail":
        raise DemoFailed(f"a changed document verifies:\n{verdicts}")
    t.stage.happened(
        "fail",
        None,
        "verified offline, with the receipt of the true one",
        f"integrity: {verdicts.integrity.reason}",
        f"inclusion: {verdicts.inclusion.reason}",
    )


def forge(document: Document) -> Document:
    """The document with another quantity and the signature of the true one."""
    header, payload, signature = document.jws.split(b".")
    claims = canonical.decode(urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
    claims["body"]["itemsShipped"][0]["quantity"] = "12000"
    changed = base64url(canonical.encode(claims)).encode()
    return Document.parse(b".".join((header, changed, signature)))


STORY = Story(
    "Durian: Port Klang to Hangzhou",
    "Two customs authorities, a carrier and a payment hub share a ledger that none of them owns.",
    tell,
    (EXPORTER, IMPORTER),
)
