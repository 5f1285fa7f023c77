"""What codes mean for a chart (`content/continuity/meanings.yaml`): which group a result belongs to, what is none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from codedark.continuity.charts.chart import Group

KINDS: Final = {
    Group.LABORATORY: "laboratory",
    Group.MICROBIOLOGY: "microbiology",
    Group.IMAGING: "imaging",
    Group.BLOOD_GROUP: "blood bank",
}
"""`Asked.kind` of a group; ``other`` for the rest."""
REPORTS: Final = frozenset({Group.MICROBIOLOGY, Group.IMAGING, Group.NOTES})
"""Groups of texts: the values of one order are one report."""


@dataclass(frozen=True)
class Meanings:
    """The tables, and questions to them. Words are regular expressions, searched without regard to case."""

    sections: Mapping[str, Group]
    codes: Mapping[str, Group]
    panels: tuple[tuple[re.Pattern[str], Group], ...]
    receivers: Mapping[str, Group]
    none_codes: frozenset[str]
    none_words: re.Pattern[str]
    alerts: tuple[tuple[re.Pattern[str], str], ...]
    no_alert: re.Pattern[str]
    device_gone: re.Pattern[str]
    high_alert_codes: tuple[str, ...]
    high_alert_words: re.Pattern[str]

    def group_of(self, code: str, section: str, *names: str) -> Group:
        """Where a result belongs: by its own code, else by words in the panel's name, else by its section (which often
        says no more than laboratory); else laboratory.
        """
        return self.codes.get(code) or self._by_name(names) or self.sections.get(section) or Group.LABORATORY

    def _by_name(self, names: tuple[str, ...]) -> Group | None:
        return next((group for words, group in self.panels for name in names if words.search(name)), None)

    def is_none_known(self, code: str, text: str) -> bool:
        """Whether this entry in a list of allergies says that there is none."""
        return code.upper() in self.none_codes or bool(self.none_words.search(text))

    def alert_kind(self, *texts: str) -> str:
        """The kind of an alert; ``other`` where no word tells."""
        return next((kind for words, kind in self.alerts for text in texts if words.search(text)), "other")

    def is_no_alert(self, value: str) -> bool:
        """Whether what stands where an alert may stand says that there is none."""
        return bool(self.no_alert.search(value.strip()))

    def is_high_alert(self, code: str, name: str) -> bool:
        """Whether a drug does much harm when it is given wrongly."""
        return code.startswith(self.high_alert_codes) or bool(self.high_alert_words.search(_without_accents(name)))


@cache
def meanings() -> Meanings:
    """The tables as they come with the program."""
    told: dict[str, Any] = yaml.safe_load((files("codedark") / "content/continuity/meanings.yaml").read_bytes())
    return Meanings(
        sections=_by_code(told["sections"]),
        codes=_by_code(told["codes"]),
        panels=tuple((_any_of(words), Group(group)) for group, words in told["panels"].items()),
        receivers=_by_code(told["receivers"]),
        none_codes=frozenset(code.upper() for code in told["none_known"]["codes"]),
        none_words=_any_of(told["none_known"]["words"]),
        alerts=tuple((_any_of(words), kind) for kind, words in told["alerts"].items()),
        no_alert=_any_of(told["no_alert"]),
        device_gone=_any_of(told["device_gone"]),
        high_alert_codes=tuple(told["high_alert"]["atc"]),
        high_alert_words=_any_of(rf"\b(?:{word})" for words in told["high_alert"]["words"].values() for word in words),
    )


def _by_code(groups: dict[str, list[str]]) -> dict[str, Group]:
    return {code: Group(group) for group, codes in groups.items() for code in codes}


def _without_accents(text: str) -> str:
    """``héparine`` is ``heparine``, which ``heparin`` begins."""
    return "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))


def _any_of(words: Any) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)
