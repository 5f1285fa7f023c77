"""The outbox: where the newest sealed pack of each ward lies, for wards to pull.

HOME/packs/keys.json, counters.json   the folder ``builder`` of the ceremony, as it is
HOME/packs/outbox/WARD.pack           the newest pack of each ward
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from codedark.continuity.packs.manifest import Manifest
from codedark.store.packs.keys import file_of

FOLDER: Final = "packs"
"""In the home of whoever builds."""


class Built(NamedTuple):
    """A pack that is in the outbox, or on a stick."""

    path: Path
    manifest: Manifest


def outbox(home: Path) -> Path:
    """The folder."""
    return home / FOLDER / "outbox"


def name_of(ward: str) -> str:
    """The file of a ward's pack, in the outbox, on a stick and at an address."""
    return file_of(ward, ".pack")
