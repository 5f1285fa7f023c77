"""The ways of arrows on the map: between boxes, never behind one, so that none seems to belong to what it passes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]
Corner = tuple[float, float]
"""Upper left corner of a box."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of boxes at height ``y``, with the middles of the gaps that lie left of, between and right of them."""

    y: float
    gaps: tuple[float, ...]


class Router:
    """Knows where the boxes are: all of one size, in rows, with ``row_gap`` between the rows."""

    def __init__(self, corners: Iterable[Corner], width: float, height: float, row_gap: float) -> None:
        self._width, self._height, self._row_gap = width, height, row_gap
        by_row: defaultdict[float, list[float]] = defaultdict(list)
        for x, y in corners:
            by_row[y].append(x)
        self._rows = [Row(y, self._gaps(sorted(by_row[y]))) for y in sorted(by_row)]

    def path(self, source: Corner, target: Corner) -> str:
        """From the edge of the box at ``source`` to that at ``target``, as SVG path data.

        Between rows it swings; through a row that lies on the way it goes straight, in the gap nearest to its line.
        """
        half = self._width / 2
        x1, x2 = source[0] + half, target[0] + half
        if source[1] == target[1]:
            top, lift = source[1], source[1] - 0.6 * self._row_gap
            return f"M{x1:.0f} {top:.0f}C{x1:.0f} {lift:.0f} {x2:.0f} {lift:.0f} {x2:.0f} {top:.0f}"
        down = target[1] > source[1]
        y1, y2 = (source[1] + self._height, target[1]) if down else (source[1], target[1] + self._height)
        points: list[Point] = [(x1, y1)]
        between = [row for row in self._rows if min(source[1], target[1]) < row.y < max(source[1], target[1])]
        for row in between if down else reversed(between):
            wanted = x1 + (x2 - x1) * (row.y - y1) / (y2 - y1)
            x = min(row.gaps, key=lambda gap, wanted=wanted: abs(gap - wanted))  # type: ignore[misc]
            ends = (row.y, row.y + self._height)
            points += [(x, end) for end in (ends if down else reversed(ends))]
        return self._drawn([*points, (x2, y2)])

    def _gaps(self, lefts: list[float]) -> tuple[float, ...]:
        between = [(left + self._width + right) / 2 for left, right in pairwise(lefts)]
        return (lefts[0] - 7, *between, lefts[-1] + self._width + 7)

    @staticmethod
    def _drawn(points: list[Point]) -> str:
        """Swings from each even point to the next, straight lines from each odd one."""
        parts = [f"M{points[0][0]:.0f} {points[0][1]:.0f}"]
        for number, ((x1, y1), (x2, y2)) in enumerate(pairwise(points)):
            bend = (y2 - y1) / 2
            swing = f"C{x1:.0f} {y1 + bend:.0f} {x2:.0f} {y2 - bend:.0f} {x2:.0f} {y2:.0f}"
            parts.append(f"L{x2:.0f} {y2:.0f}" if number % 2 else swing)
        return "".join(parts)
