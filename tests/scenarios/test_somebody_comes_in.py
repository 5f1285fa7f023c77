"""Somebody who comes in has one number, that of the paper set if one was taken; a bed that is taken is asked back. What
stands against an entry is told all at once, refusals before questions.
"""

from __future__ import annotations

from pathlib import Path
from time import time_ns

import pytest
from msgspec.structs import replace

from codedark.app.ward.beds import bed_name
from codedark.app.ward.charting import Asked, NotCharted, Unlikely, begin, chart
from codedark.continuity.charts.chart import Place
from codedark.continuity.entries.entry import Admission, Checked, Identifier
from codedark.continuity.packs.numbers import Kind
from codedark.hospital.ward import BedId, WardId
from tests.scenarios.test_station_page import Browser, browser, row_of
from tests.ward_entries import CHECKED, rows

__all__ = ["browser"]
NUMBER = rows(2, station=0, kind=Kind.MRN)[1]


def test_the_number_of_the_paper_set_is_the_patients_and_is_the_first_field(browser: Browser) -> None:
    form = browser.ask("GET", "/enter/admission").text
    assert form.index('name="f-number"') < form.index('name="f-name"') < form.index("<details")
    assert "a wristband with it" not in form
    sent = {"f-name": "Unknown Birch", "f-number": f" {NUMBER.lower()} ", "f-bed": "06-1", "next": rows(1)[0]}
    done = browser.ask("POST", "/enter/admission", sent)
    assert (done.status, f"Write this number on the wrist: {NUMBER}." in done.text) == (200, True)
    assert browser.ask("POST", "/enter/admission", sent).status == 200
    again = browser.ask("GET", "/enter/admission")
    other = {"f-name": "Unknown Oak", "f-bed": "6.1", "next": row_of(again)}
    asked = browser.ask("POST", "/enter/admission", other)
    assert (asked.status, "Bed 6.1: Unknown Birch lies there" in asked.text, 'name="sure"' in asked.text) == (
        422, True, True,
    )  # fmt: skip
    assert browser.ask("POST", "/enter/admission", other | {"sure": "yes"}).status == 200


def test_a_number_that_is_somebodys_is_asked_back_and_a_row_is_no_patient(tmp_path: Path) -> None:
    now_us = time_ns() // 1000
    with begin(tmp_path / "one", "icu-1", 0, 1) as station:
        came = Asked("admission", {"name": "Unknown Birch", "number": NUMBER}, "", (), "M. Claes")
        chart(station, came, now_us, asks_twice=True)
        with pytest.raises(Unlikely, match="is the number of Unknown Birch already"):
            chart(station, came._replace(fields={**came.fields, "name": "Unknown Oak"}), now_us, asks_twice=True)
        with pytest.raises(NotCharted, match="is no reserved patient number"):
            chart(station, came._replace(fields={"name": "Unknown Oak", "number": rows(1)[0]}), now_us)


def test_a_wrong_row_a_name_that_disagrees_and_a_value_that_cannot_be_are_told_together(tmp_path: Path) -> None:
    now_us = time_ns() // 1000
    with begin(tmp_path / "one", "icu-1", 0, 1) as station:
        admitted = chart(station, Asked("admission", {"name": "Unknown Birch"}, "", (), "M. Claes"), now_us).entry
        assert isinstance(admitted.content, Admission)
        checked = (Checked(Identifier.NAME, "Peeters"), replace(CHECKED[1]))
        fields = {"name": "temperature", "value": "385", "unit": "C"}
        fever = Asked("observation", fields, admitted.patient, checked, "M. Claes", row="EBC1")
        with pytest.raises(Unlikely) as told:
            chart(station, fever, now_us)
        reasons = told.value.reasons
        assert [
            next(at for at, each in enumerate(reasons) if part in each)
            for part in ("is no number of a form row", "is not that of patient", "is this right?")
        ] == [0, 1, 2]
        with pytest.raises(NotCharted) as refused:
            chart(station, fever._replace(is_sure=True), now_us)
        assert refused.value.reasons == reasons[:-1]
        assert not isinstance(refused.value, Unlikely)


def test_a_bed_has_one_name_on_the_page_the_prints_and_the_station() -> None:
    assert bed_name(Place(WardId("INT1"), "INT1-06", "1", BedId("INT1-06-1"))) == "06-1"
    assert bed_name(Place(WardId("INT1"), "06", "1")) == "06 · 1"
