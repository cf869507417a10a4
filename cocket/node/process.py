"""A node as a process: made from an organisation's directory, run until a signal ends it."""

import asyncio
import contextlib
import signal
from pathlib import Path

from cocket.network.door import CannotListen
from cocket.node import memory
from cocket.node.config import check_keys, load_config, load_genesis, load_keys
from cocket.node.logs import configure_logs
from cocket.node.problems import NodeError
from cocket.node.service import Node
from cocket.node.surroundings import Surroundings, machine


def start(directory: Path, surroundings: Surroundings | None = None) -> Node:
    """The node of an organisation's directory, not yet running, on this machine if nothing else is
    given; `NodeError` if it cannot be."""
    config = load_config(directory)
    keys, genesis = load_keys(config), load_genesis(config)
    check_keys(config, keys, genesis)
    return Node(config, keys, genesis, surroundings or machine())


async def run(directory: Path, surroundings: Surroundings | None = None) -> None:
    """Run the node of a directory until SIGTERM or SIGINT; `NodeError` if it cannot start."""
    configure_logs()
    node = start(directory, surroundings)
    memory.settle()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, node.stop)
    try:
        await node.run()
    except CannotListen as error:
        raise NodeError("cannot-listen", str(error)) from None
    except BaseExceptionGroup as group:
        known = group.subgroup(NodeError)
        if known is None:
            raise
        raise _first(known) from None  # one sentence that says what to do, not where it was raised
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(ValueError):
                loop.remove_signal_handler(number)


def _first(group: BaseExceptionGroup[NodeError]) -> NodeError:
    """The first error of a group and of the groups in it."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
