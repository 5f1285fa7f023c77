"""MLLP over TLS with real peers (openssl, python-hl7): who may come, and that a hostile one harms nobody else."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from ipaddress import ip_network
from pathlib import Path
from typing import Self

import pytest
from hl7.client import MLLPClient

from codedark.exchange.mllp_peer import Listener, names_in
from codedark.exchange.mllp_receiver import Limits, MllpReceiver, Received
from codedark.ingest.live.tls import server_context
from tests.live_intake import Authority
from tests.programs import PATIENCE_SECONDS, comes

MESSAGE = b"MSH|^~\\&|EHR|H|IE|H|20260112||ADT^A01|%d|P|2.5.1\rPID|1||100"


class Receiving:
    """A receiver that runs in a thread. ``kept``: what it was given; ``turned_away``: the reasons."""

    def __init__(self, listeners: Sequence[Listener], limits: Limits | None = None) -> None:
        self.kept: list[Received] = []
        self.turned_away: list[str] = []
        self.receiver = MllpReceiver(
            listeners, self._keep, lambda: "20260112", limits, lambda _, reason: self.turned_away.append(reason)
        )
        self.port = self.receiver.ports[0]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _keep(self, batch: Sequence[Received]) -> Sequence[str]:
        self.kept += batch
        return [""] * len(batch)

    def _run(self) -> None:
        while not self._over.is_set():
            self.receiver.step(0.02)
        self.receiver.close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Signs for the server and for interface engines."""
    return Authority(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def tls(authority: Authority) -> ssl.SSLContext:
    """A server that asks for certificates."""
    return server_context(*authority.issue("census.example"), authority.pem)


@contextmanager
def engine(receiving: Receiving, authority: Authority, name: str) -> Iterator[MLLPClient]:
    """An interface engine with python-hl7, which shows a certificate of this name."""
    trust = ssl.create_default_context(cafile=authority.pem)
    trust.check_hostname = False
    trust.load_cert_chain(*authority.issue(name))
    with MLLPClient("127.0.0.1", receiving.port) as client:
        client.socket.settimeout(PATIENCE_SECONDS)
        client.socket = trust.wrap_socket(client.socket)
        yield client


def plain(receiving: Receiving) -> socket.socket:
    """A connection without TLS."""
    return socket.create_connection(("127.0.0.1", receiving.port), timeout=PATIENCE_SECONDS)


def is_ended(client: socket.socket) -> bool:
    """Waits until the other side has ended the connection."""
    with suppress(OSError):
        while client.recv(4096):
            pass
    return True


def test_an_engine_with_a_certificate_on_the_list_is_acknowledged_over_tls(
    authority: Authority, tls: ssl.SSLContext
) -> None:
    listener = Listener("127.0.0.1", 0, tls, (ip_network("127.0.0.0/8"),), frozenset({"engine.example"}))
    with Receiving([listener]) as receiving, engine(receiving, authority, "engine.example") as client:
        for number in range(20):
            assert b"MSA|AA|%d" % number in client.send_message(MESSAGE % number)
        large = MESSAGE % 99 + b"\rNTE|1||" + b"x" * 300_000
        client.socket.sendall(b"\x0b" + large + b"\x1c\r")
        assert b"MSA|AA|99" in client.socket.recv(4096)
        assert receiving.kept[-1] == Received("mllp://127.0.0.1", large)


def test_openssl_is_acknowledged_with_a_certificate_and_turned_away_without(
    authority: Authority, tls: ssl.SSLContext
) -> None:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    certificate, key = authority.issue("engine.example")
    with Receiving([Listener("127.0.0.1", 0, tls)]) as receiving:
        line = [program, "s_client", "-quiet", "-no_ign_eof", "-connect", f"127.0.0.1:{receiving.port}", "-CAfile",
                str(authority.pem), "-verify_return_error"]  # fmt: skip
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        with subprocess.Popen([*line, "-cert", certificate, "-key", key], **pipes) as shown:  # type: ignore[call-overload]
            shown.stdin.write(b"\x0b" + MESSAGE % 7 + b"\x1c\r")
            shown.stdin.flush()
            assert b"MSA|AA|7" in os.read(shown.stdout.fileno(), 4096)
            shown.stdin.close()
        with subprocess.Popen(line, **pipes) as nobody:  # type: ignore[call-overload]
            assert nobody.stdout.read() == b""
        assert any("PEER_DID_NOT_RETURN_A_CERTIFICATE" in each for each in receiving.turned_away)
        assert len(receiving.kept) == 1


@pytest.mark.parametrize("case", ["name", "authority", "address", "no tls"])
def test_who_is_not_on_the_list_gives_no_message(
    case: str, authority: Authority, tls: ssl.SSLContext, tmp_path: Path
) -> None:
    allow = (ip_network("192.0.2.0/24"),) if case == "address" else ()
    names = frozenset({"engine.example"}) if case == "name" else frozenset()
    with Receiving([Listener("127.0.0.1", 0, tls, allow, names)]) as receiving:
        if case in {"name", "authority", "address"}:
            known = Authority(tmp_path, "other") if case == "authority" else authority
            trust = ssl.create_default_context(cafile=authority.pem)
            trust.check_hostname = False
            trust.load_cert_chain(*known.issue("other.example"))
            with suppress(OSError), trust.wrap_socket(plain(receiving)) as client:
                client.sendall(b"\x0b" + MESSAGE % 1 + b"\x1c\r")
                assert is_ended(client)
        else:
            with plain(receiving) as client:
                client.sendall(b"\x0b" + MESSAGE % 1 + b"\x1c\r")
                assert is_ended(client)
        assert comes(lambda: receiving.turned_away)
        assert receiving.kept == []


def test_a_hostile_peer_harms_nobody_else(authority: Authority, tls: ssl.SSLContext) -> None:
    limits = Limits(
        message_bytes=1 << 20, held_bytes=2 << 20, connections=24, of_one_address=1000, handshake_seconds=2.0
    )
    with Receiving([Listener("127.0.0.1", 0, tls), Listener("127.0.0.1", 0)], limits) as receiving:
        with engine(receiving, authority, "engine.example") as client:
            assert b"MSA|AA|0" in client.send_message(MESSAGE % 0)
            half = [plain(receiving) for _ in range(10)]  # never say hello
            for each in half[:5]:
                each.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc")  # half a hello
            other = ("127.0.0.1", receiving.receiver.ports[1])
            large = [socket.create_connection(other, timeout=PATIENCE_SECONDS) for _ in range(4)]
            for each in large:  # without an end
                with suppress(OSError):
                    each.sendall(b"\x0b" + b"x" * 900_000)
            assert comes(lambda: "its message is the largest of too many unfinished ones" in receiving.turned_away)
            assert comes(lambda: receiving.turned_away.count("no handshake in time") == len(half))
            crowd = [socket.create_connection(other, timeout=PATIENCE_SECONDS) for _ in range(40)]
            crowd[-1].sendall(os.urandom(100_000).replace(b"\x0b", b""))
            for number in range(1, 30):
                assert b"MSA|AA|%d" % number in client.send_message(MESSAGE % number)
            with engine(receiving, authority, "late.example") as late:  # room is made for it
                assert b"MSA|AA|5" in late.send_message(MESSAGE % 5)
            assert all(is_ended(each) for each in half)
            assert b"MSA|AA|9" in client.send_message(MESSAGE % 9)
        for each in (*half, *large, *crowd):
            each.close()
    assert "it gave no message, and others want to" in receiving.turned_away


def test_one_address_has_its_share_of_connections() -> None:
    with Receiving([Listener("127.0.0.1", 0)], Limits(of_one_address=2)) as receiving:
        held = [plain(receiving) for _ in range(2)]
        with plain(receiving) as third:
            assert is_ended(third)
        assert receiving.turned_away == ["it has 2 connections already"]
        for each in held:
            each.close()


def test_addresses_of_both_families_are_known() -> None:
    listener = Listener("::", 0, None, (ip_network("10.1.0.0/16"), ip_network("fd00::/8")))
    assert [listener.lets(each) for each in ("10.1.2.3", "::ffff:10.1.2.3", "fd00::1%eth0", "10.2.0.1", "::1")] == [
        True, True, True, False, False,
    ]  # fmt: skip
    assert names_in(None) == frozenset()
