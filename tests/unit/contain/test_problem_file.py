"""A problem goes into a file and comes out as it was, and a file that is none is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from codedark.contain.certificate import digest_of_problem
from codedark.contain.problem import AtLeast, Cuts, Other, Problem, Services, Sets, Spread, Thing
from codedark.contain.problem_file import read, written
from codedark.errors import UnusableInput
from tests.problem_maker import problems

SMALL = Problem(
    Spread(np.array([0]), np.array([1]), np.array([np.inf]), np.array([1.0, 0.0])),
    Cuts(Sets.of([[0]]), Sets.of([[1]]), np.array([0.5]), np.array([10.0]), np.array([1.0])),
    Services((AtLeast((Thing(1), Other(0)), 1),), np.array([1.0]), np.array([2.0]), np.array([True])),
    np.array([0.0, 3.0]),
    8.0,
    np.inf,
)


@given(problems())
def test_a_problem_comes_out_as_it_went_in(problem: Problem) -> None:
    assert digest_of_problem(read(written(problem))) == digest_of_problem(problem)


def test_what_is_infinite_comes_back() -> None:
    back = read(written(SMALL))
    assert (back.spread.rates.tolist(), back.staff_minutes) == ([np.inf], np.inf)


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    document = json.loads(written(SMALL))
    change(document)
    return json.dumps(document).encode()


def deep(document: dict[str, Any]) -> None:
    need: dict[str, Any] = {"thing": 0}
    for _ in range(200):
        need = {"at_least": 1, "of": [need]}
    document["services"][0]["needs"] = need


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        changed(lambda all_of_it: all_of_it.pop("rates")),
        changed(lambda all_of_it: all_of_it.update(more=1)),
        changed(lambda all_of_it: all_of_it.update(sources=[7])),
        changed(lambda all_of_it: all_of_it.update(targets=[0, 1])),
        changed(lambda all_of_it: all_of_it.update(reached=[1.0])),
        changed(lambda all_of_it: all_of_it["actions"][0].update(cuts=[-1])),
        changed(lambda all_of_it: all_of_it["actions"][0].update(down=[-1])),
        changed(lambda all_of_it: all_of_it["services"][0].update(needs={"service": 9})),
        changed(lambda all_of_it: all_of_it["services"][0].update(needs={"thing": 1, "service": 0})),
        changed(deep),
    ],
)
def test_a_file_that_is_no_problem_is_refused(content: bytes) -> None:
    with pytest.raises(UnusableInput, match="this is no problem"):
        read(content)
