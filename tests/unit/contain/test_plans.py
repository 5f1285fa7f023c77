"""Three plans beside what a person would do by hand, whether to wait, and plans when something is applied already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from codedark.contain.closed_ways import Ways
from codedark.contain.harm import Judge
from codedark.contain.layout import Layout
from codedark.contain.plans import BALANCED, LEAST, MOST, RATIOS, Plans, Solved, plans_of, same_actions, weighed
from codedark.contain.problem import AtLeast, Cuts, Ints, Problem, Services, Sets, Spread, Thing
from codedark.contain.reach import reach
from codedark.contain.replanning import kept, reluctant, standing
from codedark.contain.scenarios import Scenarios
from codedark.contain.waiting import waiting

# Node 0 is a taken workstation, 1 a clean one, 2 a gateway, 3 a server, 4 the database that a service needs. From the
# workstations by the gateway to the server, and from there to the database.
ISOLATE_TAKEN, ISOLATE_CLEAN, CUT_WAY, ISOLATE_DATABASE = range(4)


def ints(*values: int) -> Ints:
    return np.array(values, dtype=np.int64)


def problem(
    *,
    beliefs: Sequence[float] = (1.0, 0.0, 0, 0, 0),
    rate: float = 1.0,
    apply_hours: float = 0.0,
    way_harm: float = 2.0,
    urgent: bool = False,
) -> Problem:
    return Problem(
        Spread(
            ints(0, 1, 2, 3, 0),
            ints(2, 2, 3, 4, 1),
            np.array([rate, rate, rate, rate, 0.01 * rate]),
            np.array(beliefs, dtype=np.float64),
        ),
        Cuts(
            Sets.of([[0, 4], [1, 4], [2], [3]]),
            Sets.of([[], [], [], [4]]),
            np.full(4, apply_hours),
            np.full(4, 10.0),
            np.array([1.0, 1.0, way_harm, 0.0]),
        ),
        Services((AtLeast((Thing(4),), 1),), np.array([10.0]), np.array([100.0]), np.array([urgent])),
        np.array([0.0, 1.0, 0.0, 5.0, 0.0]),
        horizon_hours=8.0,
        staff_minutes=100.0,
    )


LAYOUT = Layout(ints(0, 1, -1, -1, 3), ints(0, 0, -1, 1, 1), Sets.of([[2], [3]]), ints(0, 1, 2, 3))
POLICIES = {"nothing": ints(), "all off": ints(0, 1, 2, 3)}


def by_trying_all(_: str, given: Problem) -> Solved:
    """The optimum of a small problem, and its own bound."""
    judge, scenarios = Judge(given), Scenarios.drawn(given, 1, 200)
    subsets = (ints(*each) for size in range(5) for each in combinations(range(4), size))
    harm, chosen = min(((judge.outcome(scenarios, each).mean, each) for each in subsets), key=lambda row: row[0])
    return Solved(chosen, harm, harm)


def made(given: Problem) -> Plans:
    return plans_of(given, Scenarios.drawn(given, 2, 200), by_trying_all, POLICIES)


def test_the_cheapest_cut_before_everything_of_worth_is_all_three_plans() -> None:
    plans = made(problem())
    assert [plan.judged.chosen.tolist() for plan in plans.plans] == [[ISOLATE_TAKEN]] * 3
    assert same_actions(plans.plans, [ISOLATE_TAKEN]) == list(RATIOS)
    assert plans.balanced.by_hand == ""
    assert [each.name for each in plans.policies] == ["all off", "nothing"]


def test_the_more_the_attackers_harm_counts_the_more_is_cut() -> None:
    given = problem(beliefs=(0.008, 0.008, 0, 0, 0))
    least, balanced, most = (len(plan.judged.chosen) for plan in made(given).plans)
    assert least <= balanced <= most
    assert least < most


def test_a_plan_is_never_worse_than_a_plain_policy_on_the_scenarios_that_judge() -> None:
    def poor(_: str, given: Problem) -> Solved:
        return Solved(ints(ISOLATE_CLEAN), 1.0, 0.0)

    given = problem()
    plans = plans_of(given, Scenarios.drawn(given, 2, 200), poor, POLICIES)
    assert plans.balanced.by_hand == "all off"
    assert plans.balanced.judged.harm == plans.policies[0].harm


def test_what_the_attacker_keeps_down_never_counts_less_than_while_we_cut_it() -> None:
    lighter = weighed(problem(), 0.01)
    assert lighter.services.while_taken.tolist() == [10.0]
    assert lighter.reached.tolist() == [0.0, 0.01, 0.0, 0.05, 0.0]
    assert weighed(problem(), 1.0).services.while_taken.tolist() == [100.0]


def test_it_is_said_for_which_ratios_the_balanced_plan_stays_the_best() -> None:
    low, high = made(problem()).steady()
    assert (low, high) == (0.1, 10.0)
    rare = made(problem(beliefs=(0.008, 0.008, 0, 0, 0)))
    assert rare.steady()[1] < 10.0
    assert {each.best for each in rare.sensitivity} <= {LEAST, BALANCED, MOST, "nothing", "all off"}


def test_waiting_costs_where_the_attacker_is_fast_and_brings_little_where_it_is_known_who_is_taken() -> None:
    given = problem(rate=10.0)
    judging = Scenarios.drawn(given, 2, 200)
    found = waiting(given, judging, LAYOUT, {"balanced": ints(ISOLATE_TAKEN), **POLICIES}, "balanced")
    assert found.now.mean == pytest.approx(1.0)
    assert found.cost > 20
    assert found.gain_at_most < 0


def test_waiting_may_pay_where_the_attacker_is_slow_and_nobody_knows_who_is_taken() -> None:
    given = problem(beliefs=(0.5, 0.5, 0, 0, 0), rate=0.5, way_harm=50.0)
    given = replace(given, cuts=replace(given.cuts, harm=np.array([20.0, 20.0, 50.0, 60.0])))
    judging = Scenarios.drawn(given, 2, 400)
    plan = by_trying_all("balanced", given).chosen
    found = waiting(given, judging, LAYOUT, {"balanced": plan, **POLICIES}, "balanced")
    assert found.informed.mean < found.later.mean
    assert found.gain_at_most > 0


def test_what_is_applied_already_does_not_wait() -> None:
    given = standing(problem(rate=10.0, apply_hours=1.0), [ISOLATE_TAKEN])
    judging = Scenarios.drawn(given, 2, 100)
    found = waiting(given, judging, LAYOUT, {"balanced": ints(ISOLATE_TAKEN)}, "balanced", [ISOLATE_TAKEN])
    assert found.later.mean == pytest.approx(found.now.mean)


def test_what_stands_is_kept_until_it_costs_more_than_to_undo_it() -> None:
    given = problem(way_harm=3.0)
    scenarios, judge = Scenarios.drawn(given, 1, 100), Judge(given)
    fresh = by_trying_all(BALANCED, given).chosen
    assert fresh.tolist() == [ISOLATE_TAKEN]
    assert kept(judge, scenarios, fresh, [CUT_WAY], undo_harm=5.0).tolist() == [ISOLATE_TAKEN, CUT_WAY]
    assert kept(judge, scenarios, fresh, [CUT_WAY], undo_harm=1.0).tolist() == [ISOLATE_TAKEN]


def test_an_applied_action_holds_at_once_and_is_no_more_work_and_never_below_nothing() -> None:
    given = reluctant(standing(problem(apply_hours=1.0), [CUT_WAY]), [CUT_WAY], undo_harm=5.0)
    assert given.cuts.apply_hours.tolist() == [1.0, 1.0, 0.0, 1.0]
    assert given.cuts.staff_minutes.tolist() == [10.0, 10.0, 0.0, 10.0]
    assert given.cuts.harm.tolist() == [1.0, 1.0, 0.0, 0.0]


def test_the_way_that_an_action_closes_leads_to_what_is_worth_most() -> None:
    given = problem(urgent=True)
    judge, scenarios = Judge(given), Scenarios.drawn(given, 2, 200)
    ways = Ways(scenarios, judge.dependence, [False, False, True, False, False])
    nothing, plan = ints(), ints(ISOLATE_TAKEN)
    way = ways.closed(nothing, reach(scenarios, nothing), reach(scenarios, plan))
    assert way is not None
    assert way.nodes == (0, 2, 3, 4)
    assert way.edges == (0, 2, 3)
    assert list(way.hours) == sorted(way.hours)
    assert way.services == (0,)
    felled = judge.outcome(scenarios, nothing).urgent > 0
    assert way.probability == pytest.approx(float(scenarios.weights @ felled))


def test_an_action_that_keeps_him_from_nothing_closes_no_way() -> None:
    given = problem()
    judge, scenarios = Judge(given), Scenarios.drawn(given, 2, 100)
    ways = Ways(scenarios, judge.dependence, [False] * 5)
    held = reach(scenarios, ints(ISOLATE_TAKEN))
    assert ways.closed(ints(ISOLATE_TAKEN), held, reach(scenarios, ints(ISOLATE_TAKEN, CUT_WAY))) is None


def test_a_way_that_is_crossed_at_once_is_followed_back_to_what_is_taken() -> None:
    given = problem(rate=float("inf"))
    judge, scenarios = Judge(given), Scenarios.drawn(given, 2, 20)
    ways = Ways(scenarios, judge.dependence, [False] * 5)
    nothing = ints()
    way = ways.closed(nothing, reach(scenarios, nothing), reach(scenarios, ints(ISOLATE_TAKEN)))
    assert way is not None
    assert way.nodes[0] == 0
    assert way.target == 4
