"""What is not known, drawn: how long each crossing takes, and which nodes are taken already.

Delays come from a counter (`docs/adr/0012-what-to-cut.md`): the same for everyone who asks, in any order. Which nodes
are taken is drawn in strata, so that a rare case is among few scenarios too, with the small weight that it has.

splitmix64: Steele, Lea, Flood, *Fast splittable pseudorandom number generators*, OOPSLA 2014.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codedark.contain.problem import Floats, Ints, Sets

RARE_BELIEF = 0.2
"""A node less likely taken than this is rare: plain draws of few scenarios would miss it."""

RARE_SHARE = 0.3
"""At least so large a share of all scenarios holds a rare node, however rare."""

_TAKEN = 0x7461_6B65_6E00_0000
"""Added to the seed where it decides who is taken, so that this has nothing to do with delays."""

_Words = NDArray[np.uint64]


def mix(word: _Words) -> _Words:
    """splitmix64's step: the state moved on by the golden gamma, and stirred."""
    word = word + np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


def uniform(seed: int, scenarios: Ints, items: Ints) -> Floats:
    """h(seed, s, e), at least 0 and below 1, for arrays of scenarios and items of shapes that fit each other."""
    start = np.array(seed % 2**64, dtype=np.uint64)
    inner = mix(start + mix(scenarios.astype(np.uint64)))
    bits = mix(inner + items.astype(np.uint64)) >> np.uint64(11)
    return bits.astype(np.float64) * 2.0**-53


def delays_within(seed: int, scenarios: Ints, edges: Ints, rates: Floats, hours: float) -> tuple[Ints, Floats]:
    """Which of these crossings take no longer than so many hours (positions), and how many hours they take."""
    chance = uniform(seed, scenarios, edges)
    # A little more than the hours, so that rounding loses none, and infinite rates times no hours are a number.
    soon = np.flatnonzero(chance <= -np.expm1(-rates * (hours * (1 + 1e-9) + 1e-12)))
    delays = -np.log(1.0 - chance[soon]) / rates[soon]
    within = delays <= hours
    return soon[within], delays[within]


def delays(seed: int, scenarios: Ints, edges: Ints, rates: Floats) -> Floats:
    """How many hours these crossings take."""
    return np.asarray(-np.log(1.0 - uniform(seed, scenarios, edges)) / rates)


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """The nodes taken already in each scenario, ascending, and the scenarios' weights, together 1."""

    nodes: Sets
    weights: Floats


def draw_taken(beliefs: Floats, seed: int, number: int) -> Taken:
    """So many scenarios of who is taken, each node independently with its belief.

    1. The stratum in which no rare node is taken, and the one in which some is, get scenarios and the weight they have.
    2. In the second, the first rare node that is taken is drawn systematically, half by its probability and half evenly
       (the weight sets that right); those after it are drawn independently.
    3. Each likely node is taken in its share of each stratum's scenarios, as exactly as their number allows.
    """
    if number < 1:
        raise ValueError(f"{number} scenarios cannot be drawn: at least one is needed")
    seed += _TAKEN
    rare = np.flatnonzero((beliefs > 0) & (beliefs < RARE_BELIEF))
    likely = np.flatnonzero(beliefs >= RARE_BELIEF)
    some = -np.expm1(np.log1p(-beliefs[rare]).sum())
    heavy = 0 if some == 0 else min(round(number * max(some, RARE_SHARE)), number - 1)
    weights = np.full(number, (1 - some) / (number - heavy))
    if heavy == 0:
        weights[:] = 1 / number
    scenario, node = _rare_ones(beliefs, rare, seed, number, heavy, weights)
    for low, high in ((0, number - heavy), (number - heavy, number)):
        rows, nodes = _likely_ones(beliefs, likely, seed, low, high)
        scenario, node = np.concatenate((scenario, rows)), np.concatenate((node, nodes))
    order = np.lexsort((node, scenario))
    starts = np.concatenate(([0], np.cumsum(np.bincount(scenario, minlength=number)))).astype(np.int64)
    return Taken(Sets(starts, node[order]), weights / weights.sum())


def _rare_ones(beliefs: Floats, rare: Ints, seed: int, number: int, heavy: int, weights: Floats) -> tuple[Ints, Ints]:
    """Which rare nodes are taken in the last ``heavy`` scenarios, whose ``weights`` are filled in; with no such
    stratum (one scenario only), each rare node by itself.
    """
    if not heavy:
        everyone = np.repeat(np.arange(number, dtype=np.int64), len(rare))
        nodes = np.tile(rare, number)
        taken = uniform(seed, everyone, nodes) < beliefs[nodes]
        return everyone[taken], nodes[taken]
    chance = beliefs[rare]
    first_is = chance * np.exp(np.concatenate(([0.0], np.cumsum(np.log1p(-chance))[:-1])))
    drawn_by = 0.5 * first_is / first_is.sum() + 0.5 / len(rare)
    rows = np.arange(number - heavy, number, dtype=np.int64)
    shift = uniform(seed, np.array([number]), np.array([len(beliefs)]))[0]
    first = np.searchsorted(np.cumsum(drawn_by), (np.arange(heavy) + shift) / heavy, side="right")
    first = np.minimum(first, len(rare) - 1)
    weights[rows] = first_is[first] / drawn_by[first] / heavy
    weights[rows] *= first_is.sum() / weights[rows].sum()
    found_rows, found_nodes = [rows], [rare[first]]
    for row, position in zip(rows, first, strict=True):
        later = rare[position + 1 :]
        also = later[uniform(seed, np.full(len(later), row), later) < beliefs[later]]
        found_rows.append(np.full(len(also), row))
        found_nodes.append(also)
    return np.concatenate(found_rows), np.concatenate(found_nodes)


def _likely_ones(beliefs: Floats, likely: Ints, seed: int, low: int, high: int) -> tuple[Ints, Ints]:
    """Which likely nodes are taken in the scenarios from ``low`` on, below ``high``: a Latin hypercube."""
    count = high - low
    if not count or not len(likely):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    rows = np.arange(low, high, dtype=np.int64)[:, None]
    chance = uniform(seed, rows, likely[None, :])
    rank = np.argsort(np.argsort(chance, axis=0, kind="stable"), axis=0, kind="stable")
    shift = uniform(seed, np.array([-1 - low]), likely)[None, :]
    row, column = np.nonzero((rank + shift) / count < beliefs[likely][None, :])
    return row.astype(np.int64) + low, likely[column]
