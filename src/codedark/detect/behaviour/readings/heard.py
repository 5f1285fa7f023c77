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
        by_host: dict[str, list[int]] = {}
        for place, host in enumerate(seen.hosts):
            by_host.setdefault(host, []).append(place)
        numbers = seen.columns.get(NUMBER)
        for host, at in by_host.items():
            last_us = max(seen.times_us[place] for place in at)
            said = _numbers(numbers, at) if numbers is not None else []
            yield Heard(
                last_us,
                places.host(host),
                seen.rows[at[-1]],
                log,
                len(at),
                min(said, default=-1),
                max(said, default=-1),
                len(said),
            )


def _numbers(column: Sequence[Any], at: Sequence[int]) -> list[int]:
    found = [column[place] for place in at]
    return [
        value if value.__class__ is int else int(value)
        for value in found
        if value.__class__ is int
        or (value.__class__ is str and value.isascii() and value.isdigit() and len(value) < _MOST_DIGITS)
    ]


_MOST_DIGITS: Final = 20
