"""What was asked for and what came back: ORM, OMG, OML, ORU, OUL, MDM (HL7 v2.5.1, chapters 4, 7 and 9)."""

from __future__ import annotations

from typing import Any, Final

from codedark.continuity.charts.chart import Group
from codedark.continuity.charts.fact import FILLER, GONE
from codedark.continuity.charts.meanings import KINDS, REPORTS, meanings
from codedark.continuity.charts.series import key_of
from codedark.continuity.hl7v2.orders import Order
from codedark.continuity.hl7v2.speaking import Speaking, numbered, plain
from codedark.continuity.hl7v2.syntax import Segment
from codedark.continuity.hl7v2.values import line_of, parent_of, report_key, unit_of, value_of

_ANSWERED: Final = {"F": "completed", "C": "completed", "X": "cancelled", "P": "preliminary", "I": "in laboratory"}
"""OBR-25, table 0123."""
_WRONG: Final = frozenset({"D", "W"})
"""OBX-11, table 0085: to be deleted; of the wrong patient."""
_NOW_FINAL: Final = "U"
"""OBX-11: what was preliminary is final, and is not sent again."""
_PARAGRAPHS: Final = frozenset({"TX", "FT"})
_TEXTS: Final = frozenset({"TX", "FT", "ST"})


def read_asked(speaking: Speaking, order: Order) -> None:
    """ORC and OBR of an order."""
    obr = order.first.get("OBR")
    number = order.number()
    if not number:
        speaking.note("order without a number")
        return
    status = order.status()
    fields: dict[str, Any] = {"status": "asked" if status == "active" else status, FILLER: order.filler()}
    if obr is not None:
        orc = order.first.get("ORC")
        asked_us = (orc and (speaking.moment(orc, 15) or speaking.moment(orc, 9))) or speaking.moment(obr, 6)
        name = plain(obr, (4, 2), (4, 1))
        fields |= {
            "name": name,
            "kind": KINDS.get(_asked_group(speaking, obr, name), "other"),
            "at_us": asked_us or speaking.at_us,
            "accession": plain(obr, (18, 1), (20, 1), (3, 1)) or None,
            "specimen": plain(obr, (15, 1), (15, 2)) or None,
        }
    speaking.say(Group.PENDING, number, fields)


def read_results(speaking: Speaking, order: Order) -> None:
    """OBR with its OBX and NTE, or OBX alone: values each on their own, or one report."""
    obr = order.first.get("OBR")
    panel = plain(obr, (4, 2), (4, 1)) if obr else ""
    section = obr.get(24) if obr else ""
    number = order.number()
    filler = (plain(obr, (3, 1), (2, 1)) if obr else "") or number
    taken_us = (obr and (speaking.moment(obr, 7) or speaking.moment(obr, 22))) or speaking.at_us
    found = _values(speaking, order, filler, panel, section, taken_us)
    reports = [text for group, text in found if group in REPORTS and text]
    is_withdrawn = _is_withdrawn(order, reports)
    is_report = bool(reports) or (is_withdrawn and any(group in REPORTS for group, _ in found))
    if obr is not None:
        _answered(speaking, obr, number, panel, found[0][0] if found else meanings().group_of("", section, panel))
    if is_report and obr is not None:
        group = next(group for group, _ in found if group in REPORTS)
        at_us = speaking.moment(obr, 22) if group is Group.IMAGING else taken_us
        of = parent_of(speaking, obr)
        fields = {
            "title": f"{panel}: {of}" if of else panel,
            "text": "\n".join(reports),
            "at_us": at_us or taken_us,
            "by": plain(obr, (32, 1)) and _interpreter(speaking, obr),
            "status": obr.get(25),
            GONE: is_withdrawn,
        }
        speaking.say(group, report_key(obr, filler or f"{panel}@{taken_us}"), fields)


def read_document(speaking: Speaking, segments: list[Segment]) -> None:
    """MDM: TXA and its OBX, a note."""
    txa = next((segment for segment in segments if segment.name == "TXA"), None)
    if txa is None:
        speaking.note(f"{speaking.event} without TXA")
        return
    observations = [segment for segment in segments if segment.name == "OBX"]
    title = plain(observations[0], (3, 2), (3, 1)) if observations else ""
    at_us = next((at for field in (4, 6, 7) if (at := speaking.moment(txa, field))), speaking.at_us)
    fields = {
        "title": title or plain(txa, (2, 2), (2, 1)),
        "text": "\n".join(segment.whole(5) for segment in observations) or None,
        "at_us": at_us,
        "by": speaking.somebody(txa, 5).name or speaking.somebody(txa, 9).name,
        "status": txa.get(17),
        GONE: speaking.event.endswith("T11"),
    }
    speaking.say(Group.NOTES, plain(txa, (12, 1), (12, 3)) or f"{title}@{at_us}", fields)


def _values(
    speaking: Speaking, order: Order, filler: str, panel: str, section: str, taken_us: int
) -> list[tuple[Group, str]]:
    """Say each OBX that is a value; returns the group of each, with its line where it belongs to a report.

    A note (NTE) belongs to the value before it; one that stands above all of them, to the first.
    """
    obr = order.first.get("OBR")
    request_us = speaking.moment(obr, 7) if obr else None
    found: list[tuple[Group, str]] = []
    values: dict[tuple[Group, str], dict[str, Any]] = {}
    last: dict[str, Any] | None = None
    above: list[str] = []
    before = ""
    for segment in order.all:
        if segment.name == "NTE":
            text = segment.whole(3)
            if last is not None:
                last["note"] = "\n".join(each for each in (last["note"], text) if each)
            elif found and found[-1][0] in REPORTS:
                found.append((found[-1][0], text))
            else:
                above.append(text)
        if segment.name != "OBX":
            continue
        code, name = segment.get(3), plain(segment, (3, 2), (3, 1))
        group = meanings().group_of(code, section, panel)
        value = value_of(segment)
        if group in REPORTS:
            found += [(group, text) for text in above]
            above.clear()
            is_text = group is Group.IMAGING or segment.get(2) in _PARAGRAPHS
            line = value if is_text else line_of(segment, value, "" if name in {panel, before} else name)
            found.append((group, "" if segment.get(11) in _WRONG else line))
            before = name if segment.get(2) == "ST" and not segment.raw(8) else ""
            continue
        found.append((group, ""))
        own_us = speaking.moment(segment, 14) or request_us
        series = f"{filler or taken_us}/{code}/{segment.get(4)}"
        if segment.get(11) == _NOW_FINAL and not segment.raw(5):
            speaking.say(group, key_of(series, own_us, "P"), {"status": "F"})
            continue
        key = key_of(series, own_us, segment.get(11))
        at_us = own_us or taken_us
        earlier = values.get((group, key))
        if earlier is not None and segment.get(2) in _TEXTS:
            earlier["value"] += f"\n{value}"
            continue
        if earlier is not None:
            key += f"#{len(values)}"
        last = values[group, key] = _result(segment, name, code, value, at_us, panel) | {"note": "\n".join(above)}
        above.clear()
    for (group, key), fields in values.items():
        speaking.say(group, key, _line(fields) if group is Group.DEVICES else fields)
    return found


def _is_withdrawn(order: Order, reports: list[str]) -> bool:
    """Whether all of a report is taken back. What is only not there yet, or not sent again, takes nothing back."""
    return not reports and all(obx.get(11) in _WRONG for obx in numbered(order.all, "OBX"))


def _line(fields: dict[str, Any]) -> dict[str, Any]:
    """A line or drain: what it is and where it lies; none any more once it was taken out."""
    gone = fields[GONE] or bool(meanings().device_gone.search(fields["value"].strip()))
    text = f"{fields['name']}: {fields['value']}"
    return {"text": text, "code": fields["code"], "since_us": fields["at_us"], GONE: gone}


def _result(segment: Segment, name: str, code: str, value: str, at_us: int, panel: str) -> dict[str, Any]:
    unit = unit_of(segment)
    return {
        "name": name,
        "code": code,
        "value": value,
        "unit": unit,
        "at_us": at_us,
        "range": segment.whole(7),
        "flag": segment.get(8),
        "status": segment.get(11) or "F",
        "panel": panel,
        "note": "",
        GONE: segment.get(11) in _WRONG,
    }


def _answered(speaking: Speaking, obr: Segment, number: str, panel: str, group: Group) -> None:
    """What OBR-25 makes of the order that this answers. Readings that nobody ordered are no orders."""
    if group not in KINDS or not number:
        return
    fields = {
        "name": panel,
        "kind": KINDS[group],
        "at_us": speaking.moment(obr, 7),
        "accession": plain(obr, (18, 1), (20, 1), (3, 1)) or None,
        "status": _ANSWERED.get(obr.get(25), "completed" if not obr.get(25) else "in laboratory"),
        FILLER: obr.get(3) or None,
    }
    speaking.say(Group.PENDING, number, fields)


def _asked_group(speaking: Speaking, obr: Segment, name: str) -> Group:
    tables = meanings()
    receiver = tables.receivers.get(speaking.message.header.get(5))
    return receiver if receiver and not obr.get(24) else tables.group_of("", obr.get(24), name)


def _interpreter(speaking: Speaking, obr: Segment) -> str:
    """OBR-32: the name within the first component (NDL), or the components themselves."""
    within = [obr.get(32, 1, number) for number in (2, 3)]
    return " ".join(name for name in within if name) or speaking.somebody(obr, 32).name
