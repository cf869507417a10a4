"""Clear: coffee from Malaysia comes into China, at the rate of the trade agreement.

A lower duty is asked for with a certificate of origin, and everything has to agree: the
certificate's goods with the invoice's, the licence with what is declared, the rate with the table
of the day. Customs hold the container, open it, and let it go on; they assess line by line, with
the working; and nothing leaves the port before the duty is paid. (The rates are the story's.)
"""

from decimal import Decimal
from typing import Any

from cocket.client import SdJwt
from cocket.demo.cast import CARRIER, CHAMBER_MY, CUSTOMS_CN, CUSTOMS_MY, HUB, Company
from cocket.demo.papers import (
    RELEASED,
    Carriage,
    Goods,
    assessment,
    declared,
    duty_line,
    import_declaration,
    invoice,
    kilograms,
    money,
    payment,
    reference_table,
)
from cocket.demo.telling import Story, Teller

ROASTERS = Company(
    "batu-pahat-coffee",
    "Batu Pahat Liberica Roasters Sdn Bhd",
    "MY",
    city="Batu Pahat",
    voucher=CUSTOMS_MY,
)
IMPORTER = Company(
    "gongshu-coffee",
    "Gongshu Coffee Trading Co., Ltd.",
    "CN",
    city="Hangzhou",
    voucher=CUSTOMS_CN,
)
COFFEE = Goods("Coffee, Liberica, roasted", "090121", "12000", "KGM", "49.00", origin="MY")
GROSS, BAGS = "12360", 600
FREIGHT, INSURANCE = "14200.00", "661.10"
VALUE = COFFEE.sum + Decimal(FREIGHT) + Decimal(INSURANCE)
TERMS = {"incoterm": "CIF", "namedPlace": "Ningbo", "unLocode": "CNNGB"}
AGREEMENT = "RCEP"
PARTIES = ["AU", "BN", "CN", "ID", "JP", "KH", "KR", "LA", "MM", "MY", "NZ", "PH", "SG", "TH", "VN"]
GENERAL, PREFERENTIAL, VAT = "15", "5", "13"
CARRIAGE = Carriage(
    booking="SCL26118804",
    bill="SCLPKG0051190",
    container="STRU2604228",
    container_type="22G1",
    seal="SCL880412",
    vessel="Straits Harvest",
    imo="9074729",
    voyage="044E",
    loading=("MYPKG", "Port Klang"),
    discharge=("CNNGB", "Ningbo"),
    packages=BAGS,
    package=("5M", "Bags"),
    gross=GROSS,
    description="ROASTED COFFEE IN VALVE BAGS",
    hs=COFFEE.hs,
)


async def tell(t: Teller) -> None:
    t.consignment("MYBPLIBERICA-GS-1190")
    await customs_publish(t)
    invoiced, bill = await goods_are_shipped(t)
    certificate = await origin_is_certified(t, invoiced)
    declaration = await goods_are_declared(t, invoiced, bill, certificate)
    await goods_are_examined(t, declaration)
    await duty_is_paid(t, declaration)


async def customs_publish(t: Teller) -> None:
    t.chapter("Customs publish their tables")

    await t.commit(
        CUSTOMS_CN,
        "reference-table",
        reference_table(
            "CN",
            "agreements",
            "2026-01-01",
            "Regional Comprehensive Economic Partnership, article 1.2.",
            {AGREEMENT: PARTIES},
        ),
        f"publishes who is a party to {AGREEMENT}",
        ucr="",
    )
    rows = [
        {"hs": COFFEE.hs, "origin": "*", "rate": GENERAL},
        {"hs": COFFEE.hs, "origin": "MY", "agreement": AGREEMENT, "rate": PREFERENTIAL},
    ]
    await t.commit(
        CUSTOMS_CN,
        "reference-table",
        reference_table(
            "CN",
            "tariff-09",
            "2026-01-01",
            "Tariff of imports, chapter 9. Rates of a story.",
            {"rows": rows},
        ),
        f"publishes the duty on roasted coffee: {GENERAL} %, from Malaysia under {AGREEMENT} "
        f"{PREFERENTIAL} %",
        ucr="",
    )


async def goods_are_shipped(t: Teller) -> tuple[SdJwt, SdJwt]:
    t.chapter(
        "Coffee, Port Klang to Ningbo",
        f"consignment {t.ucr}: {COFFEE.quantity} kg, container {CARRIAGE.container}",
    )
    invoiced = await t.commit(
        ROASTERS,
        "commercial-invoice",
        invoice(
            "BPL-26-1190",
            t.day(),
            ROASTERS,
            IMPORTER,
            "CN",
            TERMS,
            "CNY",
            [COFFEE],
            freightCost=FREIGHT,
            insuranceCost=INSURANCE,
        ),
        f"invoices {VALUE} CNY, with freight and insurance",
    )
    bill = await t.commit(
        CARRIER,
        "bill-of-lading",
        CARRIAGE.bill_of_lading(ROASTERS, t.day(), t.day(9)),
        f"issues bill of lading {CARRIAGE.bill}",
    )
    return invoiced, bill


async def origin_is_certified(t: Teller, invoiced: SdJwt) -> SdJwt:
    t.chapter("The certificate of origin names the goods of the invoice, or is refused")

    def certificate(hs: str) -> dict[str, Any]:
        return {
            "certificateNumber": "SCC-RCEP-26-00817",
            "issueDate": t.day(),
            "country": "MY",
            "originCountry": "MY",
            "destinationCountry": "CN",
            "agreement": AGREEMENT,
            "exporter": ROASTERS.party,
            "importer": IMPORTER.party,
            "invoiceNumber": "BPL-26-1190",
            "goodsItems": [
                {
                    "description": COFFEE.description,
                    **COFFEE.code,
                    "hsCode": hs,
                    "originCriterion": "WO",
                    "quantity": COFFEE.quantity,
                    "unitCode": COFFEE.unit,
                }
            ],
            "validFrom": t.day(),
            "validUntil": t.day(364),
        }

    await t.refused(
        CHAMBER_MY,
        "certificate-of-origin",
        certificate("090111"),
        "certifies coffee that is not roasted, HS 0901.11",
        "hs-mismatch",
        invoice=invoiced,
    )
    return await t.commit(
        CHAMBER_MY,
        "certificate-of-origin",
        certificate(COFFEE.hs),
        "certifies roasted coffee, HS 0901.21, wholly obtained in Malaysia",
        invoice=invoiced,
    )


def licence(t: Teller, quantity: str) -> dict[str, Any]:
    return {
        "licenceNumber": "CN-IL-26-44071",
        "issueDate": t.day(),
        "country": "CN",
        "direction": "IMPORT",
        "holder": IMPORTER.party,
        "goodsItems": [{"description": COFFEE.description, **COFFEE.code}],
        "quantity": kilograms(quantity),
        "validFrom": t.day(),
        "validUntil": t.day(180),
    }


async def goods_are_declared(t: Teller, invoiced: SdJwt, bill: SdJwt, certificate: SdJwt) -> SdJwt:
    t.chapter("Declared, under a licence that is drawn down, with preference claimed")
    small = await t.commit(
        CUSTOMS_CN,
        "trade-licence",
        licence(t, "10000"),
        f"licenses {IMPORTER} to import 10000 kg",
        ucr="",
    )
    body = import_declaration(
        "GS-26-1190",
        t.day(),
        ("MY", "CN"),
        "CN2900",
        {"importer": IMPORTER.party, "exporter": ROASTERS.party},
        TERMS,
        "CNY",
        [declared(COFFEE, "MY", VALUE, COFFEE.quantity, GROSS, BAGS)],
        modeOfTransport="1",
        containers=[CARRIAGE.container],
    )
    await t.refused(
        IMPORTER,
        "import-declaration",
        body,
        f"declares {COFFEE.quantity} kg on a licence for 10000",
        "licence-exhausted",
        invoice=invoiced,
        transportDocument=bill,
        certificateOfOrigin=certificate,
        licence=small,
    )
    large = await t.commit(
        CUSTOMS_CN,
        "trade-licence",
        {**licence(t, "30000"), "amendmentReason": "The holder applied for more"},
        "licenses 30000 kg in its place",
        ucr="",
        supersedes=small,
    )
    declaration = await t.commit(
        IMPORTER,
        "import-declaration",
        body,
        f"declares {COFFEE.quantity} kg on the licence for 30000",
        invoice=invoiced,
        transportDocument=bill,
        certificateOfOrigin=certificate,
        licence=large,
    )
    claim = {"agreement": AGREEMENT, "items": [1]}
    await t.refused(
        IMPORTER,
        "preference-claim",
        {**claim, "agreement": "CPTPP"},
        "claims preference under another agreement than the certificate's",
        "certificate-mismatch",
        declaration=declaration,
        certificateOfOrigin=certificate,
    )
    await t.commit(
        IMPORTER,
        "preference-claim",
        claim,
        f"claims preference under {AGREEMENT}: certificate in force, carried directly",
        declaration=declaration,
        certificateOfOrigin=certificate,
        transportDocument=bill,
    )
    return declaration


async def goods_are_examined(t: Teller, declaration: SdJwt) -> None:
    t.chapter("Held, opened, released")
    hold = await t.commit(
        CUSTOMS_CN,
        "hold",
        {
            "customsOffice": "CN2900",
            "reasonCode": "EXAMINATION",
            "reasons": ["Food: the lot is sampled and the bags are counted."],
            "requested": ["Presence of the declarant"],
        },
        "holds the container: it will be opened",
        declaration=declaration,
    )
    await t.refused(
        CUSTOMS_CN,
        "clearance",
        RELEASED,
        "would clear it all the same",
        "on-hold",
        declaration=declaration,
    )
    report = {
        "reportNumber": "CN2900-26-3307",
        "inspectedAt": f"{t.day()}T00:00:00Z",
        "placeOfInspection": {"unLocode": "CNNGB", "name": "Examination yard, Beilun"},
        "method": "PARTIAL",
        "containers": [CARRIAGE.container],
        "result": "CONFORMS",
        "findings": [{"item": 1, "finding": "600 bags counted, 12 opened: roasted coffee."}],
        "sealsBroken": [{"equipmentReference": CARRIAGE.container, "number": CARRIAGE.seal}],
        "sealsAffixed": [{"equipmentReference": CARRIAGE.container, "number": CARRIAGE.seal}],
    }
    await t.refused(
        CUSTOMS_CN,
        "inspection-report",
        report,
        "reports the seal that was broken as put on again",
        "seal-reused",
        declaration=declaration,
        hold=hold,
    )
    new_seal = {"equipmentReference": CARRIAGE.container, "number": "CN-CUS-70351"}
    await t.commit(
        CUSTOMS_CN,
        "inspection-report",
        {**report, "sealsAffixed": [new_seal]},
        "reports: as declared, and a seal of customs put on",
        declaration=declaration,
        hold=hold,
    )
    await t.commit(
        CUSTOMS_CN,
        "hold-release",
        {"customsOffice": "CN2900", "outcome": "EXAMINED", "remarks": "As declared."},
        "releases the hold",
        declaration=declaration,
        hold=hold,
    )


async def duty_is_paid(t: Teller, declaration: SdJwt) -> None:
    t.chapter("Assessed line by line, paid, cleared")
    duty = duty_line("A00", VALUE, PREFERENTIAL, table="tariff-09", agreement=AGREEMENT)
    tax = duty_line("B00", VALUE + Decimal(duty["amount"]), VAT)
    right = assessment("CN2900-26-A-3307", t.day(), "CNY", [duty, tax])
    await t.refused(
        CUSTOMS_CN,
        "duty-assessment",
        {**right, "lines": [{**duty, "rate": GENERAL}, tax]},
        f"assesses {GENERAL} %, and writes the amount of {PREFERENTIAL} %",
        "rate-mismatch",
        declaration=declaration,
    )
    assessed = await t.commit(
        CUSTOMS_CN,
        "duty-assessment",
        right,
        f"assesses duty: {duty['working']}; tax: {tax['working']}",
        declaration=declaration,
    )
    await t.refused(
        CUSTOMS_CN,
        "clearance",
        RELEASED,
        "would clear before it is paid",
        "duty-unpaid",
        declaration=declaration,
    )
    uetr = "7e40a1d9-52c3-4b0e-9f6d-2a8c5b3d1190"
    await t.commit(
        HUB,
        "payment-confirmation",
        payment(uetr, money(right["totalDue"], "CNY"), t.day(), IMPORTER, CUSTOMS_CN),
        f"confirms {right['totalDue']} CNY to customs",
        payable=assessed,
    )
    await t.commit(CUSTOMS_CN, "clearance", RELEASED, "clears the coffee", declaration=declaration)


STORY = Story(
    "Clear: coffee into China, with preference",
    "A certificate, a licence, a hold, an examination, an assessment with its working: each says "
    "what the others say, or is refused.",
    tell,
    (ROASTERS, IMPORTER),
    founders=(CHAMBER_MY,),
)
