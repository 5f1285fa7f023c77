"""Whether what an entry says is complete, and its dose can be read in one way only (`entry_checks`, point 6)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from codedark.continuity.entries.entry import (
    Administration,
    Admission,
    Allergy,
    DoseStatus,
    Entry,
    Note,
    Observation,
    Order,
    OrderKind,
    PhoneResult,
    Specimen,
    Stop,
    Transfer,
)
from codedark.continuity.entries.said_dates import born_said
from codedark.continuity.sentence import Sentence

_DOSE: Final = re.compile(r"(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{0,5}[1-9])?")
_SHORT_UNITS: Final = {"u", "iu", "ie", "µg", "μg", "ug", "cc"}
_SHORT_FREQUENCIES: Final = {"qd", "qod"}
_LONGEST_NAME: Final = 300
_LONGEST_TEXT: Final = 8_000


def incomplete(entry: Entry) -> Iterator[str]:
    """What is missing or can be misread, each in a sentence."""
    what = entry.content
    for called, value, longest in _texts(entry):
        if not value.strip():
            yield Sentence("Say the {called}.", called=called)
        if len(value) > longest:
            yield Sentence(
                "The {called} is longer than {longest} characters: shorten it, or write two entries.",
                called=called,
                longest=longest,
            )
    match what:
        case Administration(status=DoseStatus.GIVEN) | Order(asked=OrderKind.MEDICATION):
            yield from _dose(what.dose, what.unit)
        case Administration() if not what.reason.strip():
            yield Sentence("Say why the dose was held or refused.")
        case PhoneResult() if not what.is_read_back:
            yield Sentence("Read the result back to whoever told it, then chart it.")
        case Admission() if what.born and born_said(what.born) != what.born:  # also a day that no month has
            yield Sentence(
                "{value}: write a date of birth as 1951, 1951-07 or 1951-07-23, or leave it out.", value=what.born
            )
    if isinstance(what, Order) and "".join(filter(str.isalpha, what.frequency.casefold())) in _SHORT_FREQUENCIES:
        yield Sentence("{value}: write the frequency out, as in once a day.", value=what.frequency)


def _dose(dose: str, unit: str) -> Iterator[str]:
    if not _DOSE.fullmatch(dose):
        yield Sentence(
            "{dose}: write a dose as 5, 0.5 or 2.25: a zero before the point, none at the end.", dose=dose or "No dose"
        )
    if dose == "0":
        yield Sentence("A dose of 0 is not given: chart it as held.")
    if not unit.strip():
        yield Sentence("Write the unit of the dose.")
    elif unit.strip().casefold() in _SHORT_UNITS:
        yield Sentence("{unit}: write the unit out: units, international units, microgram, millilitre.", unit=unit)


def _texts(entry: Entry) -> Iterator[tuple[str, str, int]]:
    """What has to be there: its name, its value, the longest that it may be."""
    match entry.content:
        case Administration() | Stop() as given:
            yield "drug", given.drug, _LONGEST_NAME
        case Observation() | PhoneResult() as measured:
            yield "name of what was measured", measured.name, _LONGEST_NAME
            yield "value", measured.value, _LONGEST_TEXT
            if isinstance(measured, PhoneResult):
                yield "name of who told it", measured.told_by, _LONGEST_NAME
        case Order() as order:
            yield "name of what is ordered", order.name, _LONGEST_NAME
        case Specimen() as sent:
            yield "tests", sent.tests, _LONGEST_TEXT
            yield "specimen", sent.specimen, _LONGEST_NAME
        case Allergy() as allergy:
            yield "substance", allergy.substance, _LONGEST_NAME
        case Note() as note:
            yield "title", note.title, _LONGEST_NAME
            yield "text", note.text, _LONGEST_TEXT
        case Transfer() as transfer:
            yield "ward", transfer.ward, _LONGEST_NAME
        case Admission() as admission:
            yield "name on the wristband, given if it must be", admission.name, _LONGEST_NAME
