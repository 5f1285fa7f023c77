"""Accesses to records of patients with whom nothing ties the reader: counted for each shift, against what is usual.

One unexplained access is ordinary life: a neighbour ward helps, the data is late. So each person's shifts are compared
with their own past and with their role, and only an unlikely number is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import ClassVar, Final

from codedark.detect.behaviour.behaviour import BehaviourId, Context, Settings, Sign
from codedark.detect.behaviour.care import Care, Why
from codedark.detect.behaviour.care_excess import DAY_US, Excess, Excessive
from codedark.detect.behaviour.care_shown import Someone, is_system, limits_of, role_of, someone
from codedark.detect.behaviour.observation import Observation, RecordAccess
from codedark.detect.finding import Level

BREAK_GLASS: Final = "break_glass"
SYSTEM: Final = "system"
NOTHING: Final = "nothing"
_SHOWN_PATIENTS: Final = 50


class RecordAccesses:
    """Says who opened unusually many records without a treatment relationship."""

    id: ClassVar[BehaviourId] = BehaviourId("record-access")
    version: ClassVar[int] = 1
    watches: ClassVar[tuple[type[Observation], ...]] = (RecordAccess,)

    def __init__(self, settings: Settings) -> None:
        self._stale_us = int(float(str(settings["stale_hours"])) * DAY_US / 24)
        glass = settings["break_glass"]
        self._glass = frozenset(glass if isinstance(glass, list) else [str(glass)])
        self._excess = Excess(limits_of(settings))
        self._said_stale_us = -1
        self.explained: Counter[str] = Counter()
        """How many accesses each reason has explained: names of `Why`, and `BREAK_GLASS`, `SYSTEM`, `NOTHING`."""

    def take(self, seen: Observation, context: Context) -> Iterator[Sign]:
        """One access; a sign when it is one too many of those that nothing explains."""
        care = context.care
        if care is None or not isinstance(seen, RecordAccess) or not seen.patient or not seen.account:
            return
        if seen.at_us - care.told_until_us > self._stale_us:
            yield from self._stale(seen, care)
            return
        reason = self._reason(seen, context, care)
        self.explained[reason] += 1
        if reason == SYSTEM:
            return
        held = context.held(seen.client, seen.account)
        role = role_of(seen.account, context.places, care)
        if reason != NOTHING or seen.refused:
            self._excess.touch(seen.account, role, seen.at_us, held)
            return
        found = self._excess.count(seen.account, role, seen.patient, seen.at_us, held=held)
        if found is not None:
            yield self._sign(seen, someone(seen.account, context.places, care), found)

    def tick(self, now_us: int, _context: Context) -> Iterator[Sign]:
        """Shifts end by themselves."""
        self._excess.tick(now_us)
        yield from ()

    def _reason(self, seen: RecordAccess, context: Context, care: Care) -> str:
        why = care.explain(seen.account, seen.patient, seen.at_us)
        if isinstance(why, Why):
            return why.name.lower()
        if seen.purpose in self._glass:
            return BREAK_GLASS
        return SYSTEM if is_system(seen.account, context.places) else NOTHING

    def _sign(self, seen: RecordAccess, who: Someone, found: Excessive) -> Sign:
        patients = [str(thing) for thing in self._excess.things(seen.account)]
        return Sign(
            seen.at_us,
            seen.client or seen.host,
            seen.account,
            f"{who.shown} opened the records of {found.number} patients in one shift with whom no stay, ward, order, "
            f"appointment or team ties them; usual are {found.usual:.1f} a shift, the most so far were "
            f"{found.highest}, and {found.usual_of_role:.1f} are usual for the role.",
            seen.row,
            Level.HIGH if found.number >= 3 * max(5.0, found.highest) else None,
            {
                "role": who.role, "wards": who.wards, "count": found.number, "usual": round(found.usual, 2),
                "usual_of_role": round(found.usual_of_role, 2), "highest": found.highest, "chance": found.chance,
                "client": seen.client, "patients": tuple(patients[-_SHOWN_PATIENTS:]),
            },
            found.learnt_days,
        )  # fmt: skip

    def _stale(self, seen: RecordAccess, care: Care) -> Iterator[Sign]:
        """Care that is out of date explains nothing, and blindness is a finding: once a day."""
        if self._said_stale_us >= 0 and seen.at_us - self._said_stale_us < DAY_US:
            return
        self._said_stale_us = seen.at_us
        hours = (seen.at_us - care.told_until_us) / DAY_US * 24
        how = f"ends {hours:.0f} hours ago" if care.told_until_us else "is empty"
        yield Sign(
            seen.at_us,
            seen.host,
            "",
            f"Record accesses cannot be judged: what is known of stays and orders {how}. "
            "Renew the export of FHIR data.",
            seen.row,
            Level.LOW,
            {"told_until_us": care.told_until_us},
            self._excess.learnt_days(seen.at_us),
        )
