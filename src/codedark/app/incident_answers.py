"""Incidents and findings as the command line and other programs ask for them: plain values, ready for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from codedark.app.attack import placements
from codedark.app.notify.message import tactic_name
from codedark.app.outputs import rfc3339
from codedark.errors import UsageError
from codedark.events.moments import moment_of
from codedark.respond.decision import Acknowledged, Decision, Judged, Lifted, Suppressed
from codedark.respond.incident import Belief, Evidence, Incident
from codedark.store.state.rows import Decided, KeptFinding
from codedark.store.state.state import State

FILE: Final = "state.sqlite"
_MOST_NAMED: Final = 5

Answer = dict[str, Any]


def opened_state(home: Path) -> State:
    """The state of the installation at ``home``. Raises `UnusableInput` where there is none."""
    return State(home / FILE, make=False)


def incident_named(state: State, name: str) -> Incident:
    """The incident of that id, and where it was merged into another, that one. Raises `UsageError` where there is
    none, with those that there are.
    """
    found = state.incident(name.strip())
    seen: set[str] = set()
    while found is not None and found.merged_into is not None and found.id not in seen:
        seen.add(found.id)
        found = state.incident(found.merged_into)
    if found is None:
        latest = ", ".join(each.id for each in state.incidents(most=_MOST_NAMED))
        raise UsageError(f"{name}: there is no such incident: {f'the latest are {latest}' if latest else 'nor any'}")
    return found


def incident_row(incident: Incident) -> Answer:
    """What a list says of an incident."""
    return {
        "incident": incident.id,
        "status": incident.status.value,
        "verdict": incident.verdict.value if incident.verdict else None,
        "confidence": round(incident.confidence, 4),
        "began": told_time(incident.began_us),
        "last": told_time(incident.last_us),
        "sentence": incident.sentence,
        "hosts": [each.name for each in _strongest(incident.hosts)],
        "accounts": [each.name for each in _strongest(incident.accounts)],
        "tactics": [tactic_name(key) for key in incident.tactics],
        "findings": len(incident.evidence),
    }


def incident_story(state: State, incident: Incident) -> Answer:
    """All that is known of an incident, in the order in which a person wants to read it."""
    told = {row.finding: row for row in incident.evidence}
    risk = incident.at_risk
    return {
        **incident_row(incident),
        "next_step": incident.next_step,
        "so_far": [{"tactic": tactic_name(key), "since": told_time(at)} for key, at in incident.tactics.items()],
        "timeline": [
            _event(row, incident.tactics) for row in sorted(incident.evidence, key=lambda row: (row.at_us, row.record))
        ],
        "hosts": [_belief(each, told) for each in _strongest(incident.hosts)],
        "accounts": [_belief(each, told) for each in _strongest(incident.accounts)],
        "at_risk": {name: list(getattr(risk, name)) for name in risk.__slots__},
        "alarms": [_alarm(state, each.id, each.at_us, each.why_now) for each in state.alarms(incident=incident.id)],
        "decisions": [decision_row(each) for each in state.decisions(incident=incident.id)],
    }


def finding_row(kept: KeptFinding) -> Answer:
    """What a list says of a finding."""
    rule = kept.finding.rule
    return {
        "finding": kept.id,
        "at": told_time(kept.at_us),
        "level": rule.level.name.lower(),
        "rule": rule.id,
        "title": rule.title,
        "host": kept.finding.host,
        "user": kept.finding.user,
        "says": kept.finding.says,
        "record": kept.finding.record,
        "incident": kept.incident,
    }


def decision_row(decided: Decided) -> Answer:
    """What was decided, by whom, when, and whether `codedark serve` has taken it up."""
    decision = decided.decision
    return {
        "decision": decision.id,
        "at": told_time(decided.at_us),
        "by": decision.by,
        "what": _what(decision),
        "reason": "" if isinstance(decision, Acknowledged | Lifted) else decision.reason,
        "waits": decided.taken_at is None,
    }


def suppression_rows(state: State, now_us: int) -> list[Answer]:
    """The suppressions that hold now, in the order in which they end."""
    return [
        {
            "suppression": decision.id,
            "rule": decision.rule or None,
            "host": decision.host or None,
            "account": decision.account or None,
            "until": told_time(decision.until_us),
            "by": decision.by,
            "reason": decision.reason,
            "waits": waits,
        }
        for decision, waits in sorted(suppressions(state, now_us), key=lambda pair: pair[0].until_us)
    ]


def suppressions(state: State, now_us: int) -> Iterable[tuple[Suppressed, bool]]:
    """Suppressions that have neither ended nor been lifted, and whether `codedark serve` has yet to take each up."""
    lifted = {each.decision.suppression for each in state.decisions(kind=Lifted) if isinstance(each.decision, Lifted)}
    for each in state.decisions(kind=Suppressed):
        decision = each.decision
        if isinstance(decision, Suppressed) and decision.until_us > now_us and decision.id not in lifted:
            yield decision, each.taken_at is None


def told_time(at_us: int) -> str | None:
    """RFC 3339 in UTC."""
    return rfc3339(moment_of(at_us))


def _event(row: Evidence, tactics: Mapping[str, int]) -> Answer:
    return {
        "at": told_time(row.at_us),
        "level": row.level.name.lower(),
        "tactic": _tactic(row, tactics),
        "techniques": list(row.techniques),
        "title": row.title,
        "says": row.says,
        "host": row.host,
        "account": row.account,
        "times": row.times,
        "weight": round(row.weight, 3),
        "record": row.record,
        "finding": row.finding,
    }


def _tactic(row: Evidence, seen: Mapping[str, int]) -> str:
    """The tactic that its techniques serve: of several, one that the incident was first seen at with it, else one that
    the incident has; "" where they name none.
    """
    tags = tuple(f"attack.{each.lower()}" for each in row.techniques)
    names = [each.tactic.name for each in placements(tags) if each.tactic]
    since = {tactic_name(key): at_us for key, at_us in seen.items()}
    return min(names, key=lambda name: (since.get(name) != row.at_us, name not in since), default="")


def _belief(belief: Belief, told: Mapping[str, Evidence]) -> Answer:
    because = [told[each] for each in belief.because if each in told]
    return {
        "name": belief.name,
        "probability": round(belief.probability, 4),
        "because": [{"title": row.title, "at": told_time(row.at_us), "record": row.record} for row in because],
    }


def _alarm(state: State, alarm: Any, at_us: int, why_now: str) -> Answer:
    tried = state.deliveries(alarm)
    return {
        "alarm": alarm,
        "at": told_time(at_us),
        "why_now": why_now,
        "told": [
            {"at": told_time(each.at_us), "channel": each.channel, "outcome": each.outcome.value, "said": each.said}
            for each in tried
        ],
    }


def _strongest(beliefs: Iterable[Belief]) -> list[Belief]:
    return sorted(beliefs, key=lambda each: -each.log_odds)


def _what(decision: Decision) -> str:
    match decision:
        case Acknowledged():
            return "acknowledged"
        case Judged():
            return f"verdict {decision.verdict.value}"
        case Suppressed():
            return f"suppressed until {told_time(decision.until_us)}"
        case Lifted():
            return f"lifted {decision.suppression}"
