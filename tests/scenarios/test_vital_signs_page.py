"""`codedark ward serve`: vital signs that were measured together are written in one go, or none of them is."""

from __future__ import annotations

import re
from pathlib import Path

from codedark.continuity.entries.entry import Entry, Observation
from codedark.store.station.station import Station
from tests.scenarios.test_station_page import SAID, Browser, browser, row_of
from tests.ward_entries import rows

__all__ = ["browser"]
SET = {"f-breathing": "16", "f-saturation": "97", "f-systolic": "120", "f-diastolic": "80", "f-heart": "75",
       "f-temperature": "37,5", "f-consciousness": "A: alert"}  # fmt: skip


def written(tmp_path: Path) -> list[Entry]:
    with Station(tmp_path / "one") as station:
        return [link.entry for link in station.chain()]


def values(entries: list[Entry]) -> dict[str, str]:
    return {each.content.code: each.content.value for each in entries if isinstance(each.content, Observation)}


def test_a_set_is_one_entry_for_each_value_also_where_it_is_sent_twice(browser: Browser, tmp_path: Path) -> None:
    form = browser.ask("GET", "/enter/vitals?patient=4711")
    sent = SAID | SET | {"next": row_of(form), "at": "20m"}
    done = browser.ask("POST", "/enter/vitals", sent)
    assert (done.status, "✓ WRITTEN" in done.text, "Temperature 37.5 °C" in done.text) == (200, True, True)
    again = browser.ask("POST", "/enter/vitals", sent | {"f-pain": "2"})
    assert (again.status, "WRITTEN" in again.text) == (200, True)
    entries = written(tmp_path)
    assert values(entries) == {"9279-1": "16", "59408-5": "97", "8480-6": "120", "8462-4": "80", "8867-4": "75",
                               "8310-5": "37.5", "67775-7": "A: alert", "72514-3": "2"}  # fmt: skip
    assert len(entries) == len({each.id for each in entries}) == 8
    together = entries[:-1]
    assert len({(each.effective_us, each.recorded_us, each.author, each.patient) for each in together}) == 1
    assert rows(9)[8] == entries[-1].id  # what was forgotten has the row of its place
    assert row_of(browser.ask("GET", "/enter/note?patient=4711")) == rows(10)[9]


def test_one_wrong_value_leaves_all_out_and_what_was_typed_is_kept(browser: Browser, tmp_path: Path) -> None:
    sent = SAID | SET | {"next": rows(1)[0], "f-systolic": "120/80", "f-heart": "750"}
    refused = browser.ask("POST", "/enter/vitals", sent)
    assert (refused.status, written(tmp_path)) == (422, [])
    assert "NOT CHARTED. Nothing was written." in refused.text
    assert "Systolic blood pressure: 120/80 is no number. Write one number alone, as 120." in refused.text
    assert "Heart rate 750 /min: is this right?" in refused.text
    kept = dict(re.findall(r'name="(f-\w+)" value="([^"]*)"', refused.text))
    assert kept == {name: value for name, value in sent.items() if name in kept} | {"f-oxygen": "", "f-pain": ""}
    assert re.search(r'<option value="A: alert" selected>', refused.text)
    assert re.findall(r'id="f-(\w+)"[^>]* aria-invalid="true"', refused.text) == ["systolic", "heart"]


def test_who_is_sure_is_sure_of_that_value_alone(browser: Browser, tmp_path: Path) -> None:
    fever = SAID | SET | {"next": rows(1)[0], "f-temperature": "43.5", "f-heart": "310"}
    asked = browser.ask("POST", "/enter/vitals", fever)
    assert re.findall(r'type="checkbox" name="(sure-\w+)" value="([\d.]+)"', asked.text) == [
        ("sure-heart", "310"), ("sure-temperature", "43.5"),
    ]  # fmt: skip
    half = browser.ask("POST", "/enter/vitals", fever | {"sure-temperature": "43.5"})
    assert (half.status, '<input type="hidden" name="sure-temperature" value="43.5">' in half.text) == (422, True)
    other = fever | {"f-temperature": "435", "sure-temperature": "43.5", "sure-heart": "310"}
    assert browser.ask("POST", "/enter/vitals", other).status == 422
    assert written(tmp_path) == []
    done = browser.ask("POST", "/enter/vitals", fever | {"sure-temperature": "43.5", "sure-heart": "310"})
    assert (done.status, values(written(tmp_path))["8310-5"]) == (200, "43.5")


AGAINST = (
    ({"name": "", "born": ""}, "Check two identifiers"),
    ({"at": "soon"}, "is no time"),
    ({"row": "EBB000001X"}, "is no number of a form row"),
    (dict.fromkeys(SET, ""), "Write at least one value."),
    (dict.fromkeys(SET, "") | {"row": rows(1, station=0)[0]}, "Write at least one value."),
    ({"f-consciousness": "asleep"}, "is none of the choices"),
    ({"f-heart": '"><script>'}, "&lt;script&gt; is no number"),
)


def test_what_stands_against_it_is_told_and_nothing_is_written(browser: Browser, tmp_path: Path) -> None:
    for changed, told in AGAINST:
        refused = browser.ask("POST", "/enter/vitals", SAID | SET | {"next": rows(1)[0]} | changed)
        assert (refused.status, told in refused.text) == (422, True), changed
        assert re.findall("<script[^>]*>", refused.text) == ['<script src="/station.js" defer>']
    assert written(tmp_path) == []


def test_a_row_on_paper_is_the_first_values_and_is_not_taken_twice(browser: Browser, tmp_path: Path) -> None:
    paper = rows(1, station=0)[0]
    sent = SAID | SET | {"row": paper, "at": "1h"}
    assert browser.ask("POST", "/enter/vitals", sent | {"next": rows(1)[0]}).status == 200
    assert [each.id for each in written(tmp_path)][:2] == [paper, rows(2)[1]]
    again = browser.ask("POST", "/enter/vitals", sent | {"next": rows(20)[19], "at": "30m"})
    assert (again.status, "used for another act already" in again.text, len(written(tmp_path))) == (422, True, 7)


def test_where_the_disk_refuses_the_form_comes_back_with_what_was_typed(browser: Browser, tmp_path: Path) -> None:
    with Station(tmp_path / "one") as station:
        station._db.execute(  # the disk refuses the third
            "CREATE TRIGGER full BEFORE INSERT ON link WHEN NEW.number = 3 BEGIN SELECT RAISE(FAIL, 'full'); END"
        )
    refused = browser.ask("POST", "/enter/vitals", SAID | SET | {"next": rows(1)[0]})
    assert (refused.status, "NOT WRITTEN" in refused.text, 'value="37,5"' in refused.text) == (422, True, True)
    assert written(tmp_path) == []
