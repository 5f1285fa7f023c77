"""Forms to write on, with the patient's identity on them already. Each row has a number of its own, so that the paper
and what is typed in later are one act (decision 16, point 4); it is printed in letters and as a QR code.

A number is used once: a form is never copied by a copier, and new ones go on where the last print ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from codedark.app.continuing.printing.heads import newcomer_head, patient_head
from codedark.app.continuing.printing.lettering import BOLD
from codedark.app.continuing.printing.sheets import MM, Sheets
from codedark.app.continuing.printing.table import Column, Table, shares
from codedark.app.continuing.printing.telling import Telling
from codedark.continuity.packs.pack import Bed
from codedark.continuity.packs.paper import ROWS

_ROW: Final = 19 * MM
_SIDE: Final = 11.5 * MM
_NUMBER: Final = 27 * MM
_SIGN: Final = 25 * MM
_WIDER: Final = {
    ("orders", 1): 2.5,
    ("laboratory", 1): 1.8,
    ("laboratory", 5): 1.6,
    ("radiology", 1): 1.8,
    ("radiology", 2): 1.8,
    ("radiology", 5): 1.6,
    ("transfusion", 1): 1.8,
    ("discharge", 1): 2.2,
    ("discharge", 2): 2.2,
    ("discharge", 3): 1.6,
}
"""Columns that need more room than others, by form and place."""


def form(
    sheets: Sheets,
    telling: Telling,
    bed: Bed,
    kind: str,
    numbers: Iterator[str],
    newcomer: str = "",
    *,
    is_exercise: bool = False,
    warnings: Sequence[str] = (),
) -> None:
    """Adds one sheet of a form (`FORMS`) for the patient in a bed, or for somebody who is not known yet.

    ``numbers`` are taken as they come; where they end, the row says what to write instead. ``newcomer``: the patient's
    number that is reserved for somebody who is not known yet. ``is_exercise`` is said at its top,
    and so are ``warnings`` of the patient.
    """
    words = telling.words
    sheets.section()
    title = f"{words(f'print.form.{kind}')} · {words('print.no_copy')}"
    if is_exercise:
        title = f"{words('print.exercise')} · {title}"

    def head() -> float:
        if newcomer:
            return newcomer_head(sheets, telling, title, newcomer)
        return patient_head(sheets, telling, bed, title, warnings=warnings)

    headings = words.headings(kind)
    room = sheets.right - sheets.left - _NUMBER - _SIGN
    parts = [_WIDER.get((kind, place), 1.0) for place in range(len(headings))]
    middle = [Column(each, part) for each, part in zip(headings, shares(room, *parts), strict=True)]
    signed = f"{words('print.author')}. {words('print.identity_checked')}"
    columns = [Column(words("print.row"), _NUMBER), *middle, Column(signed, _SIGN)]
    table = Table(sheets, columns, head(), head, 8)
    blank = [""] * len(columns)
    for _ in range(ROWS):
        if table.y + _ROW > sheets.bottom:
            break
        top, height = table.row(blank, _ROW)
        _numbered(sheets, next(numbers, ""), words("print.reserve"), top, height)
    table.end()


def _numbered(sheets: Sheets, number: str, instead: str, top: float, height: float) -> None:
    x = sheets.left + 2
    if not number:
        sheets.block(x, top + 2, instead, _NUMBER - 4, 7)
        return
    sheets.square(x + (_NUMBER - _SIDE) / 2 - 2, top + 2, number, _SIDE)
    width = sheets.lettering.width(number, 9, BOLD)
    sheets.text(x + (_NUMBER - width) / 2 - 2, top + height - 4, number, 9, BOLD)
