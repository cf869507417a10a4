"""Power of attorney: a merchant lets another organisation act for it, as a customs broker does.

Signed by: the principal, a merchant.  Standard: W3C traceability vocabulary, PowerOfAttorney; Union
Customs Code, articles 18 and 19 (customs representative); US 19 CFR 141.31 to 141.46.

It leaves nothing in the state: who acts for another refers to it as `powerOfAttorney`, and whoever
checks that reads agent, acts, countries and validity from it (`may_act_for`). Its revocation ends
it for what comes later, and leaves alone what was done under it.

Levels: format: dates; check digit: LEI, GLN warned about; registry: countries, both organisations.
"""

SIGNED_BY = ["merchant"]
WRITES = ["number", "status"]
REFS = {"supersedes": ["power-of-attorney"]}


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    take_number(doc, refs, body["powerOfAttorneyNumber"], "/body/powerOfAttorneyNumber")
    check_signer(doc, body["principal"], "/body/principal")
    check_parties(body, ["principal", "agent"])
    require("organisation" in body["agent"], "unknown-organisation",
            "the agent signs on this ledger: name the organisation here", "/body/agent")
    require(body["agent"]["organisation"] != doc["iss"], "own-agent",
            "nobody needs a power of attorney to act for itself", doc["iss"],
            "/body/agent/organisation")
    for country in body["countries"]:
        check_country(country, "/body/countries")
    check_period(body)
    require(days(body["validUntil"]) >= doc["time"] // DAY_S, "period-over",
            "it ended before it was given", body["validUntil"], "/body/validUntil")
