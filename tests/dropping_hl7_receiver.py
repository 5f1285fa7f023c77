"""A receiver of HL7 v2 over MLLP that drops, doubles and refuses; messages are read with python-hl7.

It keeps every frame that came and what it filed, a message once by its control id (MSH-10), as the standard has it.
"""

from __future__ import annotations

import socketserver
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import hl7

_START, _END = b"\x0b", b"\x1c\r"


class Trouble(StrEnum):
    """What becomes of a message."""

    NONE = "none"
    DROPPED = "dropped"  # the connection ends before it is filed
    UNANSWERED = "unanswered"  # it is filed, and the connection ends
    DOUBLED = "doubled"  # its acknowledgement comes twice
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
        held = b""
        while True:
            while _END not in held:
                part = self.request.recv(4096)
                if not part:
                    return
                held += part
            frame, _, held = held.partition(_END)
            answers = self._take(frame.lstrip(_START))
            if answers is None:
                return
            self.request.sendall(b"".join(_START + each + _END for each in answers))

    def _take(self, message: bytes) -> list[bytes] | None:
        """File a message; the answers, None for a connection that ends."""
        trouble = self.server.troubles.popleft() if self.server.troubles else Trouble.NONE
        self.server.came.append(message)
        number = str(hl7.parse(message.decode()).segment("MSH")[10])
        if trouble is Trouble.DROPPED:
            return None
        code = "AE" if trouble is Trouble.REFUSED else "AA"
        if code == "AA":
            self.server.filed.setdefault(number, message)
        answer = f"MSH|^~\\&|R|R|||20260112||ACK|A{number}|P|2.5.1\rMSA|{code}|{number}\r".encode()
        if trouble is Trouble.UNANSWERED:
            return None
        return [answer] * (2 if trouble is Trouble.DOUBLED else 1)


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    """A receiver that runs."""
    receiver = Receiver()
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.shutdown()
        receiver.server_close()
        thread.join()
