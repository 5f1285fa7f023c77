"""What rows of `bench/contain_quality.py` come to: claims with their intervals, and the tables of the page."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from statistics import NormalDist
from typing import Any

import numpy as np

from yardsticks.claims import Claim

PLAN, NOTHING, ALARMED, ALL_OFF = "plan", "nothing", "isolate what alarmed", "all off"
Row = dict[str, Any]
DRAWS = 200
"""Of attacks, with repetition, for the intervals of means and tails."""


def mean_harm(row: Row, policy: str) -> float:
    """The harm of a policy in one attack, mean over the scenarios of the truth."""
    return statistics.fmean(row["policies"][policy]["harm"])


def tail(rows: Sequence[Row], policy: str) -> float:
    """CVaR95 over all attacks and their scenarios: the mean of the worst twentieth."""
    harm = np.concatenate([np.array(row["policies"][policy]["harm"], dtype=np.float64) for row in rows])
    worst = max(1, len(harm) // 20)
    return float(np.partition(harm, -worst)[-worst:].mean())


def mean_of(rows: Sequence[Row], policy: str) -> float:
    """The mean over attacks."""
    return statistics.fmean(mean_harm(row, policy) for row in rows)


def best_plain(rows: Sequence[Row]) -> str:
    """The plain policy that does the least harm over these attacks."""
    names: list[str] = [name for name in rows[0]["policies"] if name != PLAN]
    return min(names, key=lambda name: mean_of(rows, name))


def alike(rows: Sequence[Row]) -> list[list[Row]]:
    """Attacks of one kind on the same machines and accounts of one hospital. They are no independent cases: intervals
    are those of the groups.
    """
    groups: defaultdict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[str(row["house"]), row["attack"], *row["taken"]].append(row)
    return list(groups.values())


def difference(rows: Sequence[Row], other: str) -> tuple[float, float, float]:
    """By how much more harm the plan does than another policy: mean and 95 % interval over groups of attacks."""
    groups = [[mean_harm(row, PLAN) - mean_harm(row, other) for row in group] for group in alike(rows)]
    mean = statistics.fmean(each for group in groups for each in group)
    squares = sum(sum(each - mean for each in group) ** 2 for group in groups)
    many = len(groups)
    spread = (squares * many / (many - 1)) ** 0.5 / len(rows) if many > 1 else float("inf")
    reach = NormalDist().inv_cdf(0.975) * spread
    return mean, mean - reach, mean + reach


def ratios(rows: Sequence[Row]) -> list[float]:
    """By how many times less harm the plan does than all off, attack by attack."""
    return [mean_harm(row, ALL_OFF) / max(1.0, mean_harm(row, PLAN)) for row in rows]


def less(rows: Sequence[Row], of: Callable[[Sequence[Row], str], float]) -> float:
    """How much less the plan does than isolating what alarmed, in per cent."""
    return 100 * (1 - of(rows, PLAN) / max(1.0, of(rows, ALARMED)))


def drawn(rows: Sequence[Row], value: Callable[[Sequence[Row]], float]) -> list[float]:
    """The value and those of redrawn groups of attacks, without the outer twentieth: median and interval follow."""
    chance, groups = Random(7), alike(rows)
    redrawn = (chance.choices(groups, k=len(groups)) for _ in range(DRAWS))
    values = sorted(value([row for group in some for row in group]) for some in redrawn)
    return [value(rows), *values[DRAWS // 40 : -DRAWS // 40]]


def claims_of(rows: Sequence[Row], named: str) -> list[Claim]:
    """The four bars of one class."""
    best = best_plain(rows)
    mean, low, high = difference(rows, best)
    return [
        Claim(
            f"{named}: harm beyond that of the best plain policy ({best})", "", [low, mean, high],
            "interval reaches 0", partial(_reaches_zero, low),
        ),
        Claim(f"{named}: times less than all off", "x", ratios(rows), ">= 10", lambda x: x >= 10),
        Claim(
            f"{named}: mean less than isolating what alarmed", "%", drawn(rows, partial(less, of=mean_of)),
            ">= 20", lambda x: x >= 20,
        ),
        Claim(
            f"{named}: CVaR95 less than isolating what alarmed", "%", drawn(rows, partial(less, of=tail)),
            ">= 50", lambda x: x >= 50,
        ),
    ]  # fmt: skip


def _reaches_zero(low: float, _: float) -> bool:
    return low <= 0


def class_table(by_class: dict[str, list[Row]]) -> list[str]:
    """Classes and policies: mean, median over attacks, and tail."""
    lines = [
        "| class | attacks | policy | mean harm | median attack | CVaR95 | actions |",
        "|---|---|---|---|---|---|---|",
    ]
    for named, rows in by_class.items():
        for policy in sorted(rows[0]["policies"], key=lambda name: mean_of(rows, name)):
            harms = [mean_harm(row, policy) for row in rows]
            actions = statistics.median(row["policies"][policy]["actions"] for row in rows)
            lines.append(
                f"| {named} | {len(rows)} | {_bold(policy)} | {statistics.fmean(harms):,.0f} "
                f"| {statistics.median(harms):,.0f} | {tail(rows, policy):,.0f} | {actions:.0f} |"
            )
    return lines


def bar_table(by_class: dict[str, list[Row]]) -> list[str]:
    """The four bars, class by class."""
    lines = [
        (
            "| class | best plain policy | plan beyond it (95 % interval) | times less than all off, median attack "
            "| mean less than isolating | CVaR95 less than isolating |"
        ),
        "|---|---|---|---|---|---|",
    ]
    for named, rows in by_class.items():
        best = best_plain(rows)
        mean, low, high = difference(rows, best)
        _, times, less_mean, less_tail = claims_of(rows, named)
        lines.append(
            f"| {named} | {best} | {mean:,.0f} ({low:,.0f} to {high:,.0f}) | {statistics.median(times.samples):.1f} "
            f"| {_interval(less_mean)} | {_interval(less_tail)} |"
        )
    return lines


def attack_table(rows: Sequence[Row]) -> list[str]:
    """Kinds of attacks: how the plan and the others did, and what of that which really came next was stopped."""
    lines = [
        (
            "| attack | number | first alarm, minutes | pace of the rates | nothing | isolate what alarmed | all off "
            "| best plain | plan | plan's actions | really stopped: isolate | all off | plan |"
        ),
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for attack in sorted({row["attack"] for row in rows}):
        mine = [row for row in rows if row["attack"] == attack]
        best = best_plain(mine)
        stopped = " | ".join(stopped_by(mine, policy) for policy in (ALARMED, ALL_OFF, PLAN))
        lines.append(
            f"| {attack} | {len(mine)} | {statistics.median(row['alarm_minutes'][0] for row in mine):.0f} "
            f"| {statistics.median(row['pace'] for row in mine):.2f} | {mean_of(mine, NOTHING):,.0f} "
            f"| {mean_of(mine, ALARMED):,.0f} | {mean_of(mine, ALL_OFF):,.0f} | {mean_of(mine, best):,.0f} ({best}) "
            f"| **{mean_of(mine, PLAN):,.0f}** "
            f"| {statistics.median(row['policies'][PLAN]['actions'] for row in mine):.0f} | {stopped} |"
        )
    return lines


def kinds_by_class(by_class: dict[str, list[Row]]) -> list[str]:
    """The plan's mean harm beside the best plain policy's, for each kind of attack in each class."""
    names = list(by_class)
    lines = [f"| attack | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for attack in sorted({row["attack"] for rows in by_class.values() for row in rows}):
        cells = []
        for rows in by_class.values():
            mine = [row for row in rows if row["attack"] == attack]
            best = best_plain(mine) if mine else ""
            cells.append(f"{mean_of(mine, PLAN):,.0f} / {mean_of(mine, best):,.0f}" if mine else "none")
        lines.append(f"| {attack} | {' | '.join(cells)} |")
    return lines


def stopped_by(rows: Sequence[Row], policy: str) -> str:
    """The part of what really came next that a policy stops, of that of which the model knows a way."""
    told = Counter(each[2] for row in rows for each in row["policies"][policy]["next"])
    known = told["stopped"] + told["done"]
    return f"{told['stopped'] / known:.0%}" if known else "none"


def worse(rows: Sequence[Row], least: float = 500.0) -> list[tuple[float, str, Row]]:
    """Attacks in which some plain policy did less harm by so much, beyond chance: by how much, which one, the worst
    first.
    """
    found = []
    for row in rows:
        best = best_plain([row])
        pairs = np.array(row["policies"][PLAN]["harm"]) - np.array(row["policies"][best]["harm"])
        more = float(pairs.mean())
        if more >= least and more > 1.96 * float(pairs.std()) / len(pairs) ** 0.5:
            found.append((more, best, row))
    return sorted(found, key=lambda each: -each[0])


def why(row: Row, best: str) -> str:
    """Why a plan did worse than a plain policy: what the figures tell of the case."""
    if row["by_hand"]:
        return f"the planner thought {row['by_hand']} best"
    missed = [name for name in row["taken"] if row["suspects"].get(name, 0.0) < 0.05]
    plan, other = row["policies"][PLAN], row["policies"][best]
    paid = plan["own"] - other["own"]
    lost = mean_harm(row, PLAN) - mean_harm(row, best)
    if paid >= 0.8 * lost:
        return "cuts that this attacker made no use of"
    if missed:
        return "taken and not suspected"
    return "he went where the plan had left a way"


def failure_table(rows: Sequence[Row], most: int = 12) -> list[str]:
    """How many did worse and why, and the worst of them."""
    failed = worse(rows)
    causes = Counter(why(row, best) for _, best, row in failed)
    lines = ["| why | attacks | harm beyond the best plain policy of each, mean |", "|---|---|---|"]
    for cause, number in causes.most_common():
        extra = statistics.fmean(more for more, best, row in failed if why(row, best) == cause)
        lines.append(f"| {cause} | {number} of {len(rows)} | {extra:,.0f} |")
    lines += ["", "| attack | plan | best plain | believed (truly taken) | pace | why |", "|---|---|---|---|---|---|"]
    for _, best, row in failed[:most]:
        believed = ", ".join(f"{name} {value:.2f}" for name, value in list(row["suspects"].items())[:4])
        lines.append(
            f"| {row['attack']}, hospital {row['house']}, seed {row['seed']} | {mean_harm(row, PLAN):,.0f} "
            f"| {mean_harm(row, best):,.0f} ({best}) | {believed or 'nobody above 0.01'} ({', '.join(row['taken'])}) "
            f"| {row['pace']:.2f} | {why(row, best)} |"
        )
    return lines


def lifelines_touched(rows: Sequence[Row]) -> int:
    """In how many attacks the plan held an action that a lifeline forbids in truth."""
    return sum(bool(row["policies"][PLAN]["lifeline"]) for row in rows)


def _interval(claim: Claim) -> str:
    low, high = min(claim.samples), max(claim.samples)
    return f"{statistics.median(claim.samples):.0f} % ({low:.0f} to {high:.0f})"


def _bold(policy: str) -> str:
    return f"**{policy}**" if policy == PLAN else policy
