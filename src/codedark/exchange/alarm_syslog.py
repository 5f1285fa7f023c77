"""Single syslog lines over UDP (RFC 5426), TCP (RFC 6587, octet counting) and TLS (RFC 5425), for what must arrive.

Syslog has no acknowledgement. Over TCP and TLS each line has a connection of its own, whose end we wait for: a receiver
that has read everything closes it without a reset, which is as much as this protocol can say.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from codedark.exchange.sender import Log, NotDelivered
from codedark.exchange.syslog import SyslogOverUdp

_ALARM: Final = Log("alarm", ".log")
_END_SECONDS: Final = 1.0
"""How long we wait for the end of a connection. A receiver that stays quiet has taken the line, as far as we know."""


class Transport(StrEnum):
    """How lines travel."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class SyslogServer:
    """Where lines are sent. ``authorities`` is a file of certificates (PEM) to trust instead of the system's."""

    host: str
    port: int
    transport: Transport
    authorities: Path | None = None
    timeout_seconds: float = 10.0


class AlarmSyslog:
    """Sends single lines to a syslog server."""

    def __init__(self, server: SyslogServer) -> None:
        self._server = server
        self._where = f"{server.host}:{server.port}"

    def send(self, line: bytes) -> None:
        """Send a line that is syslog already, without its end. Raises `NotDelivered`."""
        if self._server.transport is Transport.UDP:
            self._datagram(line)
            return
        with self._connected() as connection:
            connection.sendall(b"%d %s" % (len(line), line))
            _await_end(connection)

    def probe(self) -> None:
        """Connect without a line; over UDP only the name can be looked up. Raises `NotDelivered`."""
        if self._server.transport is Transport.UDP:
            udp = SyslogOverUdp(self._server.host, self._server.port)
            udp.open()
            udp.close()
            return
        with self._connected():
            pass

    def _datagram(self, line: bytes) -> None:
        udp = SyslogOverUdp(self._server.host, self._server.port)
        try:
            udp.send(_ALARM, [line])
        finally:
            udp.close()

    @contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        server = self._server
        try:
            with socket.create_connection((server.host, server.port), timeout=server.timeout_seconds) as plain:
                if server.transport is Transport.TCP:
                    yield plain
                    return
                trust = ssl.create_default_context(cafile=server.authorities)
                with trust.wrap_socket(plain, server_hostname=server.host) as protected:
                    yield protected
        except OSError as error:
            raise NotDelivered(f"{self._where}: {error or type(error).__name__}") from error


def _await_end(connection: socket.socket) -> None:
    """Say that nothing more comes, and wait a moment for the other side to end too. A reset is an `OSError`."""
    connection.settimeout(_END_SECONDS)
    try:
        if isinstance(connection, ssl.SSLSocket):
            connection.unwrap()
        else:
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
    except (TimeoutError, ssl.SSLEOFError):
        return  # it stays open, or ends without a farewell: neither says that the line was not taken
