"""Who may read: a token's time is judged by the node, which says what its clock shows."""

import json

import pytest

from cocket.client import Wallet
from cocket.client.wallet import TOKEN_SECONDS
from cocket.node.api.access import CLOCK_SKEW_S, check_token
from cocket.node.api.answers import Problem

WALLET = Wallet.create("exporter", "test-lane")
TIME_S = 1_790_000_000


def seen_at(now_s: int) -> str:
    """Whom a token made at `TIME_S` speaks for, on a node whose clock shows `now_s`."""
    wallet = Wallet("exporter", "test-lane", WALLET.key, clock=lambda: float(TIME_S))
    token = f"Bearer {wallet.token()}"
    owner = ("exporter", WALLET.public_key)
    return check_token(token, "test-lane", now_s, lambda kid: owner)


def refusal(now_s: int) -> tuple[str, str]:
    with pytest.raises(Problem) as caught:
        seen_at(now_s)
    assert caught.value.response.status_code == 401
    value = json.loads(bytes(caught.value.response.body))
    return value["code"], value["detail"]


@pytest.mark.parametrize("off_s", [-CLOCK_SKEW_S, 0, 100])
def test_clocks_that_are_a_little_off_do_no_harm(off_s: int) -> None:
    assert seen_at(TIME_S + off_s) == "exporter"


def test_a_node_years_ahead_says_so() -> None:
    code, detail = refusal(TIME_S + 3 * 365 * 86_400)
    assert code == "token-expired"
    assert detail.startswith("by this node's clock it is 2029-09-20 14:13:20 UTC, and the token ")
    assert "ended 1095 days ago: make a new one; if it is new, one of the two clocks" in detail


def test_a_node_years_behind_says_so() -> None:
    code, detail = refusal(TIME_S - 3 * 365 * 86_400)
    assert code == "token-expired"
    assert "the token is made in 1095 days from now: one of the two clocks is wrong" in detail


def test_a_token_that_was_good_a_moment_ago_is_only_to_be_renewed() -> None:
    assert "ended 2 min ago: make a new one" in refusal(TIME_S + TOKEN_SECONDS + 120)[1]
