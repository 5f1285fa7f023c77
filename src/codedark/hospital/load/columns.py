"""The tables, and what their cells hold. A column is checked by its distinct values; rows are only looked at where
one of these fails, to name each line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from typing import Any, Final, Generic, TypeVar

from codedark.hospital.load.report import Names, Report, listed, suggestion
from codedark.hospital.load.table import Column, Layout, Rows

LAYOUTS: Final = {
    "assets": Layout(
        (
            "id", "kind", "zone", "addresses", "mac", "operating_system", "support", "manufacturer", "owner", "ward",
            "place", "log_sources",
        ),
        frozenset({"id", "kind"}),
    ),
    "accounts": Layout(
        ("id", "kind", "domain", "person", "role", "privileged", "enabled", "may_log_on_to", "wards"),
        frozenset({"id", "kind"}),
    ),
    "flows": Layout(
        ("source", "target", "protocol", "port", "connections", "octets"),
        frozenset({"source", "target", "protocol", "port"}),
    ),
    "beds": Layout(("ward", "bed"), frozenset({"ward", "bed"})),
}  # fmt: skip
LIST_SEPARATOR: Final = ";"
GUARDED: Final = re.compile(r"'+[=+\-@]")
LARGEST: Final = 2**63 - 1
_NAME_PATTERN: Final = r"[^\s;\x00-\x1f\x7f](?:[^;\x00-\x1f\x7f]*[^\s;\x00-\x1f\x7f])?"
_OCTET_PATTERN: Final = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4_PATTERN: Final = rf"{_OCTET_PATTERN}(?:\.{_OCTET_PATTERN}){{3}}"
_MAC_PATTERN: Final = r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}"
_NAME, _IPV4, _MAC = map(re.compile, (_NAME_PATTERN, _IPV4_PATTERN, _MAC_PATTERN))
# A whole column, one cell a line. Possessive: a line that has matched is never looked at again.
_NAMES, _IPV4S, _MACS = (re.compile(rf"{each}(?:\n{each})*+") for each in (_NAME_PATTERN, _IPV4_PATTERN, _MAC_PATTERN))
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_MAC_SEPARATOR: Final = re.compile(r"[:.\-]")
_TWELVE_HEX: Final = re.compile(r"[0-9a-f]{12}")
_TRUE_OR_FALSE: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

V = TypeVar("V")
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A cell that does not mean what its column holds; ``instead`` stands for it until the end of the reading."""

    what: str
    mend: str
    instead: Any


class Understood(Generic[V]):
    """What the cells of some columns mean: ``meaning`` is asked once for each distinct cell that is not ``known``."""

    def __init__(self, meaning: Callable[[str], V | Wrong], known: dict[str, V] | None = None) -> None:
        self._meaning = meaning
        self.known: dict[str, V] = known or {}
        self._wrong: dict[str, Wrong] = {}

    def column(self, rows: Rows, name: str, report: Report) -> list[V]:
        """What each cell of a column means; every line with a wrong one is reported."""
        cells = rows.cells[name]
        try:
            found = list(map(self.known.__getitem__, cells))
        except KeyError:
            self._learn(cells)
            found = list(map(self.known.__getitem__, cells))
        for cell, line in zip(cells, rows.lines, strict=True) if self._wrong else ():
            if wrong := self._wrong.get(cell):
                report.error(line, f"`{name}` {wrong.what}", wrong.mend)
        return found

    def _learn(self, cells: Column) -> None:
        for cell in dict.fromkeys(cells):
            if cell not in self.known:
                found = self._meaning(cell)
                if isinstance(found, Wrong):
                    self._wrong[cell] = found
                    self.known[cell] = found.instead
                else:
                    self.known[cell] = found


def read(rows: Rows, column: str, meaning: Callable[[str], V | Wrong], report: Report) -> list[V]:
    """What each cell of one column means."""
    return Understood(meaning).column(rows, column, report)


def read_names(rows: Rows, column: str, report: Report) -> Sequence[str]:
    """A column of `name`, nearly always as they stand."""
    cells = rows.cells[column]
    return cells if _NAMES.fullmatch("\n".join(cells)) else read(rows, column, name, report)


def read_macs(rows: Rows, column: str, report: Report) -> Sequence[str]:
    """A column of `mac`, nearly always as they stand."""
    cells = rows.cells[column]
    return cells if _MACS.fullmatch("\n".join(cells)) else read(rows, column, mac, report)


def read_addresses(rows: Rows, column: str, report: Report) -> Sequence[tuple[str, ...]]:
    """A column of lists of `address`, nearly always one of IPv4."""
    cells = rows.cells[column]
    return list(zip(cells)) if _IPV4S.fullmatch("\n".join(cells)) else read(rows, column, each(address), report)


def read_numbers(rows: Rows, column: str, most: int, report: Report) -> Sequence[int]:
    """A column of `number`, nearly all of them different."""
    cells = rows.cells[column]
    try:
        numbers = tuple(map(int, cells))
    except ValueError:
        return read(rows, column, number(most), report)
    usual = not numbers or (min(numbers) >= 0 and max(numbers) <= most)
    return numbers if usual else read(rows, column, number(most), report)


def number(most: int) -> Callable[[str], int | Wrong]:
    """A whole number from 0 to ``most``; an empty cell is 0."""

    def meaning(cell: str) -> int | Wrong:
        try:
            value = int(cell or "0")
        except ValueError:
            value = -1
        return value if 0 <= value <= most else Wrong(f"is {_shown(cell)}", f"write a whole number from 0 to {most}", 0)

    return meaning


def text(cell: str) -> str | Wrong:
    """Anything that is no control character. An apostrophe before a formula is the writer's, against spreadsheets."""
    if cell[:1] == "'" and GUARDED.match(cell):
        cell = cell[1:]
    if cell.isprintable() or not _CONTROL.search(cell):
        return cell
    return Wrong(f"holds a control character: {cell!r}", "take it out", "")


def name(cell: str) -> str | Wrong:
    """The name of a thing."""
    if _NAME.fullmatch(cell):
        return cell
    if not cell:
        return Wrong("is empty", "every row needs it", "")
    return Wrong(f"is {cell!r}, which is no name", "use no `;`, no control character and no space at either end", "")


def one_of(choices: type[E], default: E | None = None) -> Callable[[str], E | Wrong]:
    """One value of an enumeration; an empty cell is the default, where there is one."""
    known = {each.value: each for each in choices}

    def meaning(cell: str) -> E | Wrong:
        if cell in known:
            return known[cell]
        if not cell and default is not None:
            return default
        instead = default or next(iter(choices))
        return Wrong(f"is {_shown(cell)}", suggestion(cell, known) or f"choose one of {listed(known, 40)}", instead)

    return meaning


def truth(default: bool) -> Callable[[str], bool | Wrong]:
    """``true`` or ``false``, also ``yes``, ``no``, ``1``, ``0``."""

    def meaning(cell: str) -> bool | Wrong:
        value = _TRUE_OR_FALSE.get(cell.casefold()) if cell else default
        return Wrong(f"is {_shown(cell)}", "write true or false", default) if value is None else value

    return meaning


def reference(names: Names) -> Callable[[str], str | Wrong | None]:
    """The name of a thing that is in the model; an empty cell names none."""

    def meaning(cell: str) -> str | Wrong | None:
        spelled = names.spelled(cell) if cell else None
        return Wrong(*names.missing(cell), None) if cell and spelled is None else spelled

    return meaning


def required(names: Names) -> Callable[[str], str | Wrong]:
    """As `reference`, where the cell may not be empty."""

    def meaning(cell: str) -> str | Wrong:
        if not cell:
            return Wrong("is empty", f"name a {names.kind}", "")
        spelled = names.spelled(cell)
        return Wrong(*names.missing(cell), "") if spelled is None else spelled

    return meaning


def each(part: Callable[[str], V | Wrong]) -> Callable[[str], tuple[V, ...] | Wrong]:
    """A list: what its parts mean. The first part that is wrong speaks for the cell."""

    def meaning(cell: str) -> tuple[V, ...] | Wrong:
        if not cell:
            return ()
        if LIST_SEPARATOR not in cell:
            found = part(cell)
            return Wrong(found.what, found.mend, ()) if isinstance(found, Wrong) else (found,)
        parts: list[V] = []
        for word in cell.split(LIST_SEPARATOR):
            found = part(word.strip())
            if isinstance(found, Wrong):
                return Wrong(found.what, found.mend, ())
            parts.append(found)
        return tuple(parts)

    return meaning


def address(cell: str) -> str | Wrong:
    """An IP address in canonical text (RFC 5952 for IPv6). An IPv4 address mapped into IPv6 is that IPv4 address."""
    if _IPV4.fullmatch(cell):
        return cell
    try:
        parsed = ip_address(cell)
        return str(getattr(parsed, "ipv4_mapped", None) or parsed)
    except ValueError:
        return Wrong(f"holds {_shown(cell)}, which is no IP address", "write it as 10.20.5.10 or 2001:db8::10", "")


def mac(cell: str) -> str | Wrong:
    """A hardware address, lower case with colons; dashes, dots and capitals are understood."""
    if not cell or _MAC.fullmatch(cell):
        return cell
    digits = _MAC_SEPARATOR.sub("", cell).lower()
    if _TWELVE_HEX.fullmatch(digits):
        return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))
    return Wrong(f"is {_shown(cell)}, which is no MAC address", "write it as 00:00:5e:00:53:10", "")


def _shown(cell: str) -> str:
    return f"`{cell[:60]}`" if cell else "empty"
