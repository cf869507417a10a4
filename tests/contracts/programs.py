"""Contracts made at random: whatever the grammar below allows, the same for the same seed.

A letter stands for an expression: N a number, S text, X a list of texts, L a list of numbers,
D a dict from text to numbers, C a condition, B the bound of a slice, W the name of a dict.
"""

import random
import re

from tests.contracts.memory import module

SIMPLE = {
    "N": ["i", "j", "i", "j", "0", "1", "7", "-3", "12"],
    "S": ["s", "t", '"a"', '"bc"', '"0123456789abcdefghijklmnopq"'],
    "X": ['["a", "bc"]', "W.keys()", "list(W)"],
    "L": ["a", "b", "[1, 2]"],
    "D": ["d", "e"],
    "W": ["d", "e"],
    "B": ["", "1", "-1", "2", "9"],
    "C": ["i < 3", "i == j", "j >= -2", "i != 7", "0 <= j", "not i", "a", "t > s"],
}
NESTED = {
    "N": [
        *("(N + N)", "(N - N)", "(N * 3)", "(N // 4)", "(N % 5)", "(N // -3)", "(N % -7)"),
        *("len(S)", "len(L)", "len(D)", "sum(L)", "min(N, N)", "max(N, N)", "max(L + [N])"),
        *("(N if C else N)", "S.find(S)", "S.count(S)", "W.get(S, N)", "L.count(N)", "abs(N)"),
        *("[N, N][-1]", "half(N)", "(N or N)", "sum(x for x in L if x > N)", "len(X)"),
    ],
    "S": ["(S + S)", "S[B:B]", "str(N)", 'f"{s}-{i}{t}"', "S.join(X)", "(S if C else S)"],
    "X": ['S.split("a")', 'S.split(" ")', "[str(x) for x in L]", "W.keys()", "(X + X)"],
    "L": [
        *("(L + L)", "L[B:B]", "L[::-1]", "L[B:B:2]", "sorted(L)", "reversed(L)", "W.values()"),
        *("[x + N for x in L if x > N]", "[x * y for x in L for y in range(2) if x]"),
        *("[x - y for x, y in zip(L, L)]", "[n + x for n, x in enumerate(L)]", "list(range(4))"),
        "[x[1] for x in sorted([(y % 3, y) for y in L])]",
    ],
    "D": ["{**W, S: N}", "{str(x): x for x in L}", "{k: v + N for k, v in W.items()}"],
    "W": ["d", "e"],
    "B": ["", "1", "-1", "N"],
    "C": [
        *("(C and C)", "(C or C)", "not (C)", "S == S", "S != S", "S < S", "S in S", "N in L"),
        *("N not in L", "S in W", "L == L", "D == D", "any(x > N for x in L)", "N < i < N"),
        *("all([x != N for x in L])", "W.get(S) is None", "W.get(S) is not None", "N <= N"),
        *("i in (1, 3, N)", 's in ("a", "bc")', "N == N", "S >= S"),
    ],
}
STATEMENTS = [
    *("i = N", "j = N", "i, j = N, N", "i += N", "j -= N", "s = S", "t = S", "s += S", "a = L"),
    *("b = L", "d = D", "e = D", "W[S] = N", "a.append(N)", "b.append(N)", "pass", "fill(W, S)"),
]
BLOCKS = ["if C:", "if C:", "for x in range(3):", "for x in L[:3]:", "for k in list(D)[:3]:"]

HEAD = """def half(n):
    if n < 0:
        return -(-n // 2)
    return n // 2


def fill(w, k, by=1):
    w[k] = w.get(k, 0) + by


def check(doc, signer):
    i = 3
    j = -7
    s = "abcabc"
    t = "a text of more than sixteen characters"
    a = [3, 1, 2]
    b = []
    d = {"a": 1, "bc": 2}
    e = {}
"""
TAIL = """    put("out", "v", [i, j, s, t, a, b, d, e])
"""


def program(seed: int) -> str:
    """The source of a contract."""
    pick = random.Random(seed)
    return module(HEAD + block(pick, 3, "    ", pick.randrange(1, 8), False) + TAIL)


def expression(pick: random.Random, kind: str, depth: int) -> str:
    """An expression that is so deep at most."""
    form = pick.choice((NESTED if depth else SIMPLE)[kind])
    return re.sub(
        r"\b[NSXLDCBW]\b", lambda match: expression(pick, match[0], max(depth - 1, 0)), form
    )


def filled(pick: random.Random, form: str) -> str:
    """A statement's form with expressions."""
    return re.sub(r"\b[NSXLDCBW]\b", lambda match: expression(pick, match[0], 2), form)


def block(pick: random.Random, depth: int, indent: str, count: int, in_loop: bool) -> str:
    """So many statements, some with blocks of their own within them."""
    text = ""
    for _ in range(count):
        kind = pick.randrange(10)
        if depth and kind < 3:
            text += nested(pick, depth - 1, indent, in_loop)
        elif in_loop and kind == 3:
            text += f"{indent}{pick.choice(['break', 'continue'])}\n"
        else:
            text += f"{indent}{filled(pick, pick.choice(STATEMENTS))}\n"
    return text


def nested(pick: random.Random, depth: int, indent: str, in_loop: bool) -> str:
    """A statement with blocks."""
    further, count = indent + "    ", pick.randrange(1, 4)
    if pick.randrange(4) == 0:
        name = f"n{depth}"
        head = f"{indent}{name} = 0\n{indent}while {name} < {pick.randrange(4)}:\n"
        return f"{head}{further}{name} += 1\n{block(pick, depth, further, count, True)}"
    head = filled(pick, pick.choice(BLOCKS))
    in_loop = in_loop or head.startswith("for")
    text = f"{indent}{head}\n{block(pick, depth, further, count, in_loop)}"
    if head.startswith("if") and pick.randrange(2):
        text += f"{indent}else:\n{block(pick, depth, further, count, in_loop)}"
    return text
