"""Who has to do with which patient, when and why: relations written by hand, asked about each access.

Simple reasons (an appointment, a ward, an order) explain most record accesses (Fabbri and LeFevre, Explanation-based
auditing, VLDB 2011). Templates are not mined from data here: each relation is one of `Why`, in the code below.

A hospital's data is never complete, so that an access without a reason is not an offence: it is counted, and the
behaviours that count decide.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from codedark.detect.behaviour.care_people import Function, Member
from codedark.detect.behaviour.care_roll import Roll

HOUR_US: Final = 3_600 * 1_000_000
DAY_US: Final = 24 * HOUR_US
FOR_EVER: Final = 1 << 62


class Why(Enum):
    """What explains an access, the strongest first. A weak reason explains the work of a function, not the choice of
    the patient: enough for anybody, but not for somebody's neighbour.
    """

    NAMED = "is named in the stay"
    ORDERED = "ordered something for the patient"
    PERFORMED = "did or reports something that was ordered"
    APPOINTMENT = "has an appointment with the patient"
    TEAM = "is in the care team"
    WARD = "works where the patient lies or lay"
    CLINIC = "works where the patient has an appointment"
    DEPARTMENT = "works in a department that the patient was referred to"
    EMERGENCY = "treats, and the patient is in the emergency department"
    PRESENT = "has a function that serves all wards, and the patient is in the house"
    ON_CALL = "treats at hours when few are here for all, and the patient is in the house"
    OFFICE = "admits, plans, codes or bills, and the patient came, comes or has just left"
    EARLIER = "had to do with the patient before"

    @property
    def is_strong(self) -> bool:
        """Whether it ties this person to this patient, and not only a function to all patients."""
        return self not in _WEAK


_WEAK: Final = frozenset({Why.EMERGENCY, Why.PRESENT, Why.ON_CALL, Why.OFFICE, Why.EARLIER})
_SERVES_ALL: Final = frozenset(
    {Function.PHARMACY, Function.LABORATORY, Function.RADIOLOGY, Function.THERAPY, Function.TRANSPORT}
)
_TREATS: Final = frozenset({Function.MEDICAL, Function.NURSING})


@dataclass(frozen=True, slots=True)
class Windows:
    """How long before and after a relation itself an access belongs to it.

    ``before`` a stay or appointment it is prepared: a weekend. ``after`` it letters are written and results come in:
    discharge letters are asked for within days, cultures and histology take about two weeks. ``office`` is how long
    after discharge coding and billing may take. ``earlier`` is how long somebody who had to do with the patient by
    name may come back to the record: a quarter, as follow-up appointments do. Night is from ``night_from`` to
    ``night_until``, in hours of local time, and on-call all of Saturday and Sunday.
    """

    before_us: int = 3 * DAY_US
    after_us: int = 14 * DAY_US
    office_us: int = 60 * DAY_US
    earlier_us: int = 90 * DAY_US
    night_from: int = 18
    night_until: int = 8


@dataclass(slots=True)
class _File:
    """What is known of a patient's relations: stretches of time by ward, by account and reason, by function."""

    stays: list[tuple[int, int, str]] = field(default_factory=list)
    ties: dict[tuple[str, Why], list[tuple[int, int]]] = field(default_factory=dict)
    clinics: list[tuple[int, int, str]] = field(default_factory=list)
    work: dict[Function, list[tuple[int, int]]] = field(default_factory=dict)


class Care(Roll):
    """The relations between staff and patients. Filled by readers of a hospital's data, asked by behaviours.

    ``told_until_us`` is when the newest stay or order began: what is later, nobody has told yet. ``offset_us`` is what
    local time is ahead of UTC.
    """

    def __init__(self, windows: Windows | None = None, offset_us: int = 0, most_patients: int = 1_000_000) -> None:
        super().__init__(most_patients)
        self.windows = windows or Windows()
        self.told_until_us = 0
        self._offset_us = offset_us
        self._files: dict[str, _File] = {}
        self._shifts: dict[str, list[tuple[int, int, str]]] = {}
        self._explained: dict[tuple[str, str, int], Why | None] = {}

    # What is told

    def add_member(self, member: Member) -> None:
        """As `Roll` has it."""
        super().add_member(member)
        self._explained.clear()

    def add_stay(self, patient: str, location: str, from_us: int, until_us: int = FOR_EVER) -> None:
        """The patient lies, or sits, somewhere from one time to another."""
        self._file(patient).stays.append((from_us, until_us, self.ward_of(location)))
        self.told_until_us = max(self.told_until_us, from_us)

    def add_clinic(self, patient: str, location: str, from_us: int, until_us: int) -> None:
        """The patient has an appointment at a location."""
        self._file(patient).clinics.append((from_us, until_us, self.ward_of(location)))

    def add_tie(self, patient: str, account: str, why: Why, from_us: int, until_us: int) -> None:
        """Somebody has to do with the patient, by name."""
        _stretch(self._file(patient).ties.setdefault((account, why), []), from_us, until_us, DAY_US)

    def add_work(self, patient: str, function: Function, from_us: int, until_us: int) -> None:
        """Something is ordered of a department for the patient."""
        _stretch(self._file(patient).work.setdefault(function, []), from_us, until_us, DAY_US)
        self.told_until_us = max(self.told_until_us, from_us)

    def add_shift(self, account: str, from_us: int, until_us: int, ward: str = "") -> None:
        """The roster says that somebody is at work, in a ward."""
        self._shifts.setdefault(account, []).append((from_us, until_us, ward and self.ward_of(ward)))

    def forget(self, before_us: int) -> None:
        """Drop patients all of whose relations ended before a time."""
        for patient in [id_ for id_, file in self._files.items() if _ended(file) < before_us]:
            del self._files[patient]
        self._explained.clear()

    # What is asked

    def on_shift(self, account: str, at_us: int) -> bool | None:
        """Whether the roster has somebody at work (an hour before and after counted in); None without a roster."""
        shifts = self._shifts.get(account)
        if not shifts:
            return None
        return any(from_us - HOUR_US <= at_us <= until_us + HOUR_US for from_us, until_us, _ in shifts)

    def explain(self, account: str, patient: str, at_us: int) -> Why | None:
        """The strongest reason for which somebody may look at a patient's record at a time; None for none known."""
        key = (account, patient, at_us)  # of this moment alone: an answer for a while would depend on who asked first
        if key not in self._explained:
            if len(self._explained) >= _MOST_ASKED:
                self._explained.clear()
            self._explained[key] = self._why(account, self.patient_of(patient), at_us)
        return self._explained[key]

    def _why(self, account: str, patient: str, at_us: int) -> Why | None:
        file = self._files.get(patient)
        member = self.member(account)
        if file is None:
            return None
        window, name = self.windows, member.account if member else account
        # 1. By name: the stay, an order, a report, an appointment, the care team.
        for why in (Why.NAMED, Why.ORDERED, Why.PERFORMED, Why.APPOINTMENT, Why.TEAM):
            if _meets(file.ties.get((name, why), ()), at_us, window.before_us, window.after_us):
                return why
        if member is None:
            return None
        # 2. By ward: their own, or the one that the roster has them in.
        wards = member.wards | {
            ward for from_us, until_us, ward in self._shifts.get(name, ()) if from_us <= at_us <= until_us
        }
        if wards and _meets_in(file.stays, wards, at_us, window.before_us, window.after_us):
            return Why.WARD
        if wards and _meets_in(file.clinics, wards, at_us, window.before_us, window.after_us):
            return Why.CLINIC
        # 3. By department: something was ordered of it.
        if _meets(file.work.get(member.function, ()), at_us, window.before_us, window.after_us):
            return Why.DEPARTMENT
        return self._weakly(member, file, at_us)

    def _weakly(self, member: Member, file: _File, at_us: int) -> Why | None:
        window, function = self.windows, member.function
        here = [ward for from_us, until_us, ward in file.stays if from_us <= at_us <= until_us]
        if here and function in _TREATS and any(ward in self._emergency for ward in here):
            return Why.EMERGENCY
        if here and function in _SERVES_ALL:
            return Why.PRESENT
        if here and function in _TREATS and self._few_are_here(at_us):
            return Why.ON_CALL
        if function is Function.ADMINISTRATION and any(
            from_us - window.before_us <= at_us <= until_us + window.office_us
            for stretches in (file.stays, file.clinics)
            for from_us, until_us, _ in stretches
        ):
            return Why.OFFICE
        for (account, _), stretches in file.ties.items():
            if account == member.account and _meets(stretches, at_us, 0, window.earlier_us):
                return Why.EARLIER
        return None

    def _few_are_here(self, at_us: int) -> bool:
        local_us = at_us + self._offset_us
        hour, day = local_us // HOUR_US % 24, (local_us // DAY_US + 3) % 7  # 1970 began on a Thursday
        return day >= _SATURDAY or hour >= self.windows.night_from or hour < self.windows.night_until

    def _file(self, patient: str) -> _File:
        found = self._files.get(patient)
        if found is None:
            if len(self._files) >= self._most_patients:
                del self._files[next(iter(self._files))]
            found = self._files[patient] = _File()
        if self._explained:
            self._explained.clear()
        return found


_SATURDAY: Final = 5
_MOST_ASKED: Final = 100_000


def _meets(stretches: Iterable[tuple[int, int]], at_us: int, before_us: int, after_us: int) -> bool:
    return any(from_us - before_us <= at_us <= until_us + after_us for from_us, until_us in stretches)


def _meets_in(
    stretches: Iterable[tuple[int, int, str]], wards: frozenset[str], at_us: int, before_us: int, after_us: int
) -> bool:
    return any(
        ward in wards and from_us - before_us <= at_us <= until_us + after_us for from_us, until_us, ward in stretches
    )


def _stretch(stretches: list[tuple[int, int]], from_us: int, until_us: int, gap_us: int) -> None:
    """Add a stretch of time; one that follows the last within ``gap_us`` lengthens it."""
    if stretches and stretches[-1][0] <= from_us <= stretches[-1][1] + gap_us:
        stretches[-1] = (stretches[-1][0], max(stretches[-1][1], until_us))
    elif (from_us, until_us) not in stretches:
        stretches.append((from_us, until_us))


def _ended(file: _File) -> int:
    ends = [until_us for _, until_us, _ in file.stays + file.clinics]
    ends += [until_us for each in (*file.ties.values(), *file.work.values()) for _, until_us in each]
    return max(ends, default=0)
