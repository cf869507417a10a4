"""Every condition of a node has its sentence, and a healthy one has just one."""

from dataclasses import replace

import pytest

from cocket.node.diagnosis import Condition, Finding, Peer, View, Wanted, diagnose

HERE = [Peer(name, f"{name}:9101", True, 60.0, True, "") for name in ("customs-cn", "hub", "line")]
WELL = Condition(
    me="customs-my",
    validators=("customs-my", "customs-cn", "hub", "line"),
    quorum=3,
    height=120,
    target=120,
    to_apply=0,
    pending=0,
    batches=0,
    halted="",
    full_disk="",
    abstains="",
    clock_ms=0,
    view=View(141, "hub", None, 0.5, False, (), (), ""),
    peers=tuple(HERE),
    wanted=(),
    refused_callers=0,
)


def only(condition: Condition) -> Finding:
    (finding,) = diagnose(condition)
    return finding


def sentences(condition: Condition) -> dict[str, str]:
    return {each.code: each.sentence for each in diagnose(condition)}


def away(name: str, trouble: str = "", dials: bool = True) -> Peer:
    return Peer(name, f"{name}.example:9101", False, 95.0, dials, trouble)


def test_an_idle_node_waits_for_nothing() -> None:
    assert only(WELL) == Finding(
        "idle", "idle: everything known is final, up to block 120", well=True
    )


def test_a_node_at_work_is_not_stuck() -> None:
    found = only(replace(WELL, pending=17, view=replace(WELL.view, working_s=0.4)))
    assert found == Finding(
        "working",
        "nothing holds it up: 17 documents are on their way, the last block is 120",
        well=True,
    )


def test_a_halted_node_says_why_first_and_speaks_of_no_votes() -> None:
    view = replace(WELL.view, working_s=900.0)
    found = only(replace(WELL, halted="at block 9 the state differs", view=view))
    assert found.code == "halted"
    assert found.sentence == ("it signs and applies nothing any more: at block 9 the state differs")
    assert not found.well


def test_a_full_disk() -> None:
    found = only(replace(WELL, full_disk="/var/lib/cocket/data"))
    assert found.code == "disk-full"
    assert found.sentence.startswith("the disk of /var/lib/cocket/data is full: until there is")


def test_an_abstaining_node() -> None:
    found = only(replace(WELL, abstains="this node abstains, because its journal was lost: …"))
    assert found.code == "abstains"
    assert "its journal was lost" in found.sentence


def test_too_few_validators_and_each_that_is_away_with_the_reason() -> None:
    refused = "cannot reach hub.example:9101: connection refused, so no node is running there"
    peers = (HERE[0], away("hub", refused), away("line", dials=False))
    found = diagnose(replace(WELL, peers=peers))
    assert [each.code for each in found] == ["no-quorum", "peer-away", "peer-away"]
    assert found[0].sentence == (
        "2 of 4 validators are here, this one included, and 3 are needed: nothing becomes final "
        "until 1 more of hub, line is back"
    )
    assert found[1].sentence == f"there has been no connection with hub for 95 s: {refused}"
    assert found[2].sentence == (
        "there has been no connection with line for 95 s: it is the one to call, and has not "
        "called. Is it running, does it reach this node's peer port, with the key that genesis "
        "names?"
    )


def test_a_peer_that_is_to_call_may_have_been_turned_away() -> None:
    peers = (*HERE[:2], away("line", "it was silent for 15 s", dials=False))
    found = only(replace(WELL, peers=peers, refused_callers=7))
    assert "; 7 callers were turned away, see the log" in found.sentence
    assert found.sentence.endswith("; the last session ended so: it was silent for 15 s?")


def test_a_peer_that_was_never_reached() -> None:
    found = only(replace(WELL, peers=(*HERE[:2], away("line"))))
    assert found.sentence.endswith("for 95 s: it was not reached at line.example:9101 yet")


def test_two_more_that_are_needed_are_counted_in_the_plural() -> None:
    peers = (away("customs-cn"), away("hub"), away("line"))
    assert (
        "until 2 more of customs-cn, hub, line are back"
        in (sentences(replace(WELL, peers=peers))["no-quorum"])
    )


def test_how_far_it_is_behind() -> None:
    found = only(replace(WELL, target=134))
    assert found.code == "behind"
    assert found.sentence == (
        "it is 14 blocks behind: at block 120, and the others say that 134 is final. It is "
        "catching up"
    )


def test_blocks_that_are_final_and_not_executed() -> None:
    found = only(replace(WELL, target=134, to_apply=14))
    assert found == Finding(
        "executing", "14 blocks after block 120 are final and not executed here yet", well=True
    )


@pytest.mark.parametrize("what", ["batch", "block"])
def test_what_it_cannot_get_and_whom_it_asked(what: str) -> None:
    found = only(replace(WELL, wanted=(Wanted(what, "4fQx…", 12.0, ("hub", "line")),)))
    assert found.code == f"{what}-missing"
    assert found.sentence == (
        f"the {what} 4fQx… has been missing for 12 s; asked so far: hub, line"
    )


def test_nobody_to_ask_many_to_get_and_some_not_missing_for_long() -> None:
    missing = tuple(Wanted("batch", f"id{n}", 9.0, ()) for n in range(7))
    found = diagnose(replace(WELL, wanted=(*missing, Wanted("batch", "new", 0.3, ("hub",)))))
    assert len(found) == 6
    assert found[0].sentence == "the batch id0 has been missing for 9 s; nobody can be asked"
    assert found[-1].sentence == "and 2 more batches or blocks are missing likewise"


def test_a_clock_that_is_off_either_way() -> None:
    behind = only(replace(WELL, clock_ms=95_000))
    assert behind.code == "clock-behind"
    assert "this node's clock is 95 s behind: it votes for none of them" in behind.sentence
    ahead = only(replace(WELL, clock_ms=-2 * 365 * 86_400_000))
    assert ahead.code == "clock-ahead"
    assert "this node's clock is 730 days ahead: they vote for none of its own" in ahead.sentence


def test_which_votes_of_whom_are_missing_in_which_view_since_when() -> None:
    view = View(141, "hub", 34.0, 0.5, True, ("customs-my",), ("customs-my", "customs-cn"), "")
    found = only(replace(WELL, view=view))
    assert found.code == "votes-missing"
    assert found.sentence == (
        "view 141 (hub leads it) has lasted 34 s, has a proposal, and needs 3 votes of one kind "
        "to end. Heard to accept it: customs-my; to give it up: customs-my, customs-cn. Not "
        "heard: hub (connected), line (connected)"
    )


def test_votes_of_those_who_are_away_and_a_view_that_it_leads_itself() -> None:
    view = View(141, "customs-my", 300.0, 0.5, False, (), (), "")
    found = sentences(replace(WELL, view=view, peers=(*HERE[:2], away("line"))))
    assert found["votes-missing"] == (
        "view 141 (it leads itself) has lasted 5 min, has no proposal, and needs 3 votes of one "
        "kind to end. Heard to accept it: none; to give it up: none. Not heard: customs-my "
        "(this node), customs-cn (connected), hub (connected), line"
    )


def test_why_it_does_not_vote_itself() -> None:
    view = replace(WELL.view, working_s=9.0, waiting_for="2 batches of the proposal")
    found = sentences(replace(WELL, view=view))
    assert found["vote-waits"] == "this node itself does not vote yet: 2 batches of the proposal"


def test_time_outs_that_grew_are_given_their_time() -> None:
    view = replace(WELL.view, working_s=9.0, delta_s=5.0)
    assert only(replace(WELL, view=view)).code == "working"
