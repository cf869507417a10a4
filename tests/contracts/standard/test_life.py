"""What all types have in common: dates, references in force, supersession, escrow, tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.contracts.language import Contract, compile_contract
from cocket.contracts.schema import Schema
from cocket.contracts.standard import assembled_schema, assembled_source, example
from cocket.ledger import canonical
from cocket.ledger.document import Document, sign
from cocket.ledger.errors import Refused
from cocket.ledger.keys import SigningKey
from tests.contracts.standard.build import ABSENT, Ledger

NOW = 1_772_600_000  # 2026-03-04
TODAY = "2026-03-04"
OTHER = {"ucr": ["26MY999999999LT9999"]}
dates = st.dates(date(1900, 1, 1), date(2099, 12, 31))


def contract(*lines: str) -> Contract:
    """A contract whose `check` consists of these lines."""
    head = ['"""A test."""', "SIGNED_BY = []", "WRITES = []", "def check(doc, signer):"]
    body = ['    body = doc["body"]', *[f"    {line}" for line in lines]]
    return compile_contract(assembled_source("\n".join([*head, *body])), "urn:cocket:a-type:1")


@dataclass
class World:
    """A host of what it is given."""

    state: dict[str, Any] = field(default_factory=dict)
    log: dict[str, Document] = field(default_factory=dict)

    def get(self, key: str) -> bytes | None:
        return canonical.encode(self.state[key]) if key in self.state else None

    def put(self, key: str, value: bytes | None) -> None:
        self.state[key] = value

    def document(self, identity: str) -> Document | None:
        return self.log.get(identity)

    def organisation(self, identity: str) -> None:
        return None

    def code_list(self, name: str) -> Mapping[str, int | None]:
        return {"EUR": 2, "JPY": 0} if name == "currency" else {"NL": None}

    def commit(self, **claims: Any) -> str:
        """The id of a document of an-other type with these claims."""
        whole = {
            "iss": "lotus",
            "aud": "green-lane",
            "iat": NOW,
            "jti": "AAAAAAAAAAAAAAAAAAAAAA",
            "vct": "urn:cocket:an-other:1",
            "ucr": [],
            "refs": {},
            "body": {},
            **claims,
        }
        document = sign(whole, SigningKey(bytes(32)))
        self.log[document.id] = document
        return document.id

    def says(self, what: Contract, body: Any = None, **claims: Any) -> str | None:
        """The code with which `what` refuses a document with these claims; None if it does not."""
        doc = {"iss": "lotus", "ucr": [], "refs": {}, "time": NOW, "id": "A" * 43, **claims}
        run = what.run({**doc, "vct": "urn:cocket:a-type:1", "body": body or {}}, {}, self)
        return None if run.refusal is None else run.refusal.code


# Dates


@given(day=dates)
@settings(max_examples=200)
def test_days_are_those_of_the_calendar(day: date) -> None:
    body = {"date": day.isoformat(), "days": (day - date(1970, 1, 1)).days}
    assert World().says(DAYS, body) is None


DAYS = contract('require(days(body["date"]) == body["days"], "other", "days")')
SECONDS = contract('require(seconds(body["moment"]) == body["s"], "other", "seconds")')


@given(
    moment=st.datetimes(datetime(1900, 1, 2), datetime(2099, 12, 30)),
    minutes=st.integers(-14 * 60, 14 * 60),
)
@settings(max_examples=200)
def test_moments_with_offsets_are_the_same_second_everywhere(
    moment: datetime, minutes: int
) -> None:
    there = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    body = {"moment": there.isoformat(), "s": int(there.timestamp())}
    assert World().says(SECONDS, body) is None
    utc = there.astimezone(UTC)
    assert World().says(SECONDS, {**body, "moment": utc.strftime("%Y-%m-%dT%H:%M:%SZ")}) is None


DATE = Schema(assembled_schema({"type": "object", "properties": {"d": {"$ref": "#/$defs/date"}}}))
MOMENT = Schema(
    assembled_schema({"type": "object", "properties": {"d": {"$ref": "#/$defs/dateTime"}}})
)


def valid(schema: Schema, value: str) -> bool:
    try:
        schema.validate({"d": value})
    except Refused:
        return False
    return True


@given(year=st.integers(1900, 2099), month=st.integers(0, 13), day=st.integers(0, 32))
@settings(max_examples=300)
def test_a_date_is_one_that_the_calendar_has(year: int, month: int, day: int) -> None:
    try:
        date(year, month, day)
        real = True
    except ValueError:
        real = False
    assert valid(DATE, f"{year}-{month:02}-{day:02}") == real


@pytest.mark.parametrize("leap", ["1904", "1996", "2000", "2024", "2028", "2096"])
def test_leap_days_are_dates(leap: str) -> None:
    assert valid(DATE, f"{leap}-02-29") and valid(MOMENT, f"{leap}-02-29T23:59:59Z")


@pytest.mark.parametrize(
    "text",
    ["1900-02-29", "2023-02-29", "2026-3-4", "1899-12-31", "2100-01-01", "2026-03-04T10:00:00Z"],
)
def test_other_texts_are_no_dates(text: str) -> None:
    assert not valid(DATE, text)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("2026-03-04T10:15:00Z", True),
        ("2026-03-04T10:15:00+08:00", True),
        ("2026-03-04T24:00:00Z", False),
        ("2026-03-04T10:15:00", False),
        ("2026-03-04 10:15:00Z", False),
        ("2026-02-30T10:15:00Z", False),
        ("2026-03-04T10:15:00+15:00", False),
    ],
)
def test_a_moment_has_an_offset_and_a_time_of_day(text: str, right: bool) -> None:
    assert valid(MOMENT, text) == right


# References


REFER = contract('references(doc, {"paper": ["an-other"]}, ["paper"])')


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({}, None),
        ({"exp": NOW + 1}, None),
        ({"exp": NOW}, "reference-expired"),
        ({"body": {"validUntil": TODAY}}, None),
        ({"body": {"validUntil": "2026-03-03"}}, "reference-expired"),
        ({"body": {"validFrom": TODAY}}, None),
        ({"body": {"validFrom": "2026-03-05"}}, "reference-not-yet-valid"),
        ({"ucr": ["A"]}, None),
        ({"ucr": ["B", "A"]}, None),
        ({"ucr": ["B"]}, "other-consignment"),
        ({"vct": "urn:cocket:a-third:1"}, "wrong-reference-type"),
        ({"vct": "urn:cocket:an-other:2"}, None),
    ],
)
def test_a_reference_is_in_force_and_of_the_consignment(
    claims: dict[str, Any], code: str | None
) -> None:
    world = World()
    refs = {"paper": world.commit(**claims)}
    assert world.says(REFER, refs=refs, ucr=["A"]) == code


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("bound", None),
        ("revoked", "reference-revoked"),
        ("superseded", "reference-superseded"),
        ("ended", "reference-ended"),
    ],
)
def test_what_became_of_a_document_decides_whether_others_build_on_it(
    state: str, code: str | None
) -> None:
    world = World()
    paper = world.commit()
    world.state[f"status/{paper}"] = {"state": state, "by": "B" * 43}
    assert world.says(REFER, refs={"paper": paper}) == code


def test_a_contract_says_which_references_it_takes_and_which_it_needs() -> None:
    world = World()
    paper = world.commit()
    assert world.says(REFER) == "reference-missing"
    assert world.says(REFER, refs={"paper": paper, "paper-2": paper}) is None
    assert world.says(REFER, refs={"paper": paper, "papers": paper}) == "reference-unexpected"


# Supersession, through the engine


def test_an_amended_invoice_keeps_its_number_and_takes_the_place_of_the_first() -> None:
    ledger = Ledger()
    first = ledger.commit("lotus", "commercial-invoice")
    why = {"amendmentReason": "A wrong date.", "invoiceDate": "2026-03-03"}
    refs = {"supersedes": first}
    second = ledger.commit("lotus", "commercial-invoice", refs, **why)
    refusal = ledger.refusal("noord", "import-declaration", {"invoice": first})
    assert refusal.code == "reference-superseded" and second in refusal.message
    ledger.commit("noord", "import-declaration", {"invoice": second})
    assert ledger.refused("lotus", "commercial-invoice", refs, **why) == "reference-superseded"
    assert ledger.refused("lotus", "commercial-invoice") == "duplicate-number"
    ledger.commit("lotus", "commercial-invoice", {"supersedes": second}, **why)


def test_a_replacement_with_a_new_number_leaves_the_old_number_taken() -> None:
    ledger = Ledger()
    first = ledger.commit("lotus", "commercial-invoice")
    why = {"amendmentReason": "Sold to another.", "invoiceNumber": "LT-2"}
    ledger.commit("lotus", "commercial-invoice", {"supersedes": first}, **why)
    assert ledger.refused("lotus", "commercial-invoice") == "duplicate-number"


@pytest.mark.parametrize(
    ("who", "members", "code"),
    [
        ("noord", {"amendmentReason": "Mine."}, "not-the-issuer"),
        ("lotus", {"amendmentReason": ABSENT}, "amendment-reason-missing"),
    ],
)
def test_only_the_issuer_replaces_a_document_and_says_why(
    who: str, members: dict[str, Any], code: str
) -> None:
    ledger = Ledger()
    refs = {"supersedes": ledger.commit("lotus", "commercial-invoice")}
    assert ledger.refused(who, "commercial-invoice", refs, **members) == code


def test_a_reason_without_a_document_to_replace_is_refused() -> None:
    reason = {"amendmentReason": "No reason."}
    assert Ledger().refused("lotus", "commercial-invoice", **reason) == "amendment-unexpected"


def test_what_another_document_relies_on_is_not_replaced() -> None:
    ledger = Ledger()
    declaration = ledger.commit("noord", "import-declaration")
    clearance = ledger.commit("customs-nl", "clearance", {"declaration": declaration})
    why = {"amendmentReason": "Too late."}
    refusal = ledger.refusal("noord", "import-declaration", {"supersedes": declaration}, **why)
    assert refusal.code == "reference-bound" and clearance in refusal.message


def test_of_two_replacements_in_one_block_the_first_commits_and_the_second_names_it() -> None:
    ledger = Ledger()
    refs = {"supersedes": ledger.commit("lotus", "commercial-invoice")}
    why = {"amendmentReason": "A wrong date."}
    two = [ledger.make("lotus", "commercial-invoice", refs, **why) for _ in range(2)]
    first, second = ledger.block(*two)
    assert first.refusal is None
    assert second.refusal is not None and two[0].id in second.refusal.message


# What other documents did


ESCROW = {"collection": "C", "hub": "bank", "seller": "lotus", "buyer": "noord", "until": NOW}
HELD = contract(
    'title = held(get("title", "x"), doc["time"])',
    'require(title["controller"] == body["who"], "other", "another controls it")',
)


@pytest.mark.parametrize(("time", "who"), [(NOW, "bank"), (NOW + 1, "lotus")])
def test_a_title_in_escrow_is_the_sellers_again_once_the_deadline_has_passed(
    time: int, who: str
) -> None:
    world = World({"title/x": {"controller": "bank", "escrow": ESCROW}})
    assert world.says(HELD, {"who": who}, time=time) is None
    assert world.says(HELD, {"who": "noord"}, time=time) == "other"


TABLE = contract(
    'table = table_on("NL", "de-minimis", body["on"])',
    'require((table or {}).get("value") == body["value"], "other", "another table")',
)


@pytest.mark.parametrize(
    ("on", "value"),
    [("2020-12-31", None), ("2021-07-01", "150"), ("2026-06-30", "150"), ("2026-07-01", "0")],
)
def test_the_table_of_a_day_is_the_one_that_was_in_effect(on: str, value: str | None) -> None:
    world = World(
        {
            "tables/NL/de-minimis": ["2021-07-01", "2026-07-01"],
            "table/NL/de-minimis/2021-07-01": {"value": "150"},
            "table/NL/de-minimis/2026-07-01": {"value": "0"},
        }
    )
    assert world.says(TABLE, {"on": on, "value": value}) is None


KILOGRAMS = contract(
    'require(kilograms(body["w"]) == decimal(body["kg"]), "other", "another weight")'
)


@pytest.mark.parametrize(
    ("weight", "kg"),
    [
        ({"value": "12.5", "unitCode": "KGM"}, "12.5"),
        ({"value": "100", "unit": "LBR"}, "45.359237"),
        ({"value": "1.5", "unitCode": "TNE"}, "1500"),
    ],
)
def test_weights_compare_in_kilograms(weight: dict[str, str], kg: str) -> None:
    assert World().says(KILOGRAMS, {"w": weight, "kg": kg}) is None


ACT = contract(
    'refs = references(doc, {"powerOfAttorney": []}, [])',
    'require(may_act_for(doc, refs, "noord", "DECLARE", "NL"), "no", "no authority")',
)


@pytest.mark.parametrize(
    ("issuer", "body", "allowed"),
    [
        ("noord", {}, True),
        ("lotus", {}, False),
        ("noord", {"acts": ["PAY"]}, False),
        ("noord", {"countries": ["BE"]}, False),
        ("noord", {"agent": {"organisation": "bank"}}, False),
    ],
)
def test_whoever_acts_for_another_has_its_power_of_attorney_for_just_that(
    issuer: str, body: dict[str, Any], allowed: bool
) -> None:
    power = {"agent": {"organisation": "swift"}, "acts": ["DECLARE"], "countries": ["NL"], **body}
    world = World()
    refs = {"powerOfAttorney": world.commit(iss=issuer, body=power)}
    assert world.says(ACT, iss="swift", refs=refs) == (None if allowed else "no")
    assert world.says(ACT, iss="noord") is None


def test_a_manifest_of_200_transport_documents_is_taken_back_within_its_steps() -> None:
    ledger = Ledger()
    bill = example("sea-cargo-manifest")["transportDocumentInformation"][0]
    bill = {name: bill[name] for name in ("description", "grossWeight", "numberOfPackages")}
    bills = [{**bill, "transportDocumentNumber": f"OSLU{number:08}"} for number in range(200)]
    weight = 200 * Decimal(bill["grossWeight"]["value"])
    members: dict[str, Any] = {
        "transportDocumentInformation": bills,
        "totalGrossWeight": {**bill["grossWeight"], "value": str(weight)},
        "totalNumberOfPackages": 200 * bill["numberOfPackages"],
    }
    manifest = ledger.commit("orient-star", "sea-cargo-manifest", **members)
    assert sum(key.startswith("manifested/") for key in ledger.state) == 200
    outcome = ledger.outcome("orient-star", "revocation", {"document": manifest})
    assert outcome.refusal is None
    assert outcome.steps < 50_000
    assert not any(key.startswith("manifested/") for key in ledger.state)
