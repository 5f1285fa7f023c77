"""The ceremony: keys are made on a computer that is on no network, written into one folder, and carried from there.

Nothing that is there is overwritten but the builder's list of keys, which only grows. Which file goes where stands in
`store.pack_keys`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

import msgspec

from codedark.app.continuing.packing.cards import Card, cards_page
from codedark.errors import UsageError
from codedark.hospital.hospital import Hospital
from codedark.hospital.ward import WardId
from codedark.store.durable import put
from codedark.store.packs.counters import Counters
from codedark.store.packs.keys import KEYS, Ceremony, PublicKey, file_of, make_keys, read_builder_keys
from codedark.store.packs.paper_rows import PaperRows

CARDS: Final = "cards.html"
PUBLIC: Final = "public.json"
RECOVERY: Final = "recovery.key"
_SECRET: Final = 0o600


def hold(folder: Path, hospital: Hospital, language: str, renewed: Collection[WardId] = ()) -> Ceremony:
    """Make the keys that are missing, of all wards of the model, and write them. Raises `UsageError`, OSError.

    1. Cards of an earlier ceremony must be printed and gone: they are passphrases.
    2. The wards' files and the recovery key are written before the builder's, which names their public halves: a
       ceremony that was cut short is held again.
    3. Cards come last, because they are what a person waits for.
    """
    wards = {ward.id: ward.name for ward in hospital.wards.values()}
    _refuse(folder, hospital, wards, renewed)  # (1)
    builder = folder / "builder"
    for made in (folder, builder, folder / "wards"):
        made.mkdir(parents=True, exist_ok=True, mode=0o700)
    before = read_builder_keys(builder) if (builder / KEYS).exists() else None
    held = make_keys(hospital.name, wards, before, renewed=renewed)
    for ward, station in held.stations.items():  # (2)
        put(folder / "wards" / file_of(ward, ".json"), msgspec.json.encode(station), _SECRET)
    if held.recovery is not None:
        put(folder / RECOVERY, f"{held.recovery}\n".encode(), _SECRET)
        Counters(builder).begin()
        PaperRows(builder).begin()
    put(folder / PUBLIC, msgspec.json.encode(PublicKey(hospital.name, held.builder.verifying)), 0o644)
    put(builder / KEYS, msgspec.json.encode(held.builder), _SECRET)
    if held.passphrases:  # (3)
        numbers = held.builder.wards
        cards = [Card(wards[ward], numbers[ward].number, words) for ward, words in held.passphrases.items()]
        put(folder / CARDS, cards_page(hospital.name, cards, language).encode(), _SECRET)
    return held


def _refuse(folder: Path, hospital: Hospital, wards: Mapping[WardId, str], renewed: Collection[WardId]) -> None:
    if (folder / CARDS).exists():
        raise UsageError(f"{folder / CARDS}: passphrases of an earlier ceremony lie here: print them, then delete it")
    if not wards:
        raise UsageError(f"{hospital.name}: the model has no wards: describe them first (`codedark hospital`)")
    unknown = sorted(set(renewed) - set(wards))
    if unknown:
        raise UsageError(f"there is no ward {', '.join(unknown)}: the model has {', '.join(sorted(wards))}")
