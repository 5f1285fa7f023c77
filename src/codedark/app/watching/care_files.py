"""Who treats whom, from a folder: FHIR resources as NDJSON by type, and tables of staff and of their shifts as CSV.

``Encounter.ndjson``, ``MimicEncounter.ndjson.gz`` and ``encounter-2.ndjson`` are all read for encounters.
``staff.csv`` (``account, role, wards, family, given, born, street, postcode, patient, id``; wards separated by ``;``)
and ``roster.csv`` (``account, from, until, ward``) add what FHIR lacks; ``accounts.csv`` of the hospital model will do
for a staff table. A line that cannot be read is told as `Rejected`, and the others count.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from codedark.detect.behaviour import care_fhir
from codedark.detect.behaviour.care import Care
from codedark.detect.behaviour.care_people import Function, Member, folded, function_of, home_of
from codedark.errors import UnusableInput
from codedark.events.envelope import parse_time
from codedark.events.moments import microseconds_of
from codedark.events.record import Rejected, SourceName

MOST_LINES: Final = 20_000_000
MOST_LINE_BYTES: Final = 1 << 20
_SUFFIXES: Final = (".ndjson", ".ndjson.gz", ".jsonl")
_STAFF: Final = ("staff.csv", "accounts.csv")
_ROSTER: Final = "roster.csv"


def care_of_folder(folder: Path, care: Care, reject: Callable[[Rejected], None]) -> int:
    """Tell `care` everything that a folder holds; answers how many lines said something.

    Raises `UnusableInput` where the folder holds nothing that says who treats whom, or a file cannot be read.
    """
    if not folder.is_dir():
        raise UnusableInput(f"{folder}: is no folder: name one with FHIR NDJSON files or a staff.csv in it")
    files = {kind: _files(folder, kind) for kind in care_fhir.READ}
    tables = [folder / name for name in (*_STAFF, _ROSTER) if (folder / name).is_file()]
    if not any(files.values()) and not tables:
        raise UnusableInput(f"{folder}: holds neither FHIR NDJSON files nor staff.csv")
    told = 0
    for kind in (*care_fhir.FIRST, *sorted(care_fhir.READ.difference(care_fhir.FIRST))):
        for path in files.get(kind, ()):
            told += care_of_lines(_lines(path), care, SourceName(str(path)), reject)
    for table in tables:
        told += _table(table, care, reject)
    return told


def care_of_lines(lines: Iterable[bytes], care: Care, source: SourceName, reject: Callable[[Rejected], None]) -> int:
    """Tell `care` FHIR resources, one JSON object a line; answers how many said something.

    `MOST_LINES` and `MOST_LINE_BYTES` bound what is read; what is beyond them is rejected.
    """
    told = 0
    for number, line in enumerate(lines, 1):
        if number > MOST_LINES:
            reject(Rejected(source, number, f"there are more than {MOST_LINES:,} lines: the others are left out"))
            break
        if not line.strip():
            continue
        if len(line) > MOST_LINE_BYTES:
            reject(Rejected(source, number, f"line {number} is longer than {MOST_LINE_BYTES:,} bytes"))
            continue
        try:
            resource = orjson.loads(line)
        except orjson.JSONDecodeError as reason:
            reject(Rejected(source, number, f"line {number} is no JSON: {reason}"))
            continue
        if not isinstance(resource, dict):
            reject(Rejected(source, number, f"line {number} is no FHIR resource"))
        elif care_fhir.told(care, resource):
            told += 1
    return told


def _files(folder: Path, kind: str) -> list[Path]:
    def is_of_kind(path: Path) -> bool:
        name = path.name.lower()
        suffix = next((each for each in _SUFFIXES if name.endswith(each)), None)
        stem = name.removesuffix(suffix).rstrip("0123456789.-_").removeprefix("mimic") if suffix else ""
        return stem == kind.lower()

    return sorted(path for path in folder.iterdir() if path.is_file() and is_of_kind(path))


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            while line := file.readline(MOST_LINE_BYTES + 1):
                yield line
                while len(line) > MOST_LINE_BYTES and not line.endswith(b"\n"):  # the rest of it
                    line = file.readline(MOST_LINE_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnusableInput(f"{path}: cannot be read: {error}") from error


def _table(path: Path, care: Care, reject: Callable[[Rejected], None]) -> int:
    """A table of staff or of shifts. Column names are compared in lower case; an account is all that must be there."""
    read = _shift if path.name == _ROSTER else _member
    told = 0
    try:
        with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
            for number, row in enumerate(csv.DictReader(file), 2):
                cells = {
                    name.strip().lower(): (cell or "").strip()
                    for name, cell in row.items()
                    if isinstance(name, str) and not isinstance(cell, list)
                }
                reason = read(care, cells)
                if reason:
                    reject(Rejected(SourceName(str(path)), number, f"line {number}: {reason}"))
                else:
                    told += 1
    except (OSError, csv.Error) as error:
        raise UnusableInput(f"{path}: cannot be read as a table: {error}") from error
    return told


def _member(care: Care, row: Mapping[str, str]) -> str:
    account = (row.get("account") or (row.get("id") if "kind" in row else "") or "").lower()
    if not account:
        return "names no account"
    if row.get("kind", "person") != "person":
        return ""
    known = care.member(account) or Member(account, "", Function.OTHER)
    role = row.get("role") or known.role
    wards = {care.ward_of(ward.strip()) for ward in row.get("wards", "").split(";")} - {""}
    given, _, family = row.get("person", "").partition(" ")
    family, given = row.get("family") or family, row.get("given") or given
    if account != known.account:
        account = known.account
    care.add_member(
        Member(
            account, role, function_of(role), known.wards | frozenset(wards), folded(family) or known.family,
            folded(given) or known.given, row.get("born") or known.born,
            home_of(row.get("street", ""), row.get("postcode", "")) or known.home, row.get("patient") or known.patient,
        )
    )  # fmt: skip
    if "kind" not in row and row.get("id"):
        care.alias_member(row["id"], account)
    return ""


def _shift(care: Care, row: Mapping[str, str]) -> str:
    member = care.member(row.get("account", ""))
    from_us, until_us = _time(row.get("from")), _time(row.get("until"))
    if member is None:
        return f"nobody is known by the account {row.get('account')!r}"
    if from_us is None or until_us is None or until_us <= from_us:
        return "says no time from and until that can be read"
    care.add_shift(member.account, from_us, until_us, row.get("ward", ""))
    return ""


def _time(text: Any) -> int | None:
    moment = parse_time(text) if isinstance(text, str) else None
    return None if moment is None else microseconds_of(moment)
