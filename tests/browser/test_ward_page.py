"""A nurse opens the page of the ward from a disk, in Chromium, and finds what she needs."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from codedark.continuity.packs.page_lock import as_json
from codedark.continuity.pages.page import heading, page
from codedark.continuity.pages.payload import payload
from codedark.store.packs.page_lock import locked, new_page_key
from tests.browser.conftest import PASSPHRASE, unlock
from tests.ward_packs import LONG, a_pack

VIEWS = ("ward", "patient/0", "patient/4", "due", "moves", "pending", "isolation", "phones", "protocols", "numbers")
HIDDEN_WORDS = re.compile(r"undefined|\[object|NaN|\{\w+\}")


def test_it_opens_with_the_passphrase_however_that_is_typed(chromium: Browser, earnest_page: Path) -> None:
    locked_page = chromium.new_page()
    locked_page.goto(earnest_page.as_uri())
    unlock(locked_page, f"  {PASSPHRASE.upper().replace(' ', '-')} ")
    expect(locked_page.locator("h1")).to_be_focused()
    beds = [text.split()[-1] for text in locked_page.locator(".card .bed").all_inner_texts()]
    assert beds == ["201-A", "201-B", "202-A", "202-B", "203-A", "203-A", "203-B"]
    expect(locked_page.locator(".card").last).to_contain_text("empty")
    locked_page.close()


def test_a_wrong_passphrase_is_refused_in_plain_words(locked_page: Page) -> None:
    locked_page.fill("#passphrase", "copper lantern seven gravel orbit window")
    locked_page.keyboard.press("Enter")
    expect(locked_page.locator("#wrong")).to_contain_text("This is not the passphrase of this ward.")
    expect(locked_page.locator("#passphrase")).to_be_focused()
    assert "Peeters" not in locked_page.content()
    unlock(locked_page)


@pytest.mark.parametrize("field", ["ciphertext", "about", "ephemeral_key", "nonce"])
def test_an_altered_page_says_that_it_is_damaged(
    chromium: Browser, ward_page: Path, tmp_path: Path, field: str
) -> None:
    html = ward_page.read_text(encoding="utf-8")
    held = re.search(r'id="lock">(.+?)</script>', html)
    assert held
    lock = json.loads(held[1])
    lock[field] = ("B" if lock[field][-9] != "B" else "C").join((lock[field][:-9], lock[field][-8:]))
    altered = tmp_path / "altered.html"
    altered.write_text(html.replace(held[1], json.dumps(lock)), encoding="utf-8")
    context = chromium.new_context(locale="en-GB")
    shown = context.new_page()
    shown.goto(altered.as_uri())
    shown.fill("#passphrase", PASSPHRASE)
    shown.keyboard.press("Enter")
    expect(shown.locator("#wrong")).to_contain_text(
        "The passphrase is right, but this page is damaged.", timeout=60_000
    )
    assert "Peeters" not in shown.content()
    context.close()


def test_nothing_of_a_patient_can_be_read_without_the_passphrase(ward_page: Path) -> None:
    html = ward_page.read_text(encoding="utf-8")
    secret = ("Peeters", "5012345", "Furosemide", "Penicillin", "MRSA", LONG)
    assert [each for each in secret if each in html] == []


def test_the_page_makes_no_request_and_could_make_none(chromium: Browser, ward_page: Path) -> None:
    context = chromium.new_context()
    shown = context.new_page()
    asked: list[str] = []
    shown.on("request", lambda request: asked.append(request.url))
    shown.goto(ward_page.as_uri())
    unlock(shown)
    for view in VIEWS:
        shown.evaluate("view => { location.hash = view; }", view)
    assert asked == [ward_page.as_uri()]
    with pytest.raises(Error, match="Failed to fetch"):
        shown.evaluate("() => fetch('http://127.0.0.1:9/')")
    context.close()


def test_search_finds_by_name_number_bed_and_birth(open_page: Page) -> None:
    for typed, count in (
        ("peeters", 2),
        ("peeters maria", 1),
        ("5012400", 1),
        ("201", 2),
        ("1941-03-02", 1),
        ("zzz", 0),
    ):
        open_page.fill("#search", typed)
        expect(open_page.locator(".card")).to_have_count(count)
        expect(open_page.locator("#said")).to_have_text("1 patient found" if count == 1 else f"{count} patients found")
    open_page.fill("#search", "")
    expect(open_page.locator(".card")).to_have_count(7)


def test_the_keyboard_alone_reaches_a_patient_and_comes_back(locked_page: Page) -> None:
    locked_page.keyboard.type(PASSPHRASE)
    locked_page.keyboard.press("Enter")
    locked_page.wait_for_selector(".beds")
    locked_page.keyboard.press("Tab")
    expect(locked_page.locator("#search")).to_be_focused()
    locked_page.keyboard.press("Tab")
    locked_page.keyboard.press("Enter")
    expect(locked_page.locator("h1")).to_contain_text("Peeters, Maria")
    expect(locked_page.locator("h1")).to_be_focused()
    locked_page.keyboard.press("Shift+Tab")
    locked_page.keyboard.press("Shift+Tab")
    expect(locked_page.get_by_role("link", name="Back to the ward")).to_be_focused()
    locked_page.keyboard.press("Enter")
    expect(locked_page.locator("h1")).to_have_text("Ward")
    locked_page.go_back()
    expect(locked_page.locator("h1")).to_contain_text("Peeters, Maria")


def test_the_chart_shows_everything_that_the_pack_holds(open_page: Page) -> None:
    open_page.evaluate("() => { location.hash = 'patient/0'; }")
    expect(open_page.locator("h1")).to_contain_text("Peeters, Maria")
    text = " ".join(open_page.locator("main").inner_text().split())
    chart = a_pack().beds[0].chart
    assert chart
    told = [each.substance for each in chart.allergies] + [each.text for each in chart.alerts]
    told += [each.name for each in chart.drugs] + [each.name for each in chart.pending]
    told += [each.name for each in (*chart.results, *chart.vitals, *chart.measures)]
    told += [each.value for each in (*chart.results, *chart.vitals)] + [each.accession for each in chart.pending]
    told += [" ".join(each.text.split()) for each in (*chart.notes, *chart.imaging, *chart.microbiology)]
    told += (
        [each.what for each in chart.appointments]
        + [each.name for each in chart.contacts]
        + [each.about for each in chart.doubts]
    )
    assert [each for each in told if each not in text] == []
    written = ("0.125 mg", "6 units", "5 micrograms/kg/minute", "25\u202f000 international units", "DOSE NOT RECORDED")
    assert [each for each in written if " ".join(each.split()) not in text] == []
    assert "predniSONE written: prednisone" in text
    assert "VERY HIGH" in text
    assert "HELD BACK" in text
    assert "5.0 mg" not in text


def test_every_group_says_how_old_it_is_and_whether_its_feed_has_stalled(open_page: Page) -> None:
    for place in (0, 4):
        open_page.evaluate("place => { location.hash = `patient/${place}`; }", place)
        expect(open_page.locator("main h1")).to_be_focused()
        groups = open_page.locator("section.group[aria-labelledby]")
        assert groups.count() == 19
        for text in groups.all_inner_texts():
            assert ("ago" in text) if place == 0 else ("Age not known: verify" in text), text
    open_page.evaluate("() => { location.hash = 'patient/0'; }")
    expect(open_page.locator("section:has(#group-laboratory)")).to_contain_text(
        "STALLED: nothing new has come from LIS"
    )
    expect(open_page.locator("#bar .stalled")).to_have_text(
        re.compile(r"SILENT FEEDS.*LIS: nothing since .*, 2 hours 2\d minutes ago$")
    )


@pytest.mark.parametrize(
    ("view", "group"),
    [("ward", "Allergies"), ("due", "Medication chart"), ("pending", "Pending"), ("isolation", "Alerts")],
)
def test_a_list_of_the_ward_says_how_old_the_oldest_of_it_is(open_page: Page, view: str, group: str) -> None:
    open_page.evaluate("view => { location.hash = view; }", view)
    told = open_page.locator("main > .ages > .as-of", has_text=f"{group}, the oldest of the ward")
    expect(told).to_contain_text("ago")
    if view == "pending":
        expect(told).to_contain_text("STALLED")


def test_a_page_that_stays_says_that_there_is_no_newer_pack_and_how_old_this_one_is(open_page: Page) -> None:
    expect(open_page.locator(".newer")).to_contain_text(
        re.compile(r"NO NEWER PACK: this one was made \d\d minutes ago\.")
    )


def test_a_page_says_so_too_when_it_is_left_open_and_nothing_newer_is_there(chromium: Browser, tmp_path: Path) -> None:
    pack = a_pack(time.time_ns() // 1000)
    lock = locked(payload(pack), new_page_key(PASSPHRASE, 1000), "C2")
    path = tmp_path / "C2.html"
    path.write_text(page(heading(pack), as_json(lock)), encoding="utf-8")
    context = chromium.new_context(locale="en-GB")
    shown = context.new_page()
    shown.clock.install()
    shown.goto(path.as_uri())
    unlock(shown)
    expect(shown.locator(".newer")).to_be_empty()
    shown.clock.fast_forward("11:00")
    expect(shown.locator(".newer")).to_contain_text(re.compile(r"NO NEWER PACK: this one was made 1\d minutes ago\."))
    context.close()


def test_unknown_is_never_none(open_page: Page) -> None:
    cards = open_page.locator(".card").all_inner_texts()
    assert "No known allergies" in cards[1]
    assert "Allergies NOT RECORDED: ask" in cards[2]
    open_page.evaluate("() => { location.hash = 'patient/4'; }")
    expect(open_page.locator("section:has(#group-allergies)")).to_contain_text("Not recorded")
    expect(open_page.locator("section:has(#group-medication)")).to_contain_text("Not recorded")


def test_patients_who_could_be_mistaken_are_marked(open_page: Page) -> None:
    cards = open_page.locator(".card").all_inner_texts()
    assert "SAME SURNAME: Peeters, Jan (Bed 201-B)" in cards[0]
    assert all("TWO PATIENTS IN ONE BED" in card for card in cards[4:6])
    assert not any("TWO PATIENTS" in card for card in cards[:4])


def test_a_name_cannot_become_markup_or_turn_text_around(open_page: Page) -> None:
    assert open_page.locator("main b").count() == 0
    expect(open_page.locator(".card").nth(3)).to_contain_text("\\u202e<b>Adolphus</b>")


@pytest.mark.parametrize(
    ("language", "word"), [("nl", "Afdeling"), ("fr", "Service"), ("de", "Station"), ("en", "Ward")]
)
def test_each_language_has_words_for_everything_and_changes_no_text(open_page: Page, language: str, word: str) -> None:
    open_page.select_option("#language", language)
    expect(open_page.locator("html")).to_have_attribute("lang", language)
    expect(open_page.locator("h1")).to_have_text(word)
    for view in VIEWS:
        open_page.evaluate("view => { location.hash = view; }", view)
        expect(open_page.locator("main")).to_have_class(view.split("/")[0])
        text = open_page.locator("body").inner_text()
        assert HIDDEN_WORDS.findall(text) == [], view
    open_page.evaluate("() => { location.hash = 'patient/0'; }")
    expect(open_page.locator("main")).to_contain_text("Heart failure with atrial fibrillation")
    assert ("0,125 mg" if language != "en" else "0.125 mg") in open_page.locator("main").inner_text()


def test_the_timed_list_has_every_dose_of_the_next_day_and_not_only_the_next(open_page: Page) -> None:
    twice = open_page.evaluate("() => dueTimes({ hours: ['08:00', '20:00'], next: now() - 13 * 3600 })")
    assert len(twice) in {3, 4}  # the overdue one, and of the next day two; one of the last hour stays in the list
    steps = open_page.evaluate("() => dueTimes({ every: 5 * 3600, next: now() + 60 }).map(at => at - now())")
    assert [round(each / 3600) for each in steps] == [0, 5, 10, 15, 20]
    overdue = open_page.evaluate("() => dueTimes({ every: 7 * 3600, next: now() - 100 * 3600 }).map(at => at - now())")
    assert [round(each / 3600) for each in overdue] == [-100, 5, 12, 19]
    open_page.evaluate("() => { state.pack.built = now() - 50 * 3600; }")
    stale = open_page.evaluate("() => dueTimes({ every: 7 * 3600, next: now() - 48 * 3600 }).map(at => at - now())")
    assert [round(each / 3600) for each in stale] == [1, 8, 15, 22]
    assert open_page.evaluate("() => dueTimes({ next: now() - 7200 }).length") == 1
    assert open_page.evaluate("() => dueTimes({ hours: ['08:00', '20:00'] }).length") == 0


def test_the_timed_list_forgets_no_drug_without_an_hour(open_page: Page) -> None:
    insulin = "{ name: 'Insulin lispro', dose: '6', unit: 'U', route: 'SC', frequency: 'AC', status: 'active' }"
    open_page.evaluate(f"() => {{ taken()[0].chart.drugs.push({insulin}); location.hash = 'due'; }}")
    last = open_page.locator("main tr").last
    expect(last).to_contain_text("Insulin lispro")
    expect(last).to_contain_text("before meals")
    for done in ("frequency: 'ONCE', last: 1", "frequency: 'PRN', as_needed: true", "hours: ['08:00']"):
        assert not open_page.evaluate(f"() => isUntimed({{ {done} }})")


def test_reserved_numbers_say_where_to_take_one(open_page: Page) -> None:
    open_page.evaluate("() => { location.hash = 'numbers'; }")
    expect(open_page.locator("main")).to_contain_text("take a numbered set from the end of the forms")


def test_what_is_too_old_says_so(open_page: Page) -> None:
    open_page.evaluate("() => { state.pack.verify_after = now() - 60; show(); }")
    expect(open_page.locator("#bar")).to_contain_text("TOO OLD TO RELY ON")
    open_page.evaluate("() => { state.pack.built = now() + 3600; show(); }")
    expect(open_page.locator("#bar")).to_contain_text("The clock of this computer is earlier")


def test_the_head_says_how_old_the_data_are_beside_when_the_page_was_made(open_page: Page) -> None:
    open_page.evaluate(
        "() => { Object.assign(state.pack, { built: now(), newest: now() - 60, oldest: now() - 3540 }); show(); }"
    )
    expect(open_page.locator("#bar .data")).to_contain_text("59 minutes ago at the oldest")
    assert open_page.locator("#bar .data .mark").count() == 0
    open_page.evaluate("() => { state.pack.oldest = now() - 315 * 86400; show(); }")
    expect(open_page.locator("#bar .data .mark")).to_contain_text("⚠ OLD DATA. Stays and medicines")
    expect(open_page.locator("#bar .data")).to_contain_text("315 days ago at the oldest")
    open_page.evaluate("() => { delete state.pack.oldest; show(); }")
    expect(open_page.locator("#bar .data .mark")).to_contain_text("is not known: verify")


def test_lock_takes_everything_away(open_page: Page) -> None:
    open_page.get_by_role("button", name="Lock").click()
    expect(open_page.locator("#passphrase")).to_be_visible()
    assert "Peeters" not in open_page.content()
