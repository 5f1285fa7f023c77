"""Logons in the Windows Security log, by event and logon type.

Source: Microsoft, "Advanced security audit policy": events 4624, 4625, 4634, 4647, 4648, 4768, 4769, 4771, 4776,
4778 and their fields; status codes are NTSTATUS for 4624 to 4648 and 4776, and those of RFC 4120 for Kerberos.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import Any, Final

from codedark.detect.behaviour.observation import LoggedOff, Logon, LogonKind
from codedark.detect.behaviour.places import Places, short
from codedark.detect.behaviour.reading import Seen
from codedark.detect.behaviour.readings.logons_columns import column, text
from codedark.events.record import Origin

_KINDS: Final = {
    "2": LogonKind.INTERACTIVE,
    "3": LogonKind.NETWORK,
    "4": LogonKind.BATCH,
    "5": LogonKind.SERVICE,
    "7": LogonKind.UNLOCK,
    "8": LogonKind.NETWORK,
    "9": LogonKind.EXPLICIT,
    "10": LogonKind.REMOTE,
    "11": LogonKind.INTERACTIVE,
    "12": LogonKind.REMOTE,
    "13": LogonKind.UNLOCK,
}

_LOGON: Final = ("TargetUserName", "LogonType", "IpAddress", "WorkstationName", "TargetLogonId")
_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "4624": (*_LOGON, "TargetOutboundUserName", "TargetDomainName"),
    "4625": (*_LOGON[:4], "SubStatus"),
    "4634": ("TargetUserName", "LogonType", "TargetLogonId"),
    "4647": ("TargetUserName", "TargetLogonId"),
    "4648": ("TargetUserName", "SubjectUserName", "SubjectLogonId", "TargetServerName"),
    "4768": ("TargetUserName", "IpAddress", "Status"),
    "4769": ("TargetUserName", "IpAddress", "Status", "ServiceName"),
    "4771": ("TargetUserName", "IpAddress", "Status"),
    "4776": ("TargetUserName", "Workstation", "Status"),
    "4778": ("AccountName", "ClientAddress", "ClientName", "LogonID"),
}
_SITTING: Final = frozenset({"2", "10", "11", "12"})
_NO_FORWARD: Final = frozenset({"", "-"})
_LOCAL: Final = frozenset({"", "-", "localhost"})
_GRANTED: Final = frozenset({"0x0", "0", ""})
_VIRTUAL: Final = frozenset({"nt service", "window manager", "font driver host", "iis apppool"})


def fields(origin: Origin) -> tuple[str, ...] | None:
    """The fields of the events that tell of logons."""
    return _FIELDS.get(origin.event) if origin.service == "security" else None


def read(seen: Seen, places: Places) -> Iterator[Logon | LoggedOff]:
    """The logons of a group of one event."""
    event = seen.origin.event
    if event in {"4634", "4647"}:
        return _ends(seen, places)
    if event == "4624":
        return _logons(seen, places)
    if event == "4625":
        return _refusals(seen, places)
    if event == "4648":
        return _explicit(seen, places)
    if event == "4778":
        return _reconnected(seen, places)
    return _tickets(seen, places)


def _logons(seen: Seen, places: Places) -> Iterator[Logon]:
    columns = [column(seen, name) for name in _FIELDS["4624"]]
    for at_us, spelt, row, user, kind, address, station, session, outbound, domain in zip(
        seen.times_us, seen.hosts, seen.rows, *columns, strict=True
    ):
        account = _somebody(places, user)
        how = _KINDS.get(text(kind))
        if not account or how is None or text(domain).lower() in _VIRTUAL:
            continue
        host = places.host(spelt)
        by = ""
        if how is LogonKind.EXPLICIT:
            # Type 9: the session stays the caller's, and the other credentials are used on the way out.
            if text(outbound) in _NO_FORWARD:
                continue
            by, account = account, places.account(text(outbound))
        origin, told = _from(places, address, station, host)
        yield Logon(at_us, host, row, account, how, True, origin, told, by, text(session))


def _refusals(seen: Seen, places: Places) -> Iterator[Logon]:
    columns = [column(seen, name) for name in _FIELDS["4625"]]
    for at_us, spelt, row, user, kind, address, station, status in zip(
        seen.times_us, seen.hosts, seen.rows, *columns, strict=True
    ):
        account = _somebody(places, user)
        how = _KINDS.get(text(kind))
        if account and how is not None:
            host = places.host(spelt)
            origin, told = _from(places, address, station, host)
            yield Logon(at_us, host, row, account, how, False, origin, told, reason=text(status).lower())


def _explicit(seen: Seen, places: Places) -> Iterator[Logon]:
    """4648 is written where the credentials are given: what it names as server is where they lead."""
    columns = [column(seen, name) for name in _FIELDS["4648"]]
    for at_us, spelt, row, user, subject, session, server in zip(
        seen.times_us, seen.hosts, seen.rows, *columns, strict=True
    ):
        account = _somebody(places, user)
        if account:
            here = places.host(spelt)
            name = text(server)
            target = here if name.lower() in _LOCAL else places.host(name.rpartition("/")[2])
            yield Logon(
                at_us, target, row, account, LogonKind.EXPLICIT, True, here, "", _somebody(places, subject),
                by_session=text(session),
            )  # fmt: skip


def _ends(seen: Seen, places: Places) -> Iterator[LoggedOff]:
    """Ends of sessions that people sat in: 4647, and 4634 of those logon types."""
    kinds = column(seen, "LogonType") if seen.origin.event == "4634" else repeat("2", len(seen.rows))
    columns = [column(seen, name) for name in _FIELDS["4647"]]
    for at_us, spelt, row, kind, user, session in zip(
        seen.times_us, seen.hosts, seen.rows, kinds, *columns, strict=True
    ):
        if text(kind) in _SITTING:
            account = _somebody(places, user)
            if account:
                yield LoggedOff(at_us, places.host(spelt), row, account, text(session))


def _reconnected(seen: Seen, places: Places) -> Iterator[Logon]:
    """4778: somebody takes up a remote session that was left open."""
    columns = [column(seen, name) for name in _FIELDS["4778"]]
    for at_us, spelt, row, user, address, station, session in zip(
        seen.times_us, seen.hosts, seen.rows, *columns, strict=True
    ):
        account = _somebody(places, user)
        if account and text(address).upper() != "LOCAL":
            host = places.host(spelt)
            origin, told = _from(places, address, station, host)
            yield Logon(at_us, host, row, account, LogonKind.REMOTE, True, origin, told, session=text(session))


def _tickets(seen: Seen, places: Places) -> Iterator[Logon]:
    """4768, 4769, 4771, 4776: what a domain controller was asked, and by whom.

    A ticket for a machine's service (``LIS01$``) is a logon to that machine, which need not send logs itself; one for
    an account's is one to the controller, with the service as ``reason``.
    """
    event = seen.origin.event
    origins = column(seen, "Workstation" if event == "4776" else "IpAddress")
    columns = [column(seen, "TargetUserName"), origins, column(seen, "Status")]
    asked = {"4776": "ntlm", "4769": ""}.get(event, "krbtgt")
    services = column(seen, "ServiceName") if event == "4769" else repeat("", len(seen.rows))
    for at_us, spelt, row, user, where, status, service in zip(
        seen.times_us, seen.hosts, seen.rows, *columns, services, strict=True
    ):
        account = _somebody(places, user)
        if not account:
            continue
        told = text(where).removeprefix("::ffff:")
        name = text(service)
        if name.endswith("$"):
            host, reason = short(name), ""
        else:
            host, reason = places.host(spelt), name.lower() or asked
        code = text(status).lower()
        granted = code in _GRANTED and event != "4771"
        origin = places.host(told.removeprefix("\\\\"))
        yield Logon(
            at_us, host, row, account, LogonKind.TICKET, granted, origin, told, reason=reason if granted else code
        )


def _from(places: Places, address: Any, station: Any, host: str) -> tuple[str, str]:
    """Where a logon came from: host and address; "" for the machine itself."""
    told = text(address)
    origin = places.host(told) if told not in _LOCAL else ""
    if not origin and told not in {"127.0.0.1", "::1"}:
        origin = places.host(text(station))
    return ("" if origin == host else origin), told.removeprefix("::ffff:")


def _somebody(places: Places, user: Any) -> str:
    """The account, "" for machine accounts, the system and what is no name."""
    if user.__class__ is not str or "$" in user:
        return ""
    return places.account(user)
