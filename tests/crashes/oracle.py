"""What must be there, found out without the program: SQL and hashes of a station's journal and its second copies, the
resources of a record, the messages of a receiver; all held against what was said to nurses.
"""

from __future__ import annotations

import base64
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import hl7

from tests.crashes.acts import ALONE, Act
from tests.crashes.chain import Said


class Wrong(NamedTuple):
    """What is wrong, each a sentence."""

    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    """On the wrong patient, or with other values."""


class Filed(NamedTuple):
    """An act as another system has it: the number of its patient there, and its text, in which its values stand."""

    patient: str
    text: str
    at: str


class Signed(NamedTuple):
    """What another system was told of who did an act, under a number that begins with its row."""

    row: str
    at: str
    witnesses: tuple[str, ...]


def journal_of(folder: Path) -> list[dict[str, Any]]:
    """The entries of a station, each checked against its hash."""
    with closing(sqlite3.connect(folder / "station.db")) as db:
        rows = db.execute("SELECT hash, before, text FROM link ORDER BY place").fetchall()
    for digest, before, text in rows:
        assert sha256(before.encode() + b" " + bytes(text)).hexdigest() == digest
    return [json.loads(text) for _, _, text in rows]


def copy_of(stick: Path, station: str) -> list[dict[str, Any]]:
    """The entries of a second copy, up to where its hashes hold."""
    path, before, found = stick / f"{station}.entries", "0" * 64, list[dict[str, Any]]()
    for line in path.read_bytes().split(b"\n")[:-1] if path.exists() else []:
        digest, _, text = line.partition(b" ")
        before = sha256(before.encode() + b" " + text).hexdigest()
        if digest != before.encode():
            break
        found.append(json.loads(text))
    return found


def at_stations(said: Iterable[Said], unknown: str, journals: Mapping[int, list[dict[str, Any]]]) -> Wrong:
    """Whether what was said is in its station's own journal once, and as it was said."""
    lost, doubled, wrong = [], [], []
    for each in {(one.station, one.act.row): one for one in said}.values():
        name = f"icu-{each.station + 1}"
        found = [entry for entry in journals[each.station] if entry["id"] == each.act.row and entry["station"] == name]
        lost += [each.act.row] * (not found)
        doubled += [each.act.row] * (len(found) > 1)
        wrong += [f"{each.act.row} {entry}" for entry in found if not _is_as_said(each.act, entry, unknown)]
    for station, entries in journals.items():
        own = Counter(entry["id"] for entry in entries if entry["station"] == f"icu-{station + 1}")
        doubled += [row for row, number in own.items() if number > 1]
    return Wrong(tuple(lost), tuple(doubled), tuple(wrong))


def are_whole(acts: Iterable[Act], journals: Iterable[list[dict[str, Any]]]) -> Wrong:
    """Whether of acts that are written in one go all are in a journal, or none."""
    wrong = []
    for together in {act.together for act in acts} - {0}:
        rows = {act.row for act in acts if act.together == together}
        for entries in journals:
            there = rows & {entry["id"] for entry in entries}
            wrong += [f"of {sorted(rows)} only {sorted(there)} are written"] * (there not in (set(), rows))
    return Wrong(wrong=tuple(wrong))


def on_sticks(said: Iterable[Said], meddling: int, copies: Mapping[int, list[dict[str, Any]]]) -> Wrong:
    """Whether what was said to be on a second copy is there, where nobody has meddled with it since."""
    lost = [
        each.act.row
        for each in said
        if each.mirrors and each.meddling == meddling
        and each.act.row not in {entry["id"] for entry in copies[each.station]}
    ]  # fmt: skip
    return Wrong(tuple(lost))


def _is_as_said(act: Act, entry: dict[str, Any], unknown: str) -> bool:
    content = entry["content"]
    same = all(str(content.get(key)).casefold() == value.casefold() for key, value in act.fields.items())
    signed_by = (entry.get("witness", ""), entry.get("is_unvouched", False), entry.get("alone", ""))
    signs = signed_by == (act.witness, act.is_unvouched, act.alone)
    is_whose = entry["patient"] == (act.person.number or unknown)
    return same and signs and is_whose and entry["effective_us"] == act.at_us


def in_target(acts: Sequence[Act], gone: frozenset[str], filed: Sequence[Filed], patients: Mapping[str, str]) -> Wrong:
    """Whether every act is in the target once, on its patient, with its values; and of ``gone`` rows none.

    ``patients``: what the target calls the patient of each number.
    """
    lost, doubled, wrong = [], [], []
    for act in acts:
        if not act.marker or act.kind == "stop":
            continue
        found = [each for each in filed if act.marker in each.text]
        if act.row in gone:
            wrong += [f"{act.row} was taken back, and is there"] * bool(found)
            continue
        lost += [act.row] * (not found)
        doubled += [f"{act.row}: {found}"] * (len(found) > 1)
        for each in found:
            is_whole = all(
                re.search(rf"(?<![\w.]){re.escape(value)}(?![\w.])", each.text)
                for key, value in act.fields.items()
                if key in {"dose", "value", "unit", "text", "frequency"}
            )
            is_whole &= (f"NO SECOND PERSON signed: {ALONE}" in each.text) == bool(act.alone)
            if each.patient != patients[act.person.number] or not is_whole or each.at != time_of(act.at_us):
                wrong.append(f"{act} is {each}")
    known = {act.marker for act in acts if act.marker}
    wrong += [f"nobody charted {each}" for each in filed if not any(marker in each.text for marker in known)]
    return Wrong(tuple(lost), tuple(doubled), tuple(wrong))


def signed(acts: Iterable[Act], found: Sequence[Signed]) -> Wrong:
    """Whether of each of these acts the target was told once who did it, when, and who signed; and that nobody vouched
    for the two, just where nobody had.
    """
    lost, doubled, wrong = [], [], []
    for act in acts:
        told = [each for each in found if each.row == act.row]
        lost += [f"who did {act.row}"] * (not told)
        doubled += [f"who did {act.row}: {told}"] * (len(told) > 1)
        expected = [(act.witness, act.is_unvouched)] if act.witness else []
        for each in told:
            signs = [(name.partition(" (")[0], "NOBODY VOUCHED" in name) for name in each.witnesses]
            if signs != expected or each.at != time_of(act.at_us):
                wrong.append(f"{act} is signed {each}")
    return Wrong(tuple(lost), tuple(doubled), tuple(wrong))


def signed_resources(resources: Iterable[Mapping[str, Any]]) -> list[Signed]:
    """What the Provenances of a FHIR server say."""
    found = []
    for each in resources:
        if each["resourceType"] == "Provenance":
            people = [(one["type"]["coding"][0]["code"], one["who"]["display"]) for one in each["agent"]]
            row = each["meta"]["tag"][0]["code"].partition("-")[0]
            witnesses = tuple(name for role, name in people if role == "verifier")
            found.append(Signed(row, each["occurredDateTime"], witnesses))
    return found


def signed_messages(messages: Iterable[bytes]) -> list[Signed]:
    """What a receiver's messages say, each but once by its control id."""
    found = {}
    for octets in messages:
        segments = [each.split("|") for each in octets.decode().split("\r")]
        notes = [fields[3] for fields in segments if fields[0] == "NTE"]
        number = segments[0][9]
        witnesses = tuple(each.removeprefix("witness: ") for each in notes if each.startswith("witness: "))
        found[number] = Signed(number.partition("-")[0], _at(octets), witnesses)
    return list(found.values())


def filed_resources(resources: Iterable[Mapping[str, Any]]) -> list[Filed]:
    """The acts of a FHIR server, by what they say; packed text is opened, what was entered in error left out, and what
    was there before.
    """
    found = []
    for each in resources:
        if each["resourceType"] in {"Patient", "Provenance"} or each.get("status") == "entered-in-error":
            continue
        if each.get("id", "").startswith("own-"):
            continue
        about = each.get("subject") or each["patient"]
        packed = [base64.b64decode(part["attachment"]["data"]).decode() for part in each.get("content", [])]
        at = each.get("effectiveDateTime") or each.get("authoredOn") or each.get("recordedDate") or each.get("date")
        at = at or each.get("period", {}).get("start", "")
        text = " ".join([json.dumps(each), *packed])
        found.append(Filed(about["reference"], text if each["resourceType"] != "Encounter" else "Birch", at))
    return found


def filed_messages(messages: Iterable[bytes]) -> list[Filed]:
    """The acts of a receiver's messages, each but once by its control id; escapes are undone, stops left out."""
    found = {}
    for octets in messages:
        if b"\rORC|DC|" in octets:
            continue
        message = hl7.parse(octets.decode())
        text = "Birch" if "ADT^A01" in octets.decode() else octets.decode().partition("\rPID|")[2].partition("\r")[2]
        for escape, separator in (("F", "|"), ("S", "^"), ("T", "&"), ("R", "~"), ("E", "\\")):
            text = text.replace(f"\\{escape}\\", separator)
        number = str(message.segment("PID")[3]).split("^")[0]
        found[str(message.segment("MSH")[10])] = Filed(number, text, _at(octets))
    return list(found.values())


def _at(message: bytes) -> str:
    """When the act of a message was done."""
    segments = {str(segment[0][0]): segment for segment in hl7.parse(message.decode())}
    at = {"RXA": 3, "OBR": 7, "ORC": 9, "TXA": 4, "EVN": 6}
    when = next((str(segments[name][place]) for name, place in at.items() if name in segments), "")
    return datetime.strptime(when, "%Y%m%d%H%M%S%z").strftime("%Y-%m-%dT%H:%M:%SZ") if when else ""


def time_of(at_us: int) -> str:
    """As FHIR writes it."""
    return datetime.fromtimestamp(at_us / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
