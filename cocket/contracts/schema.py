"""The schema of a document type's body: JSON Schema 2020-12, as far as it is bounded and stable.

Validation is jsonschema-rs; what differs between its versions, or could run away, stays out: see
`schema_rules`. The words of a refusal are ours: see `schema_words`.

**Hidden members** (DESIGN §8, RFC 9901). A member marked `"x-confidential": true` may be hidden by
its issuer: then it is absent, and the object it belongs to has an `_sd` array with a digest for it.
For documents that hide something a relaxed variant of the schema applies, in which such members are
not required and such objects may have `_sd`, of no more digests than they have such members.
Anywhere else `_sd` is refused, and so are hidden elements of arrays. A digest that stands twice in
a body is refused: nobody could ever verify that document (RFC 9901 §7.1). Digests have no names:
whether each stands for a member that may be hidden, only who has the disclosures can tell, with
`check_hidden`.
"""

from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from typing import Any, NoReturn

import jsonschema_rs

from cocket.contracts.schema_rules import (
    Pointer,
    applying,
    applying_below,
    check_schema,
    confidential,
    with_subschemas,
)
from cocket.contracts.schema_words import sentence
from cocket.ledger import canonical
from cocket.ledger.errors import Refusal, Refused
from cocket.ledger.genesis import DEPTH_MAX, SCHEMA_BYTES_MAX

SCHEMAS_CACHED = 32
"""Besides those in use: a compiled schema is a quarter of a megabyte of patterns."""
PROBLEMS_MAX = 50
NAME_SHOWN_MAX = 64

_Validator = jsonschema_rs.Draft202012Validator
_DIGEST = {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"}


class Schema:
    """A compiled schema of one document type's body."""

    __slots__ = ("_relaxed", "_schema", "_strict")

    def __init__(self, schema: Any) -> None:
        """Compile `schema`; `Refused` with the code schema-invalid or schema-too-large."""
        encoded = canonical.encode(schema)
        if len(encoded) > SCHEMA_BYTES_MAX:
            raise Refused("schema-too-large", f"a schema has at most {SCHEMA_BYTES_MAX} bytes")
        self._schema, self._strict = _compiled(encoded)
        self._relaxed: _Validator | None = None  # compiled when a document first hides something

    def validate(self, body: dict[str, Any], may_hide: bool = True) -> None:
        """Raise `Refused` where `body` is not of this schema.

        may_hide  False where nothing in `body` is known to be hidden (`Document.may_hide`)

        Codes: schema, and hidden-not-allowed for hiding where nothing confidential is, or twice.
        """
        try:
            self._validator(body, may_hide).validate(body)  # the first only: there may be thousands
        except jsonschema_rs.ValidationError as error:
            raise _refused(self._schema, error) from None

    def problems(self, body: dict[str, Any]) -> list[tuple[Refusal, str]]:
        """All that is wrong with `body`, 50 at most: each with the member that is missing, or the
        first that is not known, or "".

        For whoever is still writing the document; `validate` raises the first alone.
        """
        try:
            errors = self._validator(body, True).iter_errors(body)
        except Refused as refused:
            return [(refused.refusal, "")]
        found = [
            (tuple(e.instance_path), str(e.schema_path[-1:]), e)
            for e in islice(errors, PROBLEMS_MAX)
        ]
        misshapen = {place for place, keyword, _ in found if "pattern" in keyword}
        return [
            (
                _refused(self._schema, error, suggest=True).refusal,
                str(getattr(error.kind, "property", next(iter(_unknown_in(error)), ""))),
            )
            for place, keyword, error in found
            if place not in misshapen or "Length" not in keyword  # its form tells its length
        ]

    def check_hidden(self, body: dict[str, Any], pointers: Iterable[str]) -> None:
        """Raise `Refused`, hidden-not-allowed, for the first member that may not be hidden.

        body      with everything open
        pointers  JSON pointers (RFC 6901) into it, of what is hidden on the ledger
        """
        for pointer in pointers:
            *above, last = _place(body, pointer)
            if last not in self._confidential_members(tuple(above)):
                member = "an entry of a list" if isinstance(last, int) else last[:NAME_SHOWN_MAX]
                raise Refused(
                    "hidden-not-allowed",
                    f"{member} is hidden, and may not be: only members that the type marks "
                    "confidential may",
                    f"/body{pointer}",
                )

    def _validator(self, body: dict[str, Any], may_hide: bool) -> _Validator:
        """The one for this body; `Refused` where it hides what may not be hidden."""
        seen: set[str] = set()
        hides = False
        for place, digests in _objects_that_hide(body) if may_hide else ():
            if place[-1:] == ("...",) or not self._confidential_members(place):
                raise Refused(
                    "hidden-not-allowed",
                    "this may not be hidden: only members that the type marks confidential may",
                    _pointer(place),
                )
            for digest in digests:
                if digest in seen:
                    raise Refused(
                        "hidden-not-allowed",
                        "a digest stands twice: each hidden member has one of its own",
                        _pointer(place),
                    )
                seen.add(digest)
            hides = True
        if not hides:
            return self._strict
        if self._relaxed is None:
            self._relaxed = _compile(_relax(self._schema))
        return self._relaxed

    def _confidential_members(self, place: Pointer) -> frozenset[str]:
        """The members that may be hidden of the object at `place` in a body."""
        definitions = self._schema.get("$defs", {})
        schemas = applying([self._schema], definitions)
        for part in place:
            schemas = applying(applying_below(schemas, part), definitions)
        return frozenset[str]().union(*map(confidential, schemas))


@lru_cache(maxsize=SCHEMAS_CACHED)
def _compiled(encoded: bytes) -> tuple[dict[str, Any], _Validator]:
    """A schema, and the validator of bodies that hide nothing."""
    schema = canonical.decode(encoded, DEPTH_MAX)
    check_schema(schema)
    return schema, _compile(schema)


def _compile(schema: dict[str, Any]) -> _Validator:
    try:
        return _Validator(
            schema,
            validate_formats=False,
            retriever=_nothing_remote,
            pattern_options=jsonschema_rs.RegexOptions(),
        )
    except ValueError:
        raise Refused("schema-invalid", "this is not a JSON Schema of draft 2020-12") from None


def _nothing_remote(uri: str) -> NoReturn:
    raise ValueError("a schema refers to its own $defs only")


def _relax(schema: Any) -> Any:
    """The variant for documents that hide something; shares nothing with `schema`."""
    if not isinstance(schema, dict):
        return schema
    relaxed = with_subschemas(schema, _relax)
    names = confidential(schema)
    if names:
        digests = {"type": "array", "minItems": 1, "maxItems": len(names), "uniqueItems": True}
        relaxed["properties"]["_sd"] = {**digests, "items": _DIGEST}
        relaxed["required"] = [name for name in schema.get("required", []) if name not in names]
    return relaxed


def _objects_that_hide(body: Any) -> list[tuple[Pointer, list[str]]]:
    """The objects in `body` with a member `_sd`, and the texts in it, digests if the body is valid;
    and each `...`, an array's hidden element."""
    found: list[tuple[Pointer, list[str]]] = []
    rest: list[tuple[Pointer, Any]] = [((), body)]
    while rest:
        place, value = rest.pop()
        if isinstance(value, dict):
            if "_sd" in value:
                digests = value["_sd"] if isinstance(value["_sd"], list) else []
                found.append((place, [each for each in digests if isinstance(each, str)]))
            if "..." in value:
                found.append(((*place, "..."), []))
            rest += [((*place, name), item) for name, item in value.items()]
        elif isinstance(value, list):
            rest += [((*place, number), item) for number, item in enumerate(value)]
    return found


def _unknown_in(error: Any) -> list[str]:
    """The members that an error of `additionalProperties` is about, as far as it names them."""
    return list(getattr(error.kind, "unexpected", []))


def _refused(
    schema: dict[str, Any], error: jsonschema_rs.ValidationError, suggest: bool = False
) -> Refused:
    """In our words: the library's change, and can be as long as the body."""
    place = _pointer(tuple(error.instance_path))
    return Refused("schema", sentence(schema, error, suggest), place)


def _place(body: Any, pointer: str) -> Pointer:
    """The place in `body` to which a JSON pointer leads."""
    place: list[str | int] = []
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        part = int(name) if isinstance(body, list) else name
        body = body[part]
        place.append(part)
    return tuple(place)


def _pointer(place: Pointer) -> str:
    """The JSON pointer (RFC 6901) into the document of a place within its body."""
    return "".join(
        "/" + str(part).replace("~", "~0").replace("/", "~1") for part in ("body", *place)
    )
