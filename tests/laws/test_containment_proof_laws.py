"""A certificate never proves too much, whatever was written into it, and can prove what a linear programme knows."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from codedark.contain.certificate import (
    AnyRow,
    Certificate,
    Down,
    Falls,
    Gone,
    HeldOut,
    Path,
    Refused,
    digest_of_sample,
    read,
    written,
)
from codedark.contain.certificate_rows import Ground, Variable
from codedark.contain.problem import AtLeast, Problem
from codedark.contain.verification import Verified, verify
from tests.oracle.containment import Scenario, affordable, down, fails, holds, mean_harm, optimum, reached
from tests.problem_maker import cases
from tests.proof_maker import Relaxed, all_paths, certificate, drawn, other_rows, proven, rooted, sampled

MULTIPLIERS = st.floats(0, 30) | st.sampled_from([0.0, 0.1, 1.0, 100.0, 1e15])
Case = tuple[Problem, int, list[Scenario]]


def every_row(case: Case) -> list[AnyRow]:
    """Every row of a case that has not too many paths."""
    problem, seed, scenarios = case
    paths = all_paths(problem, seed, scenarios)
    assume(paths is not None)
    return [*(paths or []), *other_rows(problem, scenarios)]


def holding(case: Case) -> list[AnyRow]:
    """All rows but that of the staff minutes, which no choice beyond them keeps."""
    return every_row(case)[:-1]


@given(cases(), st.data())
@settings(max_examples=50)
def test_rows_say_exactly_what_a_choice_harms(case: Case, data: st.DataObject) -> None:
    problem, seed, scenarios = case
    rows = holding(case)
    chosen = {each for each in range(len(problem.cuts)) if data.draw(st.booleans())}
    value, _ = Relaxed(Ground(problem, seed, sampled(scenarios)), rows).solve(chosen)
    assert value == pytest.approx(float(mean_harm(problem, seed, scenarios, chosen)), abs=1e-6)


SMALL = st.integers(-1, 4)
FEW = st.lists(SMALL, max_size=3).map(tuple)
NUMBERS = {"multiplier": st.just(1.0), "scenario": st.just(0), "action": SMALL, "thing": SMALL, "service": SMALL}
WILD: st.SearchStrategy[AnyRow] = st.one_of(
    st.builds(Path, **{name: NUMBERS[name] for name in ("multiplier", "scenario")}, target=SMALL, edges=FEW),
    st.builds(Down, **{name: NUMBERS[name] for name in ("multiplier", "action", "thing")}),
    st.builds(
        Gone,
        **{name: NUMBERS[name] for name in ("multiplier", "scenario", "thing")},
        by=st.sampled_from(["taken", "down"]),
    ),
    st.builds(
        Falls,
        **{name: NUMBERS[name] for name in ("multiplier", "scenario", "service")},
        when=st.sampled_from(["taken", "either"]),
        need=st.just(()) | st.tuples(SMALL) | FEW,
        parts=FEW,
    ),
)


def true_value(case: Case, chosen: frozenset[int], variable: Variable) -> bool:
    """What a variable is when these actions are chosen, by the oracle."""
    problem, seed, scenarios = case
    taken, by_us = reached(problem, seed, scenarios[0], chosen), down(problem, chosen)
    match variable:
        case ("x", action):
            return action in chosen
        case ("d", thing):
            return thing in by_us
        case ("r", _, node):
            return node in taken
        case ("g", _, thing):
            return thing in taken | by_us
        case (when, _, int(service), *steps):
            need = rooted(problem.services.needs[service])
            for step in steps:
                part = need.parts[int(step)]
                assert isinstance(part, AtLeast)
                need = part
            gone = taken if when == "taken" else taken | by_us
            return not holds(need, gone, fails(problem.services, gone))
        case _:
            pytest.fail(f"no such variable: {variable}")


@given(cases(), st.lists(WILD, min_size=5, max_size=20), st.data())
@settings(max_examples=50)
def test_every_row_that_is_not_refused_is_true_of_every_choice(
    case: Case, rows: list[AnyRow], data: st.DataObject
) -> None:
    problem, seed, scenarios = case
    only = [Scenario(0, 1.0, scenarios[0].taken)]
    ground = Ground(problem, seed, sampled(only))
    chosen = data.draw(st.sampled_from(list(affordable(problem))))
    for said in map(ground.inequality, rows):
        if not isinstance(said, str):
            case_of_one = (problem, seed, only)
            total = sum(factor * true_value(case_of_one, chosen, each) for each, factor in said.terms.items())
            assert total >= said.least


@given(cases(), st.data())
@settings(max_examples=50)
def test_any_multipliers_of_any_rows_prove_no_more_than_the_optimum(case: Case, data: st.DataObject) -> None:
    problem, seed, scenarios = case
    rows = data.draw(st.lists(st.tuples(st.sampled_from(every_row(case)), MULTIPLIERS), max_size=30))
    counted = [msgspec.structs.replace(row, multiplier=times) for row, times in rows]
    least, best = optimum(problem, seed, scenarios)
    result = verify(problem, certificate(problem, seed, scenarios, counted, best, -1e300))
    assert isinstance(result, Verified)
    assert result.bound <= least <= result.harm
    assert result.harm == pytest.approx(float(least))


@given(cases())
@settings(max_examples=50)
def test_best_multipliers_prove_what_the_linear_programme_knows(case: Case) -> None:
    problem, seed, scenarios = case
    rows = every_row(case)
    least, best = optimum(problem, seed, scenarios)
    proof = proven(problem, seed, scenarios, rows, best)
    result = verify(problem, proof)
    assert isinstance(result, Verified), result
    assert proof.bound <= result.bound <= least
    assert read(written(proof)) == proof


@given(cases(), st.data())
@settings(max_examples=50)
def test_claim_above_what_the_rows_prove_is_refused(case: Case, data: st.DataObject) -> None:
    problem, seed, scenarios = case
    least, best = optimum(problem, seed, scenarios)
    proof = proven(problem, seed, scenarios, every_row(case), best)
    above = float(least) + data.draw(st.sampled_from([1e-3, 1.0, 1e12]))
    result = verify(problem, msgspec.structs.replace(proof, bound=above))
    assert isinstance(result, Refused)
    assert "prove a bound of" in result.reasons[0]


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in a JSON document, also to lists and maps."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(place for key, each in inner for place in places(each, (*way, key)))]


def tampered(document: Any, data: st.DataObject) -> None:
    """Change something that is in a document, in place."""
    *way, last = data.draw(st.sampled_from(places(document)[1:]))
    parent = document
    for key in way:
        parent = parent[key]
    old = parent[last]
    numbers = st.sampled_from([-1, 0, 1, 2, 3, 5, 0.5, 1e15, 10**30])
    match data.draw(st.sampled_from(["other", "near", "drop", "twice", "moved"])):
        case "near" if isinstance(old, int | float):
            parent[last] = old + data.draw(numbers)
        case "drop":
            del parent[last]
        case "twice" if isinstance(parent, list):
            parent.insert(last, old)
        case "moved" if isinstance(old, list):
            parent[last] = old[::-1]
        case _:
            words: st.SearchStrategy[Any] = st.sampled_from(
                ["taken", "either", "down", "path", "falls", "gone", "staff", None, []]
            )
            parent[last] = data.draw(numbers | words)


def no_overstatement(problem: Problem, proof: Certificate, content: bytes) -> None:
    """What a file proves, if anything, is true of the sample that it names, and the original's if it names that."""
    found = read(content)
    if isinstance(found, Refused):
        assert found.reasons
        return
    result = verify(problem, found)
    if isinstance(result, Refused):
        assert all(reason.endswith(".") for reason in result.reasons)
        return
    least, _ = optimum(problem, found.seed, drawn(found.scenarios))
    assert result.bound <= least <= result.harm
    assert found.bound <= result.bound + 1e-9 * max(1, abs(result.bound))
    if result.sample == proof.sample:
        assert (found.seed, found.scenarios) == (proof.seed, proof.scenarios)


@given(cases(), st.data())
@settings(max_examples=80)
def test_no_change_of_a_certificate_proves_more_than_is_true(case: Case, data: st.DataObject) -> None:
    problem, seed, scenarios = case
    _, best = optimum(problem, seed, scenarios)
    proof = proven(problem, seed, scenarios, every_row(case), best)
    document = json.loads(written(proof))
    for _ in range(data.draw(st.integers(1, 3))):
        tampered(document, data)
    no_overstatement(problem, proof, json.dumps(document).encode())
    # Whoever changes the sample may work out its digest anew: then the proof is of another sample, and true of that.
    found = read(json.dumps(document).encode())
    if isinstance(found, Certificate):
        forged = msgspec.structs.replace(found, sample=digest_of_sample(found.seed, found.scenarios))
        no_overstatement(problem, proof, written(forged))


@given(cases(), st.data())
@settings(max_examples=60)
def test_no_change_of_its_bytes_proves_more_than_is_true(case: Case, data: st.DataObject) -> None:
    problem, seed, scenarios = case
    _, best = optimum(problem, seed, scenarios)
    proof = proven(problem, seed, scenarios, every_row(case)[-40:], best)
    content = bytearray(written(proof))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 2))] = data.draw(
            st.sampled_from([b"0", b"9", b"-", b"e", b".", b",", b"]", b"}", b'"', b"\xff", b""])
        )
    no_overstatement(problem, proof, bytes(content))


@given(cases())
@settings(max_examples=30)
def test_held_out_result_is_told_and_changes_nothing(case: Case) -> None:
    problem, seed, scenarios = case
    proof = certificate(problem, seed, scenarios, [], next(affordable(problem)), -1.0)
    told = HeldOut(seed=seed ^ 1, scenarios=10, harm=3.0, at_least=2.0, at_most=4.0)
    assert verify(problem, msgspec.structs.replace(proof, held_out=told)) == verify(problem, proof)
    same = msgspec.structs.replace(told, seed=seed)
    assert isinstance(verify(problem, msgspec.structs.replace(proof, held_out=same)), Refused)
