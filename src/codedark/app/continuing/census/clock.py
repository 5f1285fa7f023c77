"""When each parcel of the census was heard, also behind a clock that was once hours ahead.

Arrivals in a journal never go back (`codedark.events.parcel`). So behind a clock that was ahead and was set right, they
stand still for as long as it had been ahead, and every feed would look as if it had just spoken. Therefore what comes
then says in its header when it was heard, and that the clock was set back is written down itself: whatever was heard
before, was not heard later than that.
"""

from __future__ import annotations

from typing import Final

from codedark.app.continuing.census.formats import CLOCK
from codedark.events.parcel import Parcel
from codedark.store.journal.journal import Journal

_SET_BACK_US: Final = 10 * 1_000_000
"""Half of what a busy feed may be silent (`continuity.feeds`)."""


def heard_us(parcel: Parcel) -> int:
    """When it was heard: as its header says, else when it arrived."""
    return min(int(parcel.header or parcel.arrived_us), parcel.arrived_us)


def header(journal: Journal, at_us: int) -> bytes:
    """The header of what was heard at this time and is appended now; empty where its arrival says the same."""
    return b"%d" % at_us if at_us < journal.arrived_us else b""


class Clock:
    """Writes down that the clock was set back, once each time. For the journal's one writer."""

    def __init__(self, journal: Journal) -> None:
        self._journal, self._latest_us = journal, journal.arrived_us

    def look(self, now_us: int) -> bool:
        """Whether it was set back, written down when this returns. Raises `JournalFailed`: then it is not, yet."""
        is_set_back = now_us < self._latest_us - _SET_BACK_US
        if is_set_back:
            self._journal.append("clock", CLOCK, b"%d\n" % now_us, 1, now_us)
            self._journal.sync()
        self._latest_us = now_us if is_set_back else max(now_us, self._latest_us)
        return is_set_back
