"""How many records somebody opens or asks for in an hour: more than anybody reads, for this person and role; exports;
record numbers one after the other. Needs no data about care, and sees a stolen account as well as a curious one.

Work leaves something written: a round of orders at night goes through thirty records in an hour, and each has an order
afterwards. Who harvests only reads. So a patient in whose record the same person wrote within the hour does not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from codedark.detect.behaviour.behaviour import BehaviourId, Context, Settings, Sign
from codedark.detect.behaviour.care_excess import DAY_US, HOUR_US, Excess, Excessive
from codedark.detect.behaviour.care_shown import Someone, is_system, limits_of, role_of, someone
from codedark.detect.behaviour.kinds.learning import Familiar, Met
from codedark.detect.behaviour.observation import Observation, RecordAccess
from codedark.detect.finding import Level
from codedark.events.record import Value

EXPORT: Final = "$export"
_WRITES: Final = frozenset("CUD")
_DIGITS: Final = re.compile(r"[^0-9]")
_SAME_QUERY_US: Final = 10 * 1_000_000
"""Client and server both write a query down: the same one within this time is one."""


@dataclass(slots=True)
class _Run:
    """Record numbers that go up by little."""

    last: int = -1
    length: int = 0


class RecordVolume:
    """Says who opens, asks for or takes out unusually much."""

    id: ClassVar[BehaviourId] = BehaviourId("record-volume")
    version: ClassVar[int] = 1
    watches: ClassVar[tuple[type[Observation], ...]] = (RecordAccess,)

    def __init__(self, settings: Settings) -> None:
        number = {name: float(str(value)) for name, value in settings.items()}
        opened = limits_of(settings, window_hours=1.0)
        self._off_hours_least = int(number["off_hours_least"])
        self._opened = Excess(opened)
        self._asked = Excess(opened._replace(least=int(number["least_asked"]), prior=number["prior_asked"]))
        self._in_a_row, self._step = int(number["in_a_row"]), int(number["in_a_row_step"])
        self._most_accounts = int(number["most_accounts"])
        self._runs: dict[str, _Run] = {}
        keeps_days = int(number["keeps_days"])
        self._exports: Familiar[str] = Familiar(self._most_accounts, keeps_days)
        self._hours: Familiar[tuple[str, int]] = Familiar(24 * self._most_accounts, keeps_days)

    def take(self, seen: Observation, context: Context) -> Iterator[Sign]:
        """One access or query."""
        if not isinstance(seen, RecordAccess) or not seen.account:
            return
        held = context.held(seen.client, seen.account)
        if seen.resource == EXPORT:
            yield from self._export(seen, held, context)
        elif seen.refused:
            return
        elif not seen.patient:
            yield from self._query(seen, held, context)
        elif seen.action in _WRITES:
            role = role_of(seen.account, context.places, context.care)
            self._opened.excuse(seen.account, role, seen.patient, seen.at_us, held)
        else:
            yield from self._open(seen, held, context)

    def tick(self, now_us: int, _context: Context) -> Iterator[Sign]:
        """Shifts end by themselves."""
        self._opened.tick(now_us)
        self._asked.tick(now_us)
        yield from ()

    def _open(self, seen: RecordAccess, held: bool, context: Context) -> Iterator[Sign]:
        is_off = self._is_off(seen, held, context)
        least = self._off_hours_least if is_off else 0
        role = role_of(seen.account, context.places, context.care)
        found = self._opened.count(seen.account, role, seen.patient, seen.at_us, held=held, least=least)
        run = self._in_sequence(seen)
        if found is None and run != self._in_a_row:
            return
        who = someone(seen.account, context.places, context.care)
        if found is not None:
            when = ", at hours at which they do not work" if is_off else ""
            yield self._sign(
                seen,
                f"{who.shown} opened the records of {found.number} patients within an hour{when}, "
                f"and wrote nothing in them; in their busiest hour "
                f"of a shift {found.usual:.0f} are usual, {found.usual_of_role:.0f} for the role, the most so far "
                f"were {found.highest}.",
                who,
                found,
                {"measure": "opened", "off_hours": str(is_off).lower()},
            )
        if run == self._in_a_row:
            yield self._sign(
                seen,
                f"{who.shown} opened {run} records one after the other in the order of their numbers, as a program "
                "does and nobody at work.",
                who,
                None,
                {"measure": "in_a_row", "count": run},
            )

    def _is_off(self, seen: RecordAccess, held: bool, context: Context) -> bool:
        """Whether somebody works at an hour that the roster, or two weeks of habit, does not have them at work."""
        rostered = context.care.on_shift(seen.account, seen.at_us) if context.care else None
        key = (seen.account, seen.at_us // HOUR_US % 24)
        known = self._hours.get(key)
        if known is None or known.last_day < seen.at_us // DAY_US:
            met = self._hours.meet(key, seen.at_us, held)
            is_new = met is not Met.FAMILIAR or (known is None)
        else:
            is_new = known.first_day == seen.at_us // DAY_US
        if rostered is not None:
            return not rostered
        return is_new and self._hours.learnt_days(seen.at_us) >= _HABIT_DAYS

    def _query(self, seen: RecordAccess, held: bool, context: Context) -> Iterator[Sign]:
        thing = (seen.query, seen.at_us // _SAME_QUERY_US)
        role = role_of(seen.account, context.places, context.care)
        found = self._asked.count(seen.account, role, thing, seen.at_us, weight=seen.patients, held=held)
        if found is not None:
            who = someone(seen.account, context.places, context.care)
            yield self._sign(
                seen,
                f"{who.shown} searched for patients in ways that may have shown {found.number} of them within an hour; "
                f"{found.usual:.0f} are usual in their busiest hour, the most so far were {found.highest}.",
                who,
                found,
                {"measure": "asked"},
            )

    def _export(self, seen: RecordAccess, held: bool, context: Context) -> Iterator[Sign]:
        """Taking data out is somebody's duty or nobody's: the first time is said, until it is familiar."""
        if self._exports.meet(seen.account, seen.at_us, held) is not Met.NEW:
            return
        self._exports.doubt(seen.account, seen.at_us)
        who = someone(seen.account, context.places, context.care)
        what = "asked for an export of patients' data, which was refused" if seen.refused else "exported patients' data"
        yield self._sign(
            seen,
            f"{who.shown} {what}; they are not known to have done so before.",
            who,
            None,
            {"measure": "export", "refused": str(seen.refused).lower()},
            Level.MEDIUM if seen.refused or is_system(seen.account, context.places) else None,
        )

    def _in_sequence(self, seen: RecordAccess) -> int:
        digits = seen.patient if seen.patient.isascii() and seen.patient.isdigit() else _DIGITS.sub("", seen.patient)
        if not digits:
            return 0
        number = int(digits[-12:])
        run = self._runs.get(seen.account)
        if run is None:
            run = self._runs[seen.account] = _Run()
            if len(self._runs) > self._most_accounts:
                del self._runs[next(iter(self._runs))]
        if number != run.last:
            run.length = run.length + 1 if 0 < number - run.last <= self._step else 1
            run.last = number
            return run.length
        return 0

    def _sign(
        self, seen: RecordAccess, says: str, who: Someone, found: Excessive | None, evidence: dict[str, Value],
        level: Level | None = None,
    ) -> Sign:  # fmt: skip
        figures: dict[str, Value] = {"role": who.role, "wards": who.wards, "client": seen.client, **evidence}
        if found is not None:
            figures |= {
                "count": found.number, "usual": round(found.usual, 2), "usual_of_role": round(found.usual_of_role, 2),
                "highest": found.highest, "chance": found.chance,
            }  # fmt: skip
            patients = tuple(str(thing) for thing in self._opened.things(seen.account))[-50:]
            if evidence["measure"] == "opened":
                figures["patients"] = patients
        return Sign(
            seen.at_us, seen.client or seen.host, seen.account, says, seen.row, level, figures,
            self._opened.learnt_days(seen.at_us),
        )  # fmt: skip


_HABIT_DAYS: Final = 14.0
"""Two weeks, in which a roster of three shifts has come round."""
