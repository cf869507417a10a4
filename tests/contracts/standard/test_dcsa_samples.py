"""DCSA's own payloads become bills of lading that commit, and nothing of them is lost."""

from copy import deepcopy
from typing import Any

import pytest

from cocket.contracts.standard import example
from cocket.ledger.foreign import exact_numbers
from tests.contracts.standard.build import Ledger
from tests.shared import shared_path

CARRIERS_OWN = (
    *("transportDocumentReference", "transportDocumentStatus", "termsAndConditions"),
    *("receiptTypeAtOrigin", "deliveryTypeAtDestination", "cargoMovementTypeAtOrigin"),
    *("cargoMovementTypeAtDestination", "carrierCode", "carrierCodeListProvider", "transports"),
)
"""What a carrier adds to shipping instructions, members of TransportDocument that they lack."""


def payload(name: str) -> dict[str, Any]:
    value: dict[str, Any] = exact_numbers(shared_path(f"samples/dcsa/{name}").read_text("utf-8"))
    return value


def bill_of_instructions(instructions: dict[str, Any]) -> dict[str, Any]:
    """The bill that a carrier makes of shipping instructions: its own members, the first holder at
    the top, and each container as `equipment`. The numbers of packages are as they were."""
    ours = example("bill-of-lading")
    bill = {**deepcopy(instructions), **{name: ours[name] for name in CARRIERS_OWN}}
    bill["issueTo"] = bill["documentParties"].pop("issueTo")
    bill["documentParties"]["issuingParty"] = ours["documentParties"]["issuingParty"]
    for each in bill["utilizedTransportEquipments"]:
        each["equipment"] = {"equipmentReference": each.pop("equipmentReference")}
    return bill


def instructions_of_bill(bill: dict[str, Any]) -> dict[str, Any]:
    """The way back."""
    instructions = {
        name: value for name, value in deepcopy(bill).items() if name not in CARRIERS_OWN
    }
    del instructions["documentParties"]["issuingParty"]
    instructions["documentParties"]["issueTo"] = instructions.pop("issueTo")
    for each in instructions["utilizedTransportEquipments"]:
        each["equipmentReference"] = each.pop("equipment")["equipmentReference"]
    return instructions


def committed(body: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The body that is on the ledger then, and the codes of the warnings."""
    ledger = Ledger()
    document = ledger.make("north-line", "bill-of-lading", body=body)
    (outcome,) = ledger.block(document)
    assert outcome.refusal is None, outcome.refusal
    body_there = ledger.log[document.id].body
    return body_there, [warning.code for warning in outcome.warnings]


def test_shipping_instructions_for_a_negotiable_bill_become_one_and_come_back_whole() -> None:
    instructions = payload("ebl-api-3.0.0-negotiable-bl.json")
    body, warned = committed(bill_of_instructions(instructions))
    assert instructions_of_bill(body) == instructions
    # DCSA's container MAEU6543210 and the LEI of its bank fail their check digits
    assert sorted(warned) == ["check-digit", "check-digit", "held-by-issuer"]


def test_an_issuance_request_is_a_bill_with_its_holder() -> None:
    request = payload("eblissuance-v3.0.0-request.json")
    body, warned = committed({**request["document"], "issueTo": request["issueTo"]})
    holder = body.pop("issueTo")
    assert {"document": body, "issueTo": holder} == request
    assert sorted(warned) == ["held-by-issuer", "reference-length"]


@pytest.mark.parametrize("name", ["pint-3.0.0-transport-document.json"])
def test_a_transport_document_of_pint_is_a_bill_as_it_is(name: str) -> None:
    body, warned = committed(payload(name))
    assert body == payload(name)
    assert sorted(warned) == ["held-by-issuer", "reference-length"]
