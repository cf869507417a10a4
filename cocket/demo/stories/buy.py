"""Buy: a tea shop in Utrecht orders from growers in Kericho, and gets what it orders.

De Kaap is a shop with two people. It finds growers in Kenya, orders black tea and the rare purple
one, and has neither a lawyer nor a bank that knows Kericho. The ledger keeps both to what they
said: the order has to add up; the growers offer less of the purple tea, and the shop takes the
offer by ordering anew; the invoice is in the currency of the order; the money goes to an account
that exists, once; and nobody delivers more than was invoiced.
"""

from decimal import Decimal
from typing import Any

from cocket.client import SdJwt
from cocket.demo.cast import CUSTOMS_KE, CUSTOMS_NL, HUB, Company
from cocket.demo.papers import Goods, invoice, money, payment, total
from cocket.demo.telling import Story, Teller

SHOP = Company("de-kaap", "Theehuis De Kaap", "NL", city="Utrecht", voucher=CUSTOMS_NL)
GROWERS = Company(
    "kericho-growers",
    "Kericho Highlands Tea Growers Co-operative",
    "KE",
    city="Kericho",
    voucher=CUSTOMS_KE,
)
TERMS = {"incoterm": "FCA", "namedPlace": "Nairobi, Jomo Kenyatta airport", "unLocode": "KENBO"}
BLACK = Goods("Black tea, BP1, in sacks of 60 kg", "090240", "600", "KGM", "3.40")
PURPLE = Goods("Purple tea, orthodox, in cartons of 10 kg", "090220", "60", "KGM", "18.50")
LESS_PURPLE = Goods("Purple tea, orthodox, in cartons of 10 kg", "090220", "40", "KGM", "18.50")
UETR = "f3b1c6de-7a1e-4c0b-9c55-0d4f6a2e7b10"


def order(t: Teller, number: str, goods: list[Goods]) -> dict[str, Any]:
    return {
        "purchaseOrderNo": number,
        "orderDate": t.day(),
        "buyer": SHOP.party,
        "seller": GROWERS.party,
        "destinationCountry": "NL",
        "termsOfDelivery": TERMS,
        "termsOfPayment": "On receipt of the invoice",
        "requestedDeliveryDate": t.day(30),
        "currencyOfSettlement": "EUR",
        "items": [each.line for each in goods],
        "totalOrderAmount": str(total(goods)),
    }


def confirmation(t: Teller, number: str, answer: str, **more: Any) -> dict[str, Any]:
    return {
        "orderConfirmationNumber": number,
        "confirmationDate": t.day(),
        "responseCode": answer,
        "seller": GROWERS.party,
        "deliveryDate": t.day(21),
        **more,
    }


async def tell(t: Teller) -> None:
    t.consignment("KEKERICHO-DEKAAP-71")
    ordered = await it_is_ordered(t)
    agreed = await it_is_agreed(t, ordered)
    invoiced = await it_is_invoiced(t, agreed)
    await it_is_paid(t, invoiced)
    await it_is_delivered(t, invoiced)


async def it_is_ordered(t: Teller) -> SdJwt:
    t.chapter(
        "The shop orders",
        f"consignment {t.ucr}: {BLACK.quantity} kg of black tea, {PURPLE.quantity} kg of purple",
    )
    right = order(t, "DK-PO-0071", [BLACK, PURPLE])
    await t.refused(
        SHOP,
        "purchase-order",
        {**right, "totalOrderAmount": "3105.00"},
        "orders, and swaps two digits of the total",
        "order-total",
    )
    return await t.commit(
        SHOP, "purchase-order", right, f"orders for {right['totalOrderAmount']} EUR"
    )


async def it_is_agreed(t: Teller, first: SdJwt) -> SdJwt:
    t.chapter("The growers have less of the purple tea than was ordered")
    offer = [BLACK, LESS_PURPLE]
    await t.commit(
        GROWERS,
        "order-confirmation",
        confirmation(
            t,
            "KH-OC-311",
            "CHANGED",
            items=[each.line for each in offer],
            currencyOfSettlement="EUR",
            totalOrderAmount=str(total(offer)),
        ),
        f"offers {LESS_PURPLE.quantity} kg of it: {total(offer)} EUR in all",
        purchaseOrder=first,
    )
    changed = order(t, "DK-PO-0071", offer)
    await t.refused(
        SHOP,
        "purchase-order",
        {**changed, "amendmentReason": "Less of the purple tea"},
        "tries to rewrite the order that was answered",
        "reference-bound",
        supersedes=first,
    )
    second = await t.commit(
        SHOP,
        "purchase-order",
        {**changed, "purchaseOrderNo": "DK-PO-0072"},
        "takes the offer: orders anew, as the growers said",
    )
    await t.commit(
        GROWERS,
        "order-confirmation",
        confirmation(t, "KH-OC-312", "ACCEPTED", totalOrderAmount=str(total(offer))),
        "accepts the order",
        purchaseOrder=second,
    )
    return second


async def it_is_invoiced(t: Teller, agreed: SdJwt) -> SdJwt:
    t.chapter("The invoice says what was ordered, or is refused")
    goods = [
        Goods(each.description, each.hs, each.quantity, each.unit, each.price, origin="KE")
        for each in (BLACK, LESS_PURPLE)
    ]
    bill = invoice("KH-2026-0519", t.day(), GROWERS, SHOP, "NL", TERMS, "EUR", goods)
    await t.refused(
        GROWERS,
        "commercial-invoice",
        {**bill, "currencyOfSettlement": "USD"},
        "invoices the same figures, in dollars",
        "order-mismatch",
        purchaseOrder=agreed,
    )
    await t.refused(
        GROWERS,
        "commercial-invoice",
        {**bill, "totalPaymentDue": "3150.00"},
        "invoices the sum of the first order",
        "invoice-total",
        purchaseOrder=agreed,
    )
    return await t.commit(
        GROWERS,
        "commercial-invoice",
        bill,
        f"invoices what was agreed: {bill['totalPaymentDue']} EUR",
        purchaseOrder=agreed,
    )


async def it_is_paid(t: Teller, invoiced: SdJwt) -> None:
    t.chapter("The shop pays, once")
    due = money(total([BLACK, LESS_PURPLE]), "EUR")
    instruction = {
        "endToEndIdentification": "DK-PAY-0072",
        "uetr": UETR,
        "instructedAmount": due,
        "requestedExecutionDate": t.day(1),
        "debtor": SHOP.party,
        "debtorAccount": {"iban": "NL91ABNA0417164300"},
        "creditor": GROWERS.party,
        "creditorAccount": {"accountNumber": "0102034471900", "bic": "KCBLKENX"},
    }
    await t.refused(
        SHOP,
        "payment-instruction",
        {**instruction, "debtorAccount": {"iban": "NL91ABNA0417164030"}},
        "tells the bank to pay, from an account that does not exist",
        "check-digit",
        payable=invoiced,
    )
    told = await t.commit(
        SHOP,
        "payment-instruction",
        instruction,
        "tells the bank to pay, from its own account",
        payable=invoiced,
    )
    paid = payment(UETR, due, t.day(), SHOP, GROWERS)
    await t.commit(
        HUB,
        "payment-confirmation",
        paid,
        f"confirms: {due['value']} EUR have arrived in Kericho",
        payable=invoiced,
        instruction=told,
    )
    await t.refused(
        HUB,
        "payment-confirmation",
        {**paid, "uetr": UETR.replace("f3b1", "f3b2"), "amount": money(Decimal(50), "EUR")},
        "books 50 EUR more to the same invoice",
        "over-payment",
        payable=invoiced,
    )


async def it_is_delivered(t: Teller, invoiced: SdJwt) -> None:
    t.chapter("The tea arrives")

    def note(kilograms: str) -> dict[str, Any]:
        lines = ((BLACK, BLACK.quantity), (LESS_PURPLE, kilograms))
        return {
            "deliveryNoteNumber": "KH-DN-0519",
            "deliveryDate": t.day(),
            "sender": GROWERS.party,
            "recipient": SHOP.party,
            "goodsItems": [
                {
                    "description": tea.description,
                    **tea.code,
                    "quantity": quantity,
                    "unitCode": tea.unit,
                }
                for tea, quantity in lines
            ],
        }

    await t.refused(
        GROWERS,
        "delivery-note",
        note(PURPLE.quantity),
        "notes 60 kg of purple tea, as first ordered",
        "over-delivery",
        invoice=invoiced,
    )
    await t.commit(
        GROWERS,
        "delivery-note",
        note(LESS_PURPLE.quantity),
        "notes what is in the sacks and cartons",
        invoice=invoiced,
    )


STORY = Story(
    "Buy: tea from Kericho, for a shop in Utrecht",
    "A small shop and a co-operative of growers, who have never met, are both kept to their word.",
    tell,
    (SHOP, GROWERS),
    founders=(CUSTOMS_NL, CUSTOMS_KE),
)
