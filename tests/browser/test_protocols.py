"""A nurse reads the hospital's own protocols on the page: a little Markdown, and never markup of a source."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.ward_packs import SEPSIS


def test_protocols_have_headings_steps_and_bold_words_and_no_markup_of_their_own(shared_page: Page) -> None:
    shared_page.evaluate("() => { location.hash = 'protocols'; }")
    told = shared_page.locator(".protocol").last
    expect(told.locator("h2")).to_have_text(SEPSIS[0])
    expect(told.locator("h3")).to_have_text("At once")
    assert told.locator("ol li").all_inner_texts() == ["1. Lactate, cultures", "2. 30 ml/kg <b>Ringer</b>"]
    assert told.locator("ul li").all_inner_texts() == ["Ring 4711", "Tell the family"]
    assert told.locator("strong").all_inner_texts() == ["Lactate"]
    expect(told.locator("p")).to_have_text("Write it down.")
    assert shared_page.locator(".protocol").count() == 2


def test_files_beside_the_page_are_named_and_led_to(shared_page: Page) -> None:
    shared_page.evaluate("() => { location.hash = 'protocols'; }")
    beside = shared_page.get_by_role("link", name="protocol-massive bleeding.pdf")
    assert beside.get_attribute("href") == "protocol-massive%20bleeding.pdf"
