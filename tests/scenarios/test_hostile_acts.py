"""Acts at the worst moment: people who disagree, a folder that is another one, files that are lost, plans of others.

People are the only device here, so nothing of it needs root.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from codedark.app.hospital_files import write_hospital
from codedark.cli.contain import app
from codedark.errors import CodeDarkError
from tests.acting_hospital import installation, plans
from tests.routed_hospital import MODEL


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return installation(tmp_path / "home", MODEL, stands_hours=8)


def contain(home: Path, *words: object) -> tuple[int, str]:
    """Exit code and what is said, unwrapped, errors as `codedark` itself tells them."""
    ran = CliRunner().invoke(app, [*map(str, words), "--home", str(home)])
    if isinstance(ran.exception, CodeDarkError):
        return 2, str(ran.exception)
    if ran.exception and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    return ran.exit_code, " ".join(ran.output.split())


def signed(home: Path, person: str, *words: object) -> tuple[int, str]:
    return contain(home, *words, "--person", person, "--passphrase-file", home / f"{person}.txt")


def begun(home: Path, *actions: str) -> None:
    assert contain(home, "prepare", plans(home / "plans.json", *actions))[0] == 0
    for person in ("Bo Claes", "An Peeters"):
        assert signed(home, person, "approve", "P1")[0] == 0
    assert contain(home, "apply", "P1")[0] == 0


def test_who_said_other_hours_can_agree_on_some_so_that_a_plan_does_not_end_by_a_misunderstanding(home: Path) -> None:
    begun(home, "isolate:OFFICE-PC")
    assert signed(home, "Bo Claes", "prolong", "P1", "--hours", 4)[0] == 0
    code, text = signed(home, "An Peeters", "prolong", "P1", "--hours", 12)
    assert (code, "1 more person has to approve" in text) == (0, True), text
    code, text = signed(home, "Bo Claes", "prolong", "P1", "--hours", 12)
    assert (code, "12.0 h from now" in text) == (0, True), text


def test_a_folder_that_is_not_there_is_never_told_as_one_where_nothing_stands(home: Path) -> None:
    code, text = contain(home.parent / "elsewhere", "status")
    assert (code, "there is no such folder" in text) == (2, True), text


def test_a_device_whose_files_are_lost_does_not_keep_the_others_from_being_taken_back(home: Path) -> None:
    begun(home, "isolate:OFFICE-PC")
    table = '[[enforce.devices]]\nname = "ad"\nkind = "directory"\nhost = "dc"\nuser = "u@d"\npassword_file = "lost"\n'
    with (home / "codedark.toml").open("a") as file:
        file.write(table)
    assert contain(home, "apply", "P1")[0] == 2, "what begins something needs all devices"
    code, text = contain(home, "done", "T1", "--by", "Bo")
    assert code == 0, text
    code, text = contain(home, "rollback", "P1")
    assert (code, "people did this and have to undo it" in text) == (3, True), text
