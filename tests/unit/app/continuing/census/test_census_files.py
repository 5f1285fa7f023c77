"""Files of messages and resources, whatever they are packed in and wherever their parts are cut."""

from __future__ import annotations

import gzip
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
import zstandard

from codedark.app.continuing.census import files as census_files
from codedark.app.continuing.census.files import Part, messages, records
from codedark.app.continuing.census.formats import HL7
from codedark.app.continuing.census.intake import load
from codedark.app.continuing.census.state import CensusState, Following
from codedark.app.wall_clock import now_us
from codedark.continuity.charts.chart import PatientId
from codedark.continuity.hl7v2.site import site
from codedark.errors import UnusableInput
from codedark.events.parcel import Sequence
from codedark.hospital.hospital import Hospital
from codedark.store.journal.follower import Follower
from codedark.store.journal.journal import Journal
from tests.command_line import Command
from tests.served_census import admission

RESOURCES: list[dict[str, Any]] = [{"resourceType": "Patient", "id": str(n)} for n in range(3)]


def lines(file: Path) -> list[bytes]:
    """The records of a file, one by one."""
    return [line for part in records(file) for line in part.data.splitlines() if part.format == "fhir"]


def test_messages_are_the_same_read_in_parts_and_as_a_whole(tmp_path: Path) -> None:
    octets = b"rubbish\n" + b"\n".join(b"\x0b" + admission(n) + b"\x1c" for n in range(16_000))
    file = tmp_path / "a.hl7"
    file.write_bytes(octets)
    assert len(octets) > 2 << 20
    assert [part.data[:-1] for part in records(file)] == messages(octets)


@pytest.mark.parametrize("size", range(1, 9))
def test_a_header_that_is_cut_in_two_is_a_header(tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(census_files, "_PART_BYTES", size)
    octets = b"x\r \n\t MSH|a\rPID\nMSHX|b MSH|c\x1cMSH#d\n\nMSH\n\x0b\x0cMSH|e"
    (tmp_path / "a").write_bytes(octets)
    assert [part.data[:-1] for part in records(tmp_path / "a")] == messages(octets)
    assert messages(octets) == [b"x", b"MSH|a\rPID\nMSHX|b MSH|c", b"MSH#d\n\nMSH", b"MSH|e"]


def test_many_empty_lines_take_no_time(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\n" * (4 << 20) + b"MSH|a" + b" " * (4 << 20) + b"MSH|b")
    assert len(list(records(tmp_path / "a"))) == 1


@pytest.mark.parametrize("how", ["plain", "gzip", "two gzips", "zstd", "zip"])
def test_what_is_packed_is_read_whatever_it_is_called(tmp_path: Path, how: str) -> None:
    plain = b"".join(json.dumps(each).encode() + b"\r\n" for each in RESOURCES)
    file = tmp_path / "a"
    if how == "zip":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("a.ndjson", plain)
    else:
        half = len(plain) // 2
        file.write_bytes(
            {
                "plain": plain,
                "gzip": gzip.compress(plain),
                "two gzips": gzip.compress(plain[:half]) + gzip.compress(plain[half:]),
                "zstd": zstandard.compress(plain),
            }[how]
        )
    assert [json.loads(line) for line in lines(file)] == RESOURCES


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("shape", ["bundle", "list", "one"])
def test_a_document_is_its_resources_on_one_line_or_many(tmp_path: Path, shape: str, indent: int | None) -> None:
    bundle = {"resourceType": "Bundle", "entry": [{"resource": each} for each in RESOURCES]}
    document: Any = {"bundle": bundle, "list": RESOURCES, "one": RESOURCES[0]}[shape]
    file = tmp_path / "a.json"
    file.write_text(json.dumps(document, indent=indent))
    assert [json.loads(line) for line in lines(file)] == (RESOURCES[:1] if shape == "one" else RESOURCES)


def test_a_line_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    file = tmp_path / "a.ndjson"
    file.write_bytes(b'\n{"resourceType": }\n{"resourceType": "Patient", "id": "1"}\n{\n')
    assert len(lines(file)) == 3


@pytest.mark.parametrize("begin", [b"MSH|^~\\&|", b'{"resourceType": "'])
def test_a_bomb_is_refused_in_little_memory(tmp_path: Path, begin: bytes) -> None:
    file = tmp_path / "bomb.gz"
    with gzip.open(file, "wb", 1) as packed:
        packed.write(begin)
        for _ in range(80):
            packed.write(b" " * (1 << 20))
    (tmp_path / "home").mkdir()
    command = Command(tmp_path, tmp_path)
    told = command.fails("census", "load", file, "--home", tmp_path / "home")
    assert "are taken at most" in told or "one JSON document of more than" in told or "cannot be read" in told


def test_what_is_of_another_kind_is_refused_before_anything_of_it_is_kept(tmp_path: Path) -> None:
    many = tmp_path / "many"
    many.mkdir()
    (many / "cards.html").write_text("<!DOCTYPE html>\n<p>correct horse battery staple</p>\n")
    (many / "ward.json").write_text('{"hospital":"A","transport":"AGE-SECRET-KEY-1"}')
    (many / "adt.hl7").write_bytes(b"\xef\xbb\xbf" + admission(1))
    (many / "empty.hl7").write_bytes(b"")
    with zipfile.ZipFile(many / "both.zip", "w") as zipped:
        zipped.writestr("a.txt", "horse")
        zipped.writestr("b.hl7", admission(2))
    command, home = Command(tmp_path, tmp_path), tmp_path / "home"
    home.mkdir()
    told = command.run("census", "load", many, "--home", home)
    assert told.code == 3
    assert [line for line in told.err.splitlines() if "neither HL7 v2 nor FHIR" in line and "ward.json" in line]
    assert "cards.html: neither" in told.err
    assert "both.zip" in told.err
    assert told.err.splitlines()[-1] == "codedark: 2 records loaded, 3 files refused"
    kept = b"".join(file.read_bytes() for file in (home / "continuity").rglob("*") if file.is_file())
    assert not [each for each in (b"horse", b"SECRET") if each in kept]


def test_a_file_that_is_cut_off_is_told_behind_what_could_be_read(tmp_path: Path) -> None:
    file = tmp_path / "a.gz"
    file.write_bytes(gzip.compress(b"\n".join(admission(n) for n in range(2000)))[:-2000])
    found: list[Part] = []
    with pytest.raises(UnusableInput, match="cannot be read"):
        found.extend(records(file))
    assert 100 < len(found) < 2000


def test_a_file_of_next_year_sets_no_clock_ahead(tmp_path: Path) -> None:
    file = tmp_path / "a.hl7"
    file.write_bytes(admission(1))
    os.utime(file, (4_000_000_000, 4_000_000_000))
    with Journal(tmp_path / "journal", reserve_bytes=0) as journal:
        load([file], journal)
        journal.append("mllp://10.0.0.1", HL7, admission(2), 1, now_us())
    follower = Follower(tmp_path / "journal", Sequence(1), lambda _: None)
    assert all(parcel.arrived_us <= now_us() for parcel in follower.read())
    follower.close()


def test_an_export_of_last_week_that_is_loaded_now_says_nothing_of_today(tmp_path: Path) -> None:
    mrn = {"type": {"coding": [{"code": "MR"}]}, "value": "1"}
    number = {"type": {"coding": [{"code": "VN"}]}, "value": "V1"}
    who = {"resourceType": "Patient", "id": "p", "identifier": [mrn]}
    stay = {"resourceType": "Encounter", "id": "e", "identifier": [number], "status": "in-progress",
            "class": {"code": "IMP"}, "subject": {"reference": "Patient/p"}}  # fmt: skip
    file = tmp_path / "export.ndjson"
    file.write_bytes(b"".join(json.dumps(each).encode() + b"\n" for each in (who, stay)))
    os.utime(file, (1_768_000_000, 1_768_000_000))
    with Journal(tmp_path / "journal", reserve_bytes=0) as journal:
        left = admission(1).replace(b"ADT^A01", b"ADT^A03")
        journal.append("mllp://10.0.0.1", HL7, left, 1, now_us())
        load([file], journal)
    state = CensusState(Hospital("Test", "UTC"), site())
    following = Following(tmp_path / "journal", state)
    assert following.catch_up() == 3
    following.close()
    assert state.charts(now_us())[PatientId("1")].visit is None
