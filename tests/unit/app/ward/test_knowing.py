"""What stands above a patient's page: allergies."""

from __future__ import annotations

from codedark.app.ward.knowing import warnings_of
from codedark.continuity.charts.chart import Allergy as Known
from codedark.continuity.charts.chart import Chart, Group
from codedark.continuity.entries.entry import Allergy, EntryId
from tests.ward_entries import PATIENT, entry, rows, void


def test_unknown_is_never_none() -> None:
    assert warnings_of(PATIENT, None, []).allergies == "NOT RECORDED: ask"
    assert warnings_of(PATIENT, Chart(PATIENT), []).is_loud
    none = warnings_of(PATIENT, Chart(PATIENT, none_known=frozenset({Group.ALLERGIES})), [])
    assert (none.allergies, none.is_loud) == ("none known", False)


def test_allergies_of_the_pack_and_of_the_night_stand_together() -> None:
    chart = Chart(PATIENT, allergies=(Known("penicillin", reaction="rash"),))
    learnt = entry(Allergy("latex"), id=EntryId(rows(3)[2]))
    assert warnings_of(PATIENT, chart, [learnt]).allergies == "penicillin (rash); latex"
    assert warnings_of(PATIENT, chart, [learnt, void(rows(4)[3], learnt)]).allergies == "penicillin (rash)"


def test_an_allergy_whose_correction_was_undone_is_shown() -> None:
    learnt = entry(Allergy("penicillin"), id=EntryId(rows(3)[2]))
    corrected = entry(Allergy("penicillin", "rash"), id=EntryId(rows(4)[3]), replaces=learnt.id, why="reaction")
    undone = void(rows(5)[4], corrected)
    assert warnings_of(PATIENT, None, [learnt, corrected, undone]).allergies == "penicillin"
