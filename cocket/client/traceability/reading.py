"""How a credential of the W3C traceability vocabulary is read: each member once, none forgotten."""

import re
from typing import Any

from cocket.ledger.errors import Malformed

UNITS = {"kg": "KGM", "lbs": "LBR", "lb": "LBR", "T": "TNE", "t": "TNE", "cbm": "MTQ", "cmb": "MTQ"}
"""As the vocabulary's examples write them (`cmb` is one of theirs), by recommendation 20."""
COUNTRIES = {"Hong Kong SAR": "HK", "Macao SAR": "MO"}
"""Names that stand in addresses and in no code list."""
_MINUTES = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(Z|[+-]\d\d:\d\d)")

Body = dict[str, Any]


class Object:
    """An object of which each member is taken once; `end` refuses what is left.

    What takes a member that is not there gives None, or an empty list. `path` is a JSON pointer,
    `classes` what kinds of thing it is (`type`).
    """

    def __init__(self, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise Malformed(f"{path} is an object")
        self.path = path
        self._members = dict(value)
        self.classes = texts(self._members.pop("type", None))

    def take(self, name: str) -> Any:
        """A member's value as it is."""
        return self._members.pop(name, None)

    def text(self, name: str) -> str:
        """A member that has to be there, a text."""
        value = self.words(name)
        if value is None:
            raise Malformed(f"{self.path}/{name} is a text")
        return value

    def words(self, name: str) -> str | None:
        """A text."""
        value = self.take(name)
        if value is not None and not isinstance(value, str):
            raise Malformed(f"{self.path}/{name} is a text")
        return value

    def object(self, name: str) -> "Object | None":
        """An object."""
        value = self.take(name)
        return None if value is None else Object(value, f"{self.path}/{name}")

    def objects(self, name: str) -> "list[Object]":
        """A list of objects; one alone may stand without the list."""
        value = self.take(name)
        path = f"{self.path}/{name}"
        if isinstance(value, list):
            return [Object(each, f"{path}/{at}") for at, each in enumerate(value)]
        return [] if value is None else [Object(value, path)]

    def only(self, name: str) -> "Object | None":
        """An object, or a list of no more than one."""
        found = self.objects(name)
        if len(found) > 1:
            raise Malformed(f"{self.path}/{name} has {len(found)} entries: there is place for one")
        return found[0] if found else None

    def end(self) -> None:
        """`Malformed` names a member that was not taken."""
        for name in self._members:
            raise Malformed(f"{self.path}/{name} has no place in this document type")

    # Values that the vocabulary has an object for

    def party(self, name: str) -> Body | None:
        """A company, or the only one of a list."""
        return party_of(self.only(name))

    def measure(self, name: str) -> Body | None:
        """A quantity with its unit."""
        found = self.object(name)
        if found is None:
            return None
        unit = found.text("unitCode")
        made = {"value": number(found.take("value")), "unitCode": UNITS.get(unit, unit)}
        found.end()
        return made

    def money(self, name: str) -> Body | None:
        """A price."""
        found = self.object(name)
        if found is None:
            return None
        made = {"value": number(found.take("price")), "currencyCode": found.text("priceCurrency")}
        found.end()
        return made

    def place(self, name: str, code: str = "unLocode") -> str | None:
        """A place of which no more than a code is said."""
        found = self.object(name)
        if found is None:
            return None
        value = found.text(code)
        found.end()
        return value

    def time(self, name: str) -> str | None:
        """A date and time; to the second."""
        value = self.take(name)
        match = _MINUTES.fullmatch(value) if isinstance(value, str) else None
        return value if match is None else f"{match[1]}:00{match[2]}"

    def commodity(self, name: str) -> tuple[str, str | None]:
        """Code of the Harmonized System without points; and the goods in words."""
        found = self.object(name) or Object({}, f"{self.path}/{name}")
        goods = hs_code(found), found.take("description")
        found.end()
        return goods


class Purse:
    """Amounts of which all have to be of one currency."""

    def __init__(self) -> None:
        self.currency: str | None = None

    def amount(self, of: Object, name: str) -> str | None:
        """A price, without its currency."""
        money = of.money(name)
        if money is None:
            return None
        if self.currency not in (None, money["currencyCode"]):
            raise Malformed(f"{of.path}/{name} is not in {self.currency}, as other amounts are")
        self.currency = money["currencyCode"]
        return str(money["value"])


def present(members: Body) -> Body:
    """Without members that are not there."""
    return {name: value for name, value in members.items() if value is not None}


def texts(value: Any) -> list[str]:
    """The texts in a list; none, if it is no list."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def number(value: Any) -> Any:
    """A number as text, as it was written."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def hs_code(of: Object) -> str:
    """`commodityCode`, which has to be the Harmonized System's, without points."""
    if of.take("commodityCodeType") != "HS":
        raise Malformed(f"{of.path}: only codes of the Harmonized System are known here")
    return re.sub(r"[ .]", "", of.text("commodityCode"))


def party_of(found: Object | None) -> Body | None:
    """A company as parties are written here; only they have no `description`."""
    if found is None:
        return None
    names = ("name", "description", "id", "taxId", "lei", "email", "phoneNumber")
    made = {name: found.take(name) for name in names}
    location = found.object("location")
    if location is not None:
        made["address"] = _address(location.object("address"))
        location.end()
    found.end()
    return present(made)


def _address(found: Object | None) -> Body | None:
    """A postal address. Who or what it is the address of is its first line, where it says so."""
    if found is None:
        return None
    lines = [found.words("name"), found.words("streetAddress")]
    parts = ("addressLocality", "addressRegion", "postalCode")
    made = {
        "streetAddress": ", ".join(line for line in lines if line is not None) or None,
        **{name: found.take(name) for name in parts},
        "addressCountry": country(found.words("addressCountry"), found.path),
    }
    found.end()
    return present(made)


def country(name: str | None, path: str) -> str | None:
    """A country's two letters, of its code or name."""
    if name is None:
        return None
    if name in COUNTRIES:
        return COUNTRIES[name]
    import pycountry  # reads its tables when imported, and few need them

    try:
        return str(pycountry.countries.lookup(name).alpha_2)
    except LookupError:
        raise Malformed(f"{path}: {name!r} is no country that ISO 3166 knows") from None


def signed(party: Body | None, issuer: Body | None) -> Body | None:
    """The party that the credential is from, with what is said of it there."""
    if issuer is None or issuer == party:
        return party
    if party is None or issuer.get("name") != party.get("name"):
        raise Malformed(f"/issuer: {issuer.get('name')} is no such party of this document")
    for name, value in issuer.items():
        if party.setdefault(name, value) != value:
            raise Malformed(f"/issuer/{name} is not what the document says of the same party")
    return party
