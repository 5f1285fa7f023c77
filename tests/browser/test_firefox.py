"""The page opens in Firefox ESR as it does in Chromium."""

from __future__ import annotations

from pathlib import Path

from tests.browser.conftest import PASSPHRASE
from tests.browser.marionette import Firefox

ENTER = "\ue007"


def test_firefox_opens_the_page_refuses_a_wrong_passphrase_and_shows_a_chart(
    firefox: Firefox, earnest_page: Path
) -> None:
    firefox.open(earnest_page.as_uri())
    firefox.type("#passphrase", f"not the passphrase{ENTER}")
    said = firefox.wait("return document.querySelector('#wrong').textContent;")
    assert "This is not the passphrase of this ward." in said
    firefox.run("document.querySelector('#passphrase').value = '';")
    firefox.type("#passphrase", f"{PASSPHRASE}{ENTER}")
    assert firefox.wait("return document.querySelectorAll('.card').length;") == 7
    firefox.type("#search", "maria")
    assert firefox.wait("return document.querySelectorAll('.card').length === 1;")
    firefox.run("window.location.hash = 'patient/0';")
    text = firefox.wait("return document.querySelector('#group-medication') && document.body.innerText;")
    assert "0.125 mg" in text
    assert "DOBUTamine" in text
    assert "predniSONE" in text
    assert firefox.run("return performance.getEntriesByType('resource').length;") == 0
