"""What a node says about itself: `/v1/status`, `/readyz`, `cocket node status`."""

from typing import TYPE_CHECKING, Any

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


def status(node: "Node") -> dict[str, Any]:
    """Everything an operator may want to see, as a JSON value."""
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
            "behind": replica.behind,
            "toApply": node.execution.backlog,
            "batchesWaiting": node.dissemination.waiting,
        },
        "peers": [
            {
                "organisation": each.organisation,
                "address": each.address,
                "connectedSeconds": (None if each.connected_s is None else int(each.connected_s)),
                "height": each.height,
                "queueBytes": each.outbox_bytes,
                "lastError": each.last_error,
            }
            for each in peers.peers
        ],
        "refusedConnections": peers.refused_connections,
    }
