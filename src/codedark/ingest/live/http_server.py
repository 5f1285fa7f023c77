"""Runs an application for HTTP with uvicorn: what uvicorn itself does not limit is limited here.

Connections overall and by address, and the time until a request's header is there. The name in a client's certificate
is handed to the application as ``request.state.certificate_name``.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from codedark.errors import UsageError
from codedark.ingest.live.address import host_of, source_name
from codedark.ingest.live.guarded_socket import listen
from codedark.ingest.live.limits import Doorkeeper
from codedark.ingest.live.stats import Board
from codedark.ingest.live.tls import subject_name


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What a listener for HTTP allows. ``header_seconds``: from the opening, or the first byte, to a header's end."""

    connections: int = 1024
    connections_per_address: int = 64
    header_seconds: float = 15.0
    idle_seconds: float = 75.0


class HttpListener:
    """Serves an application on one port; refusals are counted on ``board``."""

    def __init__(
        self,
        application: Starlette,
        board: Board,
        host: str,
        port: int,
        tls: ssl.SSLContext | None = None,
        limits: ConnectionLimits | None = None,
    ) -> None:
        self._address = (host, port)
        self._board = board
        self.board = board
        self._limits = limits or ConnectionLimits()
        config = uvicorn.Config(
            application,
            http=_protocol(self._limits, board),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=round(self._limits.idle_seconds),
            timeout_graceful_shutdown=5,
            ssl_context_factory=(lambda _config, _default: tls) if tls else None,
        )
        self._server = _Server(config)
        self._socket: socket.socket | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port that is listened on."""
        assert self._socket is not None
        return int(self._socket.getsockname()[1])

    async def start(self) -> None:
        """Listen. Raises `UsageError` where that is not possible."""
        host, port = self._address
        try:
            door = Doorkeeper(self._limits.connections, self._limits.connections_per_address)
            self._socket = listen(host, port, door, self._board)
        except OSError as error:
            raise UsageError(f"http://{host}:{port}: cannot listen: {error}") from error
        self._serving = asyncio.get_running_loop().create_task(self._server.serve(sockets=[self._socket]))

    async def stop(self) -> None:
        """Take no more requests, and answer those that are under way."""
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the program's, not a listener's."""
        yield


def _protocol(limits: ConnectionLimits, board: Board) -> type[asyncio.Protocol]:
    class GuardedHttp(HttpToolsProtocol):
        """One connection: closed where its header does not come."""

        host = ""
        certificate_name = ""
        header_timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self.host = host_of(transport.get_extra_info("peername"))
            self.certificate_name = subject_name(transport.get_extra_info("peercert"))
            self._wait_for_header()

        def connection_lost(self, exc: Exception | None) -> None:
            self._header_is_there()
            super().connection_lost(exc)

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self.scope["state"]["certificate_name"] = self.certificate_name
            if self.header_timer is None:
                self._wait_for_header()

        def on_headers_complete(self) -> None:
            self._header_is_there()
            super().on_headers_complete()

        def _wait_for_header(self) -> None:
            self.header_timer = self.loop.call_later(limits.header_seconds, self._too_slow)

        def _header_is_there(self) -> None:
            if self.header_timer is not None:
                self.header_timer.cancel()
                self.header_timer = None

        def _too_slow(self) -> None:
            board.refuse("closed: no request within time", source_name(str(self.scheme), self.host))
            self.transport.abort()

    return GuardedHttp
