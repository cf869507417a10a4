"""What documents of title have in common. No type of its own; the law is in docs/mletr.md.

Bills of lading, warehouse receipts, promissory notes, bills of exchange and delivery orders make

    title/<type>/<issuer>/<number in small letters>
        type         "bill-of-lading" and so on
        document     the document that is in force
        issuer, reference
        state        ISSUED, later as in title-action
        controller   the organisation that has possession; exactly one
        endorsement  STRAIGHT (not negotiable), BLANK (entitles the controller), TO_ORDER (entitles
                     the endorsee, who may endorse on), NAMED (entitles the endorsee, who may not)
        endorsee     an organisation, or None
        moved        the document that last moved possession
        last         the document that last did anything
        obligor      to whom it is surrendered, where that is not the issuer
        surrender    {"by", "reasonCode"} while one is pending
        surrenderedBy  the organisation whose surrender was accepted
        accepted     the title action by which the drawee of a bill of exchange accepted it
        escrow       {"collection", "hub", "seller", "buyer", "until"} while it is collected
"""


def holder_of(party, issuer, path):
    """The organisation of a party that a title is issued to; the issuer, where it is no member."""
    if "organisation" in party:
        return party["organisation"]
    warn("held-by-issuer", "its holder is no organisation of this ledger: the issuer controls the "
         "title until it transfers it", path)
    return issuer


def replace_original(doc, old, holder, path):
    """MLETR 16: what was surrendered for amendment is issued anew, to whoever surrendered it."""
    earlier = get("title", title_key(old))
    require(old["iss"] == doc["iss"] and title_key(old) == title_key(doc)
            and earlier["state"] == "SURRENDERED_FOR_AMENDMENT", "duplicate-original",
            "an original is replaced by its issuer, under its number, after it was surrendered for "
            "amendment (MLETR 10): document", earlier["document"], path)
    require(holder == earlier["surrenderedBy"], "not-the-holder",
            "an amended original goes to whoever surrendered the one before",
            earlier["surrenderedBy"], holder, path)
    require("amendmentReason" in doc["body"], "amendment-reason-missing",
            "say why the document is replaced", "/body")
    put("status", old["id"], {"state": "superseded", "by": doc["id"]})


def check_original(doc, refs, holder, path):
    """MLETR 10: there is one original for each issuer and number, on paper or here (MLETR 17)."""
    body = doc["body"]
    if "convertedFromPaper" in body:
        require(days(body["convertedFromPaper"]["date"]) * DAY_S <= doc["time"] + DAY_S,
                "conversion-in-future", "the paper is taken in before there is a record of it here",
                body["convertedFromPaper"]["date"], "/body/convertedFromPaper/date")
    if "supersedes" in refs:
        replace_original(doc, refs["supersedes"], holder, path)
        return
    require("amendmentReason" not in body, "amendment-unexpected",
            "only what supersedes a document has a reason for it", "/body/amendmentReason")
    earlier = get("title", title_key(doc))
    if earlier is not None:
        require(earlier["state"] == "VOIDED" and "convertedFromPaper" in body,
                "duplicate-original", "there is one original for each issuer and number (MLETR 10):"
                " document", earlier["document"], path)


def issue_title(doc, refs, holder, endorsement, endorsee):
    """Make the title of a document: the one original, and who controls it."""
    name = doc["vct"].split(":")[2]
    check_original(doc, refs, holder, "/body/" + TITLE_NUMBERS[name])
    title = {"type": name, "document": doc["id"], "issuer": doc["iss"],
             "reference": doc["body"][TITLE_NUMBERS[name]], "state": "ISSUED",
             "controller": holder, "endorsement": endorsement, "endorsee": endorsee,
             "moved": doc["id"], "last": doc["id"]}
    put("title", title_key(doc), title)
    return title
