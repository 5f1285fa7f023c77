"""Requests of RADIUS dynamic authorisation (RFC 5176) and their answers, over UDP, for many switches at once.

A request is sent again with the same octets, so that a switch that heard it twice does it once; an answer counts only
with the authenticator that the shared secret makes. `pyrad` has the packets.
"""

from __future__ import annotations

import random
import selectors
import socket
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from ipaddress import ip_address
from typing import Any, Final, NamedTuple

from pyrad import packet

from codedark.enforce.radius.words import CAUSES, DICTIONARY

PORT: Final = 3799
_AT_ONCE: Final = 16
"""Requests that a switch has to work on at a time."""
_TRY_SECONDS: Final = (1.0, 2.0, 3.0)
_clock_seconds: Final = time.time


class Nas(NamedTuple):
    """A switch or access point, its port for RFC 5176, and the secret that it shares with us."""

    address: str
    secret: bytes
    port: int = PORT


class Verb(IntEnum):
    """What is asked for."""

    DISCONNECT = packet.DisconnectRequest
    CHANGE = packet.CoARequest


@dataclass(frozen=True, slots=True)
class Request:
    """One request, with attributes by name."""

    nas: str
    verb: Verb
    attributes: tuple[tuple[str, str | int], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """``is_done``: yes or no as the switch says, None where it said nothing that counts; ``cause`` is its Error-Cause,
    0 without; ``why`` says in words why it is not done or not known.
    """

    is_done: bool | None
    cause: int = 0
    why: str = ""


@dataclass(slots=True)
class _Line:
    """What is under way with one switch: ``waiting`` and ``sent`` are places in the list of requests."""

    nas: Nas
    socket: socket.socket
    waiting: list[int] = field(default_factory=list)
    sent: dict[int, _Sent] = field(default_factory=dict)
    heard: str = (
        "it does not answer: is it on, is this machine allowed to ask it, and are both clocks right (RFC 5176 6.3)"
    )


@dataclass(slots=True)
class _Sent:
    place: int
    packet: Any
    octets: bytes
    tries: int
    until: float


def switches_of(lines: Iterable[str]) -> dict[str, Nas]:
    """Lines ``ADDRESS [PORT] SECRET``; empty ones and those that begin with # are none. Raises `ValueError`."""
    found: dict[str, Nas] = {}
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            if len(words) not in {2, 3}:
                raise ValueError(f"it has {len(words)} words")
            address, port = str(ip_address(words[0])), int(words[1]) if len(words) == 3 else PORT
        except ValueError as error:
            raise ValueError(f"line {number} of its secrets: write ADDRESS [PORT] SECRET ({error})") from error
        found[address] = Nas(address, words[-1].encode(), port)
    return found


def exchange(
    requests: Sequence[Request], switches: Mapping[str, Nas], try_seconds: Sequence[float] = _TRY_SECONDS
) -> list[Answer]:
    """Ask all switches at once, each for at most a few things at a time, and wait as long for each try as
    ``try_seconds`` says. One answer for each request, in order; whatever happens to one switch is its own.
    """
    answers = [Answer(None, why="its address and secret are not configured")] * len(requests)
    lines: dict[str, _Line] = {}
    try:
        with selectors.DefaultSelector() as selector:
            for place, request in enumerate(requests):
                if request.nas in switches:
                    _line(lines, switches[request.nas], selector).waiting.append(place)
            while busy := [line for line in lines.values() if line.waiting or line.sent]:
                for line in busy:
                    _send(line, requests, answers, try_seconds)
                until = min((each.until for line in busy for each in line.sent.values()), default=0.0)
                for key, _ in selector.select(max(0.0, until - time.monotonic())):
                    _hear(key.data, answers)
    finally:
        for line in lines.values():
            line.socket.close()
    return answers


def _line(lines: dict[str, _Line], nas: Nas, selector: selectors.BaseSelector) -> _Line:
    if nas.address not in lines:
        family = socket.AF_INET6 if ":" in nas.address else socket.AF_INET
        line = _Line(nas, socket.socket(family, socket.SOCK_DGRAM))
        line.socket.setblocking(False)
        lines[nas.address] = line
        selector.register(line.socket, selectors.EVENT_READ, line)
        try:
            line.socket.connect((nas.address, nas.port))
        except OSError as error:
            line.heard = f"it cannot be reached ({error.strerror})"
    return lines[nas.address]


def _send(line: _Line, requests: Sequence[Request], answers: list[Answer], try_seconds: Sequence[float]) -> None:
    """What is due: new requests as long as there is room, and those that were not answered in time once more."""
    now = time.monotonic()
    while line.waiting and len(line.sent) < _AT_ONCE:
        place = line.waiting.pop(0)
        number = random.choice(sorted(set(range(256)) - set(line.sent)))  # noqa: S311 - a number, not a secret
        made = _packet(requests[place], number, line.nas.secret)
        line.sent[number] = _Sent(place, made, made.RequestPacket(), 0, now)
    for number, each in list(line.sent.items()):
        if each.until > now:
            continue
        if each.tries == len(try_seconds):
            answers[each.place] = Answer(None, why=line.heard)
            del line.sent[number]
            continue
        each.until = now + try_seconds[each.tries]
        each.tries += 1
        try:
            line.socket.send(each.octets)
        except OSError as error:
            line.heard = f"it cannot be reached ({error.strerror})"


def _hear(line: _Line, answers: list[Answer]) -> None:
    """Take one datagram: an answer, another copy of one, or noise."""
    try:
        octets = line.socket.recv(4096)
    except OSError as error:
        line.heard = f"it cannot be reached ({error.strerror})"
        return
    sent = line.sent.get(octets[1]) if len(octets) >= 20 else None
    if sent is None:
        return
    try:
        reply = sent.packet.CreateReply(packet=octets)
        if not sent.packet.VerifyReply(reply, octets):
            line.heard = "it answers, but not with the secret that is configured"
            return
        causes = reply.get("Error-Cause", [])
    except (packet.PacketError, ValueError, IndexError) as error:
        line.heard = f"it answers what is no RADIUS ({error})"
        return
    del line.sent[octets[1]]
    cause = causes[0] if causes and isinstance(causes[0], int) else 0
    if reply.code in {packet.DisconnectACK, packet.CoAACK}:
        answers[sent.place] = Answer(is_done=True, cause=cause)
    elif reply.code in {packet.DisconnectNAK, packet.CoANAK}:
        answers[sent.place] = Answer(False, cause, CAUSES.get(cause, f"it refuses (Error-Cause {cause})"))
    else:
        answers[sent.place] = Answer(None, why=f"it answers with code {reply.code}, which is no answer to this")


def _packet(request: Request, number: int, secret: bytes) -> Any:
    """RFC 5176 3.4 and 6.3: signed as a whole, and with the time, so that nobody can say it again later."""
    made = packet.CoAPacket(code=int(request.verb), id=number, secret=secret, dict=DICTIONARY)
    made.add_message_authenticator()
    for name, value in (*request.attributes, ("Event-Timestamp", int(_clock_seconds()))):
        made.AddAttribute(name, value)
    return made
