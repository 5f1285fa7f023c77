"""A high-alert dose with nobody else signed up is no dead end: the second person makes a PIN in the form itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from codedark.store.station.station import Station
from tests.command_line import Command
from tests.scenarios.test_station_page import DOSE, Browser, browser
from tests.ward_entries import rows

__all__ = ["browser"]
HIGH = DOSE | {"f-drug": "heparin", "f-is_high_alert": "true", "next": rows(1)[0]}
SECOND = {"wnew": "T. Adams", "wnewpin": "1357", "wagain": "1357"}


def test_who_is_alone_is_told_so_and_the_second_person_makes_a_pin_there_and_signs(
    browser: Browser, tmp_path: Path
) -> None:
    alone = browser.ask("POST", "/enter/given", HIGH)
    assert (alone.status, "Nobody else has a PIN on this screen yet" in alone.text) == (422, True)
    assert 'value="heparin"' in alone.text
    assert ">nobody<" not in alone.text
    wrong = browser.ask("POST", "/enter/given", HIGH | SECOND | {"wagain": "1358"})
    assert (wrong.status, "Type the same PIN twice" in wrong.text) == (422, True)
    assert re.search(r'id="wnew" name="wnew" value="T. Adams"', wrong.text)
    assert "1357" not in wrong.text
    sent = [browser.ask("POST", "/enter/given", HIGH | SECOND).status for _ in range(2)]
    with Station(tmp_path / "one") as station:
        assert (sent, [each.witness for each in station.entries()]) == ([200, 200], ["T. Adams"])


@pytest.mark.parametrize(("pins", "said"), [({"wnewpin": "9999", "wagain": "9999"}, "This is not the PIN of")], ids=str)
def test_nobody_signs_for_somebody_who_has_a_pin_already(browser: Browser, pins: dict[str, str], said: str) -> None:
    assert browser.ask("POST", "/enter/given", HIGH | SECOND | {"f-dose": "5.0"}).status == 422
    refused = browser.ask("POST", "/enter/given", HIGH | SECOND | pins)
    assert (refused.status, said in refused.text) == (422, True)
    assert "<option selected>T. Adams" not in refused.text


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_it_is_said_in_the_language_of_whoever_reads_it(browser: Browser, language: str) -> None:
    browser.cookies["language"] = language
    page = browser.ask("POST", "/enter/given", HIGH).text
    said = {"nl": "Nog niemand anders", "fr": "Personne d&#39;autre", "de": "Noch niemand sonst"}
    assert said[language] in page


def test_a_witness_for_whom_nobody_vouches_is_shown_as_such_everywhere_until_somebody_who_is_known_does(
    browser: Browser, tmp_path: Path
) -> None:
    run = Command(tmp_path, tmp_path).run
    marked = "NOBODY VOUCHED that these are two people"
    page = browser.ask("POST", "/enter/given", HIGH | SECOND).text
    assert "Nobody who is known here vouched that M. Claes and T. Adams are two people" in page
    assert f"M. Claes, T. Adams ({marked})" in page
    assert "(NOBODY VOUCHED that this is a second person)" in run("ward", "list", "--station", "one").out.decode()
    said = f"1 signed by M. Claes and T. Adams: {marked}: compare with the roster"
    for what in ("check", "status"):
        assert said in run("backentry", what, "--station", "one").out.decode()

    own = {"whom": "T. Adams", "own-pin": "2468"}
    assert "cannot vouch" in browser.ask("POST", "/people", own).text  # nobody vouches for herself yet
    assert "vouches for others" in run("ward", "vouch", "M. Claes", "--station", "one").err
    assert "This is not the PIN" in browser.ask("POST", "/people", own | {"own-pin": "1357"}).text
    assert browser.ask("POST", "/people", own).status == 303
    assert "vouched for by M. Claes" in browser.ask("GET", "/people").text
    signed = {"witness": "T. Adams", "wpin": "1357", "f-dose": "250", "sure": "yes"}
    assert marked in browser.ask("POST", "/enter/given", HIGH | signed | {"next": rows(2)[1]}).text  # by her word alone
    assert run("ward", "vouch", "T. Adams", "--station", "one").code == 0
    page = browser.ask("POST", "/enter/given", HIGH | signed | {"next": rows(3)[2], "f-dose": "125"}).text
    assert "M. Claes, T. Adams." in page
