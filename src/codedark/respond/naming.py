"""Whom a finding speaks of: the host and account, where it came from, what it went for, and in which session."""

from __future__ import annotations

from typing import NamedTuple

from codedark.detect.behaviour.places import Places
from codedark.detect.finding import Finding
from codedark.events.moments import microseconds_of
from codedark.events.record import Record
from codedark.respond.settings import DAY_US
from codedark.respond.tactics import Known

# Windows Security and Sysmon, Zeek, Linux, CEF, FHIR AuditEvent, and what behaviours give as evidence.
_ORIGINS = (
    "IpAddress", "SourceIp", "SourceHostname", "WorkstationName", "Workstation", "ClientAddress", "ClientName",
    "id.orig_h", "src_ip", "src", "rhost", "addr", "ClientIP", "agent.network.address", "origin_host", "origin_address",
    "client", "source",
)  # fmt: skip
_TARGETS = (
    "DestinationIp", "DestinationHostname", "DestAddress", "TargetServerName", "id.resp_h", "dest_ip", "dst",
    "target_host", "target",
)  # fmt: skip
_SESSIONS = ("SubjectLogonId", "LogonId", "TargetLogonId", "session")
_SHARED_SESSIONS = frozenset(
    {"", "-", "0x0", "0x3e4", "0x3e5", "0x3e7", "0"}
)  # the system's own, the same on every host
_AHEAD_US = 3_600_000_000


class Named(NamedTuple):
    """A finding with the names of `Places`. ``others`` are the accounts it names beside; ``session`` is unique in the
    hospital, "" where there is none.
    """

    id: str
    rule: Known
    at_us: int
    host: str
    account: str
    others: tuple[str, ...]
    origins: tuple[str, ...]
    targets: tuple[str, ...]
    session: str
    says: str
    record: int


def when_us(finding: Finding, now_us: int) -> int:
    """When it happened; now, where the record does not say, or says what cannot be."""
    if finding.time is None:
        return now_us
    at_us = microseconds_of(finding.time)
    return at_us if now_us - 90 * DAY_US <= at_us <= now_us + _AHEAD_US else now_us


def named(finding: Finding, rule: Known, at_us: int, places: Places) -> Named:
    """The names in ``finding`` and in its record."""
    record = finding.event
    host = places.host(finding.host)
    account = places.account(finding.user)
    origins = tuple(dict.fromkeys(each for each in _hosts(record, _ORIGINS, places) if each != host))
    targets = tuple(dict.fromkeys(each for each in _hosts(record, _TARGETS, places) if each != host))
    by = places.account(str(record.get("by") or ""))
    session = next((text for name in _SESSIONS if (text := str(record.get(name) or "")) not in _SHARED_SESSIONS), "")
    return Named(
        id=f"{rule.id}@{finding.record}",
        rule=rule,
        at_us=at_us,
        host=host,
        account=account,
        others=(by,) if by and by != account else (),
        origins=origins,
        targets=tuple(each for each in targets if each not in origins),
        session=f"{host}:{session}" if host and session else "",
        says=finding.says,
        record=finding.record,
    )


def _hosts(record: Record, fields: tuple[str, ...], places: Places) -> list[str]:
    return [host for field in fields if (value := record.get(field)) and (host := places.host(str(value).strip()))]
