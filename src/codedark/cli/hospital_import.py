"""`codedark hospital import`: fill the model from what exists; the difference first, then, if asked, the files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from codedark.app.hospital_import import AUTO, Difference, Request, difference, write
from codedark.app.outputs import to_json
from codedark.app.untrusted import one_line
from codedark.cli import exit_codes
from codedark.cli.options import DEFAULT_HOME, HomeOption
from codedark.cli.rules import Format, FormatOption
from codedark.errors import UsageError
from codedark.hospital.importers.cmdb import IDENTIFYING
from codedark.hospital.importers.formats import FORMATS
from codedark.hospital.importers.meanings import columns_of
from codedark.hospital.importers.merge import Change
from codedark.hospital.problem import Problem

_MOST_ROWS = 100
_MOST_REJECTED = 20
_COLUMNS = ("effect", "what", "id", "field", "before", "after", "where from")


def import_(
    source_format: Annotated[str, typer.Argument(metavar="FORMAT", help=f"{AUTO}, or one of {', '.join(FORMATS)}.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Exports, all of the same format.")],
    home: HomeOption = DEFAULT_HOME,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=COLUMN", help="cmdb: which column holds a field. May be repeated."),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Let what is read replace what stands.")] = False,
    write_it: Annotated[bool, typer.Option("--write", help="Write it without asking.")] = False,
    output_format: FormatOption = Format.TABLE,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 3 if any record was rejected.")] = False,
) -> None:
    """Join exports of other systems with the model, show what would change, and write it only when told to."""
    now = datetime.now(UTC)
    request = Request(home, source_format, files, now.astimezone().date(), _mapped(mapping or []), replace)
    found = difference(request)
    _show(found, output_format)
    _account(found)
    if not found.changes_anything:
        _say("the model would stay as it is")
    elif write_it or (sys.stdin.isatty() and typer.confirm("Write this into the model?", err=True)):
        written = write(found, now, _say)
        _say(f"written into {home if home.is_dir() else home.parent}: {', '.join(written)}")
    else:
        _say("nothing is written: say --write to do so")
    if strict and found.facts.rejected:
        raise typer.Exit(exit_codes.INCOMPLETE)


def _mapped(mapping: list[str]) -> dict[str, str]:
    fields = columns_of("asset")
    columns = {}
    for each in mapping:
        field, _, column = each.partition("=")
        if field not in fields or not column:
            known = ", ".join(fields)
            raise UsageError(f"--map {each}: write FIELD=COLUMN, as in --map {IDENTIFYING[0]}=Device; fields: {known}")
        columns[field] = column
    return columns


def _show(found: Difference, output_format: Format) -> None:
    match output_format:
        case Format.JSON:
            rejected = [_rejected(each) for each in found.facts.rejected]
            told = {"changes": list(map(_row, found.changes)), "rejected": rejected, "counts": found.counts()}
            sys.stdout.buffer.write(to_json(told) + b"\n")
        case Format.JSONL:
            sys.stdout.buffer.writelines(to_json(_row(change)) + b"\n" for change in found.changes)
        case Format.TABLE:
            if found.changes:
                Console().print(_table(found.changes[:_MOST_ROWS]))
            if len(found.changes) > _MOST_ROWS:
                _say(f"{len(found.changes) - _MOST_ROWS:,} more changes are not shown: --format jsonl has all of them")


def _row(change: Change) -> dict[str, Any]:
    return {
        "effect": change.effect.value,
        "what": change.what,
        "id": change.id,
        "field": change.field or None,
        "before": change.before,
        "after": change.after,
        "file": change.origin.file,
        "record": change.origin.record,
    }


def _rejected(problem: Problem) -> dict[str, Any]:
    return {"file": problem.file, "line": problem.line or None, "what": problem.what, "mend": problem.mend}


def _table(changes: Sequence[Change]) -> Table:
    table = Table(*_COLUMNS)
    for change in changes:
        where = f"{Path(change.origin.file).name}, {change.origin.record}"
        cells = (change.effect.value, change.what, change.id, change.field, change.before, change.after, where)
        table.add_row(*(Text(one_line(cell)) for cell in cells))
    return table


def _account(found: Difference) -> None:
    counts = found.counts()
    for problem in found.facts.rejected[:_MOST_REJECTED]:
        _say(f"not read: {problem.where}: {problem.what}: {problem.mend}")
    if len(found.facts.rejected) > _MOST_REJECTED:
        _say(f"{len(found.facts.rejected) - _MOST_REJECTED:,} more were not read: --format json names them all")
    passed_over = counts["records_passed_over"]
    _say(
        f"{counts['records_read']:,} records read: {counts['records_told']:,} told something, "
        f"{sum(passed_over.values()):,} passed over, {counts['records_rejected']:,} rejected"
    )
    for sort, count in passed_over.items():
        _say(f"  passed over: {count:,} × {sort}")
    for log in found.known_logs:
        _say(f"{log}: the flows of this file are in the model already and are not added again")
    changes = ", ".join(f"{count:,} {effect}" for effect, count in counts["changes"].items())
    _say(f"changes: {changes}; flows: {counts['flows_added']:,} new, {counts['flows_grown']:,} grown")


def _say(text: str) -> None:
    sys.stderr.write(f"codedark: {one_line(text)}\n")
