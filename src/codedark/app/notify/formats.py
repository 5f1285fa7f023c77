"""An alarm as other programs take it: JSON of our own, OCSF, chat messages, syslog (RFC 5424) and CEF."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Final

from codedark.app.attack import placements
from codedark.app.notify.message import Notice, line, short_text, subject
from codedark.app.ocsf import CATEGORY_FINDINGS, SCHEMA_VERSION, SEVERITY, attack_object
from codedark.app.outputs import rfc3339
from codedark.detect.finding import Level
from codedark.events.moments import moment_of
from codedark.respond.incident import Belief, Incident, Status, Verdict

CLASS_INCIDENT_FINDING: Final = 2005
_CREATE, _UPDATE, _CLOSE = (1, "Create"), (2, "Update"), (3, "Close")
_STATUS: Final = {Status.OPEN: (1, "New"), Status.ACKNOWLEDGED: (2, "In Progress"), Status.CLOSED: (5, "Closed")}
_VERDICT: Final = {
    Verdict.FALSE: (1, "False Positive"),
    Verdict.TRUE: (2, "True Positive"),
    Verdict.EXPECTED: (5, "Benign"),
}
_AUTHPRIV: Final = 10
_SYSLOG_SEVERITY: Final = {
    Level.CRITICAL: 2, Level.HIGH: 3, Level.MEDIUM: 4, Level.LOW: 5, Level.INFORMATIONAL: 6,
}  # fmt: skip
_CEF_SEVERITY: Final = {
    Level.CRITICAL: 10, Level.HIGH: 8, Level.MEDIUM: 5, Level.LOW: 3, Level.INFORMATIONAL: 1,
}  # fmt: skip
_ENTERPRISE: Final = 32473
"""We have no number of our own; this one is set aside for those who have none (RFC 5612)."""
_MOST_VALUE: Final = 300


def own_json(notice: Notice) -> dict[str, Any]:
    """The format ``codedark``; its keys are in docs/reference/incidents.md."""
    alarm, incident = notice.alarm, notice.incident
    return {
        "type": "codedark.test" if notice.test else "codedark.alarm",
        "alarm": alarm.id,
        "repeat": notice.repeat,
        "incident": alarm.incident,
        "at": rfc3339(moment_of(alarm.at_us)),
        "level": alarm.level.name.lower(),
        "confidence": round(alarm.confidence, 4),
        "sentence": line(alarm.sentence),
        "next_step": line(alarm.next_step),
        "why_now": line(alarm.why_now),
        "at_risk": {name: [line(each) for each in getattr(alarm.at_risk, name)] for name in alarm.at_risk.__slots__},
        "hosts": [_belief(each) for each in incident.hosts] if incident else [],
        "accounts": [_belief(each) for each in incident.accounts] if incident else [],
        "began": rfc3339(moment_of(incident.began_us)) if incident else None,
        "hospital": line(notice.house.name),
        "link": notice.link,
    }


def ocsf_json(notice: Notice) -> dict[str, Any]:
    """An OCSF Incident Finding (class 2005, `events/findings/incident_finding.json` of ocsf/ocsf-schema). Findings
    are named by their ids and rules; the records behind them are not sent.
    """
    alarm, incident = notice.alarm, notice.incident
    activity = _activity(notice)
    severity_id, severity = SEVERITY[alarm.level]
    status_id, status = _STATUS[incident.status if incident else Status.OPEN]
    return {
        "activity_id": activity[0],
        "activity_name": activity[1],
        "category_uid": CATEGORY_FINDINGS,
        "category_name": "Findings",
        "class_uid": CLASS_INCIDENT_FINDING,
        "class_name": "Incident Finding",
        "type_uid": CLASS_INCIDENT_FINDING * 100 + activity[0],
        "type_name": f"Incident Finding: {activity[1]}",
        "severity_id": severity_id,
        "severity": severity,
        "status_id": status_id,
        "status": status,
        "time": alarm.at_us // 1_000,
        "message": line(alarm.sentence),
        "desc": line(alarm.why_now),
        "confidence_score": round(alarm.confidence * 100),
        "is_suspected_breach": not notice.test,
        "assignee_group": {"name": "on call"},
        "metadata": {
            "version": SCHEMA_VERSION,
            "product": {"name": "Code Dark", "vendor_name": "Code Dark", "version": version("codedark")},
            "uid": alarm.id,
            "correlation_uid": alarm.incident,
        },
        **({"src_url": notice.link} if notice.link else {}),
        **(_of_incident(incident) if incident else {"finding_info_list": [_finding_info(alarm.id, alarm.sentence)]}),
        "unmapped": {
            "next_step": line(alarm.next_step),
            "repeat": notice.repeat,
            "at_risk": own_json(notice)["at_risk"],
            "test": notice.test,
        },
    }


def chat_json(notice: Notice) -> dict[str, Any]:
    """``{"text": …}``, as Slack and Mattermost take it. What is markup there is escaped as Slack asks for it."""
    return {"text": short_text(notice).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}


def teams_json(notice: Notice) -> dict[str, Any]:
    """An Adaptive Card, as workflows of Microsoft Teams take it."""
    blocks = [{"type": "TextBlock", "text": subject(notice), "weight": "Bolder", "wrap": True}]
    blocks += [{"type": "TextBlock", "text": each, "wrap": True} for each in short_text(notice).splitlines()[1:]]
    card = {"type": "AdaptiveCard", "version": "1.2", "body": blocks}
    content = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [content]}


def syslog_line(notice: Notice, hostname: str) -> bytes:
    """A line of RFC 5424. MSGID is the alarm's id, the same in each repeat."""
    alarm = notice.alarm
    data = {
        "alarm": alarm.id, "incident": alarm.incident, "repeat": str(notice.repeat), "level": alarm.level.name.lower(),
        "confidence": f"{alarm.confidence:.2f}", "next": line(alarm.next_step)[:_MOST_VALUE],
    }  # fmt: skip
    elements = "".join(f' {name}="{_sd_value(value)}"' for name, value in data.items())
    sent = rfc3339(moment_of(notice.sent_us))
    head = f"<{_AUTHPRIV * 8 + _SYSLOG_SEVERITY[alarm.level]}>1 {sent} {_name(hostname, 255)}"
    return _line(f"{head} codedark - {_name(alarm.id, 32)} [codedark@{_ENTERPRISE}{elements}] {_said(notice)}")


def cef_line(notice: Notice, hostname: str) -> bytes:
    """A CEF event (ArcSight Common Event Format, version 0) behind the header of BSD syslog (RFC 3164), as its
    receivers expect it; that header has no year, which is why ``rt`` says when.
    """
    alarm, sent = notice.alarm, moment_of(notice.sent_us)
    head = [
        "CEF:0", "Code Dark", "Code Dark", version("codedark"), "test" if notice.test else "alarm",
        _said(notice)[:_MOST_VALUE], str(_CEF_SEVERITY[alarm.level]),
    ]  # fmt: skip
    fields = {
        "externalId": alarm.id,
        "rt": str(alarm.at_us // 1_000),
        "cnt": str(notice.repeat + 1),
        "reason": line(alarm.why_now)[:_MOST_VALUE],
        "msg": line(alarm.next_step)[:_MOST_VALUE],
        "cs1Label": "incident",
        "cs1": alarm.incident,
        "cfp1Label": "confidence",
        "cfp1": f"{alarm.confidence:.4f}",
        **_strongest(notice.incident),
    }
    extension = " ".join(f"{name}={_cef_value(value)}" for name, value in fields.items())
    priority = _AUTHPRIV * 8 + _SYSLOG_SEVERITY[alarm.level]
    stamped = f"{sent:%b} {sent.day:2d} {sent:%H:%M:%S} {_name(hostname, 255)}"
    return _line(f"<{priority}>{stamped} {'|'.join(map(_cef_head, head))}|{extension}")


def _activity(notice: Notice) -> tuple[int, str]:
    if notice.incident is not None and notice.incident.status is Status.CLOSED:
        return _CLOSE
    return _CREATE if notice.alarm.id.endswith(".1") and not notice.repeat else _UPDATE


def _of_incident(incident: Incident) -> dict[str, Any]:
    tags = tuple(dict.fromkeys(f"attack.{each.lower()}" for row in incident.evidence for each in row.techniques))
    attacks = [attack_object(placement) for placement in placements(tags)]
    verdict = _VERDICT.get(incident.verdict) if incident.verdict else None
    return {
        "start_time": incident.began_us // 1_000,
        "end_time": incident.last_us // 1_000,
        "finding_info_list": [_finding_info(row.finding, row.title) for row in incident.evidence]
        or [_finding_info(incident.id, incident.sentence)],
        **({"attacks": attacks} if attacks else {}),
        **({"verdict_id": verdict[0], "verdict": verdict[1]} if verdict else {}),
    }


def _finding_info(uid: str, title: str) -> dict[str, str]:
    return {"uid": line(uid), "title": line(title)}


def _belief(belief: Belief) -> dict[str, Any]:
    return {"name": line(belief.name), "probability": round(belief.probability, 4)}


def _strongest(incident: Incident | None) -> Mapping[str, str]:
    if incident is None:
        return {}
    out: dict[str, str] = {}
    for name, beliefs in (("dhost", incident.hosts), ("duser", incident.accounts)):
        if beliefs:
            out[name] = line(max(beliefs, key=lambda each: each.log_odds).name)[:_MOST_VALUE]
    return out


def _said(notice: Notice) -> str:
    return f"{'TEST: ' if notice.test else ''}{line(notice.alarm.sentence)}"


def _sd_value(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")


def _cef_head(value: str) -> str:
    return value.replace("\\", "\\\\").replace("|", "\\|")


def _cef_value(value: str) -> str:
    return value.replace("\\", "\\\\").replace("=", "\\=")


def _name(text: str, most: int) -> str:
    """What the header of a syslog line can hold: visible ASCII, "-" for nothing."""
    return "".join(each if "!" <= each <= "~" else "_" for each in text)[:most] or "-"


def _line(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")
