"""Folders of contracts, as their authors keep them, and the network on which they are tried out.

    contract.py  schema.json  example.json  cases.txt        one folder for each type

What is written there may leave out what is in common (`cocket.contracts.assembly`); what is said
of a contract's lines is said of the lines its author wrote.
"""

import ast
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cocket import terminal
from cocket.contracts import standard
from cocket.contracts.cases import Case, parse
from cocket.contracts.registry import DocumentType, compile_type
from cocket.contracts.rehearsal import Sample, Stage
from cocket.contracts.source import NOT_PYTHON
from cocket.ledger.errors import Malformed, Refused
from cocket.ledger.genesis import ContractText

FILE_CHARACTERS_MAX = 1024 * 1024

_LINE = re.compile(r"\bline ([0-9]+)")
_DEFINITION = re.compile(r"def ([a-z_0-9]+)\(")


@dataclass(frozen=True, slots=True)
class Folder:
    """A type as it was found; without `sample` and `type`, there are `problems` that say why.

    source  the contract as its author wrote it
    """

    path: Path
    urn: str
    source: str
    sample: Sample | None = None
    type: DocumentType | None = None
    problems: tuple[str, ...] = ()

    @property
    def own_codes(self) -> frozenset[str]:
        """The codes of refusals and warnings that stand in the contract itself."""
        codes = self.type.contract.codes if self.type is not None else frozenset()
        return frozenset(code for code in codes if re.search(f"[\"']{code}[\"']", self.source))

    def located(self, sentence: str) -> str:
        """A sentence on a line of this contract as it goes on the ledger, put as its author's."""
        if self.sample is None:
            return sentence
        return located(sentence, self.source, self.sample.text.source)

    def problem(self, sentence: str) -> str:
        """A problem of the cases: its own line is theirs, others are the contract's."""
        place, _, rest = sentence.partition(": ")
        return f"{place}: {self.located(rest)}"


def staged(where: Path) -> tuple[list[Folder], Stage]:
    """The folders that are meant, and a network of their types, their neighbours', the standard."""
    paths = _paths(where)
    meant = [_folder(path) for path in paths]
    beside = [_folder(path) for path in _neighbours(paths[0].parent) if path not in paths]
    here = {folder.path.name for folder in meant + beside}
    others = [
        Sample(text, standard.example(name), parse(standard.cases(name)))
        for name, text in zip(standard.NAMES, standard.contract_texts(), strict=True)
        if name not in here
    ]
    samples = [folder.sample for folder in meant + beside if folder.sample is not None]
    return meant, Stage([*others, *samples])


def located(sentence: str, source: str, whole: str) -> str:
    """`sentence` with the lines of `whole` as lines of `source`, or as a common function's."""
    own, all_lines = source.splitlines(), whole.splitlines()
    added = len(all_lines) - len(own)
    before = next(
        (at for at, (a, b) in enumerate(zip(own, all_lines, strict=False)) if a != b), len(own)
    )

    def place(match: re.Match[str]) -> str:
        line = int(match[1])
        if line <= before:
            return match[0]
        if line > before + added:
            return f"line {line - added}"
        return f"a line of the common function {_function_at(all_lines, line)}"

    return _LINE.sub(place, sentence)


def _function_at(lines: Sequence[str], line: int) -> str:
    for text in reversed(lines[:line]):
        found = _DEFINITION.match(text)
        if found is not None:
            return f"{found[1]}()"
    return "that it calls"


def _paths(where: Path) -> list[Path]:
    if not where.exists():
        raise terminal.Misused(f"{where} is not there")
    folder = where.resolve() if where.is_dir() else where.resolve().parent
    if (folder / "contract.py").is_file():
        return [folder]
    found = _neighbours(folder) if where.is_dir() else []
    if not found:
        raise terminal.Misused(f"{where} is no folder of a document type: it has no contract.py")
    return found


def _neighbours(folder: Path) -> list[Path]:
    """The folders of types within `folder`."""
    return sorted(
        path.parent for path in folder.glob("*/contract.py") if path.parent.name != standard.COMMON
    )


def _folder(path: Path) -> Folder:
    urn = standard.type_urn(path.name)
    source = whole = ""
    try:
        source = _text(path / "contract.py")
        whole = standard.assembled_source(source)
        schema = standard.assembled_schema(_json(path / "schema.json"))
        example = _json(path / "example.json")
        sample = Sample(ContractText(urn, whole, schema), example, _cases(path / "cases.txt"))
        compiled = compile_type(urn, {"schema": schema, "source": whole})
    except Malformed as error:
        return Folder(path, urn, source, problems=(str(error),))
    except Refused as refused:
        refusal = refused.refusal
        if refusal.code.startswith("schema"):
            problem = f"schema.json: {refusal.message} {refusal.path}".rstrip()
        else:
            problem = f"contract.py, {_told(refusal.message, source, whole)}"
        return Folder(path, urn, source, problems=(problem,))
    return Folder(path, urn, source, sample, compiled)


def _told(message: str, source: str, whole: str) -> str:
    """A refusal as its author has to read it; with what this Python says of what is no Python."""
    if message == NOT_PYTHON:
        try:
            ast.parse(source)
        except SyntaxError as error:
            return f"line {error.lineno or 1}: this is not Python: {error.msg}"
    return located(message, source, whole)


def _cases(path: Path) -> tuple[Case, ...]:
    """The cases, none where there is no such file."""
    if not path.exists():
        return ()
    try:
        return parse(_text(path))
    except Malformed as error:
        raise Malformed(f"{path.name}, {error}") from None


def _text(path: Path) -> str:
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        raise Malformed(f"{path.name} is not text in UTF-8") from None
    except FileNotFoundError:
        raise Malformed(f"{path.name} is missing") from None
    if len(text) > FILE_CHARACTERS_MAX:
        raise Malformed(f"{path.name} has more than {FILE_CHARACTERS_MAX} characters")
    return text


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(_text(path))
    except (json.JSONDecodeError, RecursionError) as error:
        raise Malformed(f"{path.name} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Malformed(f"{path.name} is a JSON object")
    return value
