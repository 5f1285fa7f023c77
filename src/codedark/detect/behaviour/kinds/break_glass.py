"""Emergency access: honoured, never hindered, put on a list for review, and said where somebody needs it too often.

"Break the glass" is what makes closed records safe to have (NEMA/COCIR/JIRA Security and Privacy Committee,
Break-Glass: An approach to granting emergency access to healthcare systems, 2004); it works
as long as somebody reads the list.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final, NamedTuple

from codedark.detect.behaviour.behaviour import BehaviourId, Context, Settings, Sign
from codedark.detect.behaviour.care_excess import DAY_US, HOUR_US, Excess
from codedark.detect.behaviour.care_people import Function
from codedark.detect.behaviour.care_shown import limits_of, role_of, someone
from codedark.detect.behaviour.observation import Observation, RecordAccess
from codedark.detect.finding import Level

_TREATS_NOBODY: Final = frozenset({Function.ADMINISTRATION, Function.TECHNOLOGY, Function.MANAGEMENT})


_AFTERWARDS_US: Final = 30 * 60 * 1_000_000
"""Half an hour: within it, a refusal, a look around and the emergency are one story."""


class _Broken(NamedTuple):
    at_us: int
    account: str
    role: str
    patient: str
    why: str


class BreakTheGlass:
    """Lists emergency accesses for review, and says an unlikely number of them by one person."""

    id: ClassVar[BehaviourId] = BehaviourId("break-the-glass")
    version: ClassVar[int] = 1
    watches: ClassVar[tuple[type[Observation], ...]] = (RecordAccess,)

    def __init__(self, settings: Settings) -> None:
        purposes = settings["purposes"]
        self._purposes = frozenset(purposes if isinstance(purposes, list) else [str(purposes)])
        self._every_us = int(float(str(settings["review_every_hours"])) * HOUR_US)
        self._most_listed = int(float(str(settings["most_listed"])))
        self._excess = Excess(limits_of(settings))
        self._listed: dict[tuple[str, str], _Broken] = {}
        self._unlisted = 0
        self._said: dict[str, int] = {}
        self._most_noted = int(float(str(settings["most_accounts"])))
        self._read: dict[tuple[str, str], int] = {}

    def take(self, seen: Observation, context: Context) -> Iterator[Sign]:
        """One access; all of them, because shifts without an emergency are what is usual."""
        if not isinstance(seen, RecordAccess) or not seen.account:
            return
        role = role_of(seen.account, context.places, context.care)
        held = context.held(seen.client, seen.account)
        if seen.purpose not in self._purposes or not seen.patient or seen.refused:
            self._excess.touch(seen.account, role, seen.at_us, held)
            self._note_reading(seen, context)
            return
        self._list(seen, role, context)
        yield from self._without_duty(seen, context)
        yield from self._afterwards(seen, context)
        found = self._excess.count(seen.account, role, seen.patient, seen.at_us, held=held)
        if found is not None:
            who = someone(seen.account, context.places, context.care)
            patients = "a patient" if found.number == 1 else f"{found.number} patients"
            yield Sign(
                seen.at_us,
                seen.client or seen.host,
                seen.account,
                f"{who.shown} opened the closed records of {patients} as an emergency in one shift; "
                f"{found.usual:.2g} are usual, {found.usual_of_role:.2g} for the role, the most so far were "
                f"{found.highest}.",
                seen.row,
                None,
                {
                    "role": who.role, "wards": who.wards, "count": found.number, "usual": round(found.usual, 3),
                    "usual_of_role": round(found.usual_of_role, 3), "highest": found.highest, "chance": found.chance,
                    "client": seen.client, "patients": tuple(str(each) for each in self._excess.things(seen.account)),
                },
                found.learnt_days,
            )  # fmt: skip

    def tick(self, now_us: int, _context: Context) -> Iterator[Sign]:
        """Shifts end, and the list is handed over when its first entry is old enough."""
        self._excess.tick(now_us)
        first = next(iter(self._listed.values()), None)
        if first is None or now_us - first.at_us < self._every_us:
            return
        listed, unlisted = list(self._listed.values()), self._unlisted
        self._listed, self._unlisted = {}, 0
        people = len({each.account for each in listed})
        more = f" and {unlisted} more that the list had no room for" if unlisted else ""
        yield Sign(
            now_us,
            "",
            "",
            f"For review: {len(listed) + unlisted} emergency accesses by {people} people since the last list{more}.",
            -1,
            Level.INFORMATIONAL,
            {
                "accounts": tuple(each.account for each in listed),
                "roles": tuple(each.role for each in listed),
                "patients": tuple(each.patient for each in listed),
                "times_us": tuple(each.at_us for each in listed),
                "otherwise_explained_by": tuple(each.why for each in listed),
            },
            self._excess.learnt_days(now_us),
        )

    def _without_duty(self, seen: RecordAccess, context: Context) -> Iterator[Sign]:
        """Somebody whose function treats nobody has no emergency: said once a day for each of them."""
        who = someone(seen.account, context.places, context.care)
        day = seen.at_us // DAY_US
        if who.member is None or who.member.function not in _TREATS_NOBODY or self._said.get(seen.account) == day:
            return
        self._said = {account: then for account, then in self._said.items() if then == day}
        self._said[seen.account] = day
        yield Sign(
            seen.at_us,
            seen.client or seen.host,
            seen.account,
            f"{who.shown} opened a closed record as an emergency, and treats nobody by function.",
            seen.row,
            None,
            {"role": who.role, "wards": who.wards, "client": seen.client, "patients": (seen.patient,)},
            self._excess.learnt_days(seen.at_us),
        )

    def _note_reading(self, seen: RecordAccess, context: Context) -> None:
        """Remember when somebody first read, without any reason known, what the glass may be broken for later."""
        key = (seen.account, seen.patient)
        if context.care is None or not seen.patient or seen.refused or key in self._read:
            return
        if context.care.explain(seen.account, seen.patient, seen.at_us) is None:
            self._read[key] = seen.at_us
            if len(self._read) > self._most_noted:
                del self._read[next(iter(self._read))]

    def _afterwards(self, seen: RecordAccess, context: Context) -> Iterator[Sign]:
        """An emergency comes first and the reading after it: the other way round, it is a reason given afterwards."""
        read_us = self._read.pop((seen.account, seen.patient), None)
        if read_us is None or not _AFTERWARDS_US <= seen.at_us - read_us <= DAY_US:
            return
        who, minutes = someone(seen.account, context.places, context.care), (seen.at_us - read_us) // 60_000_000
        yield Sign(
            seen.at_us,
            seen.client or seen.host,
            seen.account,
            f"{who.shown} opened a closed record as an emergency {minutes} minutes after reading of the same patient "
            "without any reason that is known.",
            seen.row,
            None,
            {
                "role": who.role,
                "wards": who.wards,
                "client": seen.client,
                "patients": (seen.patient,),
                "minutes": minutes,
            },
            self._excess.learnt_days(seen.at_us),
        )

    def _list(self, seen: RecordAccess, role: str, context: Context) -> None:
        key = (seen.account, seen.patient)
        if key in self._listed:
            return
        if len(self._listed) >= self._most_listed:
            self._unlisted += 1
            return
        why = context.care.explain(seen.account, seen.patient, seen.at_us) if context.care else None
        self._listed[key] = _Broken(seen.at_us, seen.account, role, seen.patient, why.name.lower() if why else "")
