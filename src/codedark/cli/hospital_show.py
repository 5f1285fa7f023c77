"""`codedark hospital show`: the map, and the three questions of a bad night."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from codedark.app.hospital_answers import Answer, carried_answer, failure_answer, listing, needed_answer, overview
from codedark.app.hospital_files import usable_hospital
from codedark.app.hospital_map.page import duration, page, svg
from codedark.app.outputs import to_json
from codedark.app.untrusted import one_line
from codedark.cli.options import DEFAULT_HOME, HomeOption
from codedark.cli.rules import Format, FormatOption
from codedark.errors import UsageError
from codedark.hospital.failure import Dependents
from codedark.hospital.questions import carries, needs, resolve, what_fails
from codedark.hospital.service import OnAsset, OnService


class Kind(StrEnum):
    """What can be listed."""

    SERVICES = "services"
    ZONES = "zones"
    ASSETS = "assets"
    WARDS = "wards"
    LIFELINES = "lifelines"


_NAMES = "an asset, a service, 'zone:ID' (all in it) or 'ZONE>ZONE' (the way between)"


def show(
    path: Annotated[Path | None, typer.Argument(help="hospital.yaml or its folder. [default: that of --home]")] = None,
    home: HomeOption = DEFAULT_HOME,
    asset: Annotated[list[str] | None, typer.Option("--carries", help="What does this asset carry?")] = None,
    service: Annotated[list[str] | None, typer.Option("--needs", help="What does this service need?")] = None,
    failing: Annotated[
        list[str] | None, typer.Option("--fails", help=f"What fails if this fails? May be repeated: {_NAMES}.")
    ] = None,
    names: Annotated[Kind | None, typer.Option("--list", help="Name all, by the ids that questions take.")] = None,
    draw: Annotated[
        list[Path] | None, typer.Option("--map", help="Draw the map into FILE.svg or FILE.html. May be repeated.")
    ] = None,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Show what the hospital has, draw its map, and answer what depends on what."""
    for file in draw or []:
        if file.suffix not in {".svg", ".html"}:
            raise UsageError(f"{file}: a map is drawn as .svg or .html: name it so")
    hospital = usable_hospital(path or home)
    dependents = Dependents(hospital)
    answers: list[Answer] = []
    if names and (asset or service or failing):
        raise UsageError("--list answers alone: ask the questions in another call")
    for name in asset or []:
        match resolve(hospital, name):
            case OnAsset(asset_id):
                answers.append(carried_answer(hospital, carries(dependents, asset_id)))
            case _:
                raise UsageError(f"--carries {name}: is no asset; ask --needs or --fails")
    for name in service or []:
        match resolve(hospital, name):
            case OnService(service_id):
                answers.append(needed_answer(hospital, needs(dependents, service_id)))
            case _:
                raise UsageError(f"--needs {name}: is no service; ask --carries or --fails")
    if failing:
        answers.append(failure_answer(dependents, what_fails(dependents, failing)))
    if names:
        answers += listing(hospital, names)
    for file in draw or []:
        file.write_text(svg(hospital) if file.suffix == ".svg" else page(hospital), encoding="utf-8")
        sys.stderr.write(f"codedark: the map of {one_line(hospital.name)} is in {file}\n")
    if not answers and not draw:
        answers.append(overview(hospital))
    _print(answers, output_format, rows=names is not None)


def _print(answers: list[Answer], output_format: Format, *, rows: bool) -> None:
    match output_format:
        case Format.JSON:
            sys.stdout.buffer.write(to_json(answers[0] if len(answers) == 1 and not rows else answers) + b"\n")
        case Format.JSONL:
            sys.stdout.buffer.writelines(to_json(answer) + b"\n" for answer in answers)
        case Format.TABLE:
            console = Console()
            if rows:
                console.print(_rows(answers))
            else:
                for answer in answers:
                    console.print(_table(answer))


def _rows(answers: list[Answer]) -> Table:
    table = Table(*dict.fromkeys(key for answer in answers for key in answer))
    for answer in answers:
        table.add_row(*(Text(one_line(str("–" if value is None else value))) for value in answer.values()))
    return table


def _table(answer: Answer) -> Table:
    table = Table(show_header=False, show_lines=True)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    nothing = "not known" if answer.get("not_known") else "–"  # nothing found is no proof then
    for key, value in answer.items():
        words = [] if value in ([], None, "") else _words(key, value)
        table.add_row(key.replace("_", " "), Text(one_line_each(words, nothing)))
    return table


def one_line_each(lines: list[str], nothing: str = "–") -> str:
    """Each of them on a line of its own, with nothing in it that a terminal obeys; ``nothing`` where there is none."""
    return "\n".join(one_line(line) for line in lines) or nothing


def _words(key: str, value: Any) -> list[str]:
    if key == "over_time":
        return [line for stage in value if stage["harm"] or stage["begins"] for line in _hour(stage)]
    if isinstance(value, dict):
        return [", ".join(f"{name} {count:,}" for name, count in value.items())]
    if isinstance(value, list):
        return [_item(item) for item in value]
    return [f"{value:,}" if isinstance(value, int) else str(value or "–")]


def _item(item: Any) -> str:
    if not isinstance(item, dict):
        return str(item)
    because = f", because it lacks {'; '.join(item['because'])}" if item.get("because") else ""
    if "from" in item:
        return f"{item['name']} ({item['id']}) from {', '.join(item['from'])}"
    return f"{item['name']} ({item['id']}, tier {item['tier']}){because}"


def _hour(stage: Answer) -> list[str]:
    when = "at once" if not stage["hours"] else f"after {duration(stage['hours'] * 60)}"
    harm = f": harm {stage['harm']:,.0f} so far (policy weight)" if stage["harm"] else ""
    return [f"{when}{harm}", *(f"· {each['service']}: {each['consequence']}" for each in stage["begins"])]
