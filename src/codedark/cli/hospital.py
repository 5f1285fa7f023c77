"""`codedark hospital`: check the model, print its schema; to see it and to ask it is `show`."""

from __future__ import annotations

import sys
from collections.abc import Sequence, Sized
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from codedark.app.hospital_files import read_hospital
from codedark.app.outputs import to_json
from codedark.app.untrusted import one_line
from codedark.cli import exit_codes, hospital_discover, hospital_import, hospital_show
from codedark.cli.options import DEFAULT_HOME, HomeOption
from codedark.cli.rules import Format, FormatOption
from codedark.hospital.load import Loaded
from codedark.hospital.load.structure import schema_text
from codedark.hospital.problem import Problem

app = typer.Typer(
    help="Describe the hospital, see it, ask it.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)
app.command("show")(hospital_show.show)
app.command("import")(hospital_import.import_)
app.command("discover")(hospital_discover.discover_)

_MOST_LINES = 20


@app.command()
def check(
    path: Annotated[Path | None, typer.Argument(help="hospital.yaml or its folder. [default: that of --home]")] = None,
    home: HomeOption = DEFAULT_HOME,
    output_format: FormatOption = Format.TABLE,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 3 if there are warnings.")] = False,
) -> None:
    """Name everything that is wrong with the model: file, line, what, and how to mend it."""
    place = path or home
    loaded = read_hospital(place, datetime.now().astimezone().date())
    match output_format:
        case Format.JSON:
            sys.stdout.buffer.write(to_json([_row(problem) for problem in loaded.problems]) + b"\n")
        case Format.JSONL:
            sys.stdout.buffer.writelines(to_json(_row(problem)) + b"\n" for problem in loaded.problems)
        case Format.TABLE:
            sys.stdout.writelines(_told(loaded.problems, place if place.is_dir() else place.parent))
    sys.stderr.write(f"codedark: {_summary(loaded)}\n")
    if loaded.hospital is None:
        raise typer.Exit(exit_codes.UNUSABLE)
    if strict and loaded.warnings:
        raise typer.Exit(exit_codes.INCOMPLETE)


@app.command()
def schema() -> None:
    """Print the JSON Schema of hospital.yaml, for editors and other programs."""
    sys.stdout.write(schema_text())


def _row(problem: Problem) -> dict[str, Any]:
    return {
        "severity": problem.severity.value,
        "file": problem.file,
        "line": problem.line or None,
        "what": problem.what,
        "mend": problem.mend,
    }


def _told(problems: Sequence[Problem], folder: Path) -> list[str]:
    """Each problem on a line that editors can follow, with what to do below; the same on many lines is said once."""
    lines: dict[tuple[str, str, str, str], list[int]] = {}
    for each in problems:
        lines.setdefault((each.file, each.severity, each.what, each.mend), []).append(each.line)
    return [
        f"{one_line(f'{folder / file}{_numbers(where)}: {severity}: {what}')}\n    {one_line(mend)}\n"
        for (file, severity, what, mend), where in lines.items()
    ]


def _numbers(lines: Sequence[int]) -> str:
    if lines == [0]:
        return ""
    more = f" and {len(lines) - _MOST_LINES:,} more lines" if len(lines) > _MOST_LINES else ""
    return ":" + ", ".join(map(str, lines[:_MOST_LINES])) + more


def _summary(loaded: Loaded) -> str:
    found = f"{len(loaded.errors):,} errors, {len(loaded.warnings):,} warnings"
    hospital = loaded.hospital
    if hospital is None:
        return f"the model cannot be used: {found}"
    counts: dict[str, Sized] = {
        "zones": hospital.zones, "assets": hospital.assets, "accounts": hospital.accounts,
        "services": hospital.services, "wards": hospital.wards, "lifelines": hospital.lifelines,
        "flows": hospital.flows,
    }  # fmt: skip
    proposed = sum(service.proposed for service in hospital.services.values())
    unsigned = f"; {proposed} services are proposals that nobody has signed" if proposed else ""
    has = ", ".join(f"{len(things):,} {name}" for name, things in counts.items())
    return f"{one_line(hospital.name)}: {has}: {found}{unsigned}"
