"""Orders, doses and results from HL7 v2 (chapters 4 and 7), and when a drug is due."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from codedark.continuity.charts.chart import Drug
from codedark.continuity.charts.frequency_tables import frequencies
from codedark.continuity.charts.schedule import Schedule
from codedark.continuity.charts.times import Times
from tests.unit.continuity.messages import chart, hl7, stay

TIMES = Times("Europe/Brussels")
SCHEDULE = Schedule(frequencies(), TIMES)
BEGIN = "20260112080000"


def order(control: str, at: str = "080000", number: str = "M1") -> bytes:
    """A medication order as 2.5 writes it."""
    segments = (
        f"ORC|{control}|{number}|||||||{BEGIN}|||d1^Claes^Eva",
        "RXE||A02BC02^Pantoprazole^ATC|40||mg",
        f"TQ1|1||BID||||{BEGIN}",
        "RXR|PO",
    )
    return hl7("RDE^O11", at, *segments, pv1=stay("1"))


def dose(at: str, code: str = "CP") -> bytes:
    """A dose of that order."""
    segments = ("ORC|RE|M1", f"RXA|0|1|20260112{at}||A02BC02^Pantoprazole|40|mg|||n1^Goos^Rik{'|' * 10}{code}")
    return hl7("RAS^O17", at, *segments, pv1=stay("1"))


def local(us: int) -> str:
    """A moment by the hospital's clocks."""
    return f"{TIMES.local(us):%d %H:%M}" if us else ""


def test_an_order_has_dose_route_frequency_prescriber_and_its_next_hour() -> None:
    (drug,) = chart(order("NW")).drugs
    assert (drug.name, drug.code, drug.dose, drug.unit, drug.route) == ("Pantoprazole", "A02BC02", "40", "mg", "PO")
    assert (drug.frequency, drug.prescriber, drug.status) == ("BID", "Claes Eva", "active")
    assert local(drug.next_us) == "12 08:00"


def test_a_dose_moves_the_next_hour_and_a_refused_one_does_not() -> None:
    (drug,) = chart(order("NW"), dose("081500")).drugs
    assert (local(drug.last_us), local(drug.next_us)) == ("12 08:15", "12 20:00")
    refused = chart(order("NW"), dose("081500", "RE"))
    assert (refused.drugs[0].last_us, local(refused.drugs[0].next_us)) == (0, "12 08:00")
    assert refused.given[0].status == "refused"


@pytest.mark.parametrize(
    ("control", "status"),
    [("DC", "stopped"), ("CA", "cancelled"), ("HD", "on-hold"), ("RL", "active"), ("OD", "stopped")],
)
def test_a_change_of_an_order_names_its_new_state_and_keeps_the_rest(control: str, status: str) -> None:
    change = hl7("RDE^O11", "090000", f"ORC|{control}|M1", pv1=stay("1"))
    (drug,) = chart(change, order("NW")).drugs
    assert (drug.name, drug.status) == ("Pantoprazole", status)
    assert status == "active" or not drug.next_us


def test_an_order_as_version_2_3_writes_it_is_read() -> None:
    rxe = "RXE|1^Q6H&0300,0900,1500,2100^^20260112080000^20260114080000|N02BE01^Paracetamol|1000||mg"
    (drug,) = chart(hl7("RDE^O01", "080000", "ORC|NW|M2", rxe, "RXR|IV")).drugs
    assert (drug.frequency, drug.times, drug.route) == ("Q6H", ("03:00", "09:00", "15:00", "21:00"), "IV")
    assert local(drug.next_us) == "12 09:00"
    assert local(drug.end_us) == "14 08:00"


def test_high_alert_drugs_and_infusions_are_marked_and_mixtures_are_named() -> None:
    pump = (
        "ORC|NW|M3",
        "RXE||MIX^Mixture|50||mL||||||||||||||||||5|mL/h^^UCUM",
        "RXC|B|NACL^Sodium chloride 0.9 %|49|mL",
        "RXC|A|C01CA03^Noradrenaline|4|mg",
    )
    (drug,) = chart(hl7("RDE^O11", "080000", *pump)).drugs
    assert drug.name == "Sodium chloride 0.9 % 49 mL + Noradrenaline 4 mg"
    assert (drug.is_infusion, drug.is_high_alert) == (True, True)
    assert "5 mL/h" in drug.instructions


def test_an_order_whose_end_has_passed_is_completed() -> None:
    once = hl7("RDE^O11", "080000", "ORC|NW|M4", "RXE||X^Y|1||mg", f"TQ1|1||ONCE||||{BEGIN}|20260112100000")
    later = hl7("ADT^A08", "110000", pv1=stay("1"))
    assert chart(once).drugs[0].status == "active"
    assert chart(once, later).drugs[0].status == "completed"


@pytest.mark.parametrize(
    ("frequency", "last", "due"),
    [
        ("DAILY", "09:10", "13 09:00"),
        ("BID", "07:10", "12 20:00"),
        ("Q6H", "09:45", "12 15:00"),
        ("Q4H", "10:30", "12 14:00"),
        ("q 8 h", "06:30", "12 14:00"),
        ("QOD", "09:00", "14 09:00"),
        ("Q5H", "09:00", "12 14:00"),
        ("Q90MIN", "09:00", "12 10:30"),
        ("QHS", "21:30", "13 22:00"),
        ("PRN", "09:00", ""),
        ("Q6H:PRN", "09:00", ""),
        ("CONT", "09:00", ""),
        ("ONCE", "09:00", ""),
        ("as the moon rises", "09:00", ""),
        ("ON", "22:10", "13 22:00"),
        ("Q2W", "09:00", "26 09:00"),
        ("AC", "17:10", ""),
        ("TID WM", "17:10", ""),
        ("Q4-6H", "09:00", ""),
        ("Q4-6H PRN", "09:00", ""),
        ("Q1.5H", "09:00", ""),
    ],
)
def test_the_next_dose_follows_from_the_last(frequency: str, last: str, due: str) -> None:
    drug = Drug("M", "Y", frequency=frequency, begin_us=TIMES.us("20260101080000"))
    last_us = TIMES.us(f"20260112{last.replace(':', '')}00")
    assert local(SCHEDULE.next_us(drug, last_us, last_us)) == due


@pytest.mark.parametrize(("last", "due"), [("08:00", "12 10:00"), ("08:50", "12 10:00"), ("09:30", "13 08:00")])
def test_of_two_hours_close_together_a_dose_counts_for_the_nearer_one(last: str, due: str) -> None:
    drug = Drug("M", "Y", frequency="BID", times=("08:00", "10:00"), begin_us=TIMES.us("20260101080000"))
    last_us = TIMES.us(f"20260112{last.replace(':', '')}00")
    assert local(SCHEDULE.next_us(drug, last_us, last_us)) == due


@pytest.mark.parametrize(
    ("frequency", "last", "due"),
    [
        ("WEEKLY", "12 08:10", "19 08:00"),
        ("WEEKLY", "12 14:00", "19 08:00"),
        ("QOD", "12 08:00", "14 08:00"),
        ("Q1W", "12 07:50", "19 08:00"),
        ("Mon, Thu", "12 08:00", ""),
        ("Q1J2", "12 08:00", ""),
        ("ONCE", "12 08:00", ""),
        ("CONT", "12 08:00", ""),
        ("AC", "12 08:00", "13 08:00"),
    ],
)
def test_the_hour_that_an_order_names_makes_no_daily_drug_of_it(frequency: str, last: str, due: str) -> None:
    """Methotrexate once a week, given every day, kills."""
    drug = Drug("M", "Y", frequency=frequency, times=("08:00",), begin_us=TIMES.us("20260101080000"))
    last_us = TIMES.us(f"202601{last[:2]}{last[3:].replace(':', '')}00")
    assert local(SCHEDULE.next_us(drug, last_us, last_us)) == due


def test_of_a_weekly_drug_whose_last_dose_nobody_told_no_dose_is_made_up() -> None:
    now_us = TIMES.us("20260112100000")
    for times in ((), ("08:00",)):
        old = Drug("M", "Y", frequency="WEEKLY", times=times, begin_us=TIMES.us("20260106080000"))
        assert SCHEDULE.next_us(old, 0, now_us) == 0
        new = replace(old, begin_us=TIMES.us("20260112080000"))
        assert local(SCHEDULE.next_us(new, 0, now_us)) == "12 08:00"


@pytest.mark.parametrize("hour", ["2500", "0875", "９９９９", "0800"])
def test_an_hour_that_is_none_ends_no_census(hour: str) -> None:
    order_ = ("ORC|NW|M9", "RXE||X^Y|1||mg", f"TQ1|1||BID|{hour}|||{BEGIN}")
    (drug,) = chart(hl7("RDE^O11", "080000", *order_)).drugs
    assert local(drug.next_us) == "12 08:00"


def test_the_hour_that_the_change_to_summer_time_skips_still_has_a_dose() -> None:
    drug = Drug("M", "Y", frequency="X", times=("02:30", "14:30"), begin_us=1)
    last_us = TIMES.us("20260328143000")
    assert local(SCHEDULE.next_us(drug, last_us, last_us)) == "29 03:30"


def test_a_first_dose_is_looked_for_a_day_back_and_not_further() -> None:
    now_us = TIMES.us("20260112100000")
    new = Drug("M", "Y", frequency="DAILY", begin_us=TIMES.us("20260112080000"))
    old = Drug("M", "Y", frequency="DAILY", begin_us=TIMES.us("20251201080000"))
    assert local(SCHEDULE.next_us(new, 0, now_us)) == "12 09:00"
    assert local(SCHEDULE.next_us(old, 0, now_us)) == "12 09:00"


def test_what_was_asked_is_pending_until_it_is_answered() -> None:
    asked = hl7("ORM^O01", "080000", "ORC|NW|L1", "OBR|1|L1||CRP^C reactive protein", pv1=stay("1"))
    first = hl7("ORU^R01", "090000", "OBR|1|L1|F1|CRP^C reactive protein||||||||||||||||||||LAB|P", sender="LIS")
    final = hl7(
        "ORU^R01",
        "100000",
        f"OBR|1|L1|F1|CRP^C reactive protein{'|' * 20}LAB|F",
        "OBX|1|NM|1988-5^CRP^LN||12.50|mg/L|0-5|H|||F",
        "NTE|1||haemolytic",
        sender="LIS",
    )
    assert [each.name for each in chart(asked).pending] == ["C reactive protein"]
    assert [each.status for each in chart(asked, first).pending] == ["preliminary"]
    made = chart(final, asked)
    assert made.pending == ()
    (result,) = made.results
    assert (result.value, result.unit, result.range, result.flag) == ("12.50", "mg/L", "0-5", "H")
    assert (result.panel, result.note) == ("C reactive protein", "haemolytic")


def test_a_corrected_value_takes_the_place_of_the_first_and_a_wrong_one_goes() -> None:
    def result(at: str, value: str, status: str) -> bytes:
        return hl7("ORU^R01", at, "OBR|1|L1|F1|K^Potassium", f"OBX|1|NM|2823-3^Potassium||{value}|mmol/L|||||{status}")

    assert [each.value for each in chart(result("100000", "6.1", "C"), result("090000", "4.1", "F")).results] == ["6.1"]
    assert chart(result("090000", "4.1", "F"), result("110000", "4.1", "W")).results == ()


@pytest.mark.parametrize(
    ("obr", "obx", "group"),
    [
        ("VITALS^Vital signs|" + "|" * 19 + "NRS", "NM|8867-4^Heart rate||80", "vitals"),
        ("X^Weight", "NM|29463-7^Body weight||71", "measures"),
        ("BG^Blood group|" + "|" * 19 + "BLB", "ST|882-1^ABO and Rh||A Rh positive", "blood_group"),
        ("BC^Blood culture|" + "|" * 19 + "MB", "ST|600-7^Bacteria||Escherichia coli", "microbiology"),
        ("CT^CT of head|" + "|" * 19 + "RAD", "TX|1^Report||No bleeding", "imaging"),
        ("IO^Balance|" + "|" * 19 + "IOE", "NM|9187-6^Urine output||500", "fluids"),
        ("CBC^Blood count", "NM|718-7^Haemoglobin||13", "results"),
    ],
)
def test_each_result_stands_in_its_group(obr: str, obx: str, group: str) -> None:
    made = chart(hl7("ORU^R01", "090000", f"OBR|1|L1|F1|{obr}", f"OBX|1|{obx}"))
    groups = ("vitals", "measures", "blood_group", "microbiology", "imaging", "fluids", "results")
    assert {name: len(getattr(made, name)) for name in groups if getattr(made, name)} == {group: 1}


def test_an_appointment_is_booked_moved_and_cancelled() -> None:
    def slot(event: str, at: str, begin: str) -> bytes:
        sch = f"SCH|A1|A1|||||||30|min|^^M30^20260120{begin}^20260120{begin}"
        return hl7(f"SIU^{event}", at, "AIS|1|A|US^Ultrasound", "AIL|1|A|RAD^1").replace(
            b"PID|", f"{sch}\rPID|".encode(), 1
        )

    booked, moved, cancelled = (
        slot("S12", "080000", "090000"),
        slot("S13", "081000", "100000"),
        slot("S15", "082000", "100000"),
    )
    (found,) = chart(moved, booked).appointments
    assert (found.what, found.where, local(found.begin_us)) == ("Ultrasound", "RAD 1", "20 10:00")
    assert chart(cancelled, moved, booked).appointments[0].status == "cancelled"


@pytest.mark.parametrize("never", ["99991231", "99991231235959+0000", "99991231235959-1200"])
def test_without_end_is_no_end_and_no_beginning(never: str) -> None:
    segments = ("ORC|NW|M9", "RXE||X^Y|1||mg", f"TQ1|1||BID||||{BEGIN}|{never}")
    (drug,) = chart(hl7("RDE^O11", "080000", *segments)).drugs
    assert (drug.end_us, local(drug.next_us)) == (0, "12 08:00")
    (drug,) = chart(hl7("RDE^O11", "080000", *segments).replace(f"{BEGIN}|{never}".encode(), never.encode())).drugs
    assert (drug.begin_us, drug.status) == (0, "active")


def test_a_dose_of_next_year_does_not_put_off_the_next_one() -> None:
    typed_wrongly = dose("081500").replace(b"RXA|0|1|20260112", b"RXA|0|1|20270112")
    (drug,) = chart(order("NW"), typed_wrongly).drugs
    assert (drug.last_us, local(drug.next_us)) == (0, "12 08:00")
