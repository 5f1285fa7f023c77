"""Laws of what a census goes on from: whatever was told, and wherever it is cut, the charts are those of all of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codedark.continuity.charts.chart import PatientId
from codedark.continuity.charts.fact import Statement
from codedark.continuity.charts.fold import Fold, charts
from codedark.continuity.charts.snapshot import NoSnapshot, packed, take_up
from codedark.continuity.charts.stays import may_be_there
from tests.laws.test_chart_laws import HOSPITAL, LATEST_US, told
from tests.laws.test_move_laws import stated as moved


def gone_on(fold: Fold) -> Fold:
    """A fold that goes on from what another knew."""
    other = Fold(HOSPITAL)
    take_up(packed(fold), other)
    return other


@given(told, told)
def test_a_census_that_goes_on_from_a_snapshot_has_the_charts_of_the_whole_journal(
    before: list[Statement], behind: list[Statement]
) -> None:
    fold = Fold(HOSPITAL)
    fold.add(before)
    other = gone_on(fold)
    assert (other.heard_us, other.patients()) == (fold.heard_us, fold.patients())
    other.add(behind)
    assert {each: other.chart(each, LATEST_US) for each in other.patients()} == charts(
        [*before, *behind], HOSPITAL, LATEST_US
    )


@given(told)
def test_a_snapshot_of_what_a_snapshot_made_is_the_same(stated: list[Statement]) -> None:
    fold = Fold(HOSPITAL)
    fold.add(stated)
    once = gone_on(fold)
    assert packed(gone_on(once)) == packed(once)


@given(told, st.integers(0, LATEST_US))
def test_what_is_read_again_is_not_taken_up_and_the_charts_are_the_same(stated: list[Statement], cut_us: int) -> None:
    fold, other = Fold(HOSPITAL), Fold(HOSPITAL)
    fold.add(stated)
    take_up(packed(fold), other, cut_us)
    other.add(each for each in stated if each.said.at_us >= cut_us)
    assert {each: other.chart(each, LATEST_US) for each in other.patients()} == charts(stated, HOSPITAL, LATEST_US)


@given(told, st.integers(0, LATEST_US))
def test_nobody_who_is_in_is_forgotten_and_allergies_and_names_never(stated: list[Statement], before_us: int) -> None:
    fold = Fold(HOSPITAL)
    fold.add(stated)
    whole = {each: fold.chart(each, LATEST_US) for each in fold.patients()}
    fold.forget(before_us)
    assert set(fold.patients()) == set(whole)
    for patient, chart in whole.items():
        after = fold.chart(PatientId(patient), LATEST_US)
        assert (after.identity, after.allergies, after.none_known) == (
            chart.identity,
            chart.allergies,
            chart.none_known,
        )
        if chart.visit is not None and chart.visit.kind != "O":
            assert after == chart


@given(told, told, st.integers(0, LATEST_US))
def test_rest_changes_no_chart_whatever_comes_later_and_wherever_it_is_cut(
    before: list[Statement], behind: list[Statement], before_us: int
) -> None:
    fold = Fold(HOSPITAL)
    fold.add(before)
    fold.rest(before_us)
    other = gone_on(fold)
    for each in (fold, other):
        each.add(behind)
        each.rest(before_us)
        assert {patient: each.chart(patient, LATEST_US) for patient in each.patients()} == charts(
            [*before, *behind], HOSPITAL, LATEST_US
        )


@given(told, st.integers(0, LATEST_US), st.integers(0, LATEST_US))
def test_what_is_read_again_of_whoever_is_at_rest_is_not_taken_up(
    stated: list[Statement], before_us: int, cut_us: int
) -> None:
    fold, other = Fold(HOSPITAL), Fold(HOSPITAL)
    fold.add(stated)
    fold.rest(before_us)
    take_up(packed(fold), other, cut_us)
    other.add(each for each in stated if each.said.at_us >= cut_us)
    assert {each: other.chart(each, LATEST_US) for each in other.patients()} == charts(stated, HOSPITAL, LATEST_US)


def lived(steps: list[list[Statement] | int | None], rest: Callable[[Fold, int], None]) -> tuple[Fold, list[Statement]]:
    """A census after these steps, and all that it was told: some is told; whoever has gone by a time rests; or all goes
    through a checkpoint.
    """
    fold, stated = Fold(HOSPITAL), list[Statement]()
    for step in steps:
        if isinstance(step, int):
            rest(fold, step)
        elif step is None:
            fold = gone_on(fold)
        else:
            fold.add(step)
            stated += step
    return fold, stated


@given(st.lists(st.one_of(moved, moved, st.integers(0, LATEST_US), st.none()), max_size=8))
def test_whoever_rests_between_whatever_is_told_nobody_who_may_be_there_is_missing_and_no_chart_is_another(
    steps: list[list[Statement] | int | None],
) -> None:
    """Some is told, with merges and moves; whoever has gone by then rests; or all goes through a checkpoint."""
    fold, stated = lived(steps, Fold.rest)
    whole = charts(stated, HOSPITAL, LATEST_US)
    assert {each for each, chart in whole.items() if any(map(may_be_there, chart.visits))} <= set(fold.awake())
    assert {each: fold.chart(each, LATEST_US) for each in fold.patients()} == whole
    assert not fold.unrested


@given(st.lists(st.one_of(moved, moved, st.integers(0, LATEST_US), st.none()), max_size=8))
def test_whoever_is_forgotten_between_names_and_allergies_are_those_of_all(
    steps: list[list[Statement] | int | None],
) -> None:
    """As above, and whoever rests is forgotten too."""

    def forget(fold: Fold, until_us: int) -> None:
        fold.rest(until_us)
        fold.forget(until_us)

    fold, stated = lived(steps, forget)
    whole = charts(stated, HOSPITAL, LATEST_US)
    assert set(fold.patients()) == set(whole)
    for patient, chart in whole.items():
        after = fold.chart(patient, LATEST_US)
        assert (after.identity, after.allergies) == (chart.identity, chart.allergies)


@given(st.binary(max_size=60))
def test_bytes_that_are_no_snapshot_are_told_so(octets: bytes) -> None:
    with pytest.raises(NoSnapshot):
        take_up(octets, Fold(HOSPITAL))
