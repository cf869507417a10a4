"""Forms from strangers: bounded before anything is built, and none of YAML's powers."""

import time

import pytest

from cocket.forms import reading, text
from cocket.ledger.errors import Malformed
from tests.forms.making import form_of

HEAD = "type: commercial-invoice\n---\n"
BOMB = HEAD + "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{after}: &{after} [{','.join(['*' + before] * 9)}]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)  # fmt: skip


def refused(data: bytes | str) -> str:
    start = time.monotonic()
    with pytest.raises(Malformed) as error:
        reading.head(data if isinstance(data, bytes) else data.encode())
    assert time.monotonic() - start < 5
    return str(error.value)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (BOMB, "line 3: a value begins with & or *"),
        (HEAD + "a: *b\n", "line 3: a value begins with & or *"),
        (HEAD + "a: !!python/object/apply:os.system ['true']\n", "line 3: a value begins with !"),
        (HEAD + "a: !!binary aGk=\n", "line 3: a value begins with !"),
        (HEAD + "a: ! b\n", "line 3: a value begins with !"),
        (HEAD + "!x a: b\n", "line 3: a value begins with !"),
        ("%YAML 1.1\n---\na: b\n", "line 1: lines that begin with %"),
        ("%TAG ! tag:example.com,2026:\n---\na: b\n", "lines that begin with %"),
        (HEAD + "a: 1\nb: 2\na: 3\n", "line 5: a stands here and in line 3"),
        (HEAD + "<<: {a: 1}\n", "line 3: a name is missing"),
        (HEAD + "? [a, b]\n: c\n", "line 3: a name is a single text"),
        (HEAD + "? {a: b}\n: c\n", "line 3: a name is a single text"),
        (HEAD + "a: " + "[" * 100_000, "line 3: this is indented more than 16 times"),
        (HEAD + "- " * 50_000, "line 3: this is indented more than 16 times"),
        (HEAD + "a: " + "{a: " * 50_000, "line 3: this is indented more than 16 times"),
        (HEAD + "a: [" + "1," * 20_000 + "]", "line 3: a form has at most 10000 values"),
        (HEAD + "a: " + "x" * 300_000, "a form has at most 256 KiB"),
        (HEAD + "a:\tb: c\n", "line 3: "),
        (HEAD + "\ta: b\n", "line 3: there is a tab: indent with spaces"),
        (HEAD + 'a: "b\n', "a quote is opened and not closed"),
        (HEAD + "a: b: c\n", 'line 3: there is a second colon: put the value into "quotes"'),
        (HEAD + "a: 1\n   b: 2\n", "line 4: "),
        (HEAD + "a: @b\n", 'line 3: a value begins with this sign: put it into "quotes"'),
        (HEAD + "a\n", "two parts with ---"),
        (HEAD + "a: 1\n---\nb: 2\n", "two parts with ---"),
        ("type: commercial-invoice\n", "two parts with ---"),
        ("", "two parts with ---"),
        ("kind: x\n---\na: b\n", "line 1: above the --- there are type, consignments"),
        ("type: ../../etc\n---\na: b\n", "line 1: type: which document"),
        ("type: [a]\n---\na: b\n", "line 1: type: this is a single text"),
        ("type: hold\nconsignments:\n  - 'ä'\n---\na: b\n", "line 3: consignments"),
        ("type: hold\nreferences:\n  a b: c\n---\na: b\n", "line 3: a reference is written as"),
        (HEAD.encode() + b"a: \xff\n", "not text in UTF-8"),
        (HEAD + "a: \x07\n", "there is a character that cannot be seen"),
    ],
)
def test_what_no_person_would_write_is_refused_in_words(form: bytes | str, words: str) -> None:
    assert words in refused(form)


@pytest.mark.parametrize("cut", range(0, 9000, 211))
def test_a_form_that_was_cut_off_anywhere_is_read_or_refused(cut: int) -> None:
    data = form_of("commercial-invoice").encode()[:cut]
    try:
        reading.head(data)
    except Malformed as error:
        assert str(error)


def test_a_member_hidden_and_open_at_once_is_refused() -> None:
    head = reading.head((HEAD + "tax: 1\nhidden tax: 2\n").encode())
    with pytest.raises(Malformed, match=r"line 4: tax is there already"):
        reading.filled(head, {"type": "object"})


def test_the_deepest_form_that_is_taken_is_quick() -> None:
    start = time.monotonic()
    text.parse((HEAD + "a: " + "[" * 15 + "]" * 15).encode())
    assert time.monotonic() - start < 1
