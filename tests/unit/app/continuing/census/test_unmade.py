"""One patient's data that meet an error of ours take nobody else's chart, and his ward is known."""

from __future__ import annotations

from codedark.app.continuing.census.state import CensusState
from codedark.app.continuing.census.unmade import charts_of
from codedark.continuity.charts.chart import Group, PatientId
from codedark.continuity.charts.fact import OWN, Fact, Said
from codedark.continuity.charts.fold import Fold
from codedark.continuity.hl7v2.site import site
from codedark.events.parcel import Parcel, Sequence
from codedark.hospital.hospital import Hospital
from codedark.hospital.ward import WardId
from tests.served_census import admission

HOSPITAL = Hospital("Test", "UTC")
AT_US = 1_768_204_800_000_000
SAID = Said(OWN, AT_US + 1, "EHR")


def broken(group: Group, key: str, **fields: object) -> Fact:
    """What no reader lets through: a value of a type that it never is."""
    return Fact(PatientId("1"), group, key, tuple(fields.items()), SAID)


def census() -> CensusState:
    """Two patients on one ward."""
    state = CensusState(HOSPITAL, site())
    for number in (1, 2):
        message = admission(number, number) + b"\n"
        state.take(Parcel(Sequence(number), 1, AT_US, "mllp://10.0.0.1", "hl7v2", message))
    return state


def test_the_others_have_their_charts_and_whose_cannot_be_made_is_named_with_his_ward() -> None:
    state = census()
    state._fold.add([broken(Group.MEDICATION, "m1", name="Heparin", frequency=7, status="active")])
    (beds,) = state.wards(AT_US).values()
    assert [bed.chart.id for bed in beds if bed.chart] == ["2"]
    assert list(state.charts(AT_US)) == ["2"]
    ((patient, wards, reason),) = state.unmade
    assert patient == "1"
    assert wards == frozenset({WardId("W1")})
    assert reason.startswith("an error of Code Dark itself: ")
    assert "Heparin" not in reason


def test_where_not_even_his_place_can_be_read_nobody_is_told_a_wrong_one() -> None:
    state = census()
    state._fold.add([broken(Group.VISIT, "V1", place=7)])
    charts, ((patient, wards, _),) = charts_of(state._fold)
    assert (list(charts), patient, wards) == (["2"], "1", None)


def test_nothing_is_unmade_where_all_is_well() -> None:
    assert charts_of(Fold(HOSPITAL)) == ({}, ())
    state = census()
    state.wards(AT_US)
    assert state.unmade == ()
