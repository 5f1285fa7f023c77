"""`codedark init`: a handful of questions, and a hospital to start from."""

from __future__ import annotations

import sys
from typing import Annotated, TypeVar

import typer

from codedark.app.hospital_files import write_starter
from codedark.cli.options import DEFAULT_HOME, HomeOption
from codedark.errors import UsageError
from codedark.hospital.starter import OPTIONAL_SERVICES, Answers

T = TypeVar("T", str, int, bool)
_WITHOUT = f"Which of these are not there ({', '.join(OPTIONAL_SERVICES)})? Separate them with commas"


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def init(
    home: HomeOption = DEFAULT_HOME,
    name: Annotated[str | None, typer.Option("--name", help="What the hospital is called.")] = None,
    time_zone: Annotated[str | None, typer.Option("--time-zone", help="An IANA name. [default: UTC]")] = None,
    beds: Annotated[int | None, typer.Option("--beds", min=1, max=10_000, help="All beds. [default: 300]")] = None,
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
    called = name or str(typer.prompt("What is the hospital called?", err=True))
    zone = _ask(time_zone, "In which time zone is it (IANA name)?", "UTC")
    all_beds = _ask(beds, "How many beds?", 300)
    answers = Answers(
        called,
        zone,
        all_beds,
        _ask(intensive_care_beds, "How many of the beds are in intensive care?", all_beds // 20),
        _ask(record_system, "Which patient record is in use?", ""),
        _ask(hosted, "Does it run outside the house?", False),
        _absent(without if without is not None else _ask(None, _WITHOUT, "").split(",")),
    )
    written = write_starter(answers, home)
    sys.stderr.write(f"codedark: a hospital to start from is in {home}: {', '.join(written)}\n")
    sys.stderr.write(
        "codedark: fill its tables, let clinicians sign it, and look at it with `codedark hospital check`\n"
    )


def _ask(given: T | None, question: str, default: T) -> T:
    """The answer given beforehand, else that of the person, else the default."""
    if given is not None or not sys.stdin.isatty():
        return default if given is None else given
    answer: T = typer.prompt(question, default=default, show_default=default != "", err=True)
    return answer


def _absent(words: list[str]) -> frozenset[str]:
    names = frozenset(word.strip() for word in words if word.strip())
    if unknown := sorted(names - set(OPTIONAL_SERVICES)):
        raise UsageError(f"--without {unknown[0]}: choose among {', '.join(OPTIONAL_SERVICES)}")
    return names
