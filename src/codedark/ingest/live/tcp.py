"""Records over TCP, plain or in TLS: syslog in either framing (RFC 6587, RFC 5425) and NDJSON.

TCP has no acknowledgement that a sender of syslog would wait for, so what stands between the sender and our reading is
lost when either dies. What we do have is back-pressure: a connection is read only as fast as its records are on disk.

A connection costs at most a record, what is being handed over, and what `Inbox` holds; all connections together are
held to `TcpLimits.in_flight_bytes` and `TcpLimits.unfinished_bytes`.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from codedark.errors import UsageError
from codedark.events.record import Rejected, SourceName
from codedark.ingest.live.address import host_of, source_name
from codedark.ingest.live.framing import Framed, Framing
from codedark.ingest.live.inbox import Inbox
from codedark.ingest.live.intake import MAX_RECORD_BYTES, Cut, Intake, deliver
from codedark.ingest.live.limits import Budget, Doorkeeper, Rates, TokenBucket
from codedark.ingest.live.records import format_of
from codedark.ingest.live.stats import Board
from codedark.ingest.live.tls import refusal, subject_name

_TLS_HANDSHAKE: Final = b"\x16\x03"
"""How every TLS connection begins (RFC 8446, 5.1); no record of a log does."""
_ANY_TEXT: Final = "syslog"
"""The format of a stream of which nothing could be read yet."""
_KEEPALIVE: Final = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))
"""A peer that is gone without a word is noticed after two minutes."""


@dataclass(frozen=True, slots=True)
class TcpLimits:
    """What a TCP listener allows. ``bytes_per_second`` holds for each address; 0 is no limit.

    ``first_byte_seconds``  a connection that says nothing at all; ``idle_seconds``  one that has nothing more to say;
    ``record_seconds``  one that begins a record and does not end it.
    """

    record_bytes: int = MAX_RECORD_BYTES
    connections: int = 1024
    connections_per_address: int = 64
    bytes_per_second: float = 0.0
    in_flight_bytes: int = 64 << 20
    unfinished_bytes: int = 256 << 20
    handshake_seconds: float = 10.0
    first_byte_seconds: float = 300.0
    idle_seconds: float = 3600.0
    record_seconds: float = 60.0


class TcpListener:
    """Listens on one port. ``board`` is its counts.

    ``format`` None means that the first record of each connection says it.
    With ``tls``, connections are in TLS, and a client certificate that it asks for gives its name to the source.
    """

    def __init__(
        self,
        intake: Intake,
        host: str,
        port: int,
        format: str | None = None,  # noqa: A002 - as configuration and `Cut` call it
        tls: ssl.SSLContext | None = None,
        limits: TcpLimits | None = None,
    ) -> None:
        self._intake = intake
        self._address = (host, port)
        self._format = format
        self._tls = tls
        self._limits = limits or TcpLimits()
        self.board = Board()
        self._door = Doorkeeper(self._limits.connections, self._limits.connections_per_address)
        self._budget = Budget(self._limits.in_flight_bytes)
        self._rates = Rates(self._limits.bytes_per_second)
        self.stopping = asyncio.Event()
        self._unfinished = 0
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], Inbox] = {}

    @property
    def port(self) -> int:
        """The port that is listened on."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen. Raises `UsageError` where that is not possible."""
        host, port = self._address
        try:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(lambda: Inbox(self._opened), host, port, backlog=1024)
        except OSError as error:
            raise UsageError(f"tcp://{host}:{port}: cannot listen: {error}") from error

    async def stop(self, grace_seconds: float = 5.0) -> None:
        """Take no more connections, close those that are open, and hand over what was read from them."""
        assert self._server is not None
        self._server.close()
        self.stopping.set()
        for inbox in self._open.values():
            inbox.transport.close()
        if self._open:
            _, late = await asyncio.wait(self._open, timeout=grace_seconds)
            for task in late:
                task.cancel()

    def _opened(self, inbox: Inbox) -> None:
        host = host_of(inbox.transport.get_extra_info("peername"))
        if reason := self._door.refusal(host):
            self.board.refuse(reason, source_name("tcp", host))
            inbox.transport.abort()
            return
        self._door.enter(host)
        self.board.total.connections += 1
        task = asyncio.get_running_loop().create_task(self._serve(inbox, host))
        self._open[task] = inbox
        task.add_done_callback(self._open.pop)

    async def _serve(self, inbox: Inbox, host: str) -> None:
        try:
            _keep_alive(inbox.transport)
            name = await self._secure(inbox)
            scheme = "tls" if self._tls else "tcp"
            await _Connection(self, inbox, source_name(scheme, host, name)).run(self._rates.of(host))
        except OSError as error:
            self.board.refuse(refusal(error), source_name("tls" if self._tls else "tcp", host))
        finally:
            self._door.leave(host)
            self.board.total.connections -= 1
            inbox.transport.abort()

    async def _secure(self, inbox: Inbox) -> str:
        """Begin TLS, if it is asked for. The name in the client's certificate, or ""."""
        if self._tls is None:
            return ""
        loop = asyncio.get_running_loop()
        timeout = self._limits.handshake_seconds
        secured = await loop.start_tls(
            inbox.transport, inbox, self._tls, server_side=True, ssl_handshake_timeout=timeout
        )
        if secured is None:
            raise ConnectionResetError
        inbox.transport = secured
        return subject_name(secured.get_extra_info("peercert"))

    def unfinished_changed(self, by: int) -> bool:
        """Count bytes of unfinished records over all connections; whether they are still within the limit."""
        self._unfinished += by
        return by <= 0 or self._unfinished <= self._limits.unfinished_bytes

    async def hand_over(self, source: str, kind: str, framed: Framed) -> None:
        """Return when the records are on disk; meanwhile they count as in flight."""
        rejected = tuple(Rejected(SourceName(source), bad.offset, bad.reason) for bad in framed.bad)
        cut = Cut(source, self._format or kind, framed.data, framed.records, rejected=rejected)
        async with self._budget.hold(len(framed.data)):
            await deliver(self._intake, cut, self.board.total)
        self.board.count(source, cut.count, len(cut.data), len(rejected))

    @property
    def limits(self) -> TcpLimits:
        """What is allowed."""
        return self._limits


class _Connection:
    """One connection: read, frame, hand over, and so on until it ends, is too slow, or cannot be read."""

    def __init__(self, listener: TcpListener, inbox: Inbox, source: str) -> None:
        self._listener = listener
        self._limits = listener.limits
        self._inbox = inbox
        self._source = source
        self._framing = Framing(self._limits.record_bytes)
        self._format = ""
        self._unfinished = 0
        self._unfinished_since = 0.0

    async def run(self, rate: TokenBucket) -> None:
        """Serve the connection to its end."""
        self._inbox.resume()
        try:
            begun = False
            while data := await self._read():
                if not begun and data.startswith(_TLS_HANDSHAKE):
                    self._listener.board.refuse("closed: TLS where none is expected", self._source)
                    break
                begun = True
                framed = self._framing.feed(data)
                await self._take(framed)
                if not self._still_welcome(framed):
                    break
                await self._slow_down(rate.take(len(data), time.monotonic()))
            await self._take(self._framing.finish())
        finally:
            self._listener.unfinished_changed(-self._unfinished)

    async def _slow_down(self, wait_seconds: float) -> None:
        """Leave the sender waiting where it sends faster than it may: it alone."""
        sender = self._listener.board.of(self._source)
        sender.problem = "it sends faster than it may, and is slowed down" if wait_seconds else ""
        if wait_seconds:
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_seconds):
                    await self._listener.stopping.wait()

    async def _read(self) -> bytes:
        """The next bytes; b"" at the end, or when waiting has been long enough."""
        limits = self._limits
        if self._unfinished:
            left, reason = self._unfinished_since + limits.record_seconds - time.monotonic(), "a record without end"
        elif self._format:
            left, reason = limits.idle_seconds, "idle for too long"
        else:
            left, reason = limits.first_byte_seconds, "nothing was ever sent"
        try:
            async with asyncio.timeout(max(left, 0)):
                return await self._inbox.read()
        except TimeoutError:
            self._listener.board.refuse(f"closed: {reason}", self._source)
            return b""

    async def _take(self, framed: Framed) -> None:
        if framed.data:
            self._format = self._format or format_of(framed.data)
        if framed.data or framed.bad:
            await self._listener.hand_over(self._source, self._format or _ANY_TEXT, framed)

    def _still_welcome(self, framed: Framed) -> bool:
        """Whether to read on: the stream can be read, and does not take up all memory with records begun."""
        held = self._framing.unfinished
        if held and (framed.records or not self._unfinished):
            self._unfinished_since = time.monotonic()
        within = self._listener.unfinished_changed(held - self._unfinished)
        self._unfinished = held
        if not within:
            self._listener.board.refuse("closed: too much begun and not ended on all connections", self._source)
        return within and not self._framing.broken


def _keep_alive(transport: asyncio.Transport) -> None:
    connection: socket.socket = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
