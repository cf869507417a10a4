"""What the simulator found: each bug has its plan, made short, which it no longer breaks.

To see that the plan still tells, the bug is put back (`planted`), and found. Further bugs whose
plans are tests elsewhere: a journal opened without a sync (`test_planted`), an invalid vote in the
way of valid ones (`tests/consensus/test_failures`, 9).
"""

from collections.abc import Callable

import pytest

from tests.simulation import planted
from tests.simulation.events import Crash, Submit
from tests.simulation.plan import Plan
from tests.simulation.shrink import broken_promise
from tests.simulation.weather import Weather

LATE_PROPOSAL = Plan(
    1,
    4,
    3_549,
    Weather(loss=0.02, delay_min_ms=5, delay_max_ms=400),
    liars=((0, "equivocating leader"),),
    events=(Submit(0, 2), Submit(230, 2), Submit(383, 1)),
)
REPEATED_PROPOSAL = Plan(
    2,
    4,
    19_728,
    Weather(delay_min_ms=10, delay_max_ms=10),
    turns=(1, 2, 3, 0, 0, 3, 2, 1),
    liars=((1, "equivocating leader"),),
    events=(
        Submit(0, 3),
        Submit(1_528, 2),
        Submit(4_481, 1),
        Submit(4_624, 0),
        Crash(4_765, 2, 17, 2_940, power=False, writing=True),
        Submit(5_962, 3),
        Submit(19_070, 1),
        Submit(19_341, 0),
    ),
)


@pytest.mark.parametrize(
    ("plan", "bug"),
    [
        (LATE_PROPOSAL, planted.late_proposals_unheard),
        (REPEATED_PROPOSAL, planted.proposals_known_by_their_block),
    ],
)
def test_a_plan_that_found_a_bug_breaks_nothing_now_and_would_find_it_again(
    plan: Plan, bug: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not broken_promise(plan)
    bug(monkeypatch)
    assert broken_promise(plan) == "evidence"
