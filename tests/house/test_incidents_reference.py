"""`docs/reference/incidents.md` says what `codedark incident` takes and what is sent: nothing more or less."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import typer

from codedark.app.notify.channels import DOCUMENTS, LINES
from codedark.app.notify.formats import own_json
from codedark.app.notify.message import House, Notice
from codedark.app.notify.notifier import Settings
from codedark.app.notify.settings import notification
from codedark.cli.main import app
from tests.house.repository import ROOT, coded, table
from tests.incident_maker import alarm, incident

PAGE = (ROOT / "docs" / "reference" / "incidents.md").read_text()
COMMAND: Any = typer.main.get_command(app)
COMMANDS = COMMAND.get_command(None, "incident").commands


def test_every_command_is_there_and_no_other() -> None:
    named = [re.match(r"`codedark incident ([a-z-]+)", row[0]) for row in table(PAGE, "Commands")]
    assert [each[1] for each in named if each] == list(COMMANDS)


def test_every_option_is_there_with_its_commands() -> None:
    told = {
        coded(option): set(COMMANDS) if of == "all" else set(of.split(", ")) for option, of, _ in table(PAGE, "Options")
    }
    there: dict[str, set[str]] = {}
    for name, command in COMMANDS.items():
        for parameter in command.params:
            if parameter.opts[0].startswith("--"):
                there.setdefault(parameter.opts[0], set()).add(name)
    assert told == there


def test_the_example_is_one_that_works(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert example
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "mail").write_text("secret")
    (tmp_path / "secrets" / "chat-url").write_text("https://chat.example/x")
    read = notification(tomllib.loads(example[1])["notify"], "[notify]", tmp_path)
    assert [each.name for each in read.channels] == ["night duty", "chat", "siem"]
    for name in (*DOCUMENTS, *LINES):
        assert name in example[1]


def test_defaults_are_right() -> None:
    rows = {coded(row[0]): float(row[1]) for row in table(PAGE, "Who is told")}
    settings = Settings()
    repeat, back_off = settings.repetition, settings.back_off
    assert rows == {
        "repeat.every_seconds": repeat.every_seconds, "repeat.factor": repeat.factor,
        "repeat.longest_seconds": repeat.longest_seconds, "repeat.most": repeat.most,
        "back_off.first_seconds": back_off.first_seconds, "back_off.longest_seconds": back_off.longest_seconds,
        "deadline_seconds": settings.deadline_seconds,
    }  # fmt: skip


def test_keys_of_the_document_are_right() -> None:
    document = own_json(Notice(alarm(), incident(), House(), 0))
    assert [coded(key) for key, _ in table(PAGE, "The format `codedark`")] == list(document)
