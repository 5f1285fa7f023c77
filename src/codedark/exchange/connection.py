"""A TCP connection that is made again when it breaks."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import TypeVar

from codedark.exchange.sender import NotDelivered

_TRIES = 5
_FIRST_PAUSE_SECONDS = 0.2
_TIMEOUT_SECONDS = 10.0

T = TypeVar("T")


class Connection:
    """Lazily opened; `attempt` runs an exchange over it and starts afresh where the other side went away."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._where = f"{host}:{port}"
        self._socket: socket.socket | None = None

    def open(self) -> None:
        """Connect, where that is not done yet: one try, to learn whether somebody listens. Raises `NotDelivered`."""
        try:
            self._opened()
        except OSError as error:
            raise NotDelivered(f"{self._where}: cannot connect: {error}; is something listening there?") from error

    def attempt(self, exchange: Callable[[socket.socket], T]) -> T:
        """Run ``exchange`` on an open socket, at most five times with growing pauses. Raises `NotDelivered` after the
        last.

        What was sent before a break may arrive twice: the receiver can tell by the records' own numbers.
        """
        pause = _FIRST_PAUSE_SECONDS
        for tries_left in reversed(range(_TRIES)):
            try:
                return exchange(self._opened())
            except OSError as error:
                self.close()
                if not tries_left:
                    raise NotDelivered(
                        f"{self._where}: cannot deliver: {error}; is something listening there? Tried {_TRIES} times"
                    ) from error
                time.sleep(pause)
                pause *= 2
        raise AssertionError

    def close(self) -> None:
        """Close the socket, if one is open."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _opened(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, timeout=_TIMEOUT_SECONDS)
        return self._socket
