"""A ward's page on disk, and real browsers that open it from there. Where one is missing, its tests are skipped."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from codedark.continuity.packs.page_lock import as_json
from codedark.continuity.pages.page import heading, page
from codedark.continuity.pages.payload import payload
from codedark.store.packs.page_lock import ROUNDS, locked, new_page_key
from tests.browser.marionette import Firefox
from tests.ward_packs import a_pack

PASSPHRASE: Final = "copper lantern seven gravel orbit meadow"
TWENTY_MINUTES_US: Final = 20 * 60 * 1_000_000


@pytest.fixture(scope="session")
def earnest_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of ward C2, made twenty minutes ago, locked as in earnest."""
    return _written(tmp_path_factory.mktemp("earnest"), ROUNDS)


@pytest.fixture(scope="session")
def ward_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with a passphrase that is stretched less, which opens at once."""
    return _written(tmp_path_factory.mktemp("ward"), 1000)


def _written(folder: Path, rounds: int) -> Path:
    pack = a_pack(time.time_ns() // 1000 - TWENTY_MINUTES_US)
    lock = locked(payload(pack), new_page_key(PASSPHRASE, rounds), "AZ Voorbeeld, C2, 4711")
    path = folder / "C2.html"
    path.write_text(page(heading(pack), as_json(lock)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. It ends with its module: while it runs, no other test here can have an event loop."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        pytest.skip("chromium is not installed")
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def firefox(tmp_path: Path) -> Iterator[Firefox]:
    """Debian's Firefox ESR."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if not program:
        pytest.skip("firefox-esr is not installed")
    running = Firefox(program, tmp_path)
    yield running
    running.close()


@pytest.fixture
def locked_page(chromium: Browser, ward_page: Path) -> Iterator[Page]:
    """The page as it opens, before the passphrase, in English."""
    context = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    shown = context.new_page()
    shown.set_default_timeout(60_000)
    shown.goto(ward_page.as_uri())
    yield shown
    context.close()


@pytest.fixture
def open_page(locked_page: Page) -> Page:
    """The page, opened with its passphrase."""
    unlock(locked_page)
    return locked_page


@pytest.fixture(scope="module")
def shared_page(chromium: Browser, ward_page: Path) -> Iterator[Page]:
    """An open page for tests that only look."""
    context = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    shown = context.new_page()
    shown.set_default_timeout(60_000)
    shown.goto(ward_page.as_uri())
    unlock(shown)
    yield shown
    context.close()


def unlock(shown: Page, passphrase: str = PASSPHRASE) -> None:
    """Types the passphrase and waits for the ward."""
    shown.fill("#passphrase", passphrase)
    shown.keyboard.press("Enter")
    shown.wait_for_selector(".beds")
