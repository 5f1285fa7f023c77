"""An entry in one line, as people read it back to each other."""

from __future__ import annotations

from codedark.app.ward.times import shown
from codedark.app.ward.tongue import ENGLISH, Tongue
from codedark.app.ward.vital_signs import in_words
from codedark.continuity.entries.entry import (
    Administration,
    Admission,
    Allergy,
    Entry,
    Note,
    Observation,
    Order,
    PhoneResult,
    Specimen,
    Stop,
    Transfer,
    row_of,
)
from codedark.continuity.pages.medicine import dose_number, unit_text
from codedark.continuity.pages.words import words_of


def line_of(entry: Entry) -> str:
    """Number, time, patient, act, who: ``EBC100001X 2026-01-12 13:00 CET 4711 given aspirin 80 mg oral by …``."""
    second = f"witness {entry.witness_told}" if entry.witness else entry.alone_told
    signed = f"{entry.author}, {second}" if second else entry.author
    because = f": {entry.why}" if entry.why else ""
    replaces = f"; replaces {entry.replaces}{because}" if entry.replaces else because
    act = f"{entry.patient} {act_of(entry)} by {signed}{replaces}"
    return f"{doubled_mark(entry)}{entry.id} {shown(entry.effective_us)} {act}"


def doubled_mark(entry: Entry, t: Tongue = ENGLISH) -> str:
    """The loud mark of an act whose row stands for several acts; "" for any other."""
    if row_of(entry.id) == entry.id:
        return ""
    return t("ROW STANDS FOR SEVERAL ACTS, this one of station {station}: ", station=entry.station)


def signed_by(entry: Entry, t: Tongue = ENGLISH) -> str:
    """Who charted it, and who witnessed it, with what is doubtful of that, or that nobody did."""
    if entry.alone_told:
        return t("{author} (NO SECOND PERSON signed: {reason})", author=entry.author, reason=entry.alone)
    both = f"{entry.author}, {entry.witness}" if entry.witness else entry.author
    return t("{both} (NOBODY VOUCHED that these are two people)", both=both) if entry.is_unvouched else both


def act_of(entry: Entry, t: Tongue = ENGLISH) -> str:
    """The act alone."""
    match entry.content:
        case Administration() as what:
            because = t(" because {reason}", reason=what.reason) if what.reason else ""
            return _joined(t(what.status.value), what.drug, what.dose, what.unit, what.route) + because
        case Observation() as what:
            return _joined(*in_words(what, t))
        case Order() as what:
            asked = t("{asked} order:", asked=what.asked.value)
            return _joined(asked, what.name, what.dose, what.unit, what.route, what.frequency, what.details)
        case Stop() as what:
            because = t(" because {reason}", reason=what.reason) if what.reason else ""
            dose = (
                dose_number(what.dose),
                unit_text(what.unit, words_of(t.language)),
            )  # the order's own, as written there
            return _joined(t("STOPPED"), what.drug, *dose) + because
        case Specimen() as what:
            return t(
                "sent {specimen} for {tests}, accession {number}",
                specimen=what.specimen, tests=what.tests, number=what.accession,
            )  # fmt: skip
        case PhoneResult() as what:
            told = _joined(what.name, what.value, what.unit)
            return t("by phone: {told}, told by {who}, read back", told=told, who=what.told_by)
        case Allergy() as what:
            return _joined(t("allergy to"), what.substance, f"({what.reaction})" if what.reaction else "")
        case Note() as what:
            return t("note: {title}: {text}", title=what.title, text=what.text)
        case Transfer() as what:
            return _joined(t("moved to"), what.ward, what.room, what.bed)
        case Admission() as what:
            came = (what.name, what.sex, what.born, what.description, what.ward, what.bed)
            return _joined(t("came in as"), *came)
        case _:
            return t("void")


def _joined(*parts: str) -> str:
    return " ".join(filter(None, parts))
