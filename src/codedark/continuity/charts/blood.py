"""Blood groups that contradict each other: two samples of one patient, or one sample of two (BSH guideline, 2013)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from codedark.continuity.charts.chart import Result
from codedark.continuity.charts.doubt import Doubt

_ABO: Final = re.compile(r"(?i:\w*gr(?:ou|u|oe)pp?e?n?\b)?\W*(AB|A|B|O|0)[12]?(?![A-Za-z0-9])")
_RH: Final = re.compile(r"(?P<positive>pos|\+)|n[eé]g|[-\u2212\u2013]\s*$", re.IGNORECASE)
_GROUPS: Final = frozenset({"882-1", "883-9", "10331-7"})
"""LOINC: ABO and Rh, ABO, Rh. What is under other codes may be a screen or a crossmatch, which change."""
_WITHDRAWN: Final = frozenset({"D", "W", "X"})
"""HL7 table 0085."""


def doubts_of_blood(results: Iterable[Result]) -> tuple[Doubt, ...]:
    """A doubt where two results of one test, the latest first, name another ABO group or Rh; none where one of them
    leaves it open.
    """
    latest: dict[str, list[Result]] = {}
    for result in results:
        if result.code in _GROUPS and result.value and result.status not in _WITHDRAWN:
            latest.setdefault(result.code, []).append(result)
    return tuple(
        Doubt("blood-groups", held[0].value, other.value)
        for held in latest.values()
        for other in [next((each for each in held[1:] if _differ(held[0].value, each.value)), None)]
        if other
    )


def _differ(one: str, other: str) -> bool:
    return any(here and there and here != there for here, there in zip(_read(one), _read(other), strict=True))


def _read(value: str) -> tuple[str, str]:
    """ABO group and Rh, each "" where it is not named."""
    found = _ABO.match(value)
    rh = _RH.search(value)
    return (found[1].replace("0", "O") if found else ""), ("+" if rh["positive"] else "-") if rh else ""
