"""Windows events in JSON, decoded into just the columns that rules look at.

Taking each event wholly apart into a dictionary would cost more than everything that is then done with it. Two
shapes can be decoded straight into columns, because they name the fields as rules do: `FlatShape`, one
object with `Channel` and `EventID` at top level (NXLog, Windows Event Forwarding exporters), and `NestedShape`,
``Event.System`` and ``Event.EventData`` (the `evtx` library, evtx_dump). Both refuse, with None, whatever they
would not read exactly as `windows_shapes` does; such events are then taken whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from codedark.events.record import ABSENT, Origin, Wanted
from codedark.ingest.windows_shapes import SPACED_NAMES, STANDARD_NAMES, windows_origin

Scalar = str | int | float | None
Columns = list[Sequence[Any]]
Facts = tuple[Any, ...]

_SYSTEM_FIELDS = ("Computer", "EventRecordID", "Level", "Task", "Opcode", "Version", "Keywords")
_SYSTEM_NAMES = ("Provider", "EventID", "TimeCreated", "Correlation", "Execution", "Channel", "Security")


class Decoded(NamedTuple):
    """Some events: what makes the origin of each, and the wanted fields as columns."""

    facts: Sequence[Facts]
    columns: Columns


class Decoder(NamedTuple):
    """Decodes events of one origin. ``decode`` raises ``msgspec.DecodeError`` if one is of another shape."""

    origin: Origin
    decode: Callable[[Iterable[bytes | str]], Decoded]


class Shape(Protocol):
    """How events of one shape are decoded."""

    def decoder(self, origin: Origin, wanted: Wanted) -> Decoder | None:
        """The decoder for an origin; None if its wanted fields cannot be read exactly in this way."""

    def look(self) -> Decoder:
        """A decoder for events of unknown origin: facts, and no columns."""

    def origin(self, facts: Facts) -> Origin | None:
        """The origin that ``facts`` make; None when they are not those of a Windows event."""


class FlatShape:
    """One object with native names at top level."""

    _PROVIDERS = ("Provider_Name", *STANDARD_NAMES["Provider_Name"])

    def look(self) -> Decoder:
        """Facts only."""
        return self._decoder(Origin(""), ())

    def decoder(self, origin: Origin, wanted: Wanted) -> Decoder | None:
        """None for names that are written differently there (Defender's have spaces) or are not flat."""
        fields = wanted.fields(origin)
        if origin.provider == SPACED_NAMES or any("." in field for field in fields):
            return None
        return self._decoder(origin, fields)

    def origin(self, facts: Facts) -> Origin | None:
        """From `Channel`, `EventID` and the first provider name that is there."""
        channel, event, *providers = facts
        if not isinstance(channel, str) or not isinstance(event, str | int):
            return None
        named = (name for name in providers if name is not None and name is not ABSENT)
        return _windows_origin(channel, event, next(named, ""))

    def _decoder(self, origin: Origin, fields: Sequence[str]) -> Decoder:
        facts = ("Channel", "EventID", *self._PROVIDERS)
        sources = [(field, *STANDARD_NAMES.get(field, ())) for field in fields]
        names = list(dict.fromkeys((*facts, *(name for source in sources for name in source))))
        struct = msgspec.defstruct(
            "FlatEvent",
            [
                *((f"f{i}", Scalar, ABSENT) for i in range(len(names))),
                ("event_data", None, None),
                ("user_data", None, None),
            ],
            rename={
                **{f"f{i}": name for i, name in enumerate(names)},
                "event_data": "EventData",
                "user_data": "UserData",
            },
            gc=False,
        )
        decode_event = msgspec.json.Decoder(struct).decode
        picks = [[names.index(name) for name in source] for source in sources]

        def decode(events: Iterable[bytes | str]) -> Decoded:
            columns = list(zip(*map(msgspec.structs.astuple, map(decode_event, events)), strict=True))
            picked = [_first(columns, pick) if len(pick) > 1 else columns[pick[0]] for pick in picks]
            return Decoded(list(zip(*columns[: len(facts)], strict=True)), picked)

        return Decoder(origin, decode)


def _first(columns: Sequence[Sequence[Any]], picks: Sequence[int]) -> Sequence[Any]:
    """One column out of several: the field under its own name, else under the first other that has a value."""
    own, *others = picks
    out = list(columns[own])
    for row, value in enumerate(out):
        if value is ABSENT:
            out[row] = next((columns[k][row] for k in others if columns[k][row] not in (None, ABSENT)), ABSENT)
    return out


class NestedShape:
    """``Event.System`` and ``Event.EventData``, attributes under ``#attributes``."""

    def look(self) -> Decoder:
        """Facts only."""
        return self._decoder(Origin(""), (), ())

    def decoder(self, origin: Origin, wanted: Wanted) -> Decoder | None:
        """None where a wanted field is one that System writes as attributes, or `Data`, or under another name."""
        fields = wanted.fields(origin)
        if origin.provider == SPACED_NAMES or any(
            field == "Data" or "." in field or field.startswith(_SYSTEM_NAMES) for field in fields
        ):
            return None
        system = tuple(field for field in fields if field in _SYSTEM_FIELDS)
        return self._decoder(origin, fields, system)

    def origin(self, facts: Facts) -> Origin | None:
        """From `Channel`, `EventID` and the provider's name."""
        channel, event, provider = facts
        if not isinstance(channel, str) or not isinstance(event, str | int):
            return None
        return _windows_origin(channel, event, provider)

    def _decoder(self, origin: Origin, fields: Sequence[str], system: Sequence[str]) -> Decoder:
        decode_event = msgspec.json.Decoder(_nested_struct(fields, system)).decode

        def decode(texts: Iterable[bytes | str]) -> Decoded:
            events = [decode_event(text).Event for text in texts]
            systems = [event.System for event in events]
            facts = [(s.f0, s.f1, s.Provider.attributes.Name) for s in systems]
            columns: Columns = list(zip(*(msgspec.structs.astuple(event.EventData) for event in events), strict=True))
            columns = [_empty_for_null(column) for column in columns]
            for field in system:
                columns[fields.index(field)] = [getattr(s, f"f{system.index(field) + 2}") for s in systems]
            return Decoded(facts, columns)

        return Decoder(origin, decode)


def _nested_struct(fields: Sequence[str], system: Sequence[str]) -> Any:
    attributes = msgspec.defstruct("Attributes", [("Name", str, "")], gc=False)
    provider = msgspec.defstruct(
        "Provider", [("attributes", attributes)], rename={"attributes": "#attributes"}, gc=False
    )
    names = ("Channel", "EventID", *system)
    systems = msgspec.defstruct(
        "System",
        [("Provider", provider), *((f"f{i}", Scalar, ABSENT) for i in range(len(names)))],
        rename={f"f{i}": name for i, name in enumerate(names)},
        gc=False,
    )
    data = msgspec.defstruct(
        "EventData",
        [
            *((f"f{i}", Scalar, ABSENT) for i in range(len(fields))),
            ("unnamed", None, None),
            ("attributes", None, None),
        ],
        rename={
            **{f"f{i}": name for i, name in enumerate(fields)},
            "unnamed": "Data",
            "attributes": "#attributes",
        },
        gc=False,
    )
    event = msgspec.defstruct(
        "Event",
        [
            ("System", systems),
            ("EventData", data, msgspec.field(default_factory=data)),
            ("UserData", None, None),
        ],
        gc=False,
    )
    return msgspec.defstruct("Root", [("Event", event)], gc=False)


def _empty_for_null(column: Sequence[Any]) -> Sequence[Any]:
    """These exporters write null for an element that is there but empty."""
    return ["" if value is None else value for value in column] if None in column else column


def _windows_origin(channel: str, event: str | int, provider: Any) -> Origin | None:
    if not isinstance(provider, str) or not (isinstance(event, int) or event.isdigit()):
        return None
    origin = windows_origin(channel, str(int(event)), provider)
    return origin if origin.product == "windows" else None


class Decoders:
    """The decoder for each origin met so far, and what a token near the event id has meant until now."""

    _MOST = 100_000

    def __init__(self, shape: Shape, wanted: Wanted) -> None:
        self._shape = shape
        self._wanted = wanted
        self._by_facts: dict[Facts, Decoder | None] = {}
        self._by_origin: dict[Origin, Decoder | None] = {}
        self._by_token: dict[bytes, Decoder] = {}
        self._look = shape.look()

    def guess(self, token: bytes) -> Decoder:
        """What events with this token needed last; a decoder of the facts alone when the token is new."""
        return self._by_token.get(token, self._look)

    def learn(self, token: bytes, decoder: Decoder) -> None:
        """Remember what a token meant."""
        if len(self._by_token) >= self._MOST:
            self._by_token.clear()
        self._by_token[token] = decoder

    def of(self, facts: Facts) -> Decoder | None:
        """The decoder for events with these facts; None when they have to be taken whole."""
        if facts not in self._by_facts:
            if len(self._by_facts) >= self._MOST:
                self._by_facts.clear()
            origin = self._shape.origin(facts)
            if origin is not None and origin not in self._by_origin:
                self._by_origin[origin] = self._shape.decoder(origin, self._wanted)
            self._by_facts[facts] = None if origin is None else self._by_origin[origin]
        return self._by_facts[facts]
