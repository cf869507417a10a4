"""Who is who in the stories: the four with a node, and what a story says of all others."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Company:
    """An organisation of a story.

    city       its UN/LOCODE's name, for addresses; "" where no paper needs one
    voucher    whose word it is a member by; None for who is one since the founding
    """

    id: str
    legal_name: str
    country: str
    roles: tuple[str, ...] = ("merchant",)
    city: str = ""
    voucher: "Company | None" = None

    def __str__(self) -> str:
        return self.id

    @property
    def party(self) -> dict[str, Any]:
        """How papers of UN/CEFACT name it."""
        party: dict[str, Any] = {"name": self.legal_name, "organisation": self.id}
        if self.city:
            party["address"] = {"addressLocality": self.city, "addressCountry": self.country}
        return party

    @property
    def dcsa_party(self) -> dict[str, Any]:
        """How papers of DCSA name it."""
        code = {"codeListProvider": "COCKET", "partyCode": self.id}
        return {"partyName": self.legal_name, "identifyingCodes": [code]}


def customs(country: str, legal_name: str) -> Company:
    """A customs authority that is a member since the founding, and has no node of its own."""
    return Company(f"customs-{country.lower()}", legal_name, country, ("customs",))


CUSTOMS_MY = customs("MY", "Royal Malaysian Customs Department")
CUSTOMS_CN = customs("CN", "General Administration of Customs")
CARRIER = Company("carrier", "Straits Container Line", "SG", ("carrier",))
HUB = Company("payment-hub", "Harbour Payment Hub", "HK", ("payment",))
WITH_NODES = (CUSTOMS_MY, CUSTOMS_CN, CARRIER, HUB)

CUSTOMS_KE = customs("KE", "Kenya Revenue Authority")
CUSTOMS_NL = customs("NL", "Douane")
CUSTOMS_SG = customs("SG", "Singapore Customs")
CUSTOMS_US = customs("US", "U.S. Customs and Border Protection")
CHAMBER_MY = Company("chamber-my", "Selangor Chamber of Commerce", "MY", ("chamber",))
