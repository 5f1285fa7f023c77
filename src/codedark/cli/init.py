"""`codedark init`: a handful of questions, and a hospital to start from."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from functools import partial
from typing import Annotated, TypeVar

import typer

from codedark.app.hospital_files import write_starter
from codedark.cli.options import DEFAULT_HOME, HomeOption
from codedark.errors import UsageError
from codedark.hospital.load.time_zone import unknown_time_zone
from codedark.hospital.starter import OPTIONAL_SERVICES, Answers

T = TypeVar("T")
_MOST_BEDS = 10_000
_WITHOUT = f"Which of these are not there ({', '.join(OPTIONAL_SERVICES)})? Separate them with commas"


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def init(
    home: HomeOption = DEFAULT_HOME,
    name: Annotated[str | None, typer.Option("--name", help="What the hospital is called.")] = None,
    time_zone: Annotated[str | None, typer.Option("--time-zone", help="An IANA name. [default: UTC]")] = None,
    beds: Annotated[int | None, typer.Option("--beds", min=1, max=_MOST_BEDS, help="All beds. [default: 300]")] = None,
    intensive_care_beds: Annotated[
        int | None, typer.Option("--intensive-care-beds", min=0, help="Those in intensive care. [default: a twentieth]")
    ] = None,
    record_system: Annotated[str | None, typer.Option("--record-system", help="Which patient record.")] = None,
    hosted: Annotated[
        bool | None, typer.Option("--hosted/--in-house", help="Where it runs. [default: in-house]")
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option("--without", help=f"Not here; may be repeated: {', '.join(OPTIONAL_SERVICES)}."),
    ] = None,
) -> None:
    """Ask a few questions and write a hospital.yaml with its tables into --home.

    Options answer beforehand. Where nobody can be asked, what is missing has its default; only --name has none.
    """
    if name is None and not sys.stdin.isatty():
        raise UsageError(
            "--name is missing, and there is nobody to ask: say it, and what else differs from the defaults"
        )
    zone = None if time_zone is None else _time_zone(time_zone)
    absent = None if without is None else _absent(",".join(without))
    called = _ask(name, "What is the hospital called?", None, _name)
    zone = _ask(zone, "In which time zone is it (IANA name)?", "UTC", _time_zone)
    all_beds = _ask(beds, "How many beds?", "300", partial(_count, 1, _MOST_BEDS))
    intensive = partial(_count, 0, all_beds)
    answers = Answers(
        called,
        zone,
        all_beds,
        _ask(intensive_care_beds, "How many of the beds are in intensive care?", str(all_beds // 20), intensive),
        _ask(record_system, "Which patient record is in use?", "", str),
        _asked_yes(hosted, "Does it run outside the house?"),
        _ask(absent, _WITHOUT, "", _absent),
    )
    written = write_starter(answers, home)
    sys.stderr.write(f"codedark: a hospital to start from is in {home}: {', '.join(written)}\n")
    sys.stderr.write(
        "codedark: fill its tables, let clinicians sign it, and look at it with "
        f"`codedark hospital check {shlex.quote(str(home))}`\n"
    )


def _ask(given: T | None, question: str, default: str | None, read: Callable[[str], T]) -> T:
    """The answer given beforehand, else that of the person, asked until ``read`` takes it, else the default."""
    if given is not None:
        return given
    if default is not None and not sys.stdin.isatty():
        return read(default)

    def taken(answer: str) -> T:
        try:
            return read(answer)
        except UsageError as error:
            raise typer.BadParameter(str(error)) from error  # which makes the prompt ask again

    answer: T = typer.prompt(question, default=default, show_default=bool(default), err=True, value_proc=taken)
    return answer


def _asked_yes(given: bool | None, question: str) -> bool:
    if given is not None or not sys.stdin.isatty():
        return bool(given)
    return typer.confirm(question, default=False, err=True)


def _name(answer: str) -> str:
    if not answer.strip():
        raise UsageError("a hospital has a name: write it")
    return answer.strip()


def _time_zone(answer: str) -> str:
    if mend := unknown_time_zone(answer.strip()):
        raise UsageError(f"the time zone `{answer.strip()}` is not known: {mend}")
    return answer.strip()


def _count(least: int, most: int, answer: str) -> int:
    if not answer.strip().isdecimal() or not least <= int(answer) <= most:
        raise UsageError(f"{answer}: write a number from {least:,} to {most:,}")
    return int(answer)


def _absent(answer: str) -> frozenset[str]:
    names = frozenset(word.strip() for word in answer.split(",") if word.strip())
    if unknown := sorted(names - set(OPTIONAL_SERVICES)):
        raise UsageError(f"without {unknown[0]}: choose among {', '.join(OPTIONAL_SERVICES)}")
    return names
