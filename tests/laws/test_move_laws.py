"""Laws of moved stays: charts depend on what was stated, not on when it came or how often, and nothing is lost."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from codedark.continuity.charts.chart import Group
from codedark.continuity.charts.fact import Fact, Move, Statement
from codedark.continuity.charts.fold import Fold, charts
from tests.laws.test_chart_laws import HOSPITAL, LATEST_US, NUMBERS, said, statements

stays = st.sampled_from(["", "V1", "V2"])
moves = st.builds(Move, st.sampled_from(NUMBERS), stays, st.sampled_from(NUMBERS), stays, said, st.booleans())
in_stays = st.builds(
    lambda each, visit: (
        each._replace(visit=each.key if each.group is Group.VISIT else visit) if isinstance(each, Fact) else each
    ),
    statements,
    stays,
)
stated = st.lists(st.one_of(in_stays, in_stays, moves), max_size=25)


@given(stated, st.randoms(use_true_random=False), st.integers(0, 5))
def test_moves_in_any_order_and_doubled_give_the_same_charts(told: list[Statement], chance: Any, again: int) -> None:
    shuffled = [*told, *told[:again]]
    chance.shuffle(shuffled)
    assert charts(shuffled, HOSPITAL, LATEST_US) == charts(told, HOSPITAL, LATEST_US)


@given(stated, stated)
def test_a_move_that_comes_late_gives_what_it_gives_in_time(early: list[Statement], late: list[Statement]) -> None:
    fold = Fold(HOSPITAL)
    for part in (early, late):
        fold.add(part)
        for patient in fold.patients():
            assert fold.chart(patient) == fold.chart(patient, fold.heard_us)
    assert {patient: fold.chart(patient, LATEST_US) for patient in fold.patients()} == charts(
        [*early, *late], HOSPITAL, LATEST_US
    )


@given(stated)
def test_no_allergy_and_no_order_is_lost_by_a_move(told: list[Statement]) -> None:
    """Orders that nobody takes back are on somebody's chart, with or without moves. One source tells them: what two
    tell alike of one patient is one order (`medication`), and a move may make it one patient.
    """
    told = [
        each
        for each in told
        if not (isinstance(each, Fact) and each.group is Group.MEDICATION and each.said.source != "EHR")
    ]

    def orders(of: list[Statement]) -> set[str]:
        return {drug.id for chart in charts(of, HOSPITAL, LATEST_US).values() for drug in chart.drugs}

    def allergic(of: list[Statement]) -> int:
        return sum(bool(chart.allergies) for chart in charts(of, HOSPITAL, LATEST_US).values())

    still: list[Statement] = [each for each in told if not isinstance(each, Move)]
    assert orders(told) == orders(still)
    assert allergic(told) >= allergic(still)
