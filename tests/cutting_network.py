"""A network between an HTTP client and a server that cuts connections at any byte, and doubles requests.

One request for each connection, as `codedark.exchange.fhir_client` makes them. What it does to each is drawn from a
seed; a server may be exchanged for another (`port`) while it runs.
"""

from __future__ import annotations

import random
import socket
import threading
from collections import Counter
from contextlib import AbstractContextManager
from enum import StrEnum
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Final

from tests.programs import running

_LENGTH: Final = b"content-length:"


class Cut(StrEnum):
    """What becomes of a request."""

    NOT = "not"
    REQUEST = "in the request"
    ANSWER = "in the answer"
    DOUBLED = "doubled, both at once"


class CuttingNetwork(ThreadingTCPServer):
    """Hands on to ``port``; of every request ``odds`` say how likely each harm is. ``done`` counts what was done to
    POSTs.
    """

    daemon_threads = True

    def __init__(self, port: int, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.port = port
        self.chance = random.Random(seed)
        self.odds = {Cut.NOT: 4, Cut.REQUEST: 1, Cut.ANSWER: 2, Cut.DOUBLED: 1}
        self.done: Counter[Cut] = Counter()

    @property
    def base(self) -> str:
        """The server behind it."""
        return f"http://127.0.0.1:{self.server_address[1]}/fhir"


class _Handler(StreamRequestHandler):
    server: CuttingNetwork

    def handle(self) -> None:
        """One request."""
        request = self._read()
        network = self.server
        cut = network.chance.choices(list(network.odds), list(network.odds.values()))[0]
        if request.startswith(b"POST"):
            network.done[cut] += 1
        part = network.chance.random()
        try:
            match cut:
                case Cut.REQUEST:
                    with socket.create_connection(("127.0.0.1", network.port), timeout=60) as connection:
                        connection.sendall(request[: int(part * len(request))])
                case Cut.ANSWER:
                    answer = _asked(network.port, request)
                    self.wfile.write(answer[: int(part * len(answer))])
                case Cut.DOUBLED:
                    self.wfile.write(_doubled(network.port, request, int(part * 2)))
                case Cut.NOT:
                    self.wfile.write(_asked(network.port, request))
        except OSError:
            return  # the server is gone, or the client does not wait any more

    def _read(self) -> bytes:
        """The whole request, with a word that its connection ends with the answer."""
        head, length = [self.rfile.readline()], 0
        while (line := self.rfile.readline()).strip():
            if line.lower().startswith(_LENGTH):
                length = int(line[len(_LENGTH) :])
            head.append(line)
        return b"".join([*head, b"Connection: close\r\n\r\n", self.rfile.read(length)])


def _asked(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(request)
        parts = []
        while part := connection.recv(1 << 16):
            parts.append(part)
        return b"".join(parts)


def _doubled(port: int, request: bytes, which: int) -> bytes:
    """Both at once; the answer to one of them."""
    answers = [b"", b""]

    def ask(number: int) -> None:
        try:
            answers[number] = _asked(port, request)
        except OSError:
            return

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers[which]


def cutting_network(port: int, seed: int) -> AbstractContextManager[CuttingNetwork]:
    """A network that runs."""
    return running(CuttingNetwork(port, seed))
