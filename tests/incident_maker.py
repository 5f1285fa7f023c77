"""Incidents and alarms for the tests of what is kept and told."""

from __future__ import annotations

from typing import Any

from codedark.detect.finding import Level
from codedark.respond.incident import Alarm, AlarmId, AtRisk, Belief, Evidence, Incident, IncidentId, Status

MINUTE_US = 60_000_000
AT_US = 1_768_286_000_000_000
RISK = AtRisk(("Patient record",), ("Intensive care",), ("Theatre 1",), ("Nurse call",))
SENTENCE = "Somebody uses m.muster on ws-12 and asks for the passwords of 40 services"
NEXT_STEP = "Cut ws-12 off the network; leave it switched on"


def evidence(record: int = 12, minutes: float = 0, **changes: Any) -> Evidence:
    """A finding as an incident keeps it; ``changes`` replace its fields."""
    fields: dict[str, Any] = {
        "finding": f"kerberoasting@{record}", "rule": "kerberoasting", "title": "Kerberoasting", "level": Level.HIGH,
        "at_us": AT_US + int(minutes * MINUTE_US), "host": "ws-12", "account": "m.muster",
        "says": "opened the record of patient 4711", "techniques": ("T1558.003",), "weight": 2.1, "record": record,
    }  # fmt: skip
    return Evidence(**{**fields, **changes})


def incident(number: int = 7, minutes: float = 0, **changes: Any) -> Incident:
    """An open incident whose latest finding is ``minutes`` after `AT_US`; ``changes`` replace its fields."""
    fields: dict[str, Any] = {
        "id": IncidentId(f"2026-{number:04d}"), "status": Status.OPEN, "began_us": AT_US,
        "last_us": AT_US + int(minutes * MINUTE_US), "log_odds": 1.9, "confidence": 0.87,
        "hosts": (Belief("ws-12", 2.6, 0.93, ("kerberoasting@12",)), Belief("dc-01", 0.2, 0.55)),
        "accounts": (Belief("m.muster", 3.2, 0.96, ("kerberoasting@12",)),),
        "tactics": {"initial-access": AT_US, "credential-access": AT_US}, "evidence": (evidence(),),
        "at_risk": RISK, "sentence": SENTENCE, "next_step": NEXT_STEP,
    }  # fmt: skip
    return Incident(**{**fields, **changes})


def alarm(number: int = 1, of: int = 7, minutes: float = 0, **changes: Any) -> Alarm:
    """Alarm ``number`` of incident ``of``; ``changes`` replace its fields."""
    fields: dict[str, Any] = {
        "id": AlarmId(f"2026-{of:04d}.{number}"), "incident": IncidentId(f"2026-{of:04d}"),
        "at_us": AT_US + int(minutes * MINUTE_US), "level": Level.HIGH, "sentence": SENTENCE, "next_step": NEXT_STEP,
        "why_now": "it is new", "confidence": 0.87, "at_risk": RISK,
    }  # fmt: skip
    return Alarm(**{**fields, **changes})
