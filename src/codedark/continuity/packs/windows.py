"""How far back a pack goes: what a ward needs of a chart that may hold weeks.

Windows are those of docs/reference/packs.md. They end when the patient was last spoken of, and not now: when feeds have
been silent for days, what was known last is what there is, and must not grow empty.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final, TypeVar

from msgspec.structs import replace

from codedark.continuity.charts.chart import Chart, Given, Result

_HOUR_US: Final = 3_600_000_000
_LONG_US: Final = 72 * _HOUR_US
"""Laboratory and administrations."""
_SHORT_US: Final = 24 * _HOUR_US
"""Vital signs and fluids."""
_Taken = TypeVar("_Taken", Result, Given)


def in_windows(chart: Chart) -> Chart:
    """The chart with what was measured and given in the windows, and of what is older the last of its kind.

    What has no time is kept. The same chart where nothing is older.
    """
    heard_us = max((heard.until_us for sources in chart.as_of.values() for heard in sources), default=0)
    kept = replace(
        chart,
        results=_of(chart.results, heard_us - _LONG_US),
        given=_of(chart.given, heard_us - _LONG_US),
        vitals=_of(chart.vitals, heard_us - _SHORT_US),
        fluids=_of(chart.fluids, heard_us - _SHORT_US),
    )
    return chart if kept == chart else kept


def _of(items: tuple[_Taken, ...], first_us: int) -> tuple[_Taken, ...]:
    """Those since ``first_us``, and the last of each kind; in the order in which they were."""
    if all(each.at_us >= first_us for each in items):
        return items
    last: dict[Hashable, int] = {}
    for each in items:
        last[_kind(each)] = max(each.at_us, last.get(_kind(each), 0))
    return tuple(each for each in items if not each.at_us or each.at_us >= min(first_us, last[_kind(each)]))


def _kind(item: Result | Given) -> Hashable:
    return (item.order, item.name) if isinstance(item, Given) else (item.code or item.name)
