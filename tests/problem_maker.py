"""Hypothesis strategies: small problems of containment with every shape that may occur, and scenarios over them.

What is left out because `codedark.contain.problem` rules it out: rates of 0, negative harms, ``while_taken`` below
``while_cut``, needs of 0 or of more than all parts. Staff minutes and harms are whole or quarters, so that sums of
them are exact and ties are ties.
"""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st

from codedark.contain.problem import AtLeast, Cuts, Need, Other, Problem, Services, Sets, Spread, Thing

from .oracle.containment import Scenario

HARMS = st.sampled_from([0.0, 0.0, 1.0, 2.0, 5.0, 20.0, 100.0])
PRICES = st.sampled_from([0.0, 0.25, 0.25, 1.0, 1.0, 2.0, 20.0])
RATES = st.sampled_from([0.01, 0.1, 0.5, 1.0, 1.0, 2.0, 10.0, 100.0, math.inf])
HORIZONS = st.sampled_from([0.0, 0.5, 2.0, 8.0, 8.0, 8.0])
STAFF = st.sampled_from([5.0, 10.0, 10.0, 15.25, 0.0])
SEEDS = st.integers(0, 2**64 - 1)


def floats(values: list[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """As the shape that a problem holds, of no value too."""
    return np.array(values, dtype=np.float64)


@st.composite
def spreads(draw: st.DrawFn) -> Spread:
    """2 to 9 nodes and up to 20 edges: parallel ones, loops, and such that are crossed at once."""
    nodes = draw(st.integers(2, 9))
    node = st.integers(0, nodes - 1)
    count = draw(st.integers(0, 20))
    steps = st.sampled_from([*range(1, nodes), 0])  # loops are there, and are the exception
    edges = draw(st.lists(st.tuples(node, steps, RATES), min_size=count, max_size=count))
    beliefs = draw(st.lists(st.sampled_from([0.0, 0.1, 0.5, 1.0]), min_size=nodes, max_size=nodes))
    return Spread(
        np.array([source for source, _, _ in edges], dtype=np.int64),
        np.array([(source + step) % nodes for source, step, _ in edges], dtype=np.int64),
        floats([rate for _, _, rate in edges]),
        floats(beliefs),
    )


def subsets(size: int) -> st.SearchStrategy[list[int]]:
    """Any of the numbers below ``size``, in order."""
    return st.integers(0, 2**size - 1).map(lambda bits: [each for each in range(size) if bits >> each & 1])


def some(size: int) -> st.SearchStrategy[list[int]]:
    """None, one or a few of the numbers below ``size``, in order."""
    return st.sets(st.integers(0, size - 1), max_size=3).map(sorted)


@st.composite
def cuts(draw: st.DrawFn, edges: int, things: int, horizon_hours: float) -> Cuts:
    """Up to 7 actions, which may share edges and things, hold at once, later, or when all is over."""
    count = draw(st.integers(0, 7))
    hours = st.sampled_from([0.0, 0.0, 0.0, 0.25, 1.0, horizon_hours, horizon_hours + 1])
    action = st.tuples(subsets(edges), some(things), hours, STAFF, PRICES)
    actions = draw(st.lists(action, min_size=count, max_size=count))
    return Cuts(
        Sets.of([cut for cut, _, _, _, _ in actions]),
        Sets.of([down for _, down, _, _, _ in actions]),
        floats([hours for _, _, hours, _, _ in actions]),
        floats([staff for _, _, _, staff, _ in actions]),
        floats([harm for _, _, _, _, harm in actions]),
    )


@st.composite
def groups(draw: st.DrawFn, parts: st.SearchStrategy[Need]) -> AtLeast:
    """AND, OR and k-of-n of parts; AND of none, which always holds, too."""
    chosen = draw(st.lists(parts, max_size=4))
    least = draw(st.integers(1, len(chosen))) if chosen else 0
    return AtLeast(tuple(chosen), least)


def needs(things: int, services: int) -> st.SearchStrategy[Need]:
    """Trees of needs; they may name services in circles, and their own."""
    leaf = st.integers(0, things - 1).map(Thing) | st.integers(0, services - 1).map(Other)
    return st.recursive(leaf, groups, max_leaves=6)


@st.composite
def service_rows(draw: st.DrawFn, things: int) -> Services:
    """Up to 4 services."""
    count = draw(st.integers(0, 4))

    def row(each: st.SearchStrategy[float]) -> list[float]:
        return draw(st.lists(each, min_size=count, max_size=count))

    while_cut = floats(row(HARMS))
    return Services(
        tuple(draw(needs(things, count)) for _ in range(count)),
        while_cut,
        while_cut + floats(row(HARMS)),
        np.array(draw(st.lists(st.booleans(), min_size=count, max_size=count)), dtype=np.bool_),
    )


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """A small problem, whole: up to 2 links beside its nodes, hands for everything or for little."""
    spread = draw(spreads())
    things = spread.nodes + draw(st.integers(0, 2))
    horizon_hours = draw(HORIZONS)
    return Problem(
        spread,
        draw(cuts(len(spread.rates), things, horizon_hours)),
        draw(service_rows(things)),
        floats(draw(st.lists(HARMS, min_size=spread.nodes, max_size=spread.nodes))),
        horizon_hours,
        draw(st.sampled_from([1000.0, 35.0, 20.25, 10.0, 0.0])),
    )


@st.composite
def samples(draw: st.DrawFn, problem: Problem, *, at_most: int = 4) -> list[Scenario]:
    """1 to ``at_most`` scenarios over a problem, with different numbers in any order.

    Their weights are exactly 1 together, and may be 0.
    """
    numbers = draw(st.lists(st.integers(0, 1000), min_size=1, max_size=at_most, unique=True))
    marks = draw(st.lists(st.integers(0, 16), min_size=len(numbers) - 1, max_size=len(numbers) - 1).map(sorted))
    weights = [(after - before) / 16 for before, after in zip([0, *marks], [*marks, 16], strict=True)]
    node = st.integers(0, problem.spread.nodes - 1)
    taken = node.map(lambda each: frozenset([each])) | st.frozensets(node, max_size=3)
    return [Scenario(number, weight, draw(taken)) for number, weight in zip(numbers, weights, strict=True)]


@st.composite
def cases(draw: st.DrawFn) -> tuple[Problem, int, list[Scenario]]:
    """A problem, a seed, and scenarios."""
    problem = draw(problems())
    return problem, draw(SEEDS), draw(samples(problem))
