"""Syslog over UDP (RFC 5426): one message a datagram.

A sender over UDP cannot be told to wait, so three things are done: the kernel holds as much as it lets us ask for;
datagrams are taken off it many at a time and handed over together, one `Cut` per sender and format; and what still
cannot be held is counted as dropped, also what the kernel itself threw away.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from dataclasses import dataclass
from typing import Any, Final

from codedark.errors import UsageError
from codedark.events.record import Rejected, SourceName
from codedark.ingest.live.address import host_of, source_name
from codedark.ingest.live.intake import Cut, Intake, deliver
from codedark.ingest.live.limits import Rates
from codedark.ingest.live.records import format_of, on_lines
from codedark.ingest.live.stats import Board

_DATAGRAM_BYTES: Final = 65_535
_DRAIN: Final = 512
"""Datagrams to take off the kernel before others get their turn."""
_LAST_DRAINS: Final = 64
_BATCH_SECONDS: Final = 0.005
_OVERHEAD_BYTES: Final = 512
"""What a datagram takes beside its own bytes, at the most: an entry for a sender that is heard once. A flood of small
ones from forged addresses would otherwise take many times what may be held."""
_SO_RCVBUFFORCE: Final = 33
_SO_RXQ_OVFL: Final = 40
"""socket(7), Linux: a buffer beyond net.core.rmem_max, for those who may; and the count of datagrams dropped."""


@dataclass(frozen=True, slots=True)
class UdpLimits:
    """What a UDP listener allows: bytes held here, asked of the kernel, and a second of each sender (0: no limit)."""

    held_bytes: int = 32 << 20
    kernel_bytes: int = 16 << 20
    bytes_per_second: float = 0.0


class UdpListener:
    """Listens on one port; ``format`` None means that each datagram says what it is. ``board`` is its counts."""

    def __init__(
        self,
        intake: Intake,
        host: str,
        port: int,
        format: str | None = None,  # noqa: A002 - as configuration and `Cut` call it
        limits: UdpLimits | None = None,
    ) -> None:
        self._intake = intake
        self._address = (host, port)
        self._format = format
        self._limits = limits or UdpLimits()
        self.board = Board()
        self._socket: socket.socket | None = None
        self._waiting: dict[tuple[str, str], list[bytes]] = {}
        self._held = 0
        self._handing_over: asyncio.Task[None] | None = None
        self._rates = Rates(self._limits.bytes_per_second)
        self._dropped_by_kernel = 0

    @property
    def port(self) -> int:
        """The port that is listened on."""
        assert self._socket is not None
        return int(self._socket.getsockname()[1])

    async def start(self) -> None:
        """Listen. Raises `UsageError` where that is not possible."""
        host, port = self._address
        try:
            family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
            listening = socket.socket(family, kind)
            listening.setblocking(False)
            _ask_for_room(listening, self._limits.kernel_bytes)
            listening.bind(address)
        except OSError as error:
            raise UsageError(f"udp://{host}:{port}: cannot listen: {error}") from error
        self._socket = listening
        asyncio.get_running_loop().add_reader(listening, self._drain)

    async def stop(self, grace_seconds: float = 5.0) -> None:
        """Take what the kernel still holds, listen no more, and hand over what is held."""
        assert self._socket is not None
        asyncio.get_running_loop().remove_reader(self._socket)
        for _ in range(_LAST_DRAINS):
            if not self._drain():
                break
        self._socket.close()
        if self._handing_over is not None:
            await asyncio.wait([self._handing_over], timeout=grace_seconds)

    def _drain(self) -> bool:
        """Take datagrams off the kernel; whether there may be more."""
        assert self._socket is not None
        try:
            data, ancillary, _, address = self._socket.recvmsg(_DATAGRAM_BYTES, socket.CMSG_SPACE(4))
            self._count_lost(ancillary)
            self._keep(data, address)
            for _ in range(_DRAIN):
                data, address = self._socket.recvfrom(_DATAGRAM_BYTES)
                self._keep(data, address)
        except BlockingIOError:
            return False
        finally:
            if self._waiting and self._handing_over is None:
                self._handing_over = asyncio.get_running_loop().create_task(self._hand_over())
        return True

    def _keep(self, data: bytes, address: Any) -> None:
        """Hold one datagram until its batch goes, if there is room and its sender may."""
        source = source_name("udp", host_of(address))
        too_fast = not self._rates.of(source).take_if_there(len(data), time.monotonic())
        if too_fast or self._held + len(data) + _OVERHEAD_BYTES > self._limits.held_bytes:
            self.board.drop(source, 1)
            why = "it sends faster than it may" if too_fast else "more comes in than can be written"
            self.board.total.problem = f"datagrams are dropped: {why}"
            self.board.of(source).problem = self.board.total.problem
            return
        self._held += len(data) + _OVERHEAD_BYTES
        self._waiting.setdefault((source, self._format or format_of(data)), []).append(data)

    def _count_lost(self, ancillary: list[tuple[int, int, bytes]]) -> None:
        """Add what the kernel has dropped since the last time (a counter of 32 bits)."""
        for level, kind, value in ancillary:
            if level == socket.SOL_SOCKET and kind == _SO_RXQ_OVFL:
                (dropped,) = struct.unpack("=I", value[:4])
                lost = (dropped - self._dropped_by_kernel) & 0xFFFFFFFF
                self._dropped_by_kernel = dropped
                if lost:
                    self.board.total.dropped += lost
                    self.board.total.problem = "datagrams are dropped by the kernel: more comes in than can be read"

    async def _hand_over(self) -> None:
        """Hand over all that is held, batch by batch; a batch is what came while the one before was written."""
        try:
            await asyncio.sleep(_BATCH_SECONDS)
            while self._waiting:
                batch, self._waiting = self._waiting, {}
                dropped = self.board.total.dropped
                await asyncio.gather(*(self._hand_over_one(*key, messages) for key, messages in batch.items()))
                self._held -= sum(len(message) + _OVERHEAD_BYTES for messages in batch.values() for message in messages)
                if dropped == self.board.total.dropped:
                    self.board.total.problem = ""
        finally:
            self._handing_over = None

    async def _hand_over_one(self, source: str, kind: str, messages: list[bytes]) -> None:
        empty = sum(not message.strip(b"\r\n\0 ") for message in messages)
        rejected = tuple([Rejected(SourceName(source), 0, "a datagram with nothing in it")] * empty)
        bare = [message.rstrip(b"\0") for message in messages]
        data, count = on_lines([line for each in bare for line in each.split(b"\n")] if kind == "jsonl" else bare)
        await deliver(self._intake, Cut(source, kind, data, count, rejected=rejected), self.board.total)
        self.board.count(source, count, len(data), empty)


def _ask_for_room(listening: socket.socket, size: int) -> None:
    """As large a buffer as the kernel gives, and its count of drops. Neither is needed to work."""
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
    for option, value in ((_SO_RCVBUFFORCE, size), (_SO_RXQ_OVFL, 1)):
        try:
            listening.setsockopt(socket.SOL_SOCKET, option, value)
        except OSError:
            continue
