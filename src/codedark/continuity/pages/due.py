"""Every dose that is due in a span of time, for paper and for the page: not only the next one.

Later doses follow from the one before as if it were given on time (`Schedule.next_us`).
"""

from __future__ import annotations

from typing import Final

from codedark.continuity.charts.chart import Drug
from codedark.continuity.charts.schedule import Schedule

_MOST: Final = 24 * 60


def due_times(drug: Drug, schedule: Schedule, now_us: int, until_us: int) -> list[int]:
    """When a drug is due, from its next dose on, which may be overdue, until a moment (µs). None for what is not
    active or given as needed. Hours that are none (``25:00``) are left out.
    """
    first_us = 0 if drug.status != "active" else drug.next_us or schedule.next_us(drug, drug.last_us, now_us)
    return due_from(first_us, drug, schedule, now_us, until_us)


def due_from(first_us: int, drug: Drug, schedule: Schedule, now_us: int, until_us: int) -> list[int]:
    """The same, where somebody knows the first of them; 0 is none."""
    at, due = first_us, list[int]()
    while at and at < until_us and len(due) < _MOST:
        due.append(at)
        following = schedule.next_us(drug, at, now_us)
        at = following if following > at else 0
    return due
