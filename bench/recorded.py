"""Attacks that others recorded (OTRF Security Datasets), watched at their own pace: when the alarm comes, and how many
incidents one attack makes.

    python bench/recorded.py [--quick]

Every file is folded as `serve` folds it, records arriving when they happened, with nothing learnt before. The step of
an attack is the first record that shows what the dataset is named for, written down here before anything was run.
Writes the table of docs/reference/early-warning.md (not when quick).
"""

from __future__ import annotations

import argparse
import re
import statistics
import tempfile
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson
from hunt import unpacked
from yardsticks.claims import ROOT, Claim, publish, say

from codedark.app.rules import load_rules
from codedark.app.watching.slots import Slots
from codedark.app.watching.watcher import Rules
from codedark.app.watching.wiring import watcher_of
from codedark.cli.options import cache_folder
from codedark.events.envelope import parse_time
from codedark.events.parcel import Parcel, Sequence
from codedark.respond.incident import Alarm, Incident
from codedark.store.rule_cache import RuleCache

DATA = ROOT.parent / "shared" / "data"
RULES = ["hospital", *(str(DATA / "sigma" / "corpus" / name) for name in ("rules", "rules-emerging-threats"))]
PAGE = ROOT / "docs" / "reference" / "early-warning.md"

STEPS: dict[str, tuple[str, str]] = {
    # dataset: what its attack is, and a pattern in the text of the first record that shows it
    "cmd_dumping_ntds": ("ntds.dit is copied out of a shadow copy", r"(?i)ntds\.dit"),
    "covenant_dcom": ("iertutil.dll is planted for DCOM", r"(?i)internet explorer\\\\iertutil\.dll"),
    "empire_mimikatz_logonpasswords": (
        "lsass is read by Mimikatz",
        r'(?i)lsass\.exe.*"EventID":46(?:56|63)\b|"EventID":46(?:56|63)\b.*lsass\.exe',
    ),
    "empire_persistence_registry": ("a Run key is written", r"(?i)CurrentVersion\\\\Run\\\\"),
    "empire_psexec": ("a service is installed from afar", r'"EventID":(?:7045|4697)\b'),
    "empire_smbexec": ("a service is installed from afar", r'"EventID":(?:7045|4697)\b'),
    "empire_wmic_add_user": ("an account is made", r'"EventID":4720\b'),
    "metasploit_comsvcs": ("lsass is dumped with comsvcs.dll", r"(?i)comsvcs(?:\.dll)?\W.*minidump"),
    "metasploit_logonpasswords": ("lsass is read", r'(?i)"TargetImage":"[^"]*lsass\.exe".*0x1[04]10'),
    "proxylogon": ("a web shell is written", r"(?i)\.aspx"),
    "psh_stop_event_logging": ("the MiniNt key stops event logging", r"(?i)Control\\\\MiniNt"),
    "purplesharp": ("accounts are sprayed and listed", r"(?i)purplesharp"),
}


@dataclass
class Watched:
    """One file: seconds from the attack's step to the first finding and the first alarm (negative: before it)."""

    name: str
    step: str
    records: int
    minutes: float
    finding: float | None
    alarm: float | None
    alarmed: int
    incidents: int
    sentence: str


def watch(path: Path, rules: Rules) -> Watched:
    """Fold one file at its own pace."""
    what, pattern = next(step for name, step in STEPS.items() if path.name.startswith(name))
    lines = []
    for line in path.read_bytes().splitlines():
        if line.strip():
            time = parse_time(orjson.loads(line).get("TimeCreated") or orjson.loads(line).get("@timestamp"))
            if time is not None:
                lines.append((int(time.timestamp() * 1e6), line))
    lines.sort(key=lambda each: each[0])
    found = re.compile(pattern.encode())
    step_us = next((at_us for at_us, line in lines if found.search(line)), None)
    if step_us is None:
        raise SystemExit(f"{path.name}: no record shows that {what}")
    watcher = watcher_of(None, rules, {}, {})
    slots = Slots()
    number, first_finding = 1, None
    alarms: list[Alarm] = []
    incidents: dict[str, Incident] = {}
    for second, group in groupby(lines, key=lambda each: each[0] // 1_000_000):
        some = [line for _, line in group]
        parcel = Parcel(
            Sequence(number), len(some), (second + 1) * 1_000_000, path.name, "jsonl", b"\n".join(some) + b"\n"
        )
        number += len(some)
        for slot in slots.take([parcel]):
            told = watcher.fold(slot)
            if first_finding is None and any(finding.rule.level >= 2 for finding in told.findings):
                first_finding = told.now_us
            alarms += told.alarms
            incidents |= told.incidents
    for _ in range(2):  # the last slot, and what correlations still wait for
        end = (lines[-1][0] // 1_000_000 + 120 * (1 + _)) * 1_000_000
        for slot in slots.take([Parcel(Sequence(number), 1, end, "codedark", "note", b"{}\n")]):
            told = watcher.fold(slot)
            alarms += told.alarms
            incidents |= told.incidents
        number += 1

    def since(at_us: int | None) -> float | None:
        return None if at_us is None else (at_us - step_us) / 1e6

    standing = [each for each in incidents.values() if each.merged_into is None]
    return Watched(
        path.stem,
        what,
        len(lines),
        (lines[-1][0] - lines[0][0]) / 6e7,
        since(first_finding),
        since(alarms[0].at_us if alarms else None),
        len({alarm.incident for alarm in alarms}),
        sum(each.confidence >= 0.1 for each in standing),
        alarms[-1].sentence if alarms else "",
    )


def seconds(value: float | None) -> str:
    """For the table."""
    return "never" if value is None else f"{value:+.0f} s"


def main() -> None:
    """Watch all files, and say it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    loaded = load_rules(RULES, {}, RuleCache(cache_folder()))
    rules = Rules(loaded.rulebook, loaded.routing)
    with tempfile.TemporaryDirectory() as scratch:
        runs = []
        for path in sorted(unpacked(Path(scratch) / "otrf", 3 if quick else None).iterdir()):
            runs.append(watch(path, rules))
            say(str(runs[-1]))
    table = [
        "| recording | records, minutes | the attack's step | first finding | first alarm | alarmed incidents |",
        "|---|---|---|---|---|---|",
        *(
            f"| {run.name} | {run.records:,}, {run.minutes:.0f} | {run.step} | {seconds(run.finding)} "
            f"| {seconds(run.alarm)} | {run.alarmed} |"
            for run in runs
        ),
    ]
    say("\n".join(table))
    if not quick:
        text = PAGE.read_text()
        new = re.sub(
            r"(?s)(<!-- recorded -->\n).*?(<!-- end -->)",
            lambda match: match[1] + "\n".join(table) + "\n" + match[2],
            text,
        )
        PAGE.write_text(new)
    alarmed = [run for run in runs if run.alarm is not None]
    late: list[Any] = [run.alarm for run in alarmed]
    claims = [
        Claim("recordings that raise an alarm", "share", [len(alarmed) / len(runs)], "told", lambda _: True),
        Claim(
            "first alarm behind the attack's step, median",
            "s",
            [statistics.median(late or [0])],
            "told",
            lambda _: True,
        ),
        Claim(
            "alarmed recordings with one incident",
            "share",
            [statistics.mean(run.alarmed == 1 for run in alarmed) if alarmed else 0],
            "told",
            lambda _: True,
        ),
    ]
    publish("recorded", claims, "OTRF", quick=quick)


if __name__ == "__main__":
    main()
