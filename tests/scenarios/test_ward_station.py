"""`codedark ward`: a night at two stations by the command line, with one stick that goes from the one to the other."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from codedark.continuity.charts.chart import Chart, Drug, Identity, PatientId, Place
from codedark.continuity.packs.pack import Bed, Counter, Pack
from codedark.continuity.packs.pack_data import to_bytes
from codedark.hospital.ward import WardId
from codedark.store.packs.keys import make_keys
from codedark.store.station.station import Station
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
    assert "UNMIRRORED entries, on this disk alone: 1" in loud.err
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
        (["given", "drug=insulin", "dose=4", "unit=units", *PATIENT], "high-alert drug"),
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


def test_what_was_ordered_as_high_alert_on_the_ward_is_given_by_two(command: Command) -> None:
    here = [*PATIENT, "--station", "one"]
    heparin = ["dose=5000", "unit=units", *here]
    command.run("ward", "enter", "order", "asked=medication", "name=heparin", "is_high_alert=true", *heparin)
    assert "high-alert drug" in command.fails("ward", "enter", "given", "drug=Heparin", *heparin)


def test_a_disk_that_was_put_back_gives_no_number_again_that_its_stick_knows(command: Command, tmp_path: Path) -> None:
    came = ["ward", "enter", "admission", "--by", "M. Claes", "--station", "one"]
    shutil.copytree(tmp_path / "one", tmp_path / "old")
    first = command.run(*came, "name=Unknown Birch").out.decode().split()
    shutil.rmtree(tmp_path / "one")
    (tmp_path / "old").rename(tmp_path / "one")
    second = command.run(*came, "name=Unknown Oak").out.decode().split()
    assert first[1] != second[1]
    assert first[5] != second[5]


def test_a_pc_in_another_zone_shows_and_reads_the_hours_of_the_hospital(command: Command, tmp_path: Path) -> None:
    command.env["TZ"] = "UTC"
    one = ["--station", "one"]
    begin = ["ward", "start", "icu-1", "--ward-number", 0, "--number", 1, *one]
    told = command.run(*begin, "--pack", "pack.json").err
    assert "Times here are those of Europe/Brussels" in told
    assert "This PC is in another time zone" in told
    said = datetime.now(ZoneInfo("Europe/Brussels")).replace(second=0, microsecond=0) - timedelta(minutes=3)
    wrote = command.run("ward", "enter", "note", "title=a", "text=b", "--at", f"{said:%H:%M}", *PATIENT, *one)
    assert f"{said:%Y-%m-%d %H:%M %Z}" in wrote.out.decode()
    (tmp_path / "pack.json").unlink()  # the zone is kept with the station
    assert f"{said:%Y-%m-%d %H:%M %Z}" in command.run("ward", "list", *one).out.decode()
    entries = json.loads(command.run("ward", "list", "--format", "json", *one).out)
    assert [each["effective_us"] for each in entries] == [int(said.timestamp()) * 1_000_000]

    alone = command.run("ward", "start", "icu-2", "--ward-number", 0, "--number", 2, "--station", "two")
    assert "times here are by this PC's own, UTC" in alone.err


def test_a_station_knows_its_patients_when_the_file_that_told_them_is_deleted_and_its_folder_is_moved(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "pack.json").unlink()  # as the reference says
    (tmp_path / "one").rename(tmp_path / "elsewhere")
    note = ["ward", "enter", "note", "title=night", "text=quiet", *PATIENT, "--station", "elsewhere"]
    assert "knows this patient number" not in command.run(*note).err
    assert (tmp_path / "elsewhere" / "pack.json").stat().st_mode & 0o777 == 0o600


def test_a_station_from_before_reads_the_file_that_it_was_given(command: Command, tmp_path: Path) -> None:
    with Station(tmp_path / "one") as station:
        station.keep("pack", str(tmp_path / "pack.json"))
    (tmp_path / "one" / "pack.json").unlink()
    note = ["ward", "enter", "note", "title=night", "text=quiet", *PATIENT, "--station", "one"]
    assert "knows this patient number" not in command.run(*note).err


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


@pytest.mark.parametrize("said", ["list", "forms a.pdf", "serve"])
def test_a_folder_that_is_none_of_a_station_stays_as_it_is(command: Command, tmp_path: Path, said: str) -> None:
    (tmp_path / "other").mkdir()
    for folder in ("nosuch", "other"):
        why = command.fails("ward", *said.split(), "--station", folder)
        assert f"{folder}: no station was begun here: begin it with `codedark ward start`" in why
    assert list((tmp_path / "other").iterdir()) == []
    assert not (tmp_path / "nosuch").exists()


def test_back_entry_and_packs_of_a_wrong_folder_leave_nothing_there(command: Command, tmp_path: Path) -> None:
    assert "no station was begun here" in command.fails("backentry", "check", "--station", "nosuch")
    for said in ("unpack out", "pull stick"):
        assert "nosuch/ward.json" in command.fails("ward", *said.split(), "--ward", "nosuch")
    assert not (tmp_path / "nosuch").exists()
    assert not (tmp_path / "out").exists()


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


def test_the_number_of_a_ward_is_taken_from_its_keys(command: Command, tmp_path: Path) -> None:
    made = make_keys("test", {WardId("A1"): "A1", WardId("icu"): "Intensive care"}, rounds=10).stations[WardId("icu")]
    (tmp_path / "ward.json").write_bytes(msgspec.json.encode(made))
    begin = ["ward", "start", "icu-4", "--number", 4, "--station", "four"]
    assert "stands on the ward's card" in command.fails(*begin)
    refused = command.fails(*begin, "--keys", "ward.json", "--ward-number", 5)
    assert "the number of this ward is 1, by ward.json" in refused
    assert not (tmp_path / "four").exists()
    assert "nothing here tells" not in command.run(*begin, "--keys", "ward.json").err
    assert "numbers of ward and station 1/4" in command.fails(*begin, "--ward-number", 0)
    old = msgspec.to_builtins(made)
    del old["number"]
    (tmp_path / "old.json").write_bytes(msgspec.json.encode(old))
    assert "stands on the ward's card" in command.fails(*begin, "--keys", "old.json")
    assert command.run(*begin, "--keys", "old.json", "--ward-number", 1).code == 0
    assert "whether the ward's number is 1: name --keys" in command.run(*begin, "--ward-number", 1).err


def test_two_acts_under_one_row_are_both_shown_counted_and_settled_each(command: Command, tmp_path: Path) -> None:
    one, two = ["--station", "one"], ["--station", "two"]
    command.run("ward", "start", "icu-9", "--ward-number", 0, "--number", 1, *two)
    dose = ["ward", "enter", "given", "drug=paracetamol", "unit=mg", *PATIENT]
    command.run(*dose, "dose=500", *one)
    command.run(*dose, "dose=1000", *two)
    assert "1 number stands for more than one act" in command.run("ward", "join", "two", *one).err
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
