"""What stands above a patient's page: allergies, and what is due."""

from __future__ import annotations

from codedark.app.ward.knowing import warnings_of
from codedark.app.ward.times import shown
from codedark.continuity.chart import Allergy as Known
from codedark.continuity.chart import Chart, Drug, Group
from codedark.continuity.entry import Allergy, EntryId
from tests.ward_entries import NOON_US, PATIENT, entry, rows, void

PARACETAMOL = Drug("o-1", "Paracetamol", dose="500", unit="mg", next_us=NOON_US)


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


def test_what_is_due_says_what_was_given_since() -> None:
    chart = Chart(PATIENT, drugs=(PARACETAMOL, Drug("o-2", "stopped", status="stopped", next_us=NOON_US)))
    assert warnings_of(PATIENT, chart, []).due == (f"{shown(NOON_US)} Paracetamol 500 mg",)
    assert "charted here: given" in warnings_of(PATIENT, chart, [entry()]).due[0]
