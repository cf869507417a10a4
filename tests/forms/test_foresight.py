"""The contract's word before the document is signed: right where it is said, else not said."""

from typing import Any

import pytest

from cocket.client import LedgerDocument, Wallet
from cocket.client.answers import Answer
from cocket.contracts import standard
from cocket.forms import foresight
from cocket.forms.foresight import Foreseen
from cocket.ledger.document import Document
from cocket.ledger.organisations import Organisation
from tests.forms.making import UCR, issued, standard_kind

LOTUS = Organisation("lotus", "Lotus Textiles Sdn. Bhd.", "MY", ("merchant",), "private", ())
NOORD = Organisation("noord", "Noord Mode B.V.", "NL", ("merchant",), "private", ())
CARRIER = Organisation("orient-star", "Orient Star Line", "SG", ("carrier",), "private", ())
CUSTOMS = Organisation("customs-nl", "Customs", "NL", ("customs",), "public", ())


class Numbers:
    """As much of a ledger as is asked for: which numbers are used."""

    def __init__(self, used: Document | None = None) -> None:
        self.used = used
        self.asked: list[tuple[str, str, str]] = []

    async def numbered(self, type: str, issuer: str, number: str) -> LedgerDocument | None:
        self.asked.append((type, issuer, number))
        if self.used is None:
            return None
        return LedgerDocument(Answer(id=self.used.id, state="committed"), self.used)


async def foresee(
    name: str, signer: Organisation, ledger: Any = None, refs: Any = None,
    hidden: tuple[str, ...] = (), **changes: Any,
) -> Foreseen:  # fmt: skip
    kind = standard_kind(name)
    body = {**standard.example(name), **changes}
    documents = {each.id: each for each in (refs or {}).values()}
    ids = {role: each.id for role, each in (refs or {}).items()}
    claims = foresight.claims_of(kind, Wallet.create(signer.id), body, (UCR,), ids)
    members = {each.id: each for each in (LOTUS, NOORD, CARRIER, CUSTOMS)}
    return await foresight.foreseen(kind, claims, documents, signer, members, ledger, hidden)


async def test_a_good_document_is_foreseen_to_be_taken() -> None:
    ledger = Numbers()
    assert await foresee("commercial-invoice", LOTUS, ledger) == Foreseen(None, (), True)
    assert ledger.asked == [("urn:cocket:commercial-invoice:1", "lotus", "lt-2026-0117")]


async def test_a_wrong_total_is_refused_as_the_ledger_would() -> None:
    told = await foresee("commercial-invoice", LOTUS, Numbers(), totalPaymentDue="20318.16")
    assert told.refusal is not None and told.certain
    assert (told.refusal.code, told.refusal.path) == ("invoice-total", "/body/totalPaymentDue")


async def test_a_used_number_is_refused() -> None:
    used = issued("commercial-invoice", "lotus").document
    told = await foresee("commercial-invoice", LOTUS, Numbers(used))
    assert told.refusal is not None and told.refusal.code == "duplicate-number"


@pytest.mark.parametrize(("name", "signer"), [("commercial-invoice", CARRIER), ("hold", LOTUS)])
async def test_who_may_not_sign_is_told_so(name: str, signer: Organisation) -> None:
    told = await foresee(name, signer, Numbers())
    assert told.refusal is not None and told.refusal.code == "wrong-role"
    assert signer.id in told.refusal.message


async def test_documents_are_compared_with_those_they_refer_to() -> None:
    invoice = issued("commercial-invoice", "lotus").document
    refs = {"invoice": invoice}
    assert (await foresee("packing-list", LOTUS, Numbers(), refs)).refusal is None
    told = await foresee("packing-list", LOTUS, Numbers(), refs, totalNumberOfPackages=41)
    assert told.refusal is not None and told.certain


async def test_what_only_the_ledger_knows_is_left_to_the_ledger() -> None:
    declaration = issued("import-declaration", "lotus").document
    told = await foresee("clearance", CUSTOMS, Numbers(), {"declaration": declaration})
    assert told == Foreseen(None, told.warnings, False)


async def test_a_bill_of_lading_is_foreseen_unless_its_title_is_there_already() -> None:
    assert (await foresee("bill-of-lading", CARRIER, Numbers())).certain
    used = issued("bill-of-lading", "orient-star").document
    assert not (await foresee("bill-of-lading", CARRIER, Numbers(used))).certain


async def test_a_person_is_foreseen_to_be_refused_open_and_taken_hidden() -> None:
    told = await foresee("visa-invitation", NOORD, Numbers())
    assert told.refusal is not None
    assert (told.refusal.code, told.refusal.path) == ("personal-data", "/body/invitee")
    told = await foresee("visa-invitation", NOORD, Numbers(), hidden=("/invitee",))
    assert told.refusal is None and told.certain


async def test_hiding_something_else_hides_no_person() -> None:
    told = await foresee("visa-invitation", NOORD, Numbers(), hidden=("/employer",))
    assert told.refusal is not None and told.refusal.code == "personal-data"


async def test_what_is_hidden_and_wrong_is_foreseen_to_be_refused_by_who_reads_it() -> None:
    told = await foresee(
        "commercial-invoice", LOTUS, Numbers(), hidden=("/totalPaymentDue",),
        totalPaymentDue="20318.16",
    )  # fmt: skip
    assert told.refusal is not None and told.refusal.code == "invoice-total"
