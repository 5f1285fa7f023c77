"""How many patients come, and when."""

from __future__ import annotations

from math import log
from random import Random

from codedark.simulate.habit import DAY_US, HOUR_US, MINUTE_US

ED_ARRIVALS = (
    2.6,
    2.1,
    1.8,
    1.6,
    1.5,
    1.6,
    2.1,
    3.0,
    4.4,
    5.6,
    6.2,
    6.4,
    6.5,
    6.3,
    6.1,
    6.0,
    5.9,
    5.9,
    5.7,
    5.3,
    4.8,
    4.2,
    3.6,
    3.1,
)
"""Weights of the hours in which patients reach an emergency department: least before 5, most around noon, high until
18 (Karaca 2012)."""
PLANNED_ARRIVALS = (0, 0, 0, 0, 0, 0, 2, 8, 14, 16, 14, 10, 8, 9, 8, 6, 3, 2, 0, 0, 0, 0, 0, 0)
LABOUR_ARRIVALS = (4,) * 24
DISCHARGES = (0.4, 0.3, 0.2, 0.2, 0.2, 0.2, 0.3, 0.6, 1.5, 2.5, 3.4, 4.2, 9, 11, 13, 13, 11, 9, 6, 4, 2.6, 1.6, 1, 0.7)
"""Weights of the hours of discharge: 17 % before noon (Rajkomar 2016)."""
WEEKDAYS_PLANNED = (1.25, 1.15, 1.1, 1.05, 0.8, 0.12, 0.35)
WEEKDAYS_EMERGENCY = (1.09, 1.16, 1.13, 1.10, 1.10, 0.75, 0.67)
"""Relative to the mean day: emergency inpatients of 2010 to 2015 in Ireland (Monday 15.6 % … Sunday 9.6 %)."""


def lasting(chance: Random, days: float, spread: float) -> int:
    """A lognormal length of time with mean ``days``, in microseconds."""
    return int(chance.lognormvariate(log(days) - spread * spread / 2, spread) * DAY_US)


def within_hour(chance: Random, hour_us: int) -> int:
    """A moment in the hour that begins at ``hour_us``."""
    return hour_us + int(chance.random() * HOUR_US)


def minutes(chance: Random, mean: float, spread: float = 0.5) -> int:
    """A lognormal length of time with ``mean`` in minutes, in microseconds."""
    return int(chance.lognormvariate(log(mean) - spread * spread / 2, spread) * MINUTE_US)
