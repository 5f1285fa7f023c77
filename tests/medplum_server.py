"""Medplum's FHIR router in Node, a real FHIR R4 implementation that is not ours, and a bad network in front of it.

Its store is in memory and does not roll back: what is tried with it is conditional create, search by identifier, tag,
patient and time, references within a transaction, and that what is sent is taken. `tests/peers/medplum` pins it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import pytest

from tests.programs import running
from tests.small_fhir_server import Fault

MODULES: Final = (
    Path(os.environ.get("CODEDARK_PEERS", Path.home() / ".cache" / "codedark-peers")) / "medplum" / "node_modules"
)
_PROGRAM: Final = Path(__file__).parent / "peers" / "medplum" / "server.cjs"


@contextmanager
def medplum() -> Iterator[int]:
    """The port where it listens; skips the test where it is not installed."""
    node = shutil.which("node")
    if node is None or not MODULES.is_dir():
        pytest.skip("Medplum's FHIR router is not installed: see .ci/run")
    with subprocess.Popen(
        [node, _PROGRAM], env=os.environ | {"NODE_PATH": str(MODULES)}, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()


class BadNetwork(ThreadingHTTPServer):
    """Hands requests on to ``port``; ``faults`` are taken one for each POST."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.port = port
        self.faults: deque[Fault] = deque()

    @property
    def base(self) -> str:
        """The server behind it."""
        return f"http://127.0.0.1:{self.server_address[1]}/fhir"


class _Handler(BaseHTTPRequestHandler):
    server: BadNetwork

    def do_GET(self) -> None:
        self._answer(*self._on("GET", None))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fault = self.server.faults.popleft() if self.server.faults else Fault.NONE
        if fault is Fault.BUSY:
            return self._answer(503, b"{}")
        if fault is not Fault.LOST:
            status, told = self._on("POST", body)
        if fault in {Fault.LOST, Fault.UNANSWERED}:
            self.close_connection = True
            return None
        if fault is Fault.DOUBLED:
            status, told = self._on("POST", body)
        return self._answer(504 if fault is Fault.DONE_AND_FAILED else status, told)

    def _on(self, method: str, body: bytes | None) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        connection.request(method, self.path, body, {"Content-Type": "application/fhir+json"})
        answer = connection.getresponse()
        told = answer.status, answer.read()
        connection.close()
        return told

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Say nothing."""


def bad_network(port: int) -> AbstractContextManager[BadNetwork]:
    """A network that runs."""
    return running(BadNetwork(port))
