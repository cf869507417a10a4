"""CITES permit: a state lets specimens of protected animals or plants cross its border.

Signed by: the CITES management authority of the country that permits, which is here as customs or
as an inspection body.  Standard: ICC KTDDE, document 8; CITES articles III to VII, resolution Conf.
12.3 (Rev. CoP19) on permits and certificates, whose codes of purpose and source are used.

Species of appendix I are not traded for profit, but for those bred or grown for it under the
register (source D) and those from before the convention (O); what is left of their trade needs the
import permit before the export permit. A permit for export holds for six months, for import for
twelve; each is for one consignment.

Levels: format: scientific name, HS code; check digit: LEI, GLN warned about; registry: countries.
Whether a species is in the appendix named is for the authority, whose list is not here.
"""

SIGNED_BY = ["customs", "inspection"]
WRITES = ["number", "status"]
REFS = {"invoice": ["commercial-invoice"], "importPermit": ["cites-permit"],
        "originalPermit": ["cites-permit"], "supersedes": ["cites-permit"]}

TRADE = "T"
EXEMPT_SOURCES = ["D", "O"]
MONTHS = {"EXPORT": 6, "RE_EXPORT": 6, "IMPORT": 12}


def check_side(body):
    """Export is permitted by the country that goods leave, import by that which they come to."""
    side = "destinationCountry" if body["permitType"] == "IMPORT" else "exportationCountry"
    require(body[side] == body["country"], "other-side",
            "it is for another country to permit this: permit of, and goods leave or come to",
            body["country"], body[side], "/body/" + side)


def check_dates(doc):
    """A permit holds for so many months from the day of issue, which is not to come."""
    body = doc["body"]
    require(days(body["issueDate"]) <= doc["time"] // DAY_S, "issued-in-future",
            "a permit is of today or earlier", body["issueDate"], "/body/issueDate")
    require(body["validUntil"] >= body["issueDate"], "period-reversed",
            "it would end before it is issued", body["issueDate"], body["validUntil"],
            "/body/validUntil")
    months = MONTHS[body["permitType"]]
    require(within_months(body["issueDate"], body["validUntil"], months), "period-too-long",
            f"such a permit holds for {months} months at most, from", body["issueDate"],
            body["validUntil"], "/body/validUntil")


def check_appendix_one(body, refs):
    """Article III: not for profit, and the country of import has permitted it before."""
    strict = [item["scientificName"] for item in body["goodsItems"]
              if item["appendix"] == "I" and item["source"] not in EXEMPT_SOURCES]
    if strict:
        require(body["purposeCode"] != TRADE, "appendix-one", "what is most endangered is not "
                "traded for profit (CITES article III)", ", ".join(strict[:5]),
                "/body/purposeCode")
        require(body["permitType"] == "IMPORT" or "importPermit" in refs
                or "importPermitNumber" in body, "import-permit-missing", "the country of import "
                "permits it first: name its permit, as reference or by its number",
                ", ".join(strict[:5]), "/body/importPermitNumber")


def check_against(body, permit, name):
    """No more of a species than another permit allows, of those with the same unit."""
    lines = permit["body"]["goodsItems"]
    path = "/body/goodsItems"
    for species in {item["scientificName"]: True for item in body["goodsItems"]}:
        known = [line for line in lines if line["scientificName"] == species]
        require(known != [], "species-mismatch", f"the {name} is not for this species", species,
                permit["id"], path)
        for unit in {line["quantity"]["unitCode"]: True for line in known}:
            allowed = sum([decimal(line["quantity"]["value"]) for line in known
                           if line["quantity"]["unitCode"] == unit])
            taken = sum([decimal(item["quantity"]["value"]) for item in body["goodsItems"]
                         if item["scientificName"] == species
                         and item["quantity"]["unitCode"] == unit])
            require(taken <= allowed, "quantity-exceeded",
                    f"the {name} is for less: species, allowed, asked", species, allowed, taken,
                    path)


def check_permits(body, refs):
    """The permit of import is of the destination; what is re-exported came in with a permit."""
    for permit in in_role(refs, "importPermit"):
        require(permit["body"]["permitType"] == "IMPORT"
                and permit["body"]["country"] == body["destinationCountry"], "permit-mismatch",
                "this is no import permit of the country of destination",
                permit["body"]["permitType"], permit["body"]["country"], "/refs/importPermit")
        check_against(body, permit, "import permit")
    originals = in_role(refs, "originalPermit")
    if body["permitType"] == "RE_EXPORT":
        require(originals != [] or all("originPermitNumber" in item
                                       for item in body["goodsItems"]), "original-missing",
                "name the permit with which the specimens left their country, for each",
                "/body/goodsItems")
    for permit in originals:
        require(permit["body"]["permitType"] != "IMPORT"
                and permit["body"]["destinationCountry"] == body["country"], "permit-mismatch",
                "with this permit nothing came to your country", permit["body"]["permitType"],
                permit["body"]["destinationCountry"], "/refs/originalPermit")
        check_against(body, permit, "original permit")


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, [])
    check_certificate(doc, signer, refs)
    check_countries(body, ["exportationCountry"])
    check_parties(body, ["consignor", "consignee"])
    check_person(doc, body, "certifyingOfficer", "/body")
    take_number(doc, refs, body["permitNumber"], "/body/permitNumber")
    check_dates(doc)
    check_side(body)
    for item in body["goodsItems"]:
        check_country(item["originCountry"], "/body/goodsItems")
        require(decimal(item["quantity"]["value"]) > 0, "quantity-nothing",
                "a permit is for some specimens", "/body/goodsItems")
    check_appendix_one(body, refs)
    check_permits(body, refs)
