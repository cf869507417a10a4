"""The page of a document type, in Markdown, from what its folder holds: contract, schema, example,
cases. What a page says is what the network does, for it is made of the same text."""

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cocket.contract_folders import Folder
from cocket.contracts import standard
from cocket.contracts.cases import Case, Expected, Issue
from cocket.contracts.outline import constants
from cocket.contracts.registry import DocumentType
from cocket.contracts.rehearsal import Sample

CONVENTIONS = "conventions.md"
TABLE_BEGINS = "<!-- the table of types: made by `make pages` -->"
TABLE_ENDS = "<!-- the end of the table -->"
_KEY_DOCUMENT = re.compile(r"ICC KTDDE, document ([0-9]+)")
_CODE_AT = {"require": 1, "refuse": 0, "warn": 0}
"""Which argument of these calls is the code; the sentence follows it."""
_FRAGMENT = "#/$defs/"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A code that a contract says itself, with the start of its sentence."""

    code: str
    sentence: str
    warning: bool


def page(folder: Folder) -> str:
    """The page of a type whose folder is without problems."""
    sample, type_ = folder.sample, folder.type
    assert sample is not None and type_ is not None, folder.problems
    title = sample.text.schema["title"]
    example = json.dumps(sample.example, indent=2, ensure_ascii=False)
    parts = [
        f"# {title}\n\n`{folder.urn}`",
        _purpose(type_),
        _signers(folder, type_),
        f"## What it says\n\n{sample.text.schema.get('description', '')}\n\n{_members(sample)}",
        _refusals(folder),
        f"## An example\n\n```json\n{example}\n```",
        f"## What was tried\n\n{_tried(sample)}",
    ]
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def with_table(text: str, folders: Sequence[Folder]) -> str:
    """A README with the table of all types between its two marks."""
    before, _, rest = text.partition(TABLE_BEGINS)
    _, _, after = rest.partition(TABLE_ENDS)
    return f"{before}{TABLE_BEGINS}\n\n{index(folders)}\n{TABLE_ENDS}{after}"


def index(folders: Sequence[Folder]) -> str:
    """The table of all types: what each is, who signs it, which of ICC's key trade documents (2024)
    it is, how much was tried with it."""
    rows = []
    for folder in folders:
        sample, type_ = folder.sample, folder.type
        assert sample is not None and type_ is not None, folder.problems
        rows.append(
            f"| [{sample.text.schema['title']}]({sample.name}.md) | "
            f"{', '.join(type_.contract.signed_by) or 'any member'} | "
            f"{key_document(type_) or ''} | {len(sample.cases)} |"
        )
    head = "| document | signed by | ICC KTDDE | cases |\n|---|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


def key_document(type_: DocumentType) -> int | None:
    """Its number among ICC's 36 key trade documents, as the contract's docstring names it."""
    found = _KEY_DOCUMENT.search(" ".join(type_.contract.docstring.split()))
    return int(found[1]) if found else None


def _purpose(type_: DocumentType) -> str:
    """The docstring, its labelled parts as paragraphs that begin in bold."""
    text = type_.contract.docstring.strip()
    return re.sub(r"(?<!\w)(Signed by|Standard|Levels):", r"**\1:**", text)


def _signers(folder: Folder, type_: DocumentType) -> str:
    written = constants(folder.source)
    needs = written.get("NEEDS", [])
    rows = [
        f"| `{role}` | {', '.join(_linked(each) for each in types) or 'any document'} | "
        f"{'needed' if role in needs else ''} |"
        for role, types in written.get("REFS", {}).items()
    ]
    contract = type_.contract
    roles = ", ".join(f"`{role}`" for role in contract.signed_by) or "any member"
    writes = ", ".join(f"`{name}/`" for name in contract.writes) or "nothing"
    lines = [f"- Roles that may sign: {roles}", f"- It changes, in the state: {writes}"]
    text = "## Who and what\n\n" + "\n".join(lines)
    if rows:
        text += "\n\n| refers to, as | types | |\n|---|---|---|\n" + "\n".join(rows)
    return text


def _linked(name: str) -> str:
    """A type's page; no link for one that a network may add."""
    return f"[{name}]({name}.md)" if name in standard.NAMES else f"`{name}`"


def _members(sample: Sample) -> str:
    rows = list(_rows(sample.text.schema, ""))
    if not rows:
        return ""
    head = "| member | what it is | |\n|---|---|---|\n"
    return head + "\n".join(rows)


def _rows(schema: Mapping[str, Any], above: str) -> Iterator[str]:
    """A row for each member; those of the type's own objects and lists follow, indented by path."""
    required = schema.get("required", [])
    for name, member in schema.get("properties", {}).items():
        place = f"{above}{name}"
        marks = ["needed"] if name in required else []
        if member.get("x-confidential"):
            marks.append("may be hidden")
        yield f"| `{place}` | {_cell(member)} | {', '.join(marks)} |"
        if "$ref" in member:
            continue
        if "properties" in member:
            yield from _rows(member, f"{place}.")
        items = member.get("items", {})
        if isinstance(items, Mapping) and "properties" in items:
            yield from _rows(items, f"{place}[].")


def _cell(member: Mapping[str, Any]) -> str:
    text = str(member.get("description", member.get("title", ""))).replace("|", "\\|")
    values = member.get("enum") or ([member["const"]] if "const" in member else [])
    if values:
        text += " One of " + ", ".join(f"`{value}`" for value in values) + "."
    reference = str(member.get("$ref", ""))
    if not reference and isinstance(member.get("items"), Mapping):
        reference = str(member["items"].get("$ref", ""))
    if reference.startswith(_FRAGMENT):
        text += f" ([{reference.removeprefix(_FRAGMENT)}]({CONVENTIONS}))"
    return text.replace("\n", " ")


def _refusals(folder: Folder) -> str:
    found: dict[str, Refusal] = {}
    for refusal in _said(folder.source):
        found.setdefault(refusal.code, refusal)
    text = (
        "## What it refuses\n\nBesides what is [common to all types](../submitters.md) and what "
        "its schema demands:"
    )
    if not found:
        return f"{text} nothing."
    rows = [
        f"| `{each.code}` | {each.sentence} | {'a warning' if each.warning else ''} |"
        for each in found.values()
    ]
    return f"{text}\n\n| code | what it says | |\n|---|---|---|\n" + "\n".join(rows)


def _said(source: str) -> Iterator[Refusal]:
    """The codes that a contract's text says out, in its order."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: call.lineno):
        at = _CODE_AT.get(call.func.id) if isinstance(call.func, ast.Name) else None
        if at is None or len(call.args) < at + 2:
            continue
        code = call.args[at]
        codes = [code.body, code.orelse] if isinstance(code, ast.IfExp) else [code]
        for each in codes:
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                warning = isinstance(call.func, ast.Name) and call.func.id == "warn"
                yield Refusal(each.value, _sentence(call.args[at + 1]), warning)


def _sentence(node: ast.expr) -> str:
    """The words of a message; where it fills something in, an ellipsis."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_sentence(value) for value in values)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _sentence(left) + _sentence(right)
    return "…"


def _tried(sample: Sample) -> str:
    rows = [f"- {case.title}: {_outcome(case)}" for case in sample.cases]
    return "\n".join(rows)


def _outcome(case: Case) -> str:
    """What becomes of the last document of a case."""
    issues = [step for step in case.steps if isinstance(step, Issue)]
    expected: Expected | None = issues[-1].expected if issues else None
    if expected is None or expected.refused is None:
        warned = [code for code, _ in expected.warnings] if expected is not None else []
        return "committed" + (f", with the warning `{'`, `'.join(warned)}`" if warned else "")
    return f"refused, `{expected.refused[0]}`"
