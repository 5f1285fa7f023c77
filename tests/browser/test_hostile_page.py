"""The page of a ward whose data are hostile, in a real browser: nothing runs, nothing hides, nothing overflows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Dialog, Page

from codedark.continuity.packs.pack_data import from_bytes
from codedark.continuity.packs.page_lock import as_json
from codedark.continuity.pages.page import heading, page
from codedark.continuity.pages.payload import payload
from codedark.store.packs.page_lock import locked, new_page_key
from tests.browser.conftest import PASSPHRASE, unlock
from tests.hostile_messages import DOSES, NAMES, all_of_them, sealed, taken_in


@pytest.fixture(scope="module")
def hostile(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Page, list[str]]]:
    """The open page, and whatever it tried to say or do."""
    home = tmp_path_factory.mktemp("home")
    pack = from_bytes(sealed(home, taken_in(home, all_of_them())[0], with_prints=False)["pack.json"])
    file = home / "page.html"
    lock = locked(payload(pack), new_page_key(PASSPHRASE, 1000), "x")
    file.write_text(page(heading(pack), as_json(lock)), encoding="utf-8")
    context = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    shown, told = context.new_page(), list[str]()
    shown.on("dialog", said_aloud(told))
    shown.on("console", lambda line: told.append(line.text))
    shown.on("request", lambda asked: told.extend({asked.url} - {file.as_uri()}))
    shown.set_default_timeout(60_000)
    shown.goto(file.as_uri())
    unlock(shown)
    yield shown, told
    context.close()


def said_aloud(told: list[str]) -> Callable[[Dialog], None]:
    """Notes what a page says in a window of its own, and closes that."""

    def note(dialog: Dialog) -> None:
        told.append(dialog.message)
        dialog.dismiss()

    return note


def patient(shown: Page, number: str) -> str:
    """All that stands on a patient's view."""
    shown.goto(f"{shown.url.partition('#')[0]}#ward")
    shown.wait_for_selector("#search")
    shown.fill("#search", number)
    shown.click(".card .who")
    shown.wait_for_selector("#group-medication")
    return shown.inner_text("#main")


def test_names_are_text_and_nothing_runs(hostile: tuple[Page, list[str]]) -> None:
    shown, told = hostile
    text = shown.inner_text(".beds")
    for number in ("LONG", "ARABIC", "HEBREW", "CYRILLIC", "HTML", "STYLE", "CHINESE"):
        assert NAMES[number].split("^")[0] in text, number
    assert "Pe\\u200beters" in text
    assert "\\u202egm 005\\u202c" in text
    assert "Nguy\u1ec5n" in text
    assert "\\u0303" in text
    assert told == []


@pytest.mark.parametrize("number", ["LONG", "STACKED", "HTML", "MANY"])
def test_no_view_is_wider_than_the_window(hostile: tuple[Page, list[str]], number: str) -> None:
    shown, told = hostile
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert patient(shown, number)
    assert shown.evaluate(wide)
    shown.goto(f"{shown.url.partition('#')[0]}#ward")
    shown.wait_for_selector(".beds")
    assert shown.evaluate(wide)
    assert told == []


def test_doses_are_read_in_one_way(hostile: tuple[Page, list[str]]) -> None:
    text = patient(hostile[0], "DOSES")
    assert {told: told in text for told in DOSES.values()} == dict.fromkeys(DOSES.values(), True)


def test_all_of_four_hundred_drugs_are_there(hostile: tuple[Page, list[str]]) -> None:
    text = patient(hostile[0], "MANY")
    assert all(f"Heparin {key}\n" in text for key in range(400))
