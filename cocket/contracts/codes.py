"""Code lists and check digits, from the packages that keep them (DESIGN §3), never by hand.

Check digits are arithmetic and never change; the shape is checked here, in ASCII, before a package
sees it. Code lists change with the release of a package, and two nodes with different releases must
not disagree: so the lists of `code_lists` go into the state once, with genesis, and contracts are
answered from there.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from stdnum import ean, imo, iso6346
from stdnum.iso7064 import mod_97_10

from cocket.contracts.meter import Failure

CODE_LISTS = ("country", "currency")
CHARACTERS_MAX = 34
"""Of the longest: an IBAN."""
NUMBERS_CACHED = 4096
"""The same parties and containers stand on one document after another."""


def _mod_97(number: str) -> bool:
    return bool(mod_97_10.is_valid(number))


def _last_digit(calculate: Callable[[str], str]) -> Callable[[str], bool]:
    def valid(number: str) -> bool:
        return bool(calculate(number[:-1]) == number[-1])

    return valid


_KINDS: dict[str, tuple[re.Pattern[str], Callable[[str], bool]]] = {
    "iso6346": (re.compile("[A-Z]{3}[UJZR][0-9]{7}"), _last_digit(iso6346.calc_check_digit)),
    "imo": (re.compile("[0-9]{7}"), _last_digit(imo.calc_check_digit)),
    "mrn": (  # EU customs' numbers reckon as ISO 6346 does (DG XXI/0879/99)
        re.compile("[0-9]{2}[A-Z]{2}[A-Z0-9]{13}[0-9]"),
        _last_digit(iso6346.calc_check_digit),
    ),
    "lei": (re.compile("[A-Z0-9]{18}[0-9]{2}"), _mod_97),
    "gtin": (re.compile("[0-9]{8}|[0-9]{12,14}"), _last_digit(ean.calc_check_digit)),
    "gln": (re.compile("[0-9]{13}"), _last_digit(ean.calc_check_digit)),
    "iban": (
        re.compile("[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}"),
        lambda number: _mod_97(number[4:] + number[:4]),
    ),
}


def check_digit(kind: Any, text: Any) -> bool:
    """Whether `text` has the form of `kind` and its check digits; `Failure` for unknown kinds."""
    if type(kind) is not str or kind not in _KINDS:
        raise Failure(f"check_digit() knows {', '.join(_KINDS)}")
    return type(text) is str and len(text) <= CHARACTERS_MAX and _is_valid(kind, text)


@lru_cache(maxsize=NUMBERS_CACHED)
def _is_valid(kind: str, text: str) -> bool:
    shape, valid = _KINDS[kind]
    return shape.fullmatch(text) is not None and valid(text)


def code_lists() -> dict[str, dict[str, int | None]]:
    """The lists of `CODE_LISTS` as the installed packages have them: code -> minor units.

    Minor units are the decimal places of a currency; None where there are none, as for countries.
    """
    import pycountry  # both read their tables when imported, and only a founder needs them
    from iso4217 import Currency

    return {
        "country": {country.alpha_2: None for country in pycountry.countries},
        "currency": {currency.code: currency.exponent for currency in Currency},
    }
