"""Genuine payloads become bodies: all that they say is in there, and nothing that they do not."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from cocket.cli import app
from cocket.client import Wallet, files
from cocket.client.payloads import bodies, with_members
from cocket.contracts.standard import contract_texts, type_urn
from cocket.ledger.errors import Malformed
from tests.genuine import FOLDER, PAYLOADS, Payload
from tests.shared import shared_path

DOCUMENTS = Path(__file__).parents[2] / "docs" / "documents"
OTHERWISE = {
    # units, UN/ECE recommendation 20
    **{"kg": "KGM", "lbs": "LBR", "cbm": "MTQ", "cmb": "MTQ"},
    # countries, ISO 3166
    **{"USA": "US", "United States": "US", "Japan": "JP", "Mexico": "MX", "Hong Kong SAR": "HK"},
    # times to the second; a certificate holds for days
    "2022-03-01T12:54Z": "2022-03-01T12:54:00Z",
    "2022-03-12T00:00Z": "2022-03-12T00:00:00Z",
    "2022-02-06T07:20Z": "2022-02-06T07:20:00Z",
    "2023-01-01T20:29:37+00:00": "2023-01-01",
    "2023-12-31T20:29:37+00:00": "2023-12-31",
    # codes: without points, with their country, without what goes without saying
    "2204.21.60 00": "2204216000",
    "2709": "US2709",
    "IMO1208812": "1208812",
    "Ocean": "1",
    "MasterBillOfLading": "MASTER",
    # a name whole, an address in lines, a party with what it does
    **{"John": "John Doe", "Doe": "John Doe"},
    **dict.fromkeys(
        ["MCL Multi Container Line LTD.", "Rm. 3501, 35/F Manhatten Place, 23 Wang Tai Road"],
        "MCL Multi Container Line LTD., Rm. 3501, 35/F Manhatten Place, 23 Wang Tai Road",
    ),
    "Coffee Machine Imports": "Prosumer Coffee Supplies, Ltd.: Coffee Machine Imports",
}
"""What a payload says -> how the body says it."""

LEFT = {
    r"/@context/\d+": "the vocabulary: a document's type names its own",
    r"/id": "the credential's id: a document here is called by its digest",
    r"/validFrom": "when the credential was issued: a document says it itself, in `iat`",
    r"(/.*)?/type/\d+": "what kind of thing this is, which its place in the body says",
    r".*/commodityCodeType": "HS, which is what `hsCode` is",
    r".*/(net|gross)Tonnage/unitCode": "a ship's tonnage is a number without unit",
}
"""What has no place in a body, and why."""

DERIVED = {"US", "USMCA", "EXPORTER"}
"""What a form says by being that form: whose it is, which agreement, who certifies."""


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value with its JSON pointer."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from leaves(member, f"{path}/{name}")
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from leaves(item, f"{path}/{place}")
    else:
        yield path, value


def said(value: Any) -> str:
    """A value as text: numbers are text here."""
    return OTHERWISE.get(str(value), str(value))


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.file)
def test_all_that_a_payload_says_is_in_the_body_or_left_out_for_a_reason(payload: Payload) -> None:
    found = {str(value) for body in payload.bodies() for _, value in leaves(body)}
    missing = [
        (path, value)
        for path, value in leaves(payload.read())
        if said(value) not in found and not any(re.fullmatch(each, path) for each in LEFT)
    ]
    assert missing == []


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.file)
def test_a_body_says_nothing_that_the_payload_does_not(payload: Payload) -> None:
    known = {said(value) for _, value in leaves(payload.read())} | DERIVED
    bodies_alone = bodies(payload.type, payload.read())
    assert [each for each in leaves(bodies_alone) if str(each[1]) not in known] == []


def test_every_payload_has_its_line() -> None:
    folder = shared_path(FOLDER)
    files = {str(path.relative_to(folder)) for path in folder.rglob("*.json")}
    assert files == {payload.file for payload in PAYLOADS}


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.file)
def test_what_becomes_of_a_payload_and_what_it_lacks_is_documented(payload: Payload) -> None:
    page = (DOCUMENTS / "payloads.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if f"]({payload.type}.md)" in line]
    lacking = [f"`{member.partition('=')[0]}`" for member in payload.members]
    assert any(all(member in row for member in lacking) for row in rows), lacking


def test_dcsa_bills_are_as_they_are_but_for_their_holder_and_containers() -> None:
    (issuance,) = [each for each in PAYLOADS if each.file.startswith("dcsa/eblissuance")]
    (body,) = issuance.bodies()
    assert {"issueTo": body.pop("issueTo"), "document": body} == issuance.read()
    (pint,) = [each for each in PAYLOADS if each.file.startswith("dcsa/pint")]
    assert pint.bodies() == [pint.read()]


ORDER = next(each for each in PAYLOADS if each.type == "purchase-order")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"colour": "red"}, "/credentialSubject/colour has no place in this document type"),
        ({"items": [{"tint": 1}]}, "/credentialSubject/items/0/tint has no place"),
        ({"items": "all"}, "/credentialSubject/items is an object"),
        ({"totalWeight": {"value": "1"}}, "/credentialSubject/totalWeight/unitCode is a text"),
        (
            {"totalOrderAmount": {"price": 1, "priceCurrency": "EUR"}},
            "/credentialSubject/totalOrderAmount is not in USD, as other amounts are",
        ),
        (
            {"buyer": {"name": "X", "location": {"address": {"addressCountry": "Atlantis"}}}},
            "/credentialSubject/buyer/location/address: 'Atlantis' is no country",
        ),
        ({"buyer": {"name": "X"}}, "Generic Motors of America is no such party"),
        ({"seller": [{"name": "X"}, {"name": "Y"}]}, "has 2 entries: there is place for one"),
    ],
)
def test_what_has_no_place_is_told_and_not_forgotten(change: dict[str, Any], sentence: str) -> None:
    credential = ORDER.read()
    credential["credentialSubject"] |= change
    with pytest.raises(Malformed, match=re.escape(sentence)):
        bodies("purchase-order", credential)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("aUSD/:1", max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("type"), inner),
    max_leaves=3,
)


@given(data=st.data(), value=JSON)
def test_whatever_is_wrong_in_a_payload_is_malformed_and_nothing_worse(
    data: st.DataObject, value: Any
) -> None:
    payload = data.draw(st.sampled_from(PAYLOADS))
    changed: Any = payload.read()
    path, _ = data.draw(st.sampled_from(sorted(leaves(changed), key=str)))
    parts = path[1:].split("/")
    above = data.draw(st.integers(0, len(parts) - 1))
    place = changed
    for part in parts[:above]:
        place = place[int(part)] if isinstance(place, list) else place[part]
    last = parts[above]
    place[int(last) if isinstance(place, list) else last] = value
    with contextlib.suppress(Malformed):
        assert all(isinstance(body, dict) for body in bodies(payload.type, changed))


def test_a_credential_becomes_what_it_is_and_nothing_else() -> None:
    with pytest.raises(Malformed, match="becomes a purchase-order, not a commercial-invoice"):
        bodies("commercial-invoice", ORDER.read())
    with pytest.raises(Malformed, match="only credentials are known of"):
        bodies("purchase-order", {**ORDER.read(), "type": ["VerifiableCredential"]})
    body = {"invoiceNumber": "1"}
    assert bodies("commercial-invoice", body) == [body]


def test_members_are_added_where_there_are_none() -> None:
    body = {"a": {"b": 1}, "list": [{}]}
    added = with_members(body, ["/a/c=text", "/list/0/d=[1]", "/yes=true", "/n=007", '/q="true"'])
    assert added == {
        "a": {"b": 1, "c": "text"},
        "list": [{"d": [1]}],
        "yes": True,
        "n": "007",
        "q": "true",
    }
    assert body == {"a": {"b": 1}, "list": [{}]}


@pytest.mark.parametrize(
    ("member", "sentence"),
    [
        ("a", "given as /path=value"),
        ("a=1", "given as /path=value"),
        ("/a/b=2", "the file has this already: 1"),
        ("/x/y=2", "no such place"),
        ("/list/7/x=2", "no such place"),
        ("/a/b/c=2", "only objects have members"),
        ("/x={", "not JSON"),
    ],
)
def test_members_that_cannot_be_added_are_told(member: str, sentence: str) -> None:
    with pytest.raises(Malformed, match=sentence):
        with_members({"a": {"b": 1}, "list": []}, [member])


def test_every_credential_becomes_a_type_there_is() -> None:
    types = {text.type for text in contract_texts()}
    assert {type_urn(payload.type) for payload in PAYLOADS} <= types


# From the command line


@pytest.fixture
def at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wallet:
    """A wallet in `wallet.json`, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COCKET_PASSWORD", "correct horse")
    wallet = Wallet.create("north-line")
    wallet.save("wallet.json", "correct horse")
    return wallet


def command(payload: Payload, *more: str) -> Result:
    """`cocket issue` of a payload."""
    members = [word for member in payload.members for word in ("--set", member)]
    file = str(shared_path(f"{FOLDER}/{payload.file}"))
    words = ["issue", file, "--type", payload.type, "--wallet", "wallet.json", "-o", "signed"]
    return CliRunner().invoke(app, [*words, *members, *more])


@pytest.mark.usefixtures("at_hand")
@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.file)
def test_a_payload_is_signed_from_the_command_line(payload: Payload) -> None:
    result = command(payload)
    assert result.exit_code == 0, result.stderr
    signed = [document.document.body for document in files.read_signed(Path("signed"))]
    assert signed == payload.bodies()


@pytest.mark.usefixtures("at_hand")
def test_a_member_that_the_file_has_is_not_changed_from_the_command_line() -> None:
    result = command(ORDER, "--set", "/orderDate=2026-01-01")
    assert result.exit_code == 1
    assert "the file has this already" in " ".join(result.stderr.split())
    assert not Path("signed").exists()
