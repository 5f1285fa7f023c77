"""A server that answers a search with less than there is, and says so in the answer, has not answered."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from codedark.exchange.fhir_client import FhirClient
from codedark.exchange.sender import NotDelivered

FLAG = {"resource": {"resourceType": "Flag", "id": "1"}}


def outcome(severity: str) -> dict[str, Any]:
    """What a server says beside what it found."""
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "diagnostics": "index is down"}]}


@contextmanager
def answering(answer: dict[str, Any]) -> Iterator[FhirClient]:
    """A client of a server that answers everything with this."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: object) -> None:
            """Nobody wants to know."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield FhirClient(f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    "answer",
    [outcome("error"), {"resourceType": "Bundle", "entry": [FLAG, {"resource": outcome("error")}]}],
    ids=["an outcome alone", "an outcome beside what was found"],
)
def test_half_an_answer_is_none(answer: dict[str, Any]) -> None:
    with answering(answer) as client, pytest.raises(NotDelivered, match="half a search: index is down"):
        client.search("Flag", [])


def test_a_warning_beside_what_was_found_is_no_half() -> None:
    with answering({"resourceType": "Bundle", "entry": [FLAG, {"resource": outcome("warning")}]}) as client:
        assert client.search("Flag", []) == [FLAG["resource"]]
