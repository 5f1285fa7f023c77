"""What the builder of packs says of itself, in ``HOME/run/packs.json``: for monitoring, and for the page of the watch.

at_us       when it last looked what is new
built       the wards that got a new pack then
failed      wards whose pack cannot be made, and why: the last one stays
unprinted   wards whose documents to print cannot be made, and why: those of before go along
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from codedark.app.continuing.packing.building import Round
from codedark.app.watching.part import said, say_in
from codedark.hospital.ward import WardId

NAME: Final = "packs"


def say_round(home: Path, done: Round, at_us: int) -> None:
    """Say what a round came to. A disk that refuses it changes nothing else."""
    built = [each.manifest.ward for each in done.built]
    say_in(home, NAME, at_us=at_us, built=built, failed=done.failed, unprinted=done.unprinted)


def sentences(failed: Mapping[WardId, str], unprinted: Mapping[WardId, str]) -> tuple[str, ...]:
    """What a person has to know of a round that is not whole: each ward by its name."""
    return (
        *(f"{ward}: no new pack can be made, and the last one stays: {why}" for ward, why in sorted(failed.items())),
        *(
            f"{ward}: no new documents to print can be made, and those of before go along: {why}"
            for ward, why in sorted(unprinted.items())
        ),
    )


def pack_problems(home: Path) -> tuple[str, ...]:
    """The same, of the round that was said last; nothing where no packs are built here."""
    found = said(home, NAME)
    failed, unprinted = found.get("failed"), found.get("unprinted")
    return sentences(failed, unprinted) if isinstance(failed, dict) and isinstance(unprinted, dict) else ()
