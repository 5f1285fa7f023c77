"""Things that are told under two numbers (HL7 v2.5.1, 4.5.1 and 3.4.2).

Orders have the placer's and the filler's (ORC-2, ORC-3). A pharmacy, an eMAR or a laboratory often names its own number
alone: what it stops would else go on under the other one, and what it gave would be due still. Stays have a number and
an account (PV1-19, PID-18); a laboratory that knows the account alone would else have somebody lie in two stays, one of
which nobody ends. Numbers of two givers may be alike: only what was told under the second number alone is joined, with
that of which somebody told both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from codedark.continuity.charts.chart import Group
from codedark.continuity.charts.fact import FILLER, Fact, Said

Facts = tuple[Fact, ...]
SECOND: Final = {Group.MEDICATION: FILLER, Group.PENDING: FILLER, Group.VISIT: "account"}
"""The field of a group's things that holds their second number."""


def first_numbers(things: Mapping[str, Facts], name: str) -> dict[str, str]:
    """The key of a thing for each second number (the field ``name``) under which others speak of it. Of two things that
    say the same second number, the one that said so last.
    """
    last: dict[str, tuple[Said, str]] = {}
    for key, facts in things.items():
        for fact in facts:
            number = _second(fact, name)
            if number and number != key:
                last[number] = max((fact.said, key), last.get(number, (fact.said, key)))
    return {
        number: key
        for number, (_, key) in last.items()
        if all(_second(fact, name) == number for fact in things.get(number, ()))
    }


def _second(fact: Fact, name: str) -> str:
    return next((value for told, value in fact.fields if told == name), "")
