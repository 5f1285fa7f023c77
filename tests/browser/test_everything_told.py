"""One patient who has everything, from HL7 v2 and from FHIR R4 to the page in Chromium and the printed sheets."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from codedark.app.simulation.times import moment
from tests.browser.conftest import unlock
from tests.oracle import everything_told
from tests.oracle.printed_wards import plain, printed_differences
from tests.oracle.seen_wards import seen_differences
from tests.oracle.wards_with_packs import Ward, wards_with_packs


@pytest.fixture(scope="module", params=["hl7", "fhir"])
def ward(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ward:
    """The ward where the patient lies, with phones and a protocol of the hospital's own."""
    folder = tmp_path_factory.mktemp("everything")
    own = folder / "home" / "continuity" / "protocols"
    own.mkdir(parents=True)
    (own / "sepsis.md").write_text("# Sepsis\n\n1. Lactate\n")
    (own.parent / "phones.csv").write_text("ward,name,role,phone\n,Blood bank,,4711\n,Jo Maes,cardiologist,4455\n")
    file = everything_told.MESSAGES if request.param == "hl7" else everything_told.RESOURCES
    model = everything_told.model(folder / "model")
    now_us = moment(everything_told.NOW)
    return wards_with_packs(model, folder / "home", [file], now_us, [everything_told.WARD])[everything_told.WARD]


def test_a_nurse_sees_everything_that_was_told_and_nothing_else(chromium: Browser, ward: Ward) -> None:
    shown = chromium.new_context(locale="en-GB").new_page()
    shown.goto(ward.html.as_uri())
    unlock(shown, ward.passphrase)
    assert seen_differences(shown, ward.page) == []
    text = plain(shown.inner_text("main"))
    assert [each for each in (*everything_told.TOLD, "4455") if plain(each) not in text] == []
    shown.evaluate("() => { location.hash = 'phones'; }")
    shown.get_by_text("Blood bank").wait_for()
    shown.context.close()


def test_paper_says_what_the_page_says(ward: Ward, tmp_path: Path) -> None:
    assert printed_differences(ward.page, ward.documents, tmp_path) == []


def test_what_is_on_paper_of_another_patient_or_is_lost_is_found(ward: Ward, tmp_path: Path) -> None:
    bed = next(bed for bed in ward.page["beds"] if bed.get("chart"))
    lost = {**bed["chart"], "drugs": [{"name": "Aspirin", "dose": "77"}], "given": [], "allergies": []}
    other = {**bed["chart"], "id": "4711002"}
    spoilt = {**ward.page, "beds": [{**bed, "chart": lost}, {**bed, "chart": other}]}
    told = " ".join(printed_differences(spoilt, ward.documents, tmp_path))
    for sentence in (
        "lacks Aspirin",
        "lacks 77",
        "has Enoxaparin of others",
        "has Penicillin of others",
        "4711002 lacks",
    ):
        assert sentence in told
