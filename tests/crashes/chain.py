"""A night at two ward stations, from the first entry to the record, step by step; any can be the last of a process.

Whoever begins again after a crash begins with the step that was not finished: a nurse who did not read `written` sends
the same form again.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count as counting
from pathlib import Path
from typing import Final, NamedTuple

from codedark.app.back_entry.running import Charted, run
from codedark.app.back_entry.target import Target
from codedark.app.ward.charting import begin
from codedark.errors import CodeDarkError, UsageError
from codedark.store.back_entry_book import Book
from codedark.store.station.answers import NumberTaken
from codedark.store.station.station import Station
from tests.crashes.acts import NURSE, OTHER_NURSE, Act, Night, charted, vouched
from tests.crashes.disk import Crash, Disk
from tests.ward_entries import NOON_US

STATIONS: Final = ("icu-1", "icu-2")
_MOST_TRIES: Final = 100
_TRIES_WITHOUT: Final = 3
"""After so many somebody puts a stick in again that is out."""


class Said(NamedTuple):
    """What a nurse was told: the act is written, so many second copies hold it. ``meddling``: how often somebody had
    meddled with sticks before.
    """

    act: Act
    station: int
    mirrors: int
    meddling: int


Step = Callable[[], None]


class Chain:
    """One night in ``root``. ``target`` is where back-entry sends; ``between`` is done before the last runs of it."""

    def __init__(self, root: Path, night: Night, seed: int, target: Target, between: Step) -> None:
        self.root, self.night, self.target = root, night, target
        self.said: list[Said] = []
        self.meddling = 0
        self.unknown = ""
        """The number of the patient whom nobody knew."""
        self.disk: Disk | None = None
        self._chance = random.Random(seed)
        self._ticks = counting(NOON_US + 86_400_000_000)  # after every act
        self._steps = [*self._night(), between, self._joined]
        self._joined_at = len(self._steps)
        self._steps += [*([lambda: self.enter(1)] if seed % 5 == 0 else []), *[lambda: self.enter(0)] * 2]
        self._at = 0
        self.was_told: list[str] = []
        self.on_step: Step = lambda: None

    def state(self) -> tuple[int, list[Said], str, int]:
        """What is to be known of it by whoever goes on in another process: see `restore`."""
        return self._at, self.said, self.unknown, self.meddling

    def restore(self, state: tuple[int, list[Said], str, int]) -> None:
        """Go on where another process was."""
        self._at, self.said, self.unknown, self.meddling = state

    def is_done(self) -> bool:
        """Whether all steps are done."""
        return self._at == len(self._steps)

    def is_joined(self) -> bool:
        """Whether all that is charted is at both stations."""
        return self._at >= self._joined_at

    def part(self) -> str:
        """What the step that is under way writes to, in the main."""
        return "back-entry" if self.is_joined() else "station"

    def go_on(self, *, one_step: bool = False) -> None:
        """All steps that are not done, or the next. Raises `Crash`.

        What the disk or the network refuses is said, and done again.
        """
        tries = 0
        while not self.is_done():
            try:
                self._steps[self._at]()
            except (CodeDarkError, OSError) as error:
                if self.disk is not None and self.disk.is_dead:
                    raise Crash from error  # nobody heard it
                self.was_told.append(str(error))
                tries += 1
                assert tries < _MOST_TRIES, self.was_told[-3:]
                if tries > _TRIES_WITHOUT and self.disk is not None:
                    self.disk.put_back()
                continue
            self._at, tries = self._at + 1, 0
            self.on_step()
            if one_step:
                return

    def folder(self, station: int) -> Path:
        """Where a station is."""
        return self.root / f"station{station + 1}"

    def stick(self, station: int) -> Path:
        """Its second copy."""
        return self.root / f"stick{station + 1}"

    def joined(self, station: int = 0) -> Charted:
        """All that a station has."""
        with Station(self.folder(station)) as opened:
            return opened.entries(), opened.conflicts()

    def enter(self, station: int) -> None:
        """A run of back-entry. Raises what it raises."""
        everything = self.joined(station)
        with Book(self.folder(station) / "backentry.db") as book, book.only_run():
            run(everything, book, self.target, lambda: next(self._ticks), lambda _: None)

    def request(self) -> None:
        """Before and behind a request of a run: a process can die there; another run at the same time is refused."""
        if self.disk is not None:
            self.disk.request()
        if self._chance.random() < 0.01:
            with self.looked_away(), Book(self.folder(0) / "backentry.db") as book:
                try:
                    with book.only_run():
                        assert self._at >= len(self._steps) or self._steps[self._at].__name__ != "enter"
                except UsageError:
                    pass

    @contextmanager
    def looked_away(self) -> Iterator[None]:
        """For what is none of the process's own doing."""
        if self.disk is not None:
            self.disk.is_looked_away = True
        try:
            yield
        finally:
            if self.disk is not None:
                self.disk.is_looked_away = False

    def _night(self) -> Iterator[Step]:
        for station in (0, 1):
            yield partial(self._begun, station)
        for station in (0, 1):
            self.stick(station).mkdir(parents=True)
            if self._chance.random() < 0.8:
                yield partial(self._mirrored, station)
        for first, station, acts in _written_together(self.night):
            for each in (0, 1):
                if first <= self.night.vouched.get(each, -1) < first + len(acts):
                    yield partial(self._vouched, each)
            yield partial(self._charted, station, acts)
            if self._chance.random() < 0.15:
                yield partial(self._charted, station, acts)
            if self._chance.random() < 0.2:
                yield self._meddler(station)
            if self._chance.random() < 0.2:
                yield partial(self._join, self._chance.randrange(2))
            if self._chance.random() < 0.15:
                yield lambda: self.enter(0)
        for station, act in self.night.acts:
            if act.row in self.night.twins:
                yield partial(self._charted, 1 - station, (act,), OTHER_NURSE)

    def _begun(self, station: int) -> None:
        begin(self.folder(station), STATIONS[station], 4, station + 1).close()

    def _mirrored(self, station: int) -> None:
        with Station(self.folder(station)) as opened:
            opened.add_mirror(self.stick(station))

    def _vouched(self, station: int) -> None:
        with Station(self.folder(station)) as opened:
            vouched(opened)

    def _charted(self, station: int, acts: Sequence[Act], author: str = NURSE) -> None:
        with Station(self.folder(station)) as opened:
            try:
                entries, written = charted(opened, acts, self.unknown, author)
            except NumberTaken:
                assert acts[0].row in self.night.twins, "only a paper row is typed in twice"
                return  # it came from the other station: whoever types it in sees that
        for act, entry in zip(acts, entries, strict=True):
            if act.kind == "admission":
                assert self.unknown in {"", entry.patient}, "one patient, two numbers"
                self.unknown = entry.patient
        self.said += [Said(act, station, written.mirrors, self.meddling) for act in acts]

    def _join(self, into: int) -> None:
        """From the other station's folder, or from its stick where it has one."""
        other = 1 - into
        from_ = self.stick(other) if any(self.stick(other).glob("*.entries")) and self._at % 2 else self.folder(other)
        with Station(self.folder(into)) as opened:
            opened.join(from_)

    def _joined(self) -> None:
        for into in (1, 0):
            with Station(self.folder(into)) as opened:
                opened.join(self.folder(1 - into))

    def _meddler(self, station: int) -> Step:
        """Somebody puts a stick back to what it was, swaps two, or spoils what is on one; once."""
        how, seed = self._chance.randrange(4), self._chance.random()
        done: list[bool] = []

        def meddle() -> None:
            if done:
                return
            done.append(True)
            self.meddling += 1
            with self.looked_away():
                _meddled(self.stick(station), self.stick(1 - station), how, random.Random(seed))

        return meddle


def _written_together(night: Night) -> Iterator[tuple[int, int, tuple[Act, ...]]]:
    """Acts that are written in one go: the place of the first of them in the night, the station, and they."""
    placed = list(enumerate(night.acts))
    for first, (station, act) in placed:
        if not act.together:
            yield first, station, (act,)
        elif all(each.together != act.together for _, each in night.acts[:first]):
            yield first, station, tuple(each for _, each in night.acts if each.together == act.together)


def _meddled(stick: Path, other: Path, how: int, chance: random.Random) -> None:
    old = stick.with_name(f"{stick.name}.old")
    if how == 0 and old.exists():  # stale
        shutil.rmtree(stick)
        old.rename(stick)
    elif how == 1:
        aside = stick.with_name(f"{stick.name}.aside")
        stick.rename(aside)
        other.rename(stick)
        aside.rename(other)
    elif how == 2:
        for copy in stick.glob("*.entries"):
            lines = _spoilt(copy.read_bytes().splitlines(keepends=True), chance)
            with copy.open("wb") as file:
                file.write(b"".join(lines)[: None if chance.random() < 0.7 else -3])
    elif not old.exists():
        shutil.copytree(stick, old)


def _spoilt(lines: list[bytes], chance: random.Random) -> list[bytes]:
    """Reversed, gone, the last one doubled, or lost."""
    return chance.choice((lines[::-1], [], lines + lines[-1:], lines[:-1]))
