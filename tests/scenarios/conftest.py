"""What several scenarios begin with: the command, ready to be run, and SigmaHQ's rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from codedark.app.rules import Loaded, load_rules
from codedark.store.rule_cache import RuleCache
from tests.command_line import EVERY_WINDOWS_RECORD, Command


@pytest.fixture(scope="module")
def codedark(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """`codedark` in an empty folder, with one rule that fires on every Windows record."""
    folder = tmp_path_factory.mktemp("codedark")
    rules = folder / "every.yml"
    rules.write_text(EVERY_WINDOWS_RECORD)
    return Command(folder, rules)


@pytest.fixture(scope="session")
def corpus(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """SigmaHQ's rules, compiled once."""
    cache = RuleCache(tmp_path_factory.getbasetemp() / "rules")
    return load_rules([str(shared_data / "sigma" / "corpus")], {}, cache)
