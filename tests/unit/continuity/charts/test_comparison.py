"""What census and record say differently: only what only one side says."""

from __future__ import annotations

from msgspec.structs import replace

from codedark.continuity.charts.chart import Allergy, Chart, Drug, Group, Identity, PatientId, Result
from codedark.continuity.charts.comparison import Difference, differences
from codedark.continuity.charts.quantities import number

PATIENT = PatientId("1")
NOW_US = 1_000
DRUG = Drug("M1", "Paracetamol", dose="1000.0", unit="mg", route="PO", frequency="Q6H")
CHART = Chart(
    PATIENT,
    Identity("Peeters", "An", "1950-01-02", "F"),
    allergies=(Allergy("Latex"),),
    drugs=(DRUG,),
    results=(Result("R", "CRP", "1988-5", "12.50", "mg/L", 5),),
)


def test_charts_that_say_the_same_in_other_writing_do_not_differ() -> None:
    other = replace(
        CHART,
        identity=replace(CHART.identity, family="PEETERS"),
        allergies=(Allergy("LATEX", reaction="Rash"),),
        drugs=(replace(DRUG, id="77", dose="1E+3"), replace(DRUG, id="78", name="Old", status="stopped")),
        results=(Result("X", "C reactive protein", "1988-5", "12.5", "", 5),),
    )
    assert differences(CHART, other, NOW_US) == ()


def test_each_side_is_told_with_what_only_it_has() -> None:
    other = replace(
        CHART, allergies=(), none_known=frozenset({Group.ALLERGIES}), drugs=(replace(DRUG, dose="500"),), results=()
    )
    assert differences(CHART, other, NOW_US) == (
        Difference(PATIENT, Group.ALLERGIES, "latex", ""),
        Difference(PATIENT, Group.ALLERGIES, "", "none known"),
        Difference(PATIENT, Group.MEDICATION, "paracetamol 1000 mg po q6h", ""),
        Difference(PATIENT, Group.MEDICATION, "", "paracetamol 500 mg po q6h"),
        Difference(PATIENT, Group.LABORATORY, "1988-5 at 5: 12.5", ""),
    )


def test_a_wrong_birth_date_is_told_and_one_that_is_not_told_is_none() -> None:
    born = replace(CHART, identity=replace(CHART.identity, born="1951-01-02"))
    assert differences(CHART, born, NOW_US) == (Difference(PATIENT, Group.IDENTITY, "1950-01-02", "1951-01-02"),)
    assert differences(CHART, replace(CHART, identity=Identity()), NOW_US) == ()


def test_an_order_that_stands_twice_on_one_side_is_told() -> None:
    twice = replace(CHART, drugs=(DRUG, replace(DRUG, id="M2")))
    assert differences(CHART, twice, NOW_US) == (
        Difference(PATIENT, Group.MEDICATION, "", "paracetamol 1000 mg po q6h"),
    )


def test_an_order_whose_end_has_come_is_active_on_neither_side() -> None:
    """The census reckons by its feeds' clock, the record's side by when it was asked: one may be before the end."""
    ending, without = replace(CHART, drugs=(replace(DRUG, end_us=NOW_US),)), replace(CHART, drugs=())
    assert differences(ending, without, NOW_US) == ()
    assert len(differences(ending, without, NOW_US - 1)) == 1


def test_a_number_that_would_fill_the_memory_is_compared_as_it_is_written() -> None:
    assert number("1E+999999999") == "1E+999999999"
    assert (number("98.00"), number(" 1e3"), number("<15"), number("NaN")) == ("98", "1000", "<15", "NaN")
