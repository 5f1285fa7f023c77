"""The page, the station and the prints say the same of when a drug is due: what `continuity.schedule` says."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace
from playwright.sync_api import Page

from codedark.app.ward.doses import doses_of
from codedark.continuity.charts.chart import Chart, Drug, PatientId
from codedark.continuity.charts.frequency_tables import schedule_of
from codedark.continuity.charts.times import DAY_US, Times
from codedark.continuity.packs.pack import Bed
from codedark.continuity.pages.due import due_times
from codedark.continuity.pages.payload import payload
from tests.ward_packs import a_pack

TIMES = Times("Europe/Brussels")
SCHEDULE = schedule_of("Europe/Brussels", {})
NOW_US = TIMES.us("20260112142900")
GIVEN_US = TIMES.us("20260112135300")
END_US = TIMES.us("20260112211500")
HOUR_US = 3_600_000_000
ORDERS = {
    "given at 13:53 for 14:00, and 22:00 is behind the end": Drug(
        "k", "Ketorolac", frequency="Q8H", last_us=GIVEN_US, end_us=END_US
    ),
    "the same without an end": Drug("k", "Ketorolac", frequency="Q8H", last_us=GIVEN_US),
    "missed at 14:00": Drug("k", "Ketorolac", frequency="Q8H", last_us=GIVEN_US - 8 * HOUR_US),
    "missed, and it ends": Drug("k", "Ketorolac", frequency="Q8H", last_us=GIVEN_US - 8 * HOUR_US, end_us=END_US),
    "never given": Drug("k", "Furosemide", frequency="BID", begin_us=NOW_US - 2 * HOUR_US),
    "never given, long ago ordered": Drug("k", "Furosemide", frequency="QID", begin_us=NOW_US - 9 * DAY_US),
    "hours of the order": Drug("k", "x", frequency="BID", times=("07:30", "19:30"), last_us=GIVEN_US - 6 * HOUR_US),
    "hours close together": Drug("k", "x", frequency="BID", times=("08:00", "10:00"), last_us=GIVEN_US - 6 * HOUR_US),
    "its own clock": Drug("k", "x", frequency="Q5H", last_us=GIVEN_US),
    "its own clock, and it ends": Drug("k", "x", frequency="Q36H", last_us=GIVEN_US, end_us=END_US),
    "once, at an hour that it names": Drug("k", "x", frequency="ONCE", times=("14:00",), begin_us=NOW_US - HOUR_US),
    "once, and given": Drug("k", "x", frequency="ONETIME", times=("14:00",), last_us=GIVEN_US),
    "running": Drug("k", "x", frequency="CONT", times=("14:00",), begin_us=NOW_US - HOUR_US),
    "as needed": Drug("k", "x", frequency="PRN", as_needed=True),
}


@pytest.mark.parametrize("order", ORDERS)
def test_page_station_and_prints_agree_when_a_drug_is_due(shared_page: Page, order: str) -> None:
    drug = replace(ORDERS[order], next_us=SCHEDULE.next_us(ORDERS[order], ORDERS[order].last_us, NOW_US))
    chart = Chart(PatientId("p"), drugs=(drug,))
    pack = a_pack(NOW_US)
    told = json.loads(payload(replace(pack, beds=(Bed(pack.beds[0].place, chart),))))["beds"][0]["chart"]["drugs"][0]
    listed = shared_page.evaluate(
        """([drug, at]) => {
          const [before, built] = [now, state.pack.built];
          now = () => at;
          state.pack.built = at;
          try { return dueTimes(drug); } finally { now = before; state.pack.built = built; }
        }""",
        [told, NOW_US // 1_000_000],
    )
    until_us = min(NOW_US + DAY_US, drug.end_us or NOW_US + DAY_US)
    printed = due_times(drug, SCHEDULE, NOW_US, until_us)
    missed_us = NOW_US - HOUR_US  # of doses that were missed before this, the page says the first
    assert listed == [at // 1_000_000 for at in printed if at >= missed_us or at == printed[0]]
    station = doses_of(chart, [], SCHEDULE, NOW_US)[0].at_us
    assert station == (printed[0] if printed else 0)


def test_a_dose_that_was_given_is_not_due_again(shared_page: Page) -> None:
    """As it was found: given at 13:53, and the list said that it was due at 14:00."""
    told = json.dumps({"name": "Ketorolac", "hours": ["06:00", "14:00", "22:00"], "last": 1, "end": 4_000_000_000})
    assert shared_page.evaluate(f"() => [dueTimes({told}).length, isUntimed({told})]") == [0, False]
