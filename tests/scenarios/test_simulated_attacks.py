"""SigmaHQ's rules see the simulated attacks, step by step, and are quiet where there is none."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def hunted(out: Path, corpus: Path, *options: str) -> list[dict[str, Any]]:
    asked = ["--beds", "20", "--days", "1", "--start", "2026-01-12T12:00", *options]
    run("simulate", out, *asked)
    found = out.with_suffix(".jsonl")
    rules = ["--rules", corpus / "rules", "--rules", "hospital", "--hospital", out / "hospital.yaml"]
    run("hunt", out / "logs", *rules, "--format", "jsonl", "--output", found, "--min-level", "medium")
    return [json.loads(line) for line in found.read_bytes().splitlines()]


def run(*arguments: object) -> None:
    command = [sys.executable, "-m", "codedark", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("attack", ["phishing-ransomware", "wiper"])
def test_rules_name_the_techniques_of_most_steps(attack: str, shared_data: Path, tmp_path: Path) -> None:
    found = hunted(tmp_path / attack, shared_data / "sigma" / "corpus", "--attack", attack)
    tags = {tag.upper().split(".")[1] for each in found for tag in each["tags"] if tag.startswith("attack.t")}
    truth = json.loads((tmp_path / attack / "truth.json").read_text())
    named = [step["technique"].split(".")[0] in tags for step in truth["steps"]]
    assert sum(named) > len(named) / 2
    begins = truth["steps"][0]["at"]
    early = [each["title"] for each in found if each["level"] in {"high", "critical"} and each["time"] < begins]
    assert set(early) <= {"Administrator on the VPN with only a password"}  # ordinary, and rightly told


def test_rules_are_quiet_on_a_quiet_day(shared_data: Path, tmp_path: Path) -> None:
    found = hunted(tmp_path / "quiet", shared_data / "sigma" / "corpus")
    assert [each["title"] for each in found if each["level"] != "medium"] == []
    assert len(found) < 10
