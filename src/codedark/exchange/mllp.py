"""HL7 v2 messages over MLLP (HL7 v2 transport specification, appendix C), each acknowledged before the next."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from functools import partial

from codedark.exchange.connection import Connection
from codedark.exchange.sender import Log, NotDelivered

_START, _END = b"\x0b", b"\x1c\r"
_MOST_ANSWER_BYTES = 1 << 16
_ACCEPTED = {b"AA", b"CA"}


class MllpSender:
    """Sends the messages of the log ``hl7``. An answer other than AA or CA is an error: nothing is passed over."""

    def __init__(self, host: str, port: int) -> None:
        self._connection = Connection(host, port)
        self._where = f"{host}:{port}"

    def carries(self, log: Log) -> bool:
        """Only HL7 messages."""
        return log.name == "hl7"

    def send(self, log: Log, records: Sequence[bytes]) -> None:
        """Send each message and wait for its acknowledgement. Raises `NotDelivered`."""
        del log
        for record in records:
            message = record.rstrip(b"\n")
            answer = self._connection.attempt(partial(_exchange, message))
            code = acknowledgement_code(answer)
            if code not in _ACCEPTED:
                said = code.decode("ascii", "replace") or "without MSA"
                control_id = message.split(b"|", 10)[9].decode("ascii", "replace")
                raise NotDelivered(f"{self._where}: message {control_id} was answered {said}")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def acknowledgement_code(answer: bytes) -> bytes:
    """MSA-1 of an acknowledgement, empty where it has no MSA segment."""
    for segment in answer.replace(b"\n", b"\r").split(b"\r"):
        if segment.startswith(b"MSA|"):
            return segment.split(b"|")[1]
    return b""


def _exchange(message: bytes, connection: socket.socket) -> bytes:
    connection.sendall(_START + message + _END)
    answer = b""
    while not answer.endswith(_END):
        part = connection.recv(4096)
        if not part:
            raise ConnectionResetError("the other side closed the connection before it acknowledged")
        answer += part
        if len(answer) > _MOST_ANSWER_BYTES:
            raise ConnectionAbortedError("the acknowledgement does not end")
    return answer.strip(_START + _END)
