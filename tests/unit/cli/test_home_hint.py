"""Suggested commands name the home that was given, on whatever way they reach the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from codedark.cli.home_hint import with_home
from codedark.cli.options import DEFAULT_HOME, HomeOption
from tests.command_line import Command

CASES = {
    "To approve: codedark contain approve P1 --person NAME": (
        "To approve: codedark contain approve --home H P1 --person NAME"
    ),
    "`codedark contain approver add` makes two": "`codedark contain approver add --home H` makes two",
    "start `codedark serve` now": "start `codedark serve --home H` now",
    "codedark search seq:NUMBER": "codedark search --home H seq:NUMBER",
    "`codedark contain ...` and `codedark hospital check X`": "`codedark contain ...` and `codedark hospital check X`",
    "`codedark contain prepare --home X` says it": "`codedark contain prepare --home X` says it",
}


def printed(arguments: list[str], text: str, env: dict[str, str] | None = None) -> str:
    app = typer.Typer()

    @app.command()
    def _say(home: HomeOption = DEFAULT_HOME) -> None:
        typer.echo(with_home(text))

    return CliRunner().invoke(app, arguments, env=env).stdout.strip()


@pytest.mark.parametrize("text", CASES)
def test_a_suggested_command_carries_the_home_that_was_given(text: str) -> None:
    assert printed(["--home", "H"], text) == CASES[text]


def test_a_home_of_the_environment_or_of_nobody_is_not_repeated() -> None:
    text = "codedark contain status"
    assert printed([], text) == text
    assert printed([], text, {"CODEDARK_HOME": "X"}) == text
    assert printed(["--home", str(Path("a b"))], text) == "codedark contain status --home 'a b'"


def test_a_folder_that_is_none_is_told_before_anything_about_approvers(tmp_path: Path) -> None:
    command = Command(tmp_path, tmp_path)
    for asked in (("approve", "P1"), ("prolong", "P1", "--hours", "2")):
        ran = command.run("contain", *asked, "--person", "A", "--home", tmp_path / "none")
        assert (ran.code, "there is no such folder" in ran.err) == (2, True)
    (tmp_path / "there").mkdir()
    ran = command.run("contain", "approve", "P1", "--person", "A", "--home", tmp_path / "there")
    assert f"`codedark contain approver add --home {tmp_path / 'there'}`" in ran.err
