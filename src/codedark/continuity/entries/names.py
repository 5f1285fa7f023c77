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


def surname(family: str) -> str:
    """A family name without accents, capitals, blanks and hyphens: people mistake De Smet for Desmet."""
    return "".join(_words(family))


def alike(one: str, other: str) -> bool:
    """Whether drugs have names that begin with the same word: it asks once too often rather than once too seldom."""
    return one.split()[:1] != [] and one.casefold().split()[0] == (other.casefold().split() or [""])[0]


def may_be(said: str, drug: str) -> bool:
    """Whether a drug may be the one that was said: one name is the beginning of the other, word by word. *Insulin* may
    be *Insulin aspart*, which is not *Insulin glargine*.
    """
    one, other = said.casefold().split(), drug.casefold().split()
    shorter = min(len(one), len(other))
    return shorter > 0 and one[:shorter] == other[:shorter]


def _words(name: str) -> list[str]:
    plain = "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each))
    return _NO_LETTERS.sub("", _BETWEEN_WORDS.sub(" ", plain)).casefold().split()
