"""The engine: runs the documents of a block, one after the other, on the state.

    run = engine.begin(height, time_ms, digest)
    outcome = run.execute(document, signature_valid)      for each, in order
    result = run.finish()                                 what to store

The caller stores `result.writes` so that `state` shows them before it begins the next block. Same
state, same documents: same outcomes, same writes, same digest, on every node.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from cocket.contracts.access import Caution, Event
from cocket.contracts.admission import Admitted, LogReader, admit
from cocket.contracts.borders import DECLARATION, Crossing, addressed_to
from cocket.contracts.lthash import LtHash
from cocket.contracts.registry import Registry, check_entry, claim_entry, is_registry
from cocket.contracts.state import Layer, StateReader
from cocket.ledger import canonical
from cocket.ledger.document import Document
from cocket.ledger.errors import Refusal, Refused
from cocket.ledger.organisations import Organisation

READS_CACHED = 20_000
UNCHECKED = "unchecked"
"""Where the state holds the rules that a document's contract left unchecked, by the document's id:
customs may demand that they are run (`finding`)."""

__all__ = ["BlockResult", "BlockRun", "Engine", "LogReader", "Outcome", "StateReader"]


class Outcome(msgspec.Struct, frozen=True):
    """What became of a document. Refused, it has left nothing behind.

    unchecked  rules that were not run, because the issuer hid what they need
    steps      what its contract and the rules of borders cost; 0 where they were not asked
    read       where something was hidden: the entries of the state that its contract read, as they
               were, so that whoever holds the disclosures can run it again (`disclosed`)
    """

    refusal: Refusal | None
    warnings: tuple[Caution, ...] = ()
    unchecked: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    steps: int = 0
    read: tuple[tuple[str, bytes | None], ...] | None = None

    @property
    def committed(self) -> bool:
        """Whether it was accepted."""
        return self.refusal is None


@dataclass(frozen=True, slots=True)
class BlockResult:
    """What a block changed: key -> new value (None: removed), in order; the state's new digest."""

    writes: dict[str, bytes | None]
    digest: LtHash


class Engine:
    """Runs blocks. `network` is its id; `state` and `log` are as of the last block stored."""

    def __init__(self, network: str, state: StateReader, log: LogReader) -> None:
        self.network = network
        self.state = state
        self.log = log
        self.registry = Registry(state)
        self._changed: set[str] = set()

    def begin(self, height: int, time_ms: int, digest: LtHash) -> "BlockRun":
        """Start the block at `height`, of time `time_ms`, on the state of that `digest`."""
        self.registry.forget(self._changed)
        self._changed.clear()
        return BlockRun(self, height, time_ms, digest)

    def finished(self, writes: Mapping[str, bytes | None]) -> None:
        """What `BlockRun.finish` hands out is going to be in `state` when the next block begins."""
        self._changed.update(filter(is_registry, writes))

    def admit(
        self,
        document: Document,
        height: int,
        time_ms: int,
        signature_valid: bool | None = None,
    ) -> None:
        """Raise `Refused` where a block of this height and time would refuse `document` unasked.

        For entry nodes; the contract itself is not run. signature_valid as in `BlockRun.execute`.
        """
        self.registry.forget(self._changed)  # stored by now or not: read what there is
        admit(
            document,
            document.body,
            network=self.network,
            registry=self.registry,
            log=self.log,
            height=height,
            time_s=time_ms // 1000,
            signature_valid=signature_valid,
            at_entry=True,
        )


class BlockRun:
    """A block that is being run; nothing of it is visible outside before it is stored."""

    def __init__(self, engine: Engine, height: int, time_ms: int, digest: LtHash) -> None:
        self.height = height
        self.time_s = time_ms // 1000
        self._engine = engine
        self._digest = digest
        self._reads = _Reads(engine.state)
        self._layer = Layer(self._reads)
        self._committed: dict[str, Document] = {}

    def document(self, identity: str) -> Document | None:
        """A document committed before, in this block or an earlier one."""
        return self._committed.get(identity) or self._engine.log.document(identity)

    def execute(self, document: Document, signature_valid: bool | None) -> Outcome:
        """Run a document. The caller passes each at most once, and none that is final already.

        signature_valid  whether the key that its `kid` names signed it; None: not verified yet
        """
        assert document.id not in self._committed, "a document is final once"
        claims = document.claims
        try:
            admitted = admit(
                document,
                claims["body"],
                network=self._engine.network,
                registry=self._engine.registry,
                log=self,
                height=self.height,
                time_s=self.time_s,
                signature_valid=signature_valid,
            )
        except Refused as refused:
            return Outcome(refused.refusal)
        return self._run(document, claims, admitted)

    def _run(self, document: Document, claims: dict[str, Any], admitted: Admitted) -> Outcome:
        layer = Layer(self._layer)
        host = _Host(layer, self, self._engine.registry)
        contract = admitted.type.contract
        run = contract.run(self._told(document, claims), signer_claims(admitted.signer), host)
        if run.refusal is not None:
            return Outcome(run.refusal, steps=run.steps)
        hides = document.may_hide or run.unchecked
        read = tuple(host.read.items()) if hides else None
        outcome = Outcome(None, run.warnings, run.unchecked, run.events, run.steps, read)
        if run.unchecked:
            layer.put(f"{UNCHECKED}/{document.id}", canonical.encode(list(run.unchecked)))
        if DECLARATION in contract.writes:
            try:
                outcome = self._at_borders(document, admitted.signer, layer, host, outcome)
            except Refused as refused:
                return Outcome(refused.refusal, steps=run.steps)
        self._layer.merge(layer.writes)
        self._committed[document.id] = document
        return outcome

    def _told(self, document: Document, claims: dict[str, Any]) -> dict[str, Any]:
        """What a contract is told of a document beside its claims."""
        claims["id"] = document.id
        claims["height"] = self.height
        claims["time"] = self.time_s
        return claims

    def _at_borders(
        self, document: Document, signer: Organisation, layer: Layer, host: "_Host", sofar: Outcome
    ) -> Outcome:
        """Run the rules of those whose customs the document is addressed to; see `borders`."""
        registry = self._engine.registry
        declarations = addressed_to(layer.writes)
        for country in sorted({country for _, country in declarations}):
            border = registry.border(country)
            if border is None:
                continue
            crossing = Crossing(
                country,
                datetime.fromtimestamp(self.time_s, UTC).date().isoformat(),
                document.type_name,
                f"{DECLARATION}/{document.id}" if (document.id, country) in declarations else None,
                layer,
            )
            crossing.cross(
                border,
                registry.border_rule,
                lambda: self._told(document, document.claims),
                lambda: signer_claims(signer),
                host,
            )
            unchecked = [each for each in crossing.unchecked if each not in sofar.unchecked]
            sofar = Outcome(
                None,
                (*sofar.warnings, *crossing.warnings),
                (*sofar.unchecked, *unchecked),
                (*sofar.events, *crossing.events),
                sofar.steps + crossing.steps,
                sofar.read,
            )
        return sofar

    def finish(self) -> BlockResult:
        """What the block changed, in the order of keys."""
        writes: dict[str, bytes | None] = {}
        added: list[tuple[bytes, bytes]] = []
        removed: list[tuple[bytes, bytes]] = []
        for key, new in sorted(self._layer.writes.items()):
            old = self._reads.get(key)
            if new == old:
                continue
            writes[key] = new
            name = key.encode()
            if old is not None:
                removed.append((name, old))
            if new is not None:
                added.append((name, new))
        self._engine.finished(writes)
        return BlockResult(writes, self._digest.update(added, removed))


class _Host:
    """The ledger as the contract of one document sees it (`access.Host`).

    `read` is what it was told of the state, its own writes left out.
    """

    __slots__ = ("_block", "_layer", "_registry", "read")

    def __init__(self, layer: Layer, block: BlockRun, registry: Registry) -> None:
        self._layer = layer
        self._block = block
        self._registry = registry
        self.read: dict[str, bytes | None] = {}

    def get(self, key: str) -> bytes | None:
        value = self._layer.get(key)
        if key not in self._layer.writes:
            self.read[key] = value
        return value

    def put(self, key: str, value: bytes | None) -> None:
        if is_registry(key):
            check_entry(key, value)
            claim_entry(self._layer, key, value)
        self._layer.put(key, value)

    def document(self, identity: str) -> Document | None:
        return self._block.document(identity)

    def organisation(self, identity: str) -> Organisation | None:
        return self._registry.organisation(identity)

    def code_list(self, name: str) -> Mapping[str, int | None]:
        return self._registry.code_list(name)


class _Reads:
    """The state before the block, remembering what was read: `finish` asks for it again."""

    def __init__(self, state: StateReader) -> None:
        self._state = state
        self._known: dict[str, bytes | None] = {}

    def get(self, key: str) -> bytes | None:
        if key in self._known:
            return self._known[key]
        value = self._state.get(key)
        if len(self._known) < READS_CACHED:
            self._known[key] = value
        return value


def signer_claims(organisation: Organisation) -> dict[str, Any]:
    """What a contract is told about who signed."""
    return {
        "organisation": organisation.id,
        "roles": list(organisation.roles),
        "country": organisation.country,
        "chamber": organisation.chamber,
    }
