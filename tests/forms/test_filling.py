"""Data is entered once: what the documents referred to know stands in the form."""

from typing import Any

import pytest

from cocket.contracts import standard
from cocket.contracts.schema import Schema
from cocket.forms import known
from cocket.forms.facts import facts, together
from cocket.forms.guarding import guarded
from cocket.forms.references import Found
from cocket.ledger.organisations import Organisation
from tests.forms.making import form_of, paper, read, standard_kind

LOTUS = Organisation("lotus", "Lotus Textiles Sdn. Bhd.", "MY", ("merchant",), "private", ())
CARRIER = Organisation("orient-star", "Orient Star Line", "SG", ("carrier",), "private", ())
BUYER = "Noord Mode B.V."


def filled(
    name: str, *sources: Found, signer: Organisation = LOTUS, replaced: Any = None
) -> dict[str, Any]:
    told = together([facts(each) for each in sources])
    own = known.own_party(signer, signer.id, [])
    return known.filled(standard_kind(name), told, own, replaced or {})


def test_an_export_declaration_has_the_invoices_parties_countries_currency_and_goods() -> None:
    body = filled("export-declaration", paper("commercial-invoice", "lotus"))
    assert body["exporter"]["name"] == "Lotus Textiles Sdn. Bhd."
    assert body["exporter"]["organisation"] == "lotus"
    assert body["exporter"]["address"]["streetAddress"] == "12 Jalan Tekstil"
    assert body["consignee"]["name"] == BUYER
    assert (body["exportationCountry"], body["destinationCountry"]) == ("MY", "NL")
    assert body["currencyOfSettlement"] == "EUR"
    assert body["termsOfDelivery"]["incoterm"] == "CIF"
    assert [line["hsCode"] for line in body["goodsItems"]] == ["620610", "620620"]
    assert body["goodsItems"][0]["netWeight"] == {"value": "96.0", "unitCode": "KGM"}


def test_an_import_declaration_takes_weights_and_packages_from_the_packing_list() -> None:
    invoice, packing = paper("commercial-invoice", "lotus"), paper("packing-list", "lotus")
    body = filled("import-declaration", invoice, packing)
    assert body["containers"] == ["CSQU3054383"]
    assert body["totalGrossWeight"] == {"value": "262.0", "unitCode": "KGM"}
    first = body["goodsItems"][0]
    assert first["originCountry"] == "MY"  # which the invoice alone knows
    assert first["grossWeight"] == {"value": "118.0", "unitCode": "KGM"}  # the list alone
    assert (first["numberOfPackages"], first["packageCode"]) == (20, "4G")
    assert body["importer"]["name"] == BUYER


def test_a_packing_list_has_the_invoices_goods_in_packages_yet_to_be_counted() -> None:
    body = filled("packing-list", paper("commercial-invoice", "lotus"))
    assert body["buyer"]["name"] == BUYER
    assert body["billOfLadingNumber"] == "OSLU26030117"
    assert body["totalNumberOfPackages"] == 40
    lines = [item["includedTradeLineItems"][0] for item in body["items"]]
    assert [line["description"] for line in lines] == [
        "Women's blouses of silk",
        "Women's blouses of wool",
    ]
    assert lines[0]["quantity"] == "400"


def test_a_bill_of_lading_says_it_in_dcsas_words() -> None:
    invoice, packing = paper("commercial-invoice", "lotus"), paper("packing-list", "lotus")
    body = filled("bill-of-lading", invoice, packing, signer=CARRIER)
    parties = body["documentParties"]
    assert parties["shipper"]["partyName"] == "Lotus Textiles Sdn. Bhd."
    assert parties["shipper"]["address"]["countryCode"] == "MY"
    assert parties["issuingParty"]["partyName"] == "Orient Star Line"
    assert parties["notifyParties"][0]["partyName"] == BUYER
    assert "consignee" not in parties  # a straight bill's: the carrier decides
    (item,) = body["consignmentItems"]
    assert item["HSCodes"] == ["620610", "620620"]
    (cargo,) = item["cargoItems"]
    assert cargo["equipmentReference"] == "CSQU3054383"
    assert cargo["cargoGrossWeight"] == {"value": "262.0", "unit": "KGM"}
    assert cargo["outerPackaging"] == {"numberOfPackages": 40, "packageCode": "4G"}
    assert body["utilizedTransportEquipments"][0]["equipment"]["ISOEquipmentCode"] == "22G1"
    assert body["transports"]["portOfDischarge"] == {"UNLocationCode": "NLRTM"}
    assert body["transportDocumentTypeCode"] == "BOL"  # the one code there is


def test_an_insurance_certificate_has_the_ship_the_goods_and_the_currency() -> None:
    bill, invoice = paper("bill-of-lading", "orient-star"), paper("commercial-invoice", "lotus")
    body = filled("insurance-certificate", bill, invoice)
    assert body["conveyance"] == "Orient Meridian, voyage 012W"
    assert body["insured"]["name"] == "Lotus Textiles Sdn. Bhd."
    assert body["insuredValue"] == {"currencyCode": "EUR"}  # how much, the insurer says
    assert body["placeOfDeparture"] == {"unLocode": "MYPKG"}
    assert body["placeOfDestination"] == {"unLocode": "NLRTM"}


@pytest.mark.parametrize("source", ["commercial-invoice", "bill-of-lading", "packing-list"])
@pytest.mark.parametrize("name", standard.NAMES)
def test_what_is_filled_in_is_never_wrong_by_the_schema(name: str, source: str) -> None:
    body = filled(name, paper(source, "lotus"))
    wrong = [
        refusal.message
        for refusal, missing in Schema(standard_kind(name).schema).problems(body)
        if not missing and "needs" not in refusal.message and "fewer" not in refusal.message
    ]
    assert wrong == []
    form = read(form_of(name, body))
    assert without_empty(form.body) == body


def without_empty(value: Any) -> Any:
    """What has to be there, and has nothing in it yet, left out."""
    if isinstance(value, dict):
        kept = {name: without_empty(each) for name, each in value.items()}
        return {name: each for name, each in kept.items() if each not in ({}, [])}
    if isinstance(value, list):
        return [each for each in map(without_empty, value) if each not in ({}, [])]
    return value


def test_what_supersedes_a_document_begins_as_that_document_without_its_reason() -> None:
    old = standard.example("commercial-invoice") | {"amendmentReason": "A wrong price."}
    body = filled("commercial-invoice", replaced=old)
    assert body == standard.example("commercial-invoice")


def test_numbers_go_up_and_keep_their_width() -> None:
    assert known.number_after("", 2026) == "2026-0001"
    assert known.number_after("LT-2026-0099", 2026) == "LT-2026-0100"
    assert known.number_after("A9", 2026) == "A10"
    assert known.number_after("A", 2026) == "A-0001"
    assert known.number_after("A7", 2026, 5) == "A12"


def test_a_buyer_hidden_in_the_invoice_is_hidden_again_or_left_out() -> None:
    invoice = paper("commercial-invoice", "lotus", confidential=("/buyer",))
    assert invoice.body["buyer"]["name"] == BUYER  # one's own disclosures
    for name in ("packing-list", "export-declaration", "import-declaration", "bill-of-lading"):
        body, hidden, withheld = guarded(
            standard_kind(name).schema, filled(name, invoice), invoice.secrets
        )
        form = read(form_of(name, body, hidden=hidden))
        concealed = [pointer.removeprefix("/") for pointer in form.hidden]
        open_members = {each: value for each, value in body.items() if each not in concealed}
        if name == "bill-of-lading":
            open_members["documentParties"].pop("notifyParties")
            assert hidden == ["/documentParties/notifyParties"]
        assert BUYER not in str(open_members)
        assert ("importer" in withheld) == (name == "import-declaration")


def test_a_paper_that_is_not_what_its_type_says_fills_in_nothing_and_harms_nothing() -> None:
    strange: list[dict[str, Any]] = [
        {"consignmentItems": []},
        {"consignmentItems": [1], "documentParties": 7, "transports": []},
        {"consignmentItems": [{"HSCodes": 5}], "transports": {"vesselVoyages": [3]}},
        {"itemsShipped": [1, "x", None], "seller": [], "buyer": {"address": 7}},
        {"items": [{"includedTradeLineItems": [4]}], "transportEquipments": [{"equipment": 1}]},
        {"currencyOfSettlement": {"a": 1}, "totalPaymentDue": [], "destinationCountry": 5},
    ]
    for body in strange:
        found = paper("commercial-invoice", "lotus")
        odd = Found(found.document, body)
        for name in ("import-declaration", "bill-of-lading", "packing-list"):
            filled(name, odd)


def test_a_certificate_of_origin_has_the_invoices_number_parties_and_goods() -> None:
    chamber = Organisation("chamber-my", "Chamber of Port Klang", "MY", ("chamber",), "public", ())
    invoice, bill = paper("commercial-invoice", "lotus"), paper("bill-of-lading", "orient-star")
    body = filled("certificate-of-origin", invoice, bill, signer=chamber)
    assert body["invoiceNumber"] == "LT-2026-0117"
    assert body["exporter"]["name"] == "Lotus Textiles Sdn. Bhd."
    assert body["conveyance"] == "Orient Meridian, voyage 012W"
    assert [line["hsCode"] for line in body["goodsItems"]] == ["620610", "620620"]
    assert not [line for line in body["goodsItems"] if "originCriterion" in line]


def test_what_a_document_says_for_itself_is_not_carried_over() -> None:
    report = paper("inspection-report", "surveyor")
    body = filled("regulatory-certificate", report)
    assert not {"result", "reportNumber", "certificateNumber", "remarks"} & set(body)
