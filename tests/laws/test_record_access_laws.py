"""Laws of record access: reading is total, counts are what they are, memory is bounded, and reasons only add."""

from __future__ import annotations

import pickle
from itertools import pairwise
from math import exp, lgamma, log
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.detect.behaviour.care import DAY_US, HOUR_US, Care, Why
from codedark.detect.behaviour.care_excess import Excess, Limits
from codedark.detect.behaviour.care_fhir import READ, told
from codedark.detect.behaviour.care_past import tail
from codedark.detect.behaviour.care_people import Function, Member
from codedark.detect.behaviour.observation import RecordAccess
from codedark.detect.behaviour.places import Places
from codedark.detect.behaviour.reading import Seen
from codedark.detect.behaviour.readings.records import Records
from codedark.events.record import ABSENT, Origin

START_US = 1_768_204_800_000_000
TEXTS = st.text(max_size=12) | st.sampled_from(["Patient/1", "true", "1", "110153", "BTG", "E", "Z2E=", "$export"])
CELLS = st.one_of(
    st.just(ABSENT), st.none(), TEXTS, st.integers(), st.floats(allow_nan=False), st.lists(TEXTS, max_size=4).map(tuple)
)


@given(st.sampled_from(["ehr", "pacs", "csv", ""]), st.data())
@settings(max_examples=150)
def test_reading_takes_anything(product: str, data: st.DataObject) -> None:
    reading, origin = Records(), Origin(product, "audit")
    fields = reading.fields(origin)
    assert fields is not None
    columns = {
        name: [data.draw(CELLS), data.draw(CELLS)] if data.draw(st.booleans()) else [ABSENT] * 2 for name in fields[:40]
    }
    columns |= {name: [ABSENT] * 2 for name in fields[40:]}
    seen = Seen(origin, (4, 9), columns, (1, 2), ("A.example", ""))
    for access in reading.read(seen, Places()):
        assert isinstance(access, RecordAccess)
        assert access.row in {4, 9}
        assert access.account
        assert access.patient or access.query
        assert access.action in {"C", "R", "U", "D", "E"} or product == "pacs"
        assert access.patients >= 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS | st.just("2026-01-14T09:00:00Z"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["reference", "coding", "code", "text", "start", "end", "value", "actor", "location", "period"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
NAMES = [
    "subject", "participant", "period", "location", "meta", "name", "identifier", "address", "start", "end", "created",
    "category", "authoredOn", "performer", "requester", "dispenseRequest", "practitioner", "partOf", "status", "type",
]  # fmt: skip


@given(st.sampled_from(sorted(READ)), st.dictionaries(st.sampled_from(NAMES), JSON, max_size=8))
@settings(max_examples=150)
def test_any_resource_is_told_without_an_exception(kind: str, body: dict[str, Any]) -> None:
    care = Care()
    assert told(care, {"resourceType": kind, "id": "1", **body})
    assert care.explain("a", "1", START_US) is None


@given(st.floats(0.01, 60), st.floats(1, 20))
def test_a_tail_falls_from_one_and_is_a_sum_of_chances(mean: float, spread: float) -> None:
    tails = [tail(count, mean, spread) for count in range(40)]
    assert tails[0] == 1
    assert all(0 <= later <= earlier for earlier, later in pairwise(tails))


@given(st.integers(0, 30), st.floats(0.1, 20))
def test_a_tail_without_spread_is_poisson_s(count: int, mean: float) -> None:
    expected = 1 - sum(exp(n * log(mean) - mean - lgamma(n + 1)) for n in range(count))
    assert tail(count, mean, 1.0) == pytest.approx(expected, abs=1e-9)
    assert tail(count, mean, 1.0001) == pytest.approx(expected, abs=1e-2)


ACCESSES = st.lists(
    st.tuples(st.sampled_from("abcd"), st.integers(0, 60), st.integers(0, 3 * 24 * 60), st.booleans()), max_size=150
).map(lambda found: sorted(found, key=lambda each: each[2]))


@given(ACCESSES, st.sampled_from([0, HOUR_US]))
def test_telling_the_same_twice_changes_nothing_and_a_copy_goes_on_alike(
    accesses: list[tuple[str, int, int, bool]], window_us: int
) -> None:
    once, twice = Excess(Limits(3, 0.5, window_us=window_us)), Excess(Limits(3, 0.5, window_us=window_us))
    for account, patient, minute, held in accesses:
        at_us = START_US + minute * 60_000_000
        said = once.count(account, "nurse", patient, at_us, held=held)
        assert twice.count(account, "nurse", patient, at_us, held=held) == said
        assert twice.count(account, "nurse", patient, at_us, held=held) is None
        once = pickle.loads(pickle.dumps(once))


@given(ACCESSES)
def test_what_is_said_is_more_than_ever_before_and_at_least_the_least(
    accesses: list[tuple[str, int, int, bool]],
) -> None:
    excess = Excess(Limits(4, 0.5))
    for account, patient, minute, _ in accesses:
        said = excess.count(account, "nurse", patient, START_US + minute * 60_000_000)
        if said is not None:
            assert said.number == len(list(excess.things(account)))
            assert said.number >= 4
            assert said.number > said.highest
            assert said.number > said.usual


def test_memory_stays_bounded_whatever_comes_in() -> None:
    limits = Limits(3, 0.5, most_accounts=10, most_things=20)
    excess = Excess(limits)
    for n in range(3_000):
        excess.count(f"account{n % 700}", f"role{n}", n, START_US + n * 1_000_000, held=n % 3 == 0)
    for n in range(3_000):
        excess.count("one", "nurse", n, START_US + 3_000_000_000 + n)
    assert len(list(excess.things("one"))) <= 20
    assert len(pickle.dumps(excess)) < 400_000


TIES = st.lists(
    st.tuples(st.sampled_from(list(Why)[:5]), st.sampled_from("ab"), st.integers(-200, 10), st.integers(0, 40)),
    max_size=8,
)


@given(TIES, st.sampled_from("ab"), st.integers(-200, 40))
def test_a_relation_more_never_explains_less(ties: list[tuple[Why, str, int, int]], account: str, day: int) -> None:
    care, strength = Care(), list(Why)
    for name in "ab":
        care.add_member(Member(name, "nurse", Function.NURSING, frozenset({"4B"})))
    before: Why | None = None
    for why, name, from_day, days in ties:
        begin_us = START_US + from_day * DAY_US
        care.add_tie("p", name, why, begin_us, begin_us + days * DAY_US)
        now = care.explain(account, "p", START_US + day * DAY_US)
        assert before is None or now is not None
        assert before is None or now is None or strength.index(now) <= strength.index(before)
        before = now
