"""Sell: a mill in Terengganu sells silk scarves to three countries, each with its own threshold.

What the scarf is made of stands in a product passport, which travels with it; that it conforms, an
independent laboratory says, and not the mill's own. Then three parcels: to the Netherlands, where
customs have just published a rule of three euros for each kind of goods; to Singapore, worth too
much for the short declaration until one scarf is taken out; and to the United States, where the
short declaration is suspended, so that the scarf is declared in full, and its duty paid.
"""

from typing import Any

from cocket.client import SdJwt
from cocket.contracts.standard import assembled_source
from cocket.demo.cast import CUSTOMS_MY, CUSTOMS_NL, CUSTOMS_SG, CUSTOMS_US, HUB, Company
from cocket.demo.papers import (
    RELEASED,
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

MILL = Company(
    "songket-mill",
    "Songket Warisan Sdn Bhd",
    "MY",
    ("merchant", "inspection"),  # it has a laboratory of its own
    city="Kuala Terengganu",
    voucher=CUSTOMS_MY,
)
LABORATORY = Company(
    "peninsula-lab",
    "Peninsula Textile Laboratories Sdn Bhd",
    "MY",
    ("inspection",),
    voucher=CUSTOMS_MY,
)
GTIN = "9550001003018"
SCARF = "Silk scarf, songket, 180 x 60 cm"
CODE = {"hsCode": "621410", "hsEdition": "2022"}
FLAT_DUTY = '''"""NL: parcels up to the threshold owe a flat duty for each category of goods."""

SIGNED_BY = []
WRITES = []


def check(doc, signer):
    table = table_on("NL", "de-minimis", doc["border"]["date"])
    day = table_day("NL", "de-minimis", doc["border"]["date"])
    each = decimal(table["flatPerCategory"])
    categories = {}
    for number, item in enumerate(doc["body"]["goodsItems"]):
        categories[item["hsCode"][:6]] = number + 1
    assess_duty(table["currencyCode"],
                [flat_line(categories[code], "A00", 1, each, 2, "de-minimis", day)
                 for code in categories])
'''


CUSTOMERS = {"NL": "Sanne Visser", "SG": "Lim Wei Ting", "US": "Dana Whitfield"}


def customer(country: str) -> dict[str, Any]:
    """Whom the scarves go to: a person, whose name is for customs alone."""
    return {"name": CUSTOMERS[country], "address": {"addressCountry": country}}


def scarves(pieces: str, price: str) -> Goods:
    return Goods(SCARF, CODE["hsCode"], pieces, "H87", price, origin="MY")


async def tell(t: Teller) -> None:
    await borders_publish(t)
    certificate = await scarf_is_described(t)
    await parcel_to_the_netherlands(t, certificate)
    await parcel_to_singapore(t, certificate)
    await parcel_to_the_united_states(t, certificate)


async def borders_publish(t: Teller) -> None:
    t.chapter("Three borders publish what they ask of parcels")

    basis = "Decision of the Council of 11 February 2026: EUR 3 for each category of items."
    threshold = {"value": "150", "currencyCode": "EUR", "flatPerCategory": "3.00"}
    await t.commit(
        CUSTOMS_NL,
        "reference-table",
        reference_table("NL", "de-minimis", "2026-07-01", basis, threshold),
        "publishes: parcels up to 150 EUR in the short form, for 3 EUR a category",
    )
    await t.commit(
        CUSTOMS_NL,
        "border-rule",
        {
            "country": "NL",
            "name": "flat-duty",
            "from": t.day(),
            "legalBasis": basis,
            "summary": "Parcels of little value owe EUR 3 for each category of items.",
            "documents": ["low-value-declaration"],
            "source": assembled_source(FLAT_DUTY),
        },
        "publishes the rule that reckons it: in force from the next block on, on every node",
    )
    await t.commit(
        CUSTOMS_SG,
        "reference-table",
        reference_table(
            "SG",
            "de-minimis",
            "2023-01-01",
            "Goods and Services Tax (Imports Relief) Order: goods of up to SGD 400.",
            {"value": "400", "currencyCode": "SGD"},
        ),
        "publishes: parcels up to 400 SGD",
    )
    await t.commit(
        CUSTOMS_US,
        "reference-table",
        reference_table(
            "US",
            "de-minimis",
            "2025-08-29",
            "Executive Order 14324 of 30 July 2025: suspended for all countries.",
            {"value": "800", "currencyCode": "USD", "suspended": True},
        ),
        "publishes: 800 USD, and suspended",
    )
    await t.commit(
        CUSTOMS_US,
        "reference-table",
        reference_table(
            "US",
            "tariff-62",
            "2025-01-01",
            "Harmonized Tariff Schedule, 6214.10.10, column 1, general. An extract.",
            {"rows": [{"hs": "621410", "origin": "*", "rate": "1.2"}]},
        ),
        "publishes the rate for silk scarves: 1.2 %",
    )


async def scarf_is_described(t: Teller) -> SdJwt:
    t.chapter("What the scarf is, and who says so")
    passport = {
        "productId": GTIN,
        "productName": "Songket scarf, Besut",
        "description": "Scarf of silk, woven by hand with a metallic weft",
        "batchNumber": "BS-14",
        "manufacturer": MILL.party,
        "countryOfProduction": "MY",
        "productionDate": t.day(-20),
        **CODE,
        "weight": kilograms("0.16"),
        "materials": [
            {"name": "Silk", "massFraction": "0.88", "originCountry": "CN"},
            {"name": "Metallised polyester", "massFraction": "0.12"},
        ],
        "careAndRepair": "Clean dry. The mill mends torn wefts.",
        "endOfLife": "Textile collection.",
    }
    await t.refused(
        MILL,
        "product-passport",
        {**passport, "productId": "9550001003081"},
        "issues a product passport with two digits swapped in its GTIN",
        "check-digit",
    )
    described = await t.commit(
        MILL, "product-passport", passport, "issues the product passport: 88 % silk"
    )

    def certificate(number: str) -> dict[str, Any]:
        regulation = "Regulation (EC) 1907/2006 (REACH), annex XVII, azo dyes and nickel"
        return {
            "certificateNumber": number,
            "issueDate": t.day(),
            "country": "MY",
            "assessmentLevel": "ACCREDITED",
            "scheme": "Safety of textiles",
            "manufacturer": MILL.party,
            "goodsItems": [
                {"description": SCARF, "gtin": GTIN, **CODE, "batchNumber": passport["batchNumber"]}
            ],
            "standardsOrRegulations": [{"name": regulation, "conformance": True}],
            "conformance": True,
            "validFrom": t.day(),
            "validUntil": t.day(365),
        }

    await t.refused(
        MILL,
        "conformity-certificate",
        certificate("SW-26-009"),
        "certifies its own scarf, in its own laboratory",
        "self-assessment",
        productPassport=described,
    )
    return await t.commit(
        LABORATORY,
        "conformity-certificate",
        certificate("PTL-26-4471"),
        "certifies it, and did not make it",
        productPassport=described,
    )


def parcel(t: Teller, number: str, country: str, goods: Goods, currency: str) -> dict[str, Any]:
    """A low-value declaration of scarves; its consignee is hidden."""
    return {
        "localReferenceNumber": number,
        "issueDate": t.day(),
        "exportationCountry": "MY",
        "destinationCountry": country,
        "sellerTaxId": f"{country}-SW-260119",
        "consignor": MILL.party,
        "consignee": customer(country),
        "currencyOfSettlement": currency,
        "goodsItems": [
            {
                "description": goods.description,
                **goods.code,
                "originCountry": "MY",
                "quantity": goods.quantity,
                "unitCode": goods.unit,
                "intrinsicValue": str(goods.sum),
                "netWeight": kilograms("0.16"),
            }
        ],
        "totalGrossWeight": kilograms("0.50"),
        "totalNumberOfPackages": 1,
    }


def sold(t: Teller, number: str, country: str, goods: Goods, currency: str) -> dict[str, Any]:
    """The invoice to a customer, who is hidden: nothing is charged beside the price."""
    terms = {"incoterm": "DDP", "namedPlace": "The customer's door"}
    beside = {"freightCost": "0.00", "insuranceCost": "0.00", "tax": "0.00"}
    return invoice(
        number, t.day(), MILL, customer(country), country, terms, currency, [goods], **beside
    )


async def parcel_to_the_netherlands(t: Teller, certificate: SdJwt) -> None:
    t.consignment("MYSONGKET-NL-2201")
    t.chapter("One scarf to Rotterdam", f"consignment {t.ucr}")
    scarf = scarves("1", "118.00")
    invoiced = await t.commit(
        MILL,
        "commercial-invoice",
        sold(t, "SW-2201", "NL", scarf, "EUR"),
        "invoices a customer, whose name it hides: 118.00 EUR",
        confidential=["/buyer"],
    )
    body = parcel(t, "SW-P-2201", "NL", scarf, "EUR")
    await t.refused(
        MILL,
        "low-value-declaration",
        {**body, "goodsItems": [{**body["goodsItems"][0], "intrinsicValue": "18.00"}]},
        "declares 100 EUR less than it invoiced",
        "value-mismatch",
        confidential=["/consignee"],
        invoice=invoiced,
        certificate=certificate,
    )
    declaration = await t.commit(
        MILL,
        "low-value-declaration",
        body,
        "declares the price of the invoice: the rule assesses 3 EUR",
        confidential=["/consignee"],
        invoice=invoiced,
        certificate=certificate,
    )
    await t.refused(
        CUSTOMS_NL,
        "clearance",
        RELEASED,
        "would clear it before the 3 EUR are paid",
        "duty-unpaid",
        declaration=declaration,
    )
    uetr = "11d5d0c1-6c0a-4b5c-8a11-f00c0d3a2201"
    await t.commit(
        HUB,
        "payment-confirmation",
        payment(uetr, money("3.00", "EUR"), t.day(), MILL, CUSTOMS_NL),
        "confirms 3.00 EUR to customs",
        payable=declaration,
    )
    await t.commit(CUSTOMS_NL, "clearance", RELEASED, "clears the scarf", declaration=declaration)


async def parcel_to_singapore(t: Teller, certificate: SdJwt) -> None:
    t.consignment("MYSONGKET-SG-2202")
    t.chapter("Three scarves to Singapore, or two", f"consignment {t.ucr}")
    three, two = scarves("3", "145.00"), scarves("2", "145.00")
    first = await t.commit(
        MILL,
        "commercial-invoice",
        sold(t, "SW-2202", "SG", three, "SGD"),
        f"invoices three scarves: {three.sum} SGD",
        confidential=["/buyer"],
    )
    await t.refused(
        MILL,
        "low-value-declaration",
        parcel(t, "SW-P-2202", "SG", three, "SGD"),
        "declares them in the short form",
        "over-threshold",
        confidential=["/consignee"],
        invoice=first,
        certificate=certificate,
    )
    second = await t.commit(
        MILL,
        "commercial-invoice",
        {
            **sold(t, "SW-2202", "SG", two, "SGD"),
            "amendmentReason": "The customer takes two scarves",
        },
        f"agrees on two with the customer, and invoices anew: {two.sum} SGD",
        confidential=["/buyer"],
        supersedes=first,
    )
    declaration = await t.commit(
        MILL,
        "low-value-declaration",
        parcel(t, "SW-P-2202", "SG", two, "SGD"),
        "declares two",
        confidential=["/consignee"],
        invoice=second,
        certificate=certificate,
    )
    await t.commit(CUSTOMS_SG, "clearance", RELEASED, "clears them", declaration=declaration)


async def parcel_to_the_united_states(t: Teller, certificate: SdJwt) -> None:
    t.consignment("MYSONGKET-US-2203")
    t.chapter("One scarf to Seattle, in full", f"consignment {t.ucr}")
    scarf = scarves("1", "95.00")
    body = sold(t, "SW-2203", "US", scarf, "USD")
    invoiced = await t.commit(
        MILL,
        "commercial-invoice",
        body,
        "invoices one scarf: 95.00 USD",
        confidential=["/buyer"],
    )
    await t.refused(
        MILL,
        "low-value-declaration",
        parcel(t, "SW-P-2203", "US", scarf, "USD"),
        "declares it in the short form, as it did for years",
        "threshold-suspended",
        confidential=["/consignee"],
        invoice=invoiced,
        certificate=certificate,
    )
    declaration = await t.commit(
        MILL,
        "import-declaration",
        import_declaration(
            "SW-E-2203",
            t.day(),
            ("MY", "US"),
            "US3001",
            {"importer": MILL.party},
            body["termsOfDelivery"],
            "USD",
            [declared(scarf, "MY", scarf.sum, "0.16", "0.30", 1)],
        ),
        "declares it in full, as its own importer",
        invoice=invoiced,
        certificate=certificate,
    )
    duty = duty_line("A00", scarf.sum, "1.2", table="tariff-62")
    assessed = await t.commit(
        CUSTOMS_US,
        "duty-assessment",
        assessment("US3001-26-A-0417", t.day(), "USD", [duty]),
        f"assesses {duty['working']} USD",
        declaration=declaration,
    )
    uetr = "11d5d0c1-6c0a-4b5c-8a11-f00c0d3a2203"
    await t.commit(
        HUB,
        "payment-confirmation",
        payment(uetr, money(duty["amount"], "USD"), t.day(), MILL, CUSTOMS_US),
        f"confirms {duty['amount']} USD to customs",
        payable=assessed,
    )
    await t.commit(CUSTOMS_US, "clearance", RELEASED, "clears the scarf", declaration=declaration)


STORY = Story(
    "Sell: silk scarves to three countries",
    "One mill, one scarf, three borders: what each asks of a parcel is a document that its customs "
    "publish, and every node keeps to it.",
    tell,
    (MILL, LABORATORY),
    founders=(CUSTOMS_NL, CUSTOMS_SG, CUSTOMS_US),
)
