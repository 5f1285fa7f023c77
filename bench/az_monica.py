"""The AZ Monica morning replayed: all off as it was, what alarmed isolated, and the plan, on simulated hospitals.

    python bench/az_monica.py [--quick] [--nights 5] [--work DIR]

What is public of 13 January 2026 is little; the night before is invented, another one for each seed. The real watch
judges it up to 06:32, and the plans are made of what it believes. What everything then costs stands in the assumptions
of `bench/az_monica.yaml`, read in three ways. It is a simulation: it says nothing about what would have happened there.

A night that is done is kept in --work, so that the next run of the same commit goes on behind it. Writes the table and
the picture of docs/az-monica.md (not when quick).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from yardsticks.claims import ROOT, Claim, commit, publish, say
from yardsticks.morning import FILE, Assumptions, Reading, assumptions
from yardsticks.morning_told import MEASURES, PAGE, PICTURE, drawn, rows_of, table
from yardsticks.replayed_night import Decision, Night, found, lived

from codedark.contain.problem import Ints
from codedark.simulate.habit import MINUTE_US

ALL_OFF, PLAN = "all off, as it was", "the plan, at 06:32"
AT_0632 = {
    "all off, simulated": "all off",
    "nothing": "nothing",
    "isolate what alarmed, at 06:32": "isolate what alarmed",
    PLAN: "",
}
LONG = "the plan, at 06:32, its cuts standing as long as all was off"
EARLIER = {
    "isolate what alarmed, at the first likely alarm": "isolate what alarmed",
    "the plan, at the first likely alarm": "",
}
"""Decisions, with the plain policy that they are."""
FIRST_SEED = 300
QUICK_BEDS = 60
WORST = 0.05
Costs = dict[str, dict[str, list[list[float]]]]
Samples = Mapping[str, Mapping[str, list[list[float]]]]
"""For each policy and measure, for each reading, a value of each scenario."""


def replayed(assumed: Assumptions, seed: int, *, quick: bool) -> dict[str, Any]:
    """One night: what each policy costs, and what was known."""
    begun = time.process_time()
    night = lived(assumed, seed, QUICK_BEDS if quick else None)
    costs: Costs = {}
    told: dict[str, Any] = {"seed": seed, "operations": len(night.operations)}
    seen = Decision(night.hospital, night.seen)
    pace = seen.pace_of_night()
    as_long = float(assumed.public["record_back_hours"][Reading.STATED])
    costs[ALL_OFF] = _readings([assumed.as_it_was(night.operations, each).items() for each in Reading])
    told |= {"pace": pace, "seen": _decided(assumed, night, seen, AT_0632, pace, costs, as_long), "likely": None}
    if night.likely:
        told["likely"] = _decided(assumed, night, Decision(night.hospital, night.likely), EARLIER, pace, costs, as_long)
    return {**told, "costs": costs, "cpu_seconds": time.process_time() - begun}


def _decided(
    assumed: Assumptions,
    night: Night,
    decision: Decision,
    rows: Mapping[str, str],
    pace: float,
    costs: Costs,
    as_long: float,
) -> dict[str, Any]:
    """What each of these decisions costs, into ``costs``; what was known when they fell, and the plan."""
    plan, by_hand = decision.judged_by(assumed, pace).plan()
    before = (night.seen.at_us - decision.known.at_us) / MINUTE_US

    def cost(chosen: Ints, stand: float | None) -> dict[str, list[list[float]]]:
        downs = [(each, decision.down(chosen, assumed, each, stand)) for each in Reading]
        return _readings([assumed.lost(down, night.operations, each, before / 60).items() for each, down in downs])

    for name, policy in rows.items():
        chosen = decision.policies[policy] if policy else plan
        costs[name] = cost(chosen, as_long if policy == "all off" else None)
        if name == PLAN:
            costs[LONG] = cost(plan, as_long)
    return {
        "found": found(decision.known),
        "actions": decision.names(plan),
        "by_hand": by_hand,
        "minutes_before": before,
    }


def _readings(costs: Sequence[Mapping[str, Any]]) -> dict[str, list[list[float]]]:
    return {measure: [cost[measure].tolist() for cost in costs] for measure in MEASURES}


def gathered(nights: Sequence[Mapping[str, Any]]) -> Samples:
    """All nights together; each weighs the same."""
    all_of: dict[str, dict[str, list[list[float]]]] = defaultdict(lambda: {each: [[], [], []] for each in MEASURES})
    for night in nights:
        most = max(len(cost["day"][0]) for cost in night["costs"].values())
        for policy, cost in night["costs"].items():
            for measure in MEASURES:
                for reading, values in enumerate(cost[measure]):
                    all_of[policy][measure][reading] += values * (most // len(values))
    return all_of


def worst(values: Sequence[float]) -> float:
    """The mean of the worst twentieth."""
    ordered = sorted(values)
    return float(np.mean(ordered[-max(1, round(WORST * len(ordered))) :]))


def claims_of(samples: Samples, nights: Sequence[Mapping[str, Any]]) -> list[Claim]:
    """Each figure with its kind and harsh reading as the least and the most; the bad twentieth beside it."""
    out = []
    for policy, measures in samples.items():
        for measure, (title, unit) in MEASURES.items():
            means = [float(np.mean(values)) for values in measures[measure]]
            out.append(Claim(f"{policy}: {title}", unit, means, "told", lambda _: True))
            if policy != ALL_OFF:
                bad = [worst(values) for values in measures[measure]]
                out.append(Claim(f"{policy}: {title}, worst 5 %", unit, bad, "told", lambda _: True))
    early = [night["likely"]["minutes_before"] for night in nights if night["likely"]]
    held, suspected, wrongly = (
        [float(night["seen"]["found"][key]) for night in nights] for key in ("held", "suspected", "wrongly")
    )
    paces = [night["pace"] for night in nights]

    def by_hand(when: str) -> float:
        return float(sum(bool(night[when]) and night[when]["by_hand"] == "all off" for night in nights))

    actions = [float(len(night["seen"]["actions"])) for night in nights]
    out += [
        Claim("nights", "", [float(len(nights))], ">= 3", lambda value: value >= 3),
        Claim("first likely alarm before 06:32", "min", early or [0.0], "> 0", lambda value: value > 0),
        Claim("machines that he held at 06:32", "", held, "told", lambda _: True),
        Claim("of which the watch suspected", "", suspected, "told", lambda _: True),
        Claim("machines wrongly believed his (at least half)", "", wrongly, "told", lambda _: True),
        Claim("pace of the night, times the shipped rates", "x", paces, "told", lambda _: True),
        Claim("actions of the plan", "", actions, "told", lambda _: True),
        Claim("plans at 06:32 that are all off", "", [by_hand("seen")], "told", lambda _: True),
        Claim("plans at the first likely alarm that are all off", "", [by_hand("likely")], "told", lambda _: True),
    ]  # fmt: skip
    return out


def main() -> None:
    """Replay, gather, tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one night of a small hospital; nothing is written")
    parser.add_argument("--nights", type=int, default=5)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "codedark-az-monica")
    given = parser.parse_args()
    assumed, text = assumptions(), FILE.read_text("utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    work = given.work / f"{commit()[:12]}-{digest[:12]}"
    work.mkdir(parents=True, exist_ok=True)
    nights = []
    for seed in range(FIRST_SEED, FIRST_SEED + (1 if given.quick else given.nights)):
        file = work / f"{seed}{'-quick' if given.quick else ''}.json"
        if not file.exists():
            file.write_text(json.dumps(replayed(assumed, seed, quick=given.quick)))
        nights.append(json.loads(file.read_text()))
        last = nights[-1]
        say(f"night {seed}: {last['cpu_seconds']:.0f} s of CPU, {len(last['seen']['actions'])} actions, "
            f"by hand: {last['seen']['by_hand'] or 'no'}, {last['seen']['found']}, likely: "
            f"{last['likely'] and round(last['likely']['minutes_before'])} min before")  # fmt: skip
    claims = claims_of(gathered(nights), nights)
    publish("az_monica", claims, digest, quick=given.quick)
    rows = rows_of([claim.row() for claim in claims])
    if given.quick:
        say("\n".join(table(rows)))
        return
    PICTURE.write_text(drawn(rows), "utf-8")
    PAGE.write_text(
        re.sub(
            r"(?s)(<!-- table -->\n).*?(<!-- end -->)",
            lambda match: match[1] + "\n".join(table(rows)) + "\n" + match[2],
            PAGE.read_text("utf-8"),
            count=1,
        ),
        "utf-8",
    )
    say(f"written: {PAGE.relative_to(ROOT)}, {PICTURE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
