"""What to do, on one sheet: actions that are alike are one row, with the numbers that explain them in the annex."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from codedark.app.containment_page.words import Words

MOST_ROWS: Final = 14
"""More do not fit on the sheet beside the picture, the comparison and the signatures."""
_MOST_NAMED: Final = 6

Row = Mapping[str, Any]


def rows(
    plan: Row, words: Words, zone: Callable[[str | None], str], alone: Callable[[Row], str]
) -> list[dict[str, Any]]:
    """The groups of a plan as rows. ``zone`` says a zone, ``alone`` what a single action does."""
    made = []
    for group in plan["groups"][:MOST_ROWS]:
        actions = [plan["actions"][number - 1] for number in group["numbers"]]
        upto = "if_left_out_up_to" if len(actions) > 1 else "if_left_out_plain"
        made.append(
            {
                "numbers": ranges(group["numbers"]),
                "do": alone(actions[0]) if len(actions) == 1 else _together(group, words, zone),
                "minutes": words("minutes", count=f"{group['apply_minutes']:.0f}"),
                "more": words(upto, harm=words.number(group["if_left_out"]["mean"])),
                "needed": group["if_left_out"]["at_least"] > 0,
                "applied": group["applied"],
                "clinical": group["clinical_lead"],
            }
        )
    return made


def left_over(plan: Row, words: Words) -> str:
    """How many actions stand in no row, or ""."""
    told = sum(len(group["actions"]) for group in plan["groups"][:MOST_ROWS])
    count = len(plan["actions"]) + len(plan["not_explained"]) - told
    return words("more_actions", count=f"{count:,}") if count else ""


def ranges(numbers: Sequence[int]) -> str:
    """``1–3, 7``."""
    breaks = [place for place, (one, other) in enumerate(pairwise(numbers), 1) if other != one + 1]
    runs = [numbers[start:end] for start, end in zip([0, *breaks], [*breaks, len(numbers)], strict=True)]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def _together(group: Row, words: Words, zone: Callable[[str | None], str]) -> str:
    names = [each.partition(":")[2] for each in group["actions"]]
    more = f" +{len(names) - _MOST_NAMED}" if len(names) > _MOST_NAMED else ""
    if group["account_kind"]:
        of = words(f"account_kind.{group['account_kind']}")
    else:
        of = zone(group["zone"]) if group["zone"] else words("no_zone")
    return words(f"do_many.{group['kind']}", count=len(names), of=of, names=", ".join(names[:_MOST_NAMED]) + more)
