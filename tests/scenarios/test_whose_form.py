"""A row of another patient's printed form is asked back, and what is said of it stands with the entry."""

from __future__ import annotations

from pathlib import Path

import pytest

from codedark.app.ward.asking_back import Asks
from codedark.app.ward.charting import Asked, Unlikely, begin, chart
from codedark.app.ward.lines import line_of
from codedark.app.ward.paper_forms import taken
from codedark.app.ward.sheets import remember
from codedark.continuity.entries.entry import Checked, Identifier
from codedark.store.station.station import Station
from tests.command_line import Command
from tests.scenarios.test_station_page import SAID, Browser, browser
from tests.ward_entries import NOON_US, rows

__all__ = ["browser"]
OTHER = "4712"
NOTE = SAID | {"f-title": "night", "f-text": "quiet"}
VITALS = SAID | {"f-temperature": "37.2"}
WHY = "the sheet of 4712 lay there"


def printed_for(station: Station, patient: str) -> tuple[str, ...]:
    """The rows of one sheet that the station prints."""
    (sheet,) = taken(station, [(patient, "observations")], NOON_US)
    remember(station, [sheet])
    return sheet.rows


def note(patient: str, row: str) -> Asked:
    checked = (Checked(Identifier.NUMBER, patient), Checked(Identifier.BORN, "1951-07-23"))
    return Asked("note", {"title": "night", "text": "quiet"}, patient, checked, "M. Claes", row=row)


def test_a_row_of_a_form_that_was_printed_here_is_asked_back_until_somebody_says_why(
    browser: Browser, tmp_path: Path
) -> None:
    with Station(tmp_path / "one") as station:
        row = printed_for(station, OTHER)[0]
    asked = browser.ask("POST", "/enter/note", NOTE | {"row": row})
    assert asked.status == 422
    assert f"Row {row} stands on the form of {OTHER}. Is this an act for 4711?" in asked.text
    assert 'name="why"' in asked.text
    assert "stands on the form of" in browser.ask("POST", "/enter/note", NOTE | {"row": row, "sure": "yes"}).text
    said = NOTE | {"row": row, "sure": "yes", "why": WHY}
    assert [browser.ask("POST", "/enter/note", said).status for _ in range(2)] == [200, 200]
    with Station(tmp_path / "one") as station:
        (entry,) = station.entries()
    assert (entry.patient, entry.why, WHY in line_of(entry)) == ("4711", WHY, True)
    assert WHY in browser.ask("GET", "/patient/4711").text


def test_the_form_for_vital_signs_asks_too(browser: Browser, tmp_path: Path) -> None:
    with Station(tmp_path / "one") as station:
        row = printed_for(station, OTHER)[0]
    asked = browser.ask("POST", "/enter/vitals", VITALS | {"row": row, "f-pulse": "80"})
    assert (asked.status, f"stands on the form of {OTHER}" in asked.text) == (422, True)
    sent = browser.ask("POST", "/enter/vitals", VITALS | {"row": row, "f-pulse": "80", "why": WHY})
    assert sent.status == 200
    with Station(tmp_path / "one") as station:
        assert {each.id == row: each.why for each in station.entries()}[True] == WHY
        assert all(each.why == "" for each in station.entries() if each.id != row)


def test_by_command_it_is_asked_back_and_said_with_why(browser: Browser, tmp_path: Path) -> None:
    del browser
    command = Command(tmp_path, tmp_path)
    with Station(tmp_path / "one") as station:
        row = printed_for(station, OTHER)[0]
    enter = ["ward", "enter", "note", "title=night", "text=quiet", "--patient", "4711", "--name", "Peeters"]
    enter += ["--born", "1951-07-23", "--by", "M. Claes", "--row", row, "--station", "one"]
    assert "--sure, and say with --why" in command.fails(*enter, "--sure")
    assert WHY in command.run(*enter, "--sure", "--why", WHY).out.decode()


@pytest.mark.parametrize(
    ("own", "above", "below", "is_asked"),
    [
        ("4711", OTHER, OTHER, True),
        ("4711", OTHER, "4711", False),
        ("4711", OTHER, "", False),
        (OTHER, OTHER, OTHER, False),
    ],
    ids=["between two rows of another", "between two patients", "behind the last that was typed in", "their own"],
)
def test_of_a_form_of_a_pack_the_rows_around_it_tell_whose_it_is(
    tmp_path: Path, own: str, above: str, below: str, is_asked: bool
) -> None:
    paper = rows(60, station=0)
    with begin(tmp_path / "one", "icu-1", 0, 1) as station:
        for row, patient in ((paper[0], above), (paper[4], below)):
            if patient:
                chart(station, note(patient, row), NOON_US, asks_twice=True)
        if is_asked:
            with pytest.raises(Unlikely, match=f"stands on the form of {OTHER}") as told:
                chart(station, note(own, paper[2]), NOON_US, asks_twice=True)
            assert told.value.asks is Asks.FORM
        else:
            chart(station, note(own, paper[2]), NOON_US, asks_twice=True)
        assert len(station.entries()) == 1 + bool(below) + (not is_asked)


def test_a_sheet_that_was_printed_for_nobody_is_nobodys_between_two_of_one_patient(tmp_path: Path) -> None:
    with begin(tmp_path / "one", "icu-1", 0, 1) as station:
        above, unknown, below = (printed_for(station, each) for each in (OTHER, "", OTHER))
        for row, patient in ((above[-1], OTHER), (below[0], OTHER), (unknown[0], "4711")):
            chart(station, note(patient, row), NOON_US, asks_twice=True)
        assert len(station.entries()) == 3


def test_what_is_charted_on_the_screen_stands_on_nobodys_form(tmp_path: Path) -> None:
    screen = rows(3)
    with begin(tmp_path / "one", "icu-1", 0, 1) as station:
        for row, patient in ((screen[0], OTHER), (screen[2], OTHER), (screen[1], "4711")):
            chart(station, note(patient, row), NOON_US, asks_twice=True)
        assert len(station.entries()) == 3
