"""Nested Windows events in JSON, decoded into just the columns that rules look at.

``Event.System`` and ``Event.EventData`` with attributes under ``#attributes``, as the `evtx` library writes them.
Whatever would not be read exactly as `windows_shapes.nested` does is refused, and such events are then taken whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any

import msgspec

from codedark.events.record import ABSENT, Origin, Value, Wanted
from codedark.ingest.json_columns import Columns, Decoded, Decoder, Facts, coalesced, windows_origin_of
from codedark.ingest.windows_shapes import SPACED_NAMES

_Scalar = str | int | float | None
_DATA = "Data"
_SECTIONS = ("EventData", "UserData")
_SYSTEM = (
    "Provider", "EventID", "Version", "Level", "Task", "Opcode", "Keywords", "TimeCreated", "EventRecordID",
    "Correlation", "Execution", "Channel", "Computer", "Security",
)  # fmt: skip
"""In the order in which they are written: so the decoder finds them soonest."""
_SYSTEM_FIELDS = ("Version", "Level", "Task", "Opcode", "Keywords", "EventRecordID", "Computer")
_SYSTEM_NAMES = tuple(name for name in _SYSTEM if name not in _SYSTEM_FIELDS)
_NOT_STRAIGHT = (*_SYSTEM_NAMES, *(f"{name}_" for name in _SYSTEM_FIELDS), "EventSourceName", *_SECTIONS)
"""How fields begin that may stand elsewhere, or in another form, than by name in EventData."""
_FACTS = attrgetter("System.Channel", "System.EventID", "System.Provider.attributes.Name")
_EVENT_DATA = attrgetter("EventData")


class _Qualifiers(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    Qualifiers: str | int | None = None


class _QualifiedId(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """An event id as an element with an attribute, as older logs have it."""

    text: str | int = msgspec.field(name="#text")
    attributes: _Qualifiers = msgspec.field(name="#attributes", default=_Qualifiers())


class _Unnamed(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The ``Data`` elements that have no name."""

    text: _Scalar | list[_Scalar] = msgspec.field(name="#text")

    def value(self) -> Value | object:
        """The field ``Data``, where null is an element that is there but empty."""
        if not isinstance(self.text, list):
            return "" if self.text is None else self.text
        parts = tuple("" if part is None else part for part in self.text)
        return parts if len(parts) > 1 else parts[0] if parts else ABSENT


class NestedShape:
    """``Event.System`` and ``Event.EventData``; see `json_columns.Shape`."""

    def look(self) -> Decoder:
        """Facts only."""
        return Decoder(Origin(""), _decode(()))

    def decoder(self, origin: Origin, wanted: Wanted) -> Decoder | None:
        """None where a wanted field is one that System writes as attributes, or that stands under another name."""
        fields = wanted.fields(origin)
        if fields and origin.provider == SPACED_NAMES:
            return None
        if any("." in field or field.startswith(_NOT_STRAIGHT) for field in fields):
            return None
        return Decoder(origin, _decode(fields))

    def origin(self, facts: Facts) -> Origin | None:
        """From `Channel`, `EventID` and the provider's name."""
        channel, event, provider = facts
        if isinstance(event, _QualifiedId):
            event = event.text
        if not isinstance(channel, str) or not isinstance(event, str | int):
            return None
        return windows_origin_of(channel, event, provider)


@lru_cache(maxsize=1024)
def _decode(fields: tuple[str, ...]) -> Callable[[Iterable[bytes | str]], Decoded]:
    """Decodes events into ``fields``: for most origins those are the same few, or none."""
    system = tuple(field for field in fields if field in _SYSTEM_FIELDS)
    decode_event = msgspec.json.Decoder(_root(fields, system)).decode

    def decode(texts: Iterable[bytes | str]) -> Decoded:
        events = [decode_event(text).Event for text in texts]
        facts = list(map(_FACTS, events))
        if not fields:
            return Decoded(facts, [])
        columns: Columns = list(zip(*map(msgspec.structs.astuple, map(_EVENT_DATA, events)), strict=True))
        columns = [_empty_for_null(column) for column in columns[: len(fields)]]
        for field in system:
            own = list(map(attrgetter(f"System.{field}"), events))
            columns[fields.index(field)] = coalesced([own, columns[fields.index(field)]])
        if _DATA in fields:
            place = fields.index(_DATA)
            columns[place] = [each.value() if isinstance(each, _Unnamed) else each for each in columns[place]]
        return Decoded(facts, columns)

    return decode


_PROVIDER = msgspec.defstruct(
    "Provider",
    [("attributes", msgspec.defstruct("Attributes", [("Name", str, ABSENT)], gc=False))],
    rename={"attributes": "#attributes"},
    forbid_unknown_fields=True,
    gc=False,
)


def _root(fields: Sequence[str], system: Sequence[str]) -> Any:
    """The structure of nested events; what it does not know it refuses, as a wanted field may be there."""
    sections: list[Any] = [("EventData", msgspec.Raw, None), ("UserData", msgspec.Raw, None)]
    if fields:
        data = _event_data(fields)
        sections = [("EventData", data, msgspec.field(default_factory=data)), ("UserData", None, None)]
    event = msgspec.defstruct(
        "Event",
        [("System", _system(system)), *sections, ("attributes", msgspec.Raw, None)],
        rename={"attributes": "#attributes"},
        forbid_unknown_fields=True,
        gc=False,
    )
    return msgspec.defstruct("Root", [("Event", event)], forbid_unknown_fields=True, gc=False)


def _system(system: Sequence[str]) -> Any:
    # Null there is as good as absent, and a number is one however it is written: those are taken whole.
    kinds: dict[str, Any] = dict.fromkeys(("Channel", *system), str | int | float)
    kinds["EventID"] = str | int | float | _QualifiedId
    if "EventRecordID" in system:
        kinds["EventRecordID"] = int
    others = [(name, kinds.get(name, msgspec.Raw), ABSENT) for name in _SYSTEM[1:]]
    return msgspec.defstruct("System", [("Provider", _PROVIDER), *others], forbid_unknown_fields=True, gc=False)


def _event_data(fields: Sequence[str]) -> Any:
    unnamed = () if _DATA in fields else (("unnamed", _Unnamed | None, None),)
    return msgspec.defstruct(
        "EventData",
        [
            *((f"f{i}", _Unnamed | None if name == _DATA else _Scalar, ABSENT) for i, name in enumerate(fields)),
            *unnamed,
            ("attributes", None, None),
        ],
        rename={
            **{f"f{i}": name for i, name in enumerate(fields)},
            **{name: _DATA for name, *_ in unnamed},
            "attributes": "#attributes",
        },
        gc=False,
    )


def _empty_for_null(column: Sequence[Any]) -> Sequence[Any]:
    """These exporters write null for an element that is there but empty."""
    return ["" if value is None else value for value in column] if None in column else column
