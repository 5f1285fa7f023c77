"""How often, in the words of wards: understood wholly, or not at all."""

from __future__ import annotations

import pytest

from codedark.continuity.charts.frequency_tables import own_frequencies, schedule_of
from codedark.continuity.charts.schedule import Frequency
from codedark.continuity.entries.said_often import Often, offered, often_said

SCHEDULE = schedule_of("Europe/Brussels", {})


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("TID", Often("TID")),
        ("three times a day", Often("TID")),
        ("driemaal per dag", Often("TID")),
        ("Une fois par jour", Often("DAILY")),
        ("zur Nacht", Often("QHS")),
        ("3x/dag", Often("3XDAY")),
        ("3 dd", Often("3XDAY")),
        ("3-mal täglich", Often("3XDAY")),
        ("2 fois par jour", Often("2XDAY")),
        ("every 8 hours", Often("Q8H")),
        ("om de 6 uur", Often("Q6H")),
        ("toutes les 4 heures", Often("Q4H")),
        ("alle 12 Stunden", Often("Q12H")),
        ("tous les jours", Often("DAILY")),
        ("08:00 20:00", Often("", ("08:00", "20:00"))),
        ("om 8u00 en 20u00", Often("", ("08:00", "20:00"))),
        ("twice a day, at 07:30 and 19:30", Often("BID", ("07:30", "19:30"))),
        ("zo nodig", Often("PRN")),
        ("at once", Often("STAT")),
        ("q4h", Often("q4h")),
        ("8:00 am", Often("am", ("08:00",))),
        ("au coucher 22h30", Often("QHS", ("22:30",))),
    ],
)
def test_what_wards_write_is_understood(said: str, meant: Often) -> None:
    assert often_said(said, SCHEDULE) == meant


@pytest.mark.parametrize(
    "said",
    [
        "", "as on the chart", "until 20:00", "twice a day 08:00", "three times a day 08:00 20:00", "once at 14:00",
        "once a week 08:00", "Monday 08:00", "if systolic is above 160", "every 4 to 6 hours", "Q4-6H",
        "max 3x per day", "25:00", "8", "0x per day", "when needed 08:00", "x",
        "8:00 pm", "10:30 PM", "12:00 am", "au coucher 9h00", "08:00 08:00",
    ],
)  # fmt: skip
def test_no_hour_is_made_up_of_half_a_sentence(said: str) -> None:
    assert often_said(said, SCHEDULE) is None


@pytest.mark.parametrize("language", ["en", "nl", "fr", "de"])
def test_all_that_a_form_offers_is_understood(language: str) -> None:
    assert [each for each in offered(language) if often_said(each, SCHEDULE) is None] == []
    assert len(offered(language)) == len(set(offered(language)))


def test_a_site_means_what_it_says_itself() -> None:
    own = own_frequencies(b'frequencies: {TID: {times: ["07:00", "13:00", "19:00"]}}', "own")
    found = often_said("three times a day", schedule_of("Europe/Brussels", own))
    assert found is not None
    assert schedule_of("Europe/Brussels", own).told(found.frequency) == Frequency(("07:00", "13:00", "19:00"))
