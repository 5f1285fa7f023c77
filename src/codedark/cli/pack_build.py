"""`codedark pack build` and `export`: packs into the outbox, and from there onto a stick."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from codedark.app.continuing.bringing import export as export_packs
from codedark.app.continuing.building import build as build_packs
from codedark.app.continuing.messages import ReadMessages, read_messages
from codedark.app.continuing.outbox import Built
from codedark.app.hospital_files import usable_hospital
from codedark.app.untrusted import one_line
from codedark.cli import exit_codes
from codedark.cli.options import DEFAULT_HOME, HomeOption, Language
from codedark.continuity.hl7v2.site import site as site_of
from codedark.errors import UnusableInput

_MICROSECONDS = 1_000_000
_SHOWN = 5


def build(
    messages: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="HL7 messages: files, or folders of *.hl7.")
    ],
    home: HomeOption = DEFAULT_HOME,
    hospital: Annotated[
        Path | None, typer.Option("--hospital", help="hospital.yaml, or its folder; else the one in --home.")
    ] = None,
    site: Annotated[
        Path | None, typer.Option("--site", metavar="FILE.yaml", help="Which field means what here, if not as usual.")
    ] = None,
    language: Annotated[
        Language, typer.Option("--language", help="Of the prints, and in which pages begin.")
    ] = Language.EN,
    prints: Annotated[bool, typer.Option("--prints/--no-prints", help="Whether documents to print go along.")] = True,
    as_of_messages: Annotated[
        bool, typer.Option("--as-of-messages", help="Build as if now were the time of the last message: for exercises.")
    ] = False,
) -> None:
    """Build one sealed pack for each ward that has keys, into HOME/packs/outbox.

    Exit code 3 where a ward with patients has no keys.
    """
    model = usable_hospital(hospital or home)
    read = read_messages(messages, model, site_of(_bytes(site), str(site)) if site else site_of())
    _tell(read)
    now_us = read.heard_us if as_of_messages else int(time.time() * _MICROSECONDS)
    outbox = build_packs(home, model, read.charts, now_us, language.value, with_prints=prints)
    _show(outbox.built)
    for ward, patients in sorted(outbox.without_keys.items()):
        sys.stderr.write(
            f"codedark: {one_line(ward)}: {patients} patients and no keys, so no pack: `codedark pack keys`\n"
        )
    if outbox.without_keys:
        raise typer.Exit(exit_codes.INCOMPLETE)


def export(
    usb: Annotated[Path, typer.Option("--usb", metavar="FOLDER", help="Of the stick.")],
    home: HomeOption = DEFAULT_HOME,
    ward: Annotated[list[str] | None, typer.Option("--ward", help="Only this ward; may be repeated.")] = None,
) -> None:
    """Copy the newest packs onto a stick and read them back. The ward pulls from it as from a share.

    Exit code 3 where a ward has no pack.
    """
    exported = export_packs(home, usb, tuple(ward or ()))
    _show(exported.written)
    for missing in exported.missing:
        sys.stderr.write(f"codedark: {one_line(missing)}: there is no pack of it: `codedark pack build`\n")
    if exported.missing:
        raise typer.Exit(exit_codes.INCOMPLETE)


def _show(built: tuple[Built, ...]) -> None:
    table = Table(box=None, pad_edge=False)
    for title in ("ward", "pack", "patients", "KiB", "file"):
        table.add_column(title, overflow="fold", justify="right" if title in {"pack", "patients", "KiB"} else "left")
    for path, told in built:
        size = (told.size_bytes + 1023) // 1024
        table.add_row(one_line(told.ward), str(told.counter), str(told.patients), str(size), str(path))
    Console().print(table)


def _tell(read: ReadMessages) -> None:
    rejected = sum(read.rejected.values())
    sys.stderr.write(f"codedark: {read.messages} messages read, {len(read.charts)} patients, {rejected} rejected\n")
    for what, counts in (("rejected", read.rejected), ("not understood", read.not_understood)):
        for reason, count in sorted(counts.items(), key=lambda each: -each[1])[:_SHOWN]:
            sys.stderr.write(f"codedark: {what}, {count} times: {one_line(reason)}\n")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnusableInput(f"{path}: cannot be read ({error.strerror})") from error
