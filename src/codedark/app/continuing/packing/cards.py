"""The cards of the wards: a passphrase on each, what to do first, and nothing that is not needed that night."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Any, Final, NamedTuple

import yaml

from codedark.app.templates import environment

_FOLDER: Final = "continuity"


class Card(NamedTuple):
    """What stands on a ward's card: its name, the number of its blocks of numbers, its passphrase."""

    ward: str
    number: int
    passphrase: str


def cards_page(hospital: str, cards: Sequence[Card], language: str) -> str:
    """One card a page (A6). It loads nothing. ``language``: en, nl, fr or de."""
    words: dict[str, Any] = yaml.safe_load((files("codedark") / "content" / _FOLDER / "cards.yaml").read_text("utf-8"))
    page = environment(_FOLDER, {}).get_template("cards.html")
    return page.render(w=words[language], language=language, hospital=hospital, cards=cards)
