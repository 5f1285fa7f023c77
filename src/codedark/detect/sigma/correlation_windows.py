"""What a correlation remembers: matches until they are in order, and the running aggregates of a window.

A `Window` holds the matches of one group in ``(t - timespan, t]``. Entering and leaving it costs a match
O(1), O(log n) for a percentile, O(k^2) in the number k of rules for `OrderedRules`: never O(window).

Matches arrive in any order (28), so they first wait in a `WholeOrder` (hunt) or a `LiveOrder`. They wait as
compact `Row`s of plain values, never as whole records. Times are whole microseconds since 1970 (UTC).
"""

from __future__ import annotations

import heapq
import marshal
import math
import os
import tempfile
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import IO, Any, Final

from sortedcontainers import SortedList

from codedark.detect.sigma.correlation_rule import Expression, Number, evaluate, occurring
from codedark.detect.sigma.predicate import as_number, text_of

Row = tuple[int, int, str, tuple[Any, ...], str, str, str, int]
"""time, order of reading (unique), rule id, values of the fields kept (None where absent), host, user,
source, record number. A plain tuple of plain values, because such can be marshalled and compares fast."""


class LiveOrder:
    """Matches of a running system: a heap, bounded by what arrives within the lateness."""

    def __init__(self) -> None:
        self._heap: list[Row] = []

    def add(self, row: Row) -> None:
        """Take one match, in any order."""
        heapq.heappush(self._heap, row)

    def until(self, cutoff: int | None) -> Iterator[Row]:
        """Hand over, in order of time and reading, the matches up to and including ``cutoff``; None: all."""
        while self._heap and (cutoff is None or self._heap[0][0] <= cutoff):
            yield heapq.heappop(self._heap)


class WholeOrder:
    """Matches of a hunt, of which none is final before the last was read: an external merge sort.

    At most ``limit`` matches wait in memory (about 0.4 kB each); beyond that, sorted runs go to an unnamed
    temporary file. Of each run, one block at a time is in memory while they are merged.
    """

    _BLOCK: Final = 256

    def __init__(self, limit: int = 200_000) -> None:
        self._limit = limit
        self._rows: list[Row] = []
        self._runs: list[list[tuple[int, int]]] = []
        self._file: IO[bytes] | None = None

    def add(self, row: Row) -> None:
        """Take one match, in any order."""
        self._rows.append(row)
        if len(self._rows) >= self._limit:
            self._spill()

    def until(self, cutoff: int | None) -> Iterator[Row]:
        """Hand over all matches in order of time and reading, once ``cutoff`` is None; before that, none."""
        if cutoff is not None:
            return iter(())
        merged = self._merged()
        self._rows, self._runs, self._file = [], [], None
        return merged

    def _merged(self) -> Iterator[Row]:
        self._rows.sort()
        return heapq.merge(*(_run(self._file, blocks) for blocks in self._runs if self._file), self._rows)

    def _spill(self) -> None:
        self._rows.sort()
        file = self._file = self._file or tempfile.TemporaryFile()  # noqa: SIM115  lives as long as the runs
        offset = file.seek(0, os.SEEK_END)
        blocks = []
        for start in range(0, len(self._rows), self._BLOCK):
            size = file.write(marshal.dumps(self._rows[start : start + self._BLOCK]))
            blocks.append((offset, size))
            offset += size
        self._runs.append(blocks)
        self._rows = []

    def __reduce__(self) -> tuple[Any, ...]:
        return _refilled, (self._limit, list(self._merged()))


def _refilled(limit: int, rows: Sequence[Row]) -> WholeOrder:
    order = WholeOrder(limit)
    for row in rows:
        order.add(row)
    return order


def _run(file: IO[bytes], blocks: Sequence[tuple[int, int]]) -> Iterator[Row]:
    for offset, size in blocks:
        file.seek(offset)
        yield from marshal.loads(file.read(size))  # noqa: S302  our own unnamed file, never input


def text(value: Any) -> str | None:
    """The text of a record's value (3); a tuple has one only where it has one element."""
    if isinstance(value, tuple):
        return text_of(value[0]) if len(value) == 1 else None
    return text_of(value)


class Several(list[Any]):
    """The values of one match, where a field has several."""


def texts(value: Any) -> str | Several | None:
    """The text of a value, or those of the elements of a tuple; None where there is none."""
    if isinstance(value, tuple):
        return Several(part for element in value if (part := text_of(element)) is not None)
    return text_of(value)


def numbers(value: Any) -> Number | Several | None:
    """The number that a value is, or those that the elements of a tuple are; None where it is none."""
    if isinstance(value, tuple):
        return Several(part for element in value if (part := _number(element)) is not None)
    return _number(value)


def _number(value: Any) -> Number | None:
    """A finite number, or what a text wholly is (13); None for everything else."""
    found = as_number(value) if isinstance(value, str) else value
    return found if found is not None and math.isfinite(found) else None


class Window(ABC):
    """The matches of one group within the timespan. ``held``: the condition held at the last of them."""

    __slots__ = ("_kept", "held", "times")

    def __init__(self) -> None:
        self.times: deque[int] = deque()
        self._kept: deque[Any] = deque()
        self.held = False

    def advance(self, time: int, since: int, value: Any) -> None:
        """Take the match at ``time``, not before the last one, and let those up to ``since`` leave.

        ``value`` is what is measured of the match, `Several` where it has several, None where it has none.
        """
        times, kept = self.times, self._kept
        while times and times[0] <= since:
            times.popleft()
            gone = kept.popleft()
            if gone.__class__ is Several:
                for each in gone:
                    self._leave(each)
            elif gone is not None:
                self._leave(gone)
        if not times:  # no match for a whole timespan: it may fire again (26)
            self.held = False
        times.append(time)
        if value.__class__ is Several:
            kept.append(Several(self._enter(each) for each in value))
        else:
            kept.append(None if value is None else self._enter(value))

    @abstractmethod
    def measure(self) -> Number | Fraction | None:
        """What the condition compares; None where there is nothing to measure, so that nothing holds."""

    @abstractmethod
    def _enter(self, value: Any) -> Any:
        """Count a value in; returns what `_leave` will need to count it out."""

    @abstractmethod
    def _leave(self, kept: Any) -> None: ...


class Events(Window):
    """``event_count``: matches in the window. Their values are None."""

    __slots__ = ()

    def measure(self) -> int:
        """How many matches."""
        return len(self.times)

    def _enter(self, value: Any) -> None: ...

    def _leave(self, kept: Any) -> None: ...


class Distinct(Window):
    """``value_count``: distinct values in the window.

    Each has one cell, its value and how many matches have it; what a match keeps is a reference to that.
    """

    __slots__ = ("_cells",)

    def __init__(self) -> None:
        super().__init__()
        self._cells: dict[Any, list[Any]] = {}

    def measure(self) -> int:
        """How many distinct values."""
        return len(self._cells)

    def _enter(self, value: str | tuple[str, ...]) -> list[Any]:
        cell = self._cells.get(value)
        if cell is None:
            cell = self._cells[value] = [value, 0]
        cell[1] += 1
        return cell

    def _leave(self, kept: list[Any]) -> None:
        kept[1] -= 1
        if not kept[1]:
            del self._cells[kept[0]]


def exact(value: Number) -> int | Fraction:
    """The number as it is written in decimal: 0.1 is a tenth, not the double nearest to it."""
    return int(value) if value == int(value) else Fraction(repr(value))


class Total(Window):
    """``value_sum`` and, with ``mean``, ``value_avg``: exact, so what leaves leaves nothing behind."""

    __slots__ = ("_mean", "_number", "_total")

    def __init__(self, *, mean: bool) -> None:
        super().__init__()
        self._mean, self._number = mean, 0
        self._total: int | Fraction = 0

    def measure(self) -> int | Fraction | None:
        """The sum or the mean; None without a number."""
        if not self._number:
            return None
        return Fraction(self._total) / self._number if self._mean else self._total

    def _enter(self, value: Number) -> int | Fraction:
        kept = exact(value)
        self._number += 1
        self._total += kept
        return kept

    def _leave(self, kept: int | Fraction) -> None:
        self._number -= 1
        self._total -= kept


class Percentile(Window):
    """``value_percentile`` and ``value_median``: the nearest rank (24)."""

    __slots__ = ("_percentile", "_sorted")

    def __init__(self, *, percentile: int) -> None:
        super().__init__()
        self._percentile, self._sorted = percentile, SortedList()

    def measure(self) -> Number | None:
        """The number at the rank; None without a number."""
        rank = max(1, -(-self._percentile * len(self._sorted) // 100))
        return self._sorted[rank - 1] if self._sorted else None

    def _enter(self, value: Number) -> Number:
        self._sorted.add(value)
        return value

    def _leave(self, kept: Number) -> None:
        self._sorted.remove(kept)


class Rules(Window):
    """``temporal``: distinct rules in the window; with an expression, 1 where it holds and 0 where not."""

    __slots__ = ("_expression", "_present")

    def __init__(self, *, expression: Expression | None) -> None:
        super().__init__()
        self._expression = expression
        self._present: Counter[str] = Counter()

    def measure(self) -> int | None:
        """How many rules, or whether the expression holds."""
        return len(self._present) if self._expression is None else evaluate(self._expression, self._present)

    def _enter(self, value: str) -> str:
        self._present[value] += 1
        return value

    def _leave(self, kept: str) -> None:
        self._present[kept] -= 1
        if not self._present[kept]:
            del self._present[kept]


class OrderedRules(Rules):
    """``temporal_ordered``: as `Rules`, but only where there is a choice of one match per rule in the order
    listed; with an expression, of those of the rules it asks for that occur.

    ``_starts[k][i]`` is the number of the latest match that can begin a chain of k + 1 rules which ends at
    the i-th: whatever the window, the chain fits if that match is still in it. Without an expression only
    the whole chain matters, and with it only ``_starts[i][i]``: O(number of rules).
    """

    __slots__ = ("_entered", "_order", "_starts")

    def __init__(self, *, order: Sequence[str], expression: Expression | None) -> None:
        super().__init__(expression=expression)
        self._order = tuple(order) if expression is None else tuple(occurring(expression))
        self._entered = 0
        self._starts = [[-1] * len(self._order) for _ in self._order]

    def measure(self) -> int | None:
        """How many rules, or whether the expression holds; None or False where they are not in order."""
        first = self._entered - len(self.times)
        if self._expression is None:
            return super().measure() if self._starts[-1][-1] >= first else None
        occur = sum(rule in self._present for rule in self._order)
        return (occur == 0 or max(self._starts[occur - 1]) >= first) and super().measure()

    def _enter(self, value: str) -> str:
        starts = self._starts
        for place in range(len(self._order) - 1, -1, -1):
            if self._order[place] == value:
                for k in range(place, 0, -1) if self._expression else (place,) if place else ():
                    starts[k][place] = max(starts[k - 1][:place])
                starts[0][place] = self._entered
        self._entered += 1
        return super()._enter(value)
