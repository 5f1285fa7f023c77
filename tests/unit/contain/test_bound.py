"""What multipliers prove, and that wrong ones prove less and never too much."""

from __future__ import annotations

import numpy as np
import pytest

from codedark.contain.bound import proven, within_keys
from codedark.contain.optimise import best_plan
from codedark.contain.scenarios import Scenarios
from tests.unit.contain.small_wards import chain


def test_the_multipliers_of_a_search_prove_its_bound_and_others_no_more_than_the_optimum() -> None:
    problem = chain()
    proof = best_plan(Scenarios.drawn(problem, 1, 3), [], gap=1e-6).proof
    assert proven(problem, proof.batches, proof.multipliers, proof.staff) == pytest.approx(1.5)
    rng = np.random.default_rng(1)
    for scale in (0.1, 1.0, 10.0):
        wrong = [rng.exponential(scale, len(each)) for each in proof.multipliers]
        assert proven(problem, proof.batches, within_keys(proof.batches, wrong), 0.0) <= 1.5 + 1e-9


def test_multipliers_are_never_negative_and_load_no_key_with_more_than_one() -> None:
    proof = best_plan(Scenarios.drawn(chain(), 1, 3), [], gap=1e-6).proof
    told = within_keys(proof.batches, [np.full(len(each), 7.0) for each in proof.multipliers])
    keys = np.concatenate([rows.key for rows in proof.batches])
    loads = np.bincount(keys[keys >= 0], weights=np.concatenate(told)[keys >= 0])
    assert loads.max() == pytest.approx(1.0)
    assert min(each.min(initial=0.0) for each in within_keys(proof.batches, [-each for each in told])) == 0.0
