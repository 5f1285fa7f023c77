"""The words of a printed page in one language. Texts of the hospital pass through unchanged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any, Final

import yaml

LANGUAGES: Final = ("en", "nl", "fr", "de")
_THIN: Final = "\u202f"
"""A narrow space that does not break: a separator of thousands that nobody takes for a decimal point."""


class Words:
    """Calls with the name of a sentence, dots between the levels, and what is to be filled in. Its files are in
    ``folder`` of the content.
    """

    def __init__(self, language: str, folder: str = "contain") -> None:
        self._document = document(language, folder)
        self._words = dict(_flat(self._document, ""))

    def __call__(self, name: str, /, **given: object) -> str:
        """The sentence of that name. Raises `KeyError` for one that there is not, which is a slip of ours."""
        return self._words[name].format(**{key: self._said(value) for key, value in given.items()})

    def __contains__(self, name: str) -> bool:
        return name in self._words

    def sentences(self, name: str, /, **given: object) -> list[str]:
        """The sentences of a list of that name. Raises `KeyError`."""
        found: Any = self._document
        for level in name.split("."):
            found = found[level]
        return [str(each).format(**{key: self._said(value) for key, value in given.items()}) for each in found]

    def number(self, value: float) -> str:
        """Harm, to three digits: ``36 300``."""
        if value == 0 or abs(value) < 0.5:
            return "0"
        step = 10.0 ** max(len(str(int(abs(value)))) - 3, 0)
        return f"{round(value / step) * step:,.0f}".replace(",", _THIN).replace("-", "−")

    def percent(self, share: float) -> str:
        """A probability: ``< 1 %``, ``23 %``."""
        count = "< 1" if 0 < share < 0.01 else f"{share * 100:.0f}"
        return self("percent", count=count)

    def clock(self, hours: float) -> str:
        """Hours and minutes: ``1:05 h``."""
        minutes = round(hours * 60)
        return f"{minutes // 60}:{minutes % 60:02d}{_THIN}h"

    @staticmethod
    def _said(value: object) -> str:
        return f"{value:g}" if isinstance(value, float) else str(value)


def document(language: str, folder: str = "contain") -> dict[str, Any]:
    """The parsed file of a language."""
    text = (files("codedark") / "content" / folder / f"words.{language}.yaml").read_text("utf-8")
    read: dict[str, Any] = yaml.safe_load(text)
    return read


def _flat(words: Mapping[str, Any], above: str) -> Iterator[tuple[str, str]]:
    for name, value in words.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", str(value)
