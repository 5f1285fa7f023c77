"""`codedark incident`: what is going on, and what people decide about it."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from codedark.app.incident_answers import (
    finding_row,
    incident_named,
    incident_row,
    incident_story,
    opened_state,
    suppression_rows,
)
from codedark.app.incident_decisions import ENFORCEMENT, acknowledge, judge, lift, suppress, time_past, time_to_come
from codedark.app.outputs import to_json
from codedark.app.wall_clock import now_us
from codedark.cli import exit_codes
from codedark.cli.hunt import LevelName
from codedark.cli.incident_story import print_findings, print_incidents, print_story, print_suppressions
from codedark.cli.options import DEFAULT_HOME, HomeOption
from codedark.cli.rules import Format, FormatOption
from codedark.detect.finding import Level
from codedark.errors import UsageError
from codedark.respond.incident import Status, Verdict
from codedark.store.state.rows import Outcome, Sought
from codedark.store.state.state import State

app = typer.Typer(
    help="See incidents, acknowledge them, say what they were.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

IncidentArgument = Annotated[str, typer.Argument(metavar="ID", help="The incident, as in 2026-0007.")]
ByOption = Annotated[str, typer.Option("--by", help="Who decides. [default: the user of this session]")]
_MOST = 200


class WhichOnes(StrEnum):
    """Which incidents are listed."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


@app.command("list")
def list_(
    home: HomeOption = DEFAULT_HOME,
    status: Annotated[WhichOnes | None, typer.Option(help="Only these. [default: those that are not closed]")] = None,
    every: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    since: Annotated[str | None, typer.Option(help="With a finding since then: 2026-02-01, 12h, 7d.")] = None,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """List incidents, the one that moved last first."""
    with _state(home) as state:
        since_us = None if since is None else time_past(since, now_us())
        found = state.incidents(status=Status(status) if status else None, since_us=since_us)
    shown = [each for each in found if every or status or each.status is not Status.CLOSED]
    _print([incident_row(each) for each in shown], output_format, print_incidents)
    if not shown:
        sys.stderr.write("codedark: no incident\n")


@app.command()
def show(
    incident: IncidentArgument, home: HomeOption = DEFAULT_HOME, output_format: FormatOption = Format.TABLE
) -> None:
    """Tell an incident as a story: what, what to do, step by step, who, what is at risk."""
    with _state(home) as state:
        found = incident_named(state, incident)
        if found.id != incident:
            sys.stderr.write(f"codedark: {incident} was merged into {found.id}, which is shown\n")
        story = incident_story(state, found)
    if output_format is Format.TABLE:
        print_story(Console(), story)
    else:
        sys.stdout.buffer.write(to_json(story) + b"\n")


@app.command()
def ack(incident: IncidentArgument, by: ByOption = "", home: HomeOption = DEFAULT_HOME) -> None:
    """Say that somebody has seen the alarms of an incident: they are not repeated. Later ones are sent."""
    with _state(home) as state:
        found = acknowledge(state, incident, by or _user(), now_us())
    stays = "" if found == ENFORCEMENT else "; it stays open until there is a verdict"
    _say(f"{found}: its alarms are acknowledged and not repeated{stays}")


@app.command()
def verdict(
    incident: IncidentArgument,
    was: Annotated[Verdict, typer.Argument(metavar="true|false|expected", help="An attacker, nothing, or ordered.")],
    reason: Annotated[str, typer.Option(help="Why, for those who read it later.")] = "",
    by: ByOption = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Say what an incident was. That closes it, and teaches the weights of its rules."""
    with _state(home) as state:
        found = judge(state, incident, was, reason, by or _user(), now_us())
    _say(f"{found.id}: verdict {was.value}; it will be closed")


@app.command("suppress")
def suppress_(
    reason: Annotated[str, typer.Option(help="Why, for whoever wonders in a month.")],
    until: Annotated[str, typer.Option(help="When it ends: 2026-02-01, 2026-02-01T06:30 (UTC), 12h, 7d.")],
    rule: Annotated[str, typer.Option(help="Findings of this rule, by its id.")] = "",
    host: Annotated[str, typer.Option(help="Findings on this host.")] = "",
    account: Annotated[str, typer.Option(help="Findings by this account.")] = "",
    by: ByOption = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Keep findings but do not alarm for them, for some time. What is named has to be so all together."""
    at_us = now_us()
    with _state(home) as state:
        made = suppress(
            state, rule=rule, host=host, account=account, reason=reason,
            until_us=time_to_come(until, at_us), by=by or _user(), now_us=at_us,
        )  # fmt: skip
    _say(f"suppressed as {made.id}; end it before its time with `codedark incident unsuppress {made.id}`")


@app.command()
def unsuppress(
    suppression: Annotated[str, typer.Argument(metavar="ID", help="The suppression, as `suppressions` names it.")],
    by: ByOption = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """End a suppression before its time."""
    with _state(home) as state:
        lifted = lift(state, suppression, by or _user(), now_us())
    _say(f"{lifted.id} is lifted")


@app.command()
def suppressions(home: HomeOption = DEFAULT_HOME, output_format: FormatOption = Format.TABLE) -> None:
    """List the suppressions that hold now: what, until when, by whom, why."""
    with _state(home) as state:
        rows = suppression_rows(state, now_us())
    _print(rows, output_format, print_suppressions)
    if not rows:
        sys.stderr.write("codedark: no suppression holds\n")


@app.command()
def findings(
    home: HomeOption = DEFAULT_HOME,
    since: Annotated[str | None, typer.Option(help="Since then: 2026-02-01, 12h, 7d.")] = None,
    level: Annotated[LevelName, typer.Option(help="Of this level and above.")] = LevelName.INFORMATIONAL,
    rule: Annotated[str | None, typer.Option(help="Of this rule, by id or title.")] = None,
    host: Annotated[str | None, typer.Option(help="On this host.")] = None,
    incident: Annotated[str | None, typer.Option(help="Of this incident.")] = None,
    alone: Annotated[bool, typer.Option("--no-incident", help="Only those that belong to no incident.")] = False,
    most: Annotated[int, typer.Option(min=1, max=1_000_000, help="Not more than these, the latest.")] = _MOST,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """List findings, the latest first."""
    if alone and incident:
        raise UsageError("--incident and --no-incident exclude each other: name one")
    since_us = None if since is None else time_past(since, now_us())
    sought = Sought(since_us, None, Level[level.name], rule, host, None, "" if alone else incident)
    with _state(home) as state:
        rows = [finding_row(each) for each in state.findings(sought, most + 1)]
    _print(rows[:most], output_format, print_findings)
    if len(rows) > most:
        sys.stderr.write(f"codedark: these are the latest {most:,}; there are more: see --most\n")
    if not rows:
        sys.stderr.write("codedark: no such finding\n")


@app.command("test-channels")
def try_(home: HomeOption = DEFAULT_HOME) -> None:
    """Send a message that says it is a test over every channel, and say which of them took it."""
    # Templates and mail take a moment to load, which the other commands need not spend.
    from codedark.app.notify.notifier import try_channels  # noqa: PLC0415
    from codedark.app.notify.settings import notification  # noqa: PLC0415
    from codedark.app.watching.configuration import FILE, load  # noqa: PLC0415

    told = notification(load(home).notify, f"{home / FILE}: [notify]", home)
    results = try_channels(told.channels, told.settings, now_us())
    for each in results:
        sys.stdout.write(f"{each.channel}: {each.outcome.value}{f': {each.said}' if each.said else ''}\n")
    if any(each.outcome is not Outcome.DELIVERED for each in results):
        raise typer.Exit(exit_codes.INCOMPLETE)


def _print(rows: list[dict[str, Any]], output_format: Format, table: Callable[[Console, Sequence[Any]], None]) -> None:
    match output_format:
        case Format.JSON:
            sys.stdout.buffer.write(to_json(rows) + b"\n")
        case Format.JSONL:
            sys.stdout.buffer.writelines(to_json(row) + b"\n" for row in rows)
        case Format.TABLE if rows:
            table(Console(), rows)


def _say(what: str) -> None:
    sys.stderr.write(f"codedark: {what}. `codedark serve` takes this up within seconds; while it is down, it waits\n")


@contextmanager
def _state(home: Path) -> Iterator[State]:
    with closing(opened_state(home)) as state:
        yield state


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise UsageError("this session has no user name: say --by who decides") from error
