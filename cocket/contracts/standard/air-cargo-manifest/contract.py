"""Air cargo manifest: all that is on a flight for an airport, as the airline declares it there.

Signed by: the airline.  Standard: ICC KTDDE, document 2; IATA Cargo-XML FFM, ICAO annex 9.

manifested/<carrier>/<air waybill number> is the last manifest with it.

Levels: format: UN/LOCODE, HS; check digit: LEI, GLN warned about; registry: countries,
organisations.
"""

SIGNED_BY = ["carrier"]
WRITES = ["manifested", "number", "status"]
REFS = {"transportDocument": ["air-waybill"], "supersedes": ["air-cargo-manifest"]}


def manifest_key(issuer, bill):
    return issuer + "/" + bill["transportDocumentNumber"].lower()


def check_sums(body):
    """The totals are the sums of the transport documents, each of which is there once."""
    bills = body["transportDocumentInformation"]
    weight = sum([kilograms(bill["grossWeight"]) for bill in bills])
    require(kilograms(body["totalGrossWeight"]) == weight, "manifest-total",
            "the total gross weight is not the sum of the transport documents: kilograms",
            kilograms(body["totalGrossWeight"]), weight, "/body/totalGrossWeight")
    packages = sum([bill["numberOfPackages"] for bill in bills])
    require(body["totalNumberOfPackages"] == packages, "manifest-total",
            "the number of packages is not the sum of the transport documents",
            body["totalNumberOfPackages"], packages, "/body/totalNumberOfPackages")
    numbers = {}
    for bill in bills:
        number = bill["transportDocumentNumber"].lower()
        require(number not in numbers, "bill-twice", "this transport document is listed twice",
                number, "/body/transportDocumentInformation")
        numbers[number] = bill
        for party in ["consignor", "consignee", "notifyParty"]:
            if party in bill:
                check_party(bill[party], "/body/transportDocumentInformation")
    return numbers


def check_listed(doc, transport, numbers):
    """A transport document referred to is the carrier's own, and on the manifest as it is."""
    require(transport["iss"] == doc["iss"], "not-the-carrier",
            "a carrier lists its own transport documents: issuer", transport["iss"],
            "/refs/transportDocument")
    number = transport["body"]["airWaybillNumber"]
    require(number.lower() in numbers, "bill-not-on-manifest",
            "the manifest does not list this transport document", number, transport["id"],
            "/refs/transportDocument")
    bill = numbers[number.lower()]
    weight = kilograms(transport["body"]["totalGrossWeight"])
    require(kilograms(bill["grossWeight"]) <= weight, "bill-mismatch",
            "the air waybill says less gross weight: kilograms", kilograms(bill["grossWeight"]),
            weight, number, "/body/transportDocumentInformation")


def manifest(doc, refs):
    """What was on a manifest that this supersedes is not any more, what is on this one is."""
    if "supersedes" in refs:
        for bill in refs["supersedes"]["body"]["transportDocumentInformation"]:
            key = manifest_key(doc["iss"], bill)
            if get("manifested", key) == refs["supersedes"]["id"]:
                put("manifested", key, None)
    for bill in doc["body"]["transportDocumentInformation"]:
        put("manifested", manifest_key(doc["iss"], bill), doc["id"])


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    require(body["portOfDeparture"] != body["portOfArrival"], "same-place",
            "departure and arrival are the same place", body["portOfArrival"],
            "/body/portOfArrival")
    numbers = check_sums(body)
    for transport in in_role(refs, "transportDocument"):
        check_listed(doc, transport, numbers)
    take_number(doc, refs, body["manifestNumber"], "/body/manifestNumber")
    manifest(doc, refs)
