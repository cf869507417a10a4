"""SD-JWT: a document together with the members its issuer keeps confidential (RFC 9901).

    <JWS>~<disclosure>~<disclosure>~                a document and what its holder may show of it

    disclosure   BASE64URL(["<salt>","<name>",<value>])     an object's member
                 BASE64URL(["<salt>",<value>])              an array's element
    digest       BASE64URL(SHA-256(the disclosure as ASCII)), 43 characters

In the signed body a digest stands where the member was: `"_sd":[digest, …]` in its object, sorted
so that the order reveals nothing, or `{"...":digest}` in its place in an array. A hidden value may
have hidden members itself. Only the JWS goes on the ledger; disclosures go to those meant to read
them.

Narrower than the RFC, as documents are (DESIGN §3): a disclosure is canonical JSON, a salt is 22 to
86 characters of base64url (16 to 64 bytes), members are hidden only inside `body`, and there is no
key binding. Paths are JSON pointers (RFC 6901) into the body: `/itemsShipped/0/unitPrice`.
"""

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NoReturn, Self

from cocket.ledger import canonical
from cocket.ledger.document import DOCUMENT_BYTES_MAX, Document
from cocket.ledger.errors import Malformed, Refused
from cocket.ledger.keys import base64url

DISCLOSURES_MAX = 4096
DISCLOSURE_CHARACTERS_MAX = 80_000
"""BASE64URL of as many bytes as a document may have."""
SD_JWT_CHARACTERS_MAX = 1024 * 1024
RESERVED = ("_sd", "_sd_alg", "...")
ALGORITHM = "sha-256"

_SALT = re.compile(r"[A-Za-z0-9_-]{22,86}")
_DIGEST = re.compile(r"[A-Za-z0-9_-]{43}")
_DISCLOSED_CHARACTERS_MAX = SD_JWT_CHARACTERS_MAX - DOCUMENT_BYTES_MAX - 1
_BODY_DEPTH = 2
"""The body is the second level of the payload, whose nesting is bounded as a whole."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One hidden member: its salt, its name (None for an array's element) and its value."""

    salt: str
    name: str | None
    value: Any = field(repr=False)
    text: str = field(init=False, repr=False, compare=False)
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        if not isinstance(self.salt, str) or not _SALT.fullmatch(self.salt):
            raise Malformed("disclosure: the salt is not 22 to 86 characters of base64url")
        if self.name is not None and not (isinstance(self.name, str) and self.name.isascii()):
            raise Malformed("disclosure: the member's name is not an ASCII string")
        if self.name in RESERVED:
            raise Malformed(f"disclosure: {self.name} is not a name that a member may have")
        parts = [self.salt, self.value] if self.name is None else [self.salt, self.name, self.value]
        text = base64url(canonical.encode(parts))
        if len(text) > DISCLOSURE_CHARACTERS_MAX:
            raise Malformed(f"disclosure: more than {DISCLOSURE_CHARACTERS_MAX} characters")
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "digest", digest(text))

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: str) -> Self:
        """Accept exactly what `str` prints; raise `Malformed` for anything else."""
        if len(text) > DISCLOSURE_CHARACTERS_MAX:
            raise Malformed(f"disclosure: more than {DISCLOSURE_CHARACTERS_MAX} characters")
        try:
            data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
            parts = canonical.decode(data)
        except ValueError:
            raise Malformed("disclosure: not base64url") from None
        except Refused as refused:
            raise Malformed(f"disclosure: {refused.refusal.message}") from None
        if not isinstance(parts, list) or len(parts) not in (2, 3):
            raise Malformed("disclosure: not an array of salt, name and value, or salt and value")
        disclosure = cls(parts[0], parts[1] if len(parts) == 3 else None, parts[-1])
        if disclosure.text != text:
            raise Malformed("disclosure: not base64url without padding")
        return disclosure


def digest(disclosure: str) -> str:
    """The digest under which a disclosure's text is known: 43 characters of base64url."""
    return base64url(sha256(disclosure.encode("ascii")).digest())


@dataclass(frozen=True, slots=True)
class Revealed:
    """A body with its disclosures back in their places.

    `body` has no digests left; `paths` tells where each disclosure went; `hidden` counts the
    digests that nothing was disclosed for. Such members are absent from `body`, and so are array
    elements: the index of a later element is then smaller than in the body as it was issued.
    """

    body: dict[str, Any]
    paths: Mapping[str, Disclosure]
    hidden: int


@dataclass(frozen=True, slots=True)
class SdJwt:
    """A document with the disclosures that its holder has: what `Wallet.issue` makes."""

    document: Document
    disclosures: tuple[Disclosure, ...] = ()

    def __post_init__(self) -> None:
        if len(self.disclosures) > DISCLOSURES_MAX:
            raise Malformed(f"SD-JWT: more than {DISCLOSURES_MAX} disclosures")
        if sum(len(each.text) + 1 for each in self.disclosures) > _DISCLOSED_CHARACTERS_MAX:
            raise Malformed(f"SD-JWT: more than {SD_JWT_CHARACTERS_MAX} characters")

    @property
    def id(self) -> str:
        """The document's id."""
        return self.document.id

    def __str__(self) -> str:
        parts = [self.document.jws.decode("ascii"), *(each.text for each in self.disclosures)]
        return "".join(f"{part}~" for part in parts)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Accept exactly what `str` prints: `Malformed`, or `Refused` where `Document.parse` does.

        Neither the signature nor whether the disclosures belong here is checked: see `reveal`.
        """
        if len(text) > SD_JWT_CHARACTERS_MAX:
            raise Malformed(f"SD-JWT: more than {SD_JWT_CHARACTERS_MAX} characters")
        if not text.isascii():
            raise Malformed("SD-JWT: not ASCII")
        jws, *disclosures = text.split("~", DISCLOSURES_MAX + 2)
        if not disclosures or disclosures.pop() != "":
            raise Malformed("SD-JWT: does not end in '~' (key binding is not used here)")
        return cls(Document.parse(jws.encode("ascii")), tuple(map(Disclosure.parse, disclosures)))

    def reveal(self) -> Revealed:
        """The body with these disclosures in it; `Refused` unless every one belongs there."""
        return reveal(self.document.body, self.disclosures)

    def present(self, paths: Iterable[str]) -> "SdJwt":
        """The same document with only the disclosures that `paths` and what is above them need.

        Paths are those of `reveal` on this value; `Refused` where one was not hidden.
        """
        known, wanted = self.reveal().paths, tuple(paths)
        for path in wanted:
            if path not in known:
                raise Refused("not-hidden", f"no member is hidden at {path}", f"/body{path}")
        chosen = {
            each.digest
            for path, each in known.items()
            if any(w == path or w.startswith(f"{path}/") for w in wanted)
        }
        return SdJwt(self.document, tuple(d for d in self.disclosures if d.digest in chosen))


def conceal(
    body: dict[str, Any], paths: Iterable[str], salt: Callable[[], bytes]
) -> tuple[dict[str, Any], tuple[Disclosure, ...]]:
    """The body to sign, with digests in place of the members at `paths`, and their disclosures.

    `salt` gives new random bytes at each call, 16 to 64. `body` itself is left as it is.
    `Refused` (no-such-member, reserved-name, and the codes of `canonical.decode`) where a path
    leads nowhere, or the body could not be a document's.
    """
    result = _plain(body)
    if reveal(result, ()).hidden:
        raise Refused("reserved-name", "this body has hidden members already", "/body")
    disclosures = []
    # What lies deepest goes first: a digest may become part of what is hidden next.
    for tokens in sorted({_tokens(path) for path in paths}, key=lambda t: (-len(t), t)):
        parent, last = _parent(result, tokens)
        secret = base64url(salt())
        if isinstance(parent, dict):
            disclosure = Disclosure(secret, last, parent.pop(last))
            parent["_sd"] = sorted([*parent.get("_sd", ()), disclosure.digest])
        else:
            disclosure = Disclosure(secret, None, parent[int(last)])
            parent[int(last)] = {"...": disclosure.digest}
        disclosures.append(disclosure)
    return result, tuple(reversed(disclosures))


def reveal(body: dict[str, Any], disclosures: Iterable[Disclosure]) -> Revealed:
    """The body with its disclosures back in their places (RFC 9901 §7.1); `Refused` unless

    - every disclosure is referenced exactly once, and no digest stands twice     digest-twice,
                                                                                  disclosure-unused
    - members' digests have members' disclosures, elements' have elements'        disclosure-kind
    - no disclosed member has the name of one that is there                       member-collision
    - digests stand where they may, and nothing else has their names              reserved-name
    - the result is nested no deeper than a document may be                       too-deep
    """
    revealing = _Revealing({})
    for each in disclosures:
        if each.digest in revealing.disclosures:
            raise Refused("digest-twice", "a disclosure is given twice", "/body")
        revealing.disclosures[each.digest] = each
    opened = revealing.object(body, "", _BODY_DEPTH)
    if len(revealing.paths) != len(revealing.disclosures):
        raise Refused(
            "disclosure-unused", "a disclosure belongs to no digest of this document", "/body"
        )
    hidden = len(revealing.seen) - len(revealing.paths)
    return Revealed(opened, revealing.paths, hidden)


@dataclass(slots=True)
class _Revealing:
    """One walk over a body: the disclosures by digest, the digests seen, and what went where."""

    disclosures: dict[str, Disclosure]
    seen: set[str] = field(default_factory=set)
    paths: dict[str, Disclosure] = field(default_factory=dict)

    def value(self, value: Any, path: str, depth: int) -> Any:
        if isinstance(value, dict):
            return self.object(value, path, depth)
        if isinstance(value, list):
            return self.array(value, path, depth)
        return value

    def object(self, members: dict[str, Any], path: str, depth: int) -> dict[str, Any]:
        _check_depth(depth, path)
        opened = {}
        for name, value in members.items():
            if name == "_sd":
                continue
            if name in RESERVED:
                _reserved(name, path)
            opened[name] = self.value(value, f"{path}/{_escaped(name)}", depth + 1)
        digests = members.get("_sd", [])
        if not isinstance(digests, list) or ("_sd" in members and not digests):
            _reserved("_sd", path)
        for each in digests:
            disclosure = self.disclosed(each, path)
            if disclosure is None:
                continue
            hidden_name = disclosure.name
            if hidden_name is None:
                raise _wrong_kind(path)
            where = f"{path}/{_escaped(hidden_name)}"
            if hidden_name in opened:
                raise Refused(
                    "member-collision", "a member is disclosed and there", f"/body{where}"
                )
            self.paths[where] = disclosure
            opened[hidden_name] = self.value(disclosure.value, where, depth + 1)
        return opened

    def array(self, items: list[Any], path: str, depth: int) -> list[Any]:
        _check_depth(depth, path)
        opened: list[Any] = []
        for item in items:
            where = f"{path}/{len(opened)}"
            if not (isinstance(item, dict) and "..." in item):
                opened.append(self.value(item, where, depth + 1))
                continue
            if len(item) != 1:
                _reserved("...", where)
            disclosure = self.disclosed(item["..."], where)
            if disclosure is None:
                continue
            if disclosure.name is not None:
                raise _wrong_kind(where)
            self.paths[where] = disclosure
            opened.append(self.value(disclosure.value, where, depth + 1))
        return opened

    def disclosed(self, found: Any, path: str) -> Disclosure | None:
        """The disclosure of a digest, if there is one; each digest may be met only once."""
        if not isinstance(found, str) or not _DIGEST.fullmatch(found):
            raise Refused("reserved-name", "a digest is 43 characters of base64url", f"/body{path}")
        if found in self.seen:
            raise Refused("digest-twice", "a digest stands twice in this document", f"/body{path}")
        self.seen.add(found)
        return self.disclosures.get(found)


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    """A copy of `body`, if it is a body as documents may have it and nothing Python-only."""
    try:
        plain: dict[str, Any] = canonical.decode(canonical.encode(body), canonical.DEPTH_MAX - 1)
        same = plain == body
    except (TypeError, RecursionError):
        same = False
    if not same:
        message = "only dict, list, str, int, bool and None can be in a body"
        raise Refused("not-json", message, "/body")
    return plain


def _check_depth(depth: int, path: str) -> None:
    if depth > canonical.DEPTH_MAX:
        raise Refused("too-deep", "disclosed, the body is nested too deep", f"/body{path}")


def _reserved(name: str, path: str) -> NoReturn:
    raise Refused("reserved-name", f"{name} stands where it has no meaning", f"/body{path}")


def _wrong_kind(path: str) -> Refused:
    message = "a member's digest has an element's disclosure, or an element's a member's"
    return Refused("disclosure-kind", message, f"/body{path}")


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _tokens(path: str) -> tuple[str, ...]:
    """The reference tokens of a JSON pointer (RFC 6901 §3)."""
    if not path.startswith("/"):
        raise _nowhere(path)
    return tuple(t.replace("~1", "/").replace("~0", "~") for t in path.split("/")[1:])


def _parent(body: dict[str, Any], tokens: tuple[str, ...]) -> tuple[Any, str]:
    """The object or array that directly holds what `tokens` lead to, and the last token."""
    path = "/" + "/".join(map(_escaped, tokens))
    value: Any = body
    for token in tokens[:-1]:
        value = value[_index(value, token, path)]
    _index(value, tokens[-1], path)
    return value, tokens[-1]


def _index(value: Any, token: str, path: str) -> Any:
    if isinstance(value, dict) and token in value and token not in RESERVED:
        return token
    if (
        isinstance(value, list)
        and re.fullmatch("0|[1-9][0-9]{0,5}", token)
        and int(token) < len(value)
    ):
        return int(token)
    raise _nowhere(path)


def _nowhere(path: str) -> Refused:
    if not path.startswith("/"):
        return Refused("no-such-member", f"a member's place begins with /: {path[:100]!r}", "/body")
    return Refused("no-such-member", f"the body has no member at {path[:100]!r}", f"/body{path}")
