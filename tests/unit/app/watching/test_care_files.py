"""A folder of FHIR files and tables tells who treats whom; what cannot be read is told and stops nothing."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from codedark.app.watching import care_files
from codedark.app.watching.care_files import care_of_folder
from codedark.detect.behaviour.care import Care, Why
from codedark.detect.behaviour.care_people import Function
from codedark.errors import UnusableInput
from codedark.events.record import Rejected

WEDNESDAY_US = 1_768_384_800_000_000  # 2026-01-14T10:00:00Z
ENCOUNTER = (
    b'{"resourceType":"Encounter","id":"e","subject":{"reference":"Patient/x"},"period":{"start":"2026-01-13"},'
    b'"location":[{"location":{"reference":"Location/4B-1"}}]}\n'
)
BED = b'{"resourceType":"Location","id":"4B-1","partOf":{"reference":"Location/4B"}}\n'


def read(folder: Path) -> tuple[Care, list[Rejected]]:
    """Care from a folder, and what was rejected."""
    care, rejected = Care(), list[Rejected]()
    care_of_folder(folder, care, rejected.append)
    return care, rejected


def test_files_are_read_in_the_order_in_which_they_need_each_other(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "MimicEncounter.ndjson.gz", "wb") as file:
        file.write(ENCOUNTER)
    (tmp_path / "location-2.ndjson").write_bytes(BED)
    (tmp_path / "staff.csv").write_text("Account,Role,Wards,Family\nAnna,nurse,4B;5C,Smet\n")
    care, rejected = read(tmp_path)
    assert care.explain("anna", "x", WEDNESDAY_US) is Why.WARD
    assert rejected == []


def test_a_line_that_cannot_be_read_is_told_and_the_others_count(tmp_path: Path) -> None:
    (tmp_path / "Location.ndjson").write_bytes(BED)
    (tmp_path / "Encounter.ndjson").write_bytes(b'{"resour\n[1]\n\n' + ENCOUNTER)
    (tmp_path / "accounts.csv").write_text("id,kind,person,role,wards\nanna,person,An Smet,nurse,4B\nsvc,service,,,\n")
    (tmp_path / "roster.csv").write_text(
        "account,from,until,ward\nanna,2026-01-14T07:00:00Z,2026-01-14T15:00:00Z,4B\nbert,2026-01-14,2026-01-15,\n"
        "anna,later,never,\n"
    )
    care, rejected = read(tmp_path)
    assert care.explain("anna", "x", WEDNESDAY_US) is Why.WARD
    assert care.on_shift("anna", WEDNESDAY_US) is True
    anna = care.member("anna")
    assert anna is not None
    assert (anna.family, anna.given, anna.function) == ("smet", "an", Function.NURSING)
    assert care.member("svc") is None
    assert [(Path(each.source).name, each.offset) for each in rejected] == [
        ("Encounter.ndjson", 1), ("Encounter.ndjson", 2), ("roster.csv", 3), ("roster.csv", 4),
    ]  # fmt: skip


def test_lines_and_their_number_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(care_files, "MOST_LINES", 2)
    monkeypatch.setattr(care_files, "MOST_LINE_BYTES", 500)
    (tmp_path / "Location.ndjson").write_bytes(b'{"id":"' + b"x" * 500 + b'"}\n' + BED + BED + BED)
    care, rejected = read(tmp_path)
    assert care.ward_of("4B-1") == "4B"
    assert any("longer than" in each.reason for each in rejected)
    assert any("more than 2 lines" in each.reason for each in rejected)


def test_a_folder_that_says_nothing_about_care_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="neither FHIR NDJSON files nor"):
        read(tmp_path)
    with pytest.raises(UnusableInput, match="is no folder"):
        read(tmp_path / "missing")
    (tmp_path / "Patient.ndjson.gz").write_bytes(b"no gzip")
    with pytest.raises(UnusableInput, match="cannot be read"):
        read(tmp_path)
