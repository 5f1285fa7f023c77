"""The page of behaviours says what the program has: every behaviour with its title, level, techniques and words."""

from __future__ import annotations

from importlib.resources import files

import pytest

from codedark.app.watching.behaviours import descriptions
from codedark.detect.behaviour.catalogue import Description
from codedark.detect.behaviour.kinds import KINDS
from tests.house.repository import ROOT

PAGE = (ROOT / "docs" / "reference" / "behaviour.md").read_text()
BESIDE = {"care-roles", "record-fields"}
"""Data of behaviours that is none itself."""


def test_every_file_of_a_behaviour_belongs_to_one_and_the_reverse() -> None:
    folder = files("codedark") / "content" / "behaviour"
    names = {entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")}
    assert names - BESIDE == set(KINDS)


@pytest.mark.parametrize("described", descriptions({}), ids=lambda each: each.id)
def test_the_page_says_of_a_behaviour_what_the_program_does(described: Description) -> None:
    techniques = ", ".join(tag.removeprefix("attack.").upper() for tag in described.tags if tag.startswith("attack.t"))
    assert f"| `{described.id}` | {described.title} | {described.level.name.lower()} | {techniques} |" in PAGE
    assert f"## `{described.id}`\n\n{' '.join(described.description.split())}\n" in PAGE
    assert described.settings or described.id == "weaker_logon", "its thresholds are data"
