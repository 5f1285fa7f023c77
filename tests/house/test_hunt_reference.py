"""`docs/reference/hunt.md` says what `codedark hunt` takes and gives: no option, key or code more or less."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from codedark.app.outputs import CSV_COLUMNS
from codedark.app.summary import Summary
from codedark.cli import exit_codes, hunt
from codedark.cli.main import app
from codedark.ingest.formats import FORMATS
from tests.house.repository import ROOT, coded, table

PAGE = (ROOT / "docs" / "reference" / "hunt.md").read_text()
COMMAND: Any = typer.main.get_command(app)
PARAMETERS = COMMAND.get_command(None, "hunt").params
OPTIONS = {option.opts[-1]: option for option in PARAMETERS if option.opts[-1].startswith("-")}
OUTPUTS = {"out": "--output", "rejects": "--rejects", "summary": "--summary"}
ROWS = {coded(row[0]): row for row in table(PAGE, "Options")}


def first_column(heading: str) -> list[str]:
    return [coded(row[0]) for row in table(PAGE, heading)]


def test_every_option_is_there_and_no_other() -> None:
    assert set(ROWS) == set(OPTIONS) - {"--help"}


@pytest.mark.parametrize("name", ROWS)
def test_defaults_are_right(name: str) -> None:
    default = OPTIONS[name].default
    written = coded(ROWS[name][1])
    if name == "--output":
        assert (written, default) == ("stdout", None)
    else:
        value = default[0] if isinstance(default, list) else default
        assert written == ("" if value in (None, False) else str(getattr(value, "value", value)))


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("--format", [each.value for each in hunt.Format]),
        ("--min-level", [each.value for each in hunt.LevelName]),
        ("--input-format", list(FORMATS)),
    ],
)
def test_choices_are_right(option: str, values: list[str]) -> None:
    assert re.findall(r"`(\w+)`", ROWS[option][2]) == values


def test_exit_codes_are_right() -> None:
    assert list(map(int, first_column("Exit codes"))) == [0, 2, exit_codes.INCOMPLETE, exit_codes.INTERRUPTED]


def test_keys_are_right(tmp_path: Path) -> None:
    run_story(tmp_path, "--format", "jsonl")
    findings = lines(tmp_path / "out")
    assert set(first_column("A finding")) == {key for finding in findings for key in finding}
    assert set(first_column("A finding")) == set(CSV_COLUMNS)
    assert {key for row in lines(tmp_path / "rejects") for key in row} == set(first_column("A rejection"))
    assert list(json.loads((tmp_path / "summary").read_text())) == first_column("The summary")
    assert [field.name for field in dataclasses.fields(Summary)] == first_column("The summary")


def test_json_is_an_array_of_the_same_and_csv_has_the_columns(tmp_path: Path) -> None:
    run_story(tmp_path, "--format", "jsonl")
    findings = lines(tmp_path / "out")
    run_story(tmp_path, "--format", "json")
    assert json.loads((tmp_path / "out").read_text()) == findings
    run_story(tmp_path, "--format", "csv")
    assert (tmp_path / "out").read_text().split("\n", 1)[0].strip() == ",".join(CSV_COLUMNS)


def test_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    results = set()
    for seed in ("1", "2", "3", "4"):
        run_story(tmp_path, "--format", "jsonl", seed=seed)
        results.add((tmp_path / "out").read_bytes())
    assert len(results) == 1, "the order of findings depends on the hashes of this run"


def run_story(folder: Path, *options: str, seed: str = "0") -> None:
    command = [sys.executable, "-c", "from codedark.cli.main import run; run()", "hunt", "examples/logs"]
    outputs = [word for name in ("out", "rejects", "summary") for word in (OUTPUTS[name], str(folder / name))]
    settings = ["--hospital", "examples/hospital.yaml"]
    environment = os.environ | {"CODEDARK_CACHE": str(folder / "cache"), "PYTHONHASHSEED": seed}
    subprocess.run([*command, *outputs, *settings, *options], cwd=ROOT, check=True, env=environment)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]
