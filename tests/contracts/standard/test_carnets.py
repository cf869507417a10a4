"""Carnets: over any vouchers, no piece is where the list has none, and none comes back twice.

The list is of three items; the carnet is Dutch, and visits Malaysia. What the contract keeps is
compared with pieces that are counted here from the vouchers that it took.
"""

import json
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.ledger.document import Document
from tests.contracts.standard.build import Ledger

LISTED = Counter({1: 5, 2: 3, 3: 1})
GOODS = [
    {
        "itemNumber": number,
        "description": "Samples",
        "numberOfPieces": pieces,
        "value": "1.00",
        "originCountry": "NL",
    }
    for number, pieces in LISTED.items()
]
HOME, ABROAD = "customs-nl", "customs-my"
SIGNER = {
    "EXPORTATION": HOME,
    "REIMPORTATION": HOME,
    "IMPORTATION": ABROAD,
    "TRANSIT": ABROAD,
    "REEXPORTATION": ABROAD,
    "TRANSIT_END": ABROAD,
}
ENTRIES = {"REEXPORTATION": "IMPORTATION", "TRANSIT_END": "TRANSIT"}

some = st.dictionaries(st.sampled_from(sorted(LISTED)), st.integers(1, 6), min_size=1).map(Counter)
few = st.dictionaries(st.sampled_from(sorted(LISTED)), st.just(1), min_size=1).map(Counter)
vouchers = st.lists(
    st.tuples(st.integers(0, 63), st.one_of(st.none(), few, some), st.integers(0, 3)),
    min_size=12,
    max_size=24,
)
"""Of each: which kind, which pieces (None: all that there are), which entry."""


def make_carnet(ledger: Ledger, goods: list[dict[str, Any]]) -> Document:
    return ledger.make(
        "chamber-nl",
        "ata-carnet",
        hide=["/representative"],
        carnetNumber="NL/2026/1",
        country="NL",
        countries=["MY"],
        goodsItems=goods,
        totalNumberOfPieces=sum(item["numberOfPieces"] for item in goods),
        totalValue=f"{len(goods)}.00",
    )


class Books:
    """Where the pieces are, counted by hand."""

    def __init__(self) -> None:
        self.home = Counter(LISTED)
        self.way: Counter[int] = Counter()
        self.stays: dict[str, tuple[str, Counter[int]]] = {}

    def kind(self, choice: int) -> str:
        """A kind of voucher: of four choices three are of those that can come next."""
        opened = {kind for kind, there in self.stays.values() if there}
        next_ = [
            kind
            for kind in sorted(SIGNER)
            if (ENTRIES[kind] in opened if kind in ENTRIES else self.source(kind, None))
        ]
        kinds = next_ if choice % 4 else sorted(SIGNER)
        return kinds[choice // 4 % len(kinds)]

    def source(self, kind: str, entry: str | None) -> Counter[int] | None:
        """Where a voucher takes pieces from; None where there is no such place."""
        if kind in ENTRIES:
            opened, there = self.stays.get(entry or "", ("", Counter()))
            return there if opened == ENTRIES[kind] else None
        return self.home if kind == "EXPORTATION" else self.way

    def move(self, kind: str, moving: Counter[int], voucher: str, entry: str | None) -> None:
        source = self.source(kind, entry)
        assert source is not None
        source -= moving
        if kind in ("IMPORTATION", "TRANSIT"):
            self.stays[voucher] = (kind, Counter(moving))
        else:
            (self.home if kind == "REIMPORTATION" else self.way).update(moving)


def body_of(number: int, kind: str, moving: Counter[int] | None) -> dict[str, Any]:
    country = "NL" if SIGNER[kind] == HOME else "MY"
    body: dict[str, Any] = {
        "voucherNumber": f"V {number}",
        "voucherKind": kind,
        "customsOffice": f"{country}000510",
        "endorsedOn": "2026-03-04",
    }
    if kind in ("IMPORTATION", "TRANSIT"):
        body["reexportBy"] = "2026-06-30"
    if moving is not None:
        body["items"] = [{"itemNumber": n, "numberOfPieces": p} for n, p in moving.items()]
    return body


def counted(value: dict[str, int]) -> Counter[int]:
    return Counter({int(number): count for number, count in value.items()})


@settings(max_examples=40, deadline=None)
@given(vouchers)
def test_over_any_vouchers_no_more_is_out_than_listed_and_no_more_comes_back_than_was_out(
    steps: list[tuple[int, Counter[int] | None, int]],
) -> None:
    ledger, books = Ledger(), Books()
    carnet = make_carnet(ledger, GOODS)
    ledger.block(carnet)
    for number, (choice, wanted, which) in enumerate(steps):
        kind = books.kind(choice)
        refs = {"carnet": carnet.id}
        stays = [
            each
            for each, (opened, _) in books.stays.items()
            if opened == ENTRIES.get(kind) or choice % 4 == 0
        ]
        entry = stays[which % len(stays)] if kind in ENTRIES and stays else None
        if entry is not None:
            refs["entry"] = entry
        voucher = ledger.make(
            SIGNER[kind], "carnet-voucher", refs, body=body_of(number, kind, wanted)
        )
        source = books.source(kind, entry)
        there = Counter() if source is None else source
        moving = Counter(there) if wanted is None else wanted
        possible = bool(moving) and moving <= there
        (outcome,) = ledger.block(voucher)
        assert (outcome.refusal is None) == possible, (kind, wanted, outcome.refusal)
        if possible:
            books.move(kind, moving, voucher.id, entry)

    state = json.loads(ledger.state[f"carnet/{carnet.id}"])
    assert counted(state["home"]) == books.home
    assert counted(state["way"]) == books.way
    inside: Counter[int] = Counter()
    for voucher_id, (_, there) in books.stays.items():
        kept = json.loads(ledger.state.get(f"stay/{voucher_id}", b'{"pieces": {}}'))
        assert counted(kept["pieces"]) == +there
        inside += there
    assert books.home + books.way + inside == LISTED


def test_a_carnet_of_200_items_stays_within_its_steps() -> None:
    ledger = Ledger()
    goods = [{**GOODS[0], "itemNumber": number, "numberOfPieces": 9} for number in range(1, 201)]
    members: dict[str, Any] = {
        "goodsItems": goods,
        "totalNumberOfPieces": 1800,
        "totalValue": "200.00",
    }
    home: dict[str, Any] = {"carnetNumber": "NL/2026/1", "country": "NL", "countries": ["MY"]}
    carnet = ledger.make("chamber-nl", "ata-carnet", hide=["/representative"], **home, **members)
    (issued,) = ledger.block(carnet)
    assert issued.refusal is None
    all_out = ledger.make(
        HOME, "carnet-voucher", {"carnet": carnet.id}, body=body_of(1, "EXPORTATION", None)
    )
    half_in = ledger.make(
        ABROAD,
        "carnet-voucher",
        {"carnet": carnet.id},
        body=body_of(2, "IMPORTATION", Counter(dict.fromkeys(range(1, 201), 5))),
    )
    outcomes = ledger.block(all_out, half_in)
    assert [outcome.refusal for outcome in outcomes] == [None, None]
    assert max(outcome.steps for outcome in (issued, *outcomes)) < 25_000
