"""Traveller clearance: an economy lets a business traveller in beforehand; many do, one by one.

Signed by: the immigration authority of an economy, which is here as customs.  Standard: eWTP,
business travel; the APEC Business Travel Card (ABTC) and its pre-clearance, economy by economy.

The home economy issues the card. Each other economy then says for itself, with a reference to the
card, that it lets the traveller in, or not, and until when; it may take that back by another
document of its own, which supersedes the first. The person is read by nobody on the ledger: an
officer who is shown the card's disclosures finds all economies at its document.

traveller/<card document id>    what all can see of a card
    home          the economy that issued it
    validUntil    its last day
    economies     economy -> the document with which it lets the traveller in
    declined      economy -> the document with which it does not

Levels: format: dates, passport number; registry: countries. Whether there is such a passport is
for the authority that issued it.
"""

SIGNED_BY = ["customs"]
WRITES = ["number", "status", "traveller"]
REFS = {"card": ["traveller-clearance"], "invitation": ["visa-invitation"],
        "supersedes": ["traveller-clearance"]}

CARD_MONTHS_MAX = 60


def check_traveller(body):
    """The card is a person's, whose passport outlives it."""
    if not shown(body, "traveller", "passport-expires"):
        require("_sd" in body, "traveller-missing", "a card is a person's", "/body")
        return
    expiry = body["traveller"].get("passportExpiryDate", body["validUntil"])
    require(expiry >= body["validUntil"], "passport-expires",
            "a card holds no longer than the passport", expiry, body["validUntil"],
            "/body/traveller/passportExpiryDate")


def issue_card(doc, refs):
    """The home economy issues the card, for five years at most. Issued anew it is another card:
    each economy decides on it anew."""
    body = doc["body"]
    require(body["decision"] == "GRANTED", "card-missing", "there is nothing to decline without a "
            "card: refer to it", "/refs")
    check_traveller(body)
    require(within_months(body["issueDate"], body["validUntil"], CARD_MONTHS_MAX),
            "period-too-long", "a card holds for five years at most", body["issueDate"],
            body["validUntil"], "/body/validUntil")
    take_number(doc, refs, body["cardNumber"], "/body/cardNumber")
    if "supersedes" in refs:
        old = refs["supersedes"]
        require("card" not in old["refs"], "other-document", "a card takes the place of a card, "
                "not of a decision on one", old["id"], "/refs/supersedes")
        put("traveller", old["id"], None)
    put("traveller", doc["id"], {"home": body["economy"], "validUntil": body["validUntil"],
                                 "economies": {}, "declined": {}})


def check_card(body, state, card):
    """A decision is about a card of another economy, and holds no longer than that."""
    require(state is not None, "not-a-card",
            "this is a decision on a card: refer to the card itself", card["id"], "/refs/card")
    number = card["body"]["cardNumber"]
    require(body["cardNumber"] == number, "card-mismatch", "the card has another number",
            body["cardNumber"], number, "/body/cardNumber")
    require(body["economy"] != state["home"], "own-card",
            "who has issued the card does not decide on it", body["economy"], "/body/economy")
    require(body["validUntil"] <= state["validUntil"], "period-too-long",
            "the traveller is let in no longer than the card holds", body["validUntil"],
            state["validUntil"], "/body/validUntil")


def decide(doc, refs, card):
    """Another economy lets the traveller in with this card, or does not: once, unless it supersedes
    what it said before."""
    body = doc["body"]
    economy = body["economy"]
    state = get("traveller", card["id"])
    check_card(body, state, card)
    first = state["economies"].get(economy, state["declined"].get(economy))
    if "supersedes" in refs or "amendmentReason" in body:
        supersede(doc, refs)
        require(refs["supersedes"]["id"] == first, "other-document",
                "this is not what your economy decided on the card", refs["supersedes"]["id"],
                "/refs/supersedes")
    else:
        require(first is None, "already-decided", "your economy has decided on this card", first,
                "/body/economy")
    said = {"economies": state["economies"], "declined": state["declined"]}
    for decided in said.values():
        decided.pop(economy, None)
    said["economies" if body["decision"] == "GRANTED" else "declined"][economy] = doc["id"]
    put("traveller", card["id"], {**state, **said})


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    require(body["economy"] == signer["country"], "not-your-country",
            "an economy decides for itself", body["economy"], signer["country"], "/body/economy")
    check_countries(body, ["economy"])
    check_person(doc, body, "traveller", "/body")
    require(days(body["issueDate"]) <= doc["time"] // DAY_S, "issued-in-future",
            "a decision is of today or earlier", body["issueDate"], "/body/issueDate")
    require(body["validUntil"] >= body["issueDate"], "period-reversed",
            "it would end before it is issued", body["issueDate"], body["validUntil"],
            "/body/validUntil")
    if "card" in refs:
        decide(doc, refs, refs["card"])
    else:
        issue_card(doc, refs)
