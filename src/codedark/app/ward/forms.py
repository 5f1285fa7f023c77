"""The forms of the station's page: fields of each kind of entry, what they are called, what they begin with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from codedark.app.ward.charting import KINDS, fields_of
from codedark.app.ward.tongue import Tongue
from codedark.continuity.charts.chart import Drug
from codedark.continuity.entries.entry import Administration, DoseStatus, Entry, OrderKind
from codedark.continuity.pages.medicine import dose_number, route_text, unit_text
from codedark.continuity.pages.words import words_of

LABELS: Final = {
    "given": "Dose given", "held": "Dose held", "refused": "Dose refused", "observation": "Observation",
    "order": "Order", "stop": "Stop a drug", "specimen": "Specimen sent", "phone-result": "Result by phone",
    "allergy": "Allergy", "note": "Note", "transfer": "Moved to another place",
    "admission": "Somebody comes in", "void": "Undo an entry",
}  # fmt: skip
FIELDS: Final = {
    "drug": "Drug", "dose": "Dose, as 5 or 0.5", "unit": "Unit, written out", "route": "Route",
    "order": "Number of the order", "code": "Code, if printed on the row", "is_high_alert": "High-alert drug?",
    "reason": "Why held or refused", "name": "Name", "value": "Value", "asked": "What is ordered", "details": "Details",
    "frequency": "How often, written out", "tests": "Tests", "specimen": "Specimen", "room": "Room", "bed": "Bed",
    "accession": "Accession number, if on the label", "told_by": "Who told it",
    "is_read_back": "Did you read it back?", "substance": "Substance", "reaction": "Reaction", "title": "Title",
    "text": "Text", "ward": "Ward", "number": "Took a newcomer set of forms? Scan or type its patient number",
    "encounter": "Reserved encounter number, if on the form", "sex": "Sex", "born": "Date of birth, as far as known",
    "description": "What was found out",
}  # fmt: skip
_YES_NO: Final = (("false", "no"), ("true", "yes"))
CHOICES: Final = {
    "asked": tuple((each.value, each.value) for each in OrderKind),
    "is_high_alert": _YES_NO,
    "is_read_back": _YES_NO,
    "sex": (("", "not known"), ("F", "woman"), ("M", "man"), ("O", "other")),
}
_SELDOM: Final = {"code", "order", "accession", "number", "encounter", "is_high_alert"}
"""Behind "More", so that a form is short."""
_NEEDED: Final = {
    "given": {"drug", "dose", "unit"}, "held": {"drug", "reason"}, "refused": {"drug", "reason"},
    "observation": {"name", "value"}, "order": {"name"}, "stop": set[str](), "specimen": {"tests", "specimen"},
    "phone-result": {"name", "value", "told_by"}, "allergy": {"substance"}, "note": {"title", "text"},
    "transfer": {"ward"}, "admission": {"name"}, "void": set[str](),
}  # fmt: skip
_NOT_WHEN: Final = {
    "given": {"reason"},
    "held": {"is_high_alert"},
    "refused": {"is_high_alert"},
    "stop": {"dose", "unit"},
}
CALLED_HERE: Final = {
    ("admission", "name"): "Name on the wristband, given if it must be",
    ("stop", "order"): "Which one",
    ("stop", "drug"): "Drug, if it is not on this list",
    ("stop", "reason"): "Why",
}
"""What a field is called in one form alone."""


class Field(NamedTuple):
    """One field as the form shows it."""

    name: str
    label: str
    value: str
    choices: tuple[tuple[str, str], ...]
    is_seldom: bool
    is_needed: bool


def fields(kind: str, values: Mapping[str, str], t: Tongue, orders: Sequence[tuple[str, str]] = ()) -> list[Field]:
    """The fields of a kind, in order; those that are seldom needed last, unless they hold something. ``orders`` are
    those of which a stop may be: number, and in words.
    """
    choices = {name: [(value, t(label)) for value, label in each] for name, each in CHOICES.items()}
    if kind == "stop":
        choices["order"] = [("", t("none of these")), *orders]
    found = [
        Field(
            name,
            t(CALLED_HERE.get((kind, name), FIELDS[name])),
            values.get(name, ""),
            tuple(choices.get(name, ())),
            name in _SELDOM and (kind, name) not in CALLED_HERE,
            name in _NEEDED[kind],
        )
        for name in fields_of(kind)
        if name not in _NOT_WHEN.get(kind, ())
    ]
    return sorted(found, key=lambda field: (field.is_seldom, kind == "stop" and field.name != "order"))


def of_drug(drug: Drug, language: str) -> dict[str, str]:
    """What a dose of this order begins with: as people write it, under the number of the order."""
    words = words_of(language)
    return {
        "drug": drug.name,
        "dose": dose_number(drug.dose),
        "unit": unit_text(drug.unit, words),
        "route": route_text(drug.route, words),
        "order": drug.id,
        "code": drug.code,
    }


def of_entry(entry: Entry) -> tuple[str, dict[str, str]]:
    """The kind and the values of an entry that is to be corrected."""
    content = entry.content
    told: dict[str, Any] = msgspec.to_builtins(content)
    values = {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in told.items()
        if name not in {"kind", "status"}
    }
    if isinstance(content, Administration):
        return DoseStatus(content.status).value, values
    kind = next(name for name, (made, _) in KINDS.items() if isinstance(content, made))
    return kind, values
