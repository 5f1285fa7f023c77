"""HL7 v2 messages over MLLP (HL7 v2 transport specification, appendix C), each acknowledged before the next."""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from codedark.exchange.connection import Connection
from codedark.exchange.sender import Log, NotAccepted, NotDelivered

_START, _END = b"\x0b", b"\x1c\r"
_MOST_ANSWER_BYTES = 1 << 16
_MOST_ANSWER_SECONDS = 60.0
_ACCEPTED = {b"AA", b"CA"}
_MOST_EARLIER = 1000
_CONTROL_ID = 9
"""Index of MSH-10 in a message split at ``|``: the separator itself is MSH-1."""


class Acknowledgement(NamedTuple):
    """MSA-1 and MSA-2: what became of a message, and the control id (MSH-10) of that message. Empty where missing."""

    code: bytes
    control_id: bytes


class MllpSender:
    """Sends the messages of the log ``hl7``. An answer other than AA or CA is an error: nothing is passed over.

    A message counts as taken only when an acknowledgement names its control id. Late and repeated acknowledgements of
    messages before it are skipped; one of a message that was never sent is an error. One that is not whole after
    ``most_seconds`` is awaited on a new connection.
    """

    def __init__(self, host: str, port: int, most_seconds: float = _MOST_ANSWER_SECONDS) -> None:
        self._most_seconds = most_seconds
        self._connection = Connection(host, port)
        self._where = f"{host}:{port}"
        self._over: socket.socket | None = None
        self._unread = b""
        self._earlier: deque[bytes] = deque(maxlen=_MOST_EARLIER)

    def open(self) -> None:
        """Connect. Raises `NotDelivered`."""
        self._connection.open()

    def carries(self, log: Log) -> bool:
        """Only HL7 messages."""
        return log.name == "hl7"

    def send(self, log: Log, records: Sequence[bytes]) -> None:
        """Send each message and wait for its acknowledgement. Raises `NotDelivered`."""
        del log
        for record in records:
            message = record.rstrip(b"\n")
            control_id = message.split(b"|", _CONTROL_ID + 1)[_CONTROL_ID]
            answer = self._connection.attempt(partial(self._exchange, message, control_id))
            if answer.code not in _ACCEPTED or answer.control_id != control_id:
                error = NotAccepted if answer.code and answer.control_id == control_id else NotDelivered
                raise error(f"{self._where}: message {_text(control_id)} was answered {_said(answer, control_id)}")
            self._earlier.append(control_id)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _exchange(self, message: bytes, control_id: bytes, connection: socket.socket) -> Acknowledgement:
        """Send a message; the first acknowledgement that is not one of an earlier message."""
        if connection is not self._over:
            self._over, self._unread = connection, b""
        connection.sendall(_START + message + _END)
        answer = acknowledgement(self._frame(connection))
        while answer.control_id != control_id and answer.control_id in self._earlier:
            answer = acknowledgement(self._frame(connection))
        return answer

    def _frame(self, connection: socket.socket) -> bytes:
        """The content of the next frame; what was read behind its end waits for the next call."""
        until = time.monotonic() + self._most_seconds
        while _END not in self._unread:
            if len(self._unread) > _MOST_ANSWER_BYTES or time.monotonic() > until:
                raise ConnectionAbortedError("the acknowledgement does not end")
            part = connection.recv(4096)
            if not part:
                raise ConnectionResetError("the other side closed the connection before it acknowledged")
            self._unread += part
        frame, _, self._unread = self._unread.partition(_END)
        return frame.lstrip(_START)


def acknowledgement(frame: bytes) -> Acknowledgement:
    """What the MSA segment of a frame says."""
    for segment in frame.replace(b"\n", b"\r").split(b"\r"):
        if segment.startswith(b"MSA|"):
            _, code, control_id, *_ = *segment.split(b"|"), b""
            return Acknowledgement(code, control_id.strip())
    return Acknowledgement(b"", b"")


def _said(answer: Acknowledgement, control_id: bytes) -> str:
    if not answer.code:
        return "without MSA-1"
    of_other = f" for message {_text(answer.control_id) or '(none named in MSA-2)'}"
    return _text(answer.code) + (of_other if answer.control_id != control_id else "")


def _text(octets: bytes) -> str:
    return octets.decode("ascii", "replace")
