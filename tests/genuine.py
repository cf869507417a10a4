"""The genuine payloads beside this checkout, and how each becomes documents that commit."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cocket.client.payloads import bodies, with_members
from cocket.contracts.standard import example
from cocket.ledger.foreign import exact_numbers
from tests.shared import shared_path

FOLDER = "samples"


@dataclass(frozen=True, slots=True)
class Payload:
    """A payload.

    file      below the folder of samples;  type: of what it becomes;  issuer: who signs it
    members   what the type needs and the payload lacks, as `cocket submit --set` takes it
    refs      role -> the file of a payload before, or a name in `NEEDED`
    hidden    persons, who are not on the ledger, as `cocket submit --confidential` takes them
    warned    codes of the warnings with which its documents commit, each as often as it comes
    """

    file: str
    type: str
    issuer: str
    members: tuple[str, ...] = ()
    refs: dict[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()

    def read(self) -> dict[str, Any]:
        """The payload, its numbers exact."""
        value: dict[str, Any] = exact_numbers(shared_path(f"{FOLDER}/{self.file}").read_text())
        return value

    def bodies(self) -> list[dict[str, Any]]:
        """What it becomes."""
        return [with_members(body, self.members) for body in bodies(self.type, self.read())]


def bill_with(container: str, **members: Any) -> dict[str, Any]:
    """The example of a bill of lading, with its goods in this container."""
    bill = {**example("bill-of-lading"), **members}
    bill["consignmentItems"][0]["cargoItems"][0]["equipmentReference"] = container
    bill["utilizedTransportEquipments"][0]["equipment"]["equipmentReference"] = container
    return bill


def noticed_bill() -> dict[str, Any]:
    """The bill of lading that DCSA's arrival notice is of."""
    bill = bill_with("HLCU1234567", transportDocumentReference="HLCUSGS250302123")
    bill["transports"]["portOfLoading"] = {"UNLocationCode": "AEJEA"}
    bill["transports"]["portOfDischarge"] = {"UNLocationCode": "SGSIN"}
    return bill


def needed() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Bills that payloads refer to and that are not among them: name, issuer, body."""
    tracked = bill_with("APZU4812090", transportDocumentReference="HHL71800000")
    yield "bill that is tracked", "north-line", tracked
    yield "bill that arrives", "north-line", noticed_bill()


def carriers_own() -> tuple[str, ...]:
    """What a carrier adds to shipping instructions to make them a bill of lading."""
    return (
        *("/transportDocumentReference=DCSA-BL-1", "/transportDocumentStatus=ISSUED"),
        *("/termsAndConditions=Any reference in…", "/carrierCode=NLBV"),
        *("/receiptTypeAtOrigin=CY", "/deliveryTypeAtDestination=CY"),
        *("/cargoMovementTypeAtOrigin=FCL", "/cargoMovementTypeAtDestination=FCL"),
        "/carrierCodeListProvider=SMDG",
        '/transports={"plannedDepartureDate": "2026-03-04", "plannedArrivalDate": "2026-03-29", '
        '"portOfLoading": {"UNLocationCode": "BRSSZ"}, "portOfDischarge": {"UNLocationCode": '
        '"NLAMS"}, "vesselVoyages": [{"vesselName": "Soya", "carrierExportVoyageNumber": "1"}]}',
        '/documentParties/issuingParty={"partyName": "North Line", "address": {"street": '
        '"Ruijggoordweg", "city": "Amsterdam", "countryCode": "NL"}, "identifyingCodes": '
        '[{"codeListProvider": "SMDG", "codeListName": "LCL", "partyCode": "NLBV"}]}',
    )


PAYLOADS = (
    Payload("traceability/PurchaseOrderCredential.json", "purchase-order", "noord"),
    Payload("traceability/CommercialInvoiceCredential.json", "commercial-invoice", "lotus"),
    Payload(
        "traceability/PackingListCredential.json",
        "packing-list",
        "lotus",
        members=("/packingListNumber=XM-PL-329",),
        refs={"purchaseOrder": "traceability/PurchaseOrderCredential.json"},
        warned=("weight-total",),  # 4302 + 44 + 160 kg are not the 4038 kg it states
    ),
    Payload(
        "traceability/SeaCargoManifestCredential.json",
        "sea-cargo-manifest",
        "north-line",
        members=(
            *("/manifestNumber=MCL-W-0239", "/issueDate=2022-03-10"),
            '/totalGrossWeight={"value": "98420", "unitCode": "KGM"}',
            "/transportDocumentInformation/0/description=Coffee machines",
            "/transportDocumentInformation/0/hsEdition=2022",
        ),
        warned=("check-digit", "check-digit"),  # the ship's number and a container's
    ),
    Payload(
        "traceability/CBP7501EntrySummaryCredential.json",
        "import-declaration",
        "noord",
        members=("/goodsItems/0/hsEdition=2022",),
    ),
    Payload(
        "traceability/USMCACertificationOfOrigin.json",
        "certificate-of-origin",
        "prime-steel",
        members=(
            *("/certificateNumber=APS-2023-1", "/issueDate=2023-01-01"),
            "/goodsItems/0/hsEdition=2022",
        ),
        hidden=("/signatory",),
        warned=("agreement-not-published",),  # customs of MX are not on this ledger
    ),
    Payload(
        "dcsa/booking-api-2.0.0-regular.json",
        "booking",
        "north-line",
        members=("/carrierBookingReference=NLB1",),
    ),
    Payload(
        "dcsa/ebl-api-3.0.0-negotiable-bl.json",
        "bill-of-lading",
        "north-line",
        members=carriers_own(),
        # DCSA's container MAEU6543210 and the LEI of its bank fail their check digits
        warned=("check-digit", "check-digit", "held-by-issuer"),
    ),
    Payload(
        "dcsa/eblissuance-v3.0.0-request.json",
        "bill-of-lading",
        "north-line",
        warned=("held-by-issuer", "reference-length"),
    ),
    Payload(
        "dcsa/pint-3.0.0-transport-document.json",
        "bill-of-lading",
        "orient-star",
        warned=("held-by-issuer", "reference-length"),
    ),
    Payload(
        "dcsa/tnt-300-response.json",
        "transport-event",
        "north-line",
        refs={"transportDocument": "bill that is tracked"},
        warned=("check-digit",),  # the ship's number, in one of five events
    ),
    Payload(
        "dcsa/arrivalnotice-api-100-post-basic-request.json",
        "arrival-notice",
        "north-line",
        refs={"transportDocument": "bill that arrives"},
        warned=("check-digit",),  # the container HLCU1234567
    ),
)
