"""A nurse at the ward station in Chromium: a dose, a correction, somebody unknown, a restart, a screen left alone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from codedark.continuity.entries.entry import Administration, Admission, Entry, Observation
from codedark.store.station.station import Station
from tests.browser.served_station import NURSE, PIN, made_station, served
from tests.browser.test_accessible import LEAST_PIXELS, SMALL_TARGETS, WITHOUT_NAME, axe, violations
from tests.ward_entries import rows

PATIENT = "5012345"
VIEWS = ("/", "/due", f"/patient/{PATIENT}", "/list", "/clock", "/people", f"/enter/given?patient={PATIENT}&order=d3",
         f"/enter/order?patient={PATIENT}", f"/enter/phone-result?patient={PATIENT}", "/enter/admission",
         f"/enter/vitals?patient={PATIENT}")  # fmt: skip
LANGUAGES = {"nl": "Voor wie?", "fr": "Pour qui ?", "de": "Für wen?", "en": "For whom?"}


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_station(tmp_path_factory.mktemp("ward"))


@pytest.fixture(scope="module")
def address(station: Path) -> Iterator[str]:
    with served(station) as at:
        yield at


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context(locale="en-GB", viewport={"width": 1100, "height": 800})
    made.set_default_timeout(60_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, address: str) -> Page:
    """Signed in."""
    shown = context.new_page()
    signed_in(shown, address)
    return shown


def signed_in(shown: Page, address: str, who: str = NURSE) -> None:
    shown.goto(f"{address}/")
    if shown.locator(f"option:text-is('{who}')").count():
        shown.select_option("#who", who)
        shown.fill("#pin", PIN)
        shown.keyboard.press("Enter")
    else:
        shown.fill("#new-who", who)
        shown.fill("#new-pin", PIN)
        shown.fill("#again", PIN)
        shown.keyboard.press("Enter")
    expect(shown.locator("header button")).to_contain_text(who)


def written(station: Path) -> list[Entry]:
    with Station(station) as opened:
        return [link.entry for link in opened.chain()]


def test_a_dose_is_charted_corrected_and_undone(page: Page, address: str, station: Path) -> None:
    page.fill("#number", PATIENT)  # as a scanner types
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(f"Peeters Maria, {PATIENT}")
    expect(page.locator("main")).to_contain_text("Penicillin (anaphylaxis)")
    page.get_by_role("link", name="Given: Elixir").click()
    page.wait_for_load_state()  # the script that leads a scanner on is there then
    page.fill("#wristband", PATIENT)
    page.keyboard.press("Enter")
    expect(page.locator("#born")).to_be_focused()
    page.keyboard.type("02/03/1941")
    page.fill("#f-dose", "5.0")
    page.fill("#f-unit", "millilitre")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("alert").first).to_contain_text("none at the end")
    page.fill("#f-dose", "5")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("status")).to_contain_text("WRITTEN")
    dose = written(station)[-1].content
    assert isinstance(dose, Administration)
    assert (dose.order, dose.dose) == ("d9", "5")

    page.get_by_role("link", name="Given: Elixir").click()
    expect(page.locator("fieldset").first).to_contain_text("You checked within ten minutes: 1941-03-02, 5012345")
    page.fill("#f-dose", "5")
    page.fill("#f-unit", "millilitre")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("alert").first).to_contain_text("was given to this patient already")
    assert len(written(station)) == 1

    page.goto(f"{address}/patient/{PATIENT}")
    page.get_by_role("link", name="Correct: given Elixir").click()
    page.fill("#f-dose", "10")
    page.fill("#why", "Wrong dose or value")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("status")).to_contain_text("instead of: given Elixir")
    page.get_by_role("status").get_by_role("link", name="Undo").click()
    page.fill("#why", "Not done")
    page.get_by_role("button", name="Undo it").click()
    expect(page.locator(".lines")).to_contain_text("UNDONE by")
    expect(page.locator(".lines")).to_contain_text("CORRECTED by")
    assert [each.kind for each in written(station)] == ["administration", "administration", "void"]


def test_a_high_alert_drug_needs_a_second_person_with_a_pin(
    page: Page, chromium: Browser, address: str, station: Path
) -> None:
    other = chromium.new_context(locale="en-GB")
    signed_in(other.new_page(), address, "J. Maes")
    other.close()
    page.goto(f"{address}/enter/given?patient={PATIENT}&order=d3")
    page.fill("#wristband", PATIENT)
    page.fill("#name", "Peeters")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("alert").first).to_contain_text("high-alert drug")
    page.select_option("#witness", "J. Maes")
    page.fill("#wpin", "9999")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("alert").first).to_contain_text("This is not the PIN of J. Maes.")
    page.fill("#wpin", PIN)
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("status")).to_contain_text("WRITTEN")
    assert (written(station)[-1].author, written(station)[-1].witness) == (NURSE, "J. Maes")


def test_who_is_alone_is_asked_first_for_a_second_person_and_then_why_there_is_none(
    page: Page, address: str, station: Path
) -> None:
    before = len(written(station))
    page.goto(f"{address}/enter/given?patient={PATIENT}&order=d2")
    page.fill("#wristband", PATIENT)
    page.fill("#name", "Peeters")
    expect(page.locator("#alone")).to_have_count(0)
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("alert").first).to_contain_text("marked NO SECOND PERSON")
    boxes = [page.locator(each).first.bounding_box() for each in ("fieldset.stop legend", "#alone", "#wristband")]
    heights = [box["y"] for box in boxes if box]
    assert heights == sorted(heights)
    assert len(written(station)) == before
    assert violations(page, axe()) == []
    assert page.evaluate(SMALL_TARGETS, LEAST_PIXELS) == []
    page.get_by_label("Then say why, if the dose was given").fill("Nobody else on the ward")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("status")).to_contain_text("WRITTEN")
    expect(page.get_by_role("status")).to_contain_text("NO SECOND PERSON stands with this entry")
    mark = page.locator(".lines .mark").first
    expect(mark).to_have_text(f"{NURSE} (NO SECOND PERSON signed: Nobody else on the ward)")
    assert violations(page, axe()) == []
    assert (written(station)[-1].alone, written(station)[-1].witness) == ("Nobody else on the ward", "")

    page.get_by_role("status").get_by_role("link", name="Correct").click()
    page.fill("#why", "Somebody else looked at it afterwards")
    if not page.locator("#wnew").is_visible():
        page.get_by_text("The second person has no PIN here yet?").click()
    page.fill("#wnew", "T. Adams")
    page.fill("#wnewpin", PIN)
    page.fill("#wagain", PIN)
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("status")).to_contain_text(f"{NURSE}, T. Adams")
    expect(page.locator(".lines")).to_contain_text("NO SECOND PERSON signed")  # the history stays
    expect(page.locator(".lines .mark").filter(has_text="NO SECOND PERSON")).to_have_count(0)


def test_vital_signs_are_typed_one_after_the_other_and_written_together(
    page: Page, address: str, station: Path
) -> None:
    before = len(written(station))
    page.goto(f"{address}/patient/{PATIENT}")
    page.get_by_role("link", name="Vital signs, all at once").click()
    page.fill("#wristband", PATIENT)
    page.fill("#name", "Peeters")
    page.locator("#f-breathing").focus()
    for typed in ("16", "97", "0", "120/80", "80", "75", "385", "A", "2"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    expect(page.locator("#at")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    refused = page.get_by_role("alert").first
    expect(refused).to_contain_text("Systolic blood pressure: 120/80 is no number")
    expect(refused).to_contain_text("Temperature 385 °C: is this right?")
    expect(page.locator("#f-systolic")).to_have_accessible_description(re.compile("Write one number alone"))
    expect(page.locator("#f-consciousness")).to_have_value("A: alert")
    assert violations(page, axe()) == []
    assert page.evaluate(SMALL_TARGETS, LEAST_PIXELS) == []
    assert len(written(station)) == before

    page.fill("#f-systolic", "120")
    page.fill("#f-temperature", "38,5")
    page.get_by_role("button", name="Write it down").click()
    done = page.get_by_role("status")
    expect(done).to_contain_text("WRITTEN")
    expect(done).to_contain_text("Temperature 38.5 °C")
    assert violations(page, axe()) == []
    together = written(station)[before:]
    assert [each.content.value for each in together if isinstance(each.content, Observation)] == [
        "16", "97", "0", "120", "80", "75", "38.5", "A: alert", "2",
    ]  # fmt: skip
    assert len({(each.effective_us, each.author) for each in together}) == 1


def test_somebody_unknown_comes_in_and_a_row_on_paper_is_checked(page: Page, address: str, station: Path) -> None:
    paper = rows(2, station=0)
    page.get_by_role("link", name="Somebody comes in").click()
    page.fill("#f-name", "Unknown <b>Birch</b>")
    page.locator("main summary").first.click()
    page.fill("#row", paper[0][:-1] + ("A" if paper[0][-1] != "A" else "B"))
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("alert").first).to_contain_text("is no number of a form row")
    page.fill("#row", paper[0].lower())
    page.get_by_role("button", name="Write it down").click()
    came = written(station)[-1]
    assert isinstance(came.content, Admission)
    assert came.id == paper[0]
    expect(page.locator("h1")).to_have_text(f"Unknown <b>Birch</b>, {came.patient}")
    page.goto(f"{address}/")
    expect(page.locator(".people")).to_contain_text("Unknown <b>Birch</b>")


def test_it_starts_again_with_no_network_and_knows_what_was_charted(chromium: Browser, tmp_path: Path) -> None:
    station = made_station(tmp_path)
    context = chromium.new_context(locale="en-GB")
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with served(station) as first:
        signed_in(page, first)
        page.goto(f"{first}/enter/note?patient={PATIENT}")
        page.fill("#wristband", PATIENT)
        page.fill("#name", "Peeters")
        page.fill("#f-title", "night")
        page.fill("#f-text", "sleeps")
        page.get_by_role("button", name="Write it down").click()
        expect(page.get_by_role("status")).to_contain_text("On this disk ALONE")
        assert {url.split("/")[2] for url in asked} == {first.removeprefix("http://")}
    with served(station) as second:  # power came back
        signed_in(page, second)
        page.goto(f"{second}/list")
        expect(page.locator(".lines")).to_contain_text("note: night: sleeps")
    context.close()


def test_a_screen_that_nobody_watches_locks_and_keeps_what_was_typed(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    page.clock.install()
    signed_in(page, address)
    page.goto(f"{address}/enter/note?patient={PATIENT}")
    page.fill("#f-text", "half a sentence")
    page.clock.run_for(302_000)
    expect(page.locator("#locked")).to_be_visible()
    expect(page.locator("main")).to_be_hidden()
    page.fill("#unlock-pin", "0000")
    page.keyboard.press("Enter")
    expect(page.locator("#unlock-wrong")).to_contain_text("This is not the PIN")
    page.fill("#unlock-pin", PIN)
    page.keyboard.press("Enter")
    expect(page.locator("#f-text")).to_have_value("half a sentence")


def test_the_keyboard_alone_charts_a_note(page: Page, address: str, station: Path) -> None:
    expect(page.locator("#number")).to_be_focused()
    page.keyboard.type(PATIENT)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Peeters Maria")
    page.get_by_role("link", name="Note", exact=True).focus()
    page.keyboard.press("Enter")
    page.locator("#wristband").focus()
    for text in (PATIENT, "02/03/1941", "Peeters", "night", "by keyboard"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.locator("#f-text").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Write it down")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("by keyboard")


@pytest.mark.parametrize("language", LANGUAGES if os.environ.get("LAWS") == "thorough" else ["nl"])
def test_each_view_can_be_read_hit_and_named_in_each_language(page: Page, address: str, language: str) -> None:
    page.goto(f"{address}/")
    page.locator(f"a[lang={language}]").click()
    expect(page.locator("h1")).to_have_text(LANGUAGES[language])
    program = axe()
    for view in VIEWS:
        page.goto(f"{address}{view}")
        assert page.locator("html").get_attribute("lang") == language
        for line in page.locator("details").all():
            line.evaluate("each => { each.open = true; }")
        assert page.evaluate(SMALL_TARGETS, LEAST_PIXELS) == [], view
        assert [each for each in page.evaluate(WITHOUT_NAME) if "hidden" not in each] == [], view
        assert violations(page, program) == [], view
        page.set_viewport_size({"width": 320, "height": 640})  # and so 1280 pixels at 400 % (WCAG 2.2, 1.4.10)
        assert page.evaluate("() => document.scrollingElement.scrollWidth") <= 320, view
        page.set_viewport_size({"width": 1100, "height": 800})
        if language != "en":
            assert not re.search(r"\b(Write|Charted|Given|Undo|patient number)\b", page.locator("body").inner_text()), (
                view
            )


def test_a_refusal_and_the_sign_in_pass_axe_too(context: BrowserContext, address: str) -> None:
    page, program = context.new_page(), axe()
    page.goto(f"{address}/")
    assert violations(page, program) == []
    signed_in(page, address)
    page.goto(f"{address}/enter/given?patient={PATIENT}&order=d3")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("alert").first).to_contain_text("Check two identifiers")
    assert violations(page, program) == []
