"""Laws of what behaviours learn: bounded, deterministic, and not taught by an attack."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codedark.detect.behaviour.kinds.learning import DAY_US, Familiar, Met, Repeats

MEETINGS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 40), st.booleans()), max_size=80)
"""(day, what, suspect)"""


@given(MEETINGS, st.integers(1, 10))
def test_what_is_familiar_never_outgrows_its_bound(meetings: list[tuple[int, int, bool]], most: int) -> None:
    familiar: Familiar[int] = Familiar(most, keeps_days=20)
    for day, what, suspect in sorted(meetings):
        familiar.meet(what, day * DAY_US, suspect)
        assert len(familiar) <= most


@given(MEETINGS)
def test_what_is_only_met_under_suspicion_is_never_familiar(meetings: list[tuple[int, int, bool]]) -> None:
    familiar: Familiar[int] = Familiar(1000, keeps_days=100)
    for day, what, _ in sorted(meetings):
        assert familiar.meet(what, day * DAY_US, suspect=True) is not Met.FAMILIAR
        assert what not in familiar


@given(MEETINGS)
def test_what_has_once_been_doubted_takes_a_later_day_in_good_standing(meetings: list[tuple[int, int, bool]]) -> None:
    familiar: Familiar[int] = Familiar(1000, keeps_days=100)
    doubted: dict[int, int] = {}
    for day, what, suspect in sorted(meetings):
        standing = familiar.meet(what, day * DAY_US, suspect)
        if standing is Met.NEW:
            familiar.doubt(what, day * DAY_US)
            doubted[what] = day
        if what in familiar:
            assert day > doubted[what]
            assert standing is Met.FAMILIAR or not suspect


@given(st.integers(1, 3000))
def test_a_day_of_equal_acts_is_said_a_few_times_with_growing_counts(times: int) -> None:
    repeats: Repeats[str] = Repeats(10)
    said = [count for _ in range(times) if (count := repeats.count("same", 5 * DAY_US))]
    assert said[0] == 1
    assert said == sorted(set(said))
    assert len(said) <= 8
    assert repeats.count("same", 6 * DAY_US) == 1
