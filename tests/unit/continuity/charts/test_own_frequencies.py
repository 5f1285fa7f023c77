"""A site's own table of how often: what it changes, and what is refused because it cannot be meant."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from msgspec.structs import replace

from codedark.app.continuing.census.home import site_of
from codedark.continuity.charts.chart import Drug, Place
from codedark.continuity.charts.frequency_tables import own_frequencies, schedule_of
from codedark.continuity.charts.times import Times
from codedark.continuity.packs.pack import Bed
from codedark.continuity.pages.medicine import frequency_text
from codedark.continuity.pages.payload import payload
from codedark.continuity.pages.words import words_of
from codedark.errors import UsageError
from tests.ward_charts import WARD, chart, pack

TIMES = Times("Europe/Brussels")


def next_hour(frequency: str, own: str, last: str = "20260112073000") -> str:
    """When a drug is due next at a site with this table."""
    schedule = schedule_of("Europe/Brussels", own_frequencies(f"frequencies: {{{own}}}".encode(), "own"))
    due_us = schedule.next_us(Drug("M", "X", frequency=frequency), TIMES.us(last), TIMES.us(last))
    return f"{TIMES.local(due_us):%d %H:%M}" if due_us else ""


def test_a_sites_hours_take_the_place_of_ours_under_all_names_of_the_entry() -> None:
    own = 'TID: {times: ["07:00", "13:00", "19:00"]}'
    assert [next_hour(name, own) for name in ("TID", "TDS", "t.i.d.")] == ["12 13:00"] * 3
    assert next_hour("TID", 'DAILY: {times: ["10:00"]}') == "12 14:00"
    assert next_hour("3 DD 1 CO", '"3DD1CO": {times: ["08:00", "13:00", "18:00"]}') == "12 13:00"
    assert next_hour("OD", 'QHS: {times: ["21:00"], names: [OD]}') == "12 21:00"


@pytest.mark.parametrize(
    ("own", "frequency", "words"),
    [
        ("PRN: {as_needed: true, names: [OD]}", "OD", "OD"),
        ("WM: {names: [C]}", "C", "C"),
        ("MONTHLY: {hours: 720, names: [OM]}", "OM", "OM"),
        ('QHS: {times: ["21:00"]}', "nocte", "at bedtime (nocte)"),
        ('AC: {times: ["07:30", "11:30", "17:30"]}', "AC", "before meals"),
        ('TID: {times: ["07:00", "13:00", "19:00"]}', "TDS", "three times a day (TDS)"),
        ("PRN: {as_needed: true, names: [OD]}", "Q8H", "every 8 hours"),
    ],
)
def test_what_a_site_means_otherwise_is_not_said_in_our_words(own: str, frequency: str, words: str) -> None:
    frequencies = own_frequencies(f"frequencies: {{{own}}}".encode(), "own")
    drug = Drug("M", "X", frequency=frequency, status="active")
    beds = (Bed(Place(WARD, "1", "1"), replace(chart(1), drugs=(drug,))),)
    told = replace(pack(), beds=beds, frequencies=frequencies)
    assert frequency_text(frequency, words_of("en"), schedule_of("Europe/Brussels", frequencies)) == words
    shown = orjson.loads(payload(told))["beds"][0]["chart"]["drugs"][0]
    assert shown.get("is_own", False) == (words == frequency)


@pytest.mark.parametrize(
    ("own", "why"),
    [
        ("TID: {times: [08:00, 14:00, 20:00]}", "840 is no hour of the day; write it in quotes"),
        ('TID: {times: ["08:00", "20:00"]}', "TID is 3 a day, and 2 hours of the day are named"),
        ("Q8H: {hours: 12}", "Q8H is every 8 hours, and 12 are named"),
        ('Q6H: {times: ["06:00", "18:00"]}', "Q6H is every 6 hours, and 2 hours of the day are named"),
        ('X: {times: ["25:00"]}', "'25:00' is no hour of the day"),
        ("X: {hours: -2}", "-2 is no number of hours"),
        ("X: {hour: 2}", "an entry has some of"),
        ("X: {}", "an entry has some of"),
        ("ON: {hours: 2}", "True is no name"),
        ("X: {hours: 2, names: [NO]}", "write ON and NO in quotes"),
        ("X: {hours: 2, names: [Y1]}, Y1: {hours: 3}", "stands for X too"),
        ("X: {once: 1}", "it is true or false"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_plain_words(own: str, why: str) -> None:
    with pytest.raises(UsageError) as refused:
        own_frequencies(f"frequencies: {{{own}}}".encode(), "own.yaml")
    assert str(refused.value).startswith("own.yaml: ")
    assert why in str(refused.value)


@pytest.mark.parametrize("text", ["", "[", "frequencies: 3", "other: {}", "\x00"])
def test_a_file_that_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"^own"):
        own_frequencies(text.encode(), "own.yaml")


def test_the_census_reads_the_file_at_home(tmp_path: Path) -> None:
    assert site_of(tmp_path, None).frequencies == {}
    (tmp_path / "continuity").mkdir()
    (tmp_path / "continuity" / "frequencies.yaml").write_text('frequencies: {DAILY: {times: ["10:00"]}}')
    assert site_of(tmp_path, None).frequencies["QD"].times == ("10:00",)
    (tmp_path / "continuity" / "frequencies.yaml").write_text("frequencies: {DAILY: {}}")
    with pytest.raises(UsageError, match=r"frequencies.yaml: DAILY"):
        site_of(tmp_path, None)
