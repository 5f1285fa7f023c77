"""Small words: one is one, many are many, and what will be missed later is said at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from codedark.cli.demo import _minutes
from tests.command_line import Command


@pytest.mark.parametrize(
    ("minutes", "words"), [(1.2, "1 minute"), (0.6, "1 minute"), (0.4, "0 minutes"), (12.4, "12 minutes")]
)
def test_one_minute_is_one_minute(minutes: float, words: str) -> None:
    assert _minutes(minutes) == words


def test_loading_a_census_without_a_model_says_that_showing_it_needs_one(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_text('{"resourceType":"Patient","id":"p"}\n')
    (tmp_path / "home").mkdir()
    command = Command(tmp_path, tmp_path)
    ran = command.run("census", "load", tmp_path / "a.ndjson", "--home", tmp_path / "home")
    assert (ran.code, "`census show` needs it" in ran.err + ran.out.decode()) == (0, True)
    (tmp_path / "home" / "hospital.yaml").write_text("hospital: A\n")
    ran = command.run("census", "load", tmp_path / "a.ndjson", "--home", tmp_path / "home")
    assert (ran.code, "needs it" in ran.err + ran.out.decode()) == (0, False)
