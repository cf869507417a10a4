"""DCSA's own bookings, events and arrival notices commit, and nothing of them is lost."""

from typing import Any

from cocket.contracts.standard import example
from cocket.ledger.foreign import exact_numbers
from tests.contracts.standard.build import Ledger
from tests.shared import shared_path


def payload(name: str) -> dict[str, Any]:
    value: dict[str, Any] = exact_numbers(shared_path(f"samples/dcsa/{name}").read_text("utf-8"))
    return value


def bill_with(container: str, **members: Any) -> dict[str, Any]:
    """The example of a bill of lading, with its goods in this container."""
    bill = {**example("bill-of-lading"), **members}
    bill["consignmentItems"][0]["cargoItems"][0]["equipmentReference"] = container
    bill["utilizedTransportEquipments"][0]["equipment"]["equipmentReference"] = container
    return bill


def test_a_booking_commits_with_the_number_that_the_carrier_gives_it() -> None:
    ledger = Ledger()
    body = {**payload("booking-api-2.0.0-regular.json"), "carrierBookingReference": "NLB1"}
    identity = ledger.commit("north-line", "booking", body=body)
    assert ledger.log[identity].body == body


def test_events_of_all_five_kinds_commit_as_they_are() -> None:
    ledger = Ledger()
    bill = ledger.commit("north-line", "bill-of-lading", body=bill_with("APZU4812090"))
    events = payload("tnt-300-response.json")["events"]
    for event in events:
        identity = ledger.commit(
            "north-line", "transport-event", {"transportDocument": bill}, body=event
        )
        assert ledger.log[identity].body == event
    assert len(events) == 5


def test_an_arrival_notice_commits_as_it_is() -> None:
    ledger = Ledger()
    (notice,) = payload("arrivalnotice-api-100-post-basic-request.json")["arrivalNotices"]
    bill = bill_with("HLCU1234567", transportDocumentReference=notice["transportDocumentReference"])
    bill["transports"]["portOfLoading"] = {"UNLocationCode": "AEJEA"}
    bill["transports"]["portOfDischarge"] = {"UNLocationCode": "SGSIN"}
    refs = {"transportDocument": ledger.commit("north-line", "bill-of-lading", body=bill)}
    identity = ledger.commit("north-line", "arrival-notice", refs, body=notice)
    assert ledger.log[identity].body == notice
