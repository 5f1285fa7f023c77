"""Requests of RFC 5176 over a network that loses, doubles and forges: a switch of the test's own, on this machine."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest
from pyrad import packet

from codedark.enforce.radius.exchange import Nas, Request, Verb, exchange, switches_of

SECRET = b"not-a-real-secret"
ADDRESS = "127.0.0.1"
Behaviour = Callable[[packet.CoAPacket, int], list[bytes]]
"""From a request, and how often it was heard before, to the datagrams that come back."""


@contextmanager
def switch(behaviour: Behaviour) -> Iterator[tuple[Nas, Counter[bytes]]]:
    """A switch that behaves so, and the datagrams that it heard."""
    heard: Counter[bytes] = Counter()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
        here.bind((ADDRESS, 0))
        here.settimeout(0.05)
        is_over = threading.Event()

        def listen() -> None:
            while not is_over.is_set():
                try:
                    octets, asker = here.recvfrom(4096)
                except TimeoutError:
                    continue
                request = packet.CoAPacket(packet=octets, secret=SECRET)
                for reply in behaviour(request, heard[octets]):
                    here.sendto(reply, asker)
                heard[octets] += 1

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield Nas(ADDRESS, SECRET, here.getsockname()[1]), heard
        finally:
            is_over.set()
            thread.join()


def yes(request: packet.CoAPacket, secret: bytes = SECRET) -> bytes:
    reply = request.CreateReply()
    reply.secret = secret
    return bytes(reply.ReplyPacket())


def asked(nas: Nas, count: int = 1, tries: Sequence[float] = (0.2, 0.2)) -> list[bool | None]:
    requests = [Request(ADDRESS, Verb.CHANGE, (("Acct-Session-Id", f"s{number}"),)) for number in range(count)]
    return [answer.is_done for answer in exchange(requests, {ADDRESS: nas}, tries)]


def test_what_is_lost_is_sent_again_with_the_same_octets() -> None:
    with switch(lambda request, before: [yes(request)] if before else []) as (nas, heard):
        assert asked(nas, 40) == [True] * 40
    assert list(heard.values()) == [2] * 40
    assert all(packet.CoAPacket(packet=each, secret=SECRET).VerifyCoARequest() for each in heard)


def test_answers_that_come_three_times_are_taken_once() -> None:
    with switch(lambda request, _: [yes(request)] * 3) as (nas, heard):
        assert asked(nas, 300) == [True] * 300
    assert list(heard.values()) == [1] * 300


@pytest.mark.parametrize(
    ("behaviour", "why"),
    [
        (lambda request, _: [yes(request, b"another")], "not with the secret that is configured"),
        (lambda request, _: [yes(request)[:-1] + b"x"], "not with the secret that is configured"),
        (lambda request, _: [yes(request)[:19], b"", b"x" * 4096], "does not answer"),
        (lambda request, _: [bytes((45, request.id, 255, 255)) + b"x" * 16], "answers what is no RADIUS"),
        (lambda request, _: [bytes((45, request.id + 1 & 255)) + yes(request)[2:]], "does not answer"),
        (lambda *_: [], "does not answer"),
    ],
    ids=["another secret", "changed", "noise", "wrong length", "wrong number", "silence"],
)
def test_what_is_no_answer_leaves_it_unknown_and_says_why(behaviour: Behaviour, why: str) -> None:
    with switch(behaviour) as (nas, _):
        (answer,) = exchange([Request(ADDRESS, Verb.DISCONNECT, ())], {ADDRESS: nas}, (0.1, 0.1))
    assert answer.is_done is None
    assert why in answer.why


def test_a_forged_answer_does_not_hide_the_true_one() -> None:
    with switch(lambda request, _: [yes(request, b"another"), yes(request)]) as (nas, _):
        assert asked(nas) == [True]


def test_who_is_not_there_or_not_configured_holds_up_nobody_else() -> None:
    nobody = Nas("127.0.0.2", SECRET, 9)
    with switch(lambda request, _: [yes(request)]) as (nas, _):
        requests = [Request(address, Verb.CHANGE, ()) for address in (ADDRESS, "127.0.0.2", "192.0.2.1", ADDRESS)]
        answers = exchange(requests, {ADDRESS: nas, "127.0.0.2": nobody}, (0.1, 0.1))
    assert [answer.is_done for answer in answers] == [True, None, None, True]
    assert "cannot be reached (Connection refused)" in answers[1].why
    assert answers[2].why == "its address and secret are not configured"


def test_secrets_are_lines_and_what_is_wrong_is_said_with_its_line() -> None:
    found = switches_of(["# switches", "", "10.0.0.1 hidden", "2001:DB8::1 1700 other"])
    assert found == {"10.0.0.1": Nas("10.0.0.1", b"hidden"), "2001:db8::1": Nas("2001:db8::1", b"other", 1700)}
    for line in ("10.0.0.1", "switch hidden", "10.0.0.1 port hidden", "10.0.0.1 1 2 3"):
        with pytest.raises(ValueError, match=r"line 2 of its secrets: write ADDRESS \[PORT\] SECRET"):
            switches_of(["10.0.0.9 hidden", line])
