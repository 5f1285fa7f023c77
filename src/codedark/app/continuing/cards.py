"""The cards of the wards: a passphrase on each, what to do first, and nothing that is not needed that night."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

import yaml

from codedark.app.templates import environment

_FOLDER: Final = "continuity"


def cards_page(hospital: str, passphrases: Mapping[str, str], language: str) -> str:
    """One card a page (A6), for each ward's name its passphrase. It loads nothing. ``language``: en, nl, fr or de."""
    words: dict[str, Any] = yaml.safe_load((files("codedark") / "content" / _FOLDER / "cards.yaml").read_text("utf-8"))
    cards = [(name, passphrase.split()) for name, passphrase in passphrases.items()]
    page = environment(_FOLDER, {}).get_template("cards.html")
    return page.render(w=words[language], language=language, hospital=hospital, cards=cards)
