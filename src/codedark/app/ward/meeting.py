"""A station meets others by itself: sticks that are put in, folders that appear, stations at the other end of a cable.

Every two seconds, and after each entry, it looks. What came is taken in, what is missing there is brought, and whether
each is there is told on the page. Nobody has to say so.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from codedark.app import wall_clock
from codedark.app.ward.times import near
from codedark.continuity.entries.entry import Purpose
from codedark.continuity.sentence import Sentence
from codedark.errors import CodeDarkError, UnusableInput
from codedark.exchange.cable import Listener, ask
from codedark.store.station.cable import Said, Seal, links_of, said_to
from codedark.store.station.copies import PEER
from codedark.store.station.mirror import SUFFIX, files_in, is_there
from codedark.store.station.station import Station

_EVERY_SECONDS: Final = 2.0
_ANSWER_SECONDS: Final = 1.5
_MOST_ROUNDS: Final = 100
_log: Final = structlog.get_logger(__name__)


class Meeting:
    """The station that rests, and whom it meets. ``seal`` None: no cable, only sticks and folders."""

    def __init__(self, station: Station, seal: Seal | None = None) -> None:
        self._station, self._seal = station, seal
        self._seen: dict[Path, tuple[int, int, int]] = {}
        self._gone_us: dict[str, int] = {}
        self._refused: dict[str, Sentence] = {}
        self._missing_us: dict[str, int] = {}
        self._one = threading.Lock()
        self._wanted, self._is_over = threading.Event(), threading.Event()
        self._listener: Listener | None = None
        self._thread = threading.Thread(target=self._go_on, daemon=True)

    def begin(self, listen: tuple[str, int] | None = None) -> int:
        """Look from now on; answer at an address too, if one is given: its port, else 0."""
        if listen is not None and self._seal is not None:
            self._listener = Listener(*listen, self.answer)
        self._thread.start()
        return self._listener.port if self._listener else 0

    def end(self) -> None:
        """Look no more."""
        self._is_over.set()
        self._wanted.set()
        self._thread.join()
        if self._listener:
            self._listener.close()

    def meet(self) -> None:
        """Meet all that are there, once. Must not be called by who has the station."""
        with self._one:
            with self._station.awake() as station:
                peers = station.copies.peers() if self._seal else []
                for folder in station.copies.folders():
                    self._look_into(station, folder)
                    if is_there(folder, station.purpose):
                        self._missing_us.pop(str(folder), None)
                    else:
                        self._missing_us.setdefault(str(folder), wall_clock.now_us())
                station.catch_up()
            for peer in peers:
                self._call(peer)

    def dated(self, told: Sequence[str], now_us: int) -> list[str]:
        """What is told of the station with since when a stick is away, and which stations do not answer, since when.

        ``now_us`` is by the clock that people read, which may be put right by hand.
        """
        ahead_us = now_us - wall_clock.now_us()
        missing_us, gone_us = dict(self._missing_us), dict(self._gone_us)
        sticks = [
            Sentence("{told}. Away since {when}.", told=each, when=near(missing_us[place] + ahead_us, now_us))
            if (place := _place_of(each)) in missing_us
            else each
            for each in told
        ]
        stations = [
            Sentence(
                "{place}: the other station has not answered since {when}: what is charted there is not seen here.",
                place=peer, when=near(at_us + ahead_us, now_us),
            )
            for peer, at_us in sorted(gone_us.items())
        ]  # fmt: skip
        return [*sticks, *stations, *dict(self._refused).values()]

    def answer(self, question: bytes) -> bytes:
        """To a station at the other end of a cable; nothing to anybody else."""
        if self._seal is None:
            return b""
        try:
            said = self._seal.open(question)
            if said.purpose is not self._station.purpose:
                return self._seal.close(Said(self._station.name, (), purpose=self._station.purpose), question)
            self._check_is_other(said)
            with self._station.awake() as station:
                station.take(links_of(said, station.union(), station.purpose))
                return self._seal.close(said_to(station.identity, station.union(), (*said.tips, *said.marks)), question)
        except CodeDarkError as error:
            _log.warning("ward.cable.refused", reason=str(error))
            return b""

    def _call(self, peer: str) -> None:
        """Say what we have; take what is missing here; bring what is missing there, until both have all."""
        seal = self._seal
        if seal is None:
            return
        host, _, port = peer.rpartition(":")
        known: tuple[str, ...] | None = None
        try:
            for _ in range(_MOST_ROUNDS):
                with self._station.awake() as station:
                    said = said_to(station.identity, station.union(), known)
                question = seal.close(said)
                heard = seal.open(ask(host, int(port), question, _ANSWER_SECONDS), question)
                if heard.purpose is not said.purpose:
                    self._refused[peer] = _refusal(peer, heard.purpose)
                    break
                self._refused.pop(peer, None)
                self._check_is_other(heard)
                with self._station.awake() as station:
                    station.take(links_of(heard, station.union(), station.purpose))
                    known = *heard.tips, *heard.marks
                    is_same = set(heard.tips) == station.union().tips()
                    if is_same:
                        head = station.chain()[-1:]
                        station.copies.confirm(f"{PEER}{peer}", head[0].hash if head else "")
                if is_same or not (heard.links or heard.has_more or self._lacks(known)):
                    break
        except CodeDarkError as error:
            if peer not in self._gone_us:
                self._gone_us[peer] = wall_clock.now_us()
                _log.warning("ward.cable.silent", peer=peer, reason=str(error))
        else:
            if self._gone_us.pop(peer, None):
                _log.info("ward.cable.joined", peer=peer)

    def _check_is_other(self, said: Said) -> None:
        """A station whose cable leads back to itself is no second copy. Raises `UnusableInput`."""
        if said.station == self._station.name:
            raise UnusableInput(f"this is station {said.station} itself: name the address of another one")

    def _lacks(self, known: tuple[str, ...]) -> bool:
        with self._station.awake() as station:
            return bool(station.union().beyond(known))

    def _look_into(self, station: Station, folder: Path) -> None:
        """Take in what other stations wrote on a stick, when it is another than the last time."""
        for path in self._others(station, folder):
            with suppress(OSError):
                told = path.stat()
                stamp = told.st_ino, told.st_size, told.st_mtime_ns
                if self._seen.get(path) == stamp:
                    continue
                try:
                    joined = station.join(path)
                except CodeDarkError as error:  # of others; what was written here stands
                    _log.warning("ward.stick.refused", path=str(path), reason=str(error))
                    continue
                self._seen[path] = stamp
                if joined.new:
                    _log.info("ward.stick.joined", path=str(path), new=joined.new)

    def _others(self, station: Station, folder: Path) -> Iterator[Path]:
        with suppress(OSError):
            if is_there(folder, station.purpose):
                yield from (path for path in files_in(folder) if path.name != f"{station.name}{SUFFIX}")

    def _go_on(self) -> None:
        while not self._is_over.is_set():
            try:
                self.meet()
            except (CodeDarkError, OSError, sqlite3.Error) as error:
                _log.warning("ward.meeting.failed", reason=str(error))
            self._wanted.wait(_EVERY_SECONDS)
            self._wanted.clear()


def _refusal(peer: str, purpose: Purpose) -> Sentence:
    """What is told of a station with another purpose at the other end of a cable."""
    if purpose is Purpose.EXERCISE:
        return Sentence(
            "{place}: the other station is of an EXERCISE: nothing of it is taken in, and no care goes there.",
            place=peer,
        )
    return Sentence(
        "{place}: the other station is of CARE: nothing of it is taken in, and nothing goes there.", place=peer
    )


def _place_of(told: str) -> str:
    """The second copy of which something is told."""
    return str(told.given.get("place", "")) if isinstance(told, Sentence) else ""
