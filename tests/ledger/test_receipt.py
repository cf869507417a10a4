"""Receipts: what they prove, and that nothing else passes for one."""

from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.ledger.checkpoint import Checkpoint, CosignedCheckpoint, cosign, cosigner_name
from cocket.ledger.errors import Malformed
from cocket.ledger.keys import SigningKey
from cocket.ledger.merkle import leaf_hash, root
from cocket.ledger.note import Signature
from cocket.ledger.receipt import Inclusion, Receipt, verify_receipt
from cocket.ledger.tiles import Tree, grow

NETWORK = "green-lane"
TIME_S = 1_790_000_000
DOCUMENTS = [b"header.payload.%d" % number for number in range(300)]
LEAVES = [leaf_hash(document) for document in DOCUMENTS]
TILES = grow(0, LEAVES, lambda _: b"")
KEYS = {
    cosigner_name(NETWORK, organisation): SigningKey(sha256(organisation.encode()).digest())
    for organisation in ("customs-nl", "carrier-dk", "bank-sg", "customs-cn")
}
TRUSTED = {name: key.public_key for name, key in KEYS.items()}
QUORUM = 3


def cosigned(checkpoint: Checkpoint, signers: int = QUORUM, time_s: int = TIME_S) -> Receipt:
    lines = [
        cosign(key, name, str(checkpoint), time_s) for name, key in list(KEYS.items())[:signers]
    ]
    return Receipt(0, (), CosignedCheckpoint(checkpoint, tuple(lines)))


def receipt(index: int = 7, size: int = 300, signers: int = QUORUM) -> Receipt:
    checkpoint = Checkpoint(NETWORK, size, root(LEAVES[:size]), 42, sha256(b"state").digest())
    proof = Tree(TILES.__getitem__).inclusion_proof(index, size)
    return replace(cosigned(checkpoint, signers), index=index, proof=proof)


def with_lines(of: Receipt, *lines: Signature) -> Receipt:
    return replace(of, checkpoint=CosignedCheckpoint(of.checkpoint.checkpoint, lines))


def check(of: Receipt, document: bytes = DOCUMENTS[7], quorum: int = QUORUM) -> Inclusion:
    return verify_receipt(document, of, NETWORK, TRUSTED, quorum)


def test_a_receipt_proves_its_document_and_says_who_vouches_and_for_when() -> None:
    assert check(receipt()) == Inclusion(
        True,
        "leaf 7 of 300, in block 42 or before",
        ("green-lane/bank-sg", "green-lane/carrier-dk", "green-lane/customs-nl"),
        TIME_S,
    )


@given(st.data())
def test_every_leaf_of_every_tree_has_a_receipt_that_survives_printing(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 300))
    index = data.draw(st.integers(0, size - 1))
    printed = str(receipt(index, size))
    assert check(Receipt.parse(printed), DOCUMENTS[index]).holds


def test_the_only_leaf_of_a_tree_needs_an_empty_proof() -> None:
    lonely = receipt(0, 1)
    assert lonely.proof == ()
    assert check(Receipt.parse(str(lonely)), DOCUMENTS[0]).holds


@given(
    st.integers(0, 299),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63),
    st.binary(max_size=200),
)
def test_printing_and_parsing_receipts_are_inverse(
    index: int, proof: list[bytes], extra: bytes
) -> None:
    some = Receipt(index, tuple(proof), receipt().checkpoint, extra)
    assert Receipt.parse(str(some)) == some


def test_a_receipt_prints_as_tlog_proof_draws_it() -> None:
    lines = str(replace(receipt(), extra=b"example")).split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra ZXhhbXBsZQ==", "index 7"]
    assert len(lines[3:12]) == len(receipt().proof)
    assert lines[12:15] == ["", "green-lane", "300"]
    assert lines[16].startswith("block 42 ")
    assert lines[17] == ""
    assert [line.split(" ")[:2] for line in lines[18:21]] == [
        ["—", name] for name in list(KEYS)[:3]
    ]
    assert lines[21:] == [""]


@settings(max_examples=300)
@given(st.data())
def test_a_receipt_of_a_quorum_with_any_bit_flipped_is_malformed_or_does_not_hold(
    data: st.DataObject,
) -> None:
    original = str(receipt()).encode()
    bit = data.draw(st.integers(0, 8 * len(original) - 1))
    changed = bytearray(original)
    changed[bit // 8] ^= 1 << bit % 8
    try:
        parsed = Receipt.parse(changed.decode())
    except (Malformed, UnicodeDecodeError):
        return
    assert not check(parsed).holds


def test_a_receipt_with_any_byte_removed_or_repeated_is_malformed_or_does_not_hold() -> None:
    original = str(receipt())
    for at in range(len(original)):
        before, byte, after = original[:at], original[at], original[at + 1 :]
        for changed in (before + after, before + byte + byte + after):
            try:
                parsed = Receipt.parse(changed)
            except Malformed:
                continue
            assert not check(parsed).holds


def test_another_document_is_not_proven() -> None:
    verdict = check(receipt(), DOCUMENTS[8])
    assert not verdict.holds
    assert "does not lead" in verdict.reason
    assert not check(replace(receipt(), index=8)).holds
    assert not check(replace(receipt(), proof=receipt().proof[1:])).holds


def test_an_inner_node_cannot_pass_for_a_document() -> None:
    forged = receipt(0, 2)
    pair = LEAVES[0] + LEAVES[1]
    checkpoint = replace(forged.checkpoint.checkpoint, size=1)
    assert not check(cosigned(checkpoint), pair).holds


def test_a_receipt_of_another_log_does_not_hold() -> None:
    verdict = verify_receipt(DOCUMENTS[7], receipt(), "red-lane", TRUSTED, QUORUM)
    assert not verdict.holds
    assert verdict.reason == "the receipt is of the log green-lane, not of red-lane"


def test_one_cosignature_short_of_a_quorum_does_not_hold() -> None:
    verdict = check(receipt(signers=2))
    assert not verdict.holds
    assert verdict.reason == "2 of the trusted cosigners signed, 3 are needed"
    assert verdict.cosigners == ("green-lane/carrier-dk", "green-lane/customs-nl")


def test_lines_of_unknown_names_or_key_ids_are_ignored_and_not_counted() -> None:
    good = receipt()
    lines = good.checkpoint.cosignatures
    stranger = Signature("witness.example", b"\1\2\3\4", b"anything at all")
    old_key = Signature(lines[0].name, b"\1\2\3\4", b"of a key that was rotated out")
    assert check(with_lines(good, stranger, *lines, old_key)).holds
    assert not check(with_lines(good, stranger, *lines[:2], old_key)).holds


def test_one_wrong_cosignature_of_a_known_key_spoils_the_receipt() -> None:
    good = receipt(signers=4)
    *others, last = good.checkpoint.cosignatures
    for blob in (last.blob[:-1] + bytes([last.blob[-1] ^ 1]), last.blob[:-1], others[0].blob):
        verdict = check(with_lines(good, *others, replace(last, blob=blob)))
        assert not verdict.holds
        assert verdict.reason == f"the cosignature of {last.name} is not valid for its text"


def test_a_cosigner_counts_once_however_often_or_by_how_many_names_it_signs() -> None:
    good = receipt()
    first, second, _ = good.checkpoint.cosignatures
    assert not check(with_lines(good, first, first, second)).holds
    text, key = str(good.checkpoint.checkpoint), KEYS[first.name]
    again = cosign(key, first.name, text, TIME_S + 1)
    assert not check(with_lines(good, first, again, second)).holds
    alias = cosign(key, "green-lane/alias", text, TIME_S)
    trusted = TRUSTED | {"green-lane/alias": key.public_key}
    doubled = with_lines(good, first, alias, second)
    assert not verify_receipt(DOCUMENTS[7], doubled, NETWORK, trusted, QUORUM).holds


@pytest.mark.parametrize("lie", [0, 2**63 - 1])
def test_one_lying_clock_does_not_move_the_time_of_a_receipt(lie: int) -> None:
    good = receipt()
    *honest, liar = good.checkpoint.cosignatures
    text = str(good.checkpoint.checkpoint)
    lying = cosign(KEYS[liar.name], liar.name, text, lie)
    assert check(with_lines(good, lying, *honest)).time_s == TIME_S


def test_a_quorum_of_nobody_is_a_callers_mistake() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        check(receipt(), quorum=0)


def test_extra_data_proves_nothing_and_hurts_nothing() -> None:
    assert check(replace(receipt(), extra=b"anything")).holds


TEXT = str(receipt())


@pytest.mark.parametrize(
    "bad",
    [
        "",
        TEXT.replace("@v1", "@v2"),
        "\n" + TEXT,
        TEXT + "\n",
        TEXT[:-1],
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("index 7", "index 07"),
        TEXT.replace("index 7", "index -7"),
        TEXT.replace("index 7", "index  7"),
        TEXT.replace("index 7", "index 300"),
        TEXT.replace("index 7", "index 18446744073709551616"),
        TEXT.replace("index 7\n", ""),
        TEXT.replace("index 7", "index 7\nindex 7"),
        TEXT.replace("index 7", "index 7\nextra AAAA"),
        TEXT.replace("index 7", "extra \nindex 7"),
        TEXT.replace("index 7", "extra AAAA\nextra AAAA\nindex 7"),
        TEXT.replace("index 7", "extra AAB=\nindex 7"),
        TEXT.replace("index 7", "extra " + "AAAA" * 1366 + "\nindex 7"),
        TEXT.replace("index 7", "index 7\n"),
        TEXT.replace("index 7", "index 7\nAAAA"),
        TEXT.replace("\n\ngreen-lane", "\n" + ("A" * 43 + "=\n") * 55 + "\ngreen-lane"),
        TEXT.replace("\n\ngreen-lane", "\ngreen-lane"),
        TEXT.partition("\n\n")[0],
        "c2sp.org/tlog-proof@v1\n" + "A" * 200_000,
    ],
)
def test_any_other_receipt_is_malformed(bad: str) -> None:
    assert bad != TEXT
    with pytest.raises(Malformed):
        Receipt.parse(bad)


def test_a_receipt_that_could_not_be_printed_cannot_be_made() -> None:
    good = receipt()
    for bad in (
        {"index": -1},
        {"index": 300},
        {"proof": (b"short",)},
        {"proof": (bytes(32),) * 64},
    ):
        with pytest.raises(Malformed):
            replace(good, **bad)
    with pytest.raises(Malformed):
        replace(good, extra=bytes(4097))
