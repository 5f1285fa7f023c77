"""`codedark pack build` and `export`: packs into the outbox, and from there onto a stick."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from codedark.app.amounts import amount
from codedark.app.continuing.census.home import journal_of, site_of
from codedark.app.continuing.census.state import CensusState, Following
from codedark.app.continuing.packing.bringing import export as export_packs
from codedark.app.continuing.packing.building import Builder, Round, told_by
from codedark.app.continuing.packing.outbox import Built
from codedark.app.continuing.packing.own_papers import OwnFiles
from codedark.app.continuing.packing.packs_said import say_round, sentences
from codedark.app.hospital_files import usable_hospital
from codedark.app.untrusted import one_line
from codedark.app.wall_clock import now_us
from codedark.cli import exit_codes
from codedark.cli.options import DEFAULT_HOME, HomeOption, Language
from codedark.cli.saying import say
from codedark.continuity.packs.numbers import MOST_WARDS
from codedark.continuity.packs.told import Told, Unmade

_LEAST_PAUSE: Final = 5
"""Of the time from one look to the next, a fifth is left to others, however long a round takes."""


def build(
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
    every: Annotated[
        float, typer.Option("--every", min=0, metavar="SECONDS", help="Go on: look this often what is new.")
    ] = 0,
) -> None:
    """Build a sealed pack for each ward that has keys, from the census of HOME, into HOME/packs/outbox.

    Exit code 3 where a ward with patients has no keys, its pack or documents could not be made, or no source ever told
    who lies where: then nothing is built.
    """
    model = usable_hospital(hospital or home)
    most_printed = 0 if not prints else 1 if every else MOST_WARDS
    builder = Builder(home, model, language.value, most_printed=most_printed)
    following, own = Following(journal_of(home), CensusState(model, site_of(home, site))), OwnFiles(home, model)
    if following.reason:
        say(following.reason)
    telling = _Telling(journal_of(home))
    try:
        while True:
            begun = time.monotonic()
            following.catch_up()
            told = told_by(following.state, now_us(), own.papers())
            done = builder.round(told)
            say_round(home, done, told.now_us)
            telling.round(told, done)
            if not every:
                break
            sys.stdout.flush()
            time.sleep(max(every - (time.monotonic() - begun), every / _LEAST_PAUSE))
    finally:
        following.close()
    if told.unmade or not done.is_whole:
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
        say(f"{missing}: there is no pack of it: `codedark pack build`")
    if exported.missing:
        raise typer.Exit(exit_codes.INCOMPLETE)


class _Telling:
    """What people are told of rounds, one after another: what packs there are, and what stands as before only once."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._problems: tuple[str, ...] = ()
        self._untold = ""

    def round(self, told: Told, done: Round) -> None:
        """Say what is new."""
        problems = (*told.papers.problems, *map(_unmade, told.unmade), *sentences(done.failed, done.unprinted))
        for problem in problems if problems != self._problems else ():
            say(problem)
        if done.built:
            _show(done.built)
        for ward, patients in sorted(done.without_keys.items()):
            say(f"{ward}: {amount(patients, 'patient')} and no keys, so no pack: `codedark pack keys`")
        untold = _untold(done, self._journal)
        if untold and untold != self._untold:
            say(untold)
        self._problems, self._untold = problems, untold


def _show(built: tuple[Built, ...]) -> None:
    table = Table(box=None, pad_edge=False)
    for title in ("ward", "pack", "patients", "KiB", "file"):
        table.add_column(title, overflow="fold", justify="right" if title in {"pack", "patients", "KiB"} else "left")
    for path, told in built:
        size = (told.size_bytes + 1023) // 1024
        table.add_row(one_line(told.ward), str(told.counter), str(told.patients), str(size), str(path))
    Console().print(table)


def _unmade(each: Unmade) -> str:
    there = f"he lies on {', '.join(sorted(each.wards))}" if each.wards else "he is not in"
    where = "where he lies is not known, and no pack has him" if each.wards is None else there
    return f"the chart of patient {each.patient} cannot be made ({where}): {each.reason}"


def _untold(done: Round, journal: Path) -> str:
    if not done.is_heard:
        return (
            "no source has ever told who lies where, so no pack is built; those that wards have stay. "
            f"Is the census in {journal} lost? Bring it back, or fill it: `codedark census serve` or `load`"
        )
    names = ", ".join(done.untold)
    return f"{names}: no source has ever told who lies there; their pages say so" if names else ""
