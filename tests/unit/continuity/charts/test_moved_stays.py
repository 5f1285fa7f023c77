"""Stays and accounts that were moved or got another number (HL7 v2.5.1, 3.3): in any order, doubled and late."""

from __future__ import annotations

import itertools
import time

import pytest

from codedark.continuity.charts.chart import Chart, PatientId, VisitState
from codedark.continuity.charts.doubt import Doubt
from codedark.continuity.charts.fact import Fact, Move
from codedark.continuity.charts.fold import Fold, charts
from codedark.continuity.packs import census
from codedark.hospital.ward import WardId
from tests.unit.continuity.messages import HOSPITAL, hl7, read, stay, understood

ADMITTED = hl7("ADT^A01", "080000", "AL1|1|DA|^Penicillin", pv1=stay("1"))
OTHER = hl7("ADT^A28", "080100", patient="200")
ORDERED = hl7("RDE^O11", "081000", "ORC|NW|M1", "RXE||X^Amoxicillin|1||g", pv1=stay("1"))
VALUE = hl7(
    "ORU^R01", "082000", "OBR|1|L1|F1|K^Potassium", "OBX|1|NM|2823-3^K||6.1|mmol/L", pv1=stay("1"), sender="LIS"
)
LOOSE = hl7("ORU^R01", "082000", "OBR|1|L2|F2|NA^Sodium", "OBX|1|NM|2951-2^Na||140|mmol/L", sender="LIS")


def made(*messages: bytes) -> dict[PatientId, Chart]:
    """All charts, the same in every order in which the messages may come, doubled, and folded as they come."""
    found = charts(read(*messages), HOSPITAL)
    for order in itertools.islice(itertools.permutations(messages), 0, None, 7):
        assert charts(read(*order, order[0]), HOSPITAL) == found
        fold = Fold(HOSPITAL)
        for message in order:
            fold.add(read(message))
            for patient in fold.patients():
                fold.chart(patient)
        assert {patient: fold.chart(patient) for patient in fold.patients()} == found
    return found


def test_a_stay_on_the_wrong_patient_goes_with_its_orders_and_values_to_the_right_one() -> None:
    move = hl7("ADT^A45", "090000", "MRG|100^^^H^MR||||V1", patient="200", pv1=stay("1"))
    found = made(ADMITTED, OTHER, ORDERED, VALUE, LOOSE, move)
    wrong, right = found[PatientId("100")], found[PatientId("200")]
    assert (wrong.visits, wrong.drugs, [each.name for each in wrong.results]) == ((), (), ["Na"])
    assert right.visit is not None
    assert ([each.name for each in right.drugs], [each.name for each in right.results]) == (["Amoxicillin"], ["K"])
    assert (wrong.doubts, right.doubts) == ((Doubt("moved-away", "V1", "200"),), (Doubt("moved-here", "V1", "100"),))
    lying = census.wards(found, HOSPITAL)[WardId("W1")]
    assert [bed.chart.id for bed in lying if bed.chart] == ["200"]


def test_an_allergy_of_a_stay_that_was_moved_is_on_both_sides_and_names_do_not_move() -> None:
    move = hl7("ADT^A45", "090000", "MRG|100^^^H^MR||||V1", patient="200", pv1=stay("1"))
    found = made(ADMITTED.replace(b"Peeters^An", b"Maes^Jo"), OTHER, move)
    assert [[each.substance for each in chart.allergies] for chart in found.values()] == [["Penicillin"]] * 2
    assert [chart.identity.family for chart in found.values()] == ["Maes", "Peeters"]


def test_what_is_said_of_a_stay_after_it_was_moved_back_is_its_own_again() -> None:
    there = hl7("ADT^A45", "090000", "MRG|100^^^H^MR||||V1", patient="200", pv1=stay("1"))
    back = hl7("ADT^A45", "091000", "MRG|200^^^H^MR||||V1", pv1=stay("1"))
    found = made(ADMITTED, OTHER, ORDERED, there, back)
    assert [len(chart.drugs) for chart in found.values()] == [1, 0]


def test_an_account_goes_with_all_its_stays() -> None:
    admitted, ordered = (each.replace(b"19500102|F", b"19500102|F||||||||||ACC1") for each in (ADMITTED, ORDERED))
    move = hl7("ADT^A44", "090000", "MRG|100^^^H^MR||ACC1", patient="200")
    found = made(admitted, OTHER, ordered, move)
    assert [(len(chart.visits), len(chart.drugs)) for chart in found.values()] == [(0, 0), (1, 1)]


def test_all_that_was_said_of_a_number_goes_and_the_number_stays_its_own() -> None:
    move = hl7("ADT^A43", "090000", "MRG|100^^^H^MR", patient="200")
    later = hl7("ADT^A01", "100000", pv1=stay("2", "V2"))
    found = made(ADMITTED, OTHER, LOOSE, move, later)
    assert [[each.id for each in chart.visits] for chart in found.values()] == [["V2"], ["V1"]]
    assert [len(chart.results) for chart in found.values()] == [0, 1]


@pytest.mark.parametrize("event", ["A42", "A50"])
def test_a_stay_that_was_numbered_anew_is_one(event: str) -> None:
    renamed = hl7(f"ADT^{event}", "090000", "MRG|100^^^H^MR||||V1", pv1=stay("1", "V9"))
    left = hl7("ADT^A03", "100000", pv1=stay("1", "V9"))
    found = made(ADMITTED, ORDERED, renamed)[PatientId("100")]
    assert [(each.id, each.state) for each in found.visits] == [("V9", VisitState.IN)]
    assert (len(found.drugs), found.doubts) == (1, ())
    assert [each.state for each in made(ADMITTED, renamed, left)[PatientId("100")].visits] == [VisitState.OUT]


def test_an_account_that_was_numbered_anew_is_one_where_stays_have_its_number() -> None:
    admitted = hl7("ADT^A01", "080000", pv1=stay("1", "")).replace(b"|F\r", b"|F||||||||||ACC1\r")
    renamed = hl7("ADT^A41", "090000", "MRG|100^^^H^MR||ACC1").replace(b"|F\r", b"|F||||||||||ACC2\r")
    assert [each.id for each in made(admitted, renamed)[PatientId("100")].visits] == ["ACC2"]


def test_a_move_that_does_not_say_what_is_named_and_moves_nothing() -> None:
    for event, mrg in (("A44", "MRG|100^^^H^MR"), ("A45", "MRG|100^^^OTHER^MR||||V1"), ("A43", "MRG|200^^^H^MR")):
        move = hl7(f"ADT^{event}", "090000", mrg, patient="200")
        assert [each for each in understood(move).not_understood if "does not say what is moved" in each]
        assert len(made(ADMITTED, OTHER, move)[PatientId("100")].visits) == 1


def test_a_stay_that_is_told_of_two_patients_is_a_doubt_of_both() -> None:
    other = hl7("ADT^A01", "083000", patient="200", pv1=stay("2"))
    lying = census.wards(made(ADMITTED, other), HOSPITAL)[WardId("W1")]
    kinds = [[doubt.kind for doubt in bed.chart.doubts] for bed in lying if bed.chart]
    assert kinds == [["same-stay"], ["same-stay"]]


def test_a_ward_or_bed_that_the_model_does_not_know_is_a_doubt() -> None:
    for place, doubt in (("W9^01^1", Doubt("unknown-ward", "W9")), ("W1^01^7", Doubt("unknown-bed", "01 7"))):
        found = charts(read(ADMITTED.replace(b"W1^01^1", place.encode())), HOSPITAL)
        (chart,) = (bed.chart for beds in census.wards(found, HOSPITAL).values() for bed in beds if bed.chart)
        assert chart.doubts == (doubt,)


def test_after_hundreds_of_moves_a_chart_is_made_of_nobody_but_those_it_has_to_do_with() -> None:
    facts = [statement for statement in read(VALUE) if isinstance(statement, Fact)]
    fold, pairs = Fold(HOSPITAL), [(PatientId(f"{n}-wrong"), PatientId(f"{n}-right")) for n in range(600)]
    for n, (wrong, right) in enumerate(pairs):
        said = facts[0].said._replace(at_us=facts[0].said.at_us + n)
        fold.add(fact._replace(patient=wrong) for fact in facts)
        fold.add([Move(wrong, "V1", right, "V1", said)])
    began = time.process_time()
    for wrong, right in pairs:
        assert (fold.chart(wrong).results, [each.name for each in fold.chart(right).results]) == ((), ["K"])
        fold.add(fact._replace(patient=right) for fact in facts)
    assert time.process_time() - began < 30  # each chart looking through all of them took twenty minutes
