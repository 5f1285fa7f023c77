"""Evidence adds up as it should: never downwards, never twice, and fading towards what was known before."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

from codedark.detect.finding import Level
from codedark.respond.incident import Verdict
from codedark.respond.odds import log_odds, probability
from codedark.respond.suspicion import Suspicion
from codedark.respond.weights import Firing, Weights
from tests.story_maker import DAY_US, MONDAY_US, SETTINGS

Found = tuple[str, tuple[str, ...], float, int]
"""Key, groups, weight, microseconds since Monday."""
HALF_LIFE = SETTINGS.belief.half_life_days
keys = st.sampled_from("abcdefgh")
groups = st.lists(st.sampled_from(["T1", "T2", "T3"]), min_size=1, max_size=2, unique=True).map(tuple)
evidence = st.tuples(keys, groups, st.floats(0, 12), st.integers(0, 30 * DAY_US))
levels = st.sampled_from(Level)
hosts = st.sampled_from(["pc-1", "pc-2", "pc-3"])
days = st.lists(st.lists(st.tuples(st.sampled_from("rs"), hosts), max_size=6), max_size=12)


def suspicion(*found: Found) -> Suspicion:
    out = Suspicion(MONDAY_US)
    for key, of, weight, at_us in found:
        out.add(key, of, weight, MONDAY_US + at_us, SETTINGS)
    return out


def weights(*lived: list[tuple[str, str]]) -> Weights:
    out = Weights(SETTINGS.weights, 1000, 1000)
    for day in lived:
        for rule, host in day:
            out.saw(rule, Level.HIGH, host, "anna")
        out.day_ends(100, lambda _host, _account: False)
    return out


@given(st.floats(0.000001, 0.999999))
def test_odds_and_probabilities_are_two_spellings_of_one_thing(chance: float) -> None:
    assert abs(probability(log_odds(chance)) - chance) < 1e-9


@given(st.lists(evidence, max_size=12), evidence)
def test_more_evidence_never_lowers_what_is_believed(found: list[Found], more: Found) -> None:
    known = suspicion(*found)
    now_us = MONDAY_US + 30 * DAY_US
    before = known.score(now_us, HALF_LIFE)
    key, of, weight, at_us = more
    added = known.add(key, of, weight, MONDAY_US + at_us, SETTINGS)
    assert 0 <= added <= weight + 1e-9
    assert known.score(now_us, HALF_LIFE) >= before - 1e-9


@given(st.lists(evidence, max_size=12), st.integers(0, 400), st.integers(0, 400))
def test_suspicion_fades_towards_nothing_and_never_below(found: list[Found], some: int, more: int) -> None:
    known = suspicion(*found)
    last_us = MONDAY_US + 30 * DAY_US
    sooner, later = (known.score(last_us + each * DAY_US, HALF_LIFE) for each in sorted((some, some + more)))
    assert 0 <= later <= sooner + 1e-9
    assert known.score(last_us + 100_000 * DAY_US, HALF_LIFE) < 1e-6


@given(evidence, st.integers(1, 5))
def test_the_same_again_at_the_same_moment_adds_nothing(one: Found, times: int) -> None:
    assert suspicion(one).score(MONDAY_US, HALF_LIFE) == suspicion(*[one] * (times + 1)).score(MONDAY_US, HALF_LIFE)


@given(st.floats(1, 12), st.integers(1, 60))
def test_a_rule_that_fires_every_day_never_weighs_more_than_once(weight: float, lasting: int) -> None:
    known = suspicion(*[("a", ("T1",), weight, day * DAY_US) for day in range(lasting)])
    assert known.score(MONDAY_US + (lasting - 1) * DAY_US, HALF_LIFE) <= weight + 1e-9


@given(st.floats(1, 12), st.integers(2, 8))
def test_rules_of_one_technique_weigh_less_than_half_again_as_much_as_one(weight: float, number: int) -> None:
    known = suspicion(*[(str(rule), ("T1",), weight, 0) for rule in range(number)])
    assert known.score(MONDAY_US, HALF_LIFE) <= 1.43 * weight


@given(st.tuples(st.floats(0, 12), st.floats(0, 12)))
def test_two_findings_of_one_moment_weigh_the_same_in_either_order(two: tuple[float, float]) -> None:
    light, heavy = (("a", ("T1",), two[0], 0), ("b", ("T1",), two[1], 0))
    first, second = suspicion(light, heavy), suspicion(heavy, light)
    assert abs(first.score(MONDAY_US, HALF_LIFE) - second.score(MONDAY_US, HALF_LIFE)) < 1e-9


@given(days, levels, hosts)
def test_a_weight_is_never_negative_and_ordinary_days_never_raise_it(
    lived: list[list[tuple[str, str]]], level: Level, host: str
) -> None:
    fresh, learnt = weights().of("r", Level.HIGH, host, "anna"), weights(*lived).of("r", Level.HIGH, host, "anna")
    assert 0 <= learnt <= fresh
    assert weights().of("unseen", level, host, "") == SETTINGS.weights.of_level(level)


@given(days, st.lists(st.sampled_from(Verdict), max_size=6), hosts)
def test_a_verdict_false_or_expected_never_raises_a_weight_and_true_never_lowers_it(
    lived: list[list[tuple[str, str]]], said: list[Verdict], host: str
) -> None:
    known = weights(*lived, [("r", host)])
    for verdict in said:
        before = known.of("r", Level.HIGH, host, "anna")
        known.judge(verdict, [Firing("r", host, "anna")])
        after = known.of("r", Level.HIGH, host, "anna")
        assert after >= before if verdict is Verdict.TRUE else after <= before


@given(days, st.integers(0, 12))
def test_weights_taken_up_from_disk_learn_on_as_if_they_had_never_been_away(
    lived: list[list[tuple[str, str]]], cut: int
) -> None:
    away = pickle.loads(pickle.dumps(weights(*lived[:cut])))
    for day in lived[cut:]:
        for rule, host in day:
            away.saw(rule, Level.HIGH, host, "anna")
        away.day_ends(100, lambda _host, _account: False)
    assert away.learnt() == weights(*lived).learnt()
