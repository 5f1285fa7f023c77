"""All prints of a pack in one language, as PDF files by their names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from codedark.app.continuing.printing.at_station import AtStation
from codedark.app.continuing.printing.census import census
from codedark.app.continuing.printing.forms import form
from codedark.app.continuing.printing.handover import handover
from codedark.app.continuing.printing.labels import labels, newcomer_labels, wristbands
from codedark.app.continuing.printing.lettering import Lettering
from codedark.app.continuing.printing.lists import lists
from codedark.app.continuing.printing.medication import medication_chart, newcomer_chart
from codedark.app.continuing.printing.sheets import Sheets
from codedark.app.continuing.printing.telling import Telling
from codedark.continuity.packs.numbers import Kind, twin
from codedark.continuity.packs.pack import Bed, Pack
from codedark.continuity.packs.paper import FORMS, ROWS
from codedark.continuity.pages.words import words_of

NEWCOMERS: Final = 3
"""For how many who come before the next print there are sets of sheets."""
NAMES: Final = ("census", "lists", "medication", "handover", "forms", "labels", "wristbands")


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
        "lists": _lists_print(pack, language, letters),
        "medication": medication_print(pack, language, letters),
        "handover": handover_print(pack, language, letters),
        **({} if numbers is None else {"forms": forms_print(pack, language, numbers, letters)}),
        "labels": _of_each(pack, language, letters, labels),
        "wristbands": _wristbands_print(pack, language, letters),
    }


def census_print(pack: Pack, language: str, lettering: Lettering, station: AtStation | None = None) -> bytes:
    """Who lies where; of a pack, or as a ``station`` knows it."""
    sheets, telling = _begun(pack, language, lettering, station)
    census(sheets, telling)
    return sheets.finished()


def _lists_print(pack: Pack, language: str, lettering: Lettering) -> bytes:
    sheets, telling = _begun(pack, language, lettering)
    lists(sheets, telling)
    return sheets.finished()


def medication_print(pack: Pack, language: str, lettering: Lettering, station: AtStation | None = None) -> bytes:
    """The medication chart of each patient."""
    return _of_each(pack, language, lettering, medication_chart, station, landscape=True)


def handover_print(pack: Pack, language: str, lettering: Lettering, station: AtStation | None = None) -> bytes:
    """The handover of each patient."""
    return _of_each(pack, language, lettering, handover, station)


def forms_print(pack: Pack, language: str, numbers: Iterator[str], lettering: Lettering) -> bytes:
    """One sheet of each form for each patient; then, for each of `NEWCOMERS` who are not known yet, an empty medication
    chart, the forms and labels, all with a patient's number of their own: the twin of a row's number that they alone
    have.
    """
    sheets, telling = _begun(pack, language, lettering, landscape=True)
    for bed in (each for each in pack.beds if each.chart):
        for kind in FORMS:
            form(sheets, telling, bed, kind, numbers)
    for bed in [Bed(bed.place, None) for bed in pack.beds[:1]] * NEWCOMERS:
        own = list(islice(numbers, len(FORMS) * ROWS))
        number = next((found for row in own if (found := twin(row, Kind.MRN))), "")
        newcomer_chart(sheets, telling, number)
        rows = iter(own)
        for kind in FORMS:
            form(sheets, telling, bed, kind, rows, number)
        if number:
            newcomer_labels(sheets, telling, number)
    return sheets.finished()


def forms_for(
    pack: Pack,
    language: str,
    wanted: Iterable[tuple[Bed, str, Sequence[str], Sequence[str]]],
    lettering: Lettering | None = None,
    *,
    is_exercise: bool = False,
) -> tuple[bytes, list[tuple[str, ...]]]:
    """Sheets of forms, each for a patient or nobody, of a kind (`FORMS`), with row numbers of its own and warnings in
    its head; and which of these numbers stand on each: there may be room for fewer.
    """
    sheets, telling = _begun(pack, language, lettering or Lettering(), landscape=True)
    drawn = []
    for bed, kind, rows, warnings in wanted:
        left = iter(rows)
        form(sheets, telling, bed, kind, left, is_exercise=is_exercise, warnings=warnings)
        drawn.append(tuple(rows[: len(rows) - len(list(left))]))
    return sheets.finished(), drawn


def most_rows(pack: Pack) -> int:
    """How many numbers the forms of a pack may need."""
    return len(FORMS) * ROWS * (sum(bed.chart is not None for bed in pack.beds) + NEWCOMERS * bool(pack.beds))


def _wristbands_print(pack: Pack, language: str, lettering: Lettering) -> bytes:
    sheets, telling = _begun(pack, language, lettering)
    wristbands(sheets, telling)
    return sheets.finished()


def _of_each(
    pack: Pack,
    language: str,
    lettering: Lettering,
    add: Callable[[Sheets, Telling, Bed], None],
    station: AtStation | None = None,
    *,
    landscape: bool = False,
) -> bytes:
    sheets, telling = _begun(pack, language, lettering, station, landscape=landscape)
    for bed in pack.beds:
        if not (station and station.whom) or (bed.chart and bed.chart.id in station.whom):
            add(sheets, telling, bed)
    return sheets.finished()


def _begun(
    pack: Pack, language: str, lettering: Lettering, station: AtStation | None = None, *, landscape: bool = False
) -> tuple[Sheets, Telling]:
    words = words_of(language)
    telling = Telling(pack, words, station)
    numbered = words("print.page", page="{page}", pages="{pages}")
    return Sheets(lettering, telling.foot(), numbered, words("print.not_shown"), landscape=landscape), telling
