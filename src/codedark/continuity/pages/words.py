"""The words of the ward's page and prints in one language. Texts of the source pass through unchanged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from codedark.continuity.charts.doubt import Doubt

LANGUAGES: Final = ("en", "nl", "fr", "de")


class Words:
    """Calls with the name of a sentence, dots between the levels, and what is to be filled in."""

    def __init__(self, language: str) -> None:
        self.language: Final = language
        self._document = document(language)
        self._words = dict(_flat(self._document, ""))

    def __call__(self, name: str, /, **given: object) -> str:
        """The sentence of that name. Raises `KeyError` for one that there is not, which is a slip of ours."""
        return self._words[name].format(**given)

    def fixed(self, table: str, code: str) -> str:
        """What a fixed code means, or the code itself where the table does not know it."""
        return self._words.get(f"{table}.{code}", code)

    def headings(self, name: str) -> list[str]:
        """The headings of a form. Raises `KeyError`."""
        return [str(each) for each in self._document["print"]["columns"][name]]

    def span(self, minutes: int) -> str:
        """A length of time by its two largest units: ``2 hours 15 minutes``."""
        days, rest = divmod(minutes, 24 * 60)
        hours, minutes = divmod(rest, 60)
        counts = [("day", days), ("hour", hours), ("minute", minutes)]
        told = [f"{count} {self._document['unit'][unit][count != 1]}" for unit, count in counts if count]
        return " ".join(told[:2]) or f"0 {self._document['unit']['minute'][1]}"


def doubt_text(doubt: Doubt, words: Words) -> str:
    """A doubt as a sentence."""
    return words(f"doubt.{doubt.kind}", about=doubt.about, other=doubt.other)


@cache
def words_of(language: str) -> Words:
    """The words of a language, read once. Raises `KeyError` for a language that there is not."""
    if language not in LANGUAGES:
        raise KeyError(language)
    return Words(language)


@cache
def document(language: str) -> dict[str, Any]:
    """The parsed file of a language."""
    text = (files("codedark") / "content" / "continuity" / f"words.{language}.yaml").read_text("utf-8")
    read: dict[str, Any] = yaml.safe_load(text)
    return read


def _flat(words: Mapping[str, Any], above: str) -> Iterator[tuple[str, str]]:
    for name, value in words.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", str(value)
