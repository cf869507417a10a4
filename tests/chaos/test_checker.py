"""The checker must fail on every kind of broken promise, and find nothing where all were kept."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from cocket.ledger.document import sign
from cocket.ledger.keys import base64url
from cocket.ledger.merkle import leaf_hash
from tests import sample
from tests.chaos.checker import Leaf, Observed, check
from tests.chaos.load import Book, HeldReceipt, Kind, Sent

NODES = ("carrier-dk", "customs-cn", "customs-nl")


def sent(number: int, kind: Kind = Kind.SOUND, state: str | None = "pending") -> Sent:
    claims = {
        "iss": "merchant-be",
        "aud": sample.NETWORK,
        "iat": sample.TIME_S,
        "jti": base64url(number.to_bytes(16, "big")),
        "vct": sample.INVOICE,
        "ucr": [],
        "refs": {},
        "body": {"invoiceNumber": str(number)},
    }
    document = sign(claims, sample.key("merchant-be"))
    return Sent(document.id, kind, document.jws, state=state)


def leaf(place: int, each: Sent) -> Leaf:
    return Leaf(each.id, place, each.id, leaf_hash(each.jws))


def held(log: list[Sent], index: int, node: str = NODES[0]) -> HeldReceipt:
    receipt = sample.receipt([each.jws for each in log], index)
    return HeldReceipt(log[index].id, log[index].jws, str(receipt), node)


SOUND = [sent(number) for number in range(6)]
WINNER = sent(6, Kind.RIVAL)
LOSER = sent(7, Kind.RIVAL)
HOPELESS = sent(8, Kind.HOPELESS, None)
STRANGE = sent(9, state=None)
WINNER.rival, LOSER.rival = LOSER.id, WINNER.id
LOG = [*SOUND, WINNER]


def kept() -> Observed:
    """What is seen of a network that kept every promise."""
    everyone = {each.id: replace(each) for each in [*LOG, LOSER, HOPELESS, STRANGE]}
    everyone[SOUND[0].id].state, everyone[SOUND[0].id].index = "committed", 0
    states = {WINNER.id: "committed", LOSER.id: "refused", HOPELESS.id: "unknown"}
    checkpoint = str(sample.receipt([each.jws for each in LOG], 0).checkpoint)
    return Observed(
        book=Book(everyone, [held(LOG[:3], 1)]),
        logs={node: [leaf(place, each) for place, each in enumerate(LOG)] for node in NODES},
        states={node: dict(states) for node in NODES},
        checkpoints=dict.fromkeys(NODES, checkpoint),
        receipts=[held(LOG, index, node) for node in NODES for index in (0, 6)],
        trust=str(sample.bundle()),
    )


def with_log(seen: Observed, node: str, log: list[Leaf]) -> Observed:
    return replace(seen, logs={**seen.logs, node: log})


def codes(seen: Observed) -> set[str]:
    return {finding.code for finding in check(seen)}


def test_nothing_is_found_where_every_promise_was_kept() -> None:
    assert check(kept()) == []


def test_a_document_that_got_no_answer_may_be_there_or_not() -> None:
    log = [*LOG, STRANGE]
    checkpoint = str(sample.receipt([each.jws for each in log], 0).checkpoint)
    seen = replace(
        kept(),
        logs={node: [leaf(place, each) for place, each in enumerate(log)] for node in NODES},
        checkpoints=dict.fromkeys(NODES, checkpoint),
    )
    assert check(seen) == []


def test_an_acknowledged_document_that_one_node_lacks_is_lost() -> None:
    seen = kept()
    log = [leaf(place, each) for place, each in enumerate(LOG[:3] + LOG[4:])]
    assert {"lost", "forked"} <= codes(with_log(seen, NODES[2], log))


def test_an_acknowledged_document_that_no_node_has_is_lost() -> None:
    seen = kept()
    log = [leaf(place, each) for place, each in enumerate(LOG[:-2] + LOG[-1:])]
    assert "lost" in codes(replace(seen, logs=dict.fromkeys(NODES, log)))


def test_a_document_that_stands_twice_is_found_even_if_it_does_so_everywhere() -> None:
    log = [leaf(place, each) for place, each in enumerate([*LOG, SOUND[2]])]
    assert "doubled" in codes(replace(kept(), logs=dict.fromkeys(NODES, log)))


def test_two_documents_in_another_order_on_one_node_are_a_fork() -> None:
    seen = kept()
    swapped = [*LOG[:4], LOG[5], LOG[4], *LOG[6:]]
    log = [leaf(place, each) for place, each in enumerate(swapped)]
    assert "forked" in codes(with_log(seen, NODES[1], log))


def test_a_document_at_another_index_than_was_promised_is_found() -> None:
    seen = kept()
    seen.book.sent[SOUND[0].id].index = 3
    assert codes(seen) == {"moved"}


def test_a_document_whose_bytes_are_not_what_its_id_says_is_found() -> None:
    seen = kept()
    altered = replace(seen.logs[NODES[0]][1], listed_id=SOUND[2].id)
    log = [*seen.logs[NODES[0]]]
    log[1] = altered
    assert codes(with_log(seen, NODES[0], log)) == {"altered"}


@pytest.mark.parametrize("intruder", [HOPELESS, LOSER])
def test_what_must_not_be_committed_is_found_in_the_log(intruder: Sent) -> None:
    seen = kept()
    log = [leaf(place, each) for place, each in enumerate([*LOG, intruder])]
    assert "refused" in codes(replace(seen, logs=dict.fromkeys(NODES, log)))


def test_what_was_refused_for_good_and_is_there_is_found() -> None:
    seen = kept()
    seen.book.sent[SOUND[4].id].state = "refused"
    assert codes(seen) == {"refused"}


def test_two_acknowledged_rivals_of_which_neither_is_there_are_found() -> None:
    seen = kept()
    log = [leaf(place, each) for place, each in enumerate(SOUND)]
    assert "undecided" in codes(replace(seen, logs=dict.fromkeys(NODES, log)))


def test_nodes_that_answer_differently_for_one_document_are_found() -> None:
    seen = kept()
    states = {**seen.states, NODES[1]: {**seen.states[NODES[1]], LOSER.id: "pending"}}
    assert codes(replace(seen, states=states)) == {"other-answer"}


Doctor = Callable[[HeldReceipt], HeldReceipt]
DOCTORS: dict[str, Doctor] = {
    "of another document": lambda held: replace(held, jws=SOUND[5].jws),
    "cut short": lambda held: replace(held, text=held.text[:-20]),
    "a problem instead": lambda held: replace(held, text='{"code":"not-yet-final"}'),
    "too few cosigned": lambda held: replace(
        held, text="\n".join(held.text.splitlines()[:-1]) + "\n"
    ),
    "another index": lambda held: replace(held, text=held.text.replace("index 1", "index 2")),
}


@pytest.mark.parametrize("doctor", DOCTORS.values(), ids=list(DOCTORS))
def test_a_receipt_from_the_run_that_does_not_verify_is_found(doctor: Doctor) -> None:
    seen = kept()
    seen.book.receipts[:] = map(doctor, seen.book.receipts)
    assert codes(seen) == {"bad-receipt"}


def test_a_receipt_of_a_tree_that_is_not_the_log_s_is_found_though_it_verifies() -> None:
    other = held([SOUND[3], SOUND[4], SOUND[5]], 0)
    seen = kept()
    seen.book.receipts.append(other)
    assert codes(seen) == {"other-root"}


def test_a_node_whose_newest_checkpoint_is_of_another_root_or_too_short_is_found() -> None:
    for log in ([*SOUND[::-1], WINNER], LOG[:-1]):
        checkpoint = str(sample.receipt([each.jws for each in log], 0).checkpoint)
        seen = kept()
        seen = replace(seen, checkpoints={**seen.checkpoints, NODES[2]: checkpoint})
        assert codes(seen) == {"other-root"}
