"""What the documents name is there: files that they link to, options, decisions in their order."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from codedark.cli.main import app
from tests.house.repository import ROOT, files

DOCUMENTS = [path for path in files() if path.suffix == ".md"]
DECISIONS = sorted((ROOT / "docs" / "adr").iterdir())
HEADINGS = ["Context", "Options rejected", "Decision", "What would change it"]
OTHER_OPTIONS = {
    *("--require-hashes", "--only-binary", "--no-deps", "--no-index", "--find-links"),  # pip's
    *("--locked", "--version", "--include-event", "--logsource-routing", "--event-logsource"),  # cargo's and rsigma's
    *("--reuid", "--regid", "--init-groups", "--inh-caps", "--ambient-caps"),  # setpriv's
    *("--soak-minutes", "--rate"),  # of bench/watch.py
}


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text())
    inside = [target for target in targets if "://" not in target]
    assert [target for target in inside if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_options_that_are_named_exist(page: Path) -> None:
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page.read_text()))
    assert named - known_options() - OTHER_OPTIONS == set()


def known_options() -> set[str]:
    """Every option of every command."""
    waiting: list[Any] = [typer.main.get_command(app)]
    options = {"--help", "--quick"}  # --quick: of every benchmark
    while waiting:
        command = waiting.pop()
        options.update(option for each in command.params for option in each.opts)
        if hasattr(command, "list_commands"):
            waiting.extend(command.get_command(None, name) for name in command.list_commands(None))
    return options


def test_decisions_are_numbered_without_a_gap() -> None:
    assert all(re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", path.name) for path in DECISIONS)
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_decision_says_what_a_decision_has_to_say(decision: Path) -> None:
    text = decision.read_text()
    assert text.startswith(f"# {decision.name[:4]}. ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    assert 200 <= len(text.split()) <= 800


def test_picture_is_small_and_a_picture() -> None:
    picture = (ROOT / "docs" / "pictures" / "report.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 300_000
