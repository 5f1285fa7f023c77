"""Findings that tell a story, and incidents made of them: few words for what matters, defaults for the rest."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from codedark.app.watching.alarm_settings import alarm_settings
from codedark.detect.finding import Finding, Level, RuleId, RuleInfo
from codedark.events.logsource import LogSource
from codedark.events.record import SourceName
from codedark.hospital.hospital import Hospital
from codedark.respond.incident import Alarm, Incident
from codedark.respond.incidents import Incidents

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
MONDAY_US = 1_768_203_000 * SECOND_US  # 2026-01-12 07:30 UTC
SETTINGS, TACTICS, STEPS = alarm_settings({})


def incidents(hospital: Hospital | None = None, **given: dict[str, Any]) -> Incidents:
    """Incidents with the figures that ship, and those ``given`` by section."""
    return Incidents(hospital, alarm_settings(given)[0] if given else SETTINGS, TACTICS, STEPS)


def rule(name: str, level: Level, *tags: str) -> RuleInfo:
    """A rule with ATT&CK tags, given without ``attack.``."""
    return RuleInfo(
        RuleId(name), name.capitalize(), level, tuple(f"attack.{tag}" for tag in tags), LogSource(), f"{name}.yml"
    )


def finding(
    rule_: RuleInfo, at_us: int, host: str = "", user: str = "", record: int = 1, says: str = "", **event: Any
) -> Finding:
    """What that rule says of a record with the fields ``event``."""
    when = datetime.fromtimestamp(at_us / SECOND_US, UTC)
    return Finding(rule_, when, host, user, SourceName("test"), record, event, says=says)


def told(said: list[Incident | Alarm]) -> list[Alarm]:
    """The alarms among what was said."""
    return [each for each in said if isinstance(each, Alarm)]


def latest(said: list[Incident | Alarm]) -> dict[str, Incident]:
    """The last that was said of each incident."""
    return {each.id: each for each in said if isinstance(each, Incident)}


DUMP = rule("lsass dumped", Level.HIGH, "credential-access", "t1003.001")
MACRO = rule("office starts a shell", Level.HIGH, "execution", "t1204.002")
RUN_KEY = rule("run key", Level.MEDIUM, "persistence", "t1547.001")
LOOK = rule("whoami", Level.MEDIUM, "discovery", "t1033")
RDP = rule("rdp by a tool", Level.HIGH, "lateral-movement", "t1021.001")
LOGOFF = rule("somebody logged off", Level.INFORMATIONAL, "impact", "t1531")
BACKUP = rule("backup deleted", Level.CRITICAL, "impact", "t1490")
"""A few rules as they are among Sigma's."""
