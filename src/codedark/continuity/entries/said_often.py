"""How often, as people write it on an order: in one of our four languages, as a code, or as hours of the day.

What is not understood wholly is not understood at all: an hour that is made up from half a sentence ("until 20:00",
"twice a day 08:00") would be a dose that nobody ordered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from codedark.continuity.charts.frequency_tables import code_of
from codedark.continuity.charts.schedule import Schedule
from codedark.continuity.pages.words import LANGUAGES, document

_HOUR: Final = re.compile(r"\b([01]?\d|2[0-3])[:hu]([0-5]\d)\b", re.ASCII | re.IGNORECASE)
_JOINS: Final = re.compile(r"[\s,;&+/]+|\b(?:at|and|à|et|om|en|um|und|uur|uhr)\b", re.IGNORECASE)
_A_DAY: Final = re.compile(
    r"([1-4])\s*(?:dd|[-\s]*(?:x|×|times?|keer|maal|fois|mal)\s*(?:(?:/|a|per|par|pro|am)\s*)?"
    r"(?:day|d|dag|daags|jour|j|tag|t|daily|täglich))",
    re.IGNORECASE,
)
_EVERY: Final = re.compile(
    r"(?:every|each|om de|elke|iedere|toutes les|alle)\s*(\d{1,2})\s*(?:h|hours?|uur|u|heures?|stunden?|std)",
    re.IGNORECASE,
)
_DAILY: Final = (
    "every day", "each day", "elke dag", "dagelijks", "chaque jour", "tous les jours", "jeden tag", "täglich",
)  # fmt: skip
_HALF_OF_DAY: Final = {"QAM": 0, "QPM": 1, "QHS": 1}
"""Codes that say which half of the day an hour beside them is in: ``8:00 pm`` is not eight in the morning."""
_NOON: Final = "12"
OFFERED: Final = ("DAILY", "BID", "TID", "QID", "QAM", "QPM", "QHS", "STAT", "PRN", "CONT", "WEEKLY")
"""Codes of which a form offers the words, the commonest first."""


class Often(NamedTuple):
    """A frequency as the schedule has it, and hours of the day (``08:00``) that the order names itself."""

    frequency: str
    times: tuple[str, ...] = ()


def often_said(text: str, schedule: Schedule) -> Often | None:
    """What was meant; None where nobody can tell for certain.

    1. An hour that is named twice was another one.
    2. Hours alone are every day's.
    3. Words or a code are what the table has; with hours beside them they must say as many a day, and the same half
       of it.
    """
    said = text.strip()
    hours = [f"{int(hour):02}:{minute}" for hour, minute in _HOUR.findall(said)]
    times = tuple(sorted(set(hours)))
    if len(times) != len(hours):
        return None  # (1)
    rest = said
    if times:
        rest = _HOUR.sub(" ", said)
        if not _JOINS.sub("", rest):
            return Often("", times)  # (2)
        rest = re.sub(rf"^(?:{_JOINS.pattern})+|(?:{_JOINS.pattern})+$", "", rest, flags=re.IGNORECASE)
    code = _code(rest)
    meant = schedule.told(code) if code else None
    if meant is None or (times and len(meant.times) != len(times)):
        return None
    half = _HALF_OF_DAY.get(code_of(code))
    if half is not None and any((hour >= _NOON) != half for hour in times):
        return None
    return Often(code, times)  # (3)


def offered(language: str) -> list[str]:
    """What a form offers to choose from, in a language; each is understood by `often_said`."""
    words: Mapping[str, str] = document(language)["frequency"]
    every = str(document(language)["every"]["H"])
    return [*(words[code] for code in OFFERED), *(every.format(count=hours) for hours in (4, 6, 8, 12))]


def _code(text: str) -> str:
    """The code of words, or what may be a code itself."""
    said = " ".join(text.casefold().split())
    if a_day := _A_DAY.fullmatch(said):
        return f"{a_day[1]}XDAY"
    if every := _EVERY.fullmatch(said):
        return f"Q{int(every[1])}H"
    return _phrases().get(said, text.strip())


@cache
def _phrases() -> Mapping[str, str]:
    """Every language's words for a code. Where two codes have the same words (``QD``, ``DAILY``), the first."""
    found: dict[str, str] = dict.fromkeys(_DAILY, "DAILY")
    for language in LANGUAGES:
        for code, words in document(language)["frequency"].items():
            found.setdefault(str(words).casefold(), str(code))
    return found
