"""Allergies: whole lists and single entries of several sources, joined so that nothing is lost by it."""

from __future__ import annotations

from typing import Final

from codedark.continuity.charts.chart import Allergy, Group, Severity
from codedark.continuity.charts.fact import GONE, LIST, NONE_KNOWN, Said
from codedark.continuity.charts.record import Things
from codedark.continuity.charts.things import made

_RANK: Final = {Severity.UNKNOWN: 0, Severity.LOW: 1, Severity.MODERATE: 2, Severity.HIGH: 3}


def allergies(things: Things) -> tuple[tuple[Allergy, ...], bool]:
    """The allergies, by name, and whether somebody said that there are none.

    1. An entry that was taken back also takes the same substance out of lists that are older than that.
    2. Every source's newest list counts, and every entry.
    3. One substance is one line: the worst severity, all reactions.
    4. "None known" holds only where nothing else is told.
    """
    gone: dict[str, Said] = {}
    told: list[tuple[Said, Allergy]] = []
    is_none = False
    entries = list(things.of(Group.ALLERGIES))
    for key, fields, said in entries:
        if fields.get(GONE):  # (1)
            for name in (key, fields.get("substance", ""), fields.get("code", "")):
                gone[name.casefold()] = max(said, gone.get(name.casefold(), said))
    for key, fields, said in entries:  # (2)
        is_none |= bool(fields.get(NONE_KNOWN))
        if key.startswith(LIST):
            told += [(said, each) for each in fields.get("members", ()) if not _is_gone(each, said, gone)]
        elif not fields.get(GONE) and (fields.get("substance") or fields.get("code")):
            told.append((said, made(Allergy, {"substance": fields.get("code", ""), **fields})))
    by_name: dict[str, list[Allergy]] = {}
    for _, allergy in sorted(told, key=lambda pair: (pair[0], repr(pair[1]))):
        by_name.setdefault(allergy.substance.casefold(), []).append(allergy)
    found = tuple(_joined(same) for _, same in sorted(by_name.items()))
    return found, is_none and not found  # (4)


def _is_gone(allergy: Allergy, said: Said, gone: dict[str, Said]) -> bool:
    return any(
        name.casefold() in gone and gone[name.casefold()] > said for name in (allergy.substance, allergy.code) if name
    )


def _joined(same: list[Allergy]) -> Allergy:
    """(3) Several entries of one substance, the last said last."""
    reactions = dict.fromkeys(each.reaction for each in same if each.reaction)
    return Allergy(
        substance=same[-1].substance,
        code=next((each.code for each in reversed(same) if each.code), ""),
        reaction=", ".join(reactions),
        severity=max((each.severity for each in same), key=lambda severity: _RANK[severity]),
        is_certain=any(each.is_certain for each in same),
    )
