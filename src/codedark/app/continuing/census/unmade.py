"""Charts that meet an error of our own: named, and no other patient's chart waits for them."""

from __future__ import annotations

from functools import partial

from codedark.app.own_errors import apart
from codedark.continuity.charts.chart import Chart, PatientId, VisitState
from codedark.continuity.charts.fold import Fold
from codedark.continuity.packs.told import Unmade
from codedark.hospital.ward import WardId

_THERE = frozenset({VisitState.IN, VisitState.ON_LEAVE, VisitState.EXPECTED})


def charts_of(fold: Fold) -> tuple[dict[PatientId, Chart], tuple[Unmade, ...]]:
    """The charts of everybody who is not at rest, and those that cannot be made. Raises MemoryError."""
    made, unmade = dict[PatientId, Chart](), list[Unmade]()

    def name(patient: PatientId, reason: str) -> None:
        unmade.append(Unmade(patient, _wards(fold, patient), reason))

    for patient in fold.awake():
        with apart(partial(name, patient)):
            made[patient] = fold.chart(patient)
    return made, tuple(unmade)


def _wards(fold: Fold, patient: PatientId) -> frozenset[WardId] | None:
    told = list[str]()
    with apart(told.append):
        visits = fold.visits(patient)
    if told:
        return None
    return frozenset(visit.place.ward for visit in visits if visit.place is not None and visit.state in _THERE)
