"""One message while it is read: who speaks, when, of whom, and what has been understood of it so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from codedark.continuity.charts.chart import Group, PatientId, Person
from codedark.continuity.charts.fact import CONTEXT, OWN, Fact, Said, Statement, bounded_key, told
from codedark.continuity.charts.times import Times
from codedark.continuity.hl7v2.site import Path, Site
from codedark.continuity.hl7v2.syntax import EMPTIED, Message, Segment

Segments = Mapping[str, Segment]


class Speaking:
    """Collects statements. ``patient`` and ``visit`` are those of the segments that are being read."""

    def __init__(self, message: Message, site: Site, times: Times, arrived_us: int, latest_us: int = 0) -> None:
        self.message: Final = message
        self.site: Final = site
        self.event: Final = message.event
        self.is_adt: Final = self.event.startswith("ADT^")
        self.times: Final = times
        self.statements: list[Statement] = []
        self._places: dict[tuple[PatientId, Group, str, int], int] = {}
        self.not_understood: list[str] = []
        self.patient = PatientId("")
        self.authority = ""
        """Who gave out the patient's number (PID-3.4), where that is told."""
        self.visit = ""
        said_us = times.heard(message.header.get(7), arrived_us) or arrived_us
        self.at_us: Final = arrived_us if 0 < latest_us < said_us else said_us
        if self.at_us != said_us:
            self.note(f"clock of {message.header.get(3) or 'HL7'}, which is ahead (MSH-7)")
        number = message.control_id
        source = message.header.get(3) or "HL7"
        self.source: Final = source
        self._said: Final = {rank: Said(rank, self.at_us, source, (len(number), number)) for rank in (CONTEXT, OWN)}

    def said(self, rank: int = OWN) -> Said:
        """When and by whom the message was said."""
        return self._said[rank]

    def say(self, group: Group, key: str, fields: dict[str, Any], rank: int = OWN) -> None:
        """Of the patient at hand. Fields that are None were not told; without any, nothing is said. What one message
        says twice of a thing (an allergy deleted, and added anew), its later segment says.
        """
        pairs = told(fields.items())
        if not pairs:
            return
        fact = Fact(self.patient, group, bounded_key(key), pairs, self._said[rank], self.visit)
        place = self._places.setdefault((self.patient, group, fact.key, rank), len(self.statements))
        if place == len(self.statements):
            self.statements.append(fact)
        else:
            before = cast("Fact", self.statements[place]).fields
            self.statements[place] = fact._replace(fields=tuple({**dict(before), **dict(pairs)}.items()))

    def field(self, name: str, segments: Segments) -> str | None:
        """A field of the site's map: None where it was not told, empty where it was deleted."""
        found = self._found(name, segments)
        return _text(found[1]) if found else None

    def words(self, name: str, segments: Segments) -> str | None:
        """A field of the site's map as people read it: each repetition a line, nothing cut off."""
        found = self._found(name, segments)
        if found is None or found[1] == EMPTIED:
            return "" if found else None
        path, segment = found[0], segments[found[0].segment]
        lines = (
            next((text for component in (path.component, 2, 1) if (text := segment.words(each, component))), "")
            for each in segment.repetitions(path.field)
        )
        return "\n".join(line for line in lines if line)

    def time(self, name: str, segments: Segments) -> int | None:
        """A field of the site's map as a moment."""
        found = self._found(name, segments)
        return self._moment(found[1], f"{found[0].segment}-{found[0].field}") if found else None

    def person(self, name: str, segments: Segments) -> Person | None:
        """A field of the site's map as somebody (XCN)."""
        found = self._found(name, segments)
        return self.somebody(segments[found[0].segment], found[0].field) if found else None

    def place_of(self, name: str, segments: Segments) -> tuple[str, str, str] | None:
        """A field of the site's map as ward, room and bed (PL)."""
        for path in self.site.fields[name]:
            segment = segments.get(path.segment)
            if segment is not None and segment.raw(path.field):
                ward, room, bed = (_text(segment.get(path.field, number)) for number in (1, 2, 3))
                if ward or room or bed:
                    return self.site.wards.get(ward, ward), room, bed
        return None

    def moment(self, segment: Segment, field: int, component: int = 1) -> int | None:
        """A time in a segment; None where there is none."""
        text = segment.get(field, component)
        return self._moment(text, f"{segment.name}-{field}") if text else None

    def somebody(self, segment: Segment, field: int) -> Person:
        """XCN or XPN as a person: family name, given name; the id where there is no name. The first repetition."""
        return self.person_in(segment, segment.repetitions(field)[0] if segment.raw(field) else "")

    def person_in(self, segment: Segment, repetition: str) -> Person:
        """One repetition of an XCN as a person."""
        part = segment.part
        id_, family, given = (_text(part(repetition, number)) for number in (1, 2, 3))
        return Person(" ".join(name for name in (family, given) if name) or id_)

    def note(self, what: str) -> None:
        """Something was not understood; it is named once."""
        if what not in self.not_understood:
            self.not_understood.append(what)

    def _found(self, name: str, segments: Segments) -> tuple[Path, str] | None:
        for path in self.site.fields[name]:
            segment = segments.get(path.segment)
            if segment is not None:
                text = segment.get(path.field, path.component, path.subcomponent)
                if text:
                    return path, text
        return None

    def _moment(self, text: str, where: str) -> int:
        if text == EMPTIED:
            return 0
        at_us = self.times.us(text)
        if not at_us and text.strip("0"):
            self.note(f"time in {where}")
        return at_us


def _text(text: str) -> str:
    return "" if text == EMPTIED else text


def plain(segment: Segment, *places: tuple[int, int]) -> str:
    """The first of these (field, component) that holds something."""
    for field, component in places:
        text = segment.get(field, component)
        if text and text != EMPTIED:
            return text
    return ""


def worded(segment: Segment, *places: tuple[int, int]) -> str:
    """As `plain`, for names: what stands behind a subcomponent's separator is not cut off."""
    for field, component in places:
        text = segment.words((segment.repetitions(field) or [""])[0], component)
        if text and text != EMPTIED:
            return text
    return ""


def numbered(segments: list[Segment], name: str) -> Iterator[Segment]:
    """The segments of a name."""
    return (segment for segment in segments if segment.name == name)
