"""Sessions and what they may do as text that outlives the program, and the requests that follow from it.

A thing is ``session SWITCH ID STATION``, the words percent-encoded. Its value is what the session may do, as
`codedark.enforce.radius.sessions.authorisation` has it; `AS_SERVER` where the log did not tell; or `DISCONNECTED`. A
machine whose last session is over is ``absent MACHINE SWITCH ID AGAIN``, and `NO_SESSION` is what it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, unquote

from codedark.enforce.radius.exchange import Request, Verb
from codedark.enforce.radius.sessions import AUTHORISATIONS, Session

AS_SERVER: Final = "as its RADIUS server says"
DISCONNECTED: Final = "disconnected"
NO_SESSION: Final = "in no session"
_VLAN: Final = 13
_IEEE_802: Final = 6


def attributes_of(text: str) -> tuple[tuple[str, str | int], ...]:
    """The attributes of a value; raises `ValueError` for text that is none. A VLAN is three (RFC 3580 3.31)."""
    found: list[tuple[str, str | int]] = []
    for part in text.split("; ") if text else ():
        name, equals, value = part.partition("=")
        if name not in AUTHORISATIONS or not equals or not value:
            raise ValueError(f"{part!r}: write NAME=VALUE with one of {', '.join(AUTHORISATIONS)}")
        if name == "Tunnel-Private-Group-Id":
            found += [("Tunnel-Type", _VLAN), ("Tunnel-Medium-Type", _IEEE_802)]
        found.append((name, value))
    return tuple(found)


def thing_of(session: Session) -> str:
    """A session as a thing: all that a switch has to be told to know it again."""
    return f"session {session.nas} {quote(session.id, safe='')} {quote(session.station, safe='')}"


def absent_thing(session: Session) -> str:
    """A machine that is in no session, with the last that it was in."""
    return f"absent {quote(session.machine, safe=':')} {session.nas} {quote(session.id, safe='')} {session.again}"


def last_session_of(thing: str) -> tuple[str, str, str, int]:
    """Of a machine that was absent: which it is, the switch and the name of its last session, and its ``again``."""
    _, machine, nas, name, again = thing.split(" ")
    return unquote(machine), nas, unquote(name), int(again)


def words_of(thing: str) -> tuple[str, str, str]:
    """The switch, the name of the session, and what the switch calls the machine."""
    _, nas, name, station = thing.split(" ")
    return nas, unquote(name), unquote(station)


def told_switch(thing: str) -> str:
    """Where a session is, in words."""
    nas, name, _ = words_of(thing)
    return f"switch {nas}, session {name}"


def request_of(thing: str, verb: Verb, attributes: Iterable[tuple[str, str | int]] = ()) -> Request:
    """Names of the session as the switch wrote them itself, and no more: it has to match them all (RFC 5176 3)."""
    nas, name, station = words_of(thing)
    return Request(nas, verb, (("Acct-Session-Id", name), ("Calling-Station-Id", station), *attributes))
