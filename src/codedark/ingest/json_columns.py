"""Windows events in JSON, decoded into just the columns that rules look at.

Taking each event wholly apart into a dictionary would cost more than everything that is then done with it. Two
shapes can be decoded straight into columns, because they name the fields as rules do: `FlatShape`, one
object with `Channel` and `EventID` at top level (NXLog, Windows Event Forwarding exporters), and
`nested_columns.NestedShape`. Both refuse, with None, whatever they would not read exactly as `windows_shapes`
does; such events are then taken whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol
from weakref import WeakKeyDictionary, ref

import msgspec

from codedark.events.record import ABSENT, Origin, Wanted, is_absent
from codedark.ingest.windows_shapes import SPACED_NAMES, STANDARD_NAMES, windows_origin

Scalar = str | int | float | None
Columns = list[Sequence[Any]]
Facts = tuple[Any, ...]

_MOST_DIGITS = 10
_SECTIONS = ("EventData", "UserData")


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

    facts = ("Channel", "Provider_Name", *STANDARD_NAMES["Provider_Name"])
    """What makes an origin beside the event id; always decoded."""

    def look(self) -> Decoder:
        """Facts only."""
        return self._decoder(Origin(""), [])

    def decoder(self, origin: Origin, wanted: Wanted) -> Decoder | None:
        """None where `sources` is."""
        sources = self.sources(origin, wanted)
        return None if sources is None else self._decoder(origin, sources)

    def sources(self, origin: Origin, wanted: Wanted) -> list[tuple[str, ...]] | None:
        """For each wanted field the names under which it may stand, the first that has a value counts.

        None for names that are written differently there (Defender's have spaces) or are not flat.
        """
        fields = wanted.fields(origin)
        if origin.provider == SPACED_NAMES or any("." in field or field in _SECTIONS for field in fields):
            return None
        return [(field, *STANDARD_NAMES.get(field, ())) for field in fields]

    def origin(self, facts: Facts) -> Origin | None:
        """From `Channel`, `EventID` and the first provider name that is there."""
        channel, event, *providers = facts
        if not isinstance(channel, str) or not isinstance(event, str | int):
            return None
        (provider,) = coalesced([[name] for name in providers])
        return windows_origin_of(channel, event, "" if provider in _NOTHING else provider)

    def _decoder(self, origin: Origin, sources: list[tuple[str, ...]]) -> Decoder:
        facts = (self.facts[0], "EventID", *self.facts[1:])
        names = list(dict.fromkeys((*facts, *(name for source in sources for name in source))))
        decode_event = msgspec.json.Decoder(flat_struct("Event", names)).decode
        picks = [[names.index(name) for name in source] for source in sources]

        def decode(events: Iterable[bytes | str]) -> Decoded:
            columns = list(zip(*map(msgspec.structs.astuple, map(decode_event, events)), strict=True))
            picked = [coalesced([columns[k] for k in pick]) for pick in picks]
            return Decoded(list(zip(*columns[: len(facts)], strict=True)), picked)

        return Decoder(origin, decode)


def flat_struct(name: str, names: Sequence[str], event: int | None = None) -> Any:
    """A structure with scalar fields ``names`` that refuses nested events; with ``event``, only for that `EventID`."""
    fields = [(f"f{i}", Scalar, ABSENT) for i in range(len(names))]
    return msgspec.defstruct(
        name,
        [*fields, *((section, None, None) for section in _SECTIONS)],
        rename={f"f{i}": name for i, name in enumerate(names)},
        tag_field=None if event is None else "EventID",
        tag=event,
        gc=False,
    )


def coalesced(columns: Sequence[Sequence[Any]]) -> Sequence[Any]:
    """One column out of several: the field under its own name, else under the first other that has a value."""
    own, *others = columns
    if not others or ABSENT not in own:
        return own
    others = [other for other in others if not is_absent(other)]
    if not others:
        return own
    if len(others) == 1 and is_absent(own) and None not in others[0]:
        return others[0]
    return [
        next((other[row] for other in others if other[row] not in _NOTHING), ABSENT) if value is ABSENT else value
        for row, value in enumerate(own)
    ]


_NOTHING = (None, ABSENT)


def windows_origin_of(channel: str, event: str | int, provider: Any) -> Origin | None:
    """The origin that these make; None where they are not those of a Windows event."""
    is_number = isinstance(event, int) or (event.isascii() and event.isdigit() and len(event) < _MOST_DIGITS)
    if not isinstance(provider, str) or not is_number:
        return None
    origin = windows_origin(channel, str(int(event)), provider)
    return origin if origin.product == "windows" else None


class Decoders:
    """The decoder for each origin met so far, and what a token near the event id has meant until now.

    Use `decoders_for`: what has been learnt in one source serves the next.
    """

    _MOST = 20_000

    def __init__(self, shape: Shape, wanted: Wanted) -> None:
        self._shape = shape
        # The table of decoders goes with ``wanted``, so it must not keep that alive.
        self._wanted = ref(wanted)
        self._by_facts: dict[Facts, Decoder | None] = {}
        self._by_origin: dict[Origin, Decoder | None] = {}
        self._by_token: dict[bytes | str, Decoder] = {}
        self._look = shape.look()

    def guess(self, token: bytes | str) -> Decoder:
        """What events with this token needed last; a decoder of the facts alone when the token is new."""
        return self._by_token.get(token, self._look)

    def _alive(self) -> Wanted:
        wanted = self._wanted()
        assert wanted is not None, "decoders are asked while what wants fields lives"
        return wanted

    def learn(self, token: bytes | str, decoder: Decoder) -> None:
        """Remember what a token meant."""
        if len(self._by_token) >= self._MOST:
            self._by_token.clear()
        self._by_token[token] = decoder

    def of(self, facts: Facts) -> Decoder | None:
        """The decoder for events with these facts; None when they have to be taken whole."""
        if facts not in self._by_facts:
            if len(self._by_facts) >= self._MOST:
                self._by_facts.clear()
                self._by_origin.clear()
            origin = self._shape.origin(facts)
            if origin is not None and origin not in self._by_origin:
                self._by_origin[origin] = self._shape.decoder(origin, self._alive())
            self._by_facts[facts] = None if origin is None else self._by_origin[origin]
        return self._by_facts[facts]


def decoders_for(shape: Shape, wanted: Wanted) -> Decoders:
    """The decoders for ``wanted`` and a shape: always the same while ``wanted`` lives."""
    mine = _DECODERS_FOR.setdefault(wanted, {})
    if type(shape) not in mine:
        mine[type(shape)] = Decoders(shape, wanted)
    return mine[type(shape)]


_DECODERS_FOR: WeakKeyDictionary[Wanted, dict[type, Decoders]] = WeakKeyDictionary()
