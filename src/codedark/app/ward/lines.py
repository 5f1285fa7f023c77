"""An entry in one line, as people read it back to each other."""

from __future__ import annotations

from codedark.app.ward.times import shown
from codedark.continuity.entry import (
    Administration,
    Admission,
    Allergy,
    Entry,
    Note,
    Observation,
    Order,
    PhoneResult,
    Specimen,
    Transfer,
    row_of,
)


def line_of(entry: Entry) -> str:
    """Number, time, patient, act, who: ``EBC100001X 2026-01-12 13:00 CET 4711 given aspirin 80 mg oral by …``."""
    witness = f", witness {entry.witness}" if entry.witness else ""
    replaces = f"; replaces {entry.replaces}: {entry.why}" if entry.replaces else ""
    act = f"{entry.patient} {act_of(entry)} by {entry.author}{witness}{replaces}"
    return f"{doubled_mark(entry)}{entry.id} {shown(entry.effective_us)} {act}"


def doubled_mark(entry: Entry) -> str:
    """The loud mark of an act whose row stands for several acts; "" for any other."""
    is_doubled = row_of(entry.id) != entry.id
    return f"ROW STANDS FOR SEVERAL ACTS, this one of station {entry.station}: " if is_doubled else ""


def act_of(entry: Entry) -> str:
    """The act alone."""
    match entry.content:
        case Administration() as what:
            because = f" because {what.reason}" if what.reason else ""
            return _joined(what.status.value, what.drug, what.dose, what.unit, what.route) + because
        case Observation() as what:
            return _joined(what.name, what.value, what.unit)
        case Order() as what:
            return _joined(
                f"{what.asked.value} order:", what.name, what.dose, what.unit, what.route, what.frequency, what.details
            )
        case Specimen() as what:
            return f"sent {what.specimen} for {what.tests}, accession {what.accession}"
        case PhoneResult() as what:
            return f"{_joined('by phone:', what.name, what.value, what.unit)}, told by {what.told_by}, read back"
        case Allergy() as what:
            return _joined("allergy to", what.substance, f"({what.reaction})" if what.reaction else "")
        case Note() as what:
            return f"note: {what.title}: {what.text}"
        case Transfer() as what:
            return _joined("moved to", what.ward, what.room, what.bed)
        case Admission() as what:
            return _joined("came in as", what.name, what.sex, what.born, what.description, what.ward, what.bed)
        case _:
            return "void"


def _joined(*parts: str) -> str:
    return " ".join(filter(None, parts))
