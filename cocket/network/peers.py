"""All of a node's peers: listens, dials, and keeps exactly one session with each.

Of two organisations the one with the smaller id dials, again and again, with a pause that grows and
is never the same twice. A peer that broke the protocol is left alone for a while, and then may try
again: the fault may have been repaired.

    async with Peers(...) as peers:
        peers.broadcast(frame)
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from random import Random
from types import TracebackType
from typing import Self

import structlog

from cocket.ledger.errors import Malformed
from cocket.ledger.organisations import Organisation
from cocket.network import frames
from cocket.network.address import Address
from cocket.network.connection import Connection, Gone, Switchboard
from cocket.network.door import Seldom
from cocket.network.frames import Height, Hello, Notice
from cocket.network.questions import Answer, Question
from cocket.network.session import Handler, Limits, NoAnswer, Session

log = structlog.get_logger(__name__)

REDIAL_S = 0.2
REDIAL_S_MAX = 2.0
"""Whoever returns is called again well within the time-outs of a few views."""
SHUN_S = 5.0
SHUN_S_MAX = 300.0
HEIGHT_EVERY_S = 0.2
LOG_AGAIN_S = 5.0
LOG_AGAIN_S_MAX = 60.0
STOPPING = "this node is stopping"
REENTERED = "the registry's entry of this member changed"
URGENT = (frames.ConsensusFrame, frames.CosignatureFrame, Height)


@dataclass(frozen=True, slots=True)
class PeerStatus:
    """How things stand with one member."""

    organisation: str
    address: str
    connected_s: float | None
    """Seconds since the session opened; None while there is none."""
    away_s: float
    """Seconds since the last session ended, or since the start; 0 while there is one."""
    dials: bool
    """Whether this node calls it; else it calls this node."""
    height: int
    """The highest block it said is final there, in this session or the last."""
    outbox_bytes: int
    last_error: str
    """Why it is not connected, or why it was not before; a sentence, or empty."""


@dataclass(frozen=True, slots=True)
class PeersStatus:
    """What `cocket node status` and the metrics show about peers."""

    listening: Address
    peers: tuple[PeerStatus, ...]
    refused_connections: int


@dataclass(slots=True)
class _Member:
    """What is remembered about a member from session to session."""

    organisation: Organisation
    dialer: asyncio.Task[None] | None = None
    height: int = 0
    last_error: str = ""
    blame: str = ""
    shunned_until: float = 0.0
    shun_s: float = SHUN_S
    since: float = 0.0
    """When its session opened; while there is none, when the last one ended."""


class Peers:
    """The other members' nodes. Everything is on one event loop and none of it blocks."""

    def __init__(
        self,
        *,
        me: str,
        switchboard: Switchboard,
        network: str,
        genesis_hash: bytes,
        members: Iterable[Organisation],
        listen: Address,
        handler: Handler,
        random: Random,
        height: int = 0,
        limits: Limits | None = None,
    ) -> None:
        self.me = me
        self._switchboard = switchboard
        self._network = network
        self._genesis_hash = genesis_hash
        self._listen = listen
        self._handler = handler
        self._random = random
        self._height = height
        self._height_changed = asyncio.Event()
        self._limits = limits or Limits()
        self._founders = tuple(members)
        self._members: dict[str, _Member] = {}
        self._sessions: dict[str, Session] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._seldom = Seldom(LOG_AGAIN_S, LOG_AGAIN_S_MAX)
        self._stopping = False

    async def __aenter__(self) -> Self:
        """Listen and begin to dial. `CannotListen` if the address cannot be had."""
        self._tasks = asyncio.TaskGroup()
        await self._tasks.__aenter__()
        self.address = await self._switchboard.open(self._listen, self._answer_call, self._tasks)
        self._height_teller = self._tasks.create_task(self._tell_height())
        self.set_members(self._founders)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every session and leave nothing running."""
        self._stopping = True
        self._switchboard.refuse()
        self._height_teller.cancel()
        for member in self._members.values():
            if member.dialer is not None:
                member.dialer.cancel()
        for session in self._sessions.values():
            session.end(STOPPING)
        for turn in tuple(self._turns.values()):
            async with turn:
                pass
        try:
            await self._tasks.__aexit__(kind, error, trace)
        finally:
            await self._switchboard.close()

    def set_members(self, members: Iterable[Organisation]) -> None:
        """Talk with these members that have a node, and with nobody else, from now on."""
        wanted = {each.id: each for each in members if each.node and each.id != self.me}
        for identity in sorted(self._members.keys() | wanted.keys()):
            before = self._members.get(identity)
            after = wanted.get(identity)
            if before is not None and before.organisation != after:
                self._remove(before)
            if after is not None and (before is None or before.organisation != after):
                self._add(after)

    def set_height(self, height: int) -> None:
        """Tell peers, soon and not too often, that the block at `height` is final here."""
        self._height = height
        self._height_changed.set()

    @property
    def connected(self) -> list[str]:
        """The peers with whom a session is open, by id."""
        return sorted(self._sessions)

    def heights(self) -> dict[str, int]:
        """What each connected peer said is the last block final there. Claims, not facts."""
        return {peer: session.height for peer, session in self._sessions.items()}

    def send(self, peer: str, frame: Notice) -> bool:
        """Line a frame up for a peer; False if it is not connected."""
        session = self._sessions.get(peer)
        if session is None:
            return False
        session.send(frames.encode(frame), isinstance(frame, URGENT))
        return True

    def broadcast(self, frame: Notice) -> None:
        """Line a frame up for every connected peer; it is encoded once."""
        data = frames.encode(frame)
        for session in self._sessions.values():
            session.send(data, isinstance(frame, URGENT))

    async def request(self, peer: str, question: Question, within: float) -> Answer:
        """The peer's answer; `NoAnswer` if it gives none within so many seconds."""
        session = self._sessions.get(peer)
        if session is None:
            raise NoAnswer(f"{peer} is not connected")
        return await session.request(question, within)

    def blame(self, peer: str, reason: str) -> None:
        """End the session with a peer that broke the protocol; it may come back later."""
        session = self._sessions.get(peer)
        if session is not None:
            session.end(reason, blamed=True)

    def status(self) -> PeersStatus:
        """How things stand with every member."""
        return PeersStatus(
            self.address,
            tuple(self._status(self._members[each]) for each in sorted(self._members)),
            self._switchboard.refused,
        )

    def _status(self, member: _Member) -> PeerStatus:
        organisation = member.organisation
        session = self._sessions.get(organisation.id)
        now = asyncio.get_running_loop().time()
        assert organisation.node is not None
        return PeerStatus(
            organisation.id,
            organisation.node.address,
            None if session is None else now - member.since,
            now - member.since if session is None else 0.0,
            member.dialer is not None,
            member.height if session is None else session.height,
            0 if session is None else session.outbox.size,
            member.last_error,
        )

    def _add(self, organisation: Organisation) -> None:
        member = self._members[organisation.id] = _Member(organisation)
        member.since = asyncio.get_running_loop().time()
        try:
            self._switchboard.admit(organisation)
        except Malformed as error:
            member.last_error = str(error)
            log.error("cannot talk with a member", peer=organisation.id, reason=str(error))
            return
        if self.me < organisation.id:
            member.dialer = self._tasks.create_task(self._keep_dialing(member))

    def _remove(self, member: _Member) -> None:
        identity = member.organisation.id
        del self._members[identity]
        self._switchboard.expel(identity)
        if member.dialer is not None:
            member.dialer.cancel()
        if identity in self._sessions:
            self._sessions[identity].end(REENTERED)

    async def _keep_dialing(self, member: _Member) -> None:
        clock = asyncio.get_running_loop().time
        me = asyncio.current_task()
        assert me is not None
        pause = REDIAL_S
        while True:
            began = clock()
            try:
                await self._dial(member)
            except Exception:
                log.exception("dialling hit a fault of this node", peer=member.organisation.id)
                self._failed(member, "a fault of this node, see its log")
            if me.cancelling():  # before Python 3.13 a TaskGroup that meets a fault may swallow it
                return
            if clock() - began > REDIAL_S_MAX:
                pause = REDIAL_S
            wait = pause * self._random.uniform(0.5, 1.0)
            await asyncio.sleep(max(wait, member.shunned_until - clock()))
            pause = min(2 * pause, REDIAL_S_MAX)

    async def _dial(self, member: _Member) -> None:
        """One session with the member, from the call to its end."""
        node = member.organisation.node
        assert node is not None
        try:
            async with asyncio.timeout(self._limits.handshake):
                connection = await self._call(member.organisation)
        except TimeoutError:
            return self._failed(member, f"nobody answers at {node.address}")
        except Gone as error:
            return self._failed(member, str(error))
        session = self._session(
            member.organisation.id, connection, lambda: self._call(member.organisation)
        )
        await self._greet(session)
        await self._converse(member, session)

    async def _call(self, organisation: Organisation) -> Connection:
        connection = await self._switchboard.call(organisation)
        if connection.peer != organisation.id:
            found = connection.peer or "a stranger"
            assert organisation.node is not None
            why = f"{found} answered at {organisation.node.address}, not {organisation.id}"
            await connection.close(why, blamed=False)
            raise Gone(why)
        return connection

    async def _answer_call(self, connection: Connection) -> None:
        """One session with a caller, from its Hello to its end."""
        peer = connection.peer
        member = None if peer is None else self._members.get(peer)
        if peer is None or member is None:
            return await connection.close("no member of this network", blamed=False)
        session = self._session(peer, connection)
        if peer < self.me:
            wait = member.shunned_until - asyncio.get_running_loop().time()
            if wait > 0:
                session.end(f"come back in {wait:.0f} s, for before: {member.blame}")
        else:
            session.end(f"of two nodes the one with the smaller id dials: {self.me}, not {peer}")
        try:
            await self._greet(session)
        finally:
            self._switchboard.greeted(connection)
        if session.is_freight:
            await self._take_freight(peer, connection)
        else:
            await self._converse(member, session)

    async def _take_freight(self, peer: str, connection: Connection) -> None:
        """Let the session with this caller have its second connection, for as long as it lives."""
        session = self._sessions.get(peer)
        if session is None or not await session.carry(connection):
            await connection.close("no session that lacks a second connection", blamed=False)

    def _session(
        self,
        peer: str,
        connection: Connection,
        dial: Callable[[], Awaitable[Connection]] | None = None,
    ) -> Session:
        return Session(
            peer=peer,
            connection=connection,
            handler=self._handler,
            limits=self._limits,
            dial=dial,
        )

    async def _greet(self, session: Session) -> None:
        await session.greet(Hello(frames.VERSION, self._network, self._genesis_hash, self._height))

    async def _converse(self, member: _Member, session: Session) -> None:
        """A session that has been greeted, to its end; it takes the place of an older one."""
        peer = session.peer
        older = self._sessions.get(peer)
        if self._members.get(peer) is not member:
            session.end(REENTERED)
        if self._stopping:
            session.end(STOPPING)
        try:
            if not session.reason:
                self._sessions[peer] = session
                if older is not None:
                    older.end("it connected again")
                async with self._turns[peer]:
                    await self._open(member, session)
        finally:
            if self._sessions.get(peer) is session:
                del self._sessions[peer]
                member.since = asyncio.get_running_loop().time()
            self._ended(member, session)
            await session.close()

    async def _open(self, member: _Member, session: Session) -> None:
        member.since = asyncio.get_running_loop().time()
        if self._seldom.worth_a_line(f"{session.peer} connected", member.since):
            log.info("connected", peer=session.peer, height=session.height)
        self._handler.on_connected(session.peer)
        try:
            await session.run()
        finally:
            self._handler.on_disconnected(session.peer)

    def _ended(self, member: _Member, session: Session) -> None:
        member.height = max(member.height, session.height)
        if session.blamed:
            member.blame = session.reason
            now = asyncio.get_running_loop().time()
            if now - member.shunned_until > SHUN_S_MAX:
                member.shun_s = SHUN_S
            member.shunned_until = now + member.shun_s
            member.shun_s = min(2 * member.shun_s, SHUN_S_MAX)
        self._failed(member, session.reason)

    def _failed(self, member: _Member, reason: str) -> None:
        member.last_error = reason
        name = f"{member.organisation.id} failed"
        if self._stopping or not self._seldom.worth_a_line(name, asyncio.get_running_loop().time()):
            return
        log.warning("not connected", peer=member.organisation.id, reason=reason)

    async def _tell_height(self) -> None:
        while True:
            await self._height_changed.wait()
            self._height_changed.clear()
            self.broadcast(Height(self._height))
            await asyncio.sleep(HEIGHT_EVERY_S)
