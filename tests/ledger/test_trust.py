"""The trust bundle: its one form, its digest, its epochs and keys."""

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.ledger import canonical
from cocket.ledger.blocks import Kind
from cocket.ledger.errors import Malformed
from cocket.ledger.keys import base64url
from cocket.ledger.trust import BYTES_MAX, Epoch, TrustBundle
from tests import sample

EPOCHS = (
    Epoch(sample.committee(), 1, sample.sealing()),
    Epoch(sample.committee(2), 41, sample.sealing(2)),
    Epoch(sample.committee(3), 60),
)
BUNDLE = sample.bundle(epochs=EPOCHS)


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    """The bundle with a change, and a digest that fits it."""
    value = json.loads(BUNDLE.data)
    change(value)
    value.pop("digest", None)
    digest = base64url(sha256(canonical.encode(value)).digest())
    return canonical.encode({**value, "digest": digest})


def test_parsing_is_the_inverse_of_printing() -> None:
    for bundle in (BUNDLE, sample.bundle()):
        parsed = TrustBundle.parse(bundle.data)
        assert parsed == bundle
        assert parsed.data == bundle.data
        assert str(parsed).encode() == bundle.data


def test_the_digest_is_of_everything_else_and_changes_with_it() -> None:
    assert changed(lambda value: None) == BUNDLE.data
    assert json.loads(BUNDLE.data)["digest"] == BUNDLE.digest
    assert len(BUNDLE.digest) == 43
    assert replace(BUNDLE, height=101).digest != BUNDLE.digest


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_bundle_with_any_bit_flipped_is_malformed(data: st.DataObject) -> None:
    flipped = bytearray(BUNDLE.data)
    bit = data.draw(st.integers(0, len(flipped) * 8 - 1))
    flipped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Malformed):
        TrustBundle.parse(bytes(flipped))


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v.update(version=2),
        lambda v: v.update(more=1),
        lambda v: v.pop("genesis"),
        lambda v: v.update(network="Red"),
        lambda v: v.update(genesis="A" * 42),
        lambda v: v.update(genesis="A" * 42 + "B"),
        lambda v: v["asOf"].update(height=-1),
        lambda v: v["asOf"].update(height=58),
        lambda v: v["asOf"].update(time="now"),
        lambda v: v.update(epochs=[]),
        lambda v: v["epochs"].pop(1),
        lambda v: v["epochs"].pop(),
        lambda v: v["epochs"].reverse(),
        lambda v: v["epochs"][0].update({"from": 41}),
        lambda v: v["epochs"][0].update(sealing=None),
        lambda v: v["epochs"][0].update(sealing=""),
        lambda v: v["epochs"][0].update(sealing="é"),
        lambda v: v["epochs"][0].update(sealing=v["epochs"][0]["sealing"] + "="),
        lambda v: v["epochs"][2].update(sealing=v["epochs"][0]["sealing"]),
        lambda v: v["epochs"][0]["validators"].pop(),
        lambda v: v["epochs"][0]["validators"][0].update(vote="A" * 42),
        lambda v: v["epochs"][0]["validators"][0].update(organisation="X"),
        lambda v: v["epochs"][0]["validators"][0].update(more=""),
        lambda v: v["organisations"].reverse(),
        lambda v: v["organisations"].append(v["organisations"][-1]),
        lambda v: v["organisations"].append(7),
        lambda v: v["organisations"][0].update(country="XXX"),
        lambda v: v["issuers"].update(invoice=["merchant"]),
        lambda v: v["issuers"].update({sample.INVOICE: ["pirate"]}),
        lambda v: v["issuers"].update({sample.INVOICE: "merchant"}),
        lambda v: v["issuers"].update({sample.INVOICE: ["merchant"] * 9}),
    ],
)
def test_a_bundle_of_another_shape_is_malformed_even_with_a_fitting_digest(
    change: Callable[[dict[str, Any]], object],
) -> None:
    with pytest.raises(Malformed):
        TrustBundle.parse(changed(change))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b"[" * 1000,
        BUNDLE.data + b"\n",
        b" " * (BYTES_MAX + 1),
        json.dumps(json.loads(BUNDLE.data)).encode(),
    ],
)
def test_what_is_not_a_bundle_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed, match="trust bundle"):
        TrustBundle.parse(data)


@given(st.binary(max_size=100))
def test_no_bytes_raise_anything_but_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        TrustBundle.parse(data)


def test_before_the_first_block_a_bundle_names_the_validators_who_will_make_it() -> None:
    bundle = sample.bundle(height=0)
    assert TrustBundle.parse(bundle.data) == bundle
    assert bundle.epoch_at(1) == bundle.epochs[0]


def test_each_block_has_the_epoch_it_was_made_in() -> None:
    numbers = {}
    for height in (0, 1, 40, 41, 59, 60, 10**9):
        epoch = BUNDLE.epoch_at(height)
        numbers[height] = epoch and epoch.number
    assert numbers == {0: None, 1: 1, 40: 1, 41: 2, 59: 2, 60: 3, 10**9: 3}


def test_an_epoch_s_cosigners_are_named_as_in_receipts() -> None:
    cosigners = BUNDLE.epochs[0].cosigners()
    assert set(cosigners) == {f"green-lane/{each}" for each in sample.VALIDATORS}
    assert cosigners["green-lane/bank-sg"] == sample.key("bank-sg", "cosign").public_key


def test_an_epoch_is_sealed_by_a_quorum_of_its_own_finalizing_and_nothing_less() -> None:
    assert BUNDLE.chain_holds()
    for sealing in (
        sample.sealing(signers=2),
        sample.sealing(kind=Kind.NOTARIZE),
        sample.sealing(2),
    ):
        epochs = (replace(EPOCHS[0], sealing=sealing), *EPOCHS[1:])
        assert not sample.bundle(epochs=epochs).chain_holds()


def test_keys_are_found_by_thumbprint_and_only_if_they_sign_documents() -> None:
    ((organisation, key),) = BUNDLE.signing_keys(sample.key("merchant-be").thumbprint)
    assert organisation.id == "merchant-be"
    assert key.public_key == sample.key("merchant-be").public_key
    assert BUNDLE.signing_keys(sample.key("bank-sg", "vote").thumbprint) == []
    assert BUNDLE.organisation("bank-sg") == sample.organisation("bank-sg")
    assert BUNDLE.organisation("nobody") is None
