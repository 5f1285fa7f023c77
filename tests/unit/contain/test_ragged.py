"""Rows of sets as columns do what lists of lists do."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from codedark.contain import ragged
from codedark.contain.problem import Sets

lists = st.lists(st.lists(st.integers(0, 9), max_size=4), max_size=5)


def plain(sets: Sets) -> list[list[int]]:
    return [row.tolist() for row in sets]


@given(lists)
def test_grouping_pairs_gives_the_rows_they_came_from(those: list[list[int]]) -> None:
    sets = Sets.of(those)
    assert plain(sets) == those
    assert plain(ragged.gathered(ragged.row_of(sets), sets.members, len(those))) == those


@given(lists, st.data())
def test_rows_are_taken_in_the_order_that_is_asked(those: list[list[int]], data: st.DataObject) -> None:
    places = data.draw(st.lists(st.sampled_from(range(len(those))), max_size=6)) if those else []
    taken = ragged.chosen_of(Sets.of(those), np.array(places, dtype=np.int64))
    assert plain(taken) == [those[place] for place in places]


@given(st.lists(lists, max_size=3))
def test_rows_stand_below_each_other(every: list[list[list[int]]]) -> None:
    assert plain(ragged.below([Sets.of(each) for each in every])) == [row for each in every for row in each]


@given(lists, st.integers(0, 9))
def test_members_are_left_out_where_they_are_not_to_be_kept(those: list[list[int]], least: int) -> None:
    sets = Sets.of(those)
    assert plain(ragged.kept(sets, sets.members >= least)) == [[each for each in row if each >= least] for row in those]


def test_one_for_each_and_none_for_each() -> None:
    assert plain(ragged.single(np.array([4, 2], dtype=np.int64))) == [[4], [2]]
    assert plain(ragged.empty(2)) == [[], []]
