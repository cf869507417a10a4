"""Decoders at the edges: what clients send, what nodes answer, what stands in files."""

import atexit
import os
from hashlib import sha256
from pathlib import Path
from random import Random
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import msgpack
import msgspec
from nacl.pwhash import argon2id
from nacl.secret import SecretBox

from cocket.client import ledger as client
from cocket.client.answers import Answer
from cocket.client.errors import LedgerError, WalletError, WrongPassword
from cocket.client.files import read_body, read_signed
from cocket.client.sse import EventParser
from cocket.client.transport import Reply
from cocket.client.verify import verify
from cocket.client.wallet import Wallet
from cocket.contracts.standard import NAMES, example
from cocket.ledger import canonical
from cocket.ledger.errors import Malformed
from cocket.ledger.keys import base64url
from cocket.node.api import submissions
from cocket.node.api.access import check_token
from cocket.node.api.answers import Problem
from cocket.node.config import CONFIG_FILE, SetupError, key_text, load_config, read_key
from cocket.node.founding import plan_for, read_plan
from tests import protocol_examples as examples
from tests.fuzz import mutate
from tests.fuzz.decoder import Decoder
from tests.fuzz.mutate import mutator
from tests.fuzz.of_ledger import BOTH, KIB, issued

MIB = 1024 * KIB
NOW = examples.TIME_S
SETTINGS = (
    *(
        b"[node]",
        b"[api]",
        b"[peer]",
        b"[limits]",
        b"[[organisation]]",
        b"[[",
        b"=",
        b"'''",
        b'"""',
    ),
    *(b"true", b"1979-05-27T07:32:00Z", b"nan", b"inf", b"0x1F", b"{a=1}", b"[1,2]", b"\xc3\xa9"),
    *(b"id", b"peer", b"listen", b"reads", b"pending_documents_max", b"1_0", b"9" * 5000, b"\x00"),
)


class _Folder:
    """A directory of this process, in memory where there is such a place, gone at its end."""

    def __init__(self) -> None:
        self._path: Path | None = None

    @property
    def path(self) -> Path:
        if self._path is None:
            memory = Path("/dev/shm")
            self._path = Path(mkdtemp(prefix="fuzz-", dir=memory if memory.is_dir() else None))
            atexit.register(rmtree, self._path, True)
        return self._path

    def put(self, name: str, data: bytes) -> Path:
        """A file with this content, readable by its owner alone."""
        path = self.path / name
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        return path


FOLDER = _Folder()

# --- what clients send ----------------------------------------------------------------------------


def _token(data: bytes) -> str:
    text = data.decode("latin-1")  # as Starlette hands header values over
    key = examples.key(21)

    def member_key(kid: str) -> tuple[str, bytes] | None:
        return (examples.ISSUER, key.public_key) if kid == key.thumbprint else None

    return check_token(text, examples.NETWORK, NOW, member_key)


def _bearer(random: Random, data: bytes, others: Any) -> bytes:
    """A token changed, and half of the time signed anew, so that what it claims is looked at."""
    head, space, token = data.partition(b" ")
    changed = mutate.sd_jwt(random, token, others)
    if random.random() < 0.5:
        signed = changed.rpartition(b".")[0]
        changed = signed + b"." + base64url(examples.key(21).sign(signed)).encode()
    return head + space + changed


def _tokens() -> list[bytes]:
    wallet = Wallet(examples.ISSUER, examples.NETWORK, examples.key(21), clock=lambda: float(NOW))
    return [b"Bearer " + wallet.token().encode()]


def _cut(media_type: str) -> Any:
    def decode(data: bytes) -> list[bytes]:
        texts = submissions.cut(media_type, data)
        assert 0 < len(texts) <= submissions.DOCUMENTS_MAX
        assert all(isinstance(text, bytes) for text in texts)
        for text in texts:
            submissions.disclosures_sent(text)
        return texts

    return decode


def _jws() -> list[bytes]:
    return [each.document.jws for each in issued()]


def _msgpack_requests() -> list[bytes]:
    return [msgpack.packb(_jws()), msgpack.packb([b"x"] * 4096), msgpack.packb(["text"])][:2]


def _ndjson_requests() -> list[bytes]:
    return [b"\n".join(_jws()), b"a~\r\n\nb\n"]


CLIENTS = (
    Decoder(
        "token",
        _token,
        None,
        _tokens,
        mutator(_bearer, 16 * KIB),
        (Problem,),
    ),
    Decoder(
        "submission-ndjson",
        _cut(submissions.NDJSON),
        None,
        _ndjson_requests,
        mutator(mutate.lines, submissions.BODY_BYTES_MAX),
        (Problem,),
        ms_max=1000,
    ),
    Decoder(
        "submission-msgpack",
        _cut(submissions.MESSAGEPACK),
        None,
        _msgpack_requests,
        mutator(mutate.messagepack, submissions.BODY_BYTES_MAX),
        (Problem,),
        ms_max=1000,
    ),
)

# --- what nodes answer ----------------------------------------------------------------------------

COMMITTED: dict[str, Any] = {
    "id": "A" * 43,
    "state": "committed",
    "index": 1,
    "height": 1,
    "time": NOW,
    "warnings": [{"code": "x", "message": "y", "path": "/body"}],
    "unchecked": ["rule"],
    "type": examples.INVOICE,
    "issuer": "exporter",
    "ucr": ["X"],
    "refs": {},
}


def _answers(data: bytes) -> Any:
    reply = Reply(200, data)
    assert isinstance(reply.error(), LedgerError)
    found = client._decoded(reply, client._Found)
    assert isinstance(found, Answer)
    if found.document is not None:
        client._ledger_document(found)
    return found


def _answer_seeds() -> list[bytes]:
    document = examples.invoice()
    found = {**COMMITTED, "id": document.id, "document": document.jws.decode()}
    refused = {"id": "", "state": "unknown", "code": "busy", "message": "m", "retryAfter": 1.5}
    problem = {"code": "busy", "detail": "d", "id": "", "status": 503, "state": "unknown"}
    return [msgspec.json.encode(each) for each in (found, COMMITTED, refused, problem)]


def _events(data: bytes) -> Any:
    whole = client._parsed(EventParser(), data)
    parser = EventParser()
    pieces = [
        each
        for n in range(0, len(data), 1 + len(data) // 7)
        for each in client._parsed(parser, data[n : n + 1 + len(data) // 7])
    ]
    assert pieces == whole
    return whole


def _event_seeds() -> list[bytes]:
    event = b"id: 1\nevent: committed\ndata: " + canonical.encode(COMMITTED) + b"\n\n"
    return [b": cocket\n\n" + event + b": still here\n\n" + event.replace(b"\n", b"\r\n")]


def _verdicts(data: bytes) -> str:
    """Document, receipt and trust bundle in a row, any of which may be anybody's."""
    document, _, rest = data.partition(b"\x1d")
    receipt, _, trust = rest.partition(b"\x1d")
    found = verify(document, receipt, trust, now=float(NOW))
    for verdict in (found.integrity, found.issuer, found.inclusion, found.status):
        assert verdict.result in ("pass", "fail", "unknown")
        assert verdict.reason
    return str(found)


def _evidence_seeds() -> list[bytes]:
    bundle, receipt = examples.trust().data, str(examples.receipt()).encode()
    return [b"\x1d".join((str(examples.issued()).encode(), receipt, bundle))]


def _one_of_three(random: Random, data: bytes, others: Any) -> bytes:
    parts = data.split(b"\x1d")
    at = random.randrange(len(parts))
    change = (mutate.sd_jwt, mutate.lines, mutate.json_text)[min(at, 2)]
    parts[at] = change(random, parts[at], others)
    return b"\x1d".join(parts)


NODES = (
    Decoder(
        "node-answer",
        _answers,
        None,
        _answer_seeds,
        mutator(mutate.json_text, MIB),
        (LedgerError,),
        ms_max=500,
    ),
    Decoder(
        "event-stream",
        _events,
        None,
        _event_seeds,
        mutator(mutate.lines, MIB),
        (LedgerError,),
        ms_max=1000,
    ),
    Decoder(
        "evidence-to-verify",
        _verdicts,
        None,
        _evidence_seeds,
        mutator(_one_of_three, MIB),
        (),
        ms_max=1000,
    ),
)

# --- files ----------------------------------------------------------------------------------------

CHEAP = {"operations": argon2id.OPSLIMIT_MIN, "memory": argon2id.MEMLIMIT_MIN}


def _wallet(data: bytes) -> Wallet:
    return Wallet.load(FOLDER.put("wallet.json", data), examples.PASSWORD)


def _wallet_seeds() -> list[bytes]:
    """A file whose password costs next to nothing to try."""
    value = msgspec.json.decode(examples.wallet_file())
    value["kdf"] |= CHEAP
    salt, password = examples.counted(16), examples.PASSWORD.encode()
    secret = argon2id.kdf(SecretBox.KEY_SIZE, password, salt, *CHEAP.values())
    public = [value["organisation"], value["network"], value["publicKey"]]
    sealed = examples.key(21).seed + sha256(canonical.encode(public)).digest()
    box = SecretBox(secret).encrypt(sealed, nonce=examples.counted(24))
    return [canonical.encode({**value, "box": base64url(bytes(box))})]


def _kept_cheap(random: Random, data: bytes, others: Any) -> bytes:
    """Argon2id takes seconds when a file says so, within bounds of its own: not tried here."""
    changed = mutate.json_text(random, data, others)
    if b'"memory":8192' in changed and b'"operations":1,' in changed:
        return changed
    return changed.replace(b'"memory":', b'"memory":-').replace(b'"memory":--', b'"memory":-')


def _config(data: bytes) -> Any:
    FOLDER.put(CONFIG_FILE, data)
    return load_config(FOLDER.path)


def _config_seeds() -> list[bytes]:
    return [
        b'[node]\norganisation = "hub"\nnetwork = "green-lane"\n\n[api]\nlisten = "127.0.0.1:81"\n'
        b'reads = "open"\n\n[peer]\nlisten = "[::1]:9101"\n\n[limits]\npending_documents_max = 5\n'
    ]


def _plan_seeds() -> list[bytes]:
    plan = plan_for("green-lane", [8101, 8102, 8103, 8104], [9101, 9102, 9103, 9104])
    rows = [f'network = "{plan.network}"']
    for member in plan.members:
        rows.append("[[organisation]]")
        for name, value in msgspec.to_builtins(member).items():
            if value is not None:
                rows.append(f"{name} = {msgspec.json.encode(value).decode()}")
    return ["\n".join([*rows, "[parameters]", "deltaMs = 500"]).encode()]


def _signed(data: bytes) -> Any:
    return list(read_signed(FOLDER.put("documents.ndjson", data)))


def _body(data: bytes) -> Any:
    return read_body(FOLDER.put("body.json", data))


FILES = (
    Decoder(
        "wallet-file",
        _wallet,
        None,
        _wallet_seeds,
        mutator(_kept_cheap, 8 * KIB),
        (WalletError, WrongPassword),
    ),
    Decoder(
        "key-file",
        lambda data: read_key(FOLDER.put("vote.key", data)),
        lambda key: key_text(key).encode(),
        lambda: [key_text(examples.key(1)).encode()],
        mutator(mutate.octets, KIB),
        (SetupError,),
    ),
    Decoder(
        "cocket-toml",
        _config,
        None,
        _config_seeds,
        mutator(mutate.tokens(SETTINGS), MIB),
        (SetupError,),
        ms_max=2000,
    ),
    Decoder(
        "network-toml",
        lambda data: read_plan(FOLDER.put("network.toml", data)),
        None,
        _plan_seeds,
        mutator(mutate.tokens(SETTINGS), MIB),
        (SetupError,),
        ms_max=2000,
    ),
    Decoder(
        "signed-file",
        _signed,
        None,
        lambda: [b"\n".join(str(each).encode() for each in issued()), *_jws()[:1]],
        mutator(mutate.sd_jwt, MIB),
        BOTH,
        ms_max=500,
    ),
    Decoder(
        "body-file",
        _body,
        None,
        lambda: [canonical.encode(example(name)) for name in NAMES],
        mutator(mutate.json_text, MIB),
        (Malformed,),
        ms_max=1000,
    ),
)
