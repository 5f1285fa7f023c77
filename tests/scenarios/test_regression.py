"""SigmaHQ's own positive tests through the whole hunt: each rule finds what its authors recorded for it.

All rules run at once, as in a hunt. Every case is an EVTX file and the same events as JSON; one is a raw line.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from codedark.app.hunt import Hunt, Request
from codedark.app.rules import Loaded
from codedark.app.summary import Summary
from codedark.detect.finding import Finding
from tests.collected import Collected


def hunted(corpus: Loaded, path: Path) -> tuple[Summary, list[Finding]]:
    """All that a hunt through one file says."""
    sink = Collected()
    return Hunt(Request([path]), corpus.rulebook, corpus.routing, [sink]).run(), sink.findings


def expected(case: Path) -> dict[str, int]:
    """Rule id to the number of matches that the case promises, 1 where it does not say."""
    about: dict[str, Any] = yaml.safe_load(case.read_text("utf-8"))
    count = max((test.get("match_count", 1) for test in about.get("regression_tests_info") or [{}]), default=1)
    return {rule["id"]: count for rule in about["rule_metadata"]}


@pytest.mark.parametrize(("suffix", "files"), [("evtx", 97), ("json", 97), ("raw", 1)])
def test_every_case_is_found_by_its_rule(corpus: Loaded, shared_data: Path, suffix: str, files: int) -> None:
    tried, missed = 0, []
    for case in sorted((shared_data / "sigma" / "regression").rglob("info.yml")):
        for path in case.parent.glob(f"*.{suffix}"):
            tried += 1
            summary, findings = hunted(corpus, path)
            assert summary.events_read == summary.events_judged + summary.events_rejected
            found = Counter(str(finding.rule.id) for finding in findings)
            missed += [
                f"{path.name}: {found[rule]} of {count} findings in {summary.events_judged} events"
                for rule, count in expected(case).items()
                if found[rule] < count or summary.events_rejected
            ]
    assert tried == files
    assert missed == []


def test_a_recording_gives_the_same_findings_as_evtx_and_as_json(corpus: Loaded, shared_data: Path) -> None:
    differing = []
    for path in sorted((shared_data / "sigma" / "regression").rglob("*.evtx")):
        both = [
            Counter(finding.rule.title for finding in hunted(corpus, each)[1])
            for each in (path, *path.parent.glob("*.json"))
        ]
        if both[0] != both[1]:
            differing.append((re.sub(r"^.*/rules", "rules", str(path.parent)), both[0] - both[1], both[1] - both[0]))
    assert differing == []
