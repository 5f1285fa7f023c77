"""Every hospital rule fires on what it is about, and not on what narrowly is not.

Beside each rule `content/rules/**/<stem>.yml` stands `tests/content/<stem>.jsonl`, one case a line:

- ``{"fires": true, "event": {...}}``: one event, as its source writes it. Windows events are flat under their
  native names, Zeek, FHIR AuditEvent, Microsoft 365 and Entra are their JSON, CEF is its keys, syslog is
  ``{"raw": line}``, DICOM and interface-engine audit messages are as the rule pack's README gives them.
- ``{"fires": true, "events": [{"times": n, "step": s, "after": s, "event": {...}}]}`` for correlations: each
  item is ``times`` events, ``step`` seconds apart, the first ``after`` seconds behind what went before.

In texts ``{n}`` is the number of the event within its item, ``{t}`` its time, ``"{ts}"`` the time in seconds.

A near miss says in ``because`` what differs. Every case is asked of the oracle, and of a whole hunt through a file that
its source could have written.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

import codedark
from codedark.app.hunt import Hunt, Request
from codedark.app.rules import HOSPITAL_RULES, Loaded, load_rules
from codedark.ingest.flatten import flatten
from tests.collected import Collected
from tests.oracle.correlate import Match, as_matches, correlate
from tests.oracle.matcher import matches

HERE = Path(__file__).parent
RULES = Path(codedark.__file__).parent / "content" / "rules"
START = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)

Rule = dict[str, Any]
PLACEHOLDERS: dict[str, list[str]] = yaml.safe_load((HERE / "placeholders.yaml").read_text())["placeholders"]
RULE_OF: dict[str, Rule] = {path.stem: yaml.safe_load(path.read_text()) for path in sorted(RULES.rglob("*.yml"))}
BY_NAME: dict[str, Rule] = {rule["name"]: rule for rule in RULE_OF.values() if "name" in rule}


def cases() -> Iterator[Any]:
    """Every line of every case file, with a name that says which."""
    for path in sorted(HERE.glob("*.jsonl")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            case = json.loads(line)
            yield pytest.param(path.stem, case, id=f"{path.stem}:{number}:{'fires' if case['fires'] else 'near miss'}")


def filled(value: Any, number: int, time: datetime) -> Any:
    """The value with ``{n}``, ``{t}`` and ``{ts}`` filled in."""
    if isinstance(value, dict):
        return {name: filled(part, number, time) for name, part in value.items()}
    if isinstance(value, list):
        return [filled(part, number, time) for part in value]
    if value == "{ts}":
        return time.timestamp()
    if isinstance(value, str):
        return value.replace("{n}", str(number)).replace("{t}", time.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    return value


def timed_events(case: Rule) -> Iterator[tuple[datetime, Rule]]:
    """The events of a case in their order, each with its time."""
    time = START
    for item in case.get("events") or [{"times": 1, "step": 0, "event": case["event"]}]:
        time += timedelta(seconds=item.get("after", 0))
        for number in range(item["times"]):
            yield time, filled(item["event"], number, time)
            time += timedelta(seconds=item["step"])


def found(rule: Rule, events: list[tuple[datetime, Rule]]) -> list[Match]:
    """What the oracle says of a rule, or of a correlation and all that it rests on."""
    name = str(rule.get("name", rule["id"]))
    if "correlation" not in rule:
        records = [(time.timestamp(), flatten(event)) for time, event in events]
        return [Match(t, name, r) for t, r in records if matches(rule, r, placeholders=PLACEHOLDERS)]
    base = [match for other in rule["correlation"]["rules"] for match in found(BY_NAME[other], events)]
    return as_matches(name, rule, correlate(rule, base))


@pytest.mark.parametrize(("stem", "case"), [*cases()])
def test_rule_fires_when_it_should_and_only_then(stem: str, case: Rule) -> None:
    events = list(timed_events(case))
    assert bool(found(RULE_OF[stem], events)) == case["fires"], case.get("because", "should fire")


@cache
def loaded() -> Loaded:
    """The rules as a hunt has them."""
    rules = load_rules([HOSPITAL_RULES], PLACEHOLDERS, None)
    assert list(rules.rulebook.problems) == []
    return rules


def written(event: Rule, time: datetime) -> str:
    """The event as its source writes it to a file."""
    if "raw" in event:
        return str(event["raw"])
    if "device_vendor" in event:
        head = "|".join(
            str(event.get(name, 1)) for name in ("device_vendor", "device_product", "version", "id", "name")
        )
        named = {key: value for key, value in event.items() if key not in ("device_vendor", "device_product", "name")}
        return f"CEF:0|{head}|5|" + " ".join(f"{key}={value}" for key, value in named.items())
    if event.get("type") == "SYSCALL":
        members = " ".join(f'{key}="{value}"' for key, value in event.items() if key != "type")
        return f"type=SYSCALL msg=audit({time.timestamp():.3f}:{time:%H%M%S}): {members}"
    return json.dumps(event)


@pytest.mark.parametrize(("stem", "case"), [*cases()])
def test_a_hunt_finds_what_it_should_and_only_that(stem: str, case: Rule, tmp_path: Path) -> None:
    rule, rules, told = RULE_OF[stem], loaded(), Collected()
    log = tmp_path / "log"
    log.write_text("".join(written(event, time) + "\n" for time, event in timed_events(case)))
    # Rules that only serve correlations speak for themselves where there are none.
    rulebook = rules.rulebook if "correlation" in rule else replace(rules.rulebook, correlations=())
    summary = Hunt(Request([log]), rulebook, rules.routing, [told]).run()
    assert (summary.events_judged, summary.events_rejected) == (len([*timed_events(case)]), 0)
    found = {str(finding.rule.id) for finding in told.findings}
    assert (rule["id"] in found) == case["fires"], case.get("because", "should be found")


@pytest.mark.parametrize("stem", RULE_OF)
def test_rule_has_a_firing_event_and_a_near_miss(stem: str) -> None:
    path = HERE / f"{stem}.jsonl"
    assert path.is_file(), f"no cases for {stem}: write {path.name}"
    written = [json.loads(line) for line in path.read_text().splitlines()]
    assert {case["fires"] for case in written} == {True, False}
    assert all(case["fires"] or case["because"] for case in written)


@pytest.mark.parametrize("stem", RULE_OF)
def test_rule_is_accepted_by_pysigma_and_says_what_a_tired_person_needs(stem: str) -> None:
    rule = RULE_OF[stem]
    kind = SigmaCorrelationRule if "correlation" in rule else SigmaRule
    assert not kind.from_dict(rule).errors
    assert uuid.UUID(rule["id"]).version == 4
    assert rule["status"] == "experimental"
    assert rule["author"] == "Code Dark"
    assert rule["falsepositives"]
    assert rule["references"]
    assert len(rule["description"].split()) >= 15
    assert any(re.fullmatch(r"attack\.t\d{4}(\.\d{3})?", tag) for tag in rule["tags"])
    assert any(re.fullmatch(r"attack\.[a-z-]{4,}", tag) for tag in rule["tags"])
    assert rule["level"] in ("informational", "low", "medium", "high", "critical")


def test_serious_rules_say_what_to_do_first() -> None:
    serious = [stem for stem, rule in RULE_OF.items() if rule["level"] in ("high", "critical")]
    assert [stem for stem in serious if "First:" not in RULE_OF[stem]["description"]] == []


@pytest.mark.parametrize("what", ["id", "title", "name"])
def test_rules_do_not_share(what: str) -> None:
    values = [rule[what] for rule in RULE_OF.values() if what in rule]
    assert len(values) == len(set(values))


def test_placeholders_of_the_tests_are_those_that_the_rules_use() -> None:
    used = {name for rule in RULE_OF.values() for name in placeholders_in(rule.get("detection", {}))}
    assert used == set(PLACEHOLDERS)


def placeholders_in(detection: Any, expand: bool = False) -> Iterator[str]:
    """The names between percent signs under a field that has the modifier expand."""
    if isinstance(detection, dict):
        for field, value in detection.items():
            yield from placeholders_in(value, expand="expand" in str(field).split("|"))
    elif isinstance(detection, list):
        for value in detection:
            yield from placeholders_in(value, expand)
    elif expand:
        yield from re.findall(r"%(\w+)%", str(detection))
