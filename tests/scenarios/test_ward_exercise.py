"""An exercise at a ward: it is said everywhere, and nothing of it has a way into the record."""

from __future__ import annotations

from pathlib import Path

import pytest

from codedark.continuity.charts.chart import Chart, Identity, PatientId, Place
from codedark.continuity.packs.pack import Bed, Counter, Pack
from codedark.continuity.packs.pack_data import to_bytes
from codedark.hospital.ward import WardId
from tests.command_line import Command
from tests.printed import sheets_of
from tests.scenarios.test_station_page import browsing
from tests.ward_entries import NOON_US

PATIENT = ["--patient", "4711", "--name", "Peeters", "--born", "1951-07-23", "--by", "M. Claes"]
TRY = ["--station", "exercise"]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    made = Command(tmp_path, tmp_path)
    chart = Chart(PatientId("4711"), Identity("Peeters", "Anna", "1951-07-23"))
    pack = Pack("test", WardId("icu"), "Intensive care", Counter(7), NOON_US, NOON_US, "Europe/Brussels",
                (Bed(Place(WardId("icu"), "1", "A"), chart),))  # fmt: skip
    (tmp_path / "pack.json").write_bytes(to_bytes(pack))
    (tmp_path / "stick").mkdir()
    begin = ["ward", "start", "icu-1", "--ward-number", 0, "--number", 1, "--pack", "pack.json"]
    made.run(*begin, *TRY, "--exercise")
    made.run(*begin, "--station", "care")
    return made


def test_an_exercise_is_said_everywhere_and_nothing_of_it_goes_on(command: Command, tmp_path: Path) -> None:
    command.run("ward", "mirror", "stick", *TRY)
    entered = command.run("ward", "enter", "note", "title=trial", "text=works", *PATIENT, *TRY)
    assert entered.err.startswith("codedark: EXERCISE: nothing that stands here is care\n")
    assert "EXERCISE" in command.run("ward", "list", *TRY).err
    assert "EXERCISE" not in command.run("ward", "list", "--station", "care").err
    assert "of an EXERCISE" in command.fails("ward", "mirror", "stick", "--station", "care")
    assert "is of an exercise" in command.fails("ward", "join", "exercise", "--station", "care")
    joined = command.run("ward", "join", "stick", "--station", "care")
    assert (joined.code, joined.out) == (3, b"0 entries are new, 0 were here already\n")
    assert "is of an exercise, not of care" in joined.err
    for what in (["check"], ["status"], ["run", "--fhir", "http://127.0.0.1:9"]):
        assert "nothing of it is brought into any record" in command.fails("backentry", *what, *TRY)
    assert "was begun for exercise" in command.fails("ward", "start", "icu-1", "--ward-number", 0, "--number", 1, *TRY)
    command.run("ward", "forms", "more.pdf", "--kind", "orders", *TRY)
    assert all("EXERCISE, NOT CARE" in text for text in sheets_of((tmp_path / "more.pdf").read_bytes(), tmp_path))


@pytest.mark.usefixtures("command")
@pytest.mark.parametrize("station", ["exercise", "care"])
def test_every_page_of_an_exercise_says_so_and_none_of_care(tmp_path: Path, station: str) -> None:
    with browsing(tmp_path, station) as browser:
        pages = [browser.ask("GET", "/").text]
        browser.sign_on()
        pages += [browser.ask("GET", path).text for path in ("/", "/list", "/patient/4711", "/nothing-of-the-kind")]
        dutch = browser.ask("GET", "/", None, Cookie="language=nl").text
    said = ["EXERCISE. Nothing that is charted here is care." in page for page in pages]
    assert said == [station == "exercise"] * 4 + [False]
    assert ("OEFENING. Niets wat hier" in dutch) == (station == "exercise")
