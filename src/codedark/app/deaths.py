"""Finds the record of which a process dies: a fault in native code ends it at once, and no `except` hears of it.

Whoever follows the journal meets that record again after each start, and would die of it for ever. So a follower notes
what it is at before it begins with it, in a small file that outlives it (not a loss of power, which is no fault of a
record). Where it died `ENOUGH` times, what it was at is tried in copies of the process, by halves, until the
record is found that ends a copy; that one is set aside, and the rest is done.
"""

from __future__ import annotations

import os
import signal
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from codedark.app.setting_aside import halves
from codedark.events.parcel import Parcel

ENOUGH: Final = 3
"""Whoever kills processes by hand, or a machine without memory, does not hit one place so often."""
_MOST_PLACES: Final = 64
_NUMBER_BYTES: Final = 8
_PATIENCE_SECONDS: Final = 120.0
_POLL_SECONDS: Final = 0.005
_Work = Callable[[Sequence[Parcel]], object]
_SetAside = Callable[[Parcel, str], None]


class Deaths:
    """What a follower was at when it died, and how often, kept in ``path`` (None: nothing is kept).

    The file holds numbers of 8 bytes: what it is at now (0: nothing), whether a record was found before (0 or 1), and
    pairs of a place and the deaths there. A place is the number of the first record of what is done together; what
    lies before ``follows`` is done, and forgotten.
    """

    def __init__(self, path: Path | None, follows: int) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640) if path else -1
        kept = self._read()
        self._at, died_at, found = 0, *(*kept[:2], 0, 0)[:2]
        self._deaths = dict(zip(kept[2::2], kept[3::2], strict=False))
        self._found = bool(found)
        if died_at:
            self._deaths[died_at] = self._deaths.get(died_at, 0) + 1
        self._deaths = {place: died for place, died in sorted(self._deaths.items()) if place >= follows}
        self._write()

    @contextmanager
    def working_at(self, place: int) -> Iterator[None]:
        """Note the place while it is worked at. It stays noted where an error ends that: it would end it again."""
        before = self._at
        self._note(place)
        try:
            yield
        except OSError:  # a disk that refuses: whoever works here tries again
            self._note(before)
            raise
        self._note(before)

    def spared(
        self,
        place: int,
        parcels: Sequence[Parcel],
        work: _Work,
        set_aside: _SetAside,
    ) -> list[Parcel]:
        """The parcels that can be worked on at ``place``: all of them, unless too many processes died there.

        ``set_aside`` hears each record that ends a copy of this process at ``work``, and how. Once such a record was
        found, one death is enough: whoever sends one may send more.
        """
        if self._deaths.get(place, 0) < (1 if self._found else ENOUGH):
            return list(parcels)
        spared = _spared(parcels, work, set_aside)
        if sum(parcel.count for parcel in spared) < sum(parcel.count for parcel in parcels):
            self._found = True
            self._write()
        return spared

    def _read(self) -> list[int]:
        if self._file < 0:
            return []
        kept = os.pread(self._file, _NUMBER_BYTES * 2 * (_MOST_PLACES + 1), 0)
        return array("Q", kept[: len(kept) // _NUMBER_BYTES * _NUMBER_BYTES]).tolist()

    def _write(self) -> None:
        latest = list(self._deaths.items())[-_MOST_PLACES:]
        numbers = array("Q", [self._at, self._found, *(number for pair in latest for number in pair)])
        if self._file >= 0:
            with suppress(OSError):  # a disk that is full: then this death is not counted
                os.pwrite(self._file, numbers.tobytes(), 0)
                os.ftruncate(self._file, len(numbers) * _NUMBER_BYTES)

    def _note(self, place: int) -> None:
        self._at = place
        if self._file >= 0:
            with suppress(OSError):
                os.pwrite(self._file, array("Q", [place]).tobytes(), 0)


def _spared(parcels: Sequence[Parcel], work: _Work, set_aside: _SetAside) -> list[Parcel]:
    """The parcels without the records of which a copy dies; none of them where those that are left still end it."""
    left = _apart(parcels, work, set_aside)
    if left and (died := death_of(lambda: work(left))):
        _give_up(left, f"together with others {died}", set_aside)
        return []
    return left


def _apart(parcels: Sequence[Parcel], work: _Work, set_aside: _SetAside) -> list[Parcel]:
    died = death_of(lambda: work(parcels))
    if not died:
        return list(parcels)
    two = halves(parcels)
    if not two:
        set_aside(parcels[0], died)
    return [parcel for half in two for parcel in _apart(half, work, set_aside)]


def _give_up(parcels: Sequence[Parcel], reason: str, set_aside: _SetAside) -> None:
    two = halves(parcels)
    if not two:
        set_aside(parcels[0], reason)
    for half in two:
        _give_up(half, reason, set_aside)


def death_of(work: Callable[[], object]) -> str:
    """How a copy of this process dies at ``work``; "" where it does not. This process does nothing."""
    parent = os.getpid()
    child = os.fork()
    if not child:
        code = 1
        try:
            _end_with(parent)
            work()
            code = 0
        finally:
            os._exit(code)  # nothing of the parent is closed, written or said a second time
    end = time.monotonic() + _PATIENCE_SECONDS
    while not (ended := os.waitpid(child, os.WNOHANG))[0]:
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return f"a process that tried it was not done after {_PATIENCE_SECONDS:.0f} s"
        time.sleep(_POLL_SECONDS)
    code = os.waitstatus_to_exitcode(ended[1])
    if code < 0:
        return f"it ends the process that reads or judges it (signal {-code})"
    return "an error ends the process that reads or judges it" if code else ""


def _end_with(parent: int) -> None:
    """A copy that outlives its original would hold what that held, and work for nobody. Whoever stops the service asks
    the copy too (systemd.kill(5)): that is for the original, and no record's fault.
    """
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, lambda *_: os._exit(1) if os.getppid() != parent else None)
    signal.setitimer(signal.ITIMER_REAL, _POLL_SECONDS * 20, _POLL_SECONDS * 20)
