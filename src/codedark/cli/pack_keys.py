"""`codedark pack keys` and `counters`: made once, offline."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from codedark.app.amounts import amount
from codedark.app.continuing.packing.ceremony import CARDS, PUBLIC, RECOVERY, hold
from codedark.app.continuing.packing.outbox import FOLDER
from codedark.app.hospital_files import usable_hospital
from codedark.app.untrusted import one_line
from codedark.cli.options import DEFAULT_HOME, HomeOption, Language
from codedark.errors import UsageError
from codedark.hospital.ward import WardId
from codedark.store.packs.counters import Counters
from codedark.store.packs.paper_rows import PaperRows


def keys(
    out: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where keys are made: a stick, or an encrypted disk.")],
    hospital: Annotated[Path, typer.Option("--hospital", help="hospital.yaml, or its folder: which wards there are.")],
    language: Annotated[Language, typer.Option("--language", help="Of the wards' cards.")] = Language.EN,
    renew: Annotated[
        list[str] | None, typer.Option("--renew", metavar="WARD", help="Whose card was lost: a new passphrase.")
    ] = None,
) -> None:
    """Make the keys of packs, on a computer that is on no network. What exists stays; wards that are new get theirs."""
    made = hold(out, usable_hospital(hospital), language.value, [WardId(ward) for ward in renew or ()])
    told = [
        f"{amount(len(made.stations), 'ward has', 'wards have')} new keys, {len(made.passphrases)} a new passphrase."
    ]
    if made.recovery is not None:
        told.append(f"To the safe: {out / RECOVERY}. It opens every pack; without it nobody but the wards can.")
    told += [
        f"To the server, as HOME/{FOLDER}: {out / 'builder'}. Keep a copy in the safe.",
        *([f"To each ward, as ward.json in the folder of its packs: {out / 'wards'}."] if made.stations else []),
        f"To whoever checks packs: {out / PUBLIC}.",
    ]
    if made.passphrases:
        told.append(f"Print {out / CARDS} on a printer at a cable, give each ward its card, and delete the file.")
    sys.stdout.write("".join(f"{one_line(line)}\n" for line in told))


def counters(
    above: Annotated[int, typer.Option("--above", min=0, help="The highest number that any ward has, and 1000.")],
    rows: Annotated[
        int,
        typer.Option("--rows", min=-1, max=999_999, help="The highest row number (six digits) on a form, and 10000."),
    ] = -1,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Begin the numbers of packs, and of rows of forms, anew where they were lost, above all that wards have seen."""
    folder = home / FOLDER
    if not folder.is_dir():
        raise UsageError(
            f"{folder}: there is no such folder: the folder `builder` of `codedark pack keys` belongs there"
        )
    Counters(folder).begin(above)
    if rows >= 0:
        PaperRows(folder).begin(rows)
    sys.stdout.write(f"The next pack of every ward has a number above {above}.\n")
