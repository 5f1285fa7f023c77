"""How early the alarm comes, and how often it comes for nothing, on simulated hospitals.

    python bench/alarms.py [--quick] [--seeds 20] [--tune]

Each hospital of 30 beds is lived for two weeks in which nobody attacks it, so that baselines learn; then for ordinary
days, weird ones among them, whose alarms are counted; and from where the two weeks ended, once for every attack and
seed. What is told of an attack is known exactly, because every record that an attacker left is known by its number.
Sigma alone, behaviour alone and both are judged in one pass. With --tune the seeds are others: thresholds are set on
those and never on the ones that are reported.

Writes the tables of docs/reference/early-warning.md (not when quick, nor with --tune).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import pickle
import re
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yardsticks.claims import ROOT, Claim, publish, say

from codedark.app.rules import load_rules
from codedark.app.simulation.feed import feed
from codedark.app.simulation.files import write_inventory, write_resources
from codedark.app.simulation.scripts import names, script_named
from codedark.app.simulation.times import period
from codedark.app.watching.parts import care_from
from codedark.app.watching.slots import Slots
from codedark.app.watching.watcher import Rules, Watcher
from codedark.app.watching.wiring import watcher_of
from codedark.cli.options import cache_folder
from codedark.detect.behaviour.places import short
from codedark.detect.finding import Finding
from codedark.respond.decision import Decision
from codedark.respond.incident import Alarm, Incident
from codedark.respond.incidents import Incidents
from codedark.simulate.habit import DAY_US, HOUR_US, MINUTE_US
from codedark.simulate.truth import Truth
from codedark.simulate.world import Order, World, world_of
from codedark.store.rule_cache import RuleCache

DATA = ROOT.parent / "shared" / "data"
RULES = ["hospital", *(str(DATA / "sigma" / "corpus" / name) for name in ("rules", "rules-emerging-threats"))]
PAGE = ROOT / "docs" / "reference" / "early-warning.md"
MODES = ("rules", "behaviour", "both")
START, LEARNING_DAYS, BEDS = "2026-01-12", 14, 30
AFTER_US = 1 * HOUR_US
"""How long a run goes on behind the first irreversible step, to see what comes too late."""
MOST_US = 72 * HOUR_US
SEVERAL = 10
"""Attack seeds for each hospital."""
REPORTED = 200
"""The seeds that are reported begin here. Those below were looked at while rules of alarms were changed."""


class Three:
    """Three watches over the same findings: of rules, of behaviour, and of both; what is learnt follows the last."""

    def __init__(self, make: Any) -> None:
        self.of: dict[str, Incidents] = {mode: make() for mode in MODES}
        self.alarms: dict[str, list[tuple[Alarm, Incident]]] = {mode: [] for mode in MODES}
        self.surest: dict[str, tuple[int, Incident]] = {}
        """Each incident of both when it was surest, with that time: to choose the threshold by (--tune)."""

    def take(self, findings: Sequence[Finding], now_us: int) -> Iterator[Incident | Alarm]:
        """Give each its share."""
        ours = [finding for finding in findings if finding.says]
        theirs = [finding for finding in findings if not finding.says]
        for mode, share in (("rules", theirs), ("behaviour", ours), ("both", findings)):
            if share:
                yield from self._heard(mode, self.of[mode].take(share, now_us))

    def tick(self, now_us: int) -> Iterator[Incident | Alarm]:
        """Time has passed for all."""
        for mode, incidents in self.of.items():
            yield from self._heard(mode, incidents.tick(now_us))

    def decide(self, decision: Decision, now_us: int) -> Iterator[Incident | Alarm]:
        """Nobody decides here."""
        del decision, now_us
        return iter(())

    def held(self, host: str, account: str) -> bool:
        """As the watch of both has it."""
        return self.of["both"].held(host, account)

    def _heard(self, mode: str, changes: Iterator[Incident | Alarm]) -> Iterator[Incident | Alarm]:
        latest: dict[str, Incident] = {}
        for change in list(changes):
            if isinstance(change, Incident):
                latest[change.id] = change
            else:
                self.alarms[mode].append((change, latest[change.incident]))
            if mode == "both":
                if isinstance(change, Incident) and self._is_surest(change):
                    self.surest[change.id] = (change.last_us, change)
                yield change

    def _is_surest(self, incident: Incident) -> bool:
        return incident.id not in self.surest or incident.confidence > self.surest[incident.id][1].confidence


@dataclass
class Run:
    """One attack. Times in minutes from its beginning; None where it never came."""

    attack: str
    hospital: int
    seed: int
    irreversible: float
    trace: float | None = None
    finding: dict[str, float | None] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)
    alarm: dict[str, float | None] = field(default_factory=dict)
    incidents: dict[str, int] = field(default_factory=dict)
    missing: str = ""
    sureness: list[tuple[float, float]] = field(default_factory=list)
    """How sure the watch of both was, whenever it became surer of something that rests on the attack."""


def hospital_of(seed: int, days: float, start_day: float = 0, **attack: Any) -> World:
    """A world that begins so many days after `START`."""
    first_us, _ = period(START, 1)
    first_us += round(start_day * DAY_US)
    return world_of(Order(BEDS, seed, first_us, first_us + int(days * DAY_US), **attack))


def lived(watcher: Watcher, world: World, first: int, every_us: int, heed: Any, trace: Any = lambda *_: None) -> int:
    """Fold all that a world says; returns the next number. ``heed`` may stop it by returning True."""
    slots = Slots()
    for parcels in feed(world, every_us, first, trace):
        for slot in slots.take(parcels):
            if heed(watcher.fold(slot)):
                return slot[-1].end
            first = slot[-1].end
    return first


def three_of(watcher: Watcher) -> Three:
    """The three watches behind a watcher, also after it was restored."""
    assert isinstance(watcher.incidents, Three)
    return watcher.incidents


def learnt(job: tuple[int, int]) -> dict[str, Any]:
    """Two weeks of a hospital, then ordinary days whose alarms are counted. Leaves the memory of the two weeks."""
    seed, ordinary_days = job
    began = time.perf_counter()
    world = hospital_of(seed, LEARNING_DAYS + ordinary_days)
    watcher = watched(world)
    until_us = world.order.first_us + LEARNING_DAYS * DAY_US
    saved: dict[str, Any] = {}
    alarms: dict[str, Counter[int]] = {mode: Counter() for mode in MODES}
    why: Counter[str] = Counter()
    signs: Counter[str] = Counter()

    def heed(told: Any) -> None:
        if told.now_us > until_us and not saved:
            saved.update(parts=watcher.parts(), next=told.next)
        if told.now_us > until_us:
            signs.update(f.rule.id for f in told.findings)

    lived(watcher, world, 1, 5 * MINUTE_US, heed)
    three = three_of(watcher)
    for mode in MODES:
        for alarm, incident in three.alarms[mode]:
            if alarm.at_us > until_us:
                alarms[mode][(alarm.at_us - until_us) // DAY_US] += 1
                if mode == "both":
                    why[" + ".join(sorted({e.rule for e in incident.evidence})[:6])] += 1
    return {
        "seed": seed, "parts": saved["parts"], "next": saved["next"], "days": ordinary_days,
        "alarms": alarms, "why": why, "signs": signs, "seconds": time.perf_counter() - began,
        "surest": [(at, each.confidence, each.sentence) for at, each in three.surest.values() if at > until_us],
    }  # fmt: skip


_LOADED: list[Any] = []


def watched(world: World) -> Watcher:
    """A watcher of a world, with three watches behind it."""
    hospital = world.site.hospital
    if not _LOADED:
        _LOADED.append(load_rules(RULES, {}, RuleCache(cache_folder())))
    loaded = _LOADED[0]
    rules = Rules(loaded.rulebook, loaded.routing)
    return watcher_of(hospital, rules, {}, {}, care=care_of(world), joining=Three)


def care_of(world: World) -> Any:
    """Who treats whom, as the hospital's FHIR server would say it."""
    with tempfile.TemporaryDirectory() as folder:
        write_inventory(world, Path(folder))
        write_resources(world, Path(folder), Counter(), Counter())
        for path in Path(folder, "fhir").iterdir():
            path.rename(Path(folder, path.name))
        return care_from(Path(folder), world.site.hospital)[0]


def attacked(job: tuple[str, int, int, bytes, int]) -> Run:
    """One attack on a hospital that has been learnt."""
    attack, hospital, seed, parts, number = job
    first_us, _ = period(START, 1)
    first_us += LEARNING_DAYS * DAY_US
    hour = 9 + seed * 5 % 14
    begins_us = first_us + hour * HOUR_US
    world = hospital_of(hospital, 4, LEARNING_DAYS, script=script_named(attack), attack_us=begins_us, attack_seed=seed)
    truth = world.truth
    assert truth
    watcher = watched(world)
    watcher.restore(pickle.loads(parts))
    three = three_of(watcher)
    before = {mode: len(three.alarms[mode]) for mode in MODES}
    irreversible_us = min(step.at_us for step in truth.steps if step.irreversible)
    traces: dict[int, tuple[str, int]] = {}
    found: dict[str, tuple[float, str]] = {}
    until_us = min(irreversible_us + AFTER_US, begins_us + MOST_US)

    def minutes(at_us: int) -> float:
        return (at_us - truth.begin_us) / MINUTE_US

    sure = 0.0

    def heed(told: Any) -> bool:
        nonlocal sure
        for incident in told.incidents.values():
            if incident.confidence > sure and about(incident, traces, held):
                sure = incident.confidence
                run.sureness.append((minutes(told.now_us), sure))
        for finding in told.findings:
            if finding.record in traces:
                mode = "behaviour" if finding.says else "rules"
                if mode not in found:
                    found[mode] = (minutes(told.now_us), finding.rule.title)
        return bool(told.now_us > until_us)

    run = Run(attack, hospital, seed, minutes(irreversible_us))
    held = held_by(truth)
    lived(watcher, world, number, MINUTE_US, heed, lambda n, step, at_us: traces.setdefault(n, (step, at_us)))
    run.trace = min((minutes(at_us) for _, at_us in traces.values()), default=None)
    for mode in MODES:
        run.finding[mode] = min((at for kind, (at, _) in found.items() if mode in {"both", kind}), default=None)
        run.first[mode] = next((title for kind, (_, title) in found.items() if mode in {"both", kind}), "")
        mine = [
            (alarm, incident)
            for alarm, incident in three.alarms[mode][before[mode] :]
            if alarm.at_us >= truth.begin_us and about(incident, traces, held)
        ]
        run.alarm[mode] = min((minutes(alarm.at_us) for alarm, _ in mine), default=None)
        run.incidents[mode] = len({incident.id for _, incident in mine})
    if run.alarm["both"] is None or run.alarm["both"] > run.irreversible:
        seen = {traces[number][0] for number in traces if traces[number][1] <= irreversible_us}
        run.missing = f"steps with traces: {', '.join(sorted(seen))}"
    return run


def held_by(truth: Truth) -> dict[str, int]:
    """The hosts and accounts that the attacker holds, and since when. A host is held with no account, and the reverse:
    "" is nobody.
    """
    held: dict[str, int] = {}
    for each in truth.held:
        for name in (short(each.host), each.account.lower()):
            if name:
                held[name] = min(each.from_us, held.get(name, each.from_us))
    return held


def about(incident: Incident, traces: Any, held: dict[str, int]) -> bool:
    """Whether an incident rests on a record that the attacker left, or on a host or account that they held by then."""
    return any(
        evidence.record in traces
        or any(name in held and evidence.at_us >= held[name] for name in (evidence.host, evidence.account))
        for evidence in incident.evidence
    )


def report(runs: Sequence[Run], days: Sequence[dict[str, Any]]) -> list[str]:
    """The tables, as the page has them."""
    lines = [
        (
            "| attack | runs (with an early trace) | first trace | first finding | first alarm | irreversible step "
            "| in time: rules | behaviour | both | incidents |"
        ),
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    by_attack: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        by_attack[run.attack].append(run)
    for attack, mine in by_attack.items():
        cells = [
            attack,
            f"{len(mine)} ({sum(run.trace is not None and run.trace < run.irreversible for run in mine)})",
            _span([run.trace for run in mine]),
            _span([run.finding["both"] for run in mine]),
            _span([run.alarm["both"] for run in mine]),
            _span([run.irreversible for run in mine]),
            *(f"{in_time(mine, mode):.0%}" for mode in MODES),
            f"{statistics.mean(run.incidents['both'] for run in mine):.1f}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", "| ordinary days | rules | behaviour | both |", "|---|---|---|---|"]
    counts = {mode: sorted(counted(days, mode)) for mode in MODES}
    number = len(counts["both"])
    mean = " | ".join(f"{statistics.mean(counts[mode]):.1f}" for mode in MODES)
    most = " | ".join(str(counts[mode][-1]) for mode in MODES)
    lines += [f"| alarms a day, mean of {number} | {mean} |", f"| alarms on the worst day | {most} |"]
    late = [run for run in runs if not _on_time(run, "both")]
    if late:
        lines += [
            "",
            "| late or never | first finding | alarm | irreversible step | what was there |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| {run.attack}, hospital {run.hospital}, seed {run.seed} | {_minutes(run.finding['both'])} "
            f"| {_minutes(run.alarm['both'])} | {_minutes(run.irreversible)} | {run.missing} |"
            for run in late
        ]
    return lines


def thresholds(runs: Sequence[Run], days: Sequence[dict[str, Any]]) -> list[str]:
    """What each threshold would cost and bring: incidents past it on an ordinary day, and attacks past it in time."""
    sure = [confidence for each in days for _, confidence, _ in each["surest"]]
    number = sum(each["days"] for each in days)
    seen = [run for run in runs if run.trace is not None and run.trace < run.irreversible]
    out = []
    for threshold in (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002):
        noise = sum(confidence >= threshold for confidence in sure) / number
        early = [run for run in seen if any(at < run.irreversible and s >= threshold for at, s in run.sureness)]
        late = Counter(run.attack for run in seen if run not in early)
        out.append(
            f"{threshold:6}: {noise:6.2f} incidents a day, {len(early) / len(seen):.0%} in time; late {dict(late)}"
        )
    return out


def counted(days: Sequence[dict[str, Any]], mode: str) -> list[int]:
    """Alarms of each ordinary day."""
    return [each["alarms"][mode][day] for each in days for day in range(each["days"])]


def _on_time(run: Run, mode: str) -> bool:
    alarm = run.alarm[mode]
    return alarm is not None and alarm < run.irreversible


def in_time(runs: Sequence[Run], mode: str) -> float:
    """Of the runs that left any trace before the first irreversible step, those whose alarm came before it."""
    seen = [run for run in runs if run.trace is not None and run.trace < run.irreversible]
    return statistics.mean(_on_time(run, mode) for run in seen) if seen else 0.0


def _minutes(value: float | None) -> str:
    if value is None:
        return "never"
    return f"{value:.0f} min" if value < 120 else f"{value / 60:.1f} h"


def _span(values: Sequence[float | None]) -> str:
    there = sorted(value for value in values if value is not None)
    if not there:
        return "never"
    never = f", never in {len(values) - len(there)}" if len(there) < len(values) else ""
    return f"{_minutes(statistics.median(there))} ({_minutes(there[0])} to {_minutes(there[-1])}){never}"


def main() -> None:
    """Learn, live, attack, count."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--tune", action="store_true")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--attack", action="append")
    parser.add_argument("--ordinary", type=int, default=0)
    parser.add_argument("--dump", type=Path)
    given = parser.parse_args()
    seeds = 1 if given.quick else given.seeds
    attacks = given.attack or (["fast-ransomware"] if given.quick else names())
    several = min(SEVERAL, -(-seeds // 2))
    base = 100 if given.tune else REPORTED
    hospitals = [base + 1 + number for number in range(-(-seeds // several))]
    ordinary = given.ordinary or (1 if given.quick else -(-30 // len(hospitals)))
    global LEARNING_DAYS  # noqa: PLW0603 - quick is another benchmark
    LEARNING_DAYS = 2 if given.quick else LEARNING_DAYS
    _LOADED.append(load_rules(RULES, {}, RuleCache(cache_folder())))
    with multiprocessing.get_context("fork").Pool(2, maxtasksperchild=4) as pool:
        days = []
        for each in pool.imap_unordered(learnt, [(seed, ordinary) for seed in hospitals]):
            days.append(each)
            say(f"hospital {each['seed']}: {each['seconds']:.0f} s, {dict(each['alarms']['both'])}")
            say("  " + json.dumps({"why": each["why"].most_common(8), "signs": each["signs"].most_common(30)}))
        memory = {each["seed"]: each for each in days}
        jobs = [
            (
                attack,
                hospital,
                base + 1 + number,
                pickle.dumps(fresh(memory[hospital]["parts"])),
                memory[hospital]["next"],
            )
            for number in range(seeds)
            for attack in attacks
            for hospital in [hospitals[number // several]]
        ]
        runs: list[Run] = []
        with suppress(KeyboardInterrupt):  # what was measured by then is told, with its number of runs
            for run in pool.imap_unordered(attacked, jobs, chunksize=1):
                runs.append(run)
                say(
                    f"{run.attack} {run.hospital}/{run.seed}: trace {_minutes(run.trace)}, "
                    f"found {_minutes(run.finding['both'])} ({run.first['both']}), "
                    f"alarm {_minutes(run.alarm['both'])}, irreversible {_minutes(run.irreversible)}"
                )
    runs.sort(key=lambda run: (attacks.index(run.attack), run.hospital, run.seed))
    table = report(runs, days)
    say("\n".join(table))
    if given.tune:
        say("\n".join(thresholds(runs, days)))
    if given.dump:
        given.dump.write_bytes(pickle.dumps((runs, [{**each, "parts": None} for each in days])))
    if not (given.quick or given.tune):
        new = re.sub(
            r"(?s)(<!-- tables -->\n).*?(<!-- end -->)",
            lambda match: match[1] + "\n".join(table) + "\n" + match[2],
            PAGE.read_text(),
            count=1,
        )
        PAGE.write_text(new)
    claims = [
        Claim(
            "alarm before the first irreversible step", "share", [in_time(runs, "both")], ">= 0.95", lambda v: v >= 0.95
        ),
        Claim("the same with rules alone", "share", [in_time(runs, "rules")], "told", lambda _: True),
        Claim("the same with behaviour alone", "share", [in_time(runs, "behaviour")], "told", lambda _: True),
        Claim(
            "alarms on an ordinary day, mean", "a day", [statistics.mean(counted(days, "both"))], "< 9", lambda v: v < 9
        ),
        Claim("alarms on the worst ordinary day", "a day", [max(counted(days, "both"))], "< 9", lambda v: v < 9),
        Claim(
            "incidents of one attack, mean",
            "",
            [statistics.mean(run.incidents["both"] for run in runs)],
            "told",
            lambda _: True,
        ),
    ]
    publish("alarms", claims, "simulated", quick=given.quick or given.tune)


def fresh(parts: dict[str, Any]) -> dict[str, Any]:
    """What is remembered, without the record numbers: another life of the same hospital counts anew."""
    return {name: part for name, part in parts.items() if name != "behaviour/log_gaps"}


if __name__ == "__main__":
    main()
