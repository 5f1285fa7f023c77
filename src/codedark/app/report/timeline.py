"""The picture of a hunt: hosts as rows, time from left to right, a mark where something was found.

Only geometry is decided here, in the user units of an SVG; `content/report/timeline.svg` draws it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from codedark.app.account import host_name, stamp
from codedark.app.amounts import amount
from codedark.app.ranking import HostTotal
from codedark.detect.finding import Level

ROWS: Final = 30
WIDTH: Final = 1200
MAX_LEFT: Final = 200
CHAR: Final = 7.4
RIGHT: Final = 70
TOP: Final = 12
ROW: Final = 21
AXIS: Final = 42
COLUMNS: Final = 76
MAX_TICKS: Final = 11
MAX_NAME: Final = 24
LEAST_SPAN: Final = 60.0

_STEPS: Final = [
    *(timedelta(seconds=seconds) for seconds in (1, 2, 5, 10, 15, 30)),
    *(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30)),
    *(timedelta(hours=hours) for hours in (1, 2, 3, 6, 12)),
    *(timedelta(days=days) for days in (1, 2, 7, 14, 28, 91, 182, 364, 1820, 3640)),
]


@dataclass(frozen=True, slots=True)
class Axis:
    """Time from left to right: Unix seconds ``begin`` to ``end`` lie between the x of ``left`` and
    ``right``.
    """

    begin: float
    end: float
    left: float
    right: float

    @property
    def interval(self) -> float:
        """The seconds that one mark stands for."""
        return (self.end - self.begin) / COLUMNS

    def x(self, seconds: float) -> float:
        """Where a time lies."""
        return self.left + (seconds - self.begin) * (self.right - self.left) / (self.end - self.begin)


@dataclass(frozen=True, slots=True)
class Mark:
    """The findings of one host in one interval: the worst level as shape, their number as ``radius``."""

    x: float
    y: float
    radius: float
    level: Level
    text: str

    @property
    def path(self) -> str:
        """The outline as SVG path data: a shape of its own for each level, so that colour is not needed."""
        x, y, r = self.x, self.y, self.radius
        match self.level:
            case Level.CRITICAL:
                return f"M{x:.1f} {y - r:.1f}l{r:.1f} {r:.1f}l{-r:.1f} {r:.1f}l{-r:.1f} {-r:.1f}z"
            case Level.HIGH:
                return f"M{x:.1f} {y - r:.1f}l{r:.1f} {1.8 * r:.1f}h{-2 * r:.1f}z"
            case Level.LOW:
                s = 0.8 * r
                return f"M{x - s:.1f} {y - s:.1f}h{2 * s:.1f}v{2 * s:.1f}h{-2 * s:.1f}z"
            case _:
                arc = f"a{r:.1f} {r:.1f} 0 1 0"
                return f"M{x - r:.1f} {y:.1f}{arc} {2 * r:.1f} 0{arc} {-2 * r:.1f} 0z"


@dataclass(frozen=True, slots=True)
class Row:
    """One host: its name as shown and in full, the middle of its row, and its counts."""

    name: str
    full_name: str
    y: float
    count: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on the time axis; ``day`` is "" where the day is that of the tick before."""

    x: float
    time: str
    day: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything that the template draws. ``notes`` say what is not in the picture."""

    width: int
    height: float
    row: int
    axis: Axis
    top: int
    bottom: float
    rows: tuple[Row, ...]
    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    interval: str
    notes: tuple[str, ...]


def timeline(totals: list[HostTotal]) -> Timeline | None:
    """The picture of these hosts, worst first; None when nothing found has a time."""
    dated = [total for total in totals if total.first]
    shown = dated[:ROWS]
    if not shown:
        return None
    begin, end = _range(shown)
    bottom = TOP + ROW * len(shown)
    domain = _common_domain(shown)
    rows = tuple(_row(total, domain, TOP + ROW * (number + 0.5)) for number, total in enumerate(shown))
    left = min(MAX_LEFT, 24 + CHAR * max(len(row.name) for row in rows))
    axis = Axis(begin, end, left, WIDTH - RIGHT)
    marks = [mark for total, row in zip(shown, rows, strict=True) for mark in _marks(total, axis, row)]
    return Timeline(
        width=WIDTH,
        height=bottom + AXIS,
        row=ROW,
        axis=axis,
        top=TOP,
        bottom=bottom,
        rows=rows,
        marks=tuple(sorted(marks, key=lambda mark: mark.level)),
        ticks=tuple(_ticks(axis)),
        interval=_duration(axis.interval),
        notes=tuple(_notes(totals, dated, axis, domain)),
    )


def _range(totals: list[HostTotal]) -> tuple[float, float]:
    """Begin and end of the axis in Unix seconds: all findings, but for stray times far away from nearly
    all.
    """
    times = sorted((time, count) for total in totals for time, count, _ in _times(total))
    begin, end = times[0][0], times[-1][0]
    core_begin, core_end = _quantile(times, 0.01), _quantile(times, 0.99)
    if len(times) > 20 and end - begin > 20 * (core_end - core_begin) > 0:
        begin, end = core_begin, core_end
    pad = max(0.01 * (end - begin), (LEAST_SPAN - (end - begin)) / 2)
    return begin - pad, end + pad


def _quantile(times: list[tuple[float, int]], part: float) -> float:
    weight, seen = part * sum(count for _, count in times), 0
    for time, count in times:
        seen += count
        if seen > weight:
            return time
    return times[-1][0]


def _common_domain(totals: list[HostTotal]) -> str:
    """The domain, with its leading dot, that most of the hosts have in common; "" when there is none."""
    domains = Counter(dot + rest for total in totals for _, dot, rest in [host_name(total.host).partition(".")])
    domain, count = domains.most_common(1)[0]
    return domain if 2 * count > len(totals) > 1 else ""


def _row(total: HostTotal, domain: str, y: float) -> Row:
    name = host_name(total.host)
    short = name.removesuffix(domain)
    short = short if len(short) <= MAX_NAME else f"{short[: MAX_NAME - 1]}…"
    return Row(short, name, y, f"{total.findings.total():,}")


def _times(total: HostTotal) -> Iterator[tuple[float, int, Level]]:
    """When something was found on the host, in Unix seconds, as exactly as the histograms know; count and
    level.
    """
    for group in total.groups:
        if group.first and group.last:
            # A bin may reach beyond the times that were counted in it.
            first, last = group.first.timestamp(), group.last.timestamp()
            for low, high, count in group.times.spans():
                yield (max(low, first) + min(high, last)) / 2, count, group.rule.level


def _marks(total: HostTotal, axis: Axis, row: Row) -> Iterator[Mark]:
    cells: dict[int, Counter[Level]] = {}
    for time, count, level in _times(total):
        if axis.begin <= time < axis.end:
            cells.setdefault(math.floor((time - axis.begin) / axis.interval), Counter())[level] += count
    for column, counts in cells.items():
        parts = ", ".join(f"{counts[level]:,} {level.name.lower()}" for level in sorted(counts, reverse=True))
        since = stamp(datetime.fromtimestamp(axis.begin + column * axis.interval, UTC))
        radius = round(min(4.5 + 1.7 * math.log10(counts.total()), 9.5), 1)
        text = f"{row.full_name}: {parts} within {_duration(axis.interval)} from {since} UTC"
        yield Mark(axis.x(axis.begin + (column + 0.5) * axis.interval), row.y, radius, max(counts), text)


def _ticks(axis: Axis) -> Iterator[Tick]:
    span = axis.end - axis.begin
    step = next((step for step in _STEPS if span / step.total_seconds() <= MAX_TICKS), _STEPS[-1])
    seconds = step.total_seconds()
    before = ""
    for number in range(math.ceil(axis.begin / seconds), math.floor(axis.end / seconds) + 1):
        time = datetime.fromtimestamp(number * seconds, UTC)
        day = f"{time:%b %Y}" if seconds > 15 * 86_400 else f"{time.day} {time:%b %Y}"
        clock = "" if seconds >= 86_400 else f"{time:%H:%M:%S}" if seconds < 60 else f"{time:%H:%M}"
        yield Tick(axis.x(number * seconds), clock or day, day if clock and day != before else "")
        before = day


def _notes(totals: list[HostTotal], dated: list[HostTotal], axis: Axis, domain: str) -> Iterator[str]:
    if domain:
        yield f"The names of the hosts are shown without {domain}."
    if len(dated) > ROWS:
        rest = dated[ROWS:]
        count = sum(total.findings.total() for total in rest)
        yield (
            f"And {amount(len(rest), 'more host')} with {amount(count, 'finding')}, "
            f"{rest[0].worst.name.lower()} or less serious: see the list below."
        )
    times = [row for total in dated[:ROWS] for row in _times(total)]
    before = sum(count for time, count, _ in times if time < axis.begin)
    after = sum(count for time, count, _ in times if time >= axis.end)
    for side, outside in (("before", before), ("after", after)):
        if outside:
            yield f"{amount(outside, 'finding')} far {side} the time shown: see the list below."
    if undated := sum(group.undated for total in totals for group in total.groups):
        yield f"{amount(undated, 'finding')} without a readable time cannot be drawn."


def _duration(seconds: float) -> str:
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 1.5 * length:
            return f"{seconds / length:.0f} {unit}s"
    return f"{max(seconds, 1):.0f} s"
