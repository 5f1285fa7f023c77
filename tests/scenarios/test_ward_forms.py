"""`codedark ward forms`: a station prints more forms, no row stands on two, and a form that goes astray is seen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from codedark.app.ward.paper_forms import missing, taken
from codedark.app.ward.sheets import remember, sheets
from codedark.continuity.charts.chart import Chart, Identity, PatientId, Place
from codedark.continuity.packs.numbers import Kind, belongs, block, forms_part, part
from codedark.continuity.packs.pack import Bed, Counter, Pack
from codedark.continuity.packs.pack_data import to_bytes
from codedark.hospital.ward import WardId
from codedark.store.station.station import Station
from tests.command_line import Command
from tests.printed import sheets_of
from tests.ward_entries import NOON_US

WHO = ["--patient", "4711", "--name", "Peeters", "--born", "1951-07-23", "--by", "M. Claes", "--station", "one"]
FORMS = part(block(Kind.ENTRY, 0), forms_part(1))


@pytest.fixture
def command(tmp_path: Path) -> Command:
    made = Command(tmp_path, tmp_path)
    chart = Chart(PatientId("4711"), Identity("Peeters", "Anna", "1951-07-23"))
    pack = Pack("test", WardId("icu"), "Intensive care", Counter(7), NOON_US, NOON_US, "Europe/Brussels",
                (Bed(Place(WardId("icu"), "1", "A"), chart),))  # fmt: skip
    (tmp_path / "pack.json").write_bytes(to_bytes(pack))
    made.run("ward", "start", "icu-1", "--ward-number", 0, "--number", 1, "--station", "one", "--pack", "pack.json")
    return made


def test_a_station_prints_forms_and_sees_which_were_not_typed_in(command: Command, tmp_path: Path) -> None:
    came = command.run("ward", "enter", "admission", "name=Unknown Birch", "--by", "M. Claes", "--station", "one")
    number = re.findall(r"PBB[0-9]{6}.", came.out.decode())[0]
    two = ["--patient", "4711", "--patient", number, "--kind", "observations", "--sheets", "2"]
    command.run("ward", "forms", "a.pdf", *two, "--station", "one")
    command.run("ward", "forms", "b.pdf", "--unknown", "--kind", "orders", "--language", "nl", "--station", "one")
    drawn = [text for name in ("a.pdf", "b.pdf") for text in sheets_of((tmp_path / name).read_bytes(), tmp_path)]
    assert ["Peeters" in text for text in drawn] == [True, True, False, False, False]
    assert "Unknown Birch" in drawn[2]
    rows = [row for text in drawn for row in re.findall(r"\bEBB[A-Z0-9][0-9]{5}[A-Z0-9]\b", text)]
    assert len(set(rows)) == len(rows) > 30
    assert all(belongs(row, FORMS) for row in rows)
    with Station(tmp_path / "one") as station:
        made = sheets(station)
    assert [row for sheet in made for row in sheet.rows] == rows

    for row in (rows[0], rows[2], made[4].rows[0]):
        command.run("ward", "enter", "note", f"title={row}", "text=quiet", "--row", row, *WHO)
    told = command.run("ward", "missing", "--station", "one")
    assert told.code == 3
    lines = told.out.decode().splitlines()
    assert [line.split(": ")[1] for line in lines] == [f"not {rows[1]} is typed in", *["nothing is typed in"] * 3]
    assert f"observations for {number}" in lines[-1]
    assert [line.split(" to ")[0] for line in lines] == [sheet.rows[0] for sheet in made[:4]]


def test_what_is_charted_on_the_screen_takes_no_row_of_a_form(command: Command, tmp_path: Path) -> None:
    with Station(tmp_path / "one") as station:
        first = taken(station, [("4711", "orders")], NOON_US)[0]
    row = first.rows[-1]
    command.run("ward", "enter", "note", "title=night", "text=quiet", "--row", row, *WHO)
    charted = command.run("ward", "enter", "note", "title=night", "text=quiet", *WHO)
    assert charted.out.decode().split()[1].startswith("EBB1")
    with Station(tmp_path / "one") as station:
        second = taken(station, [("", "laboratory")], NOON_US)[0]
        remember(station, [first, second])
        assert [each.rows for each in missing(station)] == [first.rows[:-1], second.rows]
    assert not set(first.rows) & set(second.rows)


def test_forms_that_lie_there_already_are_not_overwritten_and_no_row_is_taken(command: Command, tmp_path: Path) -> None:
    print_ = ["ward", "forms", "a.pdf", "--kind", "orders", "--station", "one"]
    command.run(*print_)
    before = (tmp_path / "a.pdf").read_bytes()
    assert "a.pdf: is there already" in command.fails(*print_)
    assert (tmp_path / "a.pdf").read_bytes() == before
    with Station(tmp_path / "one") as station:
        assert len(sheets(station)) == 1


def test_what_cannot_be_printed_is_said(command: Command) -> None:
    assert "is no form" in command.fails("ward", "forms", "a.pdf", "--kind", "meals", "--station", "one")
    assert "--language" in command.fails("ward", "forms", "a.pdf", "--language", "xx", "--station", "one")
    command.run("ward", "start", "icu-2", "--ward-number", 0, "--number", 2, "--station", "two")
    assert "has no pack" in command.fails("ward", "forms", "a.pdf", "--unknown", "--station", "two")
    assert command.run("ward", "missing", "--station", "one").code == 0


def test_forms_that_a_station_prints_say_what_was_stopped_on_the_ward(command: Command, tmp_path: Path) -> None:
    order = ["asked=medication", "name=amoxicillin", "dose=1000", "unit=mg", "frequency=every 8 hours"]
    ordered = command.run("ward", "enter", "order", *order, *WHO).out.decode().split()[1]
    stopped = command.run("ward", "enter", "stop", f"order={ordered}", "reason=rash", *WHO)
    assert "STOPPED amoxicillin 1000 mg because rash" in stopped.out.decode()
    command.run("ward", "forms", "a.pdf", "--kind", "orders", "--language", "nl", "--station", "one")
    (drawn,) = sheets_of((tmp_path / "a.pdf").read_bytes(), tmp_path)
    assert "GESTOPT: amoxicillin 1000 mg, " in drawn
    assert stopped.out.decode().split()[1] in drawn
