"""How old what a pack says is. A pack that was made a minute ago may hold what was told a year ago: what counts is when
its data were told, not when it was made.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

import yaml

from codedark.continuity.charts.chart import Chart, Group

COUNTED: Final = (Group.VISIT, Group.MEDICATION)
"""The groups by whose age a pack is judged: where somebody lies, and what he gets."""
_MINUTE_US: Final = 60_000_000
_AHEAD_US: Final = 5 * _MINUTE_US


class Ages(NamedTuple):
    """Up to when the newest and the oldest of what is told was heard; 0 where nobody knows."""

    newest_us: int
    oldest_us: int


class Limits(NamedTuple):
    """After how long data are called old, after how long nothing may be relied on without asking, and after how long a
    page says that there is no newer pack.
    """

    loud_after_us: int
    verify_after_us: int
    no_newer_after_us: int


def ages(charts: Iterable[Chart]) -> Ages:
    """Of the stays and medicines of these charts. What has no time is left out; nothing at all is unknown."""
    heard_us = [
        heard.until_us
        for chart in charts
        for group in COUNTED
        for heard in chart.as_of.get(group, ())
        if heard.until_us > 0
    ]
    return Ages(max(heard_us, default=0), min(heard_us, default=0))


def is_old(oldest_us: int, at_us: int) -> bool:
    """Whether data whose oldest part was heard then must be called old at this time. What nobody knows is old, and so
    is what lies ahead: one of two clocks is wrong.
    """
    return not oldest_us or oldest_us > at_us + _AHEAD_US or at_us - oldest_us > limits().loud_after_us


@cache
def limits() -> Limits:
    """As ``content/continuity/ages.yaml`` has them, read once."""
    told = yaml.safe_load((files("codedark") / "content" / "continuity" / "ages.yaml").read_text("utf-8"))
    return Limits(
        told["loud_after_minutes"] * _MINUTE_US,
        told["verify_after_hours"] * 60 * _MINUTE_US,
        told["no_newer_after_minutes"] * _MINUTE_US,
    )
