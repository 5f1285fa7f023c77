"""`codedark serve` and `serve-part` before they begin: what is wrong is one line, with its place."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from codedark.app.watching.configuration import FILE
from codedark.cli.serve import app as serve
from codedark.cli.serve_part import app as serve_part
from codedark.errors import CodeDarkError, UsageError
from tests.serving import RULES

RUNNER = CliRunner()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with one rule."""
    monkeypatch.setenv("CODEDARK_CACHE", str(tmp_path / "cache"))
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "one.yml").write_text(RULES)
    (tmp_path / FILE).write_text('[rules]\nfolders = ["rules"]\n')
    return tmp_path


def refused(home: Path, more: str) -> str:
    """Why a configuration is refused."""
    with (home / FILE).open("a") as file:
        file.write(more)
    ran = RUNNER.invoke(serve, ["--check", "--home", str(home)])
    assert isinstance(ran.exception, CodeDarkError), ran.output
    return str(ran.exception)


def test_a_configuration_in_order_is_said_to_be(home: Path) -> None:
    ran = RUNNER.invoke(serve, ["--check", "--home", str(home)])
    assert ran.exit_code == 0
    assert "is in order" in ran.stderr
    assert "[notify] names no channel" in ran.stderr
    assert not (home / "journal").exists()


def test_what_is_wrong_is_told_with_its_place(home: Path) -> None:
    assert f"{home / FILE}: limits:" in refused(home, "[limits]\nmost_conections = 5\n")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("[behaviour.spraying]\nguesess = 5\n", "[behaviour.spraying] guesess"),
        ("[alarms.alarms]\nbuget = 5\n", "[alarms.alarms] buget"),
        ('[http]\ntls = {certificate = "none.pem", key = "none.key"}\n', "none.pem"),
        ('[notify]\n[[notify.channels]]\nkind = "pigeon"\nname = "x"\n', "[notify]"),
        ('[records]\nfhir = "none"\n', "none"),
    ],
)
def test_what_would_fail_at_night_is_told_now(home: Path, more: str, said: str) -> None:
    assert said in refused(home, more)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    ran = RUNNER.invoke(serve, ["--check", "--home", str(tmp_path / "none")])
    assert "there is no such folder" in str(ran.exception)


@pytest.mark.parametrize(
    "clock", ["yesterday", "2026-01-12T13:00:00@60", "2026-01-12T13:00:00Z@0", "2026-01-12T13:00:00Z@x"]
)
def test_a_clock_that_is_none_is_refused(home: Path, clock: str) -> None:
    ran = RUNNER.invoke(serve, ["--check", "--home", str(home), "--clock", clock])
    assert isinstance(ran.exception, UsageError)


def test_there_is_no_third_part(tmp_path: Path) -> None:
    ran = RUNNER.invoke(serve_part, ["cook", "--home", str(tmp_path), "--parent", "1"])
    assert "There are judge, archivist" in str(ran.exception)
    assert os.listdir(tmp_path) == []  # noqa: PTH208


@pytest.mark.parametrize("name", ["judge", "archivist"])
def test_a_part_whose_front_died_while_it_began_does_not_stay_behind(home: Path, name: str) -> None:
    front = subprocess.Popen(["true"])
    front.wait()
    (home / "journal").mkdir()
    part = [sys.executable, "-P", "-m", "codedark", "serve-part", name, "--home", str(home), "--parent", str(front.pid)]
    assert subprocess.run(part, timeout=60, check=False).returncode == 0
