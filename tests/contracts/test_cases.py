"""The format of cases, and how they are played: what is wrong is found, and told by its line."""

from typing import Any

import pytest

from cocket.contracts.cases import Change, Clock, Issue, Member, Put, parse
from cocket.contracts.rehearsal import START_S, Sample, Stage
from cocket.ledger.errors import Malformed
from cocket.ledger.genesis import ContractText

TEA = '''"""Tea: each number once; thirteen leaves are bad luck."""
SIGNED_BY = ["merchant"]
WRITES = ["tea"]

def check(doc, signer):
    body = doc["body"]
    known = get("tea", body["number"])
    require(known is None, "taken", "the number is taken by", known, "/body/number")
    if shown(body, "leaves", "luck"):
        require(body["leaves"] != "13", "bad-luck", "no tea of 13 leaves", "/body/leaves")
    if body["number"] == "0":
        warn("odd", "an odd number", "/body/number")
    if "cup" in doc["refs"]:
        put("tea", "cup", document(doc["refs"]["cup"], "cup")["body"]["size"])
    put("tea", body["number"], doc["id"])
    put("tea", "old", None)
    emit("brewed", {"number": body["number"], "time": doc["time"]})
'''
CUP = '''"""Cup: a cup."""
SIGNED_BY = ["carrier"]
WRITES = ["cup"]

def check(doc, signer):
    require(get("cup", "licence") is not None, "no-licence", "cups need a licence")
    put("cup", doc["id"], doc["body"]["size"])
'''
TEA_SCHEMA = {
    "type": "object",
    "properties": {
        "number": {"type": "string"},
        "leaves": {"type": "string", "x-confidential": True},
        "pots": {"type": "array", "items": {"type": "object"}},
    },
}
EXAMPLE = {"number": "1", "leaves": "7", "pots": [{"of": {"clay": "red"}}]}
TEA_CASES = """# the example
tea by lotus
"""
CUP_CASES = """# the example
state cup/licence = true
cup by orient-star
"""


def played(text: str, tea: str = TEA_CASES, cup: str = CUP_CASES) -> list[str]:
    """The problems of the last case in `text`, among the cases of tea."""
    samples = [
        Sample(ContractText("urn:cocket:tea:1", TEA, TEA_SCHEMA), EXAMPLE, parse(tea + text)),
        Sample(
            ContractText("urn:cocket:cup:1", CUP, {"type": "object"}), {"size": "L"}, parse(cup)
        ),
    ]
    case = samples[0].cases[-1]
    return list(Stage(samples).play(samples[0], case).problems)


# The format


def test_a_case_is_what_happens_in_order() -> None:
    (case,) = parse(
        "# a title\n# and a remark\n\n"
        "member bank-nl NL payment,observer\n"
        'state a/b c = {"n": 1}\n'.replace("b c", "b-c")
        + "time 2026-03-28T10:00:00Z\n"
        "first = tea by lotus\n"
        '    /number = "2"\n'
        "    /leaves hidden\n"
        "    /pots = 3 * {}\n"
        "    /x absent\n"
        '    ref cup = "' + "A" * 43 + '"\n'
        "    ref pot = cup\n"
        "    ref can absent\n"
        '    ucr = ["X"]\n'
        "    exp = 2026-04-01\n"
        "    without cup\n"
        "=> warning odd /body/number\n"
        "=> unchecked luck\n"
        '=> writes tea/{first} ["x"]\n'
        "=> removes tea/old\n"
        "=> event brewed\n"
        "=> at most 500 steps\n"
    )
    member, put, clock, issue = case.steps
    assert (case.line, case.title) == (1, "a title")
    assert member == Member(4, "bank-nl", "NL", ("payment", "observer"), "private")
    assert put == Put(5, "a/b-c", {"n": 1})
    assert clock == Clock(6, 1_774_692_000)
    assert isinstance(issue, Issue)
    assert issue.changes == (
        Change(8, "/number", "set", "2"),
        Change(9, "/leaves", "hidden"),
        Change(10, "/pots", "set", [{}, {}, {}]),
        Change(11, "/x", "absent"),
    )
    assert (issue.name, issue.type, issue.issuer) == ("first", "tea", "lotus")
    assert (issue.references, issue.ids) == (
        {"cup": None, "pot": "cup", "can": None},
        {"cup": "A" * 43},
    )
    assert (issue.ucr, issue.expires_s, issue.without) == (["X"], 1_775_001_600, ("cup",))
    expected = issue.expected
    assert expected is not None
    assert expected.warnings == (("odd", "/body/number"),)
    assert (expected.unchecked, expected.removes) == (("luck",), ("tea/old",))
    assert (expected.writes, expected.events) == ((("tea/{first}", ["x"]),), (("brewed", None),))
    assert (expected.refused, expected.steps_max) == (None, 500)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("tea by lotus\n", 1),
        ("# a\ntea by\n", 2),
        ("# a\nTea\n", 2),
        ("# a\n    /x = 1\n", 2),
        ("# a\n=> committed\n", 2),
        ("# a\nmember x NL payment\n", 2),
        ("# a\nmember bank NL king\n", 2),
        ("# a\nstate tea = 1\n", 2),
        ("# a\nstate tea/x = {\n", 2),
        ("# a\ntime tomorrow\n", 2),
        ("# a\ntea\n    /x = 1.5\n", 3),
        ("# a\ntea\n    /x = NaN\n", 3),
        ("# a\ntea\n    x = 1\n", 3),
        ("# a\ntea\n    /x\n", 3),
        ("# a\ntea\n    ref cup = Cup Cup\n", 3),
        ("# a\ntea\n=> refused Not-A-Code\n", 3),
        ("# a\ntea\n=> eaten\n", 3),
        ("# a\ntea\n=> at most many steps\n", 3),
        ("# a\ntea\n=> refused a\n=> warning b\n", 3),
        ("# a\ntea\n=> committed\n    /x = 1\n", 4),
        ("# a\ntea\n# b\ntime 2026-03-01\n", 3),
    ],
)
def test_a_line_that_is_none_is_refused_and_named(text: str, line: int) -> None:
    with pytest.raises(Malformed, match=f"^line {line}: "):
        parse(text)


def test_the_first_case_has_to_be_the_example() -> None:
    with pytest.raises(Malformed, match="the first case is the example"):
        Sample(ContractText("urn:cocket:tea:1", TEA, {}), EXAMPLE, parse(CUP_CASES))


# How they are played


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# a\ntea\ntea\n=> refused taken /body/number the number is taken\n",
        "# a\nfirst = tea\ntea\n=> refused taken /body/number {first}\n",
        '# a\ntea\n    /number = "2"\ntea\n=> committed\n',
        '# a\ntea\n    /leaves = "13"\n=> refused bad-luck\n',
        '# a\ntea\n    /leaves = "13"\n    /leaves hidden\n=> unchecked luck\n',
        "# a\ntea by orient-star\n=> refused wrong-role\n",
        "# a\ntea by nobody-here\n=> refused unknown-key\n",
        "# a\nmember tea-shop NL merchant\ntea by tea-shop\n",
        '# a\ntea\n    /number = "0"\n=> warning odd\n',
        "# a\ntea\n    /number = 5\n=> refused schema /body/number\n",
        '# a\ntea\n    body = {"number": "5"}\n=> writes tea/5 "{tea}"\n',
        '# a\nstate tea/old = 1\ntea\n=> removes tea/old\n=> event brewed {"number": "1"}\n',
        f'# a\ntea\n=> event brewed {{"time": {START_S + 1}}}\n',
        '# a\ntime 2030-01-01\ntea\n=> event brewed {"time": 1893456001}\n',
        "# a\ntea\n    exp = 2026-03-01\n=> refused expired /exp\n",
        '# a\ntea\n    ref cup = cup\n=> writes tea/cup "L"\n',
        '# a\ncup\n    /size = "S"\ntea\n    ref cup = cup\n=> writes tea/cup "S"\n',
        '# a\nsmall = cup\n    /size = "S"\ncup\ntea\n    ref cup = small\n=> writes tea/cup "S"\n',
        '# a\ntea\n    /number = "2"\n    ref cup = tea\n=> refused wrong-reference-type\n',
        f'# a\ntea\n    ref cup = "{"A" * 43}"\n=> refused unknown-reference /refs/cup\n',
        '# a\nbad = tea\n    /leaves = "13"\n=> refused bad-luck\n'
        "tea\n    ref cup = bad\n=> refused unknown-reference\n",
        '# a\ntea\n    /pots/0/of/clay = "blue"\n    /pots/- = {}\n    /pots/1/x~1y = 1\n',
        "# a\ntea\n    /pots/0 absent\n    /leaves absent\n=> committed\n",
        "# a\ntea\n    /pots = 9000 * {}\n",
        '# a\ntea\n    /pots = 9000 * {"a": 1}\n=> refused too-large\n',
        '# a\ntea\n    /number = "{key lotus} {kid lotus}"\n',
        "# a\ntea\n=> at most 400 steps\n",
    ],
)
def test_a_case_that_is_right_has_no_problems(text: str) -> None:
    assert played(text) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("# a\ntea\ntea\n", "line 5: refused taken"),
        ("# a\ntea\n=> refused taken\n", "committed, where it should be refused: taken"),
        ("# a\ntea\ntea\n=> refused other\n", "where it should be refused: other"),
        ("# a\ntea\ntea\n=> refused taken /body\n", "where it should be refused: taken /body"),
        ("# a\ntea\ntea\n=> refused taken cold\n", "which does not say: cold"),
        ("# a\ntea\n=> warning odd\n", "warned of nothing"),
        ('# a\ntea\n    /number = "0"\n=> committed\n', "warned odd /body/number"),
        ('# a\ntea\n    /number = "0"\n=> warning odd /body\n', "warned odd /body/number"),
        ("# a\ntea\n    /leaves hidden\n=> committed\n", "left unchecked luck"),
        ("# a\ntea\n=> unchecked luck\n", "left unchecked nothing"),
        ("# a\ntea\n=> writes tea/2 1\n", "did not write tea/2"),
        ("# a\ntea\n=> writes tea/1 1\n", "wrote tea/1"),
        ("# a\ntea\n=> removes tea/1\n", "did not remove tea/1"),
        ("# a\ntea\n=> event spilt\n", "no event spilt"),
        ('# a\ntea\n=> event brewed {"number": "2"}\n', "the event brewed is"),
        ("# a\ntea\n=> at most 9 steps\n", "steps, more than 9"),
        ("# a\ntea\n    /pots/7/x = 1\n", "no place in the body for /pots/7/x (line 5)"),
        ("# a\ntea\n    /number/x = 1\n", "no place in the body"),
        ("# a\ntea\n    /none absent\n", "no place in the body"),
        ("# a\ntea\n    ref cup = mug\n", "no document is called mug"),
        ('# a\ntea\n    /number = "{mug}"\n', "no document is called {mug}"),
        ("# a\ncoffee\n", "there is no document type coffee here"),
        ("# a\ntea\n    ref cup = cup\n", ""),
    ],
)
def test_a_case_that_is_not_right_is_told_by_its_line(text: str, problem: str) -> None:
    problems = played(text)
    if not problem:
        assert problems == []
        return
    assert len(problems) == 1
    assert problems[0].startswith("line ")
    assert problem in problems[0]


def test_what_an_example_needs_is_done_before_it_unless_the_case_does_without() -> None:
    tea = "# the example\ncup\ntea by lotus\n    ref cup = cup\n"
    assert played('# a\ntea\n=> writes tea/cup "L"\n', tea) == []
    assert played("# a\ntea\n    without cup\n=> committed\n", tea) == []
    assert played('# a\ncup\n    /size = "S"\ntea\n=> writes tea/cup "S"\n', tea) == []


def test_an_example_that_is_refused_is_told_where_it_is_needed() -> None:
    cup = "# the example\ncup by orient-star\n"
    (problem,) = played("# a\ntea\n    ref cup = cup\n", cup=cup)
    assert "the cup that this builds on is refused: no-licence" in problem


def test_examples_that_need_each_other_are_told() -> None:
    cup = "# the example\ntea\ncup by orient-star\n"
    tea = "# the example\ncup\ntea by lotus\n"
    (problem,) = played("", tea, cup)
    assert "needs itself" in problem


def test_a_case_comes_to_the_same_whatever_was_played_before() -> None:
    text = "# a\nmember tea-shop NL merchant\ntea by tea-shop\n=> committed\n"
    sample = Sample(
        ContractText("urn:cocket:tea:1", TEA, TEA_SCHEMA), EXAMPLE, parse(TEA_CASES + text)
    )
    stage = Stage([sample])
    first: list[Any] = [stage.play(sample, case) for case in sample.cases]
    again = [stage.play(sample, case) for case in reversed(sample.cases)]
    assert first == again[::-1]
