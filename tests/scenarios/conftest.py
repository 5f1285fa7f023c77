"""What several scenarios begin with: the command, ready to be run, SigmaHQ's rules, and a FHIR server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from codedark.app.rules import Loaded, load_rules
from codedark.store.rule_cache import RuleCache
from tests.command_line import EVERY_WINDOWS_RECORD, Command
from tests.hapi_server import Hapi, running_hapi


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


@pytest.fixture(scope="session")
def started_hapi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hapi]:
    """HAPI FHIR, begun once: it takes a while."""
    with running_hapi(tmp_path_factory.mktemp("hapi")) as server:
        yield server


@pytest.fixture
def hapi(started_hapi: Hapi) -> Hapi:
    """HAPI FHIR that knows nothing yet."""
    started_hapi.forget()
    return started_hapi
