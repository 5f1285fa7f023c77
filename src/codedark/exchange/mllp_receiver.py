"""Takes HL7 v2 messages over MLLP, and acknowledges each when it is kept, never before.

One thread serves all connections. What has come from all of them is kept together, with one sync of the disk, and
answered then: AA for a message that was understood, AE for one that was kept but not understood (original mode of
HL7 v2, 2.9.2, which senders in enhanced mode take as well). Where nothing can be kept, the connections are closed
without an answer: senders then keep their messages and come again, where an AR would make some throw them away.
"""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from codedark.exchange.mllp_frames import Frames, TooLong, acknowledgement

_READ_BYTES: Final = 1 << 16
_MOST_UNSENT_BYTES: Final = 1 << 20


class NotKept(Exception):
    """Nothing of a batch is on disk; the text says why."""


class Received(NamedTuple):
    """A message and where it came from: ``mllp://10.1.2.3``."""

    source: str
    message: bytes


Keep = Callable[[Sequence[Received]], Sequence[str]]
"""Puts messages on disk, and returns why each cannot be read: "" where it can. Raises `NotKept`."""


class Limits(NamedTuple):
    """What one receiver takes: bytes of a message, connections at once, bytes kept with one sync."""

    message_bytes: int = 8 << 20
    connections: int = 128
    batch_bytes: int = 8 << 20


@dataclass(slots=True)
class Counts:
    """What happened since the receiver was opened."""

    accepted: int = 0
    in_error: int = 0
    refused_connections: int = 0
    too_long: int = 0
    outside_bytes: int = 0
    not_kept: int = 0


@dataclass(slots=True)
class _Peer:
    source: str
    frames: Frames
    unsent: bytearray = field(default_factory=bytearray)
    is_over: bool = False


class MllpReceiver:
    """Listens on ``host`` and ``port`` (0: any that is free). `step` does what there is to do; nothing runs beside it.

    ``stamp`` says now as MSH-7 has it. Raises OSError where the port cannot be had.
    """

    def __init__(
        self, host: str, port: int, keep: Keep, stamp: Callable[[], str], limits: Limits | None = None
    ) -> None:
        self.counts: Final = Counts()
        self._keep: Final = keep
        self._stamp: Final = stamp
        self._limits: Final = limits or Limits()
        self._peers: Final[dict[socket.socket, _Peer]] = {}
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listening: Final = socket.create_server((host, port), family=family, backlog=64)
        self._listening.setblocking(False)
        self._selector: Final = selectors.DefaultSelector()
        self._selector.register(self._listening, selectors.EVENT_READ)

    @property
    def port(self) -> int:
        """The port that is listened on."""
        number: int = self._listening.getsockname()[1]
        return number

    def step(self, timeout_seconds: float) -> int:
        """Wait so long at most for anything to do, and do it; returns how many messages were answered.

        1. Take what has come, from each connection once: nobody is kept waiting by one that sends without end.
        2. Keep it all, and only then answer.
        3. Send what can be sent.
        """
        batch: list[tuple[socket.socket, bytes]] = []
        size_bytes = 0
        for key, ready in self._selector.select(timeout_seconds):
            if key.fileobj is self._listening:
                self._accept()
                continue
            assert isinstance(key.fileobj, socket.socket)
            if ready & selectors.EVENT_READ and size_bytes < self._limits.batch_bytes:  # (1)
                messages = self._taken(key.fileobj)
                size_bytes += sum(map(len, messages))
                batch += [(key.fileobj, message) for message in messages]
        self._answer(batch)  # (2)
        for connection in list(self._peers):  # (3)
            self._flush(connection)
        return len(batch)

    def close(self) -> None:
        """Close all; what was not answered will be sent again."""
        for connection in list(self._peers):
            self._drop(connection)
        self._selector.close()
        self._listening.close()

    def _accept(self) -> None:
        try:
            connection, address = self._listening.accept()
        except OSError:  # whoever called has gone again, or we have no files left; both pass
            return
        if len(self._peers) >= self._limits.connections:
            self.counts.refused_connections += 1
            connection.close()
            return
        connection.setblocking(False)
        self._peers[connection] = _Peer(f"mllp://{address[0]}", Frames(self._limits.message_bytes))
        self._selector.register(connection, selectors.EVENT_READ)

    def _taken(self, connection: socket.socket) -> list[bytes]:
        """The messages that a connection has whole now. One that ends, ends behind them."""
        peer = self._peers[connection]
        messages: list[bytes] = []
        try:
            piece = connection.recv(_READ_BYTES)
        except BlockingIOError:
            return messages
        except OSError:
            piece = b""
        before = peer.frames.outside_bytes
        try:
            for message in peer.frames.feed(piece):
                messages.append(message)  # noqa: PERF402 - those before one that is too long count
        except TooLong:
            self.counts.too_long += 1
            peer.is_over = True
        self.counts.outside_bytes += peer.frames.outside_bytes - before
        peer.is_over |= not piece
        return messages

    def _answer(self, batch: list[tuple[socket.socket, bytes]]) -> None:
        if batch:
            try:
                reasons = self._keep([Received(self._peers[peer].source, message) for peer, message in batch])
            except NotKept:
                self.counts.not_kept += len(batch)
                for connection in {peer for peer, _ in batch}:
                    self._drop(connection)
                return
            at = self._stamp()
            for (connection, message), reason in zip(batch, reasons, strict=True):
                code = "AE" if reason else "AA"
                self.counts.in_error += code == "AE"
                self.counts.accepted += code == "AA"
                self._peers[connection].unsent += acknowledgement(message, code, reason, at)

    def _flush(self, connection: socket.socket) -> None:
        """Send on; end a connection that is over, or whose other side takes no answers."""
        peer = self._peers[connection]
        try:
            while peer.unsent:
                del peer.unsent[: connection.send(peer.unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self._drop(connection)
            return
        if (peer.is_over and not peer.unsent) or len(peer.unsent) > _MOST_UNSENT_BYTES:
            self._drop(connection)
            return
        wanted = selectors.EVENT_WRITE if peer.unsent else 0
        self._selector.modify(connection, wanted | (0 if peer.is_over else selectors.EVENT_READ))

    def _drop(self, connection: socket.socket) -> None:
        self._peers.pop(connection, None)
        with suppress(KeyError, ValueError):
            self._selector.unregister(connection)
        connection.close()
