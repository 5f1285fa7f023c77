"""All habits of a hospital, lived side by side: their acts in order of time, slice by slice."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import chain
from operator import itemgetter

from codedark.simulate.acts import Act
from codedark.simulate.habit import SLICE_US, Habit
from codedark.simulate.outage import Outage, Servers

_AT = itemgetter(0)
_NO_SERVERS: Servers = {}


def live(habits: Sequence[Habit], first_us: int, last_us: int, servers: Servers = _NO_SERVERS) -> Iterator[list[Act]]:
    """The acts of all habits from ``first_us`` up to ``last_us``, one list for each slice, each in order of time.

    Acts of one moment stand in the order of the habits. What lies behind ``last_us`` is never yielded, nor what would
    need a machine that is switched off; ``servers`` stand behind acts that name none.
    """
    outage = Outage(servers)
    waiting: list[Act] = []
    for start_us in range(first_us, last_us, SLICE_US):
        end_us = min(start_us + SLICE_US, last_us)
        acts = waiting + list(chain.from_iterable(habit.live(start_us, end_us) for habit in habits))
        acts.sort(key=_AT)
        begun = bisect_left(acts, end_us, key=_AT)
        waiting = acts[begun:]
        del acts[begun:]
        yield outage.left(acts)
