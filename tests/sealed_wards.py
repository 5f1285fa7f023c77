"""Wards with keys, and sealed packs for them, as a builder makes them and as an attacker would."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from codedark.continuity.packs.pack import Pack
from codedark.continuity.packs.pack_data import FILE, to_bytes
from codedark.hospital.ward import WardId
from codedark.store.packs.keys import Ceremony, make_keys
from codedark.store.packs.seal import sealed_pack
from codedark.store.packs.ward_packs import KEYS, PAGE, WardPacks
from tests.ward_charts import HOSPITAL, WARD

OTHER = WardId("B2")


@cache
def keys() -> Ceremony:
    """Of a hospital with two wards; few rounds, because nothing here tries passphrases."""
    return make_keys(HOSPITAL, {WARD: "Ward A1", OTHER: "Ward B2"}, rounds=10)


def page_of(pack: Pack) -> bytes:
    """A page that is told from those of all other packs."""
    return f"<!doctype html><title>{pack.ward_name}, pack {pack.counter}</title>".encode()


def sealed(pack: Pack, *, inside: Pack | None = None, ward: WardId = WARD, signing: bytes | None = None) -> bytes:
    """A pack, sealed for ``ward``. Content of another pack may be put inside, and another key may sign."""
    files = {FILE: to_bytes(inside or pack), PAGE: page_of(inside or pack)}
    builder = keys().builder
    recipients = [builder.wards[ward].transport, builder.recovery]
    return sealed_pack(pack, files, recipients, signing or builder.signing)


def ward_folder(folder: Path, ward: WardId = WARD) -> Path:
    """The folder of a ward that has its keys and nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / KEYS).write_bytes(msgspec.json.encode(keys().stations[ward]))
    return folder


def ward_packs(folder: Path, ward: WardId = WARD) -> WardPacks:
    """A ward that never had a pack."""
    return WardPacks(ward_folder(folder, ward))
