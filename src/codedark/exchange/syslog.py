"""Syslog over UDP (RFC 5426) and TCP with octet counting (RFC 6587, 3.4.1)."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from codedark.exchange.connection import Connection
from codedark.exchange.sender import Log, NotDelivered

_LOCAL0_NOTICE = 16 * 8 + 5
_MOST_UDP_BYTES = 65_000


class SyslogSender:
    """Sends records as syslog messages. Lines that are syslog already go as they are.

    Others (JSON, TSV) become the message of an RFC 5424 line whose APP-NAME is the log's name and whose HOSTNAME is
    "-",
    because the record itself says where it is from.
    """

    def __init__(self, host: str, port: int, transport: Literal["udp", "tcp"]) -> None:
        self._connection = Connection(host, port) if transport == "tcp" else None
        self._address = (host, port)
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM) if transport == "udp" else None

    def carries(self, log: Log) -> bool:
        """Logs of lines; messages go over MLLP."""
        return log.name != "hl7"

    def send(self, log: Log, records: Sequence[bytes]) -> None:
        """Deliver the records as messages. Raises `NotDelivered`."""
        messages = [_message(log, record.rstrip(b"\r\n")) for record in records]
        if self._connection is not None:
            framed = b"".join(b"%d %s" % (len(message), message) for message in messages)
            self._connection.attempt(lambda connection: connection.sendall(framed))
        elif self._udp is not None:
            for message in messages:
                self._datagram(self._udp, message)

    def _datagram(self, udp: socket.socket, message: bytes) -> None:
        try:
            udp.sendto(message[:_MOST_UDP_BYTES], self._address)
        except OSError as error:
            raise NotDelivered(f"{self._address[0]}:{self._address[1]}: cannot send: {error}") from error

    def close(self) -> None:
        """Close the sockets."""
        if self._connection is not None:
            self._connection.close()
        if self._udp is not None:
            self._udp.close()


def _message(log: Log, line: bytes) -> bytes:
    if line.startswith(b"<") and line[1:2].isdigit():
        return line
    stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return f"<{_LOCAL0_NOTICE}>1 {stamp} - {log.name.replace('/', '-')} - - - ".encode() + line
