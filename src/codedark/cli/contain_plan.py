"""`codedark contain plan` and `verify`: what exactly to disconnect, and whether a proof of it holds."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import TextColumn

from codedark.app.containing import Asked, contained
from codedark.app.containment_answer import answer
from codedark.app.containment_page.page import page
from codedark.app.containment_proof import PROBLEM_ENDING, checked_certificate, proof_of
from codedark.app.enforcing.looking import standing_actions
from codedark.app.hospital_files import usable_hospital
from codedark.app.incident_answers import FILE, opened_state
from codedark.app.outputs import to_json
from codedark.app.suspects import Suspects, checked, of_file, of_incidents, of_words, together
from codedark.app.untrusted import one_line
from codedark.cli import exit_codes
from codedark.cli.containment_table import print_plans
from codedark.cli.options import DEFAULT_HOME, HomeOption, Language, Output, OutputOption, progress_bar
from codedark.contain.certificate import Refused
from codedark.contain.optimise import Progress
from codedark.errors import UnusableInput, UsageError
from codedark.hospital.hospital import Hospital


def plan(
    home: HomeOption = DEFAULT_HOME,
    hospital: Annotated[
        Path | None, typer.Option("--hospital", help="hospital.yaml or its folder; nothing is read of a watch then.")
    ] = None,
    beliefs: Annotated[
        Path | None, typer.Option("--beliefs", help="File of lines like `PC-0002: 0.8`: who may be taken, how likely.")
    ] = None,
    suspect: Annotated[
        list[str] | None, typer.Option("--suspect", metavar="NAME=0.8", help="An asset or account. May be repeated.")
    ] = None,
    shown: Annotated[
        list[str] | None,
        typer.Option("--shown", metavar="T1021", help="ATT&CK technique that he used. May be repeated."),
    ] = None,
    applied: Annotated[
        list[str] | None,
        typer.Option(
            "--applied",
            metavar="ACTION",
            help="What is done already, besides what stands by the log at home. May be repeated.",
        ),
    ] = None,
    pack: Annotated[
        list[str] | None,
        typer.Option("--pack", metavar="WARD", help="Ward with a fresh downtime pack. May be repeated."),
    ] = None,
    scenarios: Annotated[int, typer.Option(min=2, max=100_000, help="So many ways in which it may go on.")] = 200,
    seconds: Annotated[float, typer.Option(min=0.1, help="Time to choose; judging and explaining come on top.")] = 60,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="The same seed gives the same scenarios.")] = 1,
    page_file: Annotated[
        Path | None, typer.Option("--page", metavar="FILE.html", help="The plans to print, with a picture.")
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", metavar="FILE", help="Proof of the balanced plan, for `verify`.")
    ] = None,
    language: Annotated[Language, typer.Option(help="Of the page.")] = Language.EN,
    output_format: OutputOption = Output.TABLE,
) -> None:
    """Name three sets of actions, from least to most, with what each is for and what it costs."""
    model = usable_hospital(hospital or home)
    suspects = checked(model, _suspects(model, None if hospital else home, beliefs, suspect or [], shown or []))
    stands = () if hospital else standing_actions(home)
    asked = Asked(scenarios, seconds, seed, applied=applied or (), packs=pack or (), standing=stands)
    with progress_bar("choosing", TextColumn("{task.fields[note]}")) as update:
        made = contained(model, suspects, asked, lambda name, at: update(0, 1, _note(name, at)))
    told = answer(made)
    if page_file:
        page_file.write_text(page(model, told, language.value, datetime.now().astimezone()), encoding="utf-8")
        sys.stderr.write(f"codedark: the plans, to print, are in {page_file}\n")
    if output_format is Output.JSON:
        sys.stdout.buffer.write(to_json(told) + b"\n")
    else:
        print_plans(Console(), told)
    if certificate:
        proof, problem, said = proof_of(made)
        certificate.with_name(certificate.name + PROBLEM_ENDING).write_bytes(problem)
        certificate.write_bytes(proof)
        sys.stderr.write(f"codedark: the proof is in {certificate}, what it speaks of beside it\n")
        if said:
            sys.stderr.write(f"codedark: {said}\n")


def verify(
    certificate: Annotated[Path, typer.Argument(help="The proof that `contain plan --certificate` wrote.")],
    problem: Annotated[
        Path | None, typer.Option("--problem", metavar="FILE", help="What it speaks of. [default: beside it]")
    ] = None,
) -> None:
    """Check a proof of how good a plan is, with no solver and nothing of the program that made it."""
    beside = problem or certificate.with_name(certificate.name + PROBLEM_ENDING)
    verdict = checked_certificate(_content(certificate), _content(beside))
    if isinstance(verdict, Refused):
        for reason in verdict.reasons:
            sys.stdout.write(f"refused: {one_line(reason)}\n")
        raise typer.Exit(exit_codes.UNUSABLE)
    above = (verdict.harm - verdict.bound) / verdict.harm if verdict.harm > 0 else 0.0
    sys.stdout.write(
        f"it holds: on this sample the plan has a harm of {verdict.harm:,.2f}, and no choice has less than"
        f" {verdict.bound:,.2f}: at most {above:.1%} of its harm could be spared\nsample: {verdict.sample}\n"
    )


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnusableInput(
            f"{path}: cannot be read ({error.strerror}): name the file that `contain plan` wrote"
        ) from error


def _suspects(model: Hospital, home: Path | None, beliefs: Path | None, words: list[str], shown: list[str]) -> Suspects:
    """What people say, over what the watch says, where there is one."""
    said = together(of_file(model, beliefs) if beliefs else Suspects(), of_words(model, words))
    for technique in shown:
        if not technique.upper().startswith("T") or not technique[1:].replace(".", "", 1).isdigit():
            raise UsageError(f"--shown {technique}: write a technique of ATT&CK, as in T1021 or T1021.002")
    said = Suspects(said.assets, said.accounts, tuple(each.upper() for each in shown))
    if home is None or not (home / FILE).exists():
        return said
    with closing(opened_state(home)) as state:
        return said.over(of_incidents(model, state.incidents()))


def _note(name: str, at: Progress) -> str:
    gap = (at.harm - at.bound) / at.harm if at.harm > 0 else 0.0
    return f"{name}: harm {at.harm:,.0f}, proven not below {at.bound:,.0f} (gap {gap:.1%})"
