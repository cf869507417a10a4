"""Inputs that once broke a decoder, each with what it did: they stay, so that none does again."""

FOUND: tuple[tuple[str, bytes, str], ...] = (
    ("cocket-toml", b"[node]\norganisation = " + b"9" * 5000, "ValueError of Python's int"),
    ("network-toml", b"network = 0x" + b"f" * 5000 + b"9", "int of a size no setting has"),
    ("network-toml", b"a = " + b"9" * 5000, "ValueError of Python's int"),
    ("cocket-toml", b"a = " + b"[" * 100_000, "RecursionError of tomllib"),
    ("address", b"[1]:1", "brackets around what is no IPv6 address: printed without them"),
    (
        "node-answer",
        b'{"x":' + b"[" * 100_000,
        "RecursionError of msgspec, in the problem of an error answer",
    ),
    ("submission-msgpack", b"\xdd" + bytes(16 * 1024 * 1024), "BufferFull of msgpack"),
    ("frame", b"\xdd\x00\x0f\xff\x00" + b"\x90" * 0xFFF00, "0.3 s and 70 MiB for empty arrays"),
    ("frame", b"\xdd\x00\x0f\xff\x00" + b"\x80" * 0xFFF00, "0.1 s for empty maps"),
    ("http-request", b"GET / HTTP/1Content1\r\n\r\n", "400 as text, where a problem is promised"),
)
