"""Things that are told under two numbers (HL7 v2.5.1, 4.5.1 and 3.4.2).

Orders have the placer's and the filler's (ORC-2, ORC-3). A pharmacy, an eMAR or a laboratory often names its own number
alone: what it stops would else go on under the other one, and what it gave would be due still. Stays have a number and
an account (PV1-19, PID-18); a laboratory that knows the account alone would else have somebody lie in two stays, one of
which nobody ends. Numbers of two givers may be alike: only what was told under the second number alone is joined, with
that of which somebody told both. A number that a filler gave to two orders (one accession for a tube) is neither's.
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
    """The key of a thing for each second number (the field ``name``) under which others speak of it. Of two stays with
    one account, the one that said so last; of two orders none.
    """
    of: dict[str, dict[str, Said]] = {}
    for key, facts in things.items():
        for fact in facts:
            number = _second(fact, name)
            if number and number != key:
                said = of.setdefault(number, {})
                said[key] = max(fact.said, said.get(key, fact.said))
    return {
        number: max(said, key=lambda key: (said[key], key))
        for number, said in of.items()
        if (name != FILLER or len(said) == 1) and all(_second(fact, name) == number for fact in things.get(number, ()))
    }


def _second(fact: Fact, name: str) -> str:
    return next((value for told, value in fact.fields if told == name), "")
