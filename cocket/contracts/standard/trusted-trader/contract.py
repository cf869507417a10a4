"""Trusted trader: customs give a company the status of one that they trust, as an AEO is.

Signed by: customs, of their own country.  Standard: WCO SAFE framework, pillar 2 (Authorized
Economic Operator); Union Customs Code, articles 38 and 39; CTPAT (Trade Act, United States).

It makes trusted/<country>/<organisation>: {"document", "programme", "level"}, and from when until
when it holds. Border rules read it by the common function `trusted_trader`, which knows what was
revoked, superseded or has expired. Where customs recognise the status that those of another country
gave (mutual recognition, SAFE pillar 2), they refer to that as `recognised`.

Levels: registry: organisation, countries; check digit: LEI, GLN warned about.
"""

SIGNED_BY = ["customs"]
WRITES = ["number", "status", "trusted"]
REFS = {"trainingCertificate": ["training-certificate"], "recognised": ["trusted-trader"],
        "supersedes": ["trusted-trader"]}


def check_recognised(doc, refs):
    """Mutual recognition: the status of the same company, which other customs gave it."""
    trader = doc["body"]["trader"]["organisation"]
    for other in in_role(refs, "recognised"):
        require(other["body"]["trader"]["organisation"] == trader, "other-trader",
                "the status recognised is another company's", other["body"]["trader"]
                ["organisation"], trader, "/refs/recognised")
        require(other["body"]["country"] != doc["body"]["country"], "own-status",
                "customs recognise the status that customs of another country gave",
                other["id"], "/refs/recognised")


def check_training(doc, refs):
    """Who was trained is this company, or works for it, as far as the certificate says it."""
    trader = doc["body"]["trader"]["organisation"]
    for training in in_role(refs, "trainingCertificate"):
        require(training["body"].get("organisation", trader) == trader, "other-trader",
                "the training was another company's", training["body"].get("organisation"), trader,
                "/refs/trainingCertificate")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    require(body["country"] == signer["country"], "not-your-country",
            "customs trust a company for their own country", body["country"], signer["country"],
            "/body/country")
    check_parties(body, ["trader"])
    check_person(doc, body, "contact", "/body")
    require("organisation" in body["trader"], "unknown-organisation",
            "the status is a member's: name the organisation here", "/body/trader")
    trader = body["trader"]["organisation"]
    check_recognised(doc, refs)
    check_training(doc, refs)
    check_period(body)
    require("validUntil" not in body or days(body["validUntil"]) >= doc["time"] // DAY_S,
            "period-over", "it ended before it was given", body.get("validUntil"),
            "/body/validUntil")
    earlier = trusted_trader(body["country"], trader, doc["time"])
    require(earlier is None or ("supersedes" in refs
                                and refs["supersedes"]["id"] == earlier["document"]),
            "already-trusted", "it has this status; supersede that, or revoke it first",
            (earlier or {}).get("document"), "/body/trader")
    take_number(doc, refs, body["certificateNumber"], "/body/certificateNumber")
    if "supersedes" in refs:
        require(refs["supersedes"]["body"]["trader"].get("organisation") == trader, "other-trader",
                "the status that it supersedes is another company's", "/refs/supersedes")
    kept = {"document": doc["id"], "programme": body["programme"], "level": body["level"],
            "validFrom": body["validFrom"]}
    if "validUntil" in body:
        kept["validUntil"] = body["validUntil"]
    put("trusted", body["country"] + "/" + trader, kept)
