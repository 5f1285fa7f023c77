"""Laws of values that one request brings again and again: which of them hold, and in how much time that is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from codedark.continuity.charts.chart import Group, PatientId
from codedark.continuity.charts.fact import OWN, Fact, Said
from codedark.continuity.charts.record import Record, Things
from codedark.continuity.charts.series import key_of, standing

Value = tuple[Said, str, Mapping[str, Any]]
values = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 6), st.sampled_from("FFFPC")), max_size=12)


def things_of(told: list[tuple[int, int, str]]) -> Things:
    """Values of one request: when each was said, of which time it is, and its status."""
    record = Record()
    for n, (said_us, at_us, status) in enumerate(told):
        fields = (("value", str(n)), ("at_us", at_us))
        key = key_of("F1", at_us, status)
        record.add(Fact(PatientId("1"), Group.VITALS, key, fields, Said(OWN, said_us, "MON", (1, str(n)))))
    return Things([record], PatientId("1"))


def by_the_words(things: Things) -> list[str]:
    """The keys that hold, as `standing` says it in words, looking at all that is held each time."""
    said = sorted((said, key) for key, _, said in things.of(Group.VITALS))
    at: dict[str, list[tuple[Said, str]]] = {}
    for each in said:
        at.setdefault(each[1].partition("!")[0], []).append(each)
    held: list[str] = []
    for _, key in sorted(of_time[-1] for of_time in at.values()):
        if len(at[key.partition("!")[0]]) == 1 and not key.endswith("!P"):
            may_go = held if key.endswith("!C") else [one for one in held if one.endswith("!P")]
            held = [one for one in held if one not in may_go[-1:]]
        held.append(key)
    return held


@given(values)
def test_what_holds_of_a_series_is_what_its_words_say(told: list[tuple[int, int, str]]) -> None:
    things = things_of(told)
    assert [key for key, _, _ in standing(things, Group.VITALS)] == by_the_words(things)


def test_a_month_of_a_pump_that_speaks_each_minute_is_charted() -> None:
    things = things_of([(n, n + 1, "F") for n in range(28 * 24 * 60)])
    assert sum(1 for _ in standing(things, Group.VITALS)) == 28 * 24 * 60
