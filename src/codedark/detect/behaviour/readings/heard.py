"""That a log of a host was heard at all: how much, when last, and which record numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from codedark.detect.behaviour.observation import Heard
from codedark.detect.behaviour.places import Places
from codedark.detect.behaviour.reading import Seen
from codedark.events.record import Origin

NUMBER: Final = "EventRecordID"
_SAID_BY_HOST: Final = frozenset({"windows", "linux", "cef", "leef", "pacs"})
"""Products whose records name the host that wrote them. Sensors and proxies name the ends of a connection instead, and
the patient record's audit the client: such a log has one source, which has no name.
"""


class Heards:
    """Reads one `Heard` for each host of a group."""

    def fields(self, origin: Origin) -> tuple[str, ...] | None:
        """Time and host, of every log; of Windows the record numbers too."""
        return (NUMBER,) if origin.product == "windows" else ()

    def read(self, seen: Seen, places: Places) -> Iterator[Heard]:
        """One for each host, in order of their first rows."""
        origin = seen.origin
        log = origin.service if origin.product == "windows" else f"{origin.product}/{origin.service}".rstrip("/")
        if not seen.rows or not log:
            return
        if origin.product not in _SAID_BY_HOST:
            yield Heard(max(seen.times_us), "", seen.rows[-1], log, len(seen.rows))
            return
        numbers = seen.columns.get(NUMBER, ())
        if len(set(seen.hosts)) == 1:  # as nearly always, and then no place has to be looked up
            yield _heard(places.host(seen.hosts[0]), log, seen.rows, seen.times_us, numbers)
            return
        by_host: dict[str, list[int]] = {}
        for place, host in enumerate(seen.hosts):
            by_host.setdefault(host, []).append(place)
        for host, at in by_host.items():
            mine = [numbers[place] for place in at] if numbers else ()
            times_us = [seen.times_us[place] for place in at]
            yield _heard(places.host(host), log, [seen.rows[place] for place in at], times_us, mine)


def _heard(host: str, log: str, rows: Sequence[int], times_us: Sequence[int], numbers: Sequence[Any]) -> Heard:
    said = _numbers(numbers)
    low, high = (min(said), max(said)) if said else (-1, -1)
    return Heard(max(times_us), host, rows[-1], log, len(rows), low, high, len(said))


def _numbers(found: Sequence[Any]) -> Sequence[int]:
    if set(map(type, found)) <= {int}:
        return found
    return [
        value if value.__class__ is int else int(value)
        for value in found
        if value.__class__ is int
        or (value.__class__ is str and value.isascii() and value.isdigit() and len(value) < _MOST_DIGITS)
    ]


_MOST_DIGITS: Final = 20
