"""Whether parts of a plan would touch a lifeline: asked again before anything is ordered, whoever wrote the plan. Pure.

The plan is a file that lay about; the model may have changed since; other plans may stand. `codedark.contain.lifelines`
kept lifelines out of the choice, and this holds the same against the model as it is now.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from codedark.app.enforcing.parts import Part, down_of
from codedark.contain.action import ActionKind
from codedark.contain.lifelines import Reach
from codedark.hospital.account import AccountKind
from codedark.hospital.asset import AssetId
from codedark.hospital.failure import Dependents, Down
from codedark.hospital.hospital import Hospital
from codedark.hospital.zone import Link

_NEVER_DISABLED: Final = frozenset({"krbtgt"})


def indispensable(hospital: Hospital) -> frozenset[AssetId]:
    """The machines of which each alone takes a lifeline with it."""
    dependents = Dependents(hospital)
    return frozenset(each for each in hospital.assets if dependents.fail(Down(frozenset({each}))).lifelines)


def touching(
    hospital: Hospital, reaches: Sequence[Reach], parts: Sequence[Part], standing: Sequence[Part] = ()
) -> tuple[str, ...]:
    """Sentences about every part that must not be ordered; none if all may.

    1. Each part alone fells no lifeline, nor cuts a way that one cannot do without, and disables no break-glass
       account. Where no flow is known, no two
       zones are parted in which one lifeline has machines.
    2. All together, with what stands already, fell none.
    """
    dependents = Dependents(hospital)
    found = [sentence for part in parts for sentence in _alone(dependents, reaches, part)]  # (1)
    if not found:  # (2)
        together = down_of(hospital, (*standing, *parts))
        hit = dependents.fail(together).lifelines
        before = dependents.fail(down_of(hospital, standing)).lifelines
        found = [
            f"together, and with what stands already, they would take {each.name} down"
            for each in hit
            if each not in before
        ]
    return tuple(found)


def _alone(dependents: Dependents, reaches: Sequence[Reach], part: Part) -> Iterator[str]:
    hospital = dependents.hospital
    break_glass = {each.id for each in hospital.accounts.values() if each.kind is AccountKind.BREAK_GLASS}
    for account in part.accounts:
        if account.casefold() in _NEVER_DISABLED or account in break_glass:
            yield f"{part.action}: {account} is never disabled, because it is what is left when nobody else can log on"
    for lifeline in dependents.fail(down_of(hospital, [part])).lifelines:
        yield f"{part.action}: takes {lifeline.name} down, which is a lifeline"
    if part.kind in {ActionKind.ISOLATE_HOST, ActionKind.SHUT_DOWN, ActionKind.RESTRICT_TO_LIFELINE}:
        return
    links = {Link(way.source, way.target) for way in part.ways}
    for reach in reaches:
        needed = links & (reach.links - reach.spare)
        if not len(hospital.flows):
            rooms = {hospital.assets[each].zone for each in reach.assets}
            needed |= {link for link in links if {link.source, link.target} <= rooms}
        for link in sorted(needed):
            name = reach.lifeline.name
            yield f"{part.action}: closes the way from {link.source} to {link.target}, which {name} needs"
