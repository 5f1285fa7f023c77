"""What a hospital may set instead of a figure of the project: nothing that switches a watch off without saying so."""

from __future__ import annotations

from math import isfinite
from typing import Any, Final

from codedark.errors import UsageError

_MAY_BE_ZERO: Final = frozenset(
    (
        "from_hour", "grace_hours", "hours_apart", "in_a_row_step", "learn_days", "learning_days", "least_days",
        "least_hours", "matched_before", "new_for_days", "quiet_days", "rest_hours", "share_alone", "share_broken",
        "whole_before",
        "budget",
        "further_tactic", "grave_tier", "harm_weight", "hub_share", "least_weight", "misuse_budget", "moment_seconds",
        "most_raised", "of_weight", "quiet_minutes", "same_moment", "same_technique", "shared", "shared_with_hub",
        "verdict_days",
    )
)  # fmt: skip
"""Where none is a sensible number: nothing is learnt first, no share is forgiven, no alarm of that kind is sent."""
_SHARES: Final = frozenset(
    (
        "believed", "certain", "chance", "held", "hub_share", "named", "rare_family_share", "rareness", "same_moment",
        "same_technique", "share_alone", "share_broken", "shared", "shared_with_hub", "threshold", "unevenness",
    )
)  # fmt: skip
"""Probabilities and parts of a whole."""
_HOURS: Final = frozenset(("from_hour", "until_hour"))


def checked(where: str, name: str, value: Any, usual: Any) -> Any:
    """``value`` for the setting ``name`` of the table ``where``; ``usual`` is the project's own.

    Raises `UsageError` for one of another kind, or one that cannot be: not finite, negative, zero where a count of
    none means that nothing is ever seen, a share above one.
    """
    wrong = _wrong(name, value, usual)
    if wrong:
        shown = "true" if value is True else "false" if value is False else value
        raise UsageError(f"[{where}] {name} = {shown}: {wrong}; the project's own is {_shown(usual)}")
    return value


def _wrong(name: str, value: Any, usual: Any) -> str:
    """Why it cannot be; "" where it can."""
    if isinstance(usual, bool):
        return "" if isinstance(value, bool) else "it has to be true or false"
    if isinstance(usual, int | float):
        return _wrong_figure(name, value)
    if isinstance(usual, str):
        return "" if isinstance(value, str) else "it has to be text in quotes"
    if isinstance(usual, list):
        if not isinstance(value, list):
            return "it has to be a list in square brackets"
        if usual and not isinstance(usual[0], str):
            return next(filter(None, (_wrong_figure(name, each) for each in value)), "")
        return "" if all(isinstance(each, str) for each in value) else "it has to be a list of texts in quotes"
    return ""


def _wrong_figure(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "it has to be a number"
    if not isfinite(value):
        return "it has to be a number that there is"
    if value < 0:
        return "it cannot be below zero"
    if value == 0 and name not in _MAY_BE_ZERO:
        return "it has to be above zero"
    if name in _SHARES and value > 1:
        return "it is a share, and cannot be above 1"
    if name in _HOURS and value > 24:
        return "it is an hour of the day, from 0 to 24"
    return ""


def _shown(usual: Any) -> str:
    return str(usual).lower() if isinstance(usual, bool) else str(usual)
