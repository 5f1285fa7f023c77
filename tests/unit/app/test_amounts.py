"""A number has its noun in the right form, in what commands say and on the ward's page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

import codedark
from codedark.app.amounts import amount

SOURCE: Final = Path(codedark.__file__).parent
CARE: Final = sorted(
    path
    for pattern in ("cli/pack*.py", "cli/ward*.py", "cli/census*.py", "cli/backentry.py", "cli/demo*.py")
    for path in SOURCE.glob(pattern)
)
COUNTED: Final = (
    "patients|entries|wards|packs|sheets|records|resources|differences|rounds|messages|stations|copies|files"
)


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 entries"), (1, "1 entry"), (2, "2 entries"), (2000, "2,000 entries")]
)
def test_one_is_not_many(number: int, told: str) -> None:
    assert amount(number, "entry", "entries") == told


def test_the_plural_has_an_s_unless_it_is_said() -> None:
    assert (amount(1, "patient"), amount(3, "patient")) == ("1 patient", "3 patients")


@pytest.mark.parametrize("path", CARE, ids=lambda path: path.name)
def test_no_command_about_care_writes_a_plural_behind_a_number_by_hand(path: Path) -> None:
    assert re.findall(rf"\}} (?:{COUNTED})\b", path.read_text("utf-8")) == []
