"""Travel: a batik designer goes to a fair in Shanghai, with her printing blocks, and comes back.

Who she is, nobody reads on the ledger, which forgets nothing: the invitation and her travel card
hide her, and an officer to whom she shows the rest can check that it is what was signed. Three
economies clear her, each for itself. Her goods travel under an ATA carnet: what is not on its list
does not leave under it, what came in has to go out again, and she stays too long, which is written
down with a warning. When everything is home, her chamber closes the carnet.
"""

from typing import Any

from cocket.client import SdJwt
from cocket.demo.cast import CHAMBER_MY, CUSTOMS_CN, CUSTOMS_MY, CUSTOMS_SG, Company
from cocket.demo.papers import kilograms
from cocket.demo.telling import Story, Teller

STUDIO = Company(
    "rimba-batik", "Rimba Batik Studio Sdn Bhd", "MY", city="Kuantan", voucher=CUSTOMS_MY
)
FAIR = Company(
    "pudong-fair", "Pudong Craft Fair Co., Ltd.", "CN", city="Shanghai", voucher=CUSTOMS_CN
)
DESIGNER = {
    "name": "Nur Aisyah binti Rahman",
    "nationality": "MY",
    "birthDate": "1991-08-02",
    "passportNumber": "A60214477",
    "jobTitle": "Designer",
}
PANELS, BLOCKS = 24, 36
CARD = "MY-ABTC-0020417"


async def tell(t: Teller) -> None:
    invitation = await she_is_invited(t)
    await she_is_cleared(t, invitation)
    carnet = await goods_are_listed(t)
    await goods_travel(t, carnet)


async def she_is_invited(t: Teller) -> SdJwt:
    t.chapter("Invited, by a letter that does not tell the world her name")
    letter = {
        "invitationNumber": "PCF-INV-0417",
        "issueDate": t.day(),
        "destinationCountry": "CN",
        "inviter": FAIR.party,
        "invitee": {**DESIGNER, "passportExpiryDate": t.day(1500)},
        "employer": STUDIO.party,
        "purposeCode": "FAIR",
        "purpose": "Stand 4-117: printing of batik with copper blocks",
        "visitFrom": t.day(10),
        "visitUntil": t.day(24),
        "numberOfEntries": 1,
        "costBearer": "EMPLOYER",
        "validUntil": t.day(90),
    }
    await t.refused(
        FAIR,
        "visa-invitation",
        letter,
        "invites her, with name, birthday and passport for all to read",
        "personal-data",
    )
    hidden = ("/invitee", "/employer", "/visitFrom", "/visitUntil")
    invitation = await t.commit(
        FAIR,
        "visa-invitation",
        letter,
        "invites her, and hides who she is, for whom she works and when she comes",
        confidential=hidden,
    )
    await t.disclose(
        invitation,
        CUSTOMS_CN,
        hidden,
        lambda body: (
            f"{body['invitee']['name']}, passport {body['invitee']['passportNumber']}, "
            f"of {body['employer']['name']}"
        ),
    )
    return invitation


async def she_is_cleared(t: Teller, invitation: SdJwt) -> None:
    t.chapter("Cleared beforehand, economy by economy")
    until = t.day(1400)

    def says(economy: str, **more: Any) -> dict[str, Any]:
        return {
            "cardNumber": CARD,
            "economy": economy,
            "decision": "GRANTED",
            "issueDate": t.day(),
            "validUntil": until,
            **more,
        }

    card = await t.commit(
        CUSTOMS_MY,
        "traveller-clearance",
        says(
            "MY",
            scheme="APEC Business Travel Card",
            traveller={**DESIGNER, "passportExpiryDate": t.day(1500)},
        ),
        f"issues card {CARD}, its holder hidden",
        confidential=["/traveller"],
    )
    granted = await t.commit(
        CUSTOMS_CN,
        "traveller-clearance",
        says("CN"),
        "clears the holder of the card, by the invitation",
        card=card,
        invitation=invitation,
    )
    await t.refused(
        CUSTOMS_SG,
        "traveller-clearance",
        says("SG", validUntil=t.day(1800)),
        "clears the holder for longer than the card holds",
        "period-too-long",
        card=card,
    )
    await t.commit(
        CUSTOMS_SG,
        "traveller-clearance",
        says("SG"),
        "clears the holder for as long as the card holds",
        card=card,
    )
    await t.refused(
        CUSTOMS_CN,
        "traveller-clearance",
        says("CN", decision="DECLINED"),
        "declines her at another office, which did not look",
        "already-decided",
        card=card,
    )
    await t.commit(
        CUSTOMS_CN,
        "traveller-clearance",
        says("CN", validUntil=t.day(365), amendmentReason="For a year at first"),
        "thinks again, and says so openly: for a year",
        card=card,
        supersedes=granted,
    )


async def goods_are_listed(t: Teller) -> SdJwt:
    t.chapter("Her goods get a passport too: an ATA carnet")

    def item(number: int, what: str, hs: str, pieces: int, kg: str, value: str) -> dict[str, Any]:
        return {
            "itemNumber": number,
            "description": what,
            "hsCode": hs,
            "hsEdition": "2022",
            "numberOfPieces": pieces,
            "weight": kilograms(kg),
            "value": value,
            "originCountry": "MY",
        }

    blocks = "Printing blocks of copper, RB-01 to RB-36"
    carnet = {
        "carnetNumber": "MY/2026/00884",
        "issueDate": t.day(),
        "country": "MY",
        "holder": STUDIO.party,
        "representative": DESIGNER,
        "intendedUse": "EXHIBITION",
        "countries": ["CN", "SG"],
        "currencyOfSettlement": "MYR",
        "goodsItems": [
            item(
                1, "Batik panels, silk, 2 m, labelled RB-P01 to P24", "621490", PANELS, "9", "7200"
            ),
            item(2, blocks, "844250", BLOCKS, "41", "10800"),
        ],
        "totalNumberOfPieces": PANELS + BLOCKS,
        "totalValue": "18000",
        "validUntil": t.day(180),
    }
    await t.refused(
        CHAMBER_MY,
        "ata-carnet",
        {**carnet, "totalNumberOfPieces": PANELS},
        "issues a carnet, and counts the panels alone",
        "piece-total",
        confidential=["/representative"],
    )
    return await t.commit(
        CHAMBER_MY,
        "ata-carnet",
        carnet,
        f"issues the carnet: {PANELS} panels, {BLOCKS} printing blocks",
        confidential=["/representative"],
    )


def voucher(t: Teller, number: str, kind: str, office: str, **more: Any) -> dict[str, Any]:
    """What an office of customs writes into the carnet today."""
    return {
        "voucherNumber": number,
        "voucherKind": kind,
        "customsOffice": office,
        "endorsedOn": t.day(),
        **more,
    }


def pieces(*each: int) -> list[dict[str, int]]:
    """So many of each item of the list, in its order."""
    return [{"itemNumber": number, "numberOfPieces": count} for number, count in enumerate(each, 1)]


async def goods_travel(t: Teller, carnet: SdJwt) -> None:
    t.chapter("Out, in, out again too late, and home")
    entry = await goods_go_to_the_fair(t, carnet)
    t.days_pass(38, "the fair is a success, and goes on for a week")
    await goods_leave_it_late(t, carnet, entry)
    await goods_come_home(t, carnet)


async def goods_go_to_the_fair(t: Teller, carnet: SdJwt) -> SdJwt:
    """Gives the voucher under which they came in."""
    out = voucher(t, "MY-ATA-1", "EXPORTATION", "MYB18", items=pieces(PANELS, BLOCKS))
    await t.refused(
        CUSTOMS_MY,
        "carnet-voucher",
        {**out, "items": pieces(PANELS, BLOCKS, 1)},
        "would let a wax stove out as item 3",
        "not-on-the-list",
        carnet=carnet,
    )
    await t.commit(
        CUSTOMS_MY,
        "carnet-voucher",
        out,
        "lets out what is on the list; the stove stays",
        carnet=carnet,
    )
    return await t.commit(
        CUSTOMS_CN,
        "carnet-voucher",
        voucher(t, "CN-ATA-1", "IMPORTATION", "CN2200", reexportBy=t.day(30)),
        "lets all of it in, for 30 days",
        carnet=carnet,
    )


async def goods_leave_it_late(t: Teller, carnet: SdJwt, entry: SdJwt) -> None:
    out = voucher(t, "CN-ATA-2", "REEXPORTATION", "CN2200")
    await t.refused(
        CUSTOMS_CN,
        "carnet-voucher",
        {**out, "items": pieces(PANELS + 1, BLOCKS)},
        f"would let out {PANELS + 1} panels, where {PANELS} came in",
        "not-imported",
        carnet=carnet,
        entry=entry,
    )
    await t.commit(
        CUSTOMS_CN,
        "carnet-voucher",
        out,
        "lets out what came in: late, and not refused, for late is better than never",
        carnet=carnet,
        entry=entry,
    )


async def goods_come_home(t: Teller, carnet: SdJwt) -> None:
    discharge = {
        "voucherNumber": "SCC-ATA-884",
        "voucherKind": "DISCHARGE",
        "endorsedOn": t.day(),
    }
    await t.refused(
        CHAMBER_MY,
        "carnet-voucher",
        discharge,
        "would close the carnet while the goods are in the air",
        "goods-abroad",
        carnet=carnet,
    )
    await t.commit(
        CUSTOMS_MY,
        "carnet-voucher",
        voucher(t, "MY-ATA-2", "REIMPORTATION", "MYB18"),
        "lets all of it in again, free of duty",
        carnet=carnet,
    )
    await t.commit(CHAMBER_MY, "carnet-voucher", discharge, "closes the carnet", carnet=carnet)
    await t.refused(
        CUSTOMS_MY,
        "carnet-voucher",
        voucher(t, "MY-ATA-3", "EXPORTATION", "MYB18"),
        "would let the goods out once more under it",
        "reference-ended",
        carnet=carnet,
    )


STORY = Story(
    "Travel: a designer and her printing blocks, to Shanghai and back",
    "A person whom nobody reads about on the ledger, and goods of which every piece is accounted "
    "for.",
    tell,
    (STUDIO, FAIR),
    founders=(CHAMBER_MY, CUSTOMS_SG),
    days_pass=True,
)
