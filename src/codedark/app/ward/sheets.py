"""The sheets of forms that a station printed, as it remembers them: for whom each is, and which rows stand on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from codedark.store.station.station import Station

_SHEETS: Final = "sheets"


class Sheet(msgspec.Struct, frozen=True):
    """A form that was printed: for whom ("" for nobody yet), which (`continuity.paper.FORMS`), when, and its rows from
    the top.
    """

    patient: str
    kind: str
    at_us: int
    rows: tuple[str, ...]


_decoder: Final = msgspec.json.Decoder(list[Sheet])


def remember(station: Station, new: Sequence[Sheet]) -> None:
    """Keep which rows stand on which sheet. Raises `StationFailed`."""
    station.keep(_SHEETS, msgspec.json.encode([*sheets(station), *new]).decode())


def sheets(station: Station) -> list[Sheet]:
    """What was printed here, in its order."""
    return _decoder.decode(station.setting(_SHEETS) or "[]")


def printed_for(station: Station, row: str) -> str | None:
    """For whom the form with this row was printed here; "" for nobody who was known, None for other rows."""
    return next((sheet.patient for sheet in sheets(station) if row in sheet.rows), None)
