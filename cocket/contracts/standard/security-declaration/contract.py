"""Security declaration: the goods of a transport document are safe to fly, and why.

Signed by: the regulated agent or the airline, or who screens for them.  Standard: ICC KTDDE,
document 11; consignment security declaration of ICAO and IATA.

Levels: format: the agent's number; registry: organisations. Whether the agent is approved is for
the aviation authority's register, which is not here.
"""

SIGNED_BY = ["carrier", "forwarder", "inspection"]
WRITES = ["number", "status"]
REFS = {"transportDocument": ["air-waybill", "bill-of-lading", "sea-waybill",
                              "road-consignment-note", "rail-consignment-note"],
        "supersedes": ["security-declaration"]}
NEEDS = ["transportDocument"]
CLOCKS_DIFFER_S = 300


def check_departure(body, transport):
    """Goods are secured before they fly."""
    flights = transport["body"].get("flights", [])
    if flights and body["issueDateTime"][:10] > min([each["flightDate"] for each in flights]):
        warn("late-screening", "the status was given after the day of the first flight",
             "/body/issueDateTime")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, NEEDS)
    check_parties(body, ["issuedBy"])
    check_signer(doc, body["issuedBy"], "/body/issuedBy")
    require(seconds(body["issueDateTime"]) <= doc["time"] + CLOCKS_DIFFER_S, "issue-in-future",
            "a status is declared when it was given", body["issueDateTime"], "/body/issueDateTime")
    require(body["receivedFrom"] != "SM" or "screeningMethods" in body, "screening-missing",
            "say how it was screened", "/body/screeningMethods")
    check_departure(body, refs["transportDocument"])
    take_number(doc, refs, body["declarationNumber"], "/body/declarationNumber")
