"""Escapes and bombs: what must not compile, and what must end soon, small, and with a reason."""

import time
import tracemalloc

import pytest

from cocket.contracts.access import HostFailed
from cocket.contracts.language import compile_contract
from cocket.contracts.meter import STEPS_MAX
from cocket.ledger.errors import Refused
from tests.contracts.memory import HEADER, NAME, Memory, fresh, module, run

CPU_SECONDS_MAX = 0.1
MEMORY_BYTES_MAX = 32 * 1024 * 1024

ESCAPES = r"""
().__class__
x = doc.__class__.__bases__
x = "".format
x = "{0.__class__}".format(doc)
x = doc.get
x = doc["body"].items
doc.get.append(1)
x = f"{doc.__class__}"
x = f"{doc!r}"
x = f"{doc:>9}"
x = f"{doc['iss']}"
x = "a".encode()
x = "a".casefold()
x = [].sort()
x = [].insert(0, 1)
x = {}.update({})
x = {}.setdefault("a", 1)
x = doc.clear()
x = __builtins__
x = _step
_step(-100000)
x = __import__("os")
import os
from os import path
x = eval("1")
x = exec("1")
x = open("/etc/passwd")
x = globals()
x = locals()
x = vars()
x = getattr(doc, "get")
x = setattr(doc, "a", 1)
x = type(doc)
x = isinstance(doc, dict)
x = print
print("x")
x = breakpoint()
x = input()
x = hash("a")
x = id(doc)
x = object()
x = super()
x = set()
x = float("1")
x = bytes(3)
x = map(str, [1])
x = iter([1])
x = next([1])
x = get
x = len
x = check
check(doc, signer)
len = 5
get = 5
for len in [1]: pass
x = [len for len in [1]]
x = lambda: 1
x = (lambda: 1)()
x = [lambda: 1][0]()
x = doc["f"]()
x = (1)()
x = len(*[1])
x = len(**{})
x = len(x=1)
x = sorted([1], key=len)
x = require(True, "a", "b")
require(True, doc["iss"], "b")
require(True, "Not A Code", "b")
refuse()
def f(): pass
async def f(): pass
await doc
yield 1
x = yield
global x
nonlocal x
del doc
del doc["body"]
assert doc
raise doc
type X = 1
x: int = 1
x = (y := 1)
x = y = 1
x, y[0] = 1, 2
x.y = 1
doc.body = 1
doc["a"]["b"].c = 1
x[1:2] = []
x, *y = [1, 2]
x = [*[1]]
x = {1, 2}
x = {x for x in [1]}
x = (x for x in [1])
x = [x async for x in doc]
x = len((x for x in [1]), 1)
x = 1.5
x = 1e5
x = 1j
x = 0x10
x = 1_000
x = 0777
x = b"a"
x = r"a"
x = u"a"
x = rf"{doc}"
x = t"{doc}"
x = ...
x = '''a'''
x = "\x41"
x = "\N{BULLET}"
x = "\u0041"
x = "\101"
x = "\d"
x = 2 ** 9
x = 1 << 9
x = 1 | 2
x = 1 & 2
x = 1 ^ 2
x = ~1
x = +1
x = 1 @ 2
x **= 2
x |= 1
x = doc is doc
x = 1 is None
x = () is None
x = "" is not None
break
continue
x = 1 is 1
x = True is True
x = 1 < len("a") < 3
for doc["a"] in [1]: pass
for (x, (y, z)) in [1]: pass
if True: pass; x = 1
x = 1; y = 2
printed
"""
ESCAPES_IN_LINES = [
    "try:\n    x = 1\nexcept:\n    pass",
    "try:\n    x = 1\nfinally:\n    pass",
    "try:\n    x = 1\nexcept* KeyError:\n    pass",
    "with doc:\n    pass",
    "class C:\n    pass",
    "def f():\n    pass",
    "match doc:\n    case _:\n        pass",
    "for x in [1]:\n    pass\nelse:\n    pass",
    "while True:\n    pass\nelse:\n    pass",
    "async for x in doc:\n    pass",
    "x = 1 \\\n    + 2",
    "x = 'a\\\n    b'",
    "@len\ndef f():\n    pass",
]
MODULES = [
    "def check(doc, signer):\n    check(doc, signer)\n",
    "def f():\n    g()\ndef g():\n    f()\ndef check(doc, signer):\n    f()\n",
    "def f():\n    check(1, 2)\ndef check(doc, signer):\n    f()\n",
    "def f(a=[]):\n    a.append(1)\ndef check(doc, signer):\n    f()\n",
    "def f(a=lambda: 1):\n    pass\ndef check(doc, signer):\n    f()\n",
    "def f(a=len):\n    pass\ndef check(doc, signer):\n    f()\n",
    "def f(*a):\n    pass\ndef check(doc, signer):\n    f()\n",
    "def f(**a):\n    pass\ndef check(doc, signer):\n    f()\n",
    "def f(*, a):\n    pass\ndef check(doc, signer):\n    f()\n",
    "def f(a, /):\n    pass\ndef check(doc, signer):\n    f(1)\n",
    "def f(a: int):\n    pass\ndef check(doc, signer):\n    f(1)\n",
    "def f() -> int:\n    pass\ndef check(doc, signer):\n    f()\n",
    "def f[T](a):\n    pass\ndef check(doc, signer):\n    f(1)\n",
    "@len\ndef check(doc, signer):\n    pass\n",
    "def len(x):\n    pass\ndef check(doc, signer):\n    pass\n",
    "get = 1\ndef check(doc, signer):\n    pass\n",
    "A = len\ndef check(doc, signer):\n    pass\n",
    "A = [x for x in (1, 2)]\ndef check(doc, signer):\n    pass\n",
    "A = 1\nA = 2\ndef check(doc, signer):\n    pass\n",
    "A = 1\ndef check(doc, signer):\n    A = 2\n",
    "def check(doc, signer):\n    pass\ncheck({}, {})\n",
    "if True:\n    A = 1\ndef check(doc, signer):\n    pass\n",
    "def check(doc):\n    pass\n",
    "def check(doc, doc):\n    pass\n",
    "def check(doc, signer, more):\n    pass\n",
    "A = 1\n",
]
NESTED = {
    "brackets": "x = " + "(" * 5000 + "1" + ")" * 5000,
    "unclosed brackets": "x = " + "[" * 60_000,
    "minuses": "x = " + "-" * 60_000 + "1",
    "nots": "x = " + "not " * 15_000 + "1",
    "sums": "x = 1" + " + 1" * 15_000,
    "subscripts": "x = doc" + "[0]" * 20_000,
    "calls": "x = doc" + ".get(0)" * 8_000,
    "attributes": "x = doc" + ".a" * 30_000,
    "conditions": "x = " + "1 if 1 else " * 5_000 + "1",
    "lambdas": "x = " + "lambda: " * 8_000 + "1",
    "comparisons": "x = 1" + " < 1" * 15_000,
    "elifs": "if 1:\n    pass\n" + "elif 1:\n    pass\n" * 3_000,
    "blocks": "".join(" " * n + "if 1:\n    " for n in range(0, 800, 4)),
    "strings": "x = " + "'a' " * 15_000,
    "one long name": "x = " + "a" * 65_000,
    "one long number": "x = " + "9" * 5_000,
    "braces in an f-string": "x = f'" + "{" * 30_001 + "'",
    "quotes": "x = " + "'" * 60_001,
}
TEXTS = {
    "too long": "#" * (64 * 1024),
    "a NUL": "x = 1\0",
    "a tab": "if 1:\n\tpass",
    "a carriage return": "x = 1\r",
    "a form feed": "x = 1\f",
    "a name that is not ASCII": "é = 1",
    "a name that Unicode would normalise": "x = ｄoc",
    "half of a surrogate pair": "x = '\ud800'",
    "a zero-width mark": "x = '\ufeff'",
    "a form of line end": "x = 1\u2028y = 2",
}


@pytest.mark.parametrize("body", [*ESCAPES.strip().split("\n"), *ESCAPES_IN_LINES])
def test_what_is_outside_the_language_does_not_compile(body: str) -> None:
    with pytest.raises(Refused) as refused:
        compile_contract(module(body), NAME)
    assert refused.value.refusal.code == "contract-syntax"
    assert refused.value.refusal.message.startswith("line ")


@pytest.mark.parametrize("text", MODULES)
def test_a_module_of_another_shape_does_not_compile(text: str) -> None:
    with pytest.raises(Refused) as refused:
        compile_contract(HEADER + text, NAME)
    assert refused.value.refusal.code == "contract-syntax"


@pytest.mark.parametrize(
    "header",
    [
        "",
        '"""Says it."""\nSIGNED_BY = []\n',
        '"""Says it."""\nWRITES = []\n',
        '"""Says it."""\nSIGNED_BY = ["king"]\nWRITES = []\n',
        '"""Says it."""\nSIGNED_BY = "customs"\nWRITES = []\n',
        '"""Says it."""\nSIGNED_BY = []\nWRITES = ["Title"]\n',
        '"""Says it."""\nSIGNED_BY = []\nWRITES = ["a/b"]\n',
        "SIGNED_BY = []\nWRITES = []\n",
    ],
)
def test_a_contract_declares_what_it_is_for_who_signs_and_what_it_writes(header: str) -> None:
    with pytest.raises(Refused):
        compile_contract(header + "def check(doc, signer):\n    pass\n", NAME)


@pytest.mark.parametrize("body", NESTED.values(), ids=NESTED.keys())
def test_deep_nesting_is_refused_before_it_can_hurt(body: str) -> None:
    start = time.process_time()
    with pytest.raises(Refused) as refused:
        compile_contract(module(body), NAME)
    assert time.process_time() - start < CPU_SECONDS_MAX
    assert refused.value.refusal.code in ("contract-syntax", "contract-too-large")


@pytest.mark.parametrize("body", TEXTS.values(), ids=TEXTS.keys())
def test_characters_that_versions_of_python_read_differently_are_refused(body: str) -> None:
    with pytest.raises(Refused) as refused:
        compile_contract(module(body), NAME)
    assert refused.value.refusal.code in ("contract-syntax", "contract-too-large")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "body", ["x = (1, 2)['a']", "x = 'ab'['a']", "x = [1]['a']", "x = {1: 2}[0]"]
)
def test_what_python_would_warn_of_is_a_failure_without_a_warning(body: str) -> None:
    refusal = run(body).refusal
    assert refusal is not None
    assert refusal.code == "contract-failed"


BOMBS = {
    "a loop without end": "while True:\n    pass",
    "text that doubles": "x = 'x'\nwhile True:\n    x = x + x",
    "text that doubles in an f-string": "x = 'x'\nwhile True:\n    x = f'{x}{x}'",
    "text that doubles in place": "x = 'x'\nwhile True:\n    x += x",
    "text that multiplies": "x = 'x' * 10",
    "a list that multiplies": "x = [1] * 10",
    "a list that doubles": "x = [1]\nwhile True:\n    x = x + x",
    "a list that extends itself": "x = [1]\nwhile True:\n    x.extend(x)",
    "a list that grows in its own loop": "x = [1]\nfor y in x:\n    x.append(y)",
    "a list that grows in its own comprehension": (
        "x = [1]\nwhile True:\n    z = [x.append(y) for y in x]"
    ),
    "replacement": "x = 'a'\nwhile True:\n    x = x.replace('a', 'aaaaaaaaaaaaaaaa')",
    "joining": "x = 'a'\nwhile True:\n    x = x.join([x, x, x])",
    "splitting": "x = 'a'\nfor i in range(12):\n    x += x\nwhile True:\n    y = x.split('a')",
    "searching": (
        "x = 'a'\nfor i in range(15):\n    x += x\ny = x[:90] + 'b' + x[:9]\n"
        "while True:\n    z = y in x"
    ),
    "counting": ("x = 'a'\nfor i in range(15):\n    x += x\nwhile True:\n    z = x.count('aaab')"),
    "squares": "x = 3\nwhile True:\n    x = x * x",
    "squares of decimals": "x = decimal('1.5')\nwhile True:\n    x = x * x",
    "a million in a list": "x = list(range(100000))\ny = list(range(100000))",
    "a long range": "x = range(1000000000000000)",
    "nested comprehensions": (
        "x = [[[1 for a in range(1000)] for b in range(1000)] for c in range(1000)]"
    ),
    "a tree of shared branches, compared": (
        "x = [1]\ny = [1]\nfor i in range(30):\n    x = [x, x]\n    y = [y, y]\nz = x == y"
    ),
    "a tree of shared branches, looked for": (
        "x = [1]\nfor i in range(30):\n    x = [x, x]\nz = x in [x]"
    ),
    "a tree of shared branches, written": (
        "x = [1]\nfor i in range(30):\n    x = [x, x]\nput('out', 'v', x)"
    ),
    "a tree of shared branches, told": (
        "x = [1]\nfor i in range(30):\n    x = [x, x]\nrefuse('no', 'no', x)"
    ),
    "a list within itself, compared": "x = []\nx.append(x)\ny = []\ny.append(y)\nz = x == y",
    "a list within itself, written": "x = []\nx.append(x)\nput('out', 'v', x)",
    "a list within itself, told": "x = []\nx.append(x)\nrefuse('no', 'no', x)",
    "a list within itself, sought": "x = []\nx.append(x)\nz = x.index(x)",
    "the document within itself": "doc['me'] = doc\nput('out', 'v', doc)",
    "a list very deep": "x = []\nwhile True:\n    x = [x]",
    "a dict of many keys": "x = {}\nn = 0\nwhile True:\n    n += 1\n    x[n * 1048576] = n",
    "spreading": "x = {str(n): n for n in range(2000)}\nwhile True:\n    y = {**x}",
    "sorting": "x = [n % 977 for n in range(9000)]\nwhile True:\n    y = sorted(x)",
    "popping from the front": "x = list(range(20000))\nwhile True:\n    y = x.pop(0)",
    "slicing": "x = list(range(5000))\nwhile True:\n    y = x[::-1]",
    "zipping": "x = list(range(5000))\nwhile True:\n    y = zip(x, x, x)",
    "items": "x = {n: n for n in range(5000)}\nwhile True:\n    y = x.items()",
    "summing": "x = list(range(5000))\nwhile True:\n    y = sum(x)",
    "writing": "n = 0\nwhile True:\n    n += 1\n    put('out', str(n), [n])",
    "reading": "while True:\n    x = get('in', 'known')",
    "events": "while True:\n    emit('x', 1)",
    "warnings": "while True:\n    warn('x', 'x')",
    "unchecked rules": (
        "n = 0\nwhile True:\n    n += 1\n    x = shown(doc['body'], 'none', str(n))"
    ),
    "check digits": "while True:\n    x = check_digit('lei', '213800KUD8LAJWSQ9D15')",
    "thumbprints": (
        "while True:\n    x = thumbprint('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo')"
    ),
    "very long tuples as keys": (
        "x = (1,)\nfor i in range(12):\n    x = x + x\ny = {}\nwhile True:\n    y[x] = 1"
    ),
    "functions that call two each": (
        "def f1():\n    return 1\n"
        + "".join(f"def f{n}():\n    return f{n - 1}() + f{n - 1}()\n" for n in range(2, 90))
        + "def check(doc, signer):\n    f89()\n"
    ),
}


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_ends_soon_and_small_with_a_reason(body: str) -> None:
    contract = compile_contract(module(body), NAME)
    seconds = []
    for _ in range(3):  # the least of three: the machine has other work
        start = time.process_time()
        outcome = contract.run(*fresh(), Memory())
        seconds.append(time.process_time() - start)
    assert outcome.refusal is not None
    assert outcome.refusal.code in ("out-of-steps", "contract-failed")
    assert outcome.steps <= STEPS_MAX
    assert min(seconds) < CPU_SECONDS_MAX
    tracemalloc.start()
    again = contract.run(*fresh(), Memory())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert again == outcome, "a run leaves nothing behind"
    assert peak < MEMORY_BYTES_MAX


def test_a_key_that_never_was_is_told_without_its_whole_length() -> None:
    body = "x = 'x'\nfor i in range(15):\n    x += x\ny = doc[x]"
    outcome = run(body)
    assert outcome.refusal is not None
    assert len(outcome.refusal.message) < 200


def test_what_the_host_raises_is_not_taken_for_the_contracts_failure() -> None:
    class Broken(Memory):
        def get(self, key: str) -> bytes | None:
            raise KeyError("the disk is gone")

    contract = compile_contract(module("x = get('in', 'known')"), NAME)
    with pytest.raises(HostFailed):
        contract.run(*fresh(), Broken())
    assert contract.run(*fresh(), Memory()).refusal is None
