"""A certificate and its checker: what each row says, what is refused in which words, and one proof worked by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest

from codedark.contain.certificate import (
    AnyRow,
    Certificate,
    Down,
    Falls,
    Gone,
    HeldOut,
    Path,
    Refused,
    Sampled,
    Staff,
    digest_of_problem,
    digest_of_sample,
    read,
    written,
)
from codedark.contain.certificate_rows import Ground
from codedark.contain.problem import AtLeast, Cuts, Need, Other, Problem, Services, Sets, Spread, Thing
from codedark.contain.verification import Verified, verify

SEED = 11
SAMPLE = (Sampled(4, 0.25, (0,)), Sampled(9, 0.75, (0, 1)))
LINK = 3
NEEDS: tuple[Need, ...] = (
    AtLeast((Thing(1), Thing(2)), 1),
    AtLeast((Thing(1), Other(0), AtLeast((Thing(0), Thing(2), Thing(LINK)), 2)), 3),
    Thing(LINK),
    AtLeast((), 0),
)


def values(*each: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array(each, dtype=np.float64)


def problem() -> Problem:
    """0 reaches 1 reaches 2, at once each. Action 0 cuts the first edge now; 1 the second after an hour, and takes node
    1 down; 2 cuts both now, and takes the link down.
    """
    return Problem(
        Spread(np.array([0, 1]), np.array([1, 2]), values(math.inf, math.inf), values(1, 0, 0)),
        Cuts(
            Sets.of([[0], [1], [0, 1]]),
            Sets.of([[], [1], [LINK]]),
            values(0, 1, 0),
            values(10, 10, 30),
            values(1, 2, 3),
        ),
        Services(NEEDS, values(2, 4, 8, 16), values(20, 40, 80, 160), np.zeros(4, dtype=np.bool_)),
        values(0, 5, 100),
        8.0,
        30.0,
    )


def ground() -> Ground:
    return Ground(problem(), SEED, SAMPLE)


PROOF = Certificate(
    problem=digest_of_problem(problem()),
    sample=digest_of_sample(SEED, SAMPLE),
    seed=SEED,
    scenarios=SAMPLE,
    chosen=(0,),
    # Scenario 4: nothing reached beside 0. Scenario 9: 1 is his already, and reaches 2, so services 0 and 1 fall too.
    harm=1 + 0.75 * (5 + 100 + 20 + 40),
    bound=60.0,
    rows=(Path(multiplier=75.0, scenario=9, target=2, edges=(1,)),),
)


def test_proof_by_hand_is_verified() -> None:
    # r[9,2] + x[2] >= 1, 75 times: r counts 75 of its 75, x[2] counts 3 of the 75, so that 72 are lost.
    result = verify(problem(), msgspec.structs.replace(PROOF, bound=3.0))
    assert result == Verified(124.75, 3.0, PROOF.sample)


def test_bound_is_rounded_down_and_harm_up() -> None:
    # Three times the double 0.1 is a little less than the nearest double, 0.30000000000000004.
    rows = (Path(multiplier=0.1, scenario=9, target=2, edges=(1,)),) * 3
    assert 0.1 + 0.1 + 0.1 > 0.3
    # The double 0.8 is a little more than 4/5, and 1 + 165 times it more than 133.
    fifths = (Sampled(4, 0.2, ()), Sampled(9, 0.8, (0, 1)))
    result = verify(problem(), change(rows=rows, scenarios=fifths, harm=133.0))
    assert result == Verified(math.nextafter(133.0, math.inf), 0.3, digest_of_sample(SEED, fifths))


def test_claim_beyond_what_is_proven_is_refused() -> None:
    assert verify(problem(), PROOF) == Refused(("The rows prove a bound of 3.0, less than the 60.0 claimed.",))


@pytest.mark.parametrize(
    ("row", "terms", "least"),
    [
        (Path(multiplier=1, scenario=4, target=0, edges=()), {("r", 4, 0): 1}, 1),
        (Path(multiplier=1, scenario=4, target=1, edges=(0,)), {("r", 4, 1): 1, ("x", 0): 1, ("x", 2): 1}, 1),
        # Action 1 holds after the attacker is through.
        (Path(multiplier=1, scenario=4, target=2, edges=(0, 1)), {("r", 4, 2): 1, ("x", 0): 1, ("x", 2): 1}, 1),
        (Path(multiplier=1, scenario=9, target=2, edges=(1,)), {("r", 9, 2): 1, ("x", 2): 1}, 1),
        (Down(multiplier=1, action=1, thing=1), {("d", 1): 1, ("x", 1): -1}, 0),
        (Gone(multiplier=1, scenario=4, thing=1, by="taken"), {("g", 4, 1): 1, ("r", 4, 1): -1}, 0),
        (Gone(multiplier=1, scenario=4, thing=LINK, by="down"), {("g", 4, LINK): 1, ("d", LINK): -1}, 0),
        (
            Falls(multiplier=1, scenario=4, when="taken", service=0, need=(), parts=(0, 1)),
            {("taken", 4, 0): 1, ("r", 4, 1): -1, ("r", 4, 2): -1},
            -1,
        ),
        (
            Falls(multiplier=1, scenario=4, when="either", service=1, need=(), parts=(1, 2)),
            {("either", 4, 1): 2, ("either", 4, 0): -1, ("either", 4, 1, 2): -1},
            0,
        ),
        (
            Falls(multiplier=1, scenario=4, when="either", service=1, need=(2,), parts=(0, 1, 2)),
            {("either", 4, 1, 2): 2, ("g", 4, 0): -1, ("g", 4, 2): -1, ("g", 4, LINK): -1},
            -1,
        ),
        (
            Falls(multiplier=1, scenario=4, when="taken", service=2, need=(), parts=(0,)),
            {("taken", 4, 2): 1},  # a link is never taken
            0,
        ),
        (Staff(multiplier=1), {("x", 0): -10, ("x", 1): -10, ("x", 2): -30}, -30),
    ],
    ids=str,
)
def test_row_says(row: AnyRow, terms: dict[tuple[str | int, ...], int], least: int) -> None:
    said = ground().inequality(row)
    assert not isinstance(said, str), said
    assert (dict(said.terms), said.least) == (terms, least)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (Path(multiplier=1, scenario=5, target=0, edges=()), "no such scenario"),
        (Path(multiplier=1, scenario=4, target=1, edges=()), "not begin where the attacker is, but at node 1"),
        (Path(multiplier=1, scenario=4, target=2, edges=(1,)), "not begin where the attacker is, but at node 1"),
        (Path(multiplier=1, scenario=4, target=1, edges=(0, 0)), "edge 0 does not go on from node 1"),
        (Path(multiplier=1, scenario=4, target=2, edges=(0,)), "ends at node 1 after 0.0 hours, not at node 2"),
        (Path(multiplier=1, scenario=4, target=1, edges=(-2,)), "no such edge"),
        (Path(multiplier=1, scenario=4, target=1, edges=(2,)), "no such edge"),
        (Down(multiplier=1, action=0, thing=1), "does not take that down"),
        (Down(multiplier=1, action=-2, thing=1), "no such action"),
        (Gone(multiplier=1, scenario=4, thing=LINK, by="taken"), "no such node"),
        (Gone(multiplier=1, scenario=4, thing=-1, by="taken"), "no such node"),
        (Falls(multiplier=1, scenario=4, when="taken", service=4, need=(), parts=(0,)), "no such service"),
        (Falls(multiplier=1, scenario=4, when="taken", service=-4, need=(), parts=(0,)), "no such service"),
        (Falls(multiplier=1, scenario=4, when="taken", service=0, need=(), parts=(0,)), "1 parts can fall and it"),
        (Falls(multiplier=1, scenario=4, when="taken", service=3, need=(), parts=()), "0 parts can fall and it"),
        (Falls(multiplier=1, scenario=4, when="taken", service=0, need=(), parts=(0, 0)), "not in order"),
        (Falls(multiplier=1, scenario=4, when="taken", service=0, need=(), parts=(0, 2)), "not in order"),
        (Falls(multiplier=1, scenario=4, when="taken", service=1, need=(1,), parts=(0,)), "no such group"),
        (Falls(multiplier=1, scenario=4, when="taken", service=1, need=(-1,), parts=(0, 1)), "no such group"),
        (Staff(multiplier=-1), "multiplier is not from 0"),
        (Staff(multiplier=1e300), "multiplier is not from 0"),
    ],
    ids=str,
)
def test_row_that_does_not_hold_is_refused(row: AnyRow, why: str) -> None:
    result = verify(problem(), msgspec.structs.replace(PROOF, rows=(*PROOF.rows, row)))
    assert isinstance(result, Refused)
    assert why in result.reasons[0]
    assert result.reasons[0].startswith("Row 1, counted from 0, does not hold: ")


def test_path_beyond_the_horizon_is_refused_and_one_until_it_is_not() -> None:
    slow = replace(problem(), spread=replace(problem().spread, rates=values(1, 1)))
    row = Path(multiplier=1, scenario=4, target=2, edges=(0, 1))
    around = Ground(slow, SEED, SAMPLE)
    over = around.delay(4, 0) + around.delay(4, 1)
    until = Ground(replace(slow, horizon_hours=over), SEED, SAMPLE)
    before = Ground(replace(slow, horizon_hours=math.nextafter(over, 0)), SEED, SAMPLE)
    assert not isinstance(until.inequality(row), str)
    assert "within the horizon" in str(before.inequality(row))


def test_staff_row_needs_a_limit() -> None:
    free = Ground(replace(problem(), staff_minutes=math.inf), SEED, SAMPLE)
    assert free.inequality(Staff(multiplier=1)) == "there are hands for everything"


def change(**changes: Any) -> Certificate:
    """The proof with something else in it, and the digest that goes with it."""
    other = msgspec.structs.replace(PROOF, bound=0.0, **changes)
    return msgspec.structs.replace(other, sample=digest_of_sample(other.seed, other.scenarios))


@pytest.mark.parametrize(
    ("certificate", "why"),
    [
        (change(problem="0" * 64), "of another problem"),
        (msgspec.structs.replace(PROOF, seed=SEED + 1), "not those that the certificate's digest is of"),
        (change(scenarios=(SAMPLE[0], Sampled(4, 0.75, (1,)))), "scenario is there twice"),
        (change(scenarios=(Sampled(4, -0.5, ()), Sampled(5, 1.5, ()))), "weight is not from 0 to 1"),
        (change(scenarios=(SAMPLE[0],)), "not 1 together"),
        (change(scenarios=()), "not 1 together"),
        (change(scenarios=(SAMPLE[0], Sampled(9, 0.75, (3,)))), "at a node that the problem does not have"),
        (change(scenarios=(SAMPLE[0], Sampled(9, 0.75, (-1,)))), "at a node that the problem does not have"),
        (change(chosen=(0, 0)), "chosen action is there twice"),
        (change(chosen=(3,)), "none of the problem"),
        (change(chosen=(-1,)), "none of the problem"),
        (change(chosen=(0, 2)), "more work than there are hands for"),
        (change(harm=PROOF.harm * (1 + 1e-8)), "have a harm of 124.75, not of"),
        (change(harm=math.nan), "claim is not a number"),
        (change(held_out=HeldOut(SEED + 2**64, 9, 1.0, 0.0, 2.0)), "judged on the seed by which it was chosen"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_claim_that_cannot_be_is_refused(certificate: Certificate, why: str) -> None:
    result = verify(problem(), certificate)
    assert isinstance(result, Refused)
    assert any(why in reason for reason in result.reasons)


def altered(**changes: Any) -> Problem:
    """The problem with other numbers, by the part that holds them."""
    return replace(problem(), **{part: replace(getattr(problem(), part), **new) for part, new in changes.items()})


@pytest.mark.parametrize(
    ("flawed", "why"),
    [
        (altered(spread={"rates": values(1, 0)}), "rate is not above 0"),
        (altered(spread={"rates": values(1, math.nan)}), "rate is not above 0"),
        (altered(cuts={"harm": values(1, -2, 3)}), "harm"),
        (altered(cuts={"staff_minutes": values(1, math.inf, 3)}), "work"),
        (altered(services={"while_taken": values(1, 40, 80, 160)}), "grows by when taken"),
        (replace(problem(), reached=values(0, math.nan, 1)), "harm"),
        (replace(problem(), horizon_hours=math.nan), "time is not a number"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_problem_of_which_nothing_can_be_proven_is_refused(flawed: Problem, why: str) -> None:
    result = verify(flawed, change(problem=digest_of_problem(flawed)))
    assert isinstance(result, Refused)
    assert why in result.reasons[0]


@pytest.mark.parametrize(
    "other",
    [
        altered(spread={"sources": np.array([1, 0])}),
        altered(spread={"targets": np.array([1, 0])}),
        altered(spread={"rates": values(math.inf, 1)}),
        altered(spread={"beliefs": values(1, 0, 0.5)}),
        altered(cuts={"cuts": Sets.of([[0], [1, 0], [1]])}),
        altered(cuts={"down": Sets.of([[1], [], [LINK]])}),
        altered(cuts={"apply_hours": values(0, 1, 1)}),
        altered(cuts={"staff_minutes": values(10, 10, 31)}),
        altered(cuts={"harm": values(1, 2, 3.5)}),
        altered(services={"needs": (*NEEDS[:2], Other(LINK), NEEDS[3])}),
        altered(services={"needs": (AtLeast((Thing(1), Thing(2)), 2), *NEEDS[1:])}),
        altered(services={"while_cut": values(2, 4, 8, 17)}),
        altered(services={"while_taken": values(2, 4, 8, 17)}),
        altered(services={"urgent": np.array([0, 1, 0, 0], dtype=np.bool_)}),
        replace(problem(), reached=values(0, 5, 101)),
        replace(problem(), horizon_hours=9.0),
        replace(problem(), staff_minutes=31.0),
    ],
)
def test_digest_tells_problems_apart(other: Problem) -> None:
    assert digest_of_problem(other) != digest_of_problem(problem())


def test_digest_is_the_same_for_the_same_numbers() -> None:
    assert digest_of_problem(problem()) == PROOF.problem
    assert digest_of_problem(replace(problem(), horizon_hours=8, staff_minutes=30)) == PROOF.problem


def test_file_is_read_as_it_was_written() -> None:
    assert read(written(PROOF)) == PROOF
    assert read(written(change(held_out=HeldOut(3, 9, 1.0, 0.5, 2.0)))) == change(held_out=HeldOut(3, 9, 1.0, 0.5, 2.0))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"seed":11', b'"seed":11.5'),
        (b'"harm":124.75', b'"harm":1e999'),
        (b'"harm":124.75', b'"harm":NaN'),
        (b'"harm":124.75,', b""),
        (b'"harm":124.75', b'"harm":124.75,"harmless":true'),
        (b'"row":"path"', b'"row":"proof"'),
        (b"certificate-1", b"certificate-2"),
        (b"certificate-1", b"certificate-\xff"),
        (b'"edges":[1]', b'"edges":[1'),
        (written(PROOF), b""),
        (written(PROOF), b"[" * 100_000),
        (b'"seed":11', b'"seed":1' + b"1" * 5_000),
    ],
    ids=lambda value: value[:30].decode(errors="replace"),
)
def test_file_that_is_no_certificate_is_refused(old: bytes, new: bytes) -> None:
    assert old in written(PROOF)
    result = read(written(PROOF).replace(old, new))
    assert isinstance(result, Refused)
    assert result.reasons[0].startswith("This is no certificate that can be read here: ")
