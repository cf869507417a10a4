"""Training certificate: a person or a company has completed a training in trade.

Signed by: who trained or examined: a chamber, customs, an inspection body.  Standard: eWTP, help
for small companies (SME capacity building); W3C traceability vocabulary writes such as credentials.

The holder is a person (confidential as a whole), an organisation, or a person of one.

Levels: format: hours, dates; registry: country, organisation of the holder.
"""

SIGNED_BY = ["chamber", "customs", "inspection"]
WRITES = ["number", "status"]
REFS = {"supersedes": ["training-certificate"]}


def check_holder(body):
    """Somebody holds it. A hidden person counts as one that may be there."""
    if "organisation" in body:
        require(organisation(body["organisation"]) is not None, "unknown-organisation",
                "no organisation of this ledger", body["organisation"], "/body/organisation")
    if shown(body, "holder", "holder-missing"):
        check_name(body["holder"]["name"], "/body/holder/name")
        if "nationality" in body["holder"]:
            check_country(body["holder"]["nationality"], "/body/holder/nationality")
    else:
        require("organisation" in body or "_sd" in body, "holder-missing",
                "name the person or the organisation that was trained", "/body")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    take_number(doc, refs, body["certificateNumber"], "/body/certificateNumber")
    require(body["country"] == signer["country"], "not-your-country",
            "who trains certifies for its own country", body["country"], signer["country"],
            "/body/country")
    check_countries(body, ["country"])
    check_holder(body)
    require(days(body["completedOn"]) <= doc["time"] // DAY_S, "not-completed",
            "the training is still to be completed", body["completedOn"], "/body/completedOn")
    require(decimal(body["hours"]) > 0, "no-hours", "a training takes some time", "/body/hours")
    check_period(body)
