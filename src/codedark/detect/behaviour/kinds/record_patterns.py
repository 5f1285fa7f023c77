"""Single accesses that are told apart by who is looked at: oneself, a colleague, one's household, one's own family
name, somebody whom the hospital has marked; and one patient whom many look at.

These are what privacy offices look for first (HHS OCR: resolution agreement with UCLA Health System, 2011; Autoriteit
Persoonsgegevens: HagaZiekenhuis, 2019, 85 employees in one record). A strong relation explains every one of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final, NamedTuple

from codedark.detect.behaviour.behaviour import BehaviourId, Context, Settings, Sign
from codedark.detect.behaviour.care import Care
from codedark.detect.behaviour.care_excess import DAY_US
from codedark.detect.behaviour.care_shown import Someone, is_system, someone
from codedark.detect.behaviour.kinds.learning import Familiar, Met
from codedark.detect.behaviour.observation import Observation, RecordAccess
from codedark.detect.finding import Level


class _Pattern(NamedTuple):
    name: str
    level: Level
    says: str


_OWN: Final = _Pattern("own_record", Level.LOW, "opened their own record")
_FLAGGED: Final = _Pattern(
    "flagged",
    Level.HIGH,
    "opened a record that the hospital marks as to be watched, and nothing ties them to the patient",
)
_COLLEAGUE: Final = _Pattern(
    "colleague", Level.MEDIUM, "opened the record of somebody who works here too, and nothing ties them as carers"
)
_HOUSEHOLD: Final = _Pattern(
    "household",
    Level.MEDIUM,
    "opened the record of somebody who lives at their own address, and no care by them is known",
)
_FAMILY: Final = _Pattern(
    "family_name", Level.LOW, "opened the record of somebody with their own rare family name, and nothing ties them"
)
_CROWD: Final = "crowd"


class RecordPatterns:
    """Says an access by whom it is about, once for each pair in ``keeps_days``."""

    id: ClassVar[BehaviourId] = BehaviourId("record-patterns")
    version: ClassVar[int] = 1
    watches: ClassVar[tuple[type[Observation], ...]] = (RecordAccess,)

    def __init__(self, settings: Settings) -> None:
        number = {name: float(str(value)) for name, value in settings.items() if isinstance(value, int | float)}
        self._stale_us = int(number["stale_hours"] * DAY_US / 24)
        self._rare = number["rare_family_share"]
        self._crowd, self._crowd_us = int(number["crowd"]), int(number["crowd_days"] * DAY_US)
        self._most_a_day = int(number["most_a_day"])
        self._most_patients = int(number["most_patients"])
        self._seen: Familiar[tuple[str, str, str]] = Familiar(int(number["most_pairs"]), int(number["keeps_days"]))
        self._readers: dict[str, dict[str, int]] = {}
        self._day, self._said_today = -1, dict[str, int]()
        self._begun_us = -1

    def take(self, seen: Observation, context: Context) -> Iterator[Sign]:
        """One access, of which at most one pattern and the crowd are said."""
        care = context.care
        if care is None or not isinstance(seen, RecordAccess) or not seen.patient or not seen.account:
            return
        if seen.at_us - care.told_until_us > self._stale_us:
            return
        if self._begun_us < 0:
            self._begun_us = seen.at_us
        why = care.explain(seen.account, seen.patient, seen.at_us)
        if why is not None and why.is_strong:
            return
        if is_system(seen.account, context.places):
            return
        who = someone(seen.account, context.places, care)
        patient = care.patient_of(seen.patient)
        pattern = self._pattern(who, patient, care, why is None)
        if pattern is not None and self._is_new(pattern.name, seen, patient, context):
            yield self._sign(
                seen, pattern.level, f"{who.shown} {pattern.says}.", {"pattern": pattern.name, "role": who.role}
            )
        if why is None:
            yield from self._crowded(seen, patient)

    def tick(self, _now_us: int, _context: Context) -> Iterator[Sign]:
        """Nothing is said by time alone."""
        yield from ()

    def _pattern(self, who: Someone, patient: str, care: Care, is_unexplained: bool) -> _Pattern | None:
        """The gravest pattern that fits (1 to 5). What a weak reason explains is left to 1 and 4."""
        member, person, employee = who.member, care.person(patient), care.employee(patient)
        # 1. Oneself.
        if employee is not None and member is not None and employee.account == member.account:
            return _OWN
        # 2. Somebody whom the hospital has marked.
        if person is not None and person.flagged and is_unexplained:
            return _FLAGGED
        # 3. A colleague.
        if employee is not None and is_unexplained:
            return _COLLEAGUE
        if member is None or person is None:
            return None
        # 4. Somebody at home.
        if person.home and person.home == care.home_of_member(member):
            return _HOUSEHOLD
        # 5. A family name that is rare among the patients, so that it is hardly chance.
        if is_unexplained and person.family and person.family == member.family and self._is_rare(person.family, care):
            return _FAMILY
        return None

    def _is_rare(self, family: str, care: Care) -> bool:
        return care.share_of_family(family) <= self._rare

    def _is_new(self, pattern: str, seen: RecordAccess, patient: str, context: Context) -> bool:
        """Whether to say it: once for a pair, and no more than ``most_a_day`` of a pattern, which then says little."""
        key = (pattern, seen.account, patient)
        if self._seen.meet(key, seen.at_us, context.held(seen.client, seen.account)) is not Met.NEW:
            return False
        day = seen.at_us // DAY_US
        if day != self._day:
            self._day, self._said_today = day, {}
        self._said_today[pattern] = self._said_today.get(pattern, 0) + 1
        return self._said_today[pattern] <= self._most_a_day

    def _crowded(self, seen: RecordAccess, patient: str) -> Iterator[Sign]:
        """Many people whom nothing ties to one patient, within ``crowd_days``."""
        readers = self._readers.pop(patient, {})
        self._readers[patient] = readers
        if len(self._readers) > self._most_patients:
            del self._readers[next(iter(self._readers))]
        was = len(readers)
        readers[seen.account] = seen.at_us
        for account in [name for name, at_us in readers.items() if seen.at_us - at_us > self._crowd_us]:
            del readers[account]
        count = len(readers)
        if count <= was or count < self._crowd or count < _CROWD_TIMES * self._usual_crowd():
            return
        if count == self._crowd or (count - self._crowd) % self._crowd == 0:
            yield self._sign(
                seen,
                Level.MEDIUM,
                f"{count} people opened the record of one patient within {self._crowd_us / DAY_US:.0f} days, and "
                "nothing ties any of them to the patient. Such crowds form around people whom the newspapers know.",
                {"pattern": _CROWD, "count": count, "accounts": tuple(readers)[-50:]},
            )

    def _usual_crowd(self) -> float:
        """How many such readers the patients have who have any: in a hospital whose data explains little, many."""
        return sum(map(len, self._readers.values())) / max(1, len(self._readers))

    def _sign(
        self, seen: RecordAccess, level: Level, says: str, evidence: dict[str, str | int | tuple[str, ...]]
    ) -> Sign:
        return Sign(
            seen.at_us,
            seen.client or seen.host,
            seen.account,
            says,
            seen.row,
            level,
            {**evidence, "patient": seen.patient, "client": seen.client, "purpose": seen.purpose},
            (seen.at_us - self._begun_us) / DAY_US,
        )


_CROWD_TIMES: Final = 4
"""A crowd is so many times the usual number of unexplained readers."""
