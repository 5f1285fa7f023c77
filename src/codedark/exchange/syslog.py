"""Syslog over UDP (RFC 5426) and TCP with octet counting (RFC 6587, 3.4.1)."""

from __future__ import annotations

import select
import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from codedark.exchange.connection import Connection
from codedark.exchange.sender import Log, NotDelivered

_LOCAL0_NOTICE = 16 * 8 + 5
_MOST_DATAGRAM_BYTES = 65_507
"""What the length field of UDP leaves in IPv4: 65,535 octets less the headers of 20 and 8."""


class SyslogOverTcp:
    """Sends records as syslog messages over one connection, each with its length before it.

    Syslog has no acknowledgement (RFC 6587, section 5). Before each batch we look whether the other side has closed
    the connection; then the batch before it is sent again with the new one, so that it may arrive twice, but is not
    lost.
    What cannot be guaranteed: batches that the other side's machine took but nobody read, when the end of the
    connection shows only after a further batch, or after the last one.
    """

    def __init__(self, host: str, port: int) -> None:
        self._connection = Connection(host, port)
        self._over: socket.socket | None = None
        self._before = b""

    def open(self) -> None:
        """Connect. Raises `NotDelivered`."""
        self._connection.open()

    def carries(self, log: Log) -> bool:
        """Logs of lines; messages go over MLLP."""
        return log.name != "hl7"

    def send(self, log: Log, records: Sequence[bytes]) -> None:
        """Deliver the records as messages. Raises `NotDelivered`."""
        messages = (syslog_message(log, record) for record in records)
        batch = b"".join(b"%d %s" % (len(message), message) for message in messages)
        self._connection.attempt(partial(self._deliver, batch))
        self._before = batch

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _deliver(self, batch: bytes, connection: socket.socket) -> None:
        if _has_ended(connection):
            raise ConnectionResetError("the other side closed the connection")
        again = self._before if connection is not self._over else b""
        connection.sendall(again + batch)
        self._over = connection


class SyslogOverUdp:
    """Sends records as syslog messages, one in a datagram. Nobody hears of a datagram that is lost."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._where = f"{host}:{port}"
        self._udp: tuple[socket.socket, tuple[Any, ...]] | None = None

    def open(self) -> None:
        """Find the address; whether somebody listens there cannot be known. Raises `NotDelivered`."""
        self._opened()

    def carries(self, log: Log) -> bool:
        """Logs of lines; messages go over MLLP."""
        return log.name != "hl7"

    def send(self, log: Log, records: Sequence[bytes]) -> None:
        """Send a datagram for each record. Raises `NotDelivered`, also for a record that does not fit into one."""
        udp, address = self._opened()
        for record in records:
            message = syslog_message(log, record)
            if len(message) > _MOST_DATAGRAM_BYTES:
                raise NotDelivered(
                    f"{self._where}: a record of {log.name} has {len(message):,} bytes, and a datagram "
                    f"holds {_MOST_DATAGRAM_BYTES:,}: use syslog+tcp://"
                )
            try:
                udp.sendto(message, address)
            except OSError as error:
                raise NotDelivered(f"{self._where}: cannot send: {error}") from error

    def close(self) -> None:
        """Close the socket."""
        if self._udp is not None:
            self._udp[0].close()

    def _opened(self) -> tuple[socket.socket, tuple[Any, ...]]:
        if self._udp is None:
            try:
                family, kind, _, _, address = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)[0]
                self._udp = socket.socket(family, kind), address
            except OSError as error:
                raise NotDelivered(f"{self._where}: cannot be reached: {error}") from error
        return self._udp


def syslog_message(log: Log, record: bytes) -> bytes:
    """A record as a syslog message: lines that are syslog already stay as they are.

    Others (JSON, TSV) become the message of an RFC 5424 line whose APP-NAME is the log's name and whose HOSTNAME is
    "-", because the record itself says where it is from.
    """
    line = record.rstrip(b"\r\n")
    if line.startswith(b"<") and line[1:2].isdigit():
        return line
    stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return f"<{_LOCAL0_NOTICE}>1 {stamp} - {log.name.replace('/', '-')} - - - ".encode() + line


def _has_ended(connection: socket.socket) -> bool:
    """Whether the other side has closed. What it says is read away: a syslog receiver has nothing to say."""
    watched = select.poll()
    watched.register(connection, select.POLLIN)
    while watched.poll(0):
        if not connection.recv(4096):
            return True
    return False
