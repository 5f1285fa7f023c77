"""`codedark search`: ask the event lake, keep what an incident needs, or let it go again."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from codedark.app.outputs import to_json
from codedark.app.search import searching
from codedark.app.search.fields import named_fields, refusal
from codedark.app.search.freshness import Freshness, freshness_of
from codedark.app.search.holds import hold_of
from codedark.app.untrusted import one_line
from codedark.cli.home_hint import with_home
from codedark.cli.options import DEFAULT_HOME, HomeOption
from codedark.cli.rules import Format, FormatOption
from codedark.cli.search_table import print_rows
from codedark.errors import UsageError
from codedark.store.lake.holds import place_hold, read_holds, release_hold

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_COLUMNS = ("time", "type", "event", "host", "user", "seq", "record")


@app.command()
def search(
    query: Annotated[
        str, typer.Argument(help="What to look for: host:ws-12 event:4624, IpAddress:10.0.0.0/8, words. See the docs.")
    ] = "",
    home: HomeOption = DEFAULT_HOME,
    lake: Annotated[Path | None, typer.Option("--lake", help="Folder of the lake. [default: that of --home]")] = None,
    since: Annotated[
        str | None, typer.Option("--from", help="From this time on: 2026-01-12T10, or 2h for ago.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="Up to this time, as far as it is told.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Show at most so many, the newest.")] = 100,
    sql: Annotated[str | None, typer.Option("--sql", help="One SELECT over the view 'events' instead.")] = None,
    fields: Annotated[str | None, typer.Option("--fields", help="Show just these, with commas between.")] = None,
    count_by: Annotated[str | None, typer.Option("--count-by", help="Count the records by a field instead.")] = None,
    hold: Annotated[str | None, typer.Option("--hold", help="Keep what is between --from and --until: an id.")] = None,
    release: Annotated[str | None, typer.Option("--release", help="End the hold of this id.")] = None,
    holds: Annotated[bool, typer.Option("--holds", help="List the holds.")] = False,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Search the event lake: what happened, where and by whom, in everything that was taken in and is still kept."""
    folder = lake or home / "lake"
    if sum(map(bool, (sql, count_by, hold, release, holds))) > 1:
        raise UsageError("--sql, --count-by, --hold, --release and --holds: one at a time")
    now_us = time.time_ns() // 1000
    names = [name.strip() for name in fields.split(",") if name.strip()] if fields else []
    seeker = searching.Search(folder)
    if hold:
        place_hold(folder, hold_of(hold, since, until, now_us, query))
        sys.stderr.write(f"codedark: hold {one_line(hold)} is in place\n")
        return
    if release:
        if not release_hold(folder, release):
            raise UsageError(f"--release {release}: there is no such hold; --holds lists them")
        sys.stderr.write(f"codedark: hold {release} is released\n")
        return
    if holds:
        _print([_hold_row(each) for each in read_holds(folder)], output_format)
        return
    freshness = freshness_of(folder)
    if sql:
        if query or since or until:
            raise UsageError("--sql: says all by itself; put the time and the filter into its WHERE")
        rows: list[dict[str, Any]] = seeker.sql(sql)
    else:
        asked = searching.Asked(query, since, until)
        found: list[dict[str, Any]] = []
        with _progress() as told:
            if count_by:
                counts = seeker.counts(asked, now_us, count_by, told)[:limit]
                rows = [{count_by: value, "count": count} for value, count in counts]
            else:
                found = seeker.records(asked, now_us, limit, told)
                shown = names or (_COLUMNS if output_format is Format.TABLE else ())
                rows = [searching.fields_of(row, shown) for row in found] if shown else found
        # What a record found has is known; only for another field is the lake asked whether it is there at all.
        doubted = [name for name in named_fields(query) if not any(searching.has_field(row, name) for row in found)]
        if why := refusal(folder, doubted):
            raise UsageError(f"{why}; {freshness.text()}")
    _print(rows, output_format, freshness)


def _hold_row(hold: Any) -> dict[str, Any]:
    return {
        "id": hold.id,
        "from": searching.moment(hold.from_us),
        "until": searching.moment(hold.until_us),
        "types": ", ".join(hold.log_types) or "all",
        "reason": hold.reason,
    }


def _print(rows: Sequence[dict[str, Any]], output_format: Format, freshness: Freshness | None = None) -> None:
    """The rows, and how far the lake goes: within JSON, else on stderr; holds have nothing to do with that."""
    match output_format:
        case Format.JSON:
            told = {"lake": freshness.told(), "rows": list(rows)} if freshness else list(rows)
            sys.stdout.buffer.write(to_json(told) + b"\n")
        case Format.JSONL:
            sys.stdout.buffer.writelines(to_json(row) + b"\n" for row in rows)
        case Format.TABLE:
            print_rows(Console(), rows)
            sys.stderr.write(f"codedark: {len(rows):,} rows\n")
    if freshness and output_format is not Format.JSON:
        sys.stderr.write(f"codedark: {with_home(freshness.text())}\n")


@contextmanager
def _progress() -> Iterator[searching.Progress | None]:
    """A bar of days on stderr, where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    columns = (TextColumn("searching days"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("days", total=None)
        yield lambda done, days: progress.update(task, completed=done, total=days)
