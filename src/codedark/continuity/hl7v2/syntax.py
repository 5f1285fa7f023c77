"""HL7 v2 as text: segments, fields, repetitions, components, escapes (HL7 v2.5.1, chapter 2).

Tolerant where senders err and nothing is lost by it: line feeds for carriage returns, blank lines, a segment that was
broken by a line break in its text, separators of the sender's own. `Unreadable` says why a message is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from codedark.continuity.hl7v2.encoding import decoded

EMPTIED: Final = '""'
"""A field with this value was deleted by the sender (2.5.3); one without any was not spoken of."""
_NAME: Final = re.compile(r"[A-Z][A-Z0-9]{2}")
_ESCAPED: Final = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\", "H": "", "N": "", ".br": "\n", ".sp": "\n"}


class Unreadable(ValueError):
    """Not an HL7 message; the text says why."""


class Segment:
    """One segment. Fields count from 1; in MSH the separator itself is MSH-1."""

    __slots__ = ("_escape", "_separators", "fields", "name")

    def __init__(self, text: str, field: str, separators: str) -> None:
        self.fields = text.split(field)
        self.name = self.fields[0]
        if self.name in {"MSH", "FHS", "BHS"}:
            self.fields.insert(1, field)
        component, repetition, self._escape, subcomponent = tuple(separators)
        self._separators = (repetition, component, subcomponent)

    def raw(self, number: int) -> str:
        """A field as it stands; empty where the segment ends before."""
        return self.fields[number] if number < len(self.fields) else ""

    def repetitions(self, number: int) -> list[str]:
        """The repetitions of a field, none where it is empty."""
        field = self.raw(number)
        return field.split(self._separators[0]) if field else []

    def part(self, field: str, component: int = 1, subcomponent: int = 1) -> str:
        """A component's subcomponent of one repetition, unescaped. What was emptied is `EMPTIED`."""
        _, between, below = self._separators
        if between in field:
            parts = field.split(between)
            field = parts[component - 1] if component <= len(parts) else ""
        elif component > 1:
            return ""
        if below in field:
            parts = field.split(below)
            field = parts[subcomponent - 1] if subcomponent <= len(parts) else ""
        elif subcomponent > 1:
            return ""
        field = field.strip()
        return unescaped(field, self._escape) if self._escape in field else field

    def get(self, number: int, component: int = 1, subcomponent: int = 1) -> str:
        """A part of the first repetition of a field."""
        field = self.raw(number)
        if not field:
            return ""
        return self.part(field.split(self._separators[0], 1)[0], component, subcomponent)

    def words(self, repetition: str, component: int) -> str:
        """A component of one repetition as people read it: what its sender forgot to escape (``Amoxicillin &
        clavulanate``) cuts nothing off.
        """
        _, between, _ = self._separators
        parts = repetition.split(between)
        return unescaped(parts[component - 1].strip(), self._escape) if component <= len(parts) else ""

    def whole(self, number: int) -> str:
        """A field of free text: repetitions are lines, and separators that the sender forgot to escape stay."""
        lines = (line.strip() for line in self.repetitions(number))
        return "\n".join(unescaped(line, self._escape) for line in lines)


class Message:
    """A message: its segments in their order, the first of them MSH."""

    __slots__ = ("header", "segments")

    def __init__(self, segments: list[Segment]) -> None:
        self.header = segments[0]
        self.segments = segments

    @property
    def event(self) -> str:
        """Message type and trigger event (MSH-9): ``ADT^A01``. Where MSH-9 has no trigger, EVN-1 tells it."""
        kind, trigger = self.header.get(9), self.header.get(9, 2)
        if not trigger:
            trigger = next((segment.get(1) for segment in self.segments if segment.name == "EVN"), "")
        return f"{kind}^{trigger}"

    @property
    def control_id(self) -> str:
        """MSH-10."""
        return self.header.get(10)


def message(octets: bytes, fallback: str = "cp1252") -> Message:
    """Octets as a message. Raises `Unreadable`."""
    text = decoded(octets, fallback).strip("\r\n\t \x0b\x1c\0\ufeff")
    if not text.startswith("MSH"):
        raise Unreadable(f"it does not begin with MSH but with {text[:12]!r}")
    if len(text) < 9 or text[3].isalnum():
        raise Unreadable(f"MSH names no separators: {text[:12]!r}")
    field = text[3]
    separators = text[4:].split(field, 1)[0]
    separators += "^~\\&"[len(separators) :]
    if len({field, *separators[:4]}) < 5:
        raise Unreadable(f"MSH names one separator twice: {text[:9]!r}")
    segments = [Segment(line, field, separators[:4]) for line in _lines(text, field)]
    return Message(segments)


def _lines(text: str, field: str) -> Iterator[str]:
    """Segments; what is none, but follows one, is a part of it that a line break cut off."""
    held = ""
    for line in text.replace("\n", "\r").split("\r"):
        if not line.strip():
            continue
        if not held or (_NAME.match(line) and line[3:4] in {field, ""}):
            if held:
                yield held
            held = line
        else:
            held += "\n" + line
    if held:
        yield held


def unescaped(text: str, escape: str = "\\") -> str:
    """Text with the escape sequences of 2.7 replaced; what is none of them stays as it is."""
    if escape not in text:
        return text
    parts = text.split(escape)
    found = [parts[0]]
    n = 1
    while n < len(parts):
        plain = _meaning(parts[n]) if n + 1 < len(parts) else None
        if plain is None:
            found.append(escape + parts[n])
            n += 1
        else:
            found.append(plain + parts[n + 1])
            n += 2
    return "".join(found)


def _meaning(sequence: str) -> str | None:
    """What stands between two escape characters, or None where that is no sequence that we know."""
    if sequence in _ESCAPED:
        return _ESCAPED[sequence]
    if sequence[:1] == "X" and len(sequence) > 1 and len(sequence) % 2:
        try:
            octets = bytes.fromhex(sequence[1:])
        except ValueError:
            return None
        try:
            return octets.decode().replace("\r", "\n")
        except UnicodeDecodeError:
            return octets.decode("latin-1").replace("\r", "\n")
    return "\n" if re.fullmatch(r"\.(sp|in|ti|sk|ce|fi|nf)[+-]?\d*", sequence) else None
