"""A question and an answer between two ward stations at the ends of a cable: four bytes of length, then the octets.

Nothing here knows what is said; it is sealed before (`store.station_cable`).
"""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable
from typing import Final

from codedark.errors import CodeDarkError

_MOST_BYTES: Final = 64 * 1024 * 1024
_LENGTH: Final = struct.Struct(">I")
_PATIENCE_SECONDS: Final = 10.0
"""For all of a question or an answer: who drips would else hold a station, and whoever writes there, for ever."""
_MOST_AT_ONCE: Final = 8


class CableSilent(CodeDarkError):
    """Nobody answers at the other end, or nothing that can be used."""


def ask(
    host: str, port: int, question: bytes, timeout_seconds: float, most_seconds: float = _PATIENCE_SECONDS
) -> bytes:
    """The answer of a station. Raises `CableSilent` where nothing comes for ``timeout_seconds``, or it is not whole
    after ``most_seconds``.
    """
    try:
        with socket.create_connection((host, port), timeout_seconds) as connection:
            connection.sendall(_LENGTH.pack(len(question)) + question)
            return _received(connection, timeout_seconds, most_seconds)
    except OSError as error:
        raise CableSilent(f"{host}:{port}: the other station does not answer ({error})") from error


class Listener:
    """Answers at a port, each connection in a thread, until it is closed. ``answer`` gives b"" for what it refuses."""

    def __init__(self, host: str, port: int, answer: Callable[[bytes], bytes]) -> None:
        places = threading.BoundedSemaphore(_MOST_AT_ONCE)

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                if not places.acquire(blocking=False):
                    return
                try:
                    answered = answer(_received(self.request, _PATIENCE_SECONDS, _PATIENCE_SECONDS))
                    self.request.settimeout(_PATIENCE_SECONDS)
                    self.request.sendall(_LENGTH.pack(len(answered)) + answered)
                except (OSError, CableSilent):
                    return
                finally:
                    places.release()

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server((host, port), Handler)
        self.port: Final = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()


def _received(connection: socket.socket, timeout_seconds: float, most_seconds: float) -> bytes:
    until = time.monotonic() + most_seconds
    (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size, timeout_seconds, until))
    if length > _MOST_BYTES:
        raise CableSilent("the other end says too much at once")
    return _exactly(connection, length, timeout_seconds, until)


def _exactly(connection: socket.socket, count: int, timeout_seconds: float, until: float) -> bytes:
    held = bytearray()
    while len(held) < count:
        left_seconds = until - time.monotonic()
        if left_seconds <= 0:
            raise CableSilent("what the other end says is not whole in time")
        connection.settimeout(min(timeout_seconds, left_seconds))
        part = connection.recv(min(count - len(held), 1 << 16))
        if not part:
            raise CableSilent("the other end stopped in the middle")
        held += part
    return bytes(held)
