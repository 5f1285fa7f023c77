"""An error in what joins findings ends nothing: one finding is passed over, and said. Numbers are given once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from codedark.app.rules import load_rules
from codedark.app.watching.alarm_settings import alarm_settings
from codedark.app.watching.judge import Judge
from codedark.app.watching.memory import Watched
from codedark.app.watching.notes import note_of
from codedark.app.watching.watcher import Rules, Watcher
from codedark.app.watching.wiring import watcher_of
from codedark.detect.behaviour.behaviour import Context, Sign
from codedark.detect.behaviour.places import Places
from codedark.detect.finding import Finding, Level
from codedark.events.parcel import NOTE, Parcel
from codedark.events.parcel import Sequence as Number
from codedark.respond.decision import Acknowledged, Decision
from codedark.respond.incident import Alarm, Incident, IncidentId
from codedark.respond.incidents import Incidents
from codedark.store.checkpoint import Checkpoints
from codedark.store.journal.journal import Journal
from codedark.store.rule_cache import RuleCache
from codedark.store.state.state import State
from tests.finding_maker import rule
from tests.incident_maker import incident

AT_US = 1_768_212_000_000_000
LOGON = b'{"Channel":"Security","EventID":4624,"Computer":"WS-1","TargetUserName":"anna"}'
TWO_LOGONS = """\
title: A log-on
id: 00000000-0000-4000-a000-000000000001
name: logon
logsource: {product: windows, service: security}
detection: {selection: {EventID: 4624}, condition: selection}
level: low
---
title: Two log-ons
id: 00000000-0000-4000-a000-000000000002
level: high
correlation: {type: event_count, rules: [logon], group-by: [Computer], timespan: 1m, condition: {gte: 2}}
"""


def parcel(first: int, *lines: bytes, seconds: int = 0) -> Parcel:
    data = b"".join(line + b"\n" for line in lines)
    return Parcel(Number(first), len(lines), AT_US + seconds * 1_000_000, "tcp://10.0.0.1", "jsonl", data)


class Three:
    """At each minute, three hosts are encrypted."""

    id, version, watches = "three", 1, ()

    def tick(self, now_us: int, _: Context) -> Iterator[Sign]:
        yield from (Sign(now_us, host, "", f"{host} is encrypted.") for host in ("WS-1", "BAD", "WS-2"))


class Clumsy(Incidents):
    """Incidents with an error in them: for what happens on one host, where somebody decides, when time passes."""

    def take(self, findings: Sequence[Finding], now_us: int) -> Iterator[Incident | Alarm]:
        if any(each.host == "BAD" for each in findings):
            raise LookupError("patient 4711")
        return super().take(findings, now_us)

    def tick(self, now_us: int) -> Iterator[Incident | Alarm]:
        raise LookupError(now_us)

    def decide(self, decision: Decision, now_us: int) -> Iterator[Incident | Alarm]:
        raise LookupError(decision.id, now_us)


def test_an_error_in_what_joins_findings_passes_one_of_them_over() -> None:
    three: Any = Three()
    called = rule(level=Level.CRITICAL, tags=("attack.impact", "attack.t1486"))
    joining = Clumsy(None, *alarm_settings({}))
    watcher = Watcher(None, [], [Watched(three, called)], Context(Places(None)), joining)
    decided = note_of(Acknowledged("d", "anna", IncidentId("1")))
    note = replace(parcel(1, decided.removesuffix(b"\n")), format=NOTE)
    told = watcher.fold([note, parcel(2, LOGON)])
    assert [each.source for each in told.aside] == ["incidents"] * 3
    assert all("LookupError" in each.reason and "4711" not in each.reason for each in told.aside)
    assert {host.name for each in told.incidents.values() for host in each.hosts} == {"ws-1", "ws-2"}
    assert len(told.findings) == 3


def test_an_error_in_correlations_passes_one_match_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(TWO_LOGONS, "utf-8")
    loaded = load_rules([str(tmp_path / "rules.yml")], {}, RuleCache(tmp_path / "cache"))
    watcher = watcher_of(None, Rules(loaded.rulebook, loaded.routing), {}, {})
    correlations = watcher._memory.correlations
    assert correlations is not None
    feed, drain = correlations.feed, correlations.drain

    def feed_but_bad(found: Finding) -> None:
        if found.host == "BAD":
            raise LookupError
        feed(found)

    def fails(at: datetime) -> Iterator[Finding]:
        raise LookupError(at)

    monkeypatch.setattr(correlations, "feed", feed_but_bad)
    monkeypatch.setattr(correlations, "drain", fails)
    told = watcher.fold([parcel(1, LOGON, LOGON.replace(b"WS-1", b"BAD"), LOGON)])
    assert [each.source for each in told.aside] == ["correlations"] * 2
    monkeypatch.setattr(correlations, "drain", drain)
    later = watcher.fold([parcel(4, b'{"Channel":"Security","EventID":4634}', seconds=120)])
    assert "Two log-ons" in {each.rule.title for each in later.findings}


def test_incidents_that_are_not_remembered_keep_their_numbers(tmp_path: Path) -> None:
    state = State(tmp_path / "state.sqlite")
    state.tell([], [incident(7), incident(3), incident(0, id=IncidentId("2025-0123"))], [])
    checkpoints = Checkpoints(tmp_path / "checkpoints")
    with Journal(tmp_path / "journal", reserve_bytes=0):
        pass
    parts = watcher_of(None, None, {}, {}).parts()
    checkpoints.save(Number(1), {name: (version - 1, data) for name, (version, data) in parts.items()})
    for memory in ("of another form", "that was begun anew"):
        watcher = watcher_of(None, None, {}, {})
        Judge(tmp_path / "journal", watcher, state, checkpoints, lambda _: None)
        assert isinstance(watcher.incidents, Incidents)
        assert watcher.incidents._cases.begin(AT_US).id == "2026-0008", memory
        state.tell([], [incident(8)], [])  # it is told, and dies: the same is told again
    state.close()
