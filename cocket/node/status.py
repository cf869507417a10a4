"""What a node says about itself: `/v1/status`, `/readyz`, `cocket node status`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cocket.consensus.status import Status
from cocket.ledger.keys import base64url

if TYPE_CHECKING:
    from cocket.node.service import Node

LAG_TOLERATED = 3
"""Blocks that a node may be behind its peers and still call itself ready."""


def unready(node: "Node") -> list[str]:
    """Why this node cannot commit documents now, in words; empty when it can."""
    reasons = []
    committee = node.committee
    if node.ordering.halted is not None:
        reasons.append(node.ordering.halted)
    replica = node.ordering.replica.status()
    if replica.abstains:
        reasons.append(abstains(replica, [each.organisation for each in committee.validators]))
    if node.ordering.full_disk or node.execution.full_disk:
        reasons.append(f"the disk of {node.config.data} is full: free some space")
    present = len(node.peers.connected) + 1
    if present < committee.quorum:
        missing = [
            validator.organisation
            for validator in committee.validators
            if validator.organisation not in (*node.peers.connected, node.config.organisation)
        ]
        reasons.append(
            f"{present} of {committee.size} validators are connected, {committee.quorum} are "
            f"needed to commit; missing: {', '.join(missing)}"
        )
    if node.lag > LAG_TOLERATED:
        reasons.append(f"{node.lag} blocks behind the other nodes, catching up")
    return reasons


def abstains(replica: Status, organisations: Sequence[str]) -> str:
    """Why this node signs no votes for the time being; organisations in the committee's order."""
    lost = "this node abstains, because its journal was lost: "
    if replica.votes_from is not None:
        return f"{lost}it will vote again from view {replica.votes_from}, it is {replica.view} now"
    names = [organisations[index] for index in replica.unanswered]
    some = "" if replica.answers_lacking == len(names) else f"{replica.answers_lacking} of "
    return f"{lost}to know what it may vote on it waits for answers of {some}{', '.join(names)}"


def status(node: "Node", inside: bool) -> dict[str, Any]:
    """Everything an operator may want to see, as a JSON value; where the peers are, and why they
    are not connected, only if the one that asks is `inside` the consortium."""
    replica = node.ordering.replica.status()
    organisations = [validator.organisation for validator in node.committee.validators]

    def named(indexes: tuple[int, ...]) -> list[str]:
        return [organisations[index] for index in indexes]

    peers = node.peers.status()
    return {
        "organisation": node.config.organisation,
        "network": node.config.network,
        "genesis": base64url(node.genesis.hash),
        "height": node.head.height,
        "leaves": node.head.log.size,
        "root": base64url(node.head.log.root()),
        "state": base64url(node.execution.state_digest),
        "time": node.head.time_ms // 1000,
        "lag": node.lag,
        "pending": len(node.pending),
        "ready": not unready(node),
        "reasons": unready(node),
        "consensus": {
            "view": replica.view,
            "leader": organisations[replica.leader],
            "final": replica.floor_height,
            "waitingFor": replica.waiting_for,
            "notarized": named(replica.notarizes),
            "nullified": named(replica.nullifies),
            "finalized": named(replica.finalizes),
            "signed": list(replica.signed),
            "silent": named(replica.silent),
            "accused": named(replica.accused),
            "abstains": replica.abstains,
            "behind": replica.behind,
            "toApply": node.execution.backlog,
            "batchesWaiting": node.dissemination.waiting,
        },
        "peers": [
            {
                "organisation": each.organisation,
                "connectedSeconds": (None if each.connected_s is None else int(each.connected_s)),
                "height": each.height,
                "queueBytes": each.outbox_bytes,
                **({"address": each.address, "lastError": each.last_error} if inside else {}),
            }
            for each in peers.peers
        ],
        "refusedConnections": peers.refused_connections,
    }
