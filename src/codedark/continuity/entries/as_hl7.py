"""An entry as an HL7 v2.5.1 message, the same bytes whenever it is made: MSH-10 is the entry's number.

So a message that is sent again because nobody acknowledged it has the same control id and the same text, and a receiver
that keeps to the standard (2.9.2, MSH-10 unique) files it once. Chapters: 3 (ADT), 4 and 4A (pharmacy, RAS, OMP),
7 (ORU), 9 (MDM). Times are UTC with their offset.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from codedark.continuity.entries.entry import (
    Administration,
    Admission,
    Allergy,
    Checked,
    Content,
    DoseStatus,
    Entry,
    Identifier,
    Note,
    Observation,
    Order,
    OrderKind,
    PhoneResult,
    Specimen,
    Stop,
    Transfer,
)
from codedark.continuity.entries.routes import route_code

_ESCAPES: Final = str.maketrans(
    {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\", "\r": "\\.br\\", "\n": "\\.br\\"}
)
_COMPLETION: Final = {DoseStatus.GIVEN: "CP", DoseStatus.HELD: "NA", DoseStatus.REFUSED: "RE"}
"""HL7 table 0322."""


def message(entry: Entry, patient_authority: str = "") -> bytes:
    """The message, UTF-8, segments ended by CR. Raises ValueError for a void, which is no message."""
    kind = _type_of(entry.content)
    if kind is None:
        raise ValueError(f"{entry.id}: {entry.kind} is no message")
    head = [
        "MSH", "^~\\&", "CODEDARK", text(entry.station), "", "", _time(entry.recorded_us), "", kind, entry.id, "P",
        "2.5.1", "", "", "AL", "AL", "", "UNICODE UTF-8",
    ]  # fmt: skip
    number = f"{text(entry.patient)}^^^{text(patient_authority)}^MR"
    person = ["PID", "1", "", number, "", _name(entry), "", _born(entry)]
    segments = [head, person, *_acts(entry)]
    if kind.startswith(("ADT", "MDM")):
        segments.insert(1, ["EVN", "", _time(entry.recorded_us), "", "", "", _time(entry.effective_us)])
    return "".join("|".join(each).rstrip("|") + "\r" for each in segments).encode()


def _route(said: str) -> list[list[str]]:
    """RXR: the words as they were charted, with the code that they stand for where there is one."""
    code = route_code(said)
    return [["RXR", f"{code}^{text(said)}{'^HL70162' if code else ''}"]] if said else []


def text(value: str) -> str:
    """A value with the separators escaped (2.7.1); a line break in it is one."""
    return value.replace("\r\n", "\n").translate(_ESCAPES)


def _type_of(content: Content) -> str | None:
    match content:
        case Administration():
            return "RAS^O17^RAS_O17"
        case Observation() | PhoneResult():
            return "ORU^R01^ORU_R01"
        case Order(asked=OrderKind.MEDICATION) | Stop():
            return "OMP^O09^OMP_O09"
        case Order(asked=OrderKind.LABORATORY) | Specimen():
            return "OML^O21^OML_O21"
        case Order():
            return "OMG^O19^OMG_O19"
        case Allergy():
            return "ADT^A60^ADT_A60"
        case Note():
            return "MDM^T02^MDM_T02"
        case Transfer():
            return "ADT^A02^ADT_A02"
        case Admission():
            return "ADT^A01^ADT_A01"
        case _:
            return None


def _acts(entry: Entry) -> list[list[str]]:
    """The segments behind PID."""
    at, number, by = _time(entry.effective_us), entry.id, _person(entry.author)
    second = f"witness: {entry.witness_told}" if entry.witness else entry.alone_told
    signed = [["NTE", "1", "L", text(second)]] if second else []
    match entry.content:
        case Administration() as what:
            common = ["ORC", "RE", text(what.order), number, "", "", "", "", "", at, by]
            dose = what.dose if what.status is DoseStatus.GIVEN else "0"
            given = ["RXA", "0", "1", at, at, _coded(what.drug, what.code), dose, text(what.unit), "", "", by]
            given += ["", "", "", "", "", "", "", text(what.reason), "", _COMPLETION[what.status], "A"]
            return [common, given, *_route(what.route), *signed]
        case Observation() as what:
            value = _measured(what.name, what.code, what.value, what.unit, "F", at)
            return [_request(number, at, by, what.name, what.code), value, *signed]
        case PhoneResult() as what:
            value = _measured(what.name, what.code, what.value, what.unit, "P", at)
            told = ["NTE", "1", "L", f"by phone from {text(what.told_by)}, read back"]
            return [_request(number, at, by, what.name, what.code, text(what.accession)), value, told]
        case Order(asked=OrderKind.MEDICATION) as what:
            details = ["NTE", "1", "L", text(" ".join(filter(None, (what.frequency, what.details))))]
            asked = ["RXO", _coded(what.name, what.code), what.dose, "", text(what.unit)]
            return [
                _new_order(number, at, by),
                asked,
                details,
                *_route(what.route),
            ]
        case Stop() as what:
            stopped = ["ORC", "DC", text(what.order), *[""] * 6, at, by, *[""] * 4, at, f"^{text(what.reason)}"]
            return [stopped, ["RXO", _coded(what.drug, ""), text(what.dose), "", text(what.unit)], *signed]
        case Order() as what:
            return [_new_order(number, at, by), _request(number, at, by, what.name, what.code),
                    *([["NTE", "1", "L", text(what.details)]] if what.details else [])]  # fmt: skip
        case Specimen() as what:
            sent = ["SPM", "1", text(what.accession), "", f"^{text(what.specimen)}", *[""] * 12, at]
            return [_new_order(number, at, by), _request(number, at, by, what.tests, "", text(what.accession)), sent]
        case Allergy() as what:
            return [["IAM", "1", "", _coded(what.substance, what.code), "", text(what.reaction), "A^^HL70323", number]]
        case Note() as what:
            about = ["TXA", "1", f"^{text(what.title)}", "TX", at, by, "", "", "", by, "", "", number]
            about += ["", "", "", "", "AU"]
            return [_visit(), about, ["OBX", "1", "TX", f"^{text(what.title)}", "", text(what.text), *[""] * 5, "F"]]
        case Transfer() as what:
            return [_visit(what.ward, what.room, what.bed)]
        case Admission() as what:
            return [_visit(what.ward, "", what.bed, number=what.encounter, at=at)]
        case _:
            return []


def _visit(ward: str = "", room: str = "", bed: str = "", number: str = "", at: str = "") -> list[str]:
    """PV1: class, place, number of the stay, since when."""
    place = f"{text(ward)}^{text(room)}^{text(bed)}".rstrip("^")
    return ["PV1", "1", "E" if number else "I", place, *[""] * 15, number, *[""] * 24, at]


def _request(number: str, at: str, by: str, name: str, code: str, filler: str = "") -> list[str]:
    return ["OBR", "1", number, filler, _coded(name, code), "", "", at, "", "", by]


def _new_order(number: str, at: str, by: str) -> list[str]:
    return ["ORC", "NW", number, "", "", "", "", "", "", at, by]


def _measured(name: str, code: str, value: str, unit: str, status: str, at: str) -> list[str]:
    is_number = value.removeprefix("-").replace(".", "", 1).isdecimal()
    told = ["OBX", "1", "NM" if is_number else "ST", _coded(name, code, "LN"), "", text(value), text(unit)]
    return [*told, "", "", "", "", status, "", "", at]


def _coded(name: str, code: str, system: str = "L") -> str:
    return f"{text(code)}^{text(name)}^{system}" if code else f"^{text(name)}"


def _person(name: str) -> str:
    return f"^{text(name)}"


def _time(at_us: int) -> str:
    return datetime.fromtimestamp(at_us // 1_000_000, UTC).strftime("%Y%m%d%H%M%S+0000")


def _name(entry: Entry) -> str:
    return text(_checked(entry.checked, Identifier.NAME))


def _born(entry: Entry) -> str:
    return _checked(entry.checked, Identifier.BORN).replace("-", "")


def _checked(checked: tuple[Checked, ...], by: Identifier) -> str:
    return next((each.value for each in checked if each.by is by), "")
