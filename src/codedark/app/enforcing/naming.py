"""Names that the case log and people share. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from typing import Final

from codedark.enforce.contract import DeviceId

KEEPER: Final = "keeper"
"""The part that keeps what stands."""
PEOPLE: Final = DeviceId("people")
"""The device that people are: what no other does is handed to them."""


def same_person(name: str) -> str:
    """A name without regard to case, width of letters, blanks, and what nobody sees (zero width, direction, soft
    hyphens): equal for the same person.
    """
    seen = "".join(letter for letter in name if unicodedata.category(letter) != "Cf")
    folded = unicodedata.normalize("NFKC", seen).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def prolonged_id(plan_id: str) -> str:
    """What a plan is called where it is approved to stand longer."""
    return f"{plan_id} prolonged"


def next_id(letter: str, taken: Collection[str]) -> str:
    """``P1``, ``P2`` ... for plans, ``S1`` for standing orders: short, because it is typed at night."""
    number = 1
    while f"{letter}{number}" in taken:
        number += 1
    return f"{letter}{number}"
