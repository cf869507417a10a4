"""What tests of forms share: forms of standard types, and documents as they would be found."""

from typing import Any

from cocket.client import SdJwt, Wallet
from cocket.contracts import standard
from cocket.forms import reading, writing
from cocket.forms.kinds import Kind, kind
from cocket.forms.references import Found, found_in

UCR = "26MYLOTUS0117"


def standard_kind(name: str) -> Kind:
    return kind(name, None)


def form_of(name: str, body: dict[str, Any] | None = None, **details: Any) -> str:
    """The form of a standard type, filled with `body`."""
    found = standard_kind(name)
    return writing.form(
        writing.Draft(
            found.written, found.schema, found.signed_by, body or {}, found.sample, found.roles,
            **details,
        )
    )  # fmt: skip


def read(text: str) -> reading.Form:
    head = reading.head(text.encode())
    return reading.filled(head, kind(head.type, None).schema)


def problems(text: str) -> list[reading.Problem]:
    form = read(text)
    return reading.problems(form, kind(form.head.type, None).schema)


def issued(
    name: str, by: str, body: dict[str, Any] | None = None, confidential: tuple[str, ...] = ()
) -> SdJwt:
    """The type's example, signed."""
    wallet = Wallet.create(by)
    return wallet.issue(name, body or standard.example(name), [UCR], {}, confidential)


def paper(name: str, by: str, confidential: tuple[str, ...] = ()) -> Found:
    """The same, as found in a file with all its disclosures."""
    return found_in(issued(name, by, confidential=confidential), f"{name}.sdjwt")
