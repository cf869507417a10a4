"""Sea waybill: the carrier's receipt for the goods. It is no title: they go to the consignee named.

Signed by: the carrier who issues it.  Standard: ICC KTDDE, document 31; DCSA eBL 3.
"""

SIGNED_BY = ["carrier"]
WRITES = ["number", "status"]
REFS = {"booking": ["booking"], "supersedes": ["sea-waybill"]}


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    check_dcsa_document(body)
    require(not body["isToOrder"], "waybill-to-order", "a sea waybill is never to order",
            "/body/isToOrder")
    take_number(doc, refs, body["transportDocumentReference"], "/body/transportDocumentReference")
