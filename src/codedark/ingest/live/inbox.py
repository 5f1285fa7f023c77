"""The bytes of one connection, held within bounds until somebody reads them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, cast

_PAUSE_BYTES: Final = 1 << 18
"""Above this the connection is no longer read from, and the sender finds its window closed. The event loop reads at
most as much again in one go."""


class Inbox(asyncio.Protocol):
    """Begins paused: nothing is read before `resume`, so that limits are asked and TLS is begun first."""

    transport: asyncio.Transport

    def __init__(self, opened: Callable[[Inbox], None]) -> None:
        self._opened = opened
        self._parts: list[bytes] = []
        self._size = 0
        self._ended = False
        self._paused = True
        self._reader: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Stop reading, and say that there is a connection."""
        self.transport = cast("asyncio.Transport", transport)
        self.transport.pause_reading()
        self._opened(self)

    def data_received(self, data: bytes) -> None:
        """Keep ``data``; read no more when it is enough."""
        self._parts.append(data)
        self._size += len(data)
        if self._size >= _PAUSE_BYTES and not self._paused:
            self._paused = True
            self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        """The sender has said all."""
        self._ended = True
        self._wake()
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - what came before a break counts all the same
        """The connection is gone; what was received can still be read."""
        self._ended = True
        self._wake()

    def resume(self) -> None:
        """Read from the connection again."""
        if self._paused and not self._ended:
            self._paused = False
            self.transport.resume_reading()

    async def read(self) -> bytes:
        """All that has come since the last time, as soon as there is any; b"" at the end."""
        while not self._parts and not self._ended:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        data = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts.clear()
        self._size = 0
        self.resume()
        return data

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)
