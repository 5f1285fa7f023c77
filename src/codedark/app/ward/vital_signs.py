"""Vital signs that are measured together: what a form says becomes one observation each. Pure.

Which they are, and the five levels of consciousness, is NEWS2 (Royal College of Physicians, National Early Warning
Score 2, 2017), with diastolic pressure and pain. Codes are LOINC's, units as UCUM writes them. The first words of their
names differ: what two entries of one moment say is else taken for the same when they go back (`entry_compare`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from codedark.app.ward.tongue import Tongue
from codedark.continuity.entries.entry import Observation
from codedark.continuity.entries.plausible import implausible, pointed
from codedark.continuity.sentence import Sentence

KIND: Final = "vitals"
TITLE: Final = "Vital signs, all at once"
CONSCIOUSNESS: Final = (
    "A: alert", "C: newly confused", "V: responds to voice", "P: responds to pain", "U: unresponsive",
)  # fmt: skip


class Sign(NamedTuple):
    """One of them: its field in the form, what it is charted as, an example of a value, what may be chosen."""

    field: str
    called: str
    code: str
    unit: str
    example: str
    choices: tuple[str, ...] = ()
    hint: str = ""


SIGNS: Final = (
    Sign("breathing", "Respiratory rate", "9279-1", "/min", "16"),
    Sign("saturation", "Oxygen saturation", "59408-5", "%", "97"),
    Sign("oxygen", "Inhaled oxygen flow rate", "3151-8", "L/min", "2", hint="0 is room air, without oxygen"),
    Sign("systolic", "Systolic blood pressure", "8480-6", "mm[Hg]", "120"),
    Sign("diastolic", "Diastolic blood pressure", "8462-4", "mm[Hg]", "80"),
    Sign("heart", "Heart rate", "8867-4", "/min", "75"),
    Sign("temperature", "Temperature", "8310-5", "Cel", "37.5"),
    Sign("consciousness", "Level of responsiveness", "67775-7", "", "A", CONSCIOUSNESS),
    Sign("pain", "Pain severity", "72514-3", "", "3", hint="0 is none, 10 is the worst"),
)
"""In the order in which they are measured."""
_BY_CODE: Final = {sign.code: sign for sign in SIGNS}
_UNITS: Final = {"mm[Hg]": "mmHg", "Cel": "°C"}
_NUMBER: Final = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,2})?", re.ASCII)


class Read(NamedTuple):
    """What a form said: observations by the name of their field, and why a value is none, by the same."""

    observations: dict[str, Observation]
    wrong: dict[str, Sentence]


def read(typed: Mapping[str, str]) -> Read:
    """The observations of what was typed, "" for what was not measured."""
    found, wrong = dict[str, Observation](), dict[str, Sentence]()
    for sign in SIGNS:
        value = pointed(typed.get(sign.field, "").strip())
        if value in sign.choices or (not sign.choices and _NUMBER.fullmatch(value)):
            found[sign.field] = Observation(sign.called, value, sign.unit, sign.code)
        elif value and sign.choices:
            wrong[sign.field] = Sentence("{called}: {text} is none of the choices.", called=sign.called, text=value)
        elif value:
            wrong[sign.field] = Sentence(
                "{called}: {text} is no number. Write one number alone, as {example}.",
                called=sign.called, text=value, example=sign.example,
            )  # fmt: skip
    return Read(found, wrong)


def doubts(observations: Mapping[str, Observation], t: Tongue) -> dict[str, str]:
    """What to ask of values that cannot well be, by their field; ``pressure`` is of both pressures together."""
    found = {
        field: t(implausible(Observation(*in_words(each, t), code=each.code))) for field, each in observations.items()
    }
    upper, lower = observations.get("systolic"), observations.get("diastolic")
    if upper and lower and float(upper.value) <= float(lower.value):
        found["pressure"] = t(
            "Blood pressure {upper}/{lower}: is this right? The first value is the higher one. Look again; confirm it"
            " if it is so.",
            upper=upper.value, lower=lower.value,
        )  # fmt: skip
    return {field: text for field, text in found.items() if text}


def in_words(what: Observation, t: Tongue) -> tuple[str, str, str]:
    """Name, value and unit as people read them: in their language where they are ours, else as they were written."""
    sign = _BY_CODE.get(what.code)
    if sign is None or sign.called != what.name:
        return what.name, what.value, what.unit
    return t(sign.called), t(what.value) if what.value in sign.choices else what.value, shown_unit(what.unit)


def shown_unit(unit: str) -> str:
    """As wards write it."""
    return _UNITS.get(unit, unit)
