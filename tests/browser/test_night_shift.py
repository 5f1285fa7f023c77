"""What a tired nurse stumbles on: hidden by what stays in sight, mixed up, printed without a name, given too early."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, ViewportSize

from codedark.continuity.charts.chart import Allergy, Drug, Severity
from codedark.continuity.packs.pack import Pack
from codedark.continuity.packs.page_lock import as_json
from codedark.continuity.pages.page import heading, page
from codedark.continuity.pages.payload import payload
from codedark.store.packs.page_lock import locked, new_page_key
from tests.browser.conftest import PASSPHRASE, unlock
from tests.printed import sheets_of
from tests.ward_packs import HOUR, a_pack

PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
SUBSTANCES = ("Penicillin", "Vancomycin", "Latex", "Iodinated contrast media, all of them", "Peanut")


def a_night() -> Pack:
    """The ward of `tests.ward_packs` with five allergies in a bed, twins of three days, and an order to come."""
    pack = a_pack(time.time_ns() // 1000 - HOUR // 3)
    first, second, *rest = pack.beds
    assert first.chart
    assert second.chart
    allergies = tuple(Allergy(each, "", "angioedema", Severity.HIGH) for each in SUBSTANCES)
    later = Drug("later", "Dobutamine", "", "5", "ug/kg/min", "IV", "CONT", is_infusion=True,
                 begin_us=pack.built_us + 15 * HOUR)  # fmt: skip
    born = f"{datetime.now(ZoneInfo(pack.time_zone)) - timedelta(days=3):%Y-%m-%d}"
    drugs = (*first.chart.drugs, later)
    twins = [
        replace(chart, identity=replace(chart.identity, born=born))
        for chart in (replace(first.chart, allergies=allergies, drugs=drugs), replace(second.chart, drugs=drugs[:3]))
    ]
    return replace(pack, beds=(replace(first, chart=twins[0]), replace(second, chart=twins[1]), *rest))


@pytest.fixture(scope="module")
def night(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Its page, open."""
    pack, file = a_night(), tmp_path_factory.mktemp("night") / "page.html"
    lock = locked(payload(pack), new_page_key(PASSPHRASE, 1000), "x")
    file.write_text(page(heading(pack), as_json(lock)), encoding="utf-8")
    context = chromium.new_context(locale="en-GB", viewport=PHONE)
    shown = context.new_page()
    shown.set_default_timeout(60_000)
    shown.goto(file.as_uri())
    unlock(shown)
    yield shown
    context.close()


def patient(shown: Page, place: int) -> str:
    shown.goto(f"{shown.url.partition('#')[0]}#patient/{place}")
    shown.wait_for_selector("#group-medication")
    return shown.inner_text("#main")


@pytest.mark.parametrize("size", [(390, 844), (800, 1280), (683, 600), (1366, 768)])
@pytest.mark.parametrize("place", [0, 3])
def test_what_stays_in_sight_leaves_most_of_the_screen_to_the_chart(
    night: Page, size: tuple[int, int], place: int
) -> None:
    """As it was found: on a phone three quarters of the screen were name, alerts and warnings, with the rest behind."""
    patient(night, place)
    night.set_viewport_size({"width": size[0], "height": size[1]})
    night.wait_for_timeout(200)
    night.evaluate("document.getElementById('group-laboratory').scrollIntoView()")
    low, title = night.evaluate(
        """() => [document.querySelector('.top').getBoundingClientRect().bottom,
                  document.getElementById('group-laboratory').getBoundingClientRect().top]"""
    )
    text = night.inner_text("#main")
    night.set_viewport_size(PHONE)
    assert low <= size[1] * 0.4 + 1
    assert title >= low
    assert all(each in text for each in SUBSTANCES) or place
    assert "Isolation: MRSA" in text or place


def test_severe_allergies_say_so_on_the_line_that_stays_in_sight(night: Page) -> None:
    patient(night, 0)
    assert all(f"{each} (SEVERE)" in night.inner_text(".top") for each in SUBSTANCES)


def test_who_has_the_same_surname_and_birthday_is_told_by_the_number(night: Page) -> None:
    text = patient(night, 0)
    assert "SAME SURNAME AND DATE OF BIRTH, compare the number: Peeters, Jan (Bed 201-B)" in text
    assert "SAME SURNAME:" not in text


def test_who_is_three_days_old_is_not_none_month(night: Page) -> None:
    assert re.search(" [34] days ", patient(night, 0).split("Number")[0])  # four, if midnight passed since


def test_who_is_on_leave_is_that_beside_name_and_each_dose_too(night: Page) -> None:
    patient(night, 1)
    assert "ON LEAVE" in night.inner_text(".top")
    night.goto(f"{night.url.partition('#')[0]}#due")
    rows = night.locator("#main tbody tr").all_inner_texts()
    assert {"ON LEAVE" in row for row in rows if "Peeters, Jan" in row} == {True}
    assert {"ON LEAVE" in row for row in rows if "Peeters, Maria" in row} == {False}


def test_an_order_that_has_not_begun_says_so(night: Page) -> None:
    text = patient(night, 0)
    assert re.search(r"Dobutamine\n(?:.*\n){0,3}?.*NOT BEFORE ", text)
    assert text.count("NOT BEFORE") == 1


def test_each_sheet_of_a_browser_s_print_has_name_number_and_allergies(night: Page, tmp_path: Path) -> None:
    """Ctrl-P: a second sheet without a name lies beside the wrong bed; and "3 hours ago" is nothing without a when."""
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (Debian: poppler-utils) is not installed")
    patient(night, 0)
    sheets = sheets_of(night.pdf(format="A4"), tmp_path)
    assert len(sheets) > 1
    told = ("Peeters, Maria", "5012345", "Penicillin (SEVERE)")
    assert [(place, each) for place, sheet in enumerate(sheets) for each in told if each not in sheet] == []
    assert re.search(r"Printed \w{3} \d+ \w+,? \d\d:\d\d", sheets[0])
