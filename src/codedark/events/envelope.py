"""When, where and who: the three things every log says, each in its own words.

`envelope` finds them by ordered tables of field names, the best first; `parse_time` reads the ways in which
logs write times. Both are total: whatever they cannot read is None or "", never an exception.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from codedark.events.record import Origin, Record, Value

Place = str | tuple[str, str]
"""A field; or two, of which the first completes the second: date and clock, domain and name."""


class Envelope(NamedTuple):
    """When (aware, UTC; None if no time can be read), on which host, by which user ("" where unsaid)."""

    time: datetime | None
    host: str
    user: str


TIMES: Final[Mapping[str, tuple[Place, ...]]] = {
    # Sysmon's UtcTime comes after TimeCreated so that all channels of a host share one clock; @timestamp is
    # the shipper's; EventTime is local time without a zone and so the last resort.
    "windows": ("TimeCreated_SystemTime", "TimeCreated.SystemTime", "SystemTime", "TimeCreated", "UtcTime",
                "@timestamp", "timestamp", "TimeGenerated", "_time", "EventTime", "EventReceivedTime"),
    "linux": ("TimeCreated", "UtcTime", "timestamp", "time", "__REALTIME_TIMESTAMP", "@timestamp"),
    "auditd": ("timestamp", "__REALTIME_TIMESTAMP", "@timestamp", "msg"),
    "zeek": ("ts", "_write_ts", "@timestamp"),
    "suricata": ("timestamp", "@timestamp"),
    "cef": ("rt", "start", "end", "deviceReceiptTime", "art", "timestamp"),
    "leef": ("devTime", "timestamp"),
    "webserver": (("date", "time"), "timestamp", "time_local", "@timestamp"),
    "proxy": (("date", "time"), "timestamp"),
    "aws": ("eventTime",),
    "azure": ("createdDateTime", "activityDateTime", "TimeGenerated", "eventTimestamp", "time"),
    "m365": ("CreationTime", "CreationDate"),
    "gcp": ("timestamp", "receiveTimestamp"),
    "okta": ("published",),
    "github": ("@timestamp", "created_at"),
    "kubernetes": ("requestReceivedTimestamp", "stageTimestamp"),
    "ehr": ("recorded", "occurredDateTime", "period.start"),
    "pacs": ("EventIdentification.EventDateTime", "EventDateTime", "timestamp"),
    "": ("@timestamp", "timestamp", "time", "ts", ("date", "time"), "datetime", "date", "event_time",
         "eventTime", "Timestamp", "TimeGenerated", "created_at", "_time"),
}  # fmt: skip

HOSTS: Final[Mapping[str, tuple[str, ...]]] = {
    # "host" is last: a collector puts its own name there.
    "windows": ("Computer", "Hostname", "ComputerName", "host.name", "MachineName", "agent.name", "host"),
    "linux": ("Computer", "hostname", "host", "_HOSTNAME", "host.name", "agent.name"),
    # auditd's hostname is where a login comes from.
    "auditd": ("node", "_HOSTNAME", "host.name", "agent.name"),
    "zeek": ("id.orig_h", "src", "tx_hosts", "host"),
    "suricata": ("src_ip", "host"),
    "cef": ("dvchost", "deviceHostName", "dvc", "shost", "src", "host", "hostname"),
    "leef": ("devName", "identHostName", "identSrc", "src", "host", "hostname"),
    "webserver": ("s-computername", "s-ip", "hostname", "cs-host"),
    "proxy": ("c-ip",),
    "aws": ("requestParameters.instanceId", "recipientAccountId", "userIdentity.accountId"),
    "azure": ("deviceDetail.displayName", "ipAddress", "callerIpAddress"),
    "m365": ("DeviceName", "ClientIP", "ClientIPAddress", "ActorIpAddress"),
    "gcp": ("resource.labels.instance_id", "resource.labels.project_id"),
    "okta": ("client.ipAddress",),
    "github": ("repo", "org"),
    "kubernetes": ("sourceIPs",),
    "ehr": ("source.site", "source.observer.display", "agent.network.address", "host"),
    "pacs": ("AuditSourceIdentification.AuditSourceID", "AuditSourceID", "host"),
    "": ("host", "hostname", "Computer", "host.name", "computer", "device", "src_ip", "src"),
}

_SUBJECT: Final[Place] = ("SubjectDomainName", "SubjectUserName")
_TARGET: Final[Place] = ("TargetDomainName", "TargetUserName")
USERS: Final[Mapping[str, tuple[Place, ...]]] = {
    "windows": (_SUBJECT, "User", _TARGET, ("AccountDomain", "AccountName"), "UserName", "UserContext",
                "Detection User"),
    "linux": ("User", "user", "username", "user.name"),
    # auid stays what it was at login, whoever the user has become since.
    "auditd": ("AUID", "acct", "UID", "User", "user.name", "auid", "uid"),
    "zeek": ("user", "username", "client"),
    "suricata": ("smb.ntlmssp.user", "http.user"),
    "cef": ("suser", "duser", "suid"),
    "leef": ("usrName", "accountName"),
    "webserver": ("cs-username",),
    "proxy": ("cs-username",),
    "aws": ("userIdentity.userName", "userIdentity.sessionContext.sessionIssuer.userName", "userIdentity.arn",
            "userIdentity.principalId", "userIdentity.invokedBy"),
    "azure": ("userPrincipalName", "initiatedBy.user.userPrincipalName", "initiatedBy.app.displayName",
              "identity", "caller"),
    "m365": ("UserId", "UserKey"),
    "gcp": ("protoPayload.authenticationInfo.principalEmail",),
    "okta": ("actor.alternateId", "actor.displayName"),
    "github": ("actor",),
    "kubernetes": ("user.username",),
    "ehr": ("agent.who.identifier.value", "agent.who.display", "agent.altId", "agent.name"),
    "pacs": ("ActiveParticipant.UserID", "UserID"),
    "": ("user", "User", "username", "user.name", "userName", "account"),
}  # fmt: skip

# In these Security events the account that acts is the target: who logs on or off, asks for a ticket, is
# locked out, or (4688) whom the new process runs as, where that is another than its creator.
_TARGET_ACTS: Final = frozenset((
    "4624", "4625", "4626", "4627", "4634", "4647", "4675", "4688", "4740", "4767", "4768", "4769",
    "4770", "4771", "4772", "4773", "4776", "4777", "4964",
))  # fmt: skip
_SECURITY_TARGET: Final[tuple[Place, ...]] = (_TARGET, _SUBJECT)
# Sysmon's AccountName is the account its service runs under, never who acts; its User and SourceUser are.
_SYSMON: Final[tuple[Place, ...]] = ("User", "SourceUser")
# Elsewhere, what NXLog resolves of the UserID in the event's header: a pair that comes together.
_HEADER: Final = ("Domain", "AccountName")

_UNSAID: Final = frozenset(
    ("", "-", "?", "(null)", "(unknown)", "N/A", "n/a", "unset", "4294967295", "-1", "(invalid user)")
)


def envelope(origin: Origin, record: Record, reference: datetime | None = None) -> Envelope:
    """When, where and who of ``record``. ``reference``: see `parse_time`."""
    said_by = "auditd" if origin.service == "auditd" else origin.product
    when = None
    for name in TIMES.get(said_by, TIMES[""]):
        value = record.get(name) if isinstance(name, str) else _joined(record, name, " ")
        if value is not None and (when := parse_time(value, reference)) is not None:
            break
    host = next((text for name in HOSTS.get(said_by, HOSTS[""]) if (text := _said(record.get(name)))), "")
    return Envelope(when, host, _user(said_by, origin, record))


def user_fields(origin: Origin) -> tuple[str, ...]:
    """The fields by which `envelope` tells the user of records of an origin: whoever has these needs no others."""
    said_by = "auditd" if origin.service == "auditd" else origin.product
    places = USERS.get(said_by, USERS[""])
    if said_by == "windows":
        if "sysmon" in origin.service:
            places = _SYSMON
        elif origin.event in _TARGET_ACTS and origin.service == "security":
            places = _SECURITY_TARGET
        else:
            places = (*places, _HEADER)
    return tuple(dict.fromkeys(name for place in places for name in ((place,) if isinstance(place, str) else place)))


def _user(said_by: str, origin: Origin, record: Record) -> str:
    if said_by != "windows":
        names = USERS.get(said_by, USERS[""])
    elif "sysmon" in origin.service:
        names = _SYSMON
    elif origin.event in _TARGET_ACTS and origin.service == "security":
        names = _SECURITY_TARGET
    elif "Domain" in record and "AccountName" in record:
        names = (_SUBJECT, "User", _HEADER)
    elif origin.service == "system":
        # AccountName of 7045 is the account that a new service will run under.
        names = (_SUBJECT, "User")
    else:
        names = USERS["windows"]
    for name in names:
        text = _said(record.get(name)) if isinstance(name, str) else _joined(record, name, "\\")
        if text:
            return text
    return ""


def _said(value: Value) -> str:
    """The text of a value (of its first that says something); "" for the ways in which logs say nothing."""
    if isinstance(value, tuple):
        return next((text for part in value if (text := _said(part))), "")
    text = "" if value is None else str(value).strip()
    return "" if text in _UNSAID else text


def _joined(record: Record, names: tuple[str, str], between: str) -> str:
    """The second field with the first before it, as far as that is said; "" without the second."""
    first, second = _said(record.get(names[0])), _said(record.get(names[1]))
    return f"{first}{between}{second}" if first and second else second


EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Where Unix time begins (POSIX.1-2017, 4.16)."""
_FILETIME_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
# The unit of a number is told from its size, as the ranges from 1978 to 2393 do not meet: seconds,
# milliseconds, microseconds, FILETIME, nanoseconds; each with limit, epoch and the factor to microseconds.
_UNITS: Final = (
    (1e11, EPOCH, 1_000_000, 1),
    (1e14, EPOCH, 1_000, 1),
    (1.16e17, EPOCH, 1, 1),
    (2.5e17, _FILETIME_EPOCH, 1, 10),
    (1e19, EPOCH, 1, 1_000),
)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONE = r"\ ?(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)?"
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
_NUMBER: Final = re.compile(r"[+-]?\d{1,20}(?:\.\d*)?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_WRAPPED: Final = re.compile(r"(?:audit\(|/Date\()(\d{1,20}(?:\.\d+)?)", re.ASCII)
"""Unix time within auditd's ``msg`` and .NET's JSON."""
_YEAR, _DAY, _NAME = r"(?P<year>\d{4})", r"(?P<day>\d{1,2})", r"(?P<name>[a-z]{3})"
_FORMS: Final = tuple(
    re.compile(form, re.ASCII | re.VERBOSE | re.IGNORECASE)
    for form in (
        # ISO 8601 in the shapes that datetime does not take; HL7 and DICOM, without separators
        rf"{_YEAR}[-/](?P<month>\d\d)[-/]{_DAY}[T\ ]{_CLOCK}{_ZONE}",
        (
            rf"{_YEAR}(?P<month>\d\d)(?P<day>\d\d)(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)"
            rf"(?:\.(?P<fraction>\d+))?{_ZONE}"
        ),
        # RFC 3164 section 4.1.2; with a year LEEF, CEF, Cisco; with the year behind, ctime
        rf"(?:[a-z]{{3}},?\ )?{_NAME}\ +{_DAY}(?:\ {_YEAR})?\ {_CLOCK}{_ZONE}(?:\ (?P<year2>\d{{4}}))?",
        # Apache, RFC 2822
        rf"\[?(?:[a-z]{{3}},\ )?{_DAY}[/\ ]{_NAME}[/\ ]{_YEAR}[:\ ]{_CLOCK}{_ZONE}\]?",
        # United States
        rf"(?P<month>\d{{1,2}})/{_DAY}/{_YEAR},?\ {_CLOCK}(?:\ ?(?P<half>am|pm))?{_ZONE}",
    )
)


def parse_time(value: Value, reference: datetime | None = None) -> datetime | None:
    """The point in time that ``value`` writes, aware and in UTC; None when it writes none.

    Read are ISO 8601, ``YYYY-MM-DD HH:MM:SS`` with any fraction, seconds, milliseconds, microseconds or
    nanoseconds since 1970 and Windows FILETIME (told apart by size), RFC 3164, Apache, RFC 2822, HL7 and
    ``MM/DD/YYYY``. A time without a zone is UTC. RFC 3164 has no year: the latest one is taken in which the
    time is not after ``reference``; without a reference the time is None.
    """
    if isinstance(value, str):
        try:
            if value[4:5] == "-":
                return _in_utc(datetime.fromisoformat(value))
        except (ValueError, OverflowError):
            pass
        return _parse_text(value.strip(), reference)
    if isinstance(value, tuple):
        return parse_time(value[0], reference) if value else None
    return None if value is None else _from_number(value)


def _parse_text(text: str, reference: datetime | None) -> datetime | None:
    if wrapped := _WRAPPED.match(text):
        return _from_number(float(wrapped[1]))
    for form in _FORMS:
        if match := form.fullmatch(text):
            return _from_parts(match.groupdict(), reference)
    return _from_number(float(text)) if _NUMBER.fullmatch(text) else None


def _from_number(number: float) -> datetime | None:
    for limit, epoch, times, over in _UNITS:
        if 0 <= number < limit:
            return epoch + timedelta(microseconds=number * times / over)
    return None


def _from_parts(parts: Mapping[str, str | None], reference: datetime | None) -> datetime | None:
    name = parts.get("name")
    month = (*_MONTHS, name.lower()).index(name.lower()) + 1 if name else int(parts.get("month") or 0)
    hour = int(parts["hour"] or 0)
    if half := parts.get("half"):
        hour = hour % 12 + (12 if half.lower() == "pm" else 0)
    year = parts.get("year") or parts.get("year2")
    clock = f"{hour:02}:{parts['minute']}:{parts['second'] or '00'}.{(parts.get('fraction') or '0')[:6]:0<6}"
    zone = parts.get("zone") or ""
    rest = f"-{month:02}-{int(parts['day'] or 0):02}T{clock}{zone if zone[:1] in '+-' else ''}"
    if year:
        return _moment(f"{year}{rest}")
    if reference is None:
        return None
    latest = _in_utc(reference)
    # Nine years back there is always a 29 February, also around a century without one.
    moments = (_moment(f"{latest.year + 1 - back:04}{rest}") for back in range(10))
    return next((moment for moment in moments if moment is not None and moment <= latest), None)


def _moment(iso: str) -> datetime | None:
    try:
        return _in_utc(datetime.fromisoformat(iso))
    except (ValueError, OverflowError):
        return None


def _in_utc(moment: datetime) -> datetime:
    zone = moment.tzinfo
    if zone is UTC:
        return moment
    return moment.replace(tzinfo=UTC) if zone is None else moment.astimezone(UTC)
