"""Names as people say and type them, compared."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_BETWEEN_WORDS: Final = re.compile(r"[,\-\u2010\u2011]")
_NO_LETTERS: Final = re.compile(r"['\u2019`.]")


def is_of_family(said: str, family: str) -> bool:
    """Whether a name that was said begins with a whole family name; accents, capitals and hyphens do not matter.

    The first word alone tells nobody apart: on a Flemish ward, half of all names begin with "Van" or "De".
    """
    words = _words(family)
    return _words(said)[: len(words)] == words


def _words(name: str) -> list[str]:
    plain = "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each))
    return _NO_LETTERS.sub("", _BETWEEN_WORDS.sub(" ", plain)).casefold().split()
