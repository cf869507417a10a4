"""Hosts: a network namespace with one interface each, whose other end the wire holds."""

import fcntl
import os
import struct
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.lab import NETNS, TUN, run

SUBNET = "198.18.0"
"""RFC 2544: for tests, routed nowhere."""
MTU = 1500
QUEUE_PACKETS = 2000
STRANGERS = "strangers"
_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000


@dataclass(frozen=True, slots=True)
class Host:
    """`index` is the last byte of its address, from 1; `tun` is the wire's end of its interface."""

    name: str
    index: int
    tun: int

    @property
    def address(self) -> str:
        """Its IPv4 address."""
        return f"{SUBNET}.{self.index}"

    @property
    def namespace(self) -> Path:
        """What `nsenter --net` takes."""
        return NETNS / self.name


def make_hosts(names: list[str]) -> list[Host]:
    """A host for each name, after one for the strangers, which is the lab itself."""
    return [_make(name, index) for index, name in enumerate([STRANGERS, *names], start=1)]


def _make(name: str, index: int) -> Host:
    interface = f"wire{index}"
    tun = os.open(TUN, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH22x", interface.encode(), _IFF_TUN | _IFF_NO_PI))
    host = Host(name, index, tun)
    inside: tuple[str, ...] = ()
    if name != STRANGERS:
        run("ip", "netns", "add", name)
        run("ip", "link", "set", interface, "netns", name)
        inside = ("ip", "netns", "exec", name)
        run(*inside, "ip", "link", "set", "lo", "up")
    run(*inside, "ip", "address", "add", f"{host.address}/24", "dev", interface)
    run(
        *(*inside, "ip", "link", "set", interface, "up"),
        *("mtu", str(MTU), "txqueuelen", str(QUEUE_PACKETS)),
    )
    return host
