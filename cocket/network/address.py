"""Addresses as people write them: host:port."""

import re
from dataclasses import dataclass

PORT_MAX = 65_535


@dataclass(frozen=True, slots=True)
class Address:
    """Where something listens or is reached: a host name or IP address, and a TCP port."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Address":
        """The address in `host:port` or `[IPv6]:port`; `ValueError` says what it should be."""
        match = re.fullmatch(
            r"(?:\[([0-9a-fA-F.]*:[0-9a-fA-F:.]*)\]|([^\s:\[\]/]+)):([1-9][0-9]{0,4})", text
        )
        if match is None or int(match[3]) > PORT_MAX:
            raise ValueError(f"{text!r} is not host:port, such as 127.0.0.1:8101 or [::1]:8101")
        return cls(match[1] or match[2], int(match[3]))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
