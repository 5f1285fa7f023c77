"""All prints of a pack in one language, as PDF files by their names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from codedark.app.continuing.printing.census import census
from codedark.app.continuing.printing.forms import FORMS, ROWS, form
from codedark.app.continuing.printing.handover import handover
from codedark.app.continuing.printing.labels import labels, wristbands
from codedark.app.continuing.printing.lettering import Lettering
from codedark.app.continuing.printing.medication import medication_chart
from codedark.app.continuing.printing.sheets import Sheets
from codedark.app.continuing.printing.telling import Telling
from codedark.continuity.pack import Bed, Pack
from codedark.continuity.pages.words import words_of

NAMES: Final = ("census", "medication", "handover", "forms", "labels", "wristbands")


def prints(
    pack: Pack, language: str, numbers: Iterator[str] | None, lettering: Lettering | None = None
) -> Mapping[str, bytes]:
    """Every document of `NAMES`. ``numbers`` are those that rows of forms get, each used once; None
    makes no forms.

    The same pack, language, numbers and fonts give the same bytes. Raises `KeyError` for an unknown language.
    """
    letters = lettering or Lettering()
    return {
        "census": census_print(pack, language, letters),
        "medication": _of_each(pack, language, letters, medication_chart, landscape=True),
        "handover": _of_each(pack, language, letters, handover),
        **({} if numbers is None else {"forms": forms_print(pack, language, numbers, letters)}),
        "labels": _of_each(pack, language, letters, labels),
        "wristbands": _wristbands_print(pack, language, letters),
    }


def census_print(pack: Pack, language: str, lettering: Lettering) -> bytes:
    """Who lies where."""
    sheets, telling = _begun(pack, language, lettering)
    census(sheets, telling)
    return sheets.finished()


def medication_print(pack: Pack, language: str, lettering: Lettering) -> bytes:
    """The medication chart of each patient."""
    return _of_each(pack, language, lettering, medication_chart, landscape=True)


def forms_print(pack: Pack, language: str, numbers: Iterator[str], lettering: Lettering) -> bytes:
    """One sheet of each form for each patient, then one of each for somebody who is not known yet."""
    sheets, telling = _begun(pack, language, lettering, landscape=True)
    stranger = [Bed(bed.place, None) for bed in pack.beds[:1]]
    for bed in [*(each for each in pack.beds if each.chart), *stranger]:
        for kind in FORMS:
            form(sheets, telling, bed, kind, numbers)
    return sheets.finished()


def most_rows(pack: Pack) -> int:
    """How many numbers the forms of a pack may need."""
    return len(FORMS) * ROWS * (sum(bed.chart is not None for bed in pack.beds) + bool(pack.beds))


def _wristbands_print(pack: Pack, language: str, lettering: Lettering) -> bytes:
    sheets, telling = _begun(pack, language, lettering)
    wristbands(sheets, telling)
    return sheets.finished()


def _of_each(
    pack: Pack,
    language: str,
    lettering: Lettering,
    add: Callable[[Sheets, Telling, Bed], None],
    *,
    landscape: bool = False,
) -> bytes:
    sheets, telling = _begun(pack, language, lettering, landscape=landscape)
    for bed in pack.beds:
        add(sheets, telling, bed)
    return sheets.finished()


def _begun(pack: Pack, language: str, lettering: Lettering, *, landscape: bool = False) -> tuple[Sheets, Telling]:
    words = words_of(language)
    telling = Telling(pack, words)
    numbered = words("print.page", page="{page}", pages="{pages}")
    return Sheets(lettering, telling.foot(), numbered, words("print.not_shown"), landscape=landscape), telling
