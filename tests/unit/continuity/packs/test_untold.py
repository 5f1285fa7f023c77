"""Doses that nobody tells of are unknown, and never overdue."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from codedark.continuity.charts.chart import Chart, Drug, Group, Heard, Place
from codedark.continuity.charts.frequency_tables import schedule_of
from codedark.continuity.charts.times import Times
from codedark.continuity.packs.pack import Bed
from codedark.continuity.packs.untold import untold
from codedark.hospital.ward import WardId
from tests.ward_charts import chart

TIMES = Times("Europe/Brussels")
NOW_US = TIMES.us("20260112150000")
SCHEDULE = schedule_of("Europe/Brussels", {})


def lying(number: int, *, is_told: bool, **more: Any) -> Bed:
    """A patient with one drug that was ordered last month, and who has had no dose that we know of."""
    drug = Drug("M", "X", frequency="DAILY", begin_us=TIMES.us("20251201080000"))
    drug = replace(drug, **more)
    drug = replace(drug, next_us=SCHEDULE.next_us(drug, drug.last_us, NOW_US))
    told = {Group.ADMINISTRATIONS: (Heard("EHR", NOW_US),)} if is_told else {}
    return Bed(Place(WardId("A1")), replace(chart(number), drugs=(drug,), as_of=told))


def shown(*beds: Bed) -> list[tuple[str, bool]]:
    """When each drug is due, and whether it is told that nobody would tell a dose."""
    charts: list[Chart] = [bed.chart for bed in untold(beds, SCHEDULE, NOW_US) if bed.chart]
    drugs = [drug for each in charts for drug in each.drugs]
    return [(f"{TIMES.local(each.next_us):%d %H:%M}" if each.next_us else "", each.is_untold) for each in drugs]


def test_without_any_administrations_a_daily_drug_is_not_late() -> None:
    assert shown(lying(1, is_told=False)) == [("13 09:00", True)]
    assert shown(lying(1, is_told=False, frequency="BID")) == [("12 20:00", True)]


def test_what_was_due_within_the_hour_is_still_due() -> None:
    assert shown(lying(1, is_told=False, frequency="X14", times=("14:30",))) == [("12 14:30", True)]


def test_where_doses_are_told_one_that_was_not_given_is_late() -> None:
    assert shown(lying(1, is_told=True)) == [("12 09:00", False)]


def test_somebody_who_has_just_come_is_late_where_doses_of_the_others_are_told() -> None:
    told = [lying(number, is_told=True) for number in (1, 2)]
    assert shown(*told, lying(3, is_told=False))[2] == ("12 09:00", False)
    assert shown(told[0], lying(2, is_told=False), lying(3, is_told=False))[1:] == [("13 09:00", True)] * 2


def test_an_order_with_a_clock_of_its_own_and_no_known_dose_has_no_hour() -> None:
    assert shown(lying(1, is_told=False, frequency="Q5H")) == [("", True)]
