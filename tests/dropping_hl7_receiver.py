"""A receiver of HL7 v2 over MLLP that drops, doubles and refuses; messages are read with python-hl7.

It keeps every frame that came and what it filed, a message once by its control id (MSH-10), as the standard has it.
"""

from __future__ import annotations

import socketserver
from collections import deque
from contextlib import AbstractContextManager, suppress
from enum import StrEnum

import hl7

from tests.programs import running

_START, _END = b"\x0b", b"\x1c\r"


class Trouble(StrEnum):
    """What becomes of a message."""

    NONE = "none"
    DROPPED = "dropped"  # the connection ends before it is filed
    UNANSWERED = "unanswered"  # it is filed, and the connection ends
    DOUBLED = "doubled"  # its acknowledgement comes twice
    REORDERED = "reordered"  # that of the message before comes once more, before its own
    CUT = "cut"  # it is filed, and the connection ends in the middle of its acknowledgement
    REFUSED = "refused"  # AE


class Receiver(socketserver.ThreadingTCPServer):
    """``troubles`` are taken one for each message; then there are none."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.came: list[bytes] = []
        self.filed: dict[str, bytes] = {}
        self.troubles: deque[Trouble] = deque()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


class _Handler(socketserver.BaseRequestHandler):
    server: Receiver

    def handle(self) -> None:
        with suppress(ConnectionError):  # whoever sent was killed
            self._talk()

    def _talk(self) -> None:
        held, before = b"", list[bytes]()
        while True:
            while _END not in held:
                part = self.request.recv(4096)
                if not part:
                    return
                held += part
            frame, _, held = held.partition(_END)
            told, ends = self._take(frame.lstrip(_START), before)
            before = told[-1:]
            octets = b"".join(_START + each + _END for each in told)
            self.request.sendall(octets[: len(octets) // 2] if ends else octets)
            if ends:
                return

    def _take(self, message: bytes, before: list[bytes]) -> tuple[list[bytes], bool]:
        """File a message; the answers, and whether the connection ends half-way through them."""
        trouble = self.server.troubles.popleft() if self.server.troubles else Trouble.NONE
        self.server.came.append(message)
        number = str(hl7.parse(message.decode()).segment("MSH")[10])
        if trouble is Trouble.DROPPED:
            return [], True
        code = "AE" if trouble is Trouble.REFUSED else "AA"
        if code == "AA":
            self.server.filed.setdefault(number, message)
        answer = f"MSH|^~\\&|R|R|||20260112||ACK|A{number}|P|2.5.1\rMSA|{code}|{number}\r".encode()
        match trouble:
            case Trouble.UNANSWERED:
                return [], True
            case Trouble.REORDERED:
                return [*before, answer], False
            case Trouble.DOUBLED:
                return [answer, answer], False
            case _:
                return [answer], trouble is Trouble.CUT


def running_receiver() -> AbstractContextManager[Receiver]:
    """A receiver that runs."""
    return running(Receiver())
