"""How near the simulated hospital is to published figures, and how noisy its quiet days are beside a real lab.

    python bench/fidelity.py [--quick]

A hospital of 400 beds is lived for a week (quick: 60 beds, one day), and every quantity that it was calibrated to is
measured on it. Then quiet days are hunted through with SigmaHQ's rules and ours, beside the recorded lab logs of OTRF,
to compare findings in a million records. Writes the tables of docs/reference/simulated-hospital.md (not when quick).
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from yardsticks.claims import ROOT, Claim, publish, say

from codedark.app.simulation.scripts import names
from codedark.app.simulation.times import period
from codedark.simulate.building import calibration as of_building
from codedark.simulate.clinic import calibration as of_clinic
from codedark.simulate.habits import calibration as of_habits
from codedark.simulate.world import Order, world_of

DATA = ROOT.parent / "shared" / "data"
RULES = [DATA / "sigma" / "corpus" / name for name in ("rules", "rules-emerging-threats", "rules-threat-hunting")]
PAGE = ROOT / "docs" / "reference" / "simulated-hospital.md"
LEVELS = ("critical", "high", "medium", "low")
START, SEED = "2026-01-19", 1
CLINIC_LOW, CLINIC_HIGH = 0.7, 1.4
"""The clinic's sources give one figure each, no range: within these times it counts as near."""


@dataclass(frozen=True)
class Row:
    """One quantity as the table has it."""

    name: str
    published: str
    ours: float
    near: bool
    source: str

    def cells(self) -> str:
        """A line of the table."""
        figure = f"{self.ours:.1%}" if abs(self.ours) < 1 else f"{self.ours:,.1f}"
        return f"| {self.name} | {self.published} | {figure} | {'yes' if self.near else 'no'} | {self.source} |"


def measured(beds: int, days: int) -> list[Row]:
    """Every calibrated quantity on a hospital of so many beds."""
    first_us, last_us = period(START, days)
    world = world_of(Order(beds, SEED, first_us, last_us))
    tally = of_habits.Tally(world.site)
    for number, acts in enumerate(world.live()):
        tally.watch(acts)
        if not number % 96:
            say(f"day {number // 96 + 1} of {days}")
    rows = [
        Row(each.name, each.published, ours, each.low <= ours <= each.high, each.source)
        for each in of_building.QUANTITIES
        for ours in [each.measure(world.site)]
    ]
    for figure in of_clinic.figures(world.clinic):
        known, ours = figure.quantity, figure.ours
        if ours is not None:
            near = CLINIC_LOW <= ours / known.published <= CLINIC_HIGH
            rows.append(Row(f"{known.name}, {known.unit}", f"{known.published:g}", ours, near, known.source))
    for each in of_habits.QUANTITIES:
        ours = each.measure(tally)
        note = f". {each.note}" if each.note else ""
        rows.append(Row(each.name, each.published, ours, each.low <= ours <= each.high, each.source + note))
    return rows


@dataclass(frozen=True)
class Noise:
    """What a hunt found in some Windows logs: records judged, and findings by level."""

    records: int
    findings: Counter[str]

    def in_a_million(self, level: str) -> float:
        """Findings of a level in a million records."""
        return self.findings[level] * 1e6 / self.records


def noise(folder: Path, hospital: Path | None) -> Noise:
    """Hunt through a folder with all rules."""
    with tempfile.TemporaryDirectory() as scratch:
        out, summary = Path(scratch) / "findings.jsonl", Path(scratch) / "summary.json"
        command = [sys.executable, "-m", "codedark", "hunt", str(folder), "--format", "jsonl", "--output", str(out)]
        command += ["--summary", str(summary), *(["--hospital", str(hospital)] if hospital else [])]
        command += [part for rules in ["hospital", *map(str, RULES)] for part in ("--rules", rules)]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        with out.open("rb") as file:
            found = Counter(json.loads(line)["level"] for line in file)
        return Noise(json.loads(summary.read_text())["events_judged"], found)


def quiet_days(folder: Path, beds: int, days: int) -> Path:
    """A hospital that nobody attacks."""
    command = [sys.executable, "-m", "codedark", "simulate", str(folder), "--beds", str(beds), "--days", str(days)]
    subprocess.run([*command, "--start", START], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder


def otrf(folder: Path) -> Path:
    """The recorded lab logs, unpacked."""
    folder.mkdir()
    for archive in sorted((DATA / "otrf").glob("*.zip")):
        with zipfile.ZipFile(archive) as file:
            for member in file.infolist():
                if not member.filename.startswith("__MACOSX"):
                    (folder / Path(member.filename).name).write_bytes(file.read(member))
    return folder


def named(scratch: Path, attack: str) -> tuple[int, int]:
    """Of the steps of an attack on a small hospital, those whose technique some finding of medium or above names."""
    out, found = scratch / attack, scratch / f"{attack}.jsonl"
    command = [sys.executable, "-m", "codedark", "simulate", str(out), "--beds", "20", "--attack", attack]
    subprocess.run(
        [*command, "--start", f"{START}T12:00"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    command = [sys.executable, "-m", "codedark", "hunt", str(out / "logs"), "--hospital", str(out / "hospital.yaml")]
    command += ["--format", "jsonl", "--output", str(found), "--min-level", "medium"]
    command += [part for rules in ["hospital", *map(str, RULES)] for part in ("--rules", rules)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    with found.open("rb") as file:
        tags = {
            tag.upper().split(".")[1] for line in file for tag in json.loads(line)["tags"] if tag.startswith("attack.t")
        }
    steps = [step["technique"].split(".")[0] for step in json.loads((out / "truth.json").read_text())["steps"]]
    return sum(step in tags for step in steps), len(steps)


def written(page: str, name: str, lines: list[str]) -> str:
    """``page`` with the lines between the marks of that name replaced."""
    begin, end = f"<!-- {name}: written by bench/fidelity.py -->", f"<!-- end of {name} -->"
    return re.sub(re.escape(begin) + ".*?" + re.escape(end), "\n".join([begin, *lines, end]), page, flags=re.DOTALL)


def main() -> None:
    """Measure, write the tables and the result, print it as the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small hospital and one day, under 50 s")
    quick = parser.parse_args().quick
    beds, days = (60, 1) if quick else (400, 7)
    rows = measured(beds, days)
    near = sum(row.near for row in rows) / len(rows)
    claims = [Claim("calibrated quantities near the published figure", "share", [near], ">= 0.9", lambda v: v >= 0.9)]
    table = [
        "",
        "| quantity | published | ours | near | source |",
        "|---|---|---|---|---|",
        *(row.cells() for row in rows),
    ]
    rates: list[str] = []
    if DATA.is_dir():
        with tempfile.TemporaryDirectory() as scratch:
            say("hunting through quiet days and through recorded lab logs")
            quiet = quiet_days(Path(scratch) / "quiet", 40 if quick else 200, 1 if quick else 2)
            ours = noise(quiet / "logs" / "windows", quiet / "hospital.yaml")
            lab = noise(otrf(Path(scratch) / "otrf"), None)
        for level in LEVELS:
            figures = f"{ours.in_a_million(level):,.0f} | {lab.in_a_million(level):,.0f}"
            rates.append(f"| {level} | {figures} |")
        loud = [sum(each.in_a_million(level) for level in LEVELS[:3]) for each in (ours, lab)]
        name = "findings of medium and above in a million Windows records, quiet days over lab logs with attacks"
        claims.append(Claim(name, "ratio", [loud[0] / loud[1]], "<= 1", lambda v: v <= 1))
    told: list[str] = []
    if DATA.is_dir() and not quick:
        with tempfile.TemporaryDirectory() as scratch:
            for attack in names():
                say(f"hunting through {attack}")
                hit, steps = named(Path(scratch), attack)
                told.append(f"| `{attack}` | {steps} | {hit} |")
    if not quick and rates:
        head = ["", "| level | simulated quiet days | OTRF, with its attacks |", "|---|---|---|"]
        page = written(PAGE.read_text(), "fidelity", [*table, ""])
        page = written(page, "noise", [*head, *rates, ""])
        head = ["", "| attack | steps | named by a rule |", "|---|---|---|"]
        PAGE.write_text(written(page, "named", [*head, *told, ""]))
    digest = f"simulated {beds} beds, {days} days, seed {SEED}"
    publish("fidelity", claims, digest, quick=quick)


if __name__ == "__main__":
    main()
