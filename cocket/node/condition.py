"""What a running node knows of itself, for `diagnosis` to put into words."""

from typing import TYPE_CHECKING

from cocket.ledger.keys import base64url
from cocket.node.diagnosis import Condition, Peer, View, Wanted
from cocket.node.status import abstains

if TYPE_CHECKING:
    from cocket.network.fetch import Fetcher
    from cocket.node.service import Node

ID_CHARACTERS_SHOWN = 12


def condition(node: "Node") -> Condition:
    """How it stands with a node now."""
    replica = node.ordering.replica.status()
    names = [validator.organisation for validator in node.committee.validators]
    full = node.ordering.full_disk or node.execution.full_disk
    return Condition(
        me=node.config.organisation,
        validators=tuple(names),
        quorum=node.committee.quorum,
        height=node.head.height,
        target=node.catchup.progress.target,
        to_apply=node.execution.backlog,
        pending=len(node.pending),
        batches=node.dissemination.waiting,
        halted=node.ordering.halted or "",
        full_disk=str(node.config.data) if full else "",
        abstains=abstains(replica, names) if replica.abstains else "",
        clock_ms=node.ordering.clock_watch.off_ms(node.clock.now()),
        view=_view(node),
        peers=_peers(node),
        wanted=(*_wanted("batch", node.batch_fetcher), *_wanted("block", node.block_fetcher)),
        refused_callers=node.peers.status().refused_connections,
    )


def _view(node: "Node") -> View:
    replica = node.ordering.replica.status()
    names = [validator.organisation for validator in node.committee.validators]
    now_ms = node.clock.now().monotonic_ms
    return View(
        number=replica.view,
        leader=names[replica.leader],
        working_s=(
            None if replica.armed_ms is None else max(0.0, (now_ms - replica.armed_ms) / 1000)
        ),
        delta_s=replica.delta_ms / 1000,
        proposed=replica.proposal is not None,
        notarize=tuple(names[index] for index in replica.notarizes),
        nullify=tuple(names[index] for index in replica.nullifies),
        waiting_for=replica.waiting_for,
    )


def _peers(node: "Node") -> tuple[Peer, ...]:
    return tuple(
        Peer(
            each.organisation,
            each.address,
            each.connected_s is not None,
            each.away_s if each.connected_s is None else each.connected_s,
            each.dials,
            each.last_error,
        )
        for each in node.peers.status().peers
    )


def _wanted(what: str, fetcher: "Fetcher") -> list[Wanted]:
    return [
        Wanted(what, base64url(each.identity)[:ID_CHARACTERS_SHOWN], each.since_s, each.asked)
        for each in fetcher.missing()
    ]
