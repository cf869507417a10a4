"""New rules for a running network: what `cocket contract deploy`, `approve` and `list` hand in.

deploy    a type's folder -> its schema's definitions, if it is large; the proposal
approve   a proposal      -> its text read and reckoned anew; the approval
publish   a border's file -> a border rule or a reference table, its source put in
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cocket import terminal
from cocket.client import Ledger, LedgerDocument, SdJwt, Wallet
from cocket.contract_folders import Folder
from cocket.contracts import standard
from cocket.contracts.ownership import type_name
from cocket.contracts.registry import compile_type, type_digest
from cocket.ledger import canonical
from cocket.ledger.document import DOCUMENT_BYTES_MAX

SUMMARY_CHARACTERS_MAX = 500
PROPOSAL, APPROVAL = standard.type_urn("contract-proposal"), standard.type_urn("contract-approval")
DEFINITIONS = "schema-definitions"
PART_BYTES = DOCUMENT_BYTES_MAX * 3 // 5
"""Of JSON in a document: in base64 it is a third longer, and there are claims and a signature."""


@dataclass(frozen=True, slots=True)
class Text:
    """A document type as it is proposed."""

    vct: str
    schema: dict[str, Any]
    source: str
    writes_into: tuple[str, ...]

    @property
    def digest(self) -> str:
        """What approvers agree to."""
        return type_digest(self.vct, self.schema, self.source)


def text_of(folder: Folder, version: int, writes_into: Sequence[str]) -> Text:
    """The type in a folder; `Misused` names what has to be mended first."""
    if folder.sample is None or folder.type is None:
        raise terminal.Misused("; ".join(folder.problems))
    whole = folder.sample.text
    vct = f"{whole.type.rpartition(':')[0]}:{version}"
    return Text(vct, whole.schema, whole.source, tuple(writes_into))


async def next_version(ledger: Ledger, name: str) -> int:
    """The version that a type's next contract has."""
    versions = [each.type.split(":")[3] for each in await ledger.types()
                if type_name(each.type) == name]  # fmt: skip
    return max(map(int, versions), default=0) + 1


def summary_of(source: str) -> str:
    """What a contract says of itself: the first paragraph of its docstring."""
    first = source.split('"""')[1].strip().partition("\n\n")[0]
    return " ".join(first.split())[:SUMMARY_CHARACTERS_MAX].strip()


async def propose(ledger: Ledger, wallet: Wallet, text: Text, summary: str) -> str:
    """Hand the proposal in, after the definitions that do not fit into it; its id."""
    schema, refs = text.schema, {}
    if len(canonical.encode([schema, text.source])) > PART_BYTES:
        schema = {name: each for name, each in schema.items() if name != "$defs"}
        for number, part in enumerate(parts(text.schema.get("$defs", {})), 1):
            role = "definitions" if number == 1 else f"definitions-{number}"
            document = wallet.issue(DEFINITIONS, {"definitions": part})
            refs[role] = (await ledger.submit(document)).id
    _, _, name, version = text.vct.split(":")
    body = {
        "name": name,
        "version": int(version),
        "summary": summary,
        "source": text.source,
        "schema": schema,
        "digest": text.digest,
        **({"writesInto": list(text.writes_into)} if text.writes_into else {}),
    }
    return (await ledger.submit(wallet.issue("contract-proposal", body, refs=refs))).id


def parts(definitions: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Definitions in portions that fit into a document each."""
    part: dict[str, Any] = {}
    for name, each in definitions.items():
        if part and len(canonical.encode({**part, name: each})) > PART_BYTES:
            yield part
            part = {}
        part[name] = each
    if part:
        yield part


async def proposed(ledger: Ledger, identity: str) -> tuple[LedgerDocument, Text]:
    """A proposal, whole. `Misused` where its text is not what its digest says, or does not run."""
    found = await ledger.document(identity)
    if found.document.type != PROPOSAL:
        raise terminal.Misused(f"{identity} is a {found.document.type_name}, and no proposal")
    body = found.document.body
    schema = body["schema"]
    if found.document.refs:
        definitions: dict[str, Any] = {}
        for reference in found.document.refs.values():
            definitions |= (await ledger.document(reference)).document.body["definitions"]
        schema = {**schema, "$defs": {**definitions, **schema.get("$defs", {})}}
    vct = f"urn:cocket:{body['name']}:{body['version']}"
    text = Text(vct, schema, body["source"], tuple(body.get("writesInto", ())))
    if text.digest != body["digest"]:
        raise terminal.Misused("the proposal's digest is not that of its text: do not approve it")
    compile_type(vct, {"schema": schema, "source": text.source})
    return found, text


async def approve(ledger: Ledger, wallet: Wallet, identity: str, text: Text) -> SdJwt:
    """The approval of a proposal, committed."""
    body: dict[str, Any] = {"digest": text.digest}
    if text.writes_into:
        body["writesInto"] = list(text.writes_into)
    document = wallet.issue("contract-approval", body, refs={"proposal": identity})
    await ledger.submit(document)
    return document


async def listed(ledger: Ledger) -> dict[str, Any]:
    """The types in force, and the proposals with who approved them."""
    types = await ledger.types()
    in_force = {each.type for each in types}
    approvals: dict[str, list[str]] = {}
    for each in await ledger.of_type(APPROVAL):
        approvals.setdefault(each.document.refs["proposal"], []).append(each.document.issuer)
    proposals = []
    for each in await ledger.of_type(PROPOSAL):
        body = each.document.body
        vct = f"urn:cocket:{body['name']}:{body['version']}"
        proposals.append(
            {
                "id": each.document.id,
                "type": vct,
                "by": each.document.issuer,
                "summary": body["summary"],
                "digest": body["digest"],
                "writesInto": body.get("writesInto", []),
                "approvals": approvals.get(each.document.id, []),
                "versionInForce": vct in in_force,
            }
        )
    return {
        "types": [{"type": each.type, "signedBy": list(each.signed_by)} for each in types],
        "proposals": proposals,
        "quorum": (await ledger.trust_bundle()).epochs[-1].committee.quorum,
    }
