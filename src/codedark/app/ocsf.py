"""A finding as an OCSF Detection Finding, the form in which SIEMs and security lakes take alerts in.

Source: Open Cybersecurity Schema Framework 1.5.0, class Detection Finding (2004) with the profile Host;
attribute names and requirements from ocsf/ocsf-schema (`events/findings/detection_finding.json`,
`objects/*.json`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from codedark.app.attack import Placement, attack, placements
from codedark.detect.finding import Finding, Level

SCHEMA_VERSION: Final = "1.5.0"
CATEGORY_FINDINGS: Final = 2
CLASS_DETECTION_FINDING: Final = 2004
ACTIVITY_CREATE: Final = 1
STATUS_NEW: Final = 1
ANALYTIC_RULE: Final = 1
DEVICE_TYPE_UNKNOWN: Final = 0
SEVERITY: Final = {
    Level.INFORMATIONAL: (1, "Informational"),
    Level.LOW: (2, "Low"),
    Level.MEDIUM: (3, "Medium"),
    Level.HIGH: (4, "High"),
    Level.CRITICAL: (5, "Critical"),
}


def detection_finding(finding: Finding, *, version: str, generated: datetime) -> dict[str, Any]:
    """The finding as the JSON object of an OCSF event.

    ``version`` is that of Code Dark, ``generated`` (aware) when the hunt made the finding. ``time`` is when
    the record says it happened, and ``generated`` where it says nothing: then ``unmapped.undated`` is true.
    All times are milliseconds since 1970.
    """
    rule = finding.rule
    severity_id, severity = SEVERITY[rule.level]
    time = _milliseconds(finding.time or generated)
    first, last = _seen(finding)
    return {
        "activity_id": ACTIVITY_CREATE,
        "activity_name": "Create",
        "category_uid": CATEGORY_FINDINGS,
        "category_name": "Findings",
        "class_uid": CLASS_DETECTION_FINDING,
        "class_name": "Detection Finding",
        "type_uid": CLASS_DETECTION_FINDING * 100 + ACTIVITY_CREATE,
        "type_name": "Detection Finding: Create",
        "severity_id": severity_id,
        "severity": severity,
        "status_id": STATUS_NEW,
        "status": "New",
        "is_alert": True,
        "time": time,
        **({"start_time": first, "end_time": last} if first is not None else {}),
        **({"count": finding.window.count} if finding.window else {}),
        "message": rule.title,
        "metadata": {
            "version": SCHEMA_VERSION,
            "product": {"name": "Code Dark", "vendor_name": "Code Dark", "version": version},
            "profiles": ["host"] if finding.host else [],
        },
        "finding_info": _finding_info(finding, generated, first, last),
        **_host(finding.host),
        "evidences": [_evidence(finding)],
        "unmapped": _unmapped(finding),
    }


def finding_uid(finding: Finding) -> str:
    """The same for the same rule on the same record of the same source, on every run."""
    window = finding.window
    parts = [finding.rule.id, finding.source, str(finding.record)]
    if window:
        parts += [f"{key}={value}" for key, value in sorted(window.group.items())]
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _finding_info(finding: Finding, generated: datetime, first: int | None, last: int | None) -> dict[str, Any]:
    rule = finding.rule
    info: dict[str, Any] = {
        "uid": finding_uid(finding),
        "title": rule.title,
        "created_time": _milliseconds(generated),
        "analytic": {"uid": rule.id, "name": rule.title, "type_id": ANALYTIC_RULE, "type": "Rule"},
        "types": ["Sigma correlation" if finding.window else "Sigma rule"],
        "data_sources": [finding.source],
    }
    if rule.description:
        info["desc"] = rule.description
    if first is not None:
        info["first_seen_time"], info["last_seen_time"] = first, last
    if attacks := [attack_object(placement) for placement in placements(rule.tags)]:
        info["attacks"] = attacks
    return info


def attack_object(placement: Placement) -> dict[str, Any]:
    """A cell of the matrix as the OCSF object ``attack``."""
    out: dict[str, Any] = {"version": attack().version}
    if tactic := placement.tactic:
        out["tactic"] = {"uid": tactic.id, "name": tactic.name}
    if technique := placement.technique:
        parent = attack().technique(technique.parent)
        out["technique"] = _named(parent.id, parent.name)
        if parent.id != technique.id:
            out["sub_technique"] = _named(technique.id, technique.name)
    return out


def _named(uid: str, name: str) -> dict[str, str]:
    return {"uid": uid, "name": name} if name else {"uid": uid}


def _host(host: str) -> dict[str, Any]:
    if not host:
        return {}
    return {
        "device": {"type_id": DEVICE_TYPE_UNKNOWN, "type": "Unknown", "hostname": host, "name": host},
        "resources": [{"name": host, "type": "host"}],
    }


def _evidence(finding: Finding) -> dict[str, Any]:
    out: dict[str, Any] = {"name": f"{finding.source}#{finding.record}", "data": finding.event}
    if finding.user:
        out["actor"] = {"user": {"name": finding.user}}
    return out


def _unmapped(finding: Finding) -> dict[str, Any]:
    rule = finding.rule
    out: dict[str, Any] = {
        "source": finding.source,
        "record": finding.record,
        "rule_path": rule.path,
        "rule_status": rule.status,
        "rule_tags": rule.tags,
        "undated": finding.time is None,
    }
    if finding.window:
        out["window_group"] = dict(finding.window.group)
    return out


def _seen(finding: Finding) -> tuple[int | None, int | None]:
    if finding.window:
        return _milliseconds(finding.window.first), _milliseconds(finding.window.last)
    return (None, None) if finding.time is None else (_milliseconds(finding.time), _milliseconds(finding.time))


def _milliseconds(time: datetime) -> int:
    # Not int(timestamp() * 1000): the product of floats can fall just below the millisecond that was meant.
    delta = time - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000
