"""SD-JWT: documents with their disclosures, printed, parsed and presented (RFC 9901)."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.ledger.document import Document, sign
from cocket.ledger.errors import Malformed, Refused
from cocket.ledger.sdjwt import (
    DISCLOSURES_MAX,
    SD_JWT_CHARACTERS_MAX,
    SdJwt,
    conceal,
    reveal,
)
from tests import sample
from tests.ledger.disclosing import ELEMENT, concealed, member, salts

BODY = {"seller": "S", "items": [{"price": "1.00"}, {"price": "2.00"}], "total": "3.00"}
HIDDEN = ["/items/0/price", "/items/1", "/items/1/price", "/total"]


def issued(body: dict[str, Any] = BODY, hidden: list[str] = HIDDEN) -> SdJwt:
    open_body, disclosures = conceal(body, hidden, salts())
    claims = {
        "iss": "merchant-be",
        "aud": "green-lane",
        "iat": 1_790_000_000,
        "jti": "AAAAAAAAAAAAAAAAAAAAAA",
        "vct": sample.INVOICE,
        "ucr": [],
        "refs": {},
        "body": open_body,
    }
    if disclosures:
        claims["_sd_alg"] = "sha-256"
    return SdJwt(sign(claims, sample.key("merchant-be")), disclosures)


@given(concealed())
@settings(max_examples=50)
def test_printing_and_parsing_are_inverse(case: tuple[dict[str, Any], list[str]]) -> None:
    document = issued(*case)
    parsed = SdJwt.parse(str(document))
    assert parsed == document
    assert str(parsed) == str(document)
    assert parsed.reveal().body == case[0]
    assert parsed.id == document.document.id


def test_the_jws_comes_first_and_every_part_ends_in_a_tilde() -> None:
    document = issued()
    parts = str(document).split("~")
    assert parts[0].encode() == document.document.jws
    assert parts[1:] == [*map(str, document.disclosures), ""]
    assert str(SdJwt(document.document)) == document.document.jws.decode() + "~"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "",
        lambda text: "~",
        lambda text: text[:-1],
        lambda text: text + "~",
        lambda text: "~" + text,
        lambda text: text + "\n",
        lambda text: text + "eyJ.key-binding.x",
        lambda text: text.replace("~", "~~", 1),
        lambda text: text + "é~",
        lambda text: text + str(ELEMENT) + "=~",
        lambda text: text + "~" * SD_JWT_CHARACTERS_MAX,
        lambda text: text + f"{ELEMENT}~" * (DISCLOSURES_MAX + 1),
        lambda text: text + f"{member('a', 'x' * 50_000)}~" * 16,
    ],
)
def test_an_sd_jwt_of_another_shape_is_malformed_or_refused(spoil: Callable[[str], str]) -> None:
    with pytest.raises((Malformed, Refused)):
        SdJwt.parse(spoil(str(issued())))


@settings(max_examples=300)
@given(st.data())
def test_a_flipped_bit_is_noticed_by_parsing_revealing_or_the_signature(
    data: st.DataObject,
) -> None:
    changed = bytearray(str(issued()).encode())
    bit = data.draw(st.integers(0, len(changed) * 8 - 1))
    changed[bit // 8] ^= 1 << bit % 8
    key = sample.key("merchant-be").public_key
    try:
        document = SdJwt.parse(changed.decode("latin-1"))
        document.reveal()
    except (Malformed, Refused):
        return
    thumbprint = sample.key("merchant-be").thumbprint
    assert document.document.kid != thumbprint or not document.document.signature_valid(key)


def test_a_holder_shows_only_what_it_chooses_and_what_that_stands_in() -> None:
    document = issued()
    shown = document.present(["/items/1/price"])
    assert len(shown.disclosures) == 2
    assert shown.document == document.document
    assert shown.reveal().body == {"seller": "S", "items": [{}, {"price": "2.00"}]}
    assert document.present([]).disclosures == ()
    assert document.present(HIDDEN).reveal().body == BODY


def test_a_member_that_is_not_hidden_cannot_be_presented() -> None:
    for path in ("/seller", "/nothing", "", "/items/0"):
        with pytest.raises(Refused) as caught:
            issued().present([path])
        assert caught.value.refusal.code == "not-hidden"


def test_what_the_ledger_keeps_is_a_document_without_what_is_hidden() -> None:
    document = Document.parse(issued().document.jws)
    assert document.claims["_sd_alg"] == "sha-256"
    assert reveal(document.body, ()).body == {"seller": "S", "items": [{}]}
    assert reveal(document.body, ()).hidden == 3
