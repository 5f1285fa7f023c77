"""Lists of the whole ward on paper: who comes and goes, what is pending, who is isolated, whom to call, protocols."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from codedark.app.continuing.printing.heads import list_head
from codedark.app.continuing.printing.lettering import BOLD, REGULAR
from codedark.app.continuing.printing.sheets import MM, Sheets
from codedark.app.continuing.printing.table import Cell, Column, Table, shares
from codedark.app.continuing.printing.telling import Telling
from codedark.continuity.packs.pack import Bed

_SIZE: Final = 9
_LEAST: Final = 30 * MM
"""A list begins on a new sheet where no more room than this is left."""
_HEADING: Final = re.compile(r"#{1,6}\s+(.*)")
_STRONG: Final = re.compile(r"\*\*(.+?)\*\*")
Rows = Sequence[Sequence[Cell]]


def lists(sheets: Sheets, telling: Telling) -> None:
    """Adds them to the document, one behind the other."""
    words, pack = telling.words, telling.pack
    sheets.section()
    y = list_head(sheets, telling, words("print.lists"))
    for name, titles, parts, rows in (
        (
            "phones",
            ("who", "role", "phone"),
            (40, 40, 20),
            [(p.name, p.role, _or(telling, p.phone)) for p in pack.phones],
        ),
        ("moves", ("when", "what", "patient", "from_or_to", "flag_title"), (18, 14, 34, 20, 14), _moves(telling)),
        ("pending", ("patient", "what", "accession", "asked"), (34, 32, 16, 18), _pending(telling)),
        ("isolation", ("patient", "group.alerts"), (40, 60), _isolated(telling)),
    ):
        y = _list(sheets, telling, y, name, [words(title) for title in titles], parts, rows)
    _protocols(sheets, telling, y)


def _list(
    sheets: Sheets, telling: Telling, y: float, name: str, titles: list[str], parts: Sequence[float], rows: Rows
) -> float:
    """One list with its title, or that there is nothing; returns where it ends."""
    words, room = telling.words, sheets.right - sheets.left
    y = _titled(sheets, telling, y, words(f"view.{name}"))
    if not rows:
        return sheets.block(sheets.left, y, words(f"nothing.{name}"), room, _SIZE) + 2 * MM
    columns = [Column(title, share) for title, share in zip(titles, shares(room, *parts), strict=True)]
    table = Table(sheets, columns, y + MM, lambda: list_head(sheets, telling, words(f"view.{name}")), _SIZE)
    for row in rows:
        table.row(row)
    table.end()
    return table.y + 4 * MM


def _protocols(sheets: Sheets, telling: Telling, y: float) -> None:
    """Texts with headings in bold and without the marks of Markdown; documents by their names."""
    words, room = telling.words, sheets.right - sheets.left
    y = _titled(sheets, telling, y, words("view.protocols"))
    texts = [*telling.pack.protocols, *((name, "") for name in telling.pack.documents)]
    for title, text in texts or [("", words("nothing.protocols"))]:
        if title:
            y = _titled(sheets, telling, y, title)
        for part, face in map(_unmarked, text.split("\n")):
            for line in sheets.lettering.lines(part, room, _SIZE, face):
                if y > sheets.bottom - _SIZE * 2:
                    y = _turned(sheets, telling, words("view.protocols"))
                y = sheets.block(sheets.left, y, line, room, _SIZE, face)
        y += 3 * MM


def _unmarked(line: str) -> tuple[str, str]:
    """A line without the marks that the page draws (`protocols.js`), and its face: headings are bold."""
    found = _HEADING.fullmatch(line)
    return _STRONG.sub(r"\1", found[1] if found else line), BOLD if found else REGULAR


def _titled(sheets: Sheets, telling: Telling, y: float, title: str) -> float:
    if y > sheets.bottom - _LEAST:
        y = _turned(sheets, telling, telling.words("print.lists"))
    return sheets.block(sheets.left, y, title, sheets.right - sheets.left, 11, BOLD)


def _turned(sheets: Sheets, telling: Telling, title: str) -> float:
    sheets.sheet()
    return list_head(sheets, telling, title)


def _moves(telling: Telling) -> Rows:
    words = telling.words
    return [
        (
            telling.when(each.at_us) if each.at_us else words("not_recorded"),
            words.fixed("movement", each.kind),
            each.name,
            each.from_or_to,
            words("expected" if each.is_expected else "done"),
        )
        for each in telling.pack.movements
    ]


def _pending(telling: Telling) -> Rows:
    return [
        (_who(telling, bed), each.name, _or(telling, each.accession), telling.when(each.at_us))
        for bed in telling.pack.beds
        for each in (bed.chart.pending if bed.chart else ())
    ]


def _isolated(telling: Telling) -> Rows:
    return [
        (_who(telling, bed), each.text)
        for bed in telling.pack.beds
        for each in (bed.chart.alerts if bed.chart else ())
        if each.kind == "isolation"
    ]


def _who(telling: Telling, bed: Bed) -> Cell:
    """Bed, name and number."""
    assert bed.chart is not None
    return [(f"{telling.bed(bed.place)}  {telling.name(bed.chart)}", BOLD), (bed.chart.id, REGULAR)]


def _or(telling: Telling, text: str) -> str:
    return text or telling.words("not_recorded")
