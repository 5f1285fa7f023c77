"""Where a FHIR server tells us that something has changed: an HTTP endpoint for rest-hook subscriptions (R4, 2.46.7.1).

Whoever tells shows the secret that we gave to the server in the subscription's header. What he tells is taken before he
is answered 200; where it cannot be kept he is answered 503, and tells it again.
"""

from __future__ import annotations

import hmac
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn
from typing import Any, Final

_MOST_BYTES: Final = 16 << 20
_TIMEOUT_SECONDS: Final = 10.0
_MOST_SECONDS: Final = 60.0
_MOST_AT_ONCE: Final = 16

Take = Callable[[bytes], None]
"""Takes the body of a notification, which may be empty. Raises OSError where it cannot be kept, ValueError for what is
no notification.
"""


class Hook(ThreadingMixIn, HTTPServer):
    """Listens on ``host`` and ``port`` (0: any that is free), in threads of its own. Raises OSError.

    What is not told whole after ``most_seconds`` ends: who sends a byte now and then would else keep others out.
    """

    daemon_threads = True

    def __init__(
        self,
        host: str,
        port: int,
        secret: str,
        take: Take,
        tls: ssl.SSLContext | None = None,
        most_seconds: float = _MOST_SECONDS,
    ) -> None:
        super().__init__((host, port), _Handler)
        self.secret: Final = f"Bearer {secret}".encode()
        self.take: Final = take
        self._tls: Final = tls
        self._most_seconds: Final = most_seconds
        self.room: Final = threading.BoundedSemaphore(_MOST_AT_ONCE)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self.server_address[1])

    def end(self) -> None:
        """Listen no more."""
        self.shutdown()
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """In a thread, where there is room for one; else it comes again."""
        if self.room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """With an end to whoever says nothing, and with the handshake in here, where it holds nobody else."""
        timer: threading.Timer | None = None
        try:
            request.settimeout(_TIMEOUT_SECONDS)
            if self._tls is not None:
                request = self._tls.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
            timer = threading.Timer(self._most_seconds, _end, (request,))
            timer.daemon = True
            timer.start()
            if self._tls is not None:
                request.do_handshake()
        except OSError:  # no TLS, or nobody there any more
            request.close()
        else:
            super().process_request_thread(request, client_address)
        finally:
            if timer is not None:
                timer.cancel()
            self.room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever went away in the middle comes again."""


def _end(connection: socket.socket) -> None:
    """Let whoever waits for it wait no more."""
    with suppress(OSError):  # it has ended by itself
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: Hook
    timeout = _TIMEOUT_SECONDS

    def do_POST(self) -> None:
        self._answer(*self._taken())

    do_PUT = do_POST  # noqa: N815 - some servers put the resource itself

    def _taken(self) -> tuple[int, str]:
        if not hmac.compare_digest(
            (self.headers.get("Authorization") or "").encode("utf-8", "replace"), self.server.secret
        ):
            return 401, "who are you?"
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or int(length) > _MOST_BYTES:
            return 413, f"{_MOST_BYTES} bytes are taken at most, and their number is to be told"
        try:
            self.server.take(self.rfile.read(int(length)))
        except ValueError as error:
            return 400, str(error)[:200]
        except OSError:
            return 503, "it cannot be kept now"
        return 200, ""

    def _answer(self, status: int, text: str) -> None:
        body = text.encode("utf-8", "replace")
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """What people should know is told by whoever takes."""
