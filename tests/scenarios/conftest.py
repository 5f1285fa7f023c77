"""The command, ready to be run."""

from __future__ import annotations

import pytest

from tests.command_line import EVERY_WINDOWS_RECORD, Command


@pytest.fixture(scope="module")
def codedark(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """`codedark` in an empty folder, with one rule that fires on every Windows record."""
    folder = tmp_path_factory.mktemp("codedark")
    rules = folder / "every.yml"
    rules.write_text(EVERY_WINDOWS_RECORD)
    return Command(folder, rules)
