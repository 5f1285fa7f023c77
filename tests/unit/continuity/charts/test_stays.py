"""Where a patient lies, from ADT messages (HL7 v2.5.1, 3.3)."""

from __future__ import annotations

import pytest

from codedark.continuity.charts.chart import PatientId, VisitState
from codedark.continuity.charts.doubt import Doubt
from codedark.continuity.charts.fold import Fold, charts
from codedark.continuity.packs import census
from codedark.hospital.ward import WardId
from tests.unit.continuity.messages import BEDS, HOSPITAL, chart, hl7, read, stay

ADMITTED = hl7("ADT^A01", "080000", pv1=stay("1"))


def bed_of(*messages: bytes) -> str | None:
    """The model's bed in which the patient lies after these messages."""
    visit = chart(*messages).visit
    return visit.place.bed_id if visit and visit.place else None


def test_an_admission_and_a_transfer_put_the_patient_into_a_bed_of_the_model() -> None:
    moved = hl7("ADT^A02", "090000", pv1=stay("2"))
    assert bed_of(ADMITTED) == "W1-01-1"
    assert bed_of(ADMITTED, moved) == "W1-01-2"


def test_a_transfer_that_is_taken_back_returns_the_patient_to_the_bed_before() -> None:
    moved, back = hl7("ADT^A02", "090000", pv1=stay("2")), hl7("ADT^A12", "091000", pv1=stay("1"))
    assert bed_of(back, ADMITTED, moved) == "W1-01-1"


@pytest.mark.parametrize(
    ("events", "state"),
    [
        (["A03"], VisitState.OUT),
        (["A03", "A13"], VisitState.IN),
        (["A11"], VisitState.CANCELLED),
        (["A21"], VisitState.ON_LEAVE),
        (["A21", "A22"], VisitState.IN),
        (["A21", "A52"], VisitState.IN),
        (["A21", "A22", "A53"], VisitState.ON_LEAVE),
        (["A08"], VisitState.IN),
    ],
)
def test_each_event_leaves_the_stay_in_its_state(events: list[str], state: VisitState) -> None:
    later = [hl7(f"ADT^{event}", f"09{n:02d}00", pv1=stay("1")) for n, event in enumerate(events)]
    assert chart(ADMITTED, *later).visits[0].state is state


def test_a_swap_of_beds_moves_both_patients() -> None:
    other = hl7("ADT^A01", "080500", patient="200", pv1=stay("2", "V2"))
    swap = hl7("ADT^A17", "100000", "PID|2||200^^^H^MR||Maes^Jo", f"PV1|2|{stay('1', 'V2')}", pv1=stay("2"))
    ward = census.wards(charts(read(ADMITTED, other, swap), HOSPITAL), HOSPITAL)[WardId("W1")]
    assert [(bed.place.bed_id, bed.chart and bed.chart.id) for bed in ward] == [
        (BEDS[0], "200"),
        (BEDS[1], "100"),
        (BEDS[2], None),
    ]


def test_a_bed_in_a_laboratory_message_counts_only_where_nobody_else_tells_one() -> None:
    stale = hl7("ORU^R01", "120000", "OBR|1|P1|F1|CRP^CRP", pv1=stay("3"), sender="LIS")
    assert bed_of(stale) == "W1-01-3"
    assert bed_of(ADMITTED, stale) == "W1-01-1"


def test_two_patients_in_one_bed_are_both_shown_with_a_doubt() -> None:
    other = hl7("ADT^A01", "080500", patient="200", pv1=stay("1", "V2"))
    ward = census.wards(charts(read(ADMITTED, other), HOSPITAL), HOSPITAL)[WardId("W1")]
    shown = [bed.chart for bed in ward if bed.chart is not None]
    assert [chart.id for chart in shown] == ["100", "200"]
    assert [chart.doubts for chart in shown] == [
        (Doubt("same-bed", "Peeters An (200)"),),
        (Doubt("same-bed", "Peeters An (100)"),),
    ]


def test_a_mother_and_her_child_may_share_a_bed() -> None:
    child = hl7("ADT^A01", "080500", patient="200", pv1=stay("1", "V2"))
    child = child.replace(b"|19500102|F", b"|20260112|F|||||||||||||100")
    ward = census.wards(charts(read(ADMITTED, child), HOSPITAL), HOSPITAL)[WardId("W1")]
    assert [bed.chart.identity.mother for bed in ward if bed.chart] == [None, PatientId("100")]
    assert not any(bed.chart.doubts for bed in ward if bed.chart)


@pytest.mark.parametrize("ward", ["W9", ""])
def test_a_patient_of_a_ward_that_the_model_does_not_know_is_on_the_census(ward: str) -> None:
    found = census.wards(charts(read(ADMITTED.replace(b"W1^01^1", ward.encode())), HOSPITAL), HOSPITAL)
    assert [bed.chart.id for beds in found.values() for bed in beds if bed.chart] == ["100"]


def test_a_message_after_the_discharge_that_names_its_time_ends_a_stay_whose_discharge_was_lost() -> None:
    told = hl7("ADT^A08", "130000", pv1=stay("1") + "|" * 26 + "20260112123000")
    assert chart(ADMITTED, told).visits[0].state is VisitState.OUT


def test_a_result_that_comes_months_after_a_discharge_puts_nobody_back_into_his_bed() -> None:
    fold = Fold(HOSPITAL)
    fold.add(read(ADMITTED, hl7("ADT^A03", "100000", pv1=stay("1"))))
    for event, at in (("ADT^A01", "101000"), ("ADT^A03", "103000")):  # who was the last on a ward is not forgotten
        fold.add(read(hl7(event, at, patient="200", pv1=stay("2", "V2"))))
    fold.forget(fold.heard_us + 1)
    assert fold.resting[PatientId("100")].is_for_life
    fold.add(read(hl7("ORU^R01", "110000", "OBR|1|L1|F1|K^Karyotype", "OBX|1|ST|K^Karyotype||46 XX", pv1=stay("1"),
                      sender="LIS")))  # fmt: skip
    assert fold.chart(PatientId("100")).visit is None
