"""`codedark pack build` and `export`: packs into the outbox, and from there onto a stick."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from codedark.app.amounts import amount
from codedark.app.continuing.bringing import export as export_packs
from codedark.app.continuing.building import Builder, Told
from codedark.app.continuing.census_home import journal_of, site_of
from codedark.app.continuing.census_intake import now_us
from codedark.app.continuing.census_state import CensusState, Following
from codedark.app.continuing.outbox import Built
from codedark.app.continuing.own_papers import OwnFiles
from codedark.app.continuing.packs_said import say_round, sentences
from codedark.app.continuing.unmade import Unmade
from codedark.app.hospital_files import usable_hospital
from codedark.app.untrusted import one_line
from codedark.cli import exit_codes
from codedark.cli.options import DEFAULT_HOME, HomeOption, Language
from codedark.hospital.ward import WardId

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
    builder = Builder(home, model, language.value, with_prints=prints, most_printed=1 if every else 10_000)
    state = CensusState(model, site_of(home, site))
    following = Following(journal_of(home), state)
    if following.reason:
        sys.stderr.write(f"codedark: {one_line(following.reason)}\n")
    said: tuple[tuple[WardId, ...], bool] = (), True
    own = OwnFiles(home, model)
    known: tuple[str, ...] = ()
    try:
        while True:
            begun = time.monotonic()
            following.catch_up()
            at_us = now_us()
            charts = state.charts(at_us).values()
            papers = own.papers()
            silences = state.feeds.silences(at_us)
            wards = state.wards(at_us)
            done = builder.round(Told(wards, charts, silences, at_us, papers, state.frequencies, state.unmade))
            say_round(home, done, at_us)
            problems = (*papers.problems, *map(_unmade, state.unmade), *sentences(done.failed, done.unprinted))
            _tell_problems(problems, known)
            known = problems
            if done.built:
                _show(done.built)
            _tell(done.without_keys)
            if said != (done.untold, done.is_heard):
                said = done.untold, done.is_heard
                _tell_untold(done.untold, is_heard=done.is_heard, journal=journal_of(home))
            if not every:
                break
            sys.stdout.flush()
            time.sleep(max(every - (time.monotonic() - begun), every / _LEAST_PAUSE))
    finally:
        following.close()
    if done.without_keys or not done.is_heard or state.unmade or done.failed or done.unprinted:
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


def _tell(without_keys: Mapping[WardId, int]) -> None:
    for ward, patients in sorted(without_keys.items()):
        sys.stderr.write(
            f"codedark: {one_line(ward)}: {amount(patients, 'patient')} and no keys, so no pack: `codedark pack keys`\n"
        )


def _unmade(each: Unmade) -> str:
    there = f"he lies on {', '.join(sorted(each.wards))}" if each.wards else "he is not in"
    where = "where he lies is not known, and no pack has him" if each.wards is None else there
    return f"the chart of patient {each.patient} cannot be made ({where}): {each.reason}"


def _tell_problems(problems: tuple[str, ...], known: tuple[str, ...]) -> None:
    for problem in problems if problems != known else ():
        sys.stderr.write(f"codedark: {one_line(problem)}\n")


def _tell_untold(wards: tuple[WardId, ...], *, is_heard: bool, journal: Path) -> None:
    if not is_heard:
        sys.stderr.write(
            "codedark: no source has ever told who lies where, so no pack is built; those that wards have stay. "
            f"Is the census in {journal} lost? Bring it back, or fill it: `codedark census serve` or `load`\n"
        )
    elif wards:
        names = one_line(", ".join(wards))
        sys.stderr.write(f"codedark: {names}: no source has ever told who lies there; their pages say so\n")
