"""The lock file pins everything by hash, names no index, and has all that `pyproject.toml` asks for."""

from __future__ import annotations

import re
import tomllib

from tests.house.repository import ROOT

LOCK = (ROOT / "requirements.lock").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
# One requirement: `name==version ; marker \`, then its hashes, each on a line of its own.
REQUIREMENT = re.compile(r"([a-z0-9-]+)==[\w.]+(?: ;[^\\\n]+)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)")


def test_every_requirement_has_one_version_and_hashes_and_there_is_nothing_else() -> None:
    assert REQUIREMENT.sub("", LOCK) == ""
    names = [match[1] for match in REQUIREMENT.finditer(LOCK)]
    assert len(names) == len(set(names)) > 20


def test_no_address_is_named() -> None:
    assert [word for word in ("://", "--index-url", "--find-links", "--trusted-host", " @ ") if word in LOCK] == []


def test_everything_that_the_project_asks_for_is_locked() -> None:
    asked = PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["dev"]
    asked += PROJECT["build-system"]["requires"]
    asked = [re.split(r"[<>=~!; \[]", requirement, maxsplit=1)[0].lower() for requirement in asked]
    names = {re.sub(r"[._]", "-", name) for name in asked}
    assert names - {match[1] for match in REQUIREMENT.finditer(LOCK)} == set()


def test_installing_checks_the_hashes() -> None:
    installs = [line for line in (ROOT / "Makefile").read_text().splitlines() if "pip install" in line]
    assert len(installs) == 2
    assert "--require-hashes -r requirements.lock" in installs[0]
    assert "--no-deps --no-build-isolation" in installs[1]
