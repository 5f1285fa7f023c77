"""A listening socket that lets in only so many connections: asked at `accept`, before TLS and before any byte is read.

A server that others wrote (uvicorn) counts connections only when their handshake is done, so that half-open ones are
without number. This one counts them from the first packet to the close.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from codedark.ingest.live.address import host_of
from codedark.ingest.live.limits import Doorkeeper
from codedark.ingest.live.stats import Board


class GuardedSocket(socket.socket):
    """Listens with ``door`` and counts on ``board``; made by `listen`."""

    door: Doorkeeper
    board: Board

    def accept(self) -> tuple[socket.socket, Any]:
        """One more connection. Raises ConnectionAbortedError where there are too many, which asyncio passes over."""
        connection, address = super().accept()
        host = host_of(address)
        if reason := self.door.refusal(host):
            connection.close()
            self.board.refuse(reason)
            raise ConnectionAbortedError(reason)
        self.door.enter(host)
        self.board.total.connections += 1
        counted = _Counted(fileno=connection.detach())
        counted.left = lambda: self._left(host)
        return counted, address

    def _left(self, host: str) -> None:
        self.door.leave(host)
        self.board.total.connections -= 1


class _Counted(socket.socket):
    """A connection that says when it is closed."""

    left: Callable[[], None] | None = None

    def close(self) -> None:
        """Close it, and make room for another."""
        super().close()
        if self.left is not None:
            left, self.left = self.left, None
            left()


def listen(host: str, port: int, door: Doorkeeper, board: Board) -> GuardedSocket:
    """A socket that listens on ``port``. Raises OSError."""
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listening = GuardedSocket(family, kind)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(1024)
    except OSError:
        listening.close()
        raise
    listening.setblocking(False)
    listening.door, listening.board = door, board
    return listening
