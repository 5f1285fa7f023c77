"""The whole of `hunt` on the story of logs in `examples`: the findings and the books that it promises, exactly."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import yaml

from codedark.app.hunt import Hunt, Request
from codedark.app.rules import HOSPITAL_RULES, load_rules, read_placeholders
from tests.collected import Collected

ROOT = Path(__file__).resolve().parents[2]
EXPECTED = yaml.safe_load((ROOT / "tests" / "content" / "story_expected.yaml").read_text())


def test_the_story_gives_what_it_promises() -> None:
    loaded = load_rules([HOSPITAL_RULES], read_placeholders(ROOT / "examples" / "hospital.yaml"), None)
    found = Collected()
    summary = Hunt(Request([ROOT / "examples" / "logs"]), loaded.rulebook, loaded.routing, [found]).run()
    assert summary.events_judged == EXPECTED["records"]
    assert summary.events_rejected == EXPECTED["rejected"]
    assert Counter(Path(finding.rule.path).stem for finding in found.findings) == EXPECTED["findings"]
    assert [finding for finding in found.findings if finding.time is None] == []
