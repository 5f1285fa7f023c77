"""`codedark hunt`: every rule over logs that are on disk."""

from __future__ import annotations

import gc
import io
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, BinaryIO

import orjson
import typer
from rich.console import Console
from rich.progress import TextColumn

from codedark.app.hunt import Hunt, Progress, Request
from codedark.app.outputs import Sink, Tallied, csv_sink, json_sink, jsonl_sink, ocsf_sink, report_to, to_json
from codedark.app.summary import Summary
from codedark.app.tally import Tally
from codedark.cli import exit_codes
from codedark.cli.findings_table import table_to
from codedark.cli.options import (
    DEFAULT_HOME,
    DEFAULT_RULES,
    HomeOption,
    HospitalOption,
    RulesOption,
    placeholders_of,
    progress_bar,
    rules_with_progress,
)
from codedark.detect.finding import Level
from codedark.errors import UsageError
from codedark.events.record import Rejected
from codedark.ingest.formats import FORMATS, check_format
from codedark.ingest.open import walk


class Format(StrEnum):
    """How findings are told."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    OCSF = "ocsf"


class LevelName(StrEnum):
    """Sigma's levels as they are typed."""

    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def hunt(
    paths: Annotated[list[Path], typer.Argument(help="Log files and folders: plain, gzip, zstd or zip.")],
    rules: RulesOption = DEFAULT_RULES,
    hospital: HospitalOption = None,
    home: HomeOption = DEFAULT_HOME,
    output_format: Annotated[Format, typer.Option("--format", help="How findings are told.")] = Format.TABLE,
    output: Annotated[Path | None, typer.Option(help="Write findings to this file instead of stdout.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write a self-contained HTML page as well.")] = None,
    summary: Annotated[Path | None, typer.Option(help="Write the counts as JSON to this file.")] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Write every record that could not be read to this file.")
    ] = None,
    min_level: Annotated[
        LevelName, typer.Option(help="Tell findings of this level and above.")
    ] = LevelName.INFORMATIONAL,
    input_format: Annotated[
        str | None, typer.Option(help=f"Do not recognise formats: all input is {', '.join(FORMATS)}.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Processes to use.")] = 1,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 3 if any record was rejected.")] = False,
) -> None:
    """Run every rule over log files and say what was found, and what could not be read or run."""
    check_format(input_format)
    walk(paths, lambda _: None)  # what does not exist is told before outputs are emptied and rules compiled
    read = [*map(Path, rules), *([hospital] if hospital else [])]
    _apart(paths, read, [path for path in (output, report, summary, rejects) if path])
    gc.disable()  # what is cyclic here lives to the end; collecting would only look at it again
    loaded = rules_with_progress(rules, placeholders_of(hospital, home))
    request = Request(paths, jobs, input_format, Level[min_level.name])
    with ExitStack() as stack:
        opened = {path: stack.enter_context(_opened(path)) for path in (output, report, summary, rejects) if path}
        sinks = _sinks(output_format, opened[output] if output else None)
        if report:
            now = datetime.now(UTC)
            title = f"Hunt through {', '.join(map(str, paths[:3]))}{' …' if len(paths) > 3 else ''}"
            sinks = _with_report(sinks, opened[report], title, now)
        rejected_to = opened[rejects] if rejects else None
        update = stack.enter_context(progress_bar("hunting", TextColumn("{task.fields[note]}")))

        def on_rejected(rejected: Rejected) -> None:
            if rejected_to:
                rejected_to.write(_rejected_line(rejected))

        def on_progress(progress: Progress) -> None:
            update(
                progress.bytes_done,
                progress.bytes_in_all,
                f"{progress.records:,} records, {progress.findings:,} findings",
            )

        account = Hunt(request, loaded.rulebook, loaded.routing, sinks, on_rejected, on_progress).run()
        if summary:
            opened[summary].write(orjson.dumps(account.to_json(), option=orjson.OPT_INDENT_2) + b"\n")
    _say_on_stderr(account, output_format)
    if account.interrupted:
        raise typer.Exit(exit_codes.INTERRUPTED)
    if strict and account.events_rejected:
        raise typer.Exit(exit_codes.INCOMPLETE)


def _sinks(output_format: Format, file: BinaryIO | None) -> list[Sink]:
    out = file or sys.stdout.buffer
    match output_format:
        case Format.TABLE:
            console = Console(file=io.TextIOWrapper(file, encoding="utf-8")) if file else Console()
            return [Tallied(Tally(), table_to(console))]
        case Format.JSON:
            return [json_sink(out)]
        case Format.JSONL:
            return [jsonl_sink(out)]
        case Format.CSV:
            return [csv_sink(out)]
        case Format.OCSF:
            return [ocsf_sink(out, version=version("codedark"), generated=datetime.now(UTC))]


def _with_report(sinks: list[Sink], page: BinaryIO, title: str, now: datetime) -> list[Sink]:
    return [*sinks, Tallied(Tally(), report_to(page, title=title, generated=now))]


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("wb")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror}): name a file that can") from error


def _apart(inputs: list[Path], read: list[Path], outputs: list[Path]) -> None:
    """Raises `UsageError` for an output that would overwrite what is read or another output, or be hunted through."""
    taken = {_resolved(path) for path in (*inputs, *read)}
    for path in outputs:
        if path.is_char_device() or path.is_fifo():
            continue
        real = _resolved(path)
        if real in taken or any(_is_same(path, other) for other in taken):
            raise UsageError(f"{path} is named twice: an output must be a file of its own")
        if folder := next((folder for folder in inputs if real.is_relative_to(_resolved(folder))), None):
            raise UsageError(f"{path} lies in {folder}, which is hunted through: name a file outside of it")
        if not path.parent.is_dir():
            raise UsageError(f"{path.parent} is no folder: make it first, or name another file")
        taken.add(real)


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # a link that leads to itself: why it cannot be used is told when it is opened
        return path.absolute()


def _is_same(path: Path, other: Path) -> bool:
    """Whether both are one file, as under two names of a hard link."""
    try:
        return path.samefile(other)
    except OSError:
        return False


def _rejected_line(rejected: Rejected) -> bytes:
    return to_json({"source": rejected.source, "offset": rejected.offset, "reason": rejected.reason}) + b"\n"


def _say_on_stderr(account: Summary, output_format: Format) -> None:
    """For machine formats, the books in one line, so that nobody misses what was not read or not run."""
    if output_format is Format.TABLE:
        return
    sys.stderr.write(
        f"codedark: {account.events_read:,} records read = {account.events_judged:,} judged + "
        f"{account.events_rejected:,} rejected; {account.rules_not_runnable:,} of {account.rules_loaded:,} rules "
        f"could not run here; {account.findings:,} findings in {account.seconds:.1f} s"
        f"{'; INTERRUPTED: the rest was not read' if account.interrupted else ''}\n"
    )
