"""HL7 v2 messages read naively, one after the other as they were sent: what wards must find in their packs.

Written from HL7 v2.5.1 (chapters 2, 3, 4, 7, 9, 10) and docs/reference/census.md, apart from `continuity`: nothing of
it is imported or was read for this. It knows the messages of the data that the tests have, and no more.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from tests.oracle.source_patient import Patient, Result, Row, Stay, group_of, number, plain

Segment = list[str]
_STATES = {
    **dict.fromkeys(("A01", "A04", "A13", "A06", "A07", "A22", "A52"), "in"),
    **dict.fromkeys(("A21", "A53"), "leave"),
    **dict.fromkeys(("A11", "A23", "A27", "A38"), "cancelled"),
    **dict.fromkeys(("A05", "A14"), "expected"),
    "A03": "out",
}
"""What an event makes of a stay (3.3); others leave it as it is."""
_SEVERITY = {"SV": "high", "MO": "moderate", "MI": "low"}
_GIVEN = {"CP": "given", "PA": "given", "": "given", "RE": "refused", "NA": "not-given"}
_BOOKED = {"S12": "booked", "S15": "cancelled", "S16": "cancelled", "S26": "no-show"}
_ALERTS = {"isolation": "isolation", "fall risk": "falls", "swallow": "swallowing", "limit": "limits"}
_ESCAPES = {"\\F\\": "|", "\\S\\": "^", "\\T\\": "&", "\\R\\": "~", "\\E\\": "\\", "\\.br\\": "\n"}


class Message:
    """One message: its lines, and the first of each segment."""

    def __init__(self, text: str, zone: str) -> None:
        self.lines = [line.split("|") for line in re.split(r"[\r\n]+", text) if line]
        self.first = {line[0]: line for line in reversed(self.lines)}
        self.kind, self.event = (*self.field("MSH", 8).split("^"), "")[:2]
        self.zone = zone
        self.at = self.time("MSH", 6)

    def field(self, name: str, place: int) -> str:
        """A field of the first segment of a name, as it stands; MSH counts its own separator."""
        return at(self.first.get(name, []), place)

    def time(self, name: str, place: int) -> int:
        return seconds(self.field(name, place), self.zone)

    def of(self, name: str) -> list[Segment]:
        return [line for line in self.lines if line[0] == name]


def from_messages(octets: bytes, zone: str, now: int) -> dict[str, Patient]:
    """All patients by number. ``now`` in seconds: an order whose end has passed is not active."""
    found: defaultdict[str, Patient] = defaultdict(Patient)
    ends: dict[tuple[str, str], int] = {}
    for text in re.split(r"(?=MSH\|\^)", octets.decode()):
        message = Message(text, zone)
        if "PID" not in message.first:
            continue
        id_ = part(message.field("PID", 3), 0)
        if "MRG" in message.first:  # both are the number that survives
            _join(found[id_], found.pop(part(message.field("MRG", 1), 0), Patient()))
        patient = found[id_]
        patient.heard = max(patient.heard, message.at)
        _person(patient, message)
        if "PV1" in message.first:
            _stay(patient, message)
        _lists(patient, message)
        _alerts(patient, message)
        if message.kind in {"RDE", "RAS"}:
            _drug(patient, message, id_, ends)
        elif message.kind == "ORM":
            _asked(patient, message)
        elif message.kind == "ORU":
            _answered(patient, message)
        elif message.kind == "SIU":
            _slot(patient, message)
        elif message.kind == "MDM":
            _note(patient, message)
    for (id_, order), end in ends.items():
        if 0 < end <= now and id_ in found:
            _forget(found[id_], order)
    return dict(found)


def _person(patient: Patient, message: Message) -> None:
    pid = message.first["PID"]
    born = at(pid, 7)[:8]
    told = (
        *(clear(part(at(pid, 5), n)) for n in (0, 1)),
        "-".join((born[:4], born[4:6], born[6:])).strip("-"),
        at(pid, 8),
    )
    phone = clear(part(at(pid, 13), 0))
    before = patient.groups["identity"].get("", ("",) * 5)
    whole = [new or old for new, old in zip((*told, phone), before, strict=True)]
    if message.kind == "ADT" or not patient.identity:
        patient.groups["identity"][""] = patient.identity = tuple(whole)


def _stay(patient: Patient, message: Message) -> None:
    """PV1 and PV2. A message without a stay's number speaks of the one that there is."""
    visit, is_adt = message.first["PV1"], message.kind == "ADT"
    id_ = part(at(visit, 19), 0)
    if not id_ and patient.stays:
        id_ = next(reversed(patient.stays))
    stay = patient.stays.setdefault(id_, Stay(state="" if at(visit, 2) in {"O", "P", ""} else "in"))
    stay.told = max(stay.told, message.at) if is_adt or not stay.is_told else stay.told
    if stay.is_told and not is_adt:
        return
    stay.kind = at(visit, 2) or stay.kind
    stay.place = place_of(at(visit, 3)) if at(visit, 3) else stay.place
    stay.previous = place_of(at(visit, 6)) if at(visit, 6) else stay.previous
    stay.attending = (name_of(at(visit, 7)), "") if at(visit, 7) else stay.attending
    stay.begin = seconds(at(visit, 44), message.zone) or stay.begin
    stay.end = seconds(at(visit, 45), message.zone) or stay.end
    stay.reason = clear(part(message.field("PV2", 3), 1) or part(message.field("PV2", 3), 0)) or stay.reason
    stay.expected_out = message.time("PV2", 9) or stay.expected_out
    happened = message.time("EVN", 6) or message.time("EVN", 2) or message.at
    if is_adt:
        stay.is_told = True
        stay.state = _STATES.get(message.event, stay.state or "in")
        if message.event in {"A01", "A04"}:
            stay.begin = stay.begin or happened
        if message.event == "A03":
            stay.end = seconds(at(visit, 45), message.zone) or happened
        if message.event == "A13":
            stay.end = 0


def _lists(patient: Patient, message: Message) -> None:
    """AL1 and DG1 are whole lists; NK1 names people one by one."""
    allergies: dict[str, Row] = {}
    for line in message.of("AL1"):
        words = clear(part(at(line, 3), 1) or part(at(line, 3), 0))
        if part(at(line, 3), 0) in {"716186003", "NKA"}:
            patient.groups["none known"] = {"": ("allergies",)}
            continue
        reactions = ", ".join(clear(each) for each in at(line, 5).split("~"))
        allergies[f"{at(line, 1)} {words}"] = (
            words.casefold(),
            reactions,
            _SEVERITY.get(part(at(line, 4), 0), "unknown"),
        )
    if allergies:
        patient.groups["allergy"] = allergies
        patient.groups.pop("none known", None)
    stay = part(message.field("PV1", 19), 0)
    if listed := message.of("DG1"):
        for key in [key for key in patient.groups["problem"] if key.startswith(f"{stay} ")]:
            del patient.groups["problem"][key]
        for line in listed:
            code = clear(part(at(line, 3), 0))
            words = clear(part(at(line, 4), 0) or part(at(line, 3), 1) or code)
            patient.groups["problem"][f"{stay} {code or words}"] = (words, code)
    for line in message.of("NK1"):
        name = " ".join(clear(part(at(line, 2), n)) for n in (0, 1)).strip()
        role = clear(part(at(line, 3), 1) or part(at(line, 3), 0))
        patient.groups["contact"][name] = (name, role, clear(part(at(line, 5), 0)))


def _alerts(patient: Patient, message: Message) -> None:
    """Advance directive, diet orders, and what OBX of ADT messages say."""
    alerts = patient.groups["alert"]
    if directive := message.field("PD1", 15):
        alerts["PD1"] = ("code-status", clear(part(directive, 1) or part(directive, 0)))
    for line in message.of("ODS"):
        text = " ".join(each for each in (clear(part(at(line, 3), 1)), clear(at(line, 4))) if each)
        alerts[f"diet {part(message.field('ORC', 2), 0)}"] = ("diet", text)
    for line in message.of("OBX") if message.kind == "ADT" else ():
        name, value = clear(part(at(line, 3), 1)), clear(part(at(line, 5), 1) or part(at(line, 5), 0))
        kind = next((kind for word, kind in _ALERTS.items() if word in name.casefold()), "")
        if kind:
            alerts[f"OBX {name}"] = (kind, value if name.casefold() == kind else f"{name}: {value}")


def _drug(patient: Patient, message: Message, id_: str, ends: dict[tuple[str, str], int]) -> None:
    """RDE: an order. RAS: a dose of it."""
    order = part(message.field("ORC", 2), 0)
    for line in message.of("RXA"):
        when = seconds(at(line, 3), message.zone)
        status = _GIVEN[at(line, 20)]
        status = "refused" if status == "not-given" and at(line, 18) else status
        name, dose, unit = clear(part(at(line, 5), 1)), number(at(line, 6)), clear(part(at(line, 7), 0))
        row = (order, name, dose, unit, when, status, name_of(at(line, 10)))
        patient.doses[f"{order}@{when}"] = (when, order, status, row)
    if message.kind != "RDE" or "RXE" not in message.first:
        return
    patient.codes[order] = part(at(message.first["RXE"], 2), 0)
    if message.field("ORC", 1) in {"DC", "CA"}:
        _forget(patient, order)
        return
    drug, timing = message.first["RXE"], message.first.get("TQ1", [])
    name = clear(part(at(drug, 2), 1))
    dose, unit = at(drug, 3), at(drug, 5)
    if at(drug, 23) and dose in {"", "0"}:
        dose, unit = at(drug, 23), at(drug, 24)
    frequency = clear(part(at(timing, 3), 0))
    needed = part(at(timing, 9), 0) == "PRN" or frequency.endswith("PRN")
    ordered: Row = (
        order, name, number(dose), clear(part(unit, 0)), clear(part(message.field("RXR", 1), 0)), frequency, needed,
        clear(part(at(drug, 27), 1)),
    )  # fmt: skip
    patient.groups["drug"][order] = ordered
    ends[id_, order] = seconds(at(timing, 8), message.zone)


def _forget(patient: Patient, order: str) -> None:
    patient.groups["drug"].pop(order, None)


def _asked(patient: Patient, message: Message) -> None:
    """ORM: a new order is pending until it is answered or cancelled."""
    control = ""
    for line in message.lines:
        if line[0] == "ORC":
            control = at(line, 1)
        if line[0] == "OBR":
            order = part(at(line, 2), 0) or part(at(line, 3), 0)
            accession = part(at(line, 18) or at(line, 20) or at(line, 3), 0)
            if control in {"CA", "OC", "DC"}:
                patient.groups["pending"].pop(order, None)
            else:
                name = clear(part(at(line, 4), 1) or part(at(line, 4), 0))
                patient.groups["pending"][order] = (order, name, clear(accession))


def _answered(patient: Patient, message: Message) -> None:
    """ORU: values of the time in OBX-14, else of OBR-7; or the report of a radiologist or a microbiologist."""
    request: Segment = []
    lines: list[str] = []
    for segment in [*message.lines, ["OBR"]]:
        if segment[0] == "OBR":
            if request and lines:
                _report(patient, request, lines, message.zone)
            request, lines = segment, []
            if at(request, 2) and at(request, 25) in {"F", "C", "X", ""}:
                patient.groups["pending"].pop(part(at(request, 2), 0), None)
        if segment[0] in {"OBX", "NTE"} and _section(request) in {"RAD", "MB"}:
            lines.append(clear(at(segment, 5 if segment[0] == "OBX" else 3)))
        elif segment[0] == "OBX" and request:
            _value(patient, request, segment, message.zone)


def _section(request: Segment) -> str:
    """Who answers: OBR-24, else by what was asked for."""
    asked = part(at(request, 4), 1).casefold()
    named = {"mri": "RAD", "vital signs": "NRS"}
    return at(request, 24) or next((section for word, section in named.items() if word in asked), "")


def _report(patient: Patient, request: Segment, lines: list[str], zone: str) -> None:
    is_image = _section(request) == "RAD"
    when = seconds((at(request, 22) if is_image else "") or at(request, 7), zone)
    title = clear(part(at(request, 4), 1) or part(at(request, 4), 0))
    group = "imaging" if is_image else "microbiology"
    patient.groups[group][part(at(request, 3) or at(request, 2), 0)] = (title, plain(" ".join(lines)), when)


def _value(patient: Patient, request: Segment, line: Segment, zone: str) -> None:
    code, section = clear(part(at(line, 3), 0)), _section(request)
    when = seconds(at(line, 14) or at(request, 7), zone)
    text = clear(at(line, 5))
    if at(line, 2) in {"CE", "CWE"}:
        text = clear(part(at(line, 5), 1) or part(at(line, 5), 0))
    elif at(line, 2) == "SN":
        text = "".join(clear(each) for each in at(line, 5).split("^"))
    if clear(part(at(request, 4), 1)) == "Lines and drains":
        row: Row = (f"{clear(part(at(line, 3), 1))}: {text}", when)
        patient.groups["device"][f"{part(at(request, 3), 0)}/{code}/{at(line, 4)}"] = row
        return
    group = group_of(code, section)
    row = (code, number(text), clear(part(at(line, 6), 0)), when, at(line, 8), clear(at(line, 7)))
    key = f"{part(at(request, 3) or at(request, 2), 0)}/{code}/{at(line, 4)}/{at(line, 1)}"
    if at(line, 11) in {"D", "W"}:
        patient.results.pop(key, None)
    else:
        patient.results[key] = Result(group, code, row, when)


def _slot(patient: Patient, message: Message) -> None:
    schedule, place = message.first["SCH"], message.first.get("AIL", [])
    id_ = part(at(schedule, 2) or at(schedule, 1), 0)
    if message.event == "S17":
        patient.groups["appointment"].pop(id_, None)
        return
    begin, end = (seconds(part(at(schedule, 11), n), message.zone) for n in (3, 4))
    who = ", ".join(name_of(at(line, 3)) for line in message.of("AIP"))
    where = " ".join(each for each in place_of(at(place, 3)) if each)
    status = _BOOKED.get(message.event) or clear(part(at(schedule, 25), 0)).lower()
    what = clear(part(message.field("AIS", 3), 1))
    patient.groups["appointment"][id_] = (what, where, begin, end, who, status)


def _note(patient: Patient, message: Message) -> None:
    text = plain(" ".join(clear(at(line, 5)) for line in message.of("OBX")))
    title = clear(part(message.field("OBX", 3), 1) or part(message.field("TXA", 2), 1))
    patient.groups["note"][part(message.field("TXA", 12), 0)] = (title, text, message.time("TXA", 4))


def _join(kept: Patient, gone: Patient) -> None:
    """A merge loses nothing."""
    before = dict(kept.groups["allergy"])
    kept.stays = {**gone.stays, **kept.stays}
    for group, rows in gone.groups.items():
        kept.groups[group] = {**rows, **kept.groups[group]}
    kept.groups["allergy"] = before
    kept.merged_allergies += [*gone.merged_allergies, *gone.groups["allergy"].values()]
    kept.codes = {**gone.codes, **kept.codes}
    kept.doses = {**gone.doses, **kept.doses}
    kept.results = {**gone.results, **kept.results}
    kept.heard = max(kept.heard, gone.heard)


def at(line: Segment, place: int) -> str:
    """A field, empty where the segment is shorter."""
    return line[place] if len(line) > place and line[place] != '""' else ""


def part(text: str, place: int) -> str:
    """A component of the first repetition."""
    parts = text.split("~", maxsplit=1)[0].split("^")
    return parts[place].split("&")[0] if len(parts) > place else ""


def name_of(person: str) -> str:
    """XCN: family name, given name; else the id."""
    return " ".join(clear(each) for each in (part(person, 1), part(person, 2)) if each) or clear(part(person, 0))


def place_of(location: str) -> tuple[str, str, str]:
    return clear(part(location, 0)), clear(part(location, 1)), clear(part(location, 2))


def clear(text: str) -> str:
    """Escapes of 2.7.1 undone."""
    for escape, letter in _ESCAPES.items():
        text = text.replace(escape, letter)
    return text.strip()


@cache
def seconds(text: str, zone: str) -> int:
    """A time of HL7 in whole seconds since 1970; 0 where there is none."""
    if not text.strip('"'):
        return 0
    if re.search(r"[+-]\d{4}$", text):
        return int(datetime.strptime(text, "%Y%m%d%H%M%S%z").timestamp())
    digits = f"{text[:14]:0<14}"
    return int(datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=ZoneInfo(zone)).timestamp())
