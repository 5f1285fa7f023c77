"""`codedark ward`: a night at two stations by the command line, with one stick that goes from the one to the other."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from codedark.continuity.chart import Chart, Drug, Identity, PatientId, Place
from codedark.continuity.pack import Bed, Counter, Pack
from codedark.continuity.pack_data import to_bytes
from codedark.hospital.ward import WardId
from tests.command_line import Command
from tests.ward_charts import pack
from tests.ward_entries import NOON_US, rows

PATIENT = ["--patient", "4711", "--name", "Peeters", "--born", "1951-07-23", "--by", "M. Claes"]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    made = Command(tmp_path, tmp_path)
    made.env.pop("CODEDARK_STATION", None)
    insulin = Drug("o-1", "Insulin aspart", is_high_alert=True)
    chart = Chart(PatientId("4711"), Identity("Peeters", "Anna", "1951-07-23"), drugs=(insulin,))
    place = Place(WardId("icu"), "1", "A")
    pack = Pack("test", WardId("icu"), "Intensive care", Counter(7), NOON_US, NOON_US, "Europe/Brussels",
                (Bed(place, chart), Bed(place, None)))  # fmt: skip
    (tmp_path / "pack.json").write_bytes(to_bytes(pack))
    (tmp_path / "stick").mkdir()
    made.run("ward", "start", "icu-1", "--ward-number", 0, "--number", 1, "--station", "one", "--pack", "pack.json")
    made.run("ward", "mirror", "stick", "--station", "one")
    return made


def test_a_night_at_two_stations(command: Command, tmp_path: Path) -> None:
    one, two = ["--station", "one"], ["--station", "two"]
    given = command.run("ward", "enter", "given", "drug=paracetamol", "dose=500", "unit=mg", *PATIENT, *one)
    first = rows(2)[0]
    assert given.out.decode().startswith(f"written {first} ")
    assert given.err == ""
    came = command.run("ward", "enter", "admission", "name=Unknown Birch", "sex=F", "--by", "M. Claes", *one)
    assert "came in as Unknown Birch F" in came.out.decode()
    wrong = command.run("ward", "enter", "void", "--patient", "4711", "--replaces", first, "--why", "not given",
                        "--by", "M. Claes", *one)  # fmt: skip
    assert f"replaces {first}: not given" in wrong.out.decode()

    command.run("ward", "start", "icu-2", "--ward-number", 0, "--number", 2, *two)
    loud = command.run("ward", "enter", "note", "title=night", "text=quiet", *PATIENT, *two)
    assert "UNMIRRORED: 1 entries" in loud.err
    assert "Neither the pack nor a station knows" in loud.err
    assert "3 entries are new" in command.run("ward", "join", "stick", *two).out.decode()
    assert "0 entries are new, 3 were here" in command.run("ward", "join", "stick", *two).out.decode()

    told = command.run("ward", "list", *two).out.decode()
    assert len(told.splitlines()) == 4
    assert "REPLACED by" in told
    assert len(json.loads(command.run("ward", "list", "--patient", "4711", "--format", "json", *two).out)) == 3
    assert command.run("ward", "verify", *one).code == 0
    assert command.run("ward", "verify", *two).code == 3
    assert (tmp_path / "stick" / "icu-1.entries").is_file()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (["given", "drug=paracetamol", "dose=5.0", "unit=mg", *PATIENT], "none at the end"),
        (["given", "drug=insulin ASPART", "dose=4", "unit=units", *PATIENT], "high-alert drug"),
        (["given", "drug=paracetamol", "dose=5", "unit=mg", *PATIENT, "--name", "Janssens"], "another patient"),
        (["given", "drug=paracetamol", "colour=red", *PATIENT], "has no such field; it has drug, dose"),
        (["given", "paracetamol", *PATIENT], "say it as FIELD=VALUE"),
        (["phone-result", "name=K", "value=5", "told_by=lab", "is_read_back=perhaps", *PATIENT], "is_read_back"),
        (["observation", "name=weight", *PATIENT], "value"),
        (["note", "title=a", "text=b", *PATIENT, "--born", "23/07/1952"], "another patient"),
        (["note", "title=a", "text=b", *PATIENT, "--born", "07/23/1951"], "write it as 1962-06-15"),
        (["song", *PATIENT], "can not be charted"),
        (["note", "title=a", "text=b", "--row", "EBC000001A", *PATIENT], "is no number of a form row"),
    ],
)
def test_what_is_refused_is_refused_in_one_plain_line(command: Command, said: list[str], why: str) -> None:
    assert why in command.fails("ward", "enter", *said, "--station", "one")
    assert command.run("ward", "list", "--station", "one").out == b""


def test_a_row_on_paper_is_the_same_act(command: Command) -> None:
    paper = rows(1, station=0)[0]
    note = ["note", "title=night", "text=quiet", "--row", paper.lower(), *PATIENT, "--station", "one"]
    assert paper in command.run("ward", "enter", *note).out.decode()
    assert "used for another act" in command.fails("ward", "enter", *note[:2], "text=loud", *note[3:])


def test_a_station_that_was_never_begun_says_how(command: Command) -> None:
    assert "codedark ward start" in command.fails("ward", "list", "--station", "nowhere")
    assert "stations 1 to 9" in command.fails(
        "ward", "start", "x", "--ward-number", 0, "--number", 10, "--station", "three"
    )
    begin = ["ward", "start", "icu-1", "--number", 1]
    assert "never changed" in command.fails(*begin, "--ward-number", 1, "--station", "one")
    assert "is no pack" in command.fails(*begin, "--ward-number", 0, "--station", "one", "--pack", "one/station.db")


def test_a_pack_that_cannot_be_read_leaves_no_half_station(command: Command, tmp_path: Path) -> None:
    begin = ["ward", "start", "icu-3", "--ward-number", 0, "--number", 3, "--station", "three", "--pack"]
    assert "cannot be read" in command.fails(*begin, "missing.json")
    assert "is no pack" in command.fails(*begin, "one/station.db")
    assert not (tmp_path / "three").exists()


def test_a_station_has_the_numbers_of_its_ward_and_one_of_its_own(command: Command, tmp_path: Path) -> None:
    (tmp_path / "own.json").write_bytes(to_bytes(pack()))
    begin = ["ward", "start", "icu-3", "--station", "three", "--pack", "own.json"]
    assert "--number" in command.fails(*begin, "--ward-number", 0)
    assert "the pack of ward A1 has EBB" in command.fails(*begin, "--ward-number", 5, "--number", 3)
    assert not (tmp_path / "three").exists()
    assert "knows 10 patients" in command.run("ward", "start", *begin[2:], "--ward-number", 0, "--number", 3).err


def test_two_acts_under_one_row_are_both_shown_counted_and_settled_each(command: Command, tmp_path: Path) -> None:
    one, two = ["--station", "one"], ["--station", "two"]
    command.run("ward", "start", "icu-9", "--ward-number", 0, "--number", 1, *two)
    dose = ["ward", "enter", "given", "drug=paracetamol", "unit=mg", *PATIENT]
    command.run(*dose, "dose=500", *one)
    command.run(*dose, "dose=1000", *two)
    assert "1 numbers stand for more than one act" in command.run("ward", "join", "two", *one).err
    listed = command.run("ward", "list", "--patient", "4711", *one).out.decode()
    row = rows(1)[0]
    acts = re.findall(rf"ROW STANDS FOR SEVERAL ACTS, this one of station (icu-[19]): ({row}-[0-9A-F]{{8}}) ", listed)
    assert {station for station, _ in acts} == {"icu-1", "icu-9"}
    number = dict(acts)
    assert "500 mg" in listed
    assert "1000 mg" in listed

    command.run("backentry", "run", "--mllp", "127.0.0.1:9", *one)
    told = command.run("backentry", "status", *one).out.decode()
    assert re.search(r"together +2 +0 +0 +0 +2 +0\n", told)
    assert hashlib.sha256(b"").hexdigest() not in told
    assert told.count(f"the number {row} stands for 2 acts; this one is of station") == 2
    settle = ["backentry", "settle", row]
    for what in ("void", "send", "present"):
        assert "say which" in command.fails(*settle, what, "--by", "J. Maes", *one)
    command.run(*settle, "void", "--by", "J. Maes", "--which", "icu-9", *one)
    command.run(*settle[:2], number["icu-1"][:-4], "present", "--by", "J. Maes", *one)
    command.run("backentry", "run", "--mllp", "127.0.0.1:9", *one)
    assert re.search(r"together +2 +0 +1 +1 +0 +0\n", command.run("backentry", "status", *one).out.decode())

    void = ["ward", "enter", "void", "--patient", "4711", "--why", "not given", "--by", "M. Claes", *one, "--replaces"]
    assert "say which" in command.fails(*void, row)
    assert f"replaces {number['icu-9']}" in command.run(*void, number["icu-9"]).out.decode()


def test_a_date_of_birth_is_read_with_the_day_first_and_kept_as_iso(command: Command) -> None:
    note = ["ward", "enter", "note", "title=night", "text=quiet", *PATIENT, "--born", "23/07/1951", "--station", "one"]
    assert command.run(*note).code == 0
    kept = json.loads(command.run("ward", "list", "--format", "json", "--station", "one").out)
    assert {"by": "born", "value": "1951-07-23"} in kept[0]["checked"]


def test_a_ward_folder_that_is_not_there_says_how_to_name_it(command: Command) -> None:
    said = command.fails("ward", "freeze")
    assert "--ward" in said
    assert "CODEDARK_WARD" in said


def test_a_value_that_cannot_be_is_charted_when_somebody_is_sure(command: Command) -> None:
    fever = ["ward", "enter", "observation", "name=temperature", "value=385", "unit=C", *PATIENT, "--station", "one"]
    assert "Say it again with --sure" in command.fails(*fever)
    assert "temperature 385 C" in command.run(*fever, "--sure").out.decode()
