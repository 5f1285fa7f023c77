"""Laws of charts (decision 15): they depend on what was stated, not on when it came, how often, or beside whom."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from codedark.continuity.charts.chart import Allergy, Group, PatientId, VisitState
from codedark.continuity.charts.fact import CONTEXT, GONE, LIST, OWN, Fact, Said, Same, Statement
from codedark.continuity.charts.fold import Fold, charts
from codedark.continuity.packs import census
from codedark.hospital.hospital import Hospital
from codedark.hospital.ward import BedId, Ward, WardId

BEDS = tuple(BedId(f"W1-01-{n}") for n in (1, 2, 3))
HOSPITAL = Hospital("Test", "Europe/Brussels", wards={WardId("W1"): Ward(WardId("W1"), "One", "surgery", BEDS)})
NUMBERS = [PatientId(number) for number in ("100", "200", "300", "400")]
LATEST_US = 100_000_000

numbers = st.sampled_from(NUMBERS)
texts = st.sampled_from(["", "a", "b", "c"])
times = st.integers(0, 20).map(lambda n: n * 1_000_000)
said = st.builds(
    Said,
    st.sampled_from([CONTEXT, OWN]),
    times,
    st.sampled_from(["EHR", "LIS"]),
    st.sampled_from([(1, "1"), (1, "2"), (2, "10")]),
)
places = st.sampled_from([("W1", "01", "1"), ("W1", "01", "2"), ("W9", "", "7"), ("", "", "")])
allergies = st.builds(Allergy, st.sampled_from(["Latex", "latex", "Penicillin"]), reaction=texts)


def fields(**choices: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[tuple[str, Any], ...]]:
    """Some of these fields, told."""
    return st.fixed_dictionaries({}, optional=choices).map(lambda told: tuple(sorted(told.items())))


def facts(group: Group, keys: list[str], told: st.SearchStrategy[tuple[tuple[str, Any], ...]]) -> Any:
    """Facts of a group."""
    return st.builds(Fact, numbers, st.just(group), st.sampled_from(keys), told, said)


statements: st.SearchStrategy[Statement] = st.one_of(
    facts(Group.IDENTITY, [""], fields(family=texts, given=texts, mother=st.sampled_from(["", "100"]))),
    facts(
        Group.VISIT,
        ["", "V1", "V2"],
        fields(state=st.sampled_from(VisitState), place=places, discharged_us=times, kind=st.sampled_from(["I", "O"])),
    ),
    facts(Group.ALLERGIES, [f"{LIST}EHR "], fields(members=st.lists(allergies, max_size=2).map(tuple))),
    facts(Group.ALLERGIES, ["1"], fields(**{"substance": texts, GONE: st.booleans(), "none_known": st.booleans()})),
    facts(
        Group.MEDICATION,
        ["M1", "M2"],
        fields(name=texts, status=st.sampled_from(["active", "stopped"]), frequency=st.just("BID"), end_us=times),
    ),
    facts(Group.ADMINISTRATIONS, ["D1", "D2"], fields(order=st.sampled_from(["M1", "M2"]), at_us=times, name=texts)),
    facts(Group.LABORATORY, ["R1", "R2"], fields(code=texts, value=texts, at_us=times)),
    facts(Group.PENDING, ["A1"], fields(name=texts, status=st.sampled_from(["asked", "completed"]))),
    st.builds(Same, numbers, numbers, said),
)
told = st.lists(statements, max_size=25)


@given(told, st.randoms(use_true_random=False))
def test_any_order_of_coming_gives_the_same_charts(stated: list[Statement], chance: Any) -> None:
    shuffled = list(stated)
    chance.shuffle(shuffled)
    assert charts(shuffled, HOSPITAL) == charts(stated, HOSPITAL)


@given(told, st.data())
def test_what_is_told_twice_changes_nothing(stated: list[Statement], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(stated), max_size=10)) if stated else []
    assert charts([*stated, *again], HOSPITAL) == charts(stated, HOSPITAL)


@given(told, told)
def test_what_comes_late_into_a_fold_that_was_read_already_gives_what_it_gives_in_time(
    early: list[Statement], late: list[Statement]
) -> None:
    fold = Fold(HOSPITAL)
    fold.add(early)
    for patient in fold.patients():
        fold.chart(patient)
    fold.add(late)
    assert {patient: fold.chart(patient, LATEST_US) for patient in fold.patients()} == charts(
        [*early, *late], HOSPITAL, LATEST_US
    )


@given(told, told)
def test_a_chart_that_was_kept_is_the_one_that_would_be_made_anew(
    early: list[Statement], late: list[Statement]
) -> None:
    fold = Fold(HOSPITAL)
    for part in (early, late):
        fold.add(part)
        for patient in fold.patients():
            assert fold.chart(patient) == fold.chart(patient, fold.heard_us)


@given(told)
def test_a_patient_folded_alone_has_the_chart_that_he_has_among_others(stated: list[Statement]) -> None:
    together = charts(stated, HOSPITAL, LATEST_US)
    merges = [each for each in stated if isinstance(each, Same)]
    fold = Fold(HOSPITAL)
    fold.add(stated)
    for patient, chart in together.items():
        own = [each for each in stated if isinstance(each, Fact) and each.patient in fold.numbers(patient)]
        assert charts([*merges, *own], HOSPITAL, LATEST_US) == {patient: chart}


@given(told)
def test_nobody_who_is_in_is_lost_from_the_census_and_nobody_is_on_it_twice(stated: list[Statement]) -> None:
    found = charts(stated, HOSPITAL)
    lying = [bed.chart.id for beds in census.wards(found, HOSPITAL).values() for bed in beds if bed.chart]
    assert sorted(lying) == sorted(patient for patient, chart in found.items() if chart.visit is not None)


@given(told)
def test_no_allergy_is_lost_by_a_merge(stated: list[Statement]) -> None:
    apart = charts([each for each in stated if isinstance(each, Fact) and each.group is Group.ALLERGIES], HOSPITAL)
    merged = charts(stated, HOSPITAL)
    fold = Fold(HOSPITAL)
    fold.add(stated)
    for patient, chart in apart.items():
        lists = {each.substance.casefold() for each in chart.allergies if each.substance in {"Latex", "latex"}}
        taken_back = any(GONE in dict(each.fields) for each in stated if isinstance(each, Fact))
        after = {each.substance.casefold() for each in merged[fold.survivor(patient)].allergies}
        assert taken_back or lists <= after
