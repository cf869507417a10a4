"""Excise movement document: goods under excise duty move, duty unpaid, to who may receive them so.

Signed by: the consignor, a merchant or a forwarder that keeps a tax warehouse.  Standard: ICC
KTDDE, document 16; Directive (EU) 2020/262, articles 16 to 29; EMCS, electronic administrative
document (messages IE801, IE813).

A guarantee answers for the duty: its amount is drawn when the goods set out and free again with the
report of receipt (excise-receipt). Goods on their way are not taken back: another destination is
named by a document that supersedes this one and keeps its reference code (ARC).

    excise-movement/<document id>    {"state", "guarantee", "amount", "report"?: excise-receipt}
        state   moving, refused (in whole or part: it needs another destination), received,
                exported, cancelled

Levels: format: ARC, with the country of dispatch in it; its check digit is for the authority;
check digit: LEI, GLN warned about; registry: countries, currency, organisations.
"""

SIGNED_BY = ["merchant", "forwarder"]
WRITES = ["excise-guarantee", "excise-movement", "number", "status"]
REFS = {"exciseGuarantee": ["excise-guarantee"], "invoice": ["commercial-invoice"],
        "powerOfAttorney": ["power-of-attorney"], "supersedes": ["excise-movement-document"]}
NEEDS = ["exciseGuarantee"]

ALCOHOL = ["B", "W", "I", "S"]
DRAFT_DAYS = 7


def check_code(body):
    """The reference code names the country of dispatch, Greece as EL."""
    code = body["administrativeReferenceCode"][2:4]
    country = "GR" if code == "EL" else code
    require(country == body["dispatchCountry"], "arc-mismatch", "the reference code is of another "
            "country than the one that the goods leave", code, body["dispatchCountry"],
            "/body/administrativeReferenceCode")


def check_items(body):
    """Duty on alcohol depends on its strength; quantities are of something."""
    for number, item in enumerate(body["goodsItems"]):
        path = "/body/goodsItems/" + str(number)
        check_weights(item, "netWeight", "grossWeight", path)
        require(decimal(item["quantity"]) > 0, "quantity-nothing", "say how much moves",
                path + "/quantity")
        if item["exciseProductCode"][0] in ALCOHOL:
            require("alcoholicStrength" in item or "degreePlato" in item, "strength-missing",
                    "duty on alcohol is by its strength: give it in % of volume (beer: or Plato)",
                    item["exciseProductCode"], path)
            require(decimal(item.get("alcoholicStrength", "0")) <= 100, "strength-absurd",
                    "nothing is stronger than pure alcohol", item.get("alcoholicStrength"),
                    path + "/alcoholicStrength")


def check_dispatch(doc, refs):
    """A document is made at most seven days ahead; one that changes the way keeps its dispatch."""
    body = doc["body"]
    leaves = seconds(body["dispatchDateTime"])
    require(leaves <= doc["time"] + DRAFT_DAYS * DAY_S, "dispatch-far",
            "at most seven days ahead", body["dispatchDateTime"], "/body/dispatchDateTime")
    if "supersedes" in refs:
        before = refs["supersedes"]["body"]
        for member in ["administrativeReferenceCode", "dispatchCountry", "dispatchDateTime"]:
            require(body[member] == before[member], "movement-changed",
                    "another destination is of the same movement: it keeps", member,
                    before[member], "/body/" + member)
    elif leaves < doc["time"] - DAY_S:
        warn("dispatch-past", "the goods set out without this: explain it to the authority",
             "/body/dispatchDateTime")


def give_back(identity):
    """What the movement that is superseded drew: it stands for the same goods."""
    movement = get("excise-movement", identity)
    state = get("excise-guarantee", movement["guarantee"])
    left = decimal(state["left"]) + decimal(movement["amount"])
    put("excise-guarantee", movement["guarantee"], {**state, "left": str(left)})
    put("excise-movement", identity, None)


def draw(doc, refs):
    """The guarantee answers for the duty of these goods: its principal's, or with its power."""
    body = doc["body"]
    guarantee = refs["exciseGuarantee"]
    path = "/refs/exciseGuarantee"
    state = get("excise-guarantee", guarantee["id"])
    value = money(body["guaranteedAmount"], "/body/guaranteedAmount")
    require(value > 0, "amount-nothing", "say for how much duty the guarantee has to answer",
            "/body/guaranteedAmount/value")
    require(state["country"] == body["dispatchCountry"], "guarantee-mismatch",
            "the guarantee is for another country", state["country"], guarantee["id"], path)
    require(may_act_for(doc, refs, state["principal"], "DECLARE", body["dispatchCountry"]),
            "guarantee-mismatch", "the guarantee is another's: principal", state["principal"],
            guarantee["id"], path)
    require(state["currencyCode"] == body["guaranteedAmount"]["currencyCode"], "currency-mismatch",
            "the guarantee is in", state["currencyCode"], path)
    left = decimal(state["left"]) - value
    require(left >= 0, "guarantee-exhausted", "the guarantee has less left than the duty: left, "
            "needed", state["left"], value, guarantee["id"], path)
    put("excise-guarantee", guarantee["id"], {**state, "left": str(left)})
    bind(guarantee["id"], doc["id"])
    put("excise-movement", doc["id"],
        {"state": "moving", "guarantee": guarantee["id"], "amount": str(value)})


def check(doc, signer):
    body = doc["body"]
    refs = references(doc, REFS, NEEDS)
    check_countries(body, ["dispatchCountry", "destinationCountry"])
    take_number(doc, refs, body["administrativeReferenceCode"],
                "/body/administrativeReferenceCode")
    check_code(body)
    check_parties(body, ["consignor", "consignee", "transporter"])
    check_signer(doc, body["consignor"], "/body/consignor")
    check_dispatch(doc, refs)
    check_items(body)
    check_invoiced_goods(body["goodsItems"], refs, "/body/goodsItems")
    if "supersedes" in refs:
        give_back(refs["supersedes"]["id"])
    draw(doc, refs)
