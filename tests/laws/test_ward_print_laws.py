"""Laws of what a station prints: paper and screen never disagree about a drug and its hours, no act is missing, and
what was stopped is named as that.
"""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.app.continuing.printing.lettering import Lettering
from codedark.app.continuing.printing.medication import HOURS, due_hours
from codedark.app.continuing.printing.telling import Telling
from codedark.app.ward.doses import Stands, doses_of, ward_schedule
from codedark.app.ward.knowing import warnings_of
from codedark.app.ward.paper_charts import Asked, Source, laid_over, printed_of
from codedark.continuity.charts.chart import Chart, Drug, PatientId
from codedark.continuity.entries import entry as entries
from codedark.continuity.entries.entry import Administration, Content, DoseStatus, Entry, EntryId, Order, OrderKind
from codedark.continuity.entries.in_force import in_force, perhaps_in_force
from codedark.continuity.pages.words import words_of
from tests.printed import joined, sheets_of
from tests.ward_entries import entry, rows
from tests.ward_packs import BUILT, HOUR, a_pack

NOW_US: Final = BUILT + 50 * HOUR
DAY_US: Final = 24 * HOUR
LETTERS: Final = Lettering()
PACK: Final = a_pack()
CHARTS: Final = {bed.chart.id: bed.chart for bed in PACK.beds if bed.chart}
SCHEDULE: Final = ward_schedule(PACK)
ROWS: Final = rows(40)
PATIENTS: Final = ("5012345", "5012399", "7777")
"""Two of the pack, and one of whom nobody knows more than the number."""
DRUGS: Final = ("Furosemide", "Insulin aspart", "Paracetamol", "ceftriaxone", "hydroxyzine")
ORDERS: Final = ("d1", "d3", "d6", *ROWS[:4], "e1", "")

drugs, orders = st.sampled_from(DRUGS), st.sampled_from(ORDERS)
late = st.sampled_from([0, 30 * HOUR])
is_so = st.booleans()
contents: st.SearchStrategy[Content] = st.one_of(
    st.builds(Administration, st.sampled_from(DoseStatus), drugs, st.just("5"), st.just("mg"), order=orders),
    st.builds(Order, st.just(OrderKind.MEDICATION), drugs, st.sampled_from(["5", "2.5"]), st.just("mg"), st.just("IV"),
              st.sampled_from(["3 times a day", "every 6 hours", "when needed", "as she likes", "08:00 20:00", "once"]),
              is_high_alert=st.booleans()),
    st.builds(entries.Stop, drugs, orders, reason=st.sampled_from(["", "rash"])),
    st.builds(entries.Allergy, st.sampled_from(["penicillin", "Latex", "iodine"]), st.sampled_from(["", "rash"])),
    st.builds(entries.Observation, st.sampled_from(["Heart rate", "weight"]), st.just("80"), st.just("/min")),
    st.builds(entries.PhoneResult, st.just("Potassium"), st.just("3.1"), st.just("the lab"), st.just(value=True)),
    st.builds(entries.Note, st.just("night"), st.just("quiet")),
    st.builds(entries.Transfer, st.sampled_from(["C2", "ICU"]), st.just("203"), st.sampled_from(["A", "B"])),
    st.builds(entries.Void),
)  # fmt: skip


@st.composite
def charted(draw: st.DrawFn) -> list[Entry]:
    """Acts of two days, some written down late, some corrected or undone, of which some were undone again."""
    made = list[Entry]()
    for row in ROWS[: draw(st.integers(1, 24))]:
        content = draw(contents)
        before = [each for each in made if isinstance(content, entries.Void) or type(each.content) is type(content)]
        is_changed = draw(is_so)
        of = draw(st.sampled_from(before)) if before and is_changed else None
        if of is None and isinstance(content, entries.Void):
            continue
        at_us = BUILT + draw(st.integers(0, 50 * 60)) * HOUR // 60
        changes = {"replaces": of.id, "why": "was wrong"} if of else {}
        patient = of.patient if of else PatientId(draw(st.sampled_from((PATIENTS[0], *PATIENTS))))
        made.append(
            entry(content, id=EntryId(row), patient=patient, station="c2-1", effective_us=at_us,
                  recorded_us=min(NOW_US, at_us + draw(late)), **changes)
        )  # fmt: skip
    return sorted(made, key=lambda each: (each.effective_us, each.recorded_us, each.id))  # as a union has them


def of_each(acts: list[Entry]) -> dict[PatientId, list[Entry]]:
    return {PatientId(each): [act for act in acts if act.patient == each] for each in PATIENTS}


def is_printed(patient: PatientId, own: list[Entry]) -> bool:
    """Whoever is in the pack, and whoever something stands of."""
    return patient in CHARTS or any(not isinstance(each.content, entries.Void) for each in perhaps_in_force(own))


def given_now(drug: Drug, patient: PatientId, own: list[Entry], telling: Telling) -> list[datetime]:
    """When the station would say that the next dose is, were this one given now."""
    dose = Administration(DoseStatus.GIVEN, drug.name, drug.dose, drug.unit, order=drug.id)
    now = entry(dose, id=EntryId(ROWS[-1]), patient=patient, effective_us=NOW_US, recorded_us=NOW_US)
    found = {each.drug.id: each.at_us for each in doses_of(CHARTS.get(patient), [*own, now], SCHEDULE, NOW_US)}
    return [telling.local(found[drug.id])] if found[drug.id] else []


def source(acts: list[Entry]) -> Source:
    """A station with the pack of `tests.ward_packs` and these acts."""
    return Source("c2-1", NOW_US, PACK, acts)


def printed_charts(known: Source) -> tuple[Telling, dict[str, Chart]]:
    pack, told = laid_over(known, "en")
    return Telling(pack, words_of("en"), told), {bed.chart.id: bed.chart for bed in pack.beds if bed.chart}


@given(charted())
def test_drugs_and_hours_of_the_print_are_those_of_the_stations_list(acts: list[Entry]) -> None:
    telling, printed = printed_charts(source(acts))
    begin_hour = telling.local(NOW_US).replace(minute=0, second=0, microsecond=0)
    until = begin_hour + timedelta(hours=HOURS)
    for patient, own in of_each(acts).items():
        assert (patient in printed) == is_printed(patient, own)
        if patient not in printed:
            continue
        doses = doses_of(CHARTS.get(patient), own, SCHEDULE, NOW_US)
        there = {drug.id: drug for drug in printed[patient].drugs}
        on_paper = {drug.id for drug in there.values() if drug.status == "active"}
        assert on_paper == {each.drug.id for each in doses if each.stands is not Stands.STOPPED}
        for dose in doses:
            drug, at = there[dose.drug.id], telling.local(dose.at_us)
            hours = due_hours(drug, begin_hour, telling)
            assert (drug.dose, drug.unit, drug.next_us) == (dose.drug.dose, dose.drug.unit, dose.at_us)
            if begin_hour <= at < until:
                assert hours[0] == at
            elif not dose.at_us or at > begin_hour:
                assert hours == []
            else:  # overdue from before: behind it is what would be due if it were given now
                assert hours[:1] == [hour for hour in given_now(drug, patient, own, telling) if hour < until]


@settings(max_examples=25)
@given(charted(), st.sampled_from(["medication", "handover"]))
def test_every_act_of_a_day_and_every_stop_is_on_paper(acts: list[Entry], what: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        told = joined(
            "".join(sheets_of(printed_of(source(acts), Asked(what, frozenset(), "en"), LETTERS), Path(folder)))
        )
    for patient, own in of_each(acts).items():
        if not is_printed(patient, own):
            continue
        held = {each.id: each for each in (*perhaps_in_force(own), *in_force(own))}.values()
        recent = [each.id for each in held if max(each.effective_us, each.recorded_us) > NOW_US - DAY_US]
        assert [each for each in recent if each not in told] == []
        stops = [each.stopped.id for each in doses_of(CHARTS.get(patient), own, SCHEDULE, NOW_US) if each.stopped]
        if what == "medication":
            assert [each for each in stops if each not in told] == []
            assert told.count("STOPPED") >= len(stops)


@given(charted())
def test_allergies_of_the_print_are_those_of_the_screen(acts: list[Entry]) -> None:
    telling, printed = printed_charts(source(acts))
    for patient, chart in printed.items():
        own = of_each(acts)[PatientId(patient)] if patient in PATIENTS else []
        screen = warnings_of(PatientId(patient), CHARTS.get(PatientId(patient)), own)
        for each in screen.allergies.split("; ") if chart.allergies else ():
            assert each.partition(" (")[0] in telling.allergies(chart)
        assert bool(chart.allergies) == (screen.allergies not in {"none known", "NOT RECORDED: ask"})
