"""Who sits at the station: people with a PIN of their own, kept at this station alone, and their sessions.

There is no directory to ask. Whoever works here makes a PIN at the first sign-in; who that is, colleagues see. A PIN
keeps one person from charting as another, and a screen that nobody watches from being used. It is no defence against
somebody who can read the disk.
"""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass, field
from hashlib import scrypt
from hmac import compare_digest
from typing import Final

import orjson

from codedark.continuity.entries.entry import Checked, Entry
from codedark.continuity.sentence import Sentence
from codedark.errors import UsageError
from codedark.store.station.station import Station

_SETTING: Final = "people"
_LEAST_DIGITS: Final = 4
_LONGEST: Final = 100
_MOST_WRONG: Final = 5
_WAIT_SECONDS: Final = 60.0
IDLE_SECONDS: Final = 300.0
_CHECK_HOLDS_SECONDS: Final = 600.0


@dataclass
class Session:
    """Somebody at the screen. ``token`` stands in each form; ``checked`` is whom the bedside check was of, and when."""

    name: str
    seen_seconds: float
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    is_locked: bool = False
    checked: dict[str, tuple[float, tuple[Checked, ...]]] = field(default_factory=dict)

    def check_of(self, patient: str, now_seconds: float) -> tuple[Checked, ...]:
        """The identifiers of this patient that the same person checked within ten minutes."""
        at, checked = self.checked.get(patient, (0.0, ()))
        return checked if checked and now_seconds - at <= _CHECK_HOLDS_SECONDS else ()

    def remember(self, entry: Entry, now_seconds: float) -> None:
        """Whom an entry says was recognised by two identifiers need not be recognised again for ten minutes."""
        if len({each.by for each in entry.checked}) > 1:
            self.checked[entry.patient] = now_seconds, entry.checked


class Sessions:
    """All of them, in memory: after a new start everybody signs in again. Times are of a clock that only goes on."""

    def __init__(self) -> None:
        self._by_key: dict[str, Session] = {}
        self._wrong: Counter[str] = Counter()
        self._wait_until: dict[str, float] = {}

    def of(self, key: str, now_seconds: float) -> Session | None:
        """The session of a cookie; it is locked where nobody did anything for five minutes."""
        found = self._by_key.get(key)
        if found is None:
            return None
        if now_seconds - found.seen_seconds > IDLE_SECONDS:
            found.is_locked = True
        if not found.is_locked:
            found.seen_seconds = now_seconds
        return found

    def enter(self, station: Station, key: str, name: str, pin: str, now_seconds: float) -> tuple[str, Session]:
        """Sign in: the key of a session, the same one where it was only locked. Raises `UsageError`."""
        name = " ".join(name.split())
        self.check(station, name, pin, now_seconds)
        before = self._by_key.get(key)
        if before is not None and before.name == name:
            before.is_locked, before.seen_seconds = False, now_seconds
            return key, before
        self._by_key.pop(key, None)
        key = secrets.token_urlsafe(24)
        self._by_key[key] = Session(name, now_seconds)
        return key, self._by_key[key]

    def check(self, station: Station, name: str, pin: str, now_seconds: float) -> None:
        """Raises `UsageError` where this is not the person's PIN, and for a minute after five wrong ones."""
        if now_seconds < self._wait_until.get(name, 0.0):
            raise UsageError(Sentence("Too many wrong PINs for {name}: wait a minute.", name=name))
        if is_pin_of(station, name, pin):
            self._wrong.pop(name, None)
            return
        self._wrong[name] += 1
        if self._wrong[name] >= _MOST_WRONG:
            self._wait_until[name] = now_seconds + _WAIT_SECONDS
            self._wrong.pop(name)
        if name not in people(station):
            raise UsageError(
                Sentence("Nobody here is called {name}: choose your name, or make a PIN below.", name=name)
            )
        raise UsageError(Sentence("This is not the PIN of {name}.", name=name))

    def lock(self, key: str) -> None:
        """Nobody watches the screen."""
        if found := self._by_key.get(key):
            found.is_locked = True


def people(station: Station) -> list[str]:
    """The names of whoever has a PIN here."""
    return sorted(_kept(station), key=str.casefold)


def enrol(station: Station, name: str, pin: str, again: str) -> None:
    """Somebody new makes a PIN. Raises `UsageError`."""
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST:
        raise UsageError(Sentence("Write your name as colleagues know it."))
    kept = _kept(station)
    if name.casefold() in {each.casefold() for each in kept}:
        raise UsageError(Sentence("{name} has a PIN here already: sign in with it.", name=name))
    if len(pin) < _LEAST_DIGITS or len(pin) > _LONGEST or pin != again:
        raise UsageError(Sentence("Type the same PIN twice, at least 4 characters."))
    salt = secrets.token_hex(16)
    station.keep(_SETTING, orjson.dumps(kept | {name: f"{salt}:{_hash(salt, pin)}"}).decode())


def forget(station: Station, name: str) -> None:
    """Somebody forgot the PIN, and makes a new one. Raises `UsageError`."""
    kept = _kept(station)
    if name not in kept:
        raise UsageError(f"{name}: nobody here is called so; known are {', '.join(people(station)) or 'none'}")
    del kept[name]
    station.keep(_SETTING, orjson.dumps(kept).decode())


def is_pin_of(station: Station, name: str, pin: str) -> bool:
    """Whether this is the person's PIN."""
    salt, _, hashed = _kept(station).get(name, "").partition(":")
    return bool(hashed) and compare_digest(_hash(salt, pin), hashed)


def _kept(station: Station) -> dict[str, str]:
    kept: dict[str, str] = orjson.loads(station.setting(_SETTING) or "{}")
    return kept


def _hash(salt: str, pin: str) -> str:
    """Scrypt with 16 MB (RFC 7914, and its first numbers)."""
    return scrypt(pin.encode(), salt=salt.encode(), n=1 << 14, r=8, p=1).hex()
