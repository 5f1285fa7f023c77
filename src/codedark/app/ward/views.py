"""What the station's page shows: patients by bed, doses, entries, each as values for a template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from operator import itemgetter
from typing import Any, Final

from codedark.app.ward.beds import bed_name, moved_to
from codedark.app.ward.dose_words import charted_by, doubts_of
from codedark.app.ward.doses import Dose, Stands, doses_of, is_to_give, ward_schedule
from codedark.app.ward.forms import LABELS
from codedark.app.ward.knowing import warnings_of
from codedark.app.ward.lines import act_of, doubled_mark, signed_by
from codedark.app.ward.patients import charts_of, known_at, pack_of
from codedark.app.ward.times import near, shown
from codedark.app.ward.tongue import Tongue
from codedark.app.ward.vital_signs import KIND, TITLE
from codedark.continuity.charts.chart import Drug, PatientId
from codedark.continuity.charts.schedule import Schedule
from codedark.continuity.entries.checks import known_of
from codedark.continuity.entries.entry import Admission, Entry, Identifier, Order, Void
from codedark.continuity.entries.in_force import perhaps_in_force
from codedark.continuity.pages.medicine import dose_text, frequency_text, name_text, route_text
from codedark.continuity.pages.words import words_of
from codedark.store.station.station import Station

_LATE_US: Final = 10 * 60_000_000
_Values = dict[str, Any]


def ward(station: Station, t: Tongue, at_us: int) -> _Values:
    """All patients in the order of the corridor, then who came in since; every dose that is to be given; the drugs of
    which no hour is known, and those that were stopped on the ward. Whoever has an order is among these, also where
    nobody here knows more than the number.
    """
    pack, union = pack_of(station), station.union()
    schedule = ward_schedule(pack)
    rows: list[_Values] = []
    told: list[_Values] = []

    def add(row: _Values, found: list[Dose]) -> _Values:
        values = [_dose(each, t, at_us, schedule) | {"due_us": each.at_us, "who": row} for each in found]
        told.extend(values)
        return row | {"doses": [each for each in values if each["is_to_give"]]}

    for bed in pack.beds if pack else ():
        if bed.chart is None:
            continue
        known = known_of(bed.chart)
        own = union.of_patient(known.id)
        row = _row(known.id, known.name, known.born, moved_to(own) or bed_name(bed.place)) | {"family": known.family}
        rows.append(add(row, doses_of(bed.chart, own, schedule, at_us)))
    for entry in perhaps_in_force(union.acts()):
        if isinstance(came := entry.content, Admission):
            own = union.of_patient(came.number)
            row = _row(came.number, came.name, came.born, moved_to(own) or came.bed) | {"family": came.name}
            rows.append(add(row, doses_of(None, own, schedule, at_us)))
    here = {row["id"] for row in rows}
    for number, name in only_ordered(union.acts()).items():
        if number not in here:
            own = union.of_patient(number)
            add(_row(number, name, "", moved_to(own)), doses_of(None, own, schedule, at_us))
    names = Counter(row["family"].casefold() for row in rows)
    for row in rows:
        row["is_alike"] = names[row["family"].casefold()] > 1
    due = sorted((each for each in told if each["is_to_give"]), key=itemgetter("due_us"))
    untimed = [each for each in told if each["is_untimed"]]
    return {"people": rows, "due": due, "untimed": untimed, "stopped": [each for each in told if each["is_stopped"]]}


def only_ordered(acts: Sequence[Entry]) -> dict[str, str]:
    """Number and name, as it was read at the bedside, of everybody for whom something was ordered."""
    return {
        each.patient: next((read.value for read in each.checked if read.by is Identifier.NAME), "")
        for each in acts
        if isinstance(each.content, Order)
    }


def patient(station: Station, number: PatientId, t: Tongue, at_us: int) -> _Values:
    """One patient: who, allergies, doses, what was charted."""
    union, charts, pack = station.union(), charts_of(station), pack_of(station)
    own, chart = union.of_patient(number), charts.get(number)
    known = known_at(own, charts, number)
    schedule = ward_schedule(pack)
    doses = doses_of(chart, own, schedule, at_us)
    labels = {KIND: TITLE} | LABELS | {"observation": "Other observation"}
    kinds = [{"kind": kind, "label": t(label)} for kind, label in labels.items() if kind not in {"admission", "void"}]
    allergies = warnings_of(number, chart, own)
    return {
        "patient": number,
        "known": known,
        "allergies": t(allergies.allergies),
        "is_loud": allergies.is_loud,
        "doses": [_dose(each, t, at_us, schedule) for each in doses],
        "pack_at": shown(pack.built_us) if pack and chart else "",
        "kinds": kinds,
        "lines": lines(own, t, at_us),
    }


def lines(entries: Sequence[Entry], t: Tongue, now_us: int) -> list[_Values]:
    """Entries, the latest first; each with what it corrects, and with what took its place."""
    by_id = {each.id: each for each in entries}
    replaced = {each.replaces: each for each in entries if each.replaces}
    undone = {each.replaces for each in entries if isinstance(each.content, Void)}
    told = [_line(each, by_id.get(each.replaces), replaced.get(each.id), t, now_us) for each in reversed(entries)]
    for line in told:  # what only an undone correction took the place of may hold, and must not stay for good
        after = replaced.get(line["id"])
        line["can_correct"] |= after is not None and after.id in undone and not isinstance(after.content, Void)
    return told


def _line(entry: Entry, before: Entry | None, after: Entry | None, t: Tongue, now_us: int) -> _Values:
    is_late = entry.recorded_us - entry.effective_us > _LATE_US
    return {
        "id": entry.id,
        "at": near(entry.effective_us, now_us),
        "recorded": t("written down {when}", when=near(entry.recorded_us, now_us)) if is_late else "",
        "patient": entry.patient,
        "act": act_of(entry, t),
        "mark": doubled_mark(entry, t),
        "by": signed_by(entry, t),
        "is_alone": bool(entry.alone_told),
        "station": entry.station,
        "before": t("instead of: {act}", act=act_of(before, t)) if before else "",
        "why": entry.why,
        "after": _taken_over(after, t),
        "can_correct": after is None and not isinstance(entry.content, Void),
    }


def _taken_over(after: Entry | None, t: Tongue) -> str:
    if after is None:
        return ""
    return t("UNDONE by {row}" if isinstance(after.content, Void) else "CORRECTED by {row}", row=after.id)


def drug_told(drug: Drug, t: Tongue, schedule: Schedule) -> str:
    """A drug in one line: name, dose, route, how often, at which hours."""
    words = words_of(t.language)
    parts = (
        name_text(drug, words),
        dose_text(drug.dose, drug.unit, words),
        route_text(drug.route, words),
        frequency_text(drug.frequency, words, schedule),
        words("at_hours", times=", ".join(drug.times)) if drug.times else "",
    )
    return " ".join(filter(None, parts))


def _dose(dose: Dose, t: Tongue, now_us: int, schedule: Schedule) -> _Values:
    drug = dose.drug
    at_us = dose.stopped.effective_us if dose.stopped else dose.at_us
    return {
        "order": drug.id,
        "told": drug_told(drug, t, schedule),
        "stands": t(dose.stands.value),
        "is_loud": dose.stands in {Stands.OVERDUE, Stands.STOPPED},
        "is_to_give": is_to_give(dose),
        "is_untimed": dose.stands is Stands.UNTIMED,
        "is_stopped": dose.stands is Stands.STOPPED,
        "at": near(at_us, now_us) if at_us else "",
        "last": _last(dose, t, now_us),
        "since": [charted_by(each, t, partial(near, now_us=now_us)) for each in (dose.ordered, dose.stopped) if each],
        "doubts": doubts_of(dose, t, partial(near, now_us=now_us)),
        "is_high": drug.is_high_alert,
        "instructions": drug.instructions,
    }


def _last(dose: Dose, t: Tongue, now_us: int) -> str:
    """The last dose that anybody knows of."""
    if dose.charted is not None:
        when = near(dose.charted.effective_us, now_us)
        return t("charted here: {act}, {when}", act=act_of(dose.charted, t), when=when)
    return t("last given {when}, by the pack", when=near(dose.last_us, now_us)) if dose.last_us else t("no dose known")


def _row(number: str, name: str, born: str, place: str) -> _Values:
    return {"id": number, "name": name, "born": born, "bed": place}
