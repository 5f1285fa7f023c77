"""The page in the language of whoever reads it: English sentences in the code, translations in `content/ward`.

Only its own words are translated. Names of drugs and what people wrote stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

import yaml

from codedark.continuity.sentence import Sentence

LANGUAGES: Final = {"nl": "Nederlands", "fr": "Français", "de": "Deutsch", "en": "English"}
_OURS: Final = {"called", "asked", "examples"}
_MISSING: Final = ("No number", "No dose")


@cache
def words(language: str) -> Mapping[str, str]:
    """Translations of a language by the English sentence; none for English."""
    if language == "en":
        return {}
    read: dict[str, str] = yaml.safe_load((files("codedark") / f"content/ward/words.{language}.yaml").read_bytes())
    return read


class Tongue:
    """Says an English sentence in a language; one that has no translation stays as it is."""

    def __init__(self, language: str) -> None:
        self.language: Final = language
        self._words = words(language)

    def __call__(self, text: str, /, **given: object) -> str:
        """The sentence with what is ``given`` in its braces; of a `Sentence`, what it was made with."""
        if isinstance(text, Sentence):
            return self(text.template, **text.given)
        said = self._words.get(text, text)
        if not given:
            return said
        return said.format(**{name: self._ours(name, value) for name, value in given.items()})

    def _ours(self, name: str, value: object) -> object:
        """What is filled in, translated where the word is ours and nobody's text."""
        if isinstance(value, Sentence):
            return self(value)
        is_ours = name in _OURS or value in _MISSING
        return self._words.get(value, value) if isinstance(value, str) and is_ours else value


ENGLISH: Final = Tongue("en")


def tongue_for(chosen: str, accepted: str) -> Tongue:
    """The language that was chosen, else the first of ``Accept-Language`` (RFC 9110) that there is, else English."""
    wanted = [each.partition(";")[0].strip()[:2].casefold() for each in accepted.split(",")]
    return tongue(next((each for each in (chosen, *wanted) if each in LANGUAGES), "en"))


@cache
def tongue(language: str) -> Tongue:
    """The words of a language, read once."""
    return Tongue(language)
