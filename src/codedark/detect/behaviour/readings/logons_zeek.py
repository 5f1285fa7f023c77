"""Logons that a network sensor saw: Zeek's kerberos and ntlm logs, for hosts and controllers that send none.

Source: Zeek 7 script reference, `KRB::Info` and `NTLM::Info`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from codedark.detect.behaviour.observation import Logon, LogonKind
from codedark.detect.behaviour.places import Places, short
from codedark.detect.behaviour.reading import Seen
from codedark.detect.behaviour.readings.logons_columns import column, text
from codedark.events.record import Origin

_KERBEROS: Final = ("id.orig_h", "id.resp_h", "client", "service", "success", "request_type", "error_msg")
_NTLM: Final = ("id.orig_h", "id.resp_h", "username", "server_nb_computer_name", "success")
_TRUE: Final = frozenset({"T", "true"})


def fields(origin: Origin) -> tuple[str, ...] | None:
    """The fields of the two logs."""
    return {"kerberos": _KERBEROS, "ntlm": _NTLM}.get(origin.service)


def read(seen: Seen, places: Places) -> Iterator[Logon]:
    """The logons of a group."""
    return _kerberos(seen, places) if seen.origin.service == "kerberos" else _ntlm(seen, places)


def _kerberos(seen: Seen, places: Places) -> Iterator[Logon]:
    """``client`` is ``name/REALM``; a ticket for ``LIS01$`` or ``cifs/lis01.hosp.example`` is a logon to lis01."""
    columns = [column(seen, name) for name in _KERBEROS]
    for at_us, row, source, target, client, service, success, asked, why in zip(
        seen.times_us, seen.rows, *columns, strict=True
    ):
        name = text(client).partition("/")[0]
        account = places.account(name)
        if not account or "$" in name:
            continue
        granted = text(success) in _TRUE
        host, reason = places.host(text(target)), ""
        wanted = text(service)
        if text(asked) == "TGS" and wanted.endswith("$"):
            host = short(wanted)
        elif text(asked) == "TGS" and "/" in wanted and not wanted.lower().startswith("krbtgt"):
            host = places.host(wanted.split("/")[1].partition(":")[0])
        else:
            reason = wanted.partition("/")[0].lower()
        told = text(source)
        yield Logon(
            at_us, host, row, account, LogonKind.TICKET, granted, places.host(told), told,
            reason=reason if granted else text(why),
        )  # fmt: skip


def _ntlm(seen: Seen, places: Places) -> Iterator[Logon]:
    columns = [column(seen, name) for name in _NTLM]
    for at_us, row, source, target, user, server, success in zip(seen.times_us, seen.rows, *columns, strict=True):
        account = places.account(text(user))
        # Zeek leaves success out where it did not see the answer.
        if account and not account.endswith("$") and text(success) not in {"", "-"}:
            told = text(source)
            host = places.host(text(server)) or places.host(text(target))
            yield Logon(at_us, host, row, account, LogonKind.NETWORK, text(success) in _TRUE, places.host(told), told)
