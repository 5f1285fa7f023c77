"""Takes HL7 v2 messages over MLLP, and acknowledges each when it is kept, never before.

One thread serves all connections of all listeners. What has come from all of them is kept together, with one sync of
the disk, and answered then: AA for a message that was understood, AE for one that was kept but not understood (original
mode of HL7 v2, 2.9.2, which senders in enhanced mode take as well). Where nothing can be kept, the connections are
closed without an answer: senders then keep their messages and come again, where an AR would make some throw them away.

Who is hostile harms nobody else: a handshake that is not done in time ends; one address has its share of connections;
where all are taken, the oldest that never gave a message makes room; where unfinished messages fill the memory, the
largest goes.
"""

from __future__ import annotations

import selectors
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NamedTuple

from codedark.exchange.mllp_frames import TooLong, acknowledgement
from codedark.exchange.mllp_peer import Listener, Peer, Refused

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
    """What one receiver takes: bytes of a message, connections at once, also from one address, bytes kept with one
    sync, bytes of unfinished messages in memory, and seconds until hands are shaken.
    """

    message_bytes: int = 8 << 20
    connections: int = 128
    of_one_address: int = 32
    batch_bytes: int = 8 << 20
    held_bytes: int = 64 << 20
    handshake_seconds: float = 10.0


@dataclass(slots=True)
class Counts:
    """What happened since the receiver was opened."""

    accepted: int = 0
    in_error: int = 0
    refused_connections: int = 0
    too_long: int = 0
    outside_bytes: int = 0
    not_kept: int = 0


def _unheard(_address: str, _reason: str) -> None:
    """Nobody wants to know."""


class MllpReceiver:
    """Listens on all ``listeners``. `step` does what there is to do; nothing runs beside it.

    ``stamp`` says now as MSH-7 has it; ``refused`` is told the address and the reason of each connection that is turned
    away. Raises OSError where a port cannot be had.
    """

    def __init__(
        self,
        listeners: Sequence[Listener],
        keep: Keep,
        stamp: Callable[[], str],
        limits: Limits | None = None,
        refused: Callable[[str, str], None] = _unheard,
    ) -> None:
        self.counts: Final = Counts()
        self._keep: Final = keep
        self._stamp: Final = stamp
        self._limits: Final = limits or Limits()
        self._refused: Final = refused
        self._peers: Final[dict[socket.socket, Peer]] = {}
        self._selector: Final = selectors.DefaultSelector()
        self._listening: Final[dict[socket.socket, Listener]] = {}
        try:
            for listener in listeners:
                family = socket.AF_INET6 if ":" in listener.host else socket.AF_INET
                listening = socket.create_server((listener.host, listener.port), family=family, backlog=64)
                listening.setblocking(False)
                self._listening[listening] = listener
                self._selector.register(listening, selectors.EVENT_READ)
        except OSError:
            self.close()
            raise

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports that are listened on, in the order of the listeners."""
        return tuple(listening.getsockname()[1] for listening in self._listening)

    def step(self, timeout_seconds: float) -> int:
        """Wait so long at most for anything to do, and do it; returns how many messages were answered.

        1. Take what has come, from each connection once: nobody is kept waiting by one that sends without end.
        2. Keep it all, and only then answer.
        3. Send what can be sent, and end what is over.
        """
        batch: list[tuple[socket.socket, bytes]] = []
        size_bytes = 0
        for key, ready in self._selector.select(timeout_seconds):
            assert isinstance(key.fileobj, socket.socket)
            if (listener := self._listening.get(key.fileobj)) is not None:
                self._accept(key.fileobj, listener)
                continue
            peer = self._peers.get(key.fileobj)
            if peer is None:  # it made room for another
                continue
            if peer.is_shaking:
                self._shake(peer)
            elif (ready & selectors.EVENT_READ or not peer.unsent) and size_bytes < self._limits.batch_bytes:  # (1)
                messages = self._taken(peer)
                size_bytes += sum(map(len, messages))
                batch += [(key.fileobj, message) for message in messages]
        self._answer(batch)  # (2)
        late = time.monotonic() - self._limits.handshake_seconds
        for peer in list(self._peers.values()):  # (3)
            if not peer.is_shaking:
                self._flush(peer)
            elif peer.began < late:
                self._turn_away(peer, "no handshake in time")
        self._bound_memory()
        return len(batch)

    def close(self) -> None:
        """Close all; what was not answered will be sent again."""
        for peer in list(self._peers.values()):
            self._drop(peer)
        self._selector.close()
        for listening in self._listening:
            listening.close()

    def _accept(self, listening: socket.socket, listener: Listener) -> None:
        try:
            connection, (address, *_) = listening.accept()
        except OSError:  # whoever called has gone again, or we have no files left; both pass
            return
        reason = self._reason_against(listener, address)
        if reason:
            self.counts.refused_connections += 1
            self._refused(address, reason)
            connection.close()
            return
        try:
            peer = Peer(connection, listener, address, self._limits.message_bytes, time.monotonic())
        except OSError:  # it has gone again
            connection.close()
            return
        self._peers[peer.connection] = peer
        self._selector.register(peer.connection, selectors.EVENT_READ)

    def _reason_against(self, listener: Listener, address: str) -> str:
        """Why a connection is not taken; empty where it is, after somebody made room where that is needed."""
        if not listener.lets(address):
            return "its address is not on the list"
        if sum(peer.address == address for peer in self._peers.values()) >= self._limits.of_one_address:
            return f"it has {self._limits.of_one_address} connections already"
        if len(self._peers) >= self._limits.connections:
            silent = [peer for peer in self._peers.values() if not peer.has_spoken]
            if not silent:
                return f"{self._limits.connections} connections are all that are taken"
            self._turn_away(min(silent, key=lambda peer: peer.began), "it gave no message, and others want to")
        return ""

    def _shake(self, peer: Peer) -> None:
        try:
            peer.shake()
        except Refused as refused:
            self._turn_away(peer, str(refused))
        except OSError as error:
            reason = error.reason if isinstance(error, ssl.SSLError) else ""
            self._turn_away(peer, f"no handshake: {reason or 'it broke off'}")
        else:
            self._selector.modify(peer.connection, peer.wanted)

    def _taken(self, peer: Peer) -> list[bytes]:
        """The messages that a connection has whole now. One that ends, ends behind them."""
        messages: list[bytes] = []
        piece = peer.read()
        if piece is None:
            return messages
        before = peer.frames.outside_bytes
        try:
            for message in peer.frames.feed(piece):
                messages.append(message)  # noqa: PERF402 - those before one that is too long count
        except TooLong:
            self.counts.too_long += 1
            peer.is_over = True
        self.counts.outside_bytes += peer.frames.outside_bytes - before
        peer.is_over |= not piece
        peer.has_spoken |= bool(messages)
        return messages

    def _answer(self, batch: list[tuple[socket.socket, bytes]]) -> None:
        if batch:
            try:
                reasons = self._keep([Received(self._peers[at].source, message) for at, message in batch])
            except NotKept:
                self.counts.not_kept += len(batch)
                for connection in {connection for connection, _ in batch}:
                    self._drop(self._peers[connection])
                return
            at = self._stamp()
            for (connection, message), reason in zip(batch, reasons, strict=True):
                code = "AE" if reason else "AA"
                self.counts.in_error += code == "AE"
                self.counts.accepted += code == "AA"
                self._peers[connection].unsent.extend(acknowledgement(message, code, reason, at))

    def _flush(self, peer: Peer) -> None:
        """Send on; end a connection that is over, or whose other side takes no answers."""
        stands = peer.send()
        if not stands or (peer.is_over and not peer.unsent) or len(peer.unsent) > _MOST_UNSENT_BYTES:
            self._drop(peer)
            return
        self._selector.modify(peer.connection, peer.wanted)

    def _bound_memory(self) -> None:
        """Where unfinished messages are too much together, the largest goes."""
        held = {peer: peer.frames.held_bytes for peer in self._peers.values()}
        while sum(held.values()) > self._limits.held_bytes:
            largest = max(held, key=lambda peer: held[peer])
            self.counts.too_long += 1
            self._turn_away(largest, "its message is the largest of too many unfinished ones")
            del held[largest]

    def _turn_away(self, peer: Peer, reason: str) -> None:
        self.counts.refused_connections += 1
        self._refused(peer.address, reason)
        self._drop(peer)

    def _drop(self, peer: Peer) -> None:
        self._peers.pop(peer.connection, None)
        with suppress(KeyError, ValueError):
            self._selector.unregister(peer.connection)
        peer.connection.close()
