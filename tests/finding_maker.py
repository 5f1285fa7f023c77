"""Findings for the tests of what comes out of a hunt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from codedark.app.summary import Summary
from codedark.app.tally import Tally
from codedark.detect.finding import Finding, Level, RuleId, RuleInfo, Window
from codedark.events.logsource import LogSource
from codedark.events.record import SourceName

T0 = datetime(2026, 1, 13, 6, 32, 7, 250_000, tzinfo=UTC)
EVIL = "</script></style><img src=x onerror=alert(1)>\x00\x1b[31m\u202egpj.exe \"q\" 'a' &amp; \ud800"


def rule(number: int = 1, level: Level = Level.HIGH, **changes: Any) -> RuleInfo:
    """A rule; ``changes`` replace its fields."""
    fields: dict[str, Any] = {
        "id": RuleId(f"rule-{number}"),
        "title": f"Rule {number}",
        "level": level,
        "tags": ("attack.credential-access", "attack.t1003.001"),
        "logsource": LogSource("windows"),
        "path": f"rules/rule_{number}.yml",
    }
    return RuleInfo(**{**fields, **changes})


def finding(
    of: RuleInfo | None = None,
    seconds: float | None = 0,
    host: str = "DC-01",
    record: int = 1,
    **changes: Any,
) -> Finding:
    """A finding ``seconds`` after `T0`, without a time for None; ``changes`` replace its fields."""
    fields: dict[str, Any] = {
        "rule": of or rule(),
        "time": None if seconds is None else T0 + timedelta(seconds=seconds),
        "host": host,
        "user": "HOSP\\svc-lis",
        "source": SourceName("logs/dc.zip#Security.evtx"),
        "record": record,
        "event": {"EventID": 4688, "Image": "C:\\Windows\\System32\\cmd.exe", "Keywords": ("a", 1, None)},
    }
    return Finding(**{**fields, **changes})


def window(count: int = 12) -> Window:
    """A correlation window of a minute before `T0`."""
    return Window({"User": "svc"}, T0 - timedelta(minutes=1), T0, count)


def tally(*findings: Finding, **limits: Any) -> Tally:
    """A tally of these findings."""
    out = Tally(**limits)
    out.add_all(findings)
    return out


def summary(found: Tally | int = 0, **changes: Any) -> Summary:
    """A balanced summary of a hunt with these findings; ``changes`` replace its fields."""
    fields: dict[str, Any] = {
        "files": 3,
        "events_read": 1000,
        "events_judged": 990,
        "events_rejected": 10,
        "rules_loaded": 120,
        "rules_not_runnable": 20,
        "findings": found if isinstance(found, int) else found.findings,
        "seconds": 2.0,
        "not_runnable": {"needs look-around": 15, "no such log source": 5},
        "rejected": {"truncated JSON": 10},
    }
    return Summary(**{**fields, **changes})
