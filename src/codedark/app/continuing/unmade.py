"""Charts that meet an error of our own: named, and no other patient's chart waits for them."""

from __future__ import annotations

from typing import NamedTuple

from codedark.app.setting_aside import where
from codedark.continuity.charts.chart import Chart, PatientId, VisitState
from codedark.continuity.charts.fold import Fold
from codedark.hospital.ward import WardId

_THERE = frozenset({VisitState.IN, VisitState.ON_LEAVE, VisitState.EXPECTED})


class Unmade(NamedTuple):
    """Whose chart cannot be made, the wards where he lies or is expected (None: not even that is known), and why."""

    patient: PatientId
    wards: frozenset[WardId] | None
    reason: str


def charts_of(fold: Fold) -> tuple[dict[PatientId, Chart], tuple[Unmade, ...]]:
    """The charts of everybody who is not at rest, and those that cannot be made. Raises MemoryError."""
    made, unmade = dict[PatientId, Chart](), list[Unmade]()
    for patient in fold.awake():
        try:
            made[patient] = fold.chart(patient)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - an error that one patient's data meet must not take everybody's charts
            unmade.append(Unmade(patient, _wards(fold, patient), where(error)))
    return made, tuple(unmade)


def _wards(fold: Fold, patient: PatientId) -> frozenset[WardId] | None:
    try:
        visits = fold.visits(patient)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - as above: then nobody knows where he lies, and that is told
        return None
    return frozenset(visit.place.ward for visit in visits if visit.place is not None and visit.state in _THERE)
