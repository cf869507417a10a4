"""Rehearsals: cases of contracts played through the real engine, on a network held in memory.

    stage = Stage(samples)                    every type that a case may issue, by name
    stage.play(sample, case).problems         nothing, where all comes as the case says

Each case starts from the same state: the members of `CAST`, the contracts of the samples, the code
lists. Each document has a block of its own, a second after the one before. Keys, salts and ids are
made from names and counters: a case comes to the same every time.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NoReturn

from cocket.contracts.cases import PLACE, Case, Change, Clock, Expected, Issue, Member, Put, Step
from cocket.contracts.codes import code_lists
from cocket.contracts.engine import Engine, Outcome
from cocket.contracts.lthash import LtHash
from cocket.contracts.ownership import first_writers
from cocket.contracts.registry import entries_of, entry_of, is_registry
from cocket.ledger import canonical
from cocket.ledger.document import Document, sign
from cocket.ledger.errors import Malformed, Refusal, Refused
from cocket.ledger.genesis import EPOCH, PARAMETERS, ContractText
from cocket.ledger.keys import SigningKey, base64url
from cocket.ledger.organisations import Key, Organisation
from cocket.ledger.sdjwt import conceal

NETWORK = "rehearsal"
START_S = 1_772_600_000
"""2026-03-04T04:53:20Z: when a case begins."""
UCR = "26MY123456789LT0117"

CAST = (
    # id, country, roles, chamber
    ("customs-my", "MY", "customs", "public"),
    ("customs-nl", "NL", "customs", "public"),
    ("chamber-my", "MY", "chamber", "public"),
    ("chamber-nl", "NL", "chamber", "public"),
    ("orient-star", "SG", "carrier", "private"),
    ("north-line", "NL", "carrier", "private"),
    ("lotus", "MY", "merchant", "private"),
    ("noord", "NL", "merchant", "private"),
    ("swift-freight", "NL", "forwarder", "private"),
    ("bank-my", "MY", "payment", "private"),
    ("bank-nl", "NL", "payment", "private"),
    ("surveyor", "MY", "inspection", "private"),
    ("observer", "SG", "observer", "private"),
)
"""Who is there in every case; `member` adds others."""
VALIDATORS = ("customs-my", "customs-nl", "chamber-nl", "orient-star")


@dataclass(frozen=True, slots=True)
class Sample:
    """A document type with what stands beside its contract; no cases: it can only be referred to.

    text     contract and schema;  example: a body;  cases: the first says how it is issued
    """

    text: ContractText
    example: Mapping[str, Any]
    cases: tuple[Case, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.example, dict):
            raise Malformed("an example is a JSON object")
        if self.cases and self.issue.type != self.name:
            raise Malformed(
                f"line {self.cases[0].line}: the first case is the example: "
                f"its last document is of the type {self.name}"
            )

    @property
    def name(self) -> str:
        """The type's name: `bill-of-lading`."""
        return self.text.type.split(":")[2]

    @property
    def issue(self) -> Issue:
        """How the example is issued."""
        issues = [step for step in self.cases[0].steps if isinstance(step, Issue)]
        return issues[-1]

    @property
    def needs(self) -> tuple[Step, ...]:
        """What happens before the example is issued."""
        return self.cases[0].steps[: self.cases[0].steps.index(self.issue)]


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a case.

    problems  sentences that name a line of the cases; none: all is as it says
    outcomes  of each document that the case itself issues, in order
    """

    problems: tuple[str, ...]
    outcomes: tuple[tuple[Issue, Outcome], ...]


def signing_key(name: str) -> SigningKey:
    """The key of the member with this name."""
    return SigningKey(sha256(name.encode()).digest())


def _organisation(
    identity: str, country: str, roles: tuple[str, ...], chamber: str
) -> Organisation:
    name = identity.replace("-", " ").title()
    key = Key(signing_key(identity).public_key, "sign")
    return Organisation(identity, name, country, roles, chamber, (key,))


@dataclass(frozen=True, slots=True)
class Moment:
    """A ledger as it was: entries of its state, its documents, the last block's height, the time of
    the next one in seconds since 1970."""

    state: Mapping[str, bytes]
    log: Mapping[str, Document]
    height: int
    time_s: int


class Stage:
    """The network in memory: `access`'s state and log, with an engine on them."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self.samples = {sample.name: sample for sample in samples}
        self._first: dict[str, bytes] = {}
        for identity, country, role, chamber in CAST:
            self._first |= entries_of(_organisation(identity, country, (role,), chamber))
        for sample in self.samples.values():
            self._first |= entry_of(sample.text)
        self._first |= first_writers(sample.text for sample in self.samples.values())
        others: dict[str, Any] = {f"validators/{EPOCH}": list(VALIDATORS)}
        others |= {f"parameter/{name}": number for name, number in PARAMETERS.items()}
        others |= {f"code-list/{name}": codes for name, codes in code_lists().items()}
        self._first |= {key: canonical.encode(value) for key, value in others.items()}
        self._state = dict(self._first)
        self._log: dict[str, Document] = {}
        self._height = 0
        self.time_s = START_S
        self._engine = Engine(NETWORK, self, self)
        self._beginning = self.moment()

    def get(self, key: str) -> bytes | None:
        """The state's entry."""
        return self._state.get(key)

    def document(self, identity: str) -> Document | None:
        """A committed document."""
        return self._log.get(identity)

    def play(self, sample: Sample, case: Case) -> Played:
        """Play a case of `sample` from the beginning."""
        self.back_to(self._beginning)
        return Play(self, case).run()

    def moment(self) -> Moment:
        """Where the ledger is now."""
        return Moment(dict(self._state), dict(self._log), self._height, self.time_s)

    def back_to(self, moment: Moment) -> None:
        """Undo what happened since."""
        changed = [key for key in self._state.keys() | moment.state.keys() if is_registry(key)]
        self._engine.finished(
            {key: None for key in changed if self._state.get(key) != moment.state.get(key)}
        )
        self._state = dict(moment.state)
        self._log = dict(moment.log)
        self._height = moment.height
        self.time_s = moment.time_s

    def put(self, entries: Mapping[str, bytes | None]) -> None:
        """Change the state between blocks; None removes."""
        for key, value in entries.items():
            if value is None:
                self._state.pop(key, None)
            else:
                self._state[key] = value
        self._engine.finished(entries)

    def block(self, document: Document) -> tuple[Outcome, Mapping[str, bytes | None]]:
        """A block of one document: what became of it, and what it wrote."""
        self._height += 1
        run = self._engine.begin(self._height, self.time_s * 1000, LtHash())
        outcome = run.execute(document, None)
        writes = run.finish().writes
        self.put(writes)
        if outcome.refusal is None:
            self._log[document.id] = document
        return outcome, writes


class Broken(Exception):
    """A case cannot go on; the sentence says why."""


class Play:
    """One case being played. Documents are known by the names given to them, and by their types."""

    def __init__(self, stage: Stage, case: Case) -> None:
        self.stage = stage
        self.case = case
        self.named: dict[str, Document] = {}
        self.of_type: dict[str, Document] = {}
        self.problems: list[str] = []
        self.outcomes: list[tuple[Issue, Outcome]] = []
        self.made = 0
        self.needed: list[str] = []
        self.done: set[int] = set()

    def run(self) -> Played:
        """Play every step; a step that cannot be played ends the case."""
        for step in self.case.steps:
            try:
                self.step(step)
            except Broken as broken:
                self.problems.append(f"line {step.line}: {broken}")
                break
        return Played(tuple(self.problems), tuple(self.outcomes))

    def step(self, step: Step) -> None:
        """Play a step, and keep what came otherwise than it says; `Broken` where it cannot be."""
        match step:
            case Issue():
                outcome, writes = self.issue(step)
                self.outcomes.append((step, outcome))
                for problem in self.compared(step, outcome, writes):
                    self.problems.append(f"line {step.line}: {problem}")
            case Member(id=identity, country=country, roles=roles, chamber=chamber):
                member = _organisation(identity, country, roles, chamber)
                self.stage.put(dict(entries_of(member)))
            case Put(key=key, value=value):
                data = None if value is None else canonical.encode(self.filled(value))
                self.stage.put({self.filled(key): data})
            case Clock(time_s=time_s):
                before = self.stage.time_s if self.made else 0  # nothing was issued yet
                self.stage.time_s = max(before, time_s)

    # Documents

    def issue(self, issue: Issue) -> tuple[Outcome, Mapping[str, bytes | None]]:
        """Issue a document, after what its type's example needs."""
        sample = self.stage.samples.get(issue.type)
        if sample is None:
            raise Broken(f"there is no document type {issue.type} here")
        example = sample.issue if sample.cases else issue
        if example is not issue:
            self.provide(issue, sample.needs)
        self.stage.time_s += 1
        try:
            document = self.document(issue, example, sample)
        except Refused as refused:
            return Outcome(refused.refusal), {}
        outcome, writes = self.stage.block(document)
        if issue.name is not None:
            self.named[issue.name] = document
        if outcome.refusal is None:
            self.of_type[issue.type] = document
        return outcome, writes

    def provide(self, issue: Issue, steps: Iterable[Step]) -> None:
        """Do what has to be done before `issue`, as far as the case has not done it."""
        if issue.type in self.needed:
            raise Broken(f"the example of {issue.type} needs itself: {', '.join(self.needed)}")
        self.needed.append(issue.type)
        for step in steps:
            if not isinstance(step, Issue):
                if id(step) not in self.done:
                    self.step(step)
                self.done.add(id(step))
            elif (step.name or step.type) not in issue.without and not self.has(step):
                self.must_commit(step)
        self.needed.pop()

    def has(self, issue: Issue) -> bool:
        """Whether the case has such a document already: by its name, or of its type."""
        return issue.type in self.of_type if issue.name is None else issue.name in self.named

    def must_commit(self, issue: Issue) -> Document:
        """The document, issued now; `Broken` where it is refused."""
        outcome, _ = self.issue(issue)
        if outcome.refusal is not None:
            refusal = outcome.refusal
            raise Broken(
                f"the {issue.type} that this builds on is refused: {refusal.code}: "
                f"{refusal.message} {refusal.path}".rstrip()
            )
        return self.of_type[issue.type]

    def document(self, issue: Issue, example: Issue, sample: Sample) -> Document:
        """The signed document: what `issue` says, and the rest as `example` is issued."""
        issuer = issue.issuer or example.issuer or _unknown_issuer(issue.type)
        roles = {**example.references, **issue.references}
        refs = {
            role: self.identity(name)
            for role, name in roles.items()
            if name is not None and name not in issue.without
        }
        claims = {
            "iss": issuer,
            "aud": NETWORK,
            "iat": self.stage.time_s,
            "jti": base64url(self.counted()),
            "vct": sample.text.type,
            "ucr": next((ucr for ucr in (issue.ucr, example.ucr) if ucr is not None), [UCR]),
            "refs": {**refs, **issue.ids},
            "body": self.body(issue, example, sample),
        }
        expires_s = issue.expires_s or example.expires_s
        if expires_s is not None:
            claims["exp"] = expires_s
        return sign(claims, signing_key(issuer))

    def body(self, issue: Issue, example: Issue, sample: Sample) -> dict[str, Any]:
        """The example's body with the changes of the case, its hidden members hidden."""
        changes = issue.changes if issue is example else example.changes + issue.changes
        body: Any = deepcopy(dict(sample.example))
        hidden: list[str] = []
        for change in changes:
            if change.kind == "hidden":
                hidden.append(change.pointer)
            else:
                body = self.changed(body, change)
                hidden = [pointer for pointer in hidden if pointer != change.pointer]
        if not hidden:
            return body  # type: ignore[no-any-return]
        return self.concealed(body, hidden)

    def concealed(self, body: dict[str, Any], pointers: list[str]) -> dict[str, Any]:
        """The body with these members hidden; nobody keeps their disclosures."""
        return conceal(body, pointers, self.counted)[0]

    def changed(self, body: Any, change: Change) -> Any:
        """The body with one change; `Broken` where it has no such place."""
        if change.kind == "verbatim":
            return change.value
        if change.pointer == "":
            return self.filled(change.value)
        *above, last = change.pointer.removeprefix("/").split("/")
        try:
            place = body
            for part in above:
                place = place[_part_of(place, part)]
            if change.kind == "absent":
                del place[_part_of(place, last)]
            elif isinstance(place, list) and last == "-":
                place.append(self.filled(change.value))
            else:
                place[_part_of(place, last)] = self.filled(change.value)
        except (KeyError, IndexError, TypeError, ValueError):
            where = f"{change.pointer} (line {change.line})"
            raise Broken(f"there is no place in the body for {where}") from None
        return body

    def counted(self) -> bytes:
        """Sixteen bytes that this case did not use before: a `jti`, a salt."""
        self.made += 1
        return self.made.to_bytes(16, "big")

    def identity(self, name: str) -> str:
        """The id of the document that is called so, which is issued if it is an example."""
        document = self.named.get(name) or self.of_type.get(name)
        if document is None:
            if name not in self.stage.samples:
                raise Broken(f"no document is called {name}")
            document = self.must_commit(Issue(0, None, name, None))
        return document.id

    def filled(self, value: Any) -> Any:
        """`value` with ids and keys in place of the names in braces."""
        if isinstance(value, str):
            return PLACE.sub(lambda match: self.place(match[1]), value)
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        if isinstance(value, dict):
            return {self.filled(name): self.filled(item) for name, item in value.items()}
        return value

    def place(self, name: str) -> str:
        """What stands for a name in braces: a document's id, a member's key or that key's id."""
        what, _, member = name.rpartition(" ")
        if what == "key":
            return base64url(signing_key(member).public_key)
        if what == "kid":
            return signing_key(member).thumbprint
        document = self.named.get(name) or self.of_type.get(name)
        if document is None:
            raise Broken(f"no document is called {{{name}}}")
        return document.id

    # What became of them

    def compared(
        self, issue: Issue, outcome: Outcome, writes: Mapping[str, bytes | None]
    ) -> Iterator[str]:
        """Sentences on how the outcome differs from what the case says."""
        expected = issue.expected or _COMMITTED
        if outcome.refusal is not None:
            yield from self.differing_refusal(expected, outcome.refusal)
        elif expected.refused is not None:
            yield f"committed, where it should be refused: {expected.refused[0]}"
        elif issue.expected is not None:
            yield from _differing_remarks(expected, outcome)
            yield from self.differing_writes(expected, writes)
            yield from self.differing_events(expected, outcome)
        if expected.steps_max is not None and outcome.steps > expected.steps_max:
            yield f"took {outcome.steps} steps, more than {expected.steps_max}"

    def differing_refusal(self, expected: Expected, refusal: Refusal) -> Iterator[str]:
        """Sentences on another code, place or sentence than expected, or on any refusal at all."""
        as_it_is = f"refused {refusal.code} {refusal.path} {refusal.message}"
        if expected.refused is None:
            yield f"{as_it_is}, where it should be committed"
            return
        code, path, words = expected.refused
        if code != refusal.code or path not in (None, refusal.path):
            yield f"{as_it_is}, where it should be refused: {code} {path or ''}".rstrip()
        elif self.filled(words) not in refusal.message:
            yield f"{as_it_is}, which does not say: {self.filled(words)}"

    def differing_writes(
        self, expected: Expected, writes: Mapping[str, bytes | None]
    ) -> Iterator[str]:
        """Sentences on writes and removals that were expected and are not there."""
        for name, value in expected.writes:
            key = self.filled(name)
            data = writes.get(key)
            if data is None:
                yield f"did not write {key}, but {', '.join(writes) or 'nothing'}"
            elif not _fits(self.filled(value), canonical.decode(data)):
                yield f"wrote {key} {data.decode()}"
        for key in map(self.filled, expected.removes):
            if writes.get(key, b"") is not None:
                yield f"did not remove {key}"

    def differing_events(self, expected: Expected, outcome: Outcome) -> Iterator[str]:
        """Sentences on events that were expected and are not there, or with another value."""
        events = {event.name: canonical.decode(event.value) for event in outcome.events}
        for name, value in expected.events:
            if name not in events:
                yield f"no event {name}"
            elif value is not None and not _fits(self.filled(value), events[name]):
                yield f"the event {name} is {canonical.encode(events[name]).decode()}"


def _differing_remarks(expected: Expected, outcome: Outcome) -> Iterator[str]:
    found = [(warning.code, warning.path) for warning in outcome.warnings]
    listed = list(expected.warnings)
    as_listed = len(found) == len(listed) and all(
        code == warning and path in (None, at)
        for (code, path), (warning, at) in zip(sorted(listed, key=str), sorted(found), strict=True)
    )
    if not as_listed:
        yield f"warned {', '.join(f'{code} {path}' for code, path in found) or 'of nothing'}"
    if sorted(outcome.unchecked) != sorted(expected.unchecked):
        yield f"left unchecked {', '.join(outcome.unchecked) or 'nothing'}"


def _fits(expected: Any, actual: Any) -> bool:
    """Whether they are equal, of objects in the members that are expected."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return all(
            name in actual and _fits(value, actual[name]) for name, value in expected.items()
        )
    return bool(expected == actual)


def _part_of(place: Any, part: str) -> Any:
    """A token of a JSON pointer (RFC 6901) as it is used on `place`."""
    if isinstance(place, list):
        return int(part)
    return part.replace("~1", "/").replace("~0", "~")


def _unknown_issuer(name: str) -> NoReturn:
    raise Broken(f"nobody issues this: write {name} by ORGANISATION, here or in its first case")


_COMMITTED = Expected(None, (), (), (), (), (), None)
