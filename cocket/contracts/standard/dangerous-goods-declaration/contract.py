"""Dangerous goods declaration: what the shipper answers for.

Signed by: the shipper, or its forwarder.  Standard: ICC KTDDE, document 14; IMDG code 5.4.

Levels: format: UN number, class, packing group; check digit: containers warned about; registry:
countries, organisations. Whether name and class are the UN number's is for the IMDG list, which is
not here.
"""

SIGNED_BY = ["merchant", "forwarder"]
WRITES = ["number", "status"]
REFS = {"booking": ["booking"], "transportDocument": ["bill-of-lading", "sea-waybill"],
        "supersedes": ["dangerous-goods-declaration"]}


def check_bill(body, transport):
    """What is declared is on the transport document by its UN number."""
    listed = [goods.get("UNNumber") for item in transport["body"]["consignmentItems"]
              for part in item["cargoItems"]
              for goods in part["outerPackaging"].get("dangerousGoods", [])]
    for item in body["items"]:
        require(item["unNumber"] in listed, "bill-mismatch",
                "the transport document does not list this UN number", item["unNumber"],
                transport["id"], "/body/items")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    require("booking" in refs or "transportDocument" in refs, "reference-missing",
            "name the booking or the transport document that this is about", "/refs")
    check_parties(body, ["shipper"])
    for item in body["items"]:
        require(item["imdgClass"] != "3" or "flashPoint" in item, "flash-point-missing",
                "of class 3, flammable liquids, say the flash point: UN", item["unNumber"],
                "/body/items")
    check_containers([item["equipmentReference"] for item in body["items"]
                      if "equipmentReference" in item], "/body/items")
    for transport in in_role(refs, "transportDocument"):
        check_bill(body, transport)
    take_number(doc, refs, body["declarationNumber"], "/body/declarationNumber")
