"""Of which pack the documents in a pack are: they take long to make, and may be older than its page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import msgspec

from codedark.continuity.charts.times import Times
from codedark.continuity.packs.pack import Counter, Pack
from codedark.continuity.packs.pack_data import FILE as PACK_FILE
from codedark.continuity.packs.pack_data import from_bytes

FILE: Final = "printed.json"
"""Its name in a sealed pack."""


class PrintedOf(msgspec.Struct, frozen=True):
    """The number of the pack from which documents were made, and when that was built."""

    counter: Counter
    built_us: int


_SHEET: Final = re.compile(rb"/Type\s*/Page\b")
_encoder: Final = msgspec.json.Encoder(order="deterministic")
_decoder: Final = msgspec.json.Decoder(PrintedOf)


def to_bytes(pack: Pack) -> bytes:
    """What lies beside the documents that were made from a pack."""
    return _encoder.encode(PrintedOf(pack.counter, pack.built_us))


def sheets_of(files: Mapping[str, bytes]) -> dict[str, int]:
    """How many sheets each document has. Those of the hospital's own that hide their pages (PDF 1.5) are left out."""
    counted = {name: len(_SHEET.findall(held)) for name, held in files.items() if name.endswith(".pdf")}
    return {name: sheets for name, sheets in counted.items() if sheets}


def documents_said(files: Mapping[str, bytes]) -> str:
    """A sentence about the files of a pack: of which pack and time their documents are, loud where the page is newer.

    Raises ValueError for files that no builder has made.
    """
    if FILE not in files:
        return "of when the documents are stands at the foot of each sheet, if there are any"
    page, printed = from_bytes(files[PACK_FILE]), _decoder.decode(files[FILE])
    times = Times(page.time_zone)
    said = f"the documents are of pack {printed.counter}, built {times.local(printed.built_us):%Y-%m-%d %H:%M}"
    if printed.counter == page.counter:
        return f"{said}, as the page is; forms may be older, and say so at their foot"
    late = timedelta(seconds=(page.built_us - printed.built_us) // 1_000_000)
    newer = f"the page is of pack {page.counter}, built {times.local(page.built_us):%Y-%m-%d %H:%M}"
    return f"!! THE DOCUMENTS ARE OLDER than the page, by {late}: {said}; {newer}"
