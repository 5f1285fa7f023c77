"""Appointments: SIU (HL7 v2.5.1, chapter 10)."""

from __future__ import annotations

from typing import Final

from codedark.continuity.charts.chart import Group
from codedark.continuity.charts.fact import GONE
from codedark.continuity.hl7v2.speaking import Speaking, plain
from codedark.continuity.hl7v2.syntax import Segment

_STATES: Final = {"S12": "booked", "S15": "cancelled", "S16": "cancelled", "S17": "deleted", "S26": "no-show"}


def read_appointment(speaking: Speaking, segments: list[Segment]) -> None:
    """SCH with AIS, AIL and AIP. The filler's number is the appointment's, as the filler owns it (10.2)."""
    first: dict[str, Segment] = {}
    for segment in segments:
        first.setdefault(segment.name, segment)
    sch = first.get("SCH")
    number = plain(sch, (2, 1), (1, 1)) if sch else ""
    if sch is None or not number:
        speaking.note(f"{speaking.event} without an appointment's number")
        return
    service, place = first.get("AIS"), first.get("AIL")
    trigger = speaking.event.partition("^")[2]
    begin_us = speaking.moment(sch, 11, 4) or (service and speaking.moment(service, 4))
    people = [segment for segment in segments if segment.name == "AIP"]
    where = [place.get(3, component) for component in (1, 2, 3)] if place else []
    fields = {
        "what": (plain(service, (3, 2), (3, 1)) if service else "")
        or plain(sch, (7, 2), (7, 1), (8, 2), (8, 1))
        or None,
        "where": " ".join(text for text in where if text) or None,
        "begin_us": begin_us or None,
        "end_us": speaking.moment(sch, 11, 5),
        "who": ", ".join(speaking.somebody(aip, 3).name for aip in people) or None,
        "status": _STATES.get(trigger) or plain(sch, (25, 2), (25, 1)).lower() or None,
        GONE: trigger == "S17",
    }
    speaking.say(Group.APPOINTMENTS, number, fields)
