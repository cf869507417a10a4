"""Texts that are nearly contracts: refused with a reason, or run, the same each time."""

import re
from random import Random

import pytest

from cocket.contracts.language import compile_contract
from cocket.contracts.standard import contract_texts
from cocket.ledger.errors import Refused
from tests.contracts import golden
from tests.contracts.memory import NAME, Memory, fresh, module

TEXTS = [text.source for text in contract_texts()] + 3 * [
    module(body) for _, body, _ in golden.cases()
]
TOKENS = re.compile(r'\w+|"[^"\n]*"|[^\w\s]+|\n +|\s')
STRANGE = ["lambda", "**", ":=", "@", "...", "9" * 90, "1.5", "é", "_step", "f'", "\\", "\t"]


def mutated(random: Random) -> str:
    tokens = TOKENS.findall(random.choice(TEXTS))
    others = [*TOKENS.findall(random.choice(TEXTS)), *STRANGE]
    for _ in range(random.choice([1, 1, 2, 4])):
        at, other = random.randrange(len(tokens)), random.randrange(len(tokens))
        match random.randrange(4):
            case 0:
                tokens[at] = random.choice(others)
            case 1:
                tokens.insert(at, random.choice(others))
            case 2:
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case _:
                tokens[at:at] = tokens[other : other + random.randrange(12)]
    return "".join(tokens)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("seed", range(8))
def test_a_mutated_contract_is_refused_or_runs_the_same_each_time(seed: int) -> None:
    random = Random(seed)
    ran = 0
    for _ in range(150):
        text = mutated(random)
        try:
            contract = compile_contract(text, NAME)
        except Refused as refused:
            assert refused.refusal.code.startswith("contract-")
            continue
        results = set()
        for _ in range(11):
            memory = Memory()
            outcome = contract.run(*fresh(), memory)
            results.add((outcome, tuple(sorted(memory.state.items()))))
        assert len(results) == 1, text
        ran += 1
    assert ran > 5
