"""How good containment is, in truth: on simulated attacks, with beliefs from the real detectors.

    python bench/contain_quality.py [--quick] [--work FOLDER] [--most-minutes 60] [--report]

Hospitals of several sizes live for ten days, so that the watch learns; then each of the nine attacks comes, with many
seeds and at many hours. At the first alarm a plan is made from what the watch believes, and judged on what the
simulator knows: who is really taken, the techniques and the pace of the attack, all dependencies. The same with wrong
beliefs, rates and dependencies, and half an hour later. Beside the plan stand the plain policies of
`codedark.contain.policies`.

Results are appended to a file in the work folder, attack by attack: called again, it goes on where it stopped. --report
only writes what is there. Writes the tables of docs/reference/containment-quality.md (not when quick).
"""

from __future__ import annotations

import argparse
import json
import pickle
import re
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from functools import cache
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any

from yardsticks.besieged import House, Siege, besieged
from yardsticks.claims import ROOT, Claim, publish, say
from yardsticks.mistaken import missing_dependencies, wrong_beliefs
from yardsticks.truly import PLAN, Advised, Taken, Truly, planned
from yardsticks.verdicts import (
    attack_table,
    bar_table,
    claims_of,
    class_table,
    failure_table,
    kinds_by_class,
    lifelines_touched,
)

from codedark.app.simulation.scripts import names
from codedark.app.suspects import Suspects, of_incidents
from codedark.hospital.hospital import Hospital
from codedark.simulate.building import build
from codedark.simulate.habit import MINUTE_US

HOUSES = {
    House(20, 401): 18,
    House(20, 407): 22,
    House(20, 408): 22,
    House(25, 403): 16,
    House(30, 402): 16,
    House(40, 404): 8,
}
"""Hospitals, and how many attacks of each kind they suffer. The small ones cost less time, and come first."""
PAGE = ROOT / "docs" / "reference" / "containment-quality.md"
SELDOM, LESS_OFTEN = ("device-gateway", "stolen-ehr-account"), 6
"""These take most of a day to their first alarm, so only every sixth of them is lived."""
AT_ONCE = ("fast-ransomware", "wiper")
QUICK = {House(20, 499, learning_days=1): 1}
"""With --quick: one hospital, in which little is learnt; two attacks that alarm soon."""
SEEDS_FROM = 2001
BELIEVED, LATER = "as believed", "30 minutes on"
WRONG, SLOWER, FASTER, LESS_KNOWN = "wrong beliefs", "rates a third", "rates three times", "missing dependencies"
CLASSES = (BELIEVED, WRONG, SLOWER, FASTER, LESS_KNOWN, LATER)


def row_of(house: House, hospital: Hospital, siege: Siege, named: str) -> dict[str, Any]:
    """One attack in one class: what was done by each policy, and what it came to."""
    row: dict[str, Any] = {
        "beds": house.beds, "house": house.seed, "attack": siege.attack, "seed": siege.seed, "class": named,
        "alarm_minutes": [round((each.at_us - siege.truth.begin_us) / MINUTE_US, 1) for each in siege.alarmed],
    }  # fmt: skip
    if not siege.alarmed:
        return row
    alarmed = siege.alarmed[-1 if named == LATER else 0]
    suspects = of_incidents(hospital, alarmed.incidents)
    truly = Truly(hospital, siege.truth, alarmed.at_us, suspects)
    advised = _advised(hospital, suspects, named, truly.taken, f"{house} {siege.attack} {siege.seed}")
    row |= {
        "taken": [*truly.taken.assets, *truly.taken.accounts], "pace": truly.pace, "hours": truly.hours,
        "suspects": {k: round(v, 3) for k, v in (*suspects.assets.items(), *suspects.accounts.items()) if v >= 0.01},
        "shown": suspects.shown, "others": alarmed.others, "plan": advised.policies[PLAN], "by_hand": advised.by_hand,
        "policies": {},
    }  # fmt: skip
    for policy, actions in advised.policies.items():
        outcome, forbidden = truly.outcome(actions)
        row["policies"][policy] = {
            "actions": len(actions), "own": round(truly.own_harm(actions)), "urgent": round(outcome.mean_urgent, 1),
            "harm": [round(each) for each in outcome.harm.tolist()], "lifeline": forbidden,
            "next": truly.came_next(actions) if named in {BELIEVED, LATER} else [],
        }  # fmt: skip
    return row


def _advised(hospital: Hospital, suspects: Suspects, named: str, taken: Taken, chance: str) -> Advised:
    """What is done by a planner that is wrong in the way that a class is named for."""
    match named:
        case "wrong beliefs":
            return planned(hospital, wrong_beliefs(hospital, suspects, {*taken.assets, *taken.accounts}, chance))
        case "rates a third":
            return planned(hospital, suspects, 1 / 3)
        case "rates three times":
            return planned(hospital, suspects, 3.0)
        case "missing dependencies":
            return planned(missing_dependencies(hospital, chance), suspects)
        case _:
            return planned(hospital, suspects)


def called(house: House, attack: str, seed: int) -> str:
    """The name of an attack on a hospital."""
    return f"{house.beds}-{house.seed}-{attack}-{seed}"


def attacks_of(house: House, number: int, done: Collection[str]) -> list[tuple[str, int, int]]:
    """The attacks on a hospital that are not done: kind, seed, and the hour before which it does not begin."""
    found = []
    for turn in range(number):
        seed = SEEDS_FROM + 100 * (house.seed % 100) + turn
        for place, attack in enumerate(names()):
            often = attack in AT_ONCE if number == 1 else attack not in SELDOM or turn % LESS_OFTEN == 0
            if often and called(house, attack, seed) not in done:
                found.append((attack, seed, (turn * 5 + place) % 24))
    return found


def besiege(work: Path, houses: dict[House, int], left: Callable[[], float]) -> None:
    """Live the attacks that are not lived, as long as there is time; each leaves a file."""
    sieges = work / "sieges"
    sieges.mkdir(exist_ok=True, parents=True)
    for house, number in houses.items():
        done = {path.stem for path in sieges.glob("*.pickle")}
        jobs = attacks_of(house, number, done)
        if not jobs or left() <= 0:
            continue

        def keep(siege: Siege, house: House = house) -> None:
            path = sieges / f"{called(house, siege.attack, siege.seed)}.pickle"
            path.with_suffix(".part").write_bytes(pickle.dumps((house, siege)))
            path.with_suffix(".part").rename(path)
            minutes = [(each.at_us - siege.truth.begin_us) / MINUTE_US for each in siege.alarmed[:1]]
            say(f"{path.stem}: alarm after {minutes} min, {time.process_time():.1f} s")

        besieged(house, work, jobs, keep, left)


def judge(work: Path, path: Path, houses: Collection[House], left: Callable[[], float]) -> None:
    """Plan and judge what was lived and not judged yet, while there is time; each adds a line.

    Attacks come in an order that has nothing to do with what they are: each as believed, every third in all classes,
    and the others in all classes after them. Whenever this is broken off, what is there is a fair sample.
    """
    done = {(stem_of(row), row["class"]) for row in rows_in(path)}
    files = sorted((work / "sieges").glob("*.pickle"), key=lambda each: sha256(each.stem.encode()).digest())
    known = {f"{house.beds}-{house.seed}-" for house in houses}
    files = [file for file in files if any(file.stem.startswith(each) for each in known)]
    some = [file for file in files if sha256(file.stem.encode()).digest()[-1] % 3 == 0]
    first = [(file, named) for file in files for named in (CLASSES if file in some else (BELIEVED,))]
    jobs = [*first, *product([file for file in files if file not in some], CLASSES[1:])]
    for file, named in jobs:
        if (file.stem, named) in done or left() <= 0:
            continue
        house, siege = pickle.loads(file.read_bytes())
        begun = time.process_time()
        row = row_of(house, hospital_of(house), siege, named)
        with path.open("a") as results:
            results.write(json.dumps(row) + "\n")
        means = {name: round(sum(each["harm"]) / len(each["harm"])) for name, each in row.get("policies", {}).items()}
        say(f"{file.stem}, {named}: {means}, {time.process_time() - begun:.1f} s")


def stem_of(row: dict[str, Any]) -> str:
    """The name of a row's attack."""
    return called(House(row["beds"], row["house"]), row["attack"], row["seed"])


@cache
def hospital_of(house: House) -> Hospital:
    """The model of a hospital, as its simulator has it."""
    return build(house.beds, house.seed).hospital


def rows_in(path: Path) -> Iterator[dict[str, Any]]:
    """What was measured; a line that was cut off by a crash is none."""
    if path.exists():
        for line in path.read_text().splitlines():
            if line.endswith("}"):
                yield json.loads(line)


def report(path: Path, *, quick: bool) -> None:
    """The claims, and the tables of the page (not when quick)."""
    by_class: dict[str, list[dict[str, Any]]] = {}
    rows = list(rows_in(path))
    for named in CLASSES:
        mine = [row for row in rows if row["class"] == named and row.get("policies")]
        if mine:
            by_class[named] = mine
    believed = by_class[BELIEVED]
    every = [row for row in rows if row["class"] == BELIEVED]
    counted = [
        Claim("attacks that were lived", "", [len(every)], ">= 500", lambda x: x >= 500),
        Claim("attacks with an alarm", "", [len(believed)], "told", lambda _: True),
        Claim(
            "plans with an action that a lifeline forbids", "",
            [sum(lifelines_touched(mine) for named, mine in by_class.items() if named != LESS_KNOWN)],
            "0", lambda x: x == 0,
        ),
    ]  # fmt: skip
    touched = lifelines_touched(by_class.get(LESS_KNOWN, []))
    said = (
        f"Of {len(every)} attacks {len(believed)} alarmed. Where dependencies were missing, {touched} plans of "
        f"{len(by_class.get(LESS_KNOWN, []))} held an action that a lifeline forbids in truth."
    )
    parts = (bar_table(by_class), class_table(by_class), attack_table(believed), kinds_by_class(by_class))
    tables = [*(line for part in parts for line in (*part, "")), *failure_table(believed), "", said]
    say("\n".join(tables))
    if not quick:
        new = re.sub(
            r"(?s)(<!-- tables -->\n).*?(<!-- end -->)",
            lambda match: match[1] + "\n".join(tables) + "\n" + match[2],
            PAGE.read_text(),
            count=1,
        )
        PAGE.write_text(new)
    claims = [*counted, *(claim for named, mine in by_class.items() for claim in claims_of(mine, named))]
    publish("contain_quality", claims, sha256(path.read_bytes()).hexdigest(), quick=quick)


def main() -> None:
    """Besiege, plan, judge, report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=("besiege", "judge", "report"))
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir(), "codedark-contain-quality"))
    parser.add_argument("--most-minutes", type=float, default=60.0)
    given = parser.parse_args()
    given.work.mkdir(exist_ok=True, parents=True)
    houses = QUICK if given.quick else HOUSES
    until: float = time.monotonic() + 60 * given.most_minutes

    def left() -> float:
        return until - time.monotonic()

    judged = given.work / ("quick.jsonl" if given.quick else "judged.jsonl")
    if given.only in {None, "besiege"}:
        besiege(given.work, houses, left)
    if given.only in {None, "judge"}:
        judge(given.work, judged, houses, left)
    if given.only in {None, "report"}:
        report(judged, quick=given.quick)


if __name__ == "__main__":
    main()
