"""A server that sends a byte now and then, and never ends, holds nobody for ever."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from codedark.exchange.fhir_client import FhirClient
from codedark.exchange.mllp import MllpSender
from codedark.exchange.pack_source import fetched
from codedark.exchange.sender import Log, NotDelivered

HANDSHAKE = b"\x16\x03\x03\x40\x00"
"""The head of a TLS record that holds 16 KiB of a handshake (RFC 8446, 5.1)."""
HEADS = {
    "a body without a length": b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n\r\n{",
    "a body with a length": b"HTTP/1.0 200 OK\r\nContent-Length: 1000000\r\n\r\n{",
    "headers": b"HTTP/1.1 200 OK\r\nX: ",
    "nothing": b"",
}


@pytest.fixture(params=list(HEADS.values()), ids=list(HEADS))
def dripping(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of one that answers a head, and then a byte at a time until the other side goes."""
    with dripping_behind(request.param) as port:
        yield port


@pytest.fixture
def dripping_handshake() -> Iterator[int]:
    """The port of one that never has shaken hands."""
    with dripping_behind(HANDSHAKE) as port:
        yield port


@contextmanager
def dripping_behind(head: bytes) -> Iterator[int]:
    """One that says ``head``, and then a byte at a time."""
    listening = socket.create_server(("127.0.0.1", 0))
    stopped = threading.Event()

    def drip(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.sendall(head)
            while not stopped.wait(0.02):
                connection.sendall(b" ")

    def serve() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=drip, args=(listening.accept()[0],), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield int(listening.getsockname()[1])
    stopped.set()
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()


def test_a_pull_of_a_pack_ends(dripping: int) -> None:
    with pytest.raises(NotDelivered, match=r"took longer than 0\.3 s"):
        fetched(f"http://127.0.0.1:{dripping}", "ward.pack", 1 << 30, most_seconds=0.3)


def test_a_question_to_the_record_ends(dripping: int) -> None:
    with pytest.raises(NotDelivered, match=r"took longer than 0\.3 s"):
        FhirClient(f"http://127.0.0.1:{dripping}", most_seconds=0.3).search("Patient", [])


def test_an_acknowledgement_that_does_not_end_is_none(dripping: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with pytest.raises(NotDelivered, match="does not end"):
        MllpSender("127.0.0.1", dripping, most_seconds=0.1).send(Log("hl7", ".hl7"), [b"MSH|^~\\&|||||||A|1|P|2.5.1\r"])


def test_a_pull_of_a_pack_ends_though_the_handshake_does_not(dripping_handshake: int) -> None:
    with pytest.raises(NotDelivered, match=r"took longer than 0\.3 s"):
        fetched(f"https://127.0.0.1:{dripping_handshake}", "ward.pack", 1 << 30, most_seconds=0.3)


def test_a_question_to_the_record_ends_though_the_handshake_does_not(dripping_handshake: int) -> None:
    with pytest.raises(NotDelivered, match=r"took longer than 0\.3 s"):
        FhirClient(f"https://127.0.0.1:{dripping_handshake}", most_seconds=0.3).search("Patient", [])
