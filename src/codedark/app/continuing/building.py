"""Building: from charts to one sealed pack for each ward, in the outbox from which wards pull."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from codedark.app.continuing.outbox import FOLDER, Built, name_of, outbox
from codedark.app.continuing.printing.prints import prints
from codedark.continuity import census
from codedark.continuity.chart import Chart, PatientId
from codedark.continuity.numbers import Kind, issued, part
from codedark.continuity.pack import Bed, Pack
from codedark.continuity.pack_data import FILE, to_bytes
from codedark.continuity.page_lock import as_json
from codedark.continuity.pages.page import heading, page
from codedark.continuity.pages.payload import payload
from codedark.continuity.ward_pack import ward_pack
from codedark.errors import UsageError
from codedark.hospital.hospital import Hospital
from codedark.hospital.ward import WardId
from codedark.store.durable import put
from codedark.store.pack_counters import Counters
from codedark.store.pack_keys import BuilderKeys, WardKeys, read_builder_keys
from codedark.store.page_lock import locked
from codedark.store.seal import sealed_pack, told_of
from codedark.store.ward_packs import PAGE

_PAPER: Final = 0
"""The tenth of a ward's entry numbers that is for printed forms."""
_WINDOWS: Final = 20


class Outbox(NamedTuple):
    """What a round built, and the wards with patients that have no keys, with how many patients those are."""

    built: tuple[Built, ...]
    without_keys: Mapping[WardId, int]


def build(
    home: Path,
    hospital: Hospital,
    charts: Mapping[PatientId, Chart],
    now_us: int,
    language: str,
    *,
    with_prints: bool = True,
) -> Outbox:
    """One pack for each ward that has keys. Raises `UnusableInput` (keys or counters), `UsageError`, OSError.

    1. A number is taken, and on disk, before its pack is made.
    2. A pack is in the outbox as a whole or not at all; the one before is there until then.
    """
    folder = home / FOLDER
    keys, counters = read_builder_keys(folder), Counters(folder)
    if keys.hospital != hospital.name:
        raise UsageError(f"{folder}: these are the keys of {keys.hospital}, and the model is of {hospital.name}")
    wards = census.wards(charts, hospital, now_us)
    into = outbox(home)
    into.mkdir(parents=True, exist_ok=True, mode=0o755)
    built = []
    for name, ward_keys in keys.wards.items():
        ward = WardId(name)
        counter = counters.next(ward)  # (1)
        beds = wards.get(ward, ())
        pack = ward_pack(hospital, ward, beds, charts.values(), counter, ward_keys.number, now_us)
        sealed = _sealed(pack, keys, ward_keys, language, with_prints=with_prints)
        path = into / name_of(ward)
        put(path, sealed, 0o644)  # (2) sealed: whoever has it has nothing
        built.append(Built(path, told_of(sealed)))
    missing = {ward: _patients(beds) for ward, beds in wards.items() if ward not in keys.wards and _patients(beds)}
    return Outbox(tuple(built), missing)


def _sealed(pack: Pack, keys: BuilderKeys, ward: WardKeys, language: str, *, with_prints: bool) -> bytes:
    about = f"{pack.hospital}, {pack.ward_name} ({pack.ward}), pack {pack.counter}"
    lock = locked(payload(pack), ward.page, about)
    shown = page(heading(pack), as_json(lock), language).encode("utf-8", "replace")
    files = {PAGE: shown, FILE: to_bytes(pack), **(_printed(pack, language) if with_prints else {})}
    return sealed_pack(pack, files, [ward.transport, keys.recovery], keys.signing)


def _printed(pack: Pack, language: str) -> dict[str, bytes]:
    """The documents of a pack. Rows of forms get numbers that none of the nineteen packs before it has."""
    paper = part(next(block for block in pack.numbers if block.kind == Kind.ENTRY), _PAPER)
    numbers = issued(paper, window=pack.counter % _WINDOWS, windows=_WINDOWS)
    return {f"{name}.pdf": held for name, held in prints(pack, language, numbers).items()}


def _patients(beds: tuple[Bed, ...]) -> int:
    return sum(bed.chart is not None for bed in beds)
