"""A nurse who is alone charts a high-alert dose that she gave: asked back, marked for good, filed, and told."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from codedark.store.station.station import Station
from tests.command_line import Command
from tests.programs import running
from tests.scenarios.test_station_page import DOSE, Browser, browser, browsing
from tests.small_fhir_server import SmallFhirServer
from tests.ward_entries import rows

__all__ = ["browser"]
HIGH = DOSE | {"f-drug": "heparin", "f-is_high_alert": "true", "next": rows(1)[0]}
WHY = "Nobody else on the ward"
MARK = f"NO SECOND PERSON signed: {WHY}"
SECOND = {"wnew": "T. Adams", "wnewpin": "1357", "wagain": "1357"}
PATIENT = ["--patient", "4711", "--name", "Peeters", "--born", "1951-07-23", "--by", "M. Claes"]
GIVEN = ["ward", "enter", "given", "drug=heparin", "dose=5000", "unit=units", "is_high_alert=true", *PATIENT]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path, tmp_path)


def test_who_was_alone_is_asked_once_and_the_dose_stands_with_its_mark(
    browser: Browser, command: Command, tmp_path: Path
) -> None:
    (tmp_path / "stick").mkdir()
    command.run("ward", "mirror", "stick", "--station", "one")
    assert 'name="alone"' not in browser.ask("GET", "/enter/given?patient=4711").text
    asked = browser.ask("POST", "/enter/given", HIGH)
    assert (asked.status, "marked NO SECOND PERSON" in asked.text) == (422, True)
    assert asked.text.index('name="wnew"') < asked.text.index('name="alone"')  # the witness comes first
    assert f"<option>{WHY}</option>" in asked.text
    blank = browser.ask("POST", "/enter/given", HIGH | {"alone": "  "})
    assert (blank.status, "marked NO SECOND PERSON" in blank.text) == (422, True)
    with Station(tmp_path / "one") as station:
        assert station.entries() == []
    done = [browser.ask("POST", "/enter/given", HIGH | {"alone": WHY}) for _ in range(2)]
    assert [page.status for page in done] == [200, 200]
    assert "they sign under Correct" in done[0].text
    assert "WAS WRITTEN BEFORE" in done[1].text
    for page in (done[0].text, browser.ask("GET", "/list").text, browser.ask("GET", "/patient/4711").text):
        assert f"M. Claes ({MARK})" in page
    assert f"by M. Claes, {MARK}" in command.run("ward", "list", "--station", "one").out.decode()
    assert f'"alone":"{WHY}"'.encode() in (tmp_path / "stick" / "icu-1.entries").read_bytes()
    again = browser.ask("POST", "/enter/given", HIGH | {"alone": WHY, "next": rows(2)[1]})
    assert (again.status, "heparin was given to this patient already" in again.text) == (422, True)
    assert f'value="{WHY}"' in again.text  # what was typed is kept


def test_a_second_person_signs_afterwards_and_only_the_history_has_the_mark(
    browser: Browser, command: Command, tmp_path: Path
) -> None:
    browser.ask("POST", "/enter/given", HIGH | {"alone": WHY})
    row = rows(1)[0]
    empty = browser.ask("GET", f"/enter/correct?replaces={row}").text
    assert 'name="wnew"' in empty
    assert 'name="alone"' not in empty
    mended = HIGH | {"next": rows(2)[1], "replaces": row, "why": "Somebody else looked at it afterwards"}
    asked = browser.ask("POST", "/enter/given", mended)
    assert (asked.status, f'name="alone" value="{WHY}"' in asked.text) == (422, True)
    wrong = browser.ask("POST", "/enter/given", mended | {"alone": WHY} | SECOND | {"wagain": "1358"})
    assert (wrong.status, f'name="alone" value="{WHY}"' in wrong.text) == (422, True)
    signed = browser.ask("POST", "/enter/given", mended | {"alone": WHY} | SECOND)
    assert signed.status == 200
    (shown,) = re.findall(r'class="done".*?Undo', signed.text, re.DOTALL)
    assert (MARK in shown, "T. Adams" in shown) == (False, True)
    with Station(tmp_path / "one") as station:
        first, second = station.entries()
        assert [bool(each.alone_told) for each in (first, second)] == [True, False]
        assert second.witness == "T. Adams"
    for what in ("check", "status"):
        told = command.run("backentry", what, "--station", "one").out.decode()
        assert "1 given by M. Claes: NO SECOND PERSON signed; 1 of them corrected or void since" in told
    assert MARK not in command.run("backentry", "check", "--station", "one").out.decode()


def test_by_command_it_is_said_with_alone_and_nothing_else_takes_it(command: Command, tmp_path: Path) -> None:
    command.run("ward", "start", "icu-1", "--ward-number", 0, "--number", 1, "--station", "one")
    one = ["--station", "one"]
    paper = rows(1, station=0)[0]
    asked = command.fails(*GIVEN, *one, "--sure", "--why", "in a hurry")
    assert "Say it again with --witness, or say with --alone why nobody else was there." in asked
    assert "say one of the two" in command.fails(*GIVEN, *one, "--alone", WHY, "--witness", "J. Maes")
    held = ["ward", "enter", "held", "drug=heparin", "reason=bleeding", "is_high_alert=true", *PATIENT, *one]
    assert "a dose that was given" in command.fails(*held, "--alone", WHY)
    assert command.run(*held).code == 0
    assert f"M. Claes, {MARK}" in command.run(*GIVEN, *one, "--alone", WHY, "--row", paper).out.decode()
    second = command.fails(*GIVEN, *one)
    assert "Say it again with --sure, and with --witness, or say with --alone" in second
    command.run("ward", "enter", "void", "--patient", "4711", "--replaces", paper, "--why", "not given",
                "--by", "M. Claes", *one)  # fmt: skip
    assert "1 of them corrected or void" in command.run("backentry", "status", *one).out.decode()
    assert "NO SECOND PERSON" in command.run("ward", "list", *one).out.decode()


def test_it_is_filed_with_the_mark_and_the_office_is_told(command: Command, tmp_path: Path) -> None:
    command.run("ward", "start", "icu-1", "--ward-number", 0, "--number", 1, "--station", "one")
    command.run("ward", "start", "icu-2", "--ward-number", 0, "--number", 2, "--station", "two")
    command.run(*GIVEN, "--station", "two", "--alone", WHY)
    command.run("ward", "join", "two", "--station", "one")
    told = command.run("backentry", "check", "--station", "one").out.decode()
    assert "1 given by M. Claes: NO SECOND PERSON signed; 0 of them corrected or void since" in told
    assert f"by M. Claes, {MARK}" in told
    server = SmallFhirServer()
    number = [{"system": "urn:codedark:mrn", "value": "4711"}]
    server.put({"resourceType": "Patient", "id": "1", "identifier": number, "birthDate": "1951-07-23",
                "name": [{"family": "Peeters"}]})  # fmt: skip
    with running(server):
        ran = command.run("backentry", "run", "--station", "one", "--fhir", server.base)
    assert ran.code == 0
    assert "1 given by M. Claes: NO SECOND PERSON signed" in ran.out.decode()
    filed = [each for each in server.resources.values() if each["resourceType"] == "MedicationAdministration"]
    assert [each["note"] for each in filed] == [[{"text": MARK}]]


@pytest.mark.parametrize(
    ("language", "asks", "mark"),
    [
        ("nl", "Was er niemand anders?", "GEEN TWEEDE PERSOON tekende"),
        ("fr", "Personne d&#39;autre n&#39;était là ?", "PAS DE DEUXIÈME PERSONNE qui signe "),
        ("de", "War sonst niemand da?", "KEINE ZWEITE PERSON hat gezeichnet"),
    ],
)
def test_it_is_asked_and_shown_in_the_language_of_whoever_reads(
    browser: Browser, language: str, asks: str, mark: str
) -> None:
    browser.cookies["language"] = language
    assert asks in browser.ask("POST", "/enter/given", HIGH).text
    assert f"({mark}: {WHY})" in browser.ask("POST", "/enter/given", HIGH | {"alone": WHY}).text


def test_in_an_exercise_it_is_the_same(tmp_path: Path, command: Command) -> None:
    command.run("ward", "start", "icu-1", "--ward-number", 0, "--number", 1, "--exercise", "--station", "drill")
    with browsing(tmp_path, "drill") as asks:
        asks.sign_on()
        assert asks.ask("POST", "/enter/given", HIGH).status == 422
        page = asks.ask("POST", "/enter/given", HIGH | {"alone": WHY})
    assert (page.status, MARK in page.text, "EXERCISE" in page.text) == (200, True, True)


def test_somebody_who_went_home_is_not_needed_to_put_a_wrong_dose_right(browser: Browser, tmp_path: Path) -> None:
    browser.ask("POST", "/enter/given", HIGH | SECOND)
    mended = HIGH | {"f-dose": "250", "sure": "yes", "next": rows(2)[1], "replaces": rows(1)[0], "why": "Wrong dose"}
    assert browser.ask("POST", "/enter/given", mended).status == 422
    assert browser.ask("POST", "/enter/given", mended | {"alone": "T. Adams went home"}).status == 200
    with Station(tmp_path / "one") as station:
        assert [each.witness for each in station.entries()] == ["T. Adams", ""]
        assert [each.alone for each in station.entries()] == [msgspec.UNSET, "T. Adams went home"]
