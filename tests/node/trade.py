"""The examples of all standard types as one trade, and the near-misses that can be told in it.

    trade = rehearsed()           played in memory, as `cocket contract test` plays cases
    trade.said                    every document of it in order, signed, with what became of it

Documents are the same whoever takes them: what is rehearsed here goes to a running network as it
is, which has to come to the same (`test_examples.py`). Types are found by themselves. Each example
is issued once, as the first of its cases says, after all that it refers to. But for `CUSTOMS` and
`LAST` any order will do as a rule: one that comes too early is put off, one that comes too late is
moved to the front.

A near-miss is a case that ends in a refusal. It is told right before or right after the example of
its type, or of another that it is about, if it needs no more than is there by then; and at the end,
if it needs other documents and these are taken. What cannot be told: what needs a state that no
document made, or another time.

`python -m tests.node.trade` writes the table of it into docs/documents/README.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from cocket.contracts.cases import Case, Clock, Issue, Member, Put, Step, parse
from cocket.contracts.engine import Outcome
from cocket.contracts.rehearsal import Broken, Play, Sample, Stage
from cocket.contracts.standard import NAMES, cases, contract_texts, example
from cocket.ledger.document import Document

README = Path(__file__).parents[2] / "docs" / "documents" / "README.md"
TABLE_BEGINS = "<!-- the trade: made by `python -m tests.node.trade` -->"
TABLE_ENDS = "<!-- the end of the trade -->"

CUSTOMS = (
    *("preference-claim", "hold", "inspection-report", "hold-release"),
    *("refusal", "appeal", "appeal-decision", "clearance", "duty-assessment"),
)
"""What customs do with one declaration: here the order matters."""
LAST = ("revocation",)

Result = tuple[Outcome, Mapping[str, bytes | None]]
"""What became of a document, and what it wrote."""


@dataclass(frozen=True, slots=True)
class Said:
    """A document, the time in seconds since 1970, and what became of it then."""

    document: Document
    time_s: int
    outcome: Outcome


@dataclass(slots=True)
class Trade:
    """What was issued, in order; of each type, when its example was, and its near-misses.

    examples  type -> who issued it, in the order of issue
    missed    type -> line of each near-miss that was told -> the code of the refusal
    """

    said: list[Said] = field(default_factory=list)
    examples: dict[str, str] = field(default_factory=dict)
    missed: dict[str, dict[int, str]] = field(default_factory=dict)


class _Ledger(Stage):
    """A network in memory that writes down what it is told."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        super().__init__(samples)
        self.said: list[Said] = []

    def block(self, document: Document) -> Result:
        outcome, writes = super().block(document)
        self.said.append(Said(document, self.time_s, outcome))
        return outcome, writes


class _Telling(Play):
    """One play of everything.

    examples  type -> its example, once that is committed
    steps     id of a step of some case -> the document it made, which is not made twice

    Names and types mean what they would in a case of its own: see `prepare`.
    """

    def __init__(self, ledger: _Ledger) -> None:
        super().__init__(ledger, Case(0, "the trade", ()))
        self.ledger = ledger
        self.examples: dict[str, Document] = {}
        self.steps: dict[int, Document] = {}

    def issue(self, issue: Issue) -> Result:
        outcome, writes = super().issue(issue)
        if outcome.refusal is None:
            document = self.of_type[issue.type]
            if _is_example(issue):
                self.examples[issue.type] = document
            else:
                self.steps[id(issue)] = document
        return outcome, writes

    def has(self, issue: Issue) -> bool:
        """Whether the document is there; then it goes by its names, and what it needs does too."""
        is_example = _is_example(issue)
        found = self.examples.get(issue.type) if is_example else self.steps.get(id(issue))
        if found is None:
            return False
        if is_example:
            for step in self.ledger.samples[issue.type].needs:
                if isinstance(step, Issue):
                    self.has(step)
        self.of_type[issue.type] = found
        if issue.name is not None:
            self.named[issue.name] = found
        return True

    def step(self, step: Step) -> None:
        if isinstance(step, Put | Member):
            raise Broken("a running network has only documents")
        super().step(step)

    def prepare(self, name: str) -> None:
        """Begin with what the example of this type needs, as if there were nothing else."""
        self.named.clear()
        self.of_type = dict(self.examples)
        self.needed.clear()
        self.provide(Issue(0, None, name, None), self.ledger.samples[name].needs)

    def tell_example(self, name: str) -> str | None:
        """Why the example of this type cannot be committed now; None: it is."""
        if name in self.examples:
            return None
        try:
            self.prepare(name)
            outcome, _ = self.issue(Issue(0, None, name, None))
        except Broken as broken:
            return str(broken)
        return None if outcome.refusal is None else str(outcome.refusal)

    def tell_near_miss(self, name: str, case: Case, *, with_others: bool) -> str | None:
        """The code that a case of this type is refused with, if it comes out here as it says; or
        else nothing happened. `with_others`: documents may be committed for it."""
        code = _code_of(case)
        *before, last = case.steps
        if code is None or any(isinstance(step, Clock | Put | Member) for step in before):
            return None
        moment, count = self.ledger.moment(), len(self.ledger.said)
        kept = dict(self.examples), dict(self.steps), set(self.done)
        self.problems = []
        try:
            self.prepare(name)
            for step in before:
                if not isinstance(step, Issue) or not self.has(step):
                    self.step(step)
            self.step(last)
        except Broken as broken:
            self.problems.append(str(broken))
        said = self.ledger.said[count:]
        others = any(each.outcome.refusal is None for each in said[:-1])
        if not self.problems and said and said[-1].outcome.refusal and (with_others or not others):
            return code
        self.ledger.back_to(moment)
        del self.ledger.said[count:]
        self.examples, self.steps, self.done = kept
        return None


def _code_of(case: Case) -> str | None:
    """What the case's last document is refused with, where it is a near-miss."""
    last = case.steps[-1]
    refused = isinstance(last, Issue) and last.expected is not None and last.expected.refused
    return refused[0] if refused else None


def _is_example(issue: Issue) -> bool:
    """Whether this is a type's example as it is."""
    return replace(issue, line=0, name=None, expected=None, without=()) == Issue(
        0, None, issue.type, None
    )


@cache
def rehearsed() -> Trade:
    """The trade; `AssertionError` names the types whose example finds no place in it."""
    samples = [
        Sample(text, example(name), parse(cases(name)))
        for name, text in zip(NAMES, contract_texts(), strict=True)
    ]
    ledger = _Ledger(samples)
    beginning = ledger.moment()
    names = [*CUSTOMS, *(each for each in NAMES if each not in (*CUSTOMS, *LAST)), *LAST]
    first: list[str] = []
    while True:
        order, left = _order(ledger, [*first, *(each for each in names if each not in first)])
        ledger.back_to(beginning)
        ledger.said.clear()
        if not left:
            return _told(ledger, order)
        late = next(iter(left))
        assert late not in first, f"the example of {late} finds no place: {left[late]}"
        first.insert(0, late)


def _order(ledger: _Ledger, names: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The order in which examples are committed, if they are tried in the order of `names` again
    and again; and why those are not that never are."""
    telling = _Telling(ledger)
    left = list(names)
    while True:
        found = {name: telling.tell_example(name) for name in left}
        still = {name: why for name, why in found.items() if why is not None}
        if not still or len(still) == len(left):
            return list(telling.examples), still
        left = list(still)


def _told(ledger: _Ledger, names: Sequence[str]) -> Trade:
    telling = _Telling(ledger)
    missed: dict[str, dict[int, str]] = {name: {} for name in names}

    def tell(name: str, about: str, *, with_others: bool = False) -> None:
        """Tell the near-misses of `name` that are about the type `about`."""
        for case in ledger.samples[name].cases[1:]:
            types = [step.type for step in case.steps if isinstance(step, Issue)]
            if case.line not in missed[name] and about in types:
                code = telling.tell_near_miss(name, case, with_others=with_others)
                if code is not None:
                    missed[name][case.line] = code

    for name in names:
        telling.prepare(name)
        tell(name, name)
        why = telling.tell_example(name)
        assert why is None, f"the example of {name}: {why}"
        for other in names:
            tell(other, name)
    for name in sorted(missed):
        tell(name, name, with_others=True)
    examples = {name: document.issuer for name, document in telling.examples.items()}
    return Trade(ledger.said, examples, missed)


def with_table(text: str) -> str:
    """The README with the table of the trade between its two marks."""
    before, _, rest = text.partition(TABLE_BEGINS)
    _, _, after = rest.partition(TABLE_ENDS)
    return f"{before}{TABLE_BEGINS}\n\n{_table(rehearsed())}\n{TABLE_ENDS}{after}"


def _table(trade: Trade) -> str:
    rows = [
        f"| {number} | [{name}]({name}.md) | {issuer} | {_codes(name, trade.missed[name])} |"
        for number, (name, issuer) in enumerate(trade.examples.items(), 1)
    ]
    head = "| | its example commits | signed by | near-misses are refused |\n|---|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


def _codes(name: str, missed: Mapping[int, str]) -> str:
    all_cases = sum(_code_of(case) is not None for case in parse(cases(name)))
    codes = sorted(set(missed.values()))
    return f"{len(missed)} of {all_cases}: " + ", ".join(f"`{code}`" for code in codes)


if __name__ == "__main__":
    README.write_text(with_table(README.read_text("utf-8")), "utf-8")
