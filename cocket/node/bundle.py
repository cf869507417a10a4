"""What verifiers and form makers need, from the state: trust bundle, document types."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import lru_cache
from typing import Any

from cocket.contracts.registry import compile_type
from cocket.ledger import canonical
from cocket.ledger.genesis import DEPTH_MAX, Genesis
from cocket.ledger.organisations import Organisation
from cocket.ledger.trust import Epoch, TrustBundle
from cocket.node.reader import Reader
from cocket.node.records import Head

TYPES_CACHED = 256


class Bundles:
    """The trust bundle as of the newest block: made once for all who ask while that is the newest.

    `read` runs a query beside the event loop, as `Node.read` does.
    """

    def __init__(
        self,
        genesis: Genesis,
        read: Callable[[Callable[[Reader], bytes]], Coroutine[Any, Any, bytes]],
    ) -> None:
        self._genesis = genesis
        self._read = read
        self._height = -1
        self._made: asyncio.Future[bytes] | None = None

    async def at(self, head: Head) -> bytes:
        """The bundle as of `head`, canonical JSON."""
        made = self._made
        if made is None or self._height != head.height or _failed(made):
            self._height = head.height
            made = self._made = asyncio.ensure_future(
                self._read(lambda reader: bundle(reader, self._genesis, head))
            )
        return await asyncio.shield(made)  # others wait for it, too


def _failed(made: asyncio.Future[bytes]) -> bool:
    return made.done() and (made.cancelled() or made.exception() is not None)


def bundle(reader: Reader, genesis: Genesis, head: Head) -> bytes:
    """The trust bundle as of `head`: validators, members with keys, who may issue."""
    organisations = tuple(
        Organisation.from_value(canonical.decode(value))
        for _, value in reader.state_items("organisation/", "organisation0")
    )
    issuers = {each["type"]: tuple(each["signedBy"]) for each in types(reader)}
    return TrustBundle(
        network=genesis.network,
        genesis=genesis.hash,
        epochs=(Epoch(genesis.committee(), first_height=1),),
        organisations=organisations,
        issuers=issuers,
        height=head.height,
        time_s=head.time_ms // 1000,
    ).data


def types(reader: Reader) -> list[dict[str, Any]]:
    """Each document type with the roles that may sign it ([]: any member) and its schema."""
    return [
        _type(key.partition("/")[2], value)
        for key, value in reader.state_items("contract/", "contract0")
    ]


@lru_cache(maxsize=TYPES_CACHED)
def _type(vct: str, value: bytes) -> dict[str, Any]:
    """Kept, as anyone may ask for all of them; nobody may change what is returned."""
    text = canonical.decode(value, DEPTH_MAX)
    contract = compile_type(vct, text).contract
    return {"type": vct, "signedBy": list(contract.signed_by), "schema": text["schema"]}
