"""The endpoint at which a record tells of changes: who does not know the secret tells nothing, and harms nobody."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

import pytest

from codedark.exchange.fhir_hook import Hook
from codedark.ingest.live.tls import server_context
from tests.live_intake import Authority
from tests.programs import PATIENCE_SECONDS


class Taken:
    """What was taken; refuses what it is told to."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def __call__(self, body: bytes) -> None:
        if body == b"full":
            raise OSError(28, "no space")
        if body == b"rubbish":
            raise ValueError("no FHIR resource")
        self.bodies.append(body)


@pytest.fixture
def taken() -> Taken:
    """Whoever takes."""
    return Taken()


@pytest.fixture
def hook(taken: Taken) -> Iterator[Hook]:
    """An endpoint that listens."""
    running = Hook("127.0.0.1", 0, "secret", taken)
    yield running
    running.end()


def status(hook: Hook, body: bytes, secret: str = "Bearer secret", method: str = "POST", **headers: str) -> int:
    """The answer to a notification."""
    connection = HTTPConnection("127.0.0.1", hook.port, timeout=60)
    connection.request(method, "/any/where", body, {"Authorization": secret, **headers})
    found = connection.getresponse().status
    connection.close()
    return found


def test_what_is_told_with_the_secret_is_taken_before_it_is_answered(hook: Hook, taken: Taken) -> None:
    assert status(hook, b"one") == 200
    assert status(hook, b"", method="PUT") == 200
    assert taken.bodies == [b"one", b""]


def test_what_cannot_be_kept_or_understood_is_told_so(hook: Hook, taken: Taken) -> None:
    assert [status(hook, body) for body in (b"full", b"rubbish")] == [503, 400]
    assert taken.bodies == []


@pytest.mark.parametrize("secret", ["", "secret", "Bearer secrets", "Bearer ", "Bearer s\u00e9cret"])
def test_who_does_not_know_the_secret_tells_nothing(hook: Hook, taken: Taken, secret: str) -> None:
    assert status(hook, b"one", secret) == 401
    assert taken.bodies == []


@pytest.mark.parametrize("length", ["99999999999", "-1", "much"])
def test_a_body_without_bounds_is_not_read(hook: Hook, taken: Taken, length: str) -> None:
    with socket.create_connection(("127.0.0.1", hook.port), timeout=60) as client:
        client.sendall(f"POST / HTTP/1.1\r\nAuthorization: Bearer secret\r\nContent-Length: {length}\r\n\r\n".encode())
        assert b" 413 " in client.recv(4096)
    assert taken.bodies == []


def test_peers_that_say_nothing_leave_room_for_others(hook: Hook) -> None:
    silent = [socket.create_connection(("127.0.0.1", hook.port), timeout=60) for _ in range(10)]
    assert status(hook, b"one") == 200
    for each in silent:
        each.close()


def test_it_may_be_encrypted(tmp_path: Path, taken: Taken) -> None:
    authority = Authority(tmp_path)
    hook = Hook("127.0.0.1", 0, "secret", taken, server_context(*authority.issue("census")))
    trust = ssl.create_default_context(cafile=authority.pem)
    connection = HTTPSConnection("127.0.0.1", hook.port, timeout=60, context=trust)
    connection.request("POST", "/", b"one", {"Authorization": "Bearer secret"})
    assert connection.getresponse().status == 200
    connection.close()
    with socket.create_connection(("127.0.0.1", hook.port), timeout=60) as plain:
        plain.sendall(b"POST / HTTP/1.1\r\nAuthorization: Bearer secret\r\nContent-Length: 3\r\n\r\ntwo")
        with suppress(ConnectionResetError):
            assert b" 200 " not in plain.recv(4096)
    hook.end()
    assert taken.bodies == [b"one"]


def test_who_sends_a_byte_now_and_then_keeps_nobody_out_for_ever(taken: Taken) -> None:
    running = Hook("127.0.0.1", 0, "secret", taken, most_seconds=0.5)
    ends = time.monotonic() + PATIENCE_SECONDS
    with socket.create_connection(("127.0.0.1", running.port), timeout=0.1) as dripping:
        is_over = False
        while not is_over:
            assert time.monotonic() < ends
            with suppress(TimeoutError):
                try:
                    dripping.send(b"P")
                    is_over = dripping.recv(1) == b""
                except ConnectionError:
                    is_over = True
    assert status(running, b"one") == 200
    running.end()
