"""Verification: what passes, what fails which verdict, and that no flipped bit ever passes."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.client import SdJwt, Verdicts, Wallet, verify
from cocket.ledger.blocks import Kind
from cocket.ledger.trust import Epoch
from tests import sample

BODY = {"invoiceNumber": "INV-7", "items": [{"price": "10.50", "hsCode": "090111"}], "note": "é"}
NOW = sample.TIME_S + 1000


def wallet(organisation: str = "merchant-be", network: str = sample.NETWORK) -> Wallet:
    return Wallet(
        organisation,
        network,
        sample.key(organisation),
        clock=lambda: sample.TIME_S - 60.0,
        random=lambda size: bytes(range(size)),
    )


INVOICE = wallet().issue(
    "commercial-invoice", BODY, ucr=["9BE123"], confidential=["/items/0/price"]
)
OTHERS = [wallet().issue("note", {"number": number}).document.jws for number in range(6)]
LOG = [*OTHERS[:4], INVOICE.document.jws, *OTHERS[4:]]
RECEIPT = sample.receipt(LOG, 4)
BUNDLE = sample.bundle()


def results(verdicts: Verdicts) -> tuple[str, str, str, str]:
    return (
        verdicts.integrity.result,
        verdicts.issuer.result,
        verdicts.inclusion.result,
        verdicts.status.result,
    )


def included(document: SdJwt, height: int = sample.HEIGHT) -> Verdicts:
    receipt = sample.receipt([document.document.jws], 0, height=height)
    return verify(document, receipt, BUNDLE, now=NOW)


def test_a_sound_document_passes_on_everything_but_a_status_nobody_was_asked_for() -> None:
    verdicts = verify(INVOICE, RECEIPT, BUNDLE, now=NOW)
    assert results(verdicts) == ("pass", "pass", "pass", "unknown")
    assert verdicts.ok
    assert verdicts.integrity.facts["disclosed"] == 1
    assert verdicts.issuer.facts["legalName"] == "The merchant-be organisation"
    assert verdicts.issuer.facts["role"] == "merchant"
    assert verdicts.inclusion.facts["index"] == 4
    assert verdicts.inclusion.facts["size"] == 7
    assert verdicts.inclusion.facts["time"] == sample.TIME_S
    assert verdicts.status.facts["asOf"] == sample.TIME_S
    assert "integrity  pass" in str(verdicts)


def test_texts_as_they_were_saved_verify_like_values() -> None:
    values = verify(INVOICE, RECEIPT, BUNDLE, now=NOW)
    assert verify(str(INVOICE), str(RECEIPT), str(BUNDLE), now=NOW) == values
    texts = (str(INVOICE).encode(), str(RECEIPT).encode(), BUNDLE.data)
    assert verify(*texts, now=NOW) == values


def test_a_bare_jws_verifies_and_says_how_much_it_hides() -> None:
    verdicts = verify(INVOICE.document.jws, RECEIPT, BUNDLE, now=NOW)
    assert verdicts.ok
    assert verdicts.integrity.facts["hidden"] == 1
    assert verify(INVOICE.document, RECEIPT, BUNDLE, now=NOW) == verdicts


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_document_with_any_bit_flipped_never_passes_on_integrity(data: st.DataObject) -> None:
    text = str(INVOICE).encode()
    bit = data.draw(st.integers(0, len(text) * 8 - 1))
    verdicts = verify(flipped(text, bit), RECEIPT, BUNDLE, now=NOW)
    assert verdicts.integrity.result != "pass"
    assert not verdicts.ok


@pytest.mark.parametrize("signers", [sample.VALIDATORS[:3], sample.VALIDATORS])
def test_a_receipt_with_any_bit_flipped_never_passes_on_inclusion(signers: tuple[str, ...]) -> None:
    text = str(sample.receipt(LOG, 4, signers=signers)).encode()
    assert verify(INVOICE, text, BUNDLE, now=NOW).inclusion.result == "pass"
    for byte in range(len(text)):
        verdicts = verify(INVOICE, flipped(text, byte * 8 + byte % 8), BUNDLE, now=NOW)
        assert verdicts.inclusion.result == "fail", byte
        assert verdicts.integrity.result == "pass"
        assert verdicts.issuer.result == "unknown"


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_trust_bundle_with_any_bit_flipped_proves_nothing(data: st.DataObject) -> None:
    bit = data.draw(st.integers(0, len(BUNDLE.data) * 8 - 1))
    verdicts = verify(INVOICE, RECEIPT, flipped(BUNDLE.data, bit), now=NOW)
    assert results(verdicts) == ("unknown", "unknown", "unknown", "unknown")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=300), st.binary(max_size=300))
def test_whatever_strangers_hand_over_gets_verdicts_and_never_raises(
    document: bytes, receipt: bytes, trust: bytes
) -> None:
    assert not verify(document, receipt, trust, now=NOW).ok
    assert not verify(INVOICE, receipt, trust, now=NOW).ok
    assert not verify(document, RECEIPT, BUNDLE, now=NOW).ok
    lossy = [each.decode("utf-8", "surrogateescape") for each in (document, receipt, trust)]
    assert not verify(lossy[0], lossy[1], lossy[2], now=NOW).ok


@pytest.mark.parametrize("thing", [123, None, 1.5, [], {}, object(), memoryview(b"x")])
def test_what_is_no_document_receipt_or_bundle_at_all_gets_verdicts_with_a_reason(
    thing: Any,
) -> None:
    no_document = verify(thing, RECEIPT, BUNDLE, now=NOW)
    assert no_document.integrity.result == "fail"
    assert type(thing).__name__ in no_document.integrity.reason
    if thing is not None:
        no_receipt = verify(INVOICE, thing, BUNDLE, now=NOW)
        assert results(no_receipt)[:3] == ("pass", "unknown", "fail")
        assert type(thing).__name__ in no_receipt.inclusion.reason
    no_bundle = verify(INVOICE, RECEIPT, thing, now=NOW)
    assert not no_bundle.ok
    assert type(thing).__name__ in no_bundle.issuer.reason


@pytest.mark.parametrize("now", ["today", float("nan"), []])
def test_no_time_that_is_no_time_makes_an_expiring_document_good(now: Any) -> None:
    expiring = wallet().issue("note", {"a": "b"}, expires=NOW)
    assert verify(expiring, None, BUNDLE, now=now).status.result == "fail"


def test_a_disclosure_that_belongs_to_another_document_fails_integrity_alone() -> None:
    other = wallet().issue("note", {"secret": "x"}, confidential=["/secret"])
    forged = SdJwt(INVOICE.document, other.disclosures)
    assert results(verify(forged, RECEIPT, BUNDLE, now=NOW))[:3] == ("fail", "pass", "pass")


def test_a_document_signed_by_another_than_the_key_it_names_fails_integrity_and_issuer() -> None:
    parts = INVOICE.document.jws.split(b".")
    parts[2] = OTHERS[0].split(b".")[2]
    verdicts = verify(b".".join(parts), RECEIPT, BUNDLE, now=NOW)
    assert results(verdicts)[:3] == ("fail", "fail", "fail")


def test_a_document_in_the_name_of_another_organisation_fails_on_the_issuer() -> None:
    forger = replace(wallet("carrier-dk"), organisation="merchant-be")
    verdicts = included(forger.issue("commercial-invoice", BODY))
    assert results(verdicts)[:3] == ("pass", "fail", "pass")
    assert "merchant-be has no signing key" in verdicts.issuer.reason


def test_a_role_that_may_not_issue_a_type_fails_on_the_issuer() -> None:
    verdicts = included(wallet("carrier-dk").issue("commercial-invoice", BODY))
    assert results(verdicts)[:3] == ("pass", "fail", "pass")
    assert "carrier-dk is none" in verdicts.issuer.reason


def test_a_type_that_any_member_may_sign_takes_any_role() -> None:
    assert included(wallet("bank-sg").issue("note", {})).issuer.result == "pass"


def test_a_stranger_fails_on_the_issuer_and_leaves_the_signature_unknown() -> None:
    stranger = Wallet("stranger", sample.NETWORK, sample.key("stranger"))
    assert results(included(stranger.issue("note", {})))[:3] == ("unknown", "fail", "pass")


def test_what_is_newer_than_the_bundle_is_unknown_rather_than_wrong() -> None:
    stranger = Wallet("stranger", sample.NETWORK, sample.key("stranger"))
    verdicts = included(stranger.issue("note", {}), height=101)
    assert verdicts.issuer.result == "unknown"
    assert "newer than the trust bundle" in verdicts.issuer.reason
    assert included(wallet().issue("new-type", {}), height=101).issuer.result == "unknown"
    assert included(wallet().issue("new-type", {}), height=100).issuer.result == "fail"


def test_a_key_counts_only_in_the_blocks_it_is_valid_for() -> None:
    members = tuple(
        sample.organisation(each, until=sample.HEIGHT if each == "merchant-be" else None)
        for each in sorted(sample.ROLES)
    )
    ended = sample.bundle(members)
    log = [INVOICE.document.jws]
    before = verify(INVOICE, sample.receipt(log, 0, height=sample.HEIGHT - 1), ended, now=NOW)
    after = verify(INVOICE, sample.receipt(log, 0), ended, now=NOW)
    assert before.issuer.result == "pass"
    assert results(after)[:3] == ("pass", "fail", "pass")


def test_without_a_receipt_nothing_proves_when_a_key_signed() -> None:
    verdicts = verify(INVOICE, None, BUNDLE, now=NOW)
    assert results(verdicts) == ("pass", "unknown", "unknown", "unknown")
    assert not verdicts.ok


def test_a_document_for_another_network_fails_on_the_issuer() -> None:
    foreign = wallet(network="red-lane").issue("commercial-invoice", BODY)
    assert included(foreign).issuer.result == "fail"


def test_too_few_validators_fail_inclusion() -> None:
    few = sample.receipt(LOG, 4, signers=sample.VALIDATORS[:2])
    assert "3 are needed" in verify(INVOICE, few, BUNDLE, now=NOW).inclusion.reason


def test_a_receipt_for_another_document_fails_inclusion_alone() -> None:
    verdicts = verify(INVOICE, sample.receipt(LOG, 3), BUNDLE, now=NOW)
    assert results(verdicts)[:3] == ("pass", "unknown", "fail")


def test_a_receipt_with_data_that_nobody_signed_fails() -> None:
    assert verify(INVOICE, replace(RECEIPT, extra=b"x"), BUNDLE, now=NOW).inclusion.result == "fail"


def test_the_validators_of_an_epoch_vouch_only_for_its_blocks() -> None:
    newer = ("bank-sg", "carrier-dk", "customs-cn", "merchant-be")
    epochs = (
        Epoch(sample.committee(), 1, sample.sealing()),
        Epoch(sample.committee(2, newer), 41),
    )
    bundle = sample.bundle(epochs=epochs)
    old, new = ("bank-sg", "carrier-dk", "customs-nl"), ("bank-sg", "carrier-dk", "merchant-be")
    for height, signers, expected in (
        (40, old, "pass"),
        (40, new, "fail"),
        (41, new, "pass"),
        (41, old, "fail"),
    ):
        receipt = sample.receipt(LOG, 4, height=height, signers=signers)
        assert verify(INVOICE, receipt, bundle, now=NOW).inclusion.result == expected


@pytest.mark.parametrize(
    "sealing", [sample.sealing(signers=2), sample.sealing(kind=Kind.NOTARIZE), sample.sealing(2)]
)
def test_an_epoch_that_its_own_validators_did_not_seal_proves_nothing(sealing: object) -> None:
    epochs = (Epoch(sample.committee(), 1, sealing), Epoch(sample.committee(2), 41))
    verdicts = verify(INVOICE, RECEIPT, sample.bundle(epochs=epochs), now=NOW)
    assert results(verdicts)[:3] == ("pass", "unknown", "unknown")


def test_a_receipt_from_before_the_bundle_begins_is_unknown() -> None:
    late = sample.bundle(epochs=(Epoch(sample.committee(), sample.HEIGHT + 1),))
    assert verify(INVOICE, RECEIPT, late, now=NOW).inclusion.result == "unknown"


def test_an_expired_document_fails_on_status_and_a_later_one_does_not() -> None:
    document = wallet().issue("note", {}, expires=NOW)
    receipt = sample.receipt([document.document.jws], 0)
    expired = verify(document, receipt, BUNDLE, now=NOW)
    assert results(expired) == ("pass", "pass", "pass", "fail")
    assert not expired.ok
    assert verify(document, receipt, BUNDLE, now=NOW - 1).ok


def test_expiry_is_measured_by_the_machine_s_clock_unless_told_otherwise() -> None:
    assert verify(wallet().issue("note", {}, expires=1), None, BUNDLE).status.result == "fail"
    late = wallet().issue("note", {}, expires=2**40)
    assert verify(late, None, BUNDLE).status.result == "unknown"


def test_a_status_certificate_is_not_taken_for_an_answer() -> None:
    status = verify(INVOICE, RECEIPT, BUNDLE, "as of block 9 …", now=NOW).status
    assert status.result == "unknown"
    assert "does not read status certificates" in status.reason


def test_times_beyond_the_calendar_are_shown_as_numbers() -> None:
    document = INVOICE.document.jws
    far = sample.receipt([document], 0, time_s=2**62)
    verdict = verify(INVOICE, far, BUNDLE, now=NOW).inclusion
    assert verdict.result == "pass"
    assert f"second {2**62}" in verdict.reason


def test_the_bundle_of_another_network_fails_what_it_cannot_vouch_for() -> None:
    epoch = Epoch(replace(sample.committee(), network="red-lane"), 1)
    other = replace(BUNDLE, network="red-lane", epochs=(epoch,))
    assert results(verify(INVOICE, RECEIPT, other, now=NOW))[1:3] == ("fail", "fail")
