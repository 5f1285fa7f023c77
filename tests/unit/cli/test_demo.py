"""`codedark demo`: a real watch over a simulated hospital, which touches nothing that it has not made."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from codedark.app.watching.configuration import FILE
from codedark.app.watching.demonstration import make_room
from codedark.cli.contain import app as contain
from codedark.cli.demo import app as demo
from codedark.errors import UsageError


@pytest.mark.parametrize("name", [FILE, "holiday.jpg"])
def test_a_folder_that_is_no_demonstration_is_not_touched(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("[http]\n")
    with pytest.raises(UsageError, match="is not touched"):
        make_room(tmp_path)
    ran = CliRunner().invoke(demo, ["--home", str(tmp_path)])
    assert isinstance(ran.exception, UsageError)
    assert (tmp_path / name).read_text() == "[http]\n"
    with pytest.raises(UsageError, match="is not touched"):
        make_room(tmp_path / name)


def test_it_is_shown_how_an_incident_grows_and_a_second_demonstration_takes_the_place_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEDARK_CACHE", str(tmp_path / "cache"))
    home = tmp_path / "demo"
    arguments = ["--home", str(home), "--beds", "20", "--minutes", "60", "--speed", "600"]
    ran = CliRunner().invoke(demo, arguments)
    assert ran.exit_code == 0, (ran.output, ran.exception, (home / "serve.log").read_text())
    assert "incident 2026-0001" in ran.stdout
    assert "serve has stopped cleanly" in ran.stderr
    assert "Traceback" not in (home / "serve.log").read_text()
    said = ran.stdout[ran.stdout.index("What to disconnect, as it looked at") :]
    assert re.search(r"balanced\b.*: \d+ actions?, all in force after \d+ min", said), said
    assert re.search(r"(?m)^ all off +\d", said), said
    assert "Nothing was done." in said
    assert max(map(len, said.splitlines())) <= 80
    page = (home / "plans.html").read_text()
    assert "This is the plan that we propose." in page
    prepared = CliRunner().invoke(contain, ["prepare", "--home", str(home), str(home / "plans.json")])
    assert "P1" in prepared.output, (prepared.output, prepared.exception)
    assert "contain prepare" in ran.stderr
    make_room(home)
    assert not home.exists()
