"""A stop says which order; a dose behind it is asked back; what is listed says who stopped it."""

from __future__ import annotations

import msgspec

from codedark.app.ward.doses import Stands, doses_of, ward_schedule
from codedark.app.ward.drug_orders import after_stop, as_ordered, doubtful_stop, hours_not_known, not_this_order
from codedark.continuity.charts.chart import Chart, Drug
from codedark.continuity.entries.drugs_since import drugs_since
from codedark.continuity.entries.entry import Administration, DoseStatus, Entry, EntryId, Order, OrderKind, Stop
from tests.ward_entries import NOON_US, PATIENT, entry, rows, void

HOUR_US = 3_600_000_000
SCHEDULE = ward_schedule(None)
ROWS = [EntryId(each) for each in rows(6)]
CHART = Chart(PATIENT, drugs=(Drug("o-1", "Insulin aspart", dose="6", unit="units", frequency="Q6H", next_us=NOON_US),))
STOP = entry(Stop("Insulin aspart", "o-1"), id=ROWS[0], author="Dr Maes")
AGAIN = entry(Order(OrderKind.MEDICATION, "Insulin aspart", "4", "units", frequency="every 6 hours"), id=ROWS[1])
DOSE = Administration(DoseStatus.GIVEN, "Insulin aspart", "6", "units", order="o-1")


def asked(dose: Administration, at_us: int, *own: Entry) -> str | None:
    return after_stop(dose, drugs_since(CHART, own, SCHEDULE), at_us)


def test_a_stopped_drug_is_listed_last_as_stopped_and_never_as_due() -> None:
    first, last = doses_of(CHART, [STOP, AGAIN], SCHEDULE, NOON_US + 9 * HOUR_US)
    assert (first.drug.id, first.ordered, first.stands) == (AGAIN.id, AGAIN, Stands.OVERDUE)
    assert (last.drug.id, last.stands, last.stopped, last.at_us) == ("o-1", Stands.STOPPED, STOP, 0)


def test_an_order_of_the_ward_stays_due_for_days_until_it_is_given() -> None:
    now_us = NOON_US + 72 * HOUR_US
    plain = entry(Order(OrderKind.MEDICATION, "x", "4", "mg", frequency="Q1H"), id=ROWS[1])
    assert [each.stands for each in doses_of(None, [plain], SCHEDULE, now_us)] == [Stands.OVERDUE]
    given = entry(Administration(DoseStatus.GIVEN, "x", "4", "mg", order=plain.id), id=ROWS[2], effective_us=now_us)
    assert [each.stands for each in doses_of(None, [plain, given], SCHEDULE, now_us)] == [Stands.LATER]
    late = doses_of(None, [AGAIN, entry(DOSE, id=ROWS[2], effective_us=now_us)], SCHEDULE, now_us)[0]
    assert (late.stands, late.charted is not None) == (Stands.LATER, True)


def test_what_has_no_hour_says_why() -> None:
    def stands(frequency: str, unit: str = "mg") -> Stands:
        order = entry(Order(OrderKind.MEDICATION, "x", "4", unit, frequency=frequency), id=ROWS[1])
        return doses_of(None, [order], SCHEDULE, NOON_US)[0].stands

    assert stands("as on the chart") is stands("") is stands("before meals") is Stands.UNTIMED
    assert stands("when needed") is Stands.NEEDED
    assert stands("continuous") is stands("", "mL/h") is Stands.RUNNING
    once = entry(Order(OrderKind.MEDICATION, "x", "4", "mg", frequency="at once"), id=ROWS[1])
    assert doses_of(None, [once], SCHEDULE, NOON_US)[0].stands is Stands.NOW
    given = entry(Administration(DoseStatus.GIVEN, "x", "4", "mg", order=once.id), id=ROWS[2])
    assert doses_of(None, [once, given], SCHEDULE, NOON_US)[0].stands is Stands.DONE


def test_a_dose_behind_a_stop_is_asked_back_and_one_before_it_is_not() -> None:
    told = asked(DOSE, NOON_US + HOUR_US, STOP)
    assert told is not None
    assert "by Dr Maes" in told
    assert asked(DOSE, NOON_US - HOUR_US, STOP) is None
    assert asked(Administration(DoseStatus.HELD, "Insulin aspart", order="o-1"), NOON_US + HOUR_US, STOP) is None
    assert asked(DOSE, NOON_US + HOUR_US) is None


def test_a_dose_by_name_is_asked_back_unless_another_order_for_the_drug_stands() -> None:
    by_name = Administration(DoseStatus.GIVEN, "insulin aspart", "6", "units")
    assert asked(by_name, NOON_US + HOUR_US, STOP) is not None
    assert asked(by_name, NOON_US + HOUR_US, STOP, AGAIN) is None
    assert asked(DOSE, NOON_US + HOUR_US, STOP, AGAIN) is not None


def test_a_stop_of_a_drug_whose_order_nobody_knew_is_asked_about_too() -> None:
    stop = entry(Stop("morphine"), id=ROWS[2])
    dose = Administration(DoseStatus.GIVEN, "Morphine 10 mg", "10", "mg")
    assert asked(dose, NOON_US + HOUR_US, stop) is not None
    assert asked(dose, NOON_US - HOUR_US, stop) is None


def test_a_stop_says_which_order_and_is_of_what_that_has() -> None:
    since = drugs_since(CHART, [], SCHEDULE)
    assert as_ordered(Stop(order="o-1"), since) == Stop("Insulin aspart", "o-1", "6", "units")
    assert [str(each) for each in not_this_order(Stop("insulin"), since)] == [
        "Say which order for insulin is stopped: o-1."
    ]
    assert "is an order for Insulin aspart" in not_this_order(Stop("heparin", "o-1"), since)[0]
    assert not_this_order(Stop("Insulin aspart", "o-1"), since) == not_this_order(Stop("heparin"), since) == []
    assert doubtful_stop(Stop("Insulin aspart", "o-1"), since) is None
    assert "No such order is known here" in str(doubtful_stop(Stop("heparin", "o-7"), since))
    twice = doubtful_stop(Stop("Insulin aspart", "o-1"), drugs_since(CHART, [STOP], SCHEDULE))
    assert "was stopped already" in str(twice)


def test_what_is_not_understood_of_how_often_is_said_when_it_is_written() -> None:
    def told(frequency: str, asked: OrderKind = OrderKind.MEDICATION) -> int:
        return len(hours_not_known(Order(asked, "x", frequency=frequency), SCHEDULE))

    assert told("as on the chart") == told("") == told("before meals") == 1
    assert told("3x/day") == told("when needed") == told("", OrderKind.LABORATORY) == 0


def test_a_stop_of_one_insulin_is_none_of_another() -> None:
    glargine = Chart(PATIENT, drugs=(Drug("o-2", "Insulin glargine", dose="20", unit="units"),))
    since = drugs_since(glargine, [], SCHEDULE)
    assert "is an order for Insulin glargine" in not_this_order(Stop("Insulin aspart", "o-2"), since)[0]
    assert not_this_order(Stop("Insulin aspart"), since) == []
    assert "No such order is known here" in str(doubtful_stop(Stop("Insulin aspart"), since))


def test_an_order_that_was_corrected_is_stopped_and_known_by_its_first_number_too() -> None:
    corrected = entry(
        Order(OrderKind.MEDICATION, "Insulin aspart", "5", "units"), id=ROWS[3], replaces=AGAIN.id, why="x"
    )
    since = drugs_since(None, [AGAIN, corrected], SCHEDULE)
    assert as_ordered(Stop(order=AGAIN.id), since) == Stop("Insulin aspart", AGAIN.id, "5", "units")
    assert doubtful_stop(Stop("Insulin aspart", AGAIN.id), since) is None
    stopped = drugs_since(None, [AGAIN, corrected, entry(Stop("x", corrected.id), id=ROWS[4])], SCHEDULE)
    assert "was stopped already" in str(doubtful_stop(Stop("Insulin aspart", AGAIN.id), stopped))


def test_a_stop_of_no_order_that_is_known_is_told_beside_the_drug_that_it_may_mean() -> None:
    for stop in (Stop("insulin"), Stop("Insulin aspart", "o-17")):
        written = entry(stop, id=ROWS[2], effective_us=NOON_US)
        both = msgspec.structs.replace(CHART, drugs=(*CHART.drugs, Drug("o-2", "Insulin glargine")))
        after = entry(AGAIN.content, id=ROWS[1], effective_us=NOON_US + HOUR_US)
        told = {each.drug.id: each.asked for each in doses_of(both, [written, after], SCHEDULE, NOON_US + 2 * HOUR_US)}
        assert told == {"o-1": written, "o-2": written if stop.drug == "insulin" else None, after.id: None}
        assert asked(DOSE, NOON_US + HOUR_US, written) is not None
        assert asked(DOSE, NOON_US - HOUR_US, written) is None


def test_an_order_whose_correction_was_undone_is_listed_to_be_asked_about_and_has_no_hour() -> None:
    corrected = entry(
        Order(OrderKind.MEDICATION, "Insulin aspart", "40", "units"), id=ROWS[3], replaces=AGAIN.id, why="x"
    )
    undone = [AGAIN, corrected, void(ROWS[4], corrected)]
    (found,) = doses_of(None, undone, SCHEDULE, NOON_US + 9 * HOUR_US)
    assert (found.drug.id, found.stands, found.at_us, found.is_sure) == (AGAIN.id, Stands.UNTIMED, 0, False)
    stop = entry(Stop("Insulin aspart", AGAIN.id), id=ROWS[5], effective_us=NOON_US + HOUR_US)
    assert [each.stands for each in doses_of(None, [*undone, stop], SCHEDULE, NOON_US)] == [Stands.STOPPED]
    assert doses_of(None, [*undone, void(ROWS[2], AGAIN)], SCHEDULE, NOON_US) == []


def test_a_dose_of_one_order_leaves_others_of_its_name_due() -> None:
    """Slow oxycodone 20 mg twice a day, and 5 mg between, whose order is corrected behind the dose."""
    slow = Drug("o-3", "Oxycodone", dose="20", unit="mg", frequency="BID", next_us=NOON_US)
    chart = Chart(PATIENT, drugs=(slow, Drug("o-4", "Insulin glargine", frequency="DAILY", next_us=NOON_US),
                                  Drug("o-5", "Insulin aspart", status="completed")))  # fmt: skip
    order = entry(Order(OrderKind.MEDICATION, "Oxycodone", "5", "mg", frequency="every 4 hours"), id=ROWS[1])
    changed = entry(Order(OrderKind.MEDICATION, "Oxycodone", "10", "mg", frequency="every 4 hours"), id=ROWS[2],
                    replaces=ROWS[1], why="pain")  # fmt: skip
    by_order = Administration(DoseStatus.GIVEN, "Oxycodone", "5", "mg", order=ROWS[1])
    by_name = Administration(DoseStatus.GIVEN, "oxycodone", "10", "mg")
    ended = Administration(DoseStatus.GIVEN, "Insulin aspart", "6", "units", order="o-5")
    for number, dose in enumerate((by_order, by_name, ended)):
        given = entry(dose, id=ROWS[3], effective_us=NOON_US)
        charted = {each.drug.id for each in doses_of(chart, [order, changed, given], SCHEDULE, NOON_US) if each.charted}
        assert charted == ({ROWS[2]}, {ROWS[2]}, set())[number]
