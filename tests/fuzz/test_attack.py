"""The short part of the attacks on four real nodes; all of them: python -m tests.fuzz.attack"""

import os

from tests.fuzz.attack import ATTACKS, Attack, every

SCALE = int(os.environ.get("COCKET_SCALE", "1"))
SHORT = (
    Attack("silent", "api", 800),
    Attack("pipelining", "api", 30),
    Attack("half-open", "peer", 500),
)


async def test_finality_memory_and_others_are_as_before_while_crowds_attack() -> None:
    attacks, seconds = (SHORT, 2.0) if SCALE == 1 else (ATTACKS, 20.0)
    outcomes = await every(attacks, seconds)
    assert [str(each) for each in outcomes if each.faults] == []
