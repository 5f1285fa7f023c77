"""Rows of a search on a terminal: times and hosts are always whole, and what has no room beside them stands below.

A time that is cut says nothing, and a host that is cut may be another one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from codedark.app.outputs import to_json
from codedark.app.untrusted import clipped, one_line

_CELL: Final = 300
_WHOLE: Final = frozenset({"time", "arrived", "host"})
_FOLDED: Final = 10
"""Characters that a column which may be folded needs at least; a record needs more, and then some lines."""
_RECORD: Final = 30
_BORDER: Final = 3


def print_rows(console: Console, rows: Sequence[Mapping[str, Any]]) -> None:
    """The rows as a table, or one below the other where the terminal is too narrow for that."""
    if not rows:
        return
    if _needed(rows) > console.width:
        for row in rows:
            _below(console, row)
        return
    table = Table()
    for name in rows[0]:
        table.add_column(_cell(name), no_wrap=name.lower() in _WHOLE, overflow="fold")
    for row in rows:
        table.add_row(*map(_cell, row.values()))
    console.print(table)


def _needed(rows: Sequence[Mapping[str, Any]]) -> int:
    """Characters that a table needs in which nothing is unreadable; one without times and hosts is always folded."""
    names = list(rows[0])
    if not any(name.lower() in _WHOLE for name in names):
        return 0
    width = 1
    for name in names:
        longest = max(_cell(name).cell_len, *(_cell(row[name]).cell_len for row in rows))
        least = longest if name.lower() in _WHOLE else _RECORD if name == "record" else _FOLDED
        width += min(longest, least) + _BORDER
    return width


def _below(console: Console, row: Mapping[str, Any]) -> None:
    """One row: what has to be whole, and below it the rest, folded."""
    whole = [_cell(value).plain for name, value in row.items() if name.lower() in _WHOLE]
    rest = [(name, value) for name, value in row.items() if name.lower() not in _WHOLE]
    console.print(Text("  ".join(whole), style="bold", overflow="fold"))
    short = Text("  ", overflow="fold").join(
        Text.assemble((f"{one_line(name)} ", "dim"), _cell(value)) for name, value in rest if name != "record"
    )
    for text in (short, *(_cell(value) for name, value in rest if name == "record")):
        if text.plain:
            console.print(Padding(text, (0, 0, 0, 2)))


def _cell(value: Any) -> Text:
    text = "–" if value is None else value if isinstance(value, str) else to_json(value).decode()
    return Text(one_line(clipped(text, _CELL)), overflow="fold")
