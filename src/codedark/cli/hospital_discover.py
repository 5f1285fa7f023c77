"""`codedark hospital discover`: what logs know and the model does not."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from codedark.app.hospital_discover import counts, discover, silent_row, stranger_row, suggestion_row
from codedark.app.outputs import to_json
from codedark.app.untrusted import one_line
from codedark.cli import exit_codes
from codedark.cli.options import DEFAULT_HOME, HomeOption
from codedark.cli.rules import Format, FormatOption

_MOST_ROWS = 25
_MOST_NAMES = 5
Row = dict[str, Any]


def discover_(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Logs: files, folders, archives.")],
    home: HomeOption = DEFAULT_HOME,
    output_format: FormatOption = Format.TABLE,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 if any record was rejected or left out.")
    ] = False,
) -> None:
    """Hold logs and flows against the model: what talks and is not in it, what is silent, needs nobody wrote down."""
    found = discover(home, paths)
    sections = {
        "Talks, but is not in the model": [stranger_row(each) for each in found.strangers],
        "In the model, but not heard as expected": [silent_row(each) for each in found.silent],
        "Dependencies that the flows suggest and the model lacks": [suggestion_row(each) for each in found.suggestions],
    }
    account = counts(found)
    match output_format:
        case Format.JSON:
            names = ("strangers", "silent", "dependencies")
            told = dict(zip(names, sections.values(), strict=True)) | {"counts": account}
            sys.stdout.buffer.write(to_json(told) + b"\n")
        case Format.JSONL:
            sys.stdout.buffer.writelines(to_json(row) + b"\n" for rows in sections.values() for row in rows)
        case Format.TABLE:
            for (title, rows), cells in zip(sections.items(), (_STRANGER, _SILENT, _DEPENDENCY), strict=True):
                _print(title, rows, cells)
    _account(account)
    if strict and (account["records_rejected"] or account["records_left_out"]):
        raise typer.Exit(exit_codes.INCOMPLETE)


def _print(title: str, rows: list[Row], cells: dict[str, Callable[[Row], str]]) -> None:
    if not rows:
        return
    table = Table(*cells, title=f"{title}: {len(rows):,}", title_justify="left")
    for row in rows[:_MOST_ROWS]:
        table.add_row(*(Text(one_line(cell(row))) for cell in cells.values()))
    Console().print(table)
    if len(rows) > _MOST_ROWS:
        sys.stderr.write(f"codedark: {len(rows) - _MOST_ROWS:,} more are not shown: --format jsonl has all of them\n")


def _account(account: Row) -> None:
    said = [
        f"{account['records']:,} records: {account['records_read']:,} read, {account['records_rejected']:,} rejected",
        *(f"  rejected: {count:,} × {reason}" for reason, count in account["rejected"].items()),
    ]
    if account["records_left_out"]:
        said.append(
            f"{account['records_left_out']:,} records name more machines or flows than are kept: read less at once"
        )
    if account["from"]:
        said.append(f"the logs reach from {account['from']} to {account['until']}")
    if account["zones_not_heard"]:
        zones = _listed(account["zones_not_heard"])
        said.append(f"nothing was heard of zones {zones}: no sensor there, or its logs are not among these")
    for line in said:
        sys.stderr.write(f"codedark: {one_line(line)}\n")


def _listed(words: Iterable[str], in_all: int = 0) -> str:
    every = list(words)
    more = max(in_all, len(every)) - _MOST_NAMES
    return ", ".join(every[:_MOST_NAMES]) + (f" and {more:,} more" if more > 0 else "")


_STRANGER: dict[str, Callable[[Row], str]] = {
    "address": lambda row: row["address"] or "–",
    "names": lambda row: _listed(row["names"]) or "–",
    "zone": lambda row: row["zone"] or "–",
    "talks with": lambda row: _listed(row["peers"], row["peers_in_all"]) or "–",
    "serves": lambda row: _listed(row["serves"]) or "–",
    "uses": lambda row: _listed(row["uses"]) or "–",
    "first, last": lambda row: f"{row['first'] or '–'}, {row['last'] or '–'}",
    "evidence": lambda row: _listed(f"{log} {count:,}" for log, count in row["evidence"].items()),
}
_SILENT: dict[str, Callable[[Row], str]] = {
    "asset": lambda row: row["asset"],
    "last seen": lambda row: row["last_seen"] or "not in these logs",
    "logs that do not come": lambda row: _listed(row["missing_logs"]) or "–",
    "connections in the model's flows": lambda row: f"{row['talked_before']:,}",
}
_DEPENDENCY: dict[str, Callable[[Row], str]] = {
    "service": lambda row: row["service"],
    "needs": lambda row: row["needs"],
    "score": lambda row: f"{row['score']:.2f}",
    "evidence": lambda row: row["sentence"],
}
