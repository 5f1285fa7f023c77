"""VPN logons: FortiGate and other gateways in CEF, Cisco ASA in its own messages.

``session`` of a VPN logon is the address that it was given inside, by which what follows is joined to it. ``reason`` is
the method of authentication where the gateway says it, or why it refused.

Source: FortiOS 7.4 log reference (event:vpn, ``tunnel-up``, ``ssl-login-fail``); ArcSight CEF, revision 25; Cisco ASA
syslog messages 113015 and 722051.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from codedark.detect.behaviour.observation import Logon, LogonKind
from codedark.detect.behaviour.places import Places
from codedark.detect.behaviour.reading import Seen
from codedark.detect.behaviour.readings.logons_columns import column, text
from codedark.events.record import Origin

_CEF: Final = (
    "act", "name", "cat", "outcome", "suser", "duser", "src", "sourceTranslatedAddress", "AuthMethod", "reason"
)  # fmt: skip
_VPN: Final = re.compile(r"vpn|tunnel|globalprotect|anyconnect|remote access")
_REFUSED: Final = re.compile(r"fail|denied|deny|refus|reject|invalid|block|lockout")
_GRANTED: Final = re.compile(r"tunnel-up|tunnel up|connected|success|succeed|established|logged in|login|logon|start")
_ENDED: Final = re.compile(r"tunnel-down|tunnel down|disconnect|logout|logoff|logged out|terminat|closed|statistic")
_ASA_UP: Final = re.compile(
    r"(?:%ASA-\d-722051: )?Group <[^>]{0,128}> User <(?P<user>[^>]{1,128})> IP <(?P<from>[^>]{2,45})> "
    r"IPv4 Address <(?P<inside>[^>]{0,45})>.{0,200}assigned to session"
)
_ASA_REFUSED: Final = re.compile(
    r"(?:%ASA-\d-113015: )?AAA user authentication Rejected : reason = (?P<why>[^:]{0,80}) : .{0,200}?"
    r"user = (?P<user>\S{1,128}) : user IP = (?P<from>[0-9A-Fa-f.:]{2,45})"
)


def fields(origin: Origin) -> tuple[str, ...] | None:
    """What gateways say of a session."""
    return ("message",) if origin.product == "cisco" else _CEF


def read(seen: Seen, places: Places) -> Iterator[Logon]:
    """The VPN logons of a group."""
    return _asa(seen, places) if seen.origin.product == "cisco" else _cef(seen, places)


def _cef(seen: Seen, places: Places) -> Iterator[Logon]:
    columns = [column(seen, name) for name in _CEF]
    for at_us, spelt, row, act, name, cat, outcome, source, target, src, inside, method, why in zip(
        seen.times_us, seen.hosts, seen.rows, *columns, strict=True
    ):
        succeeded = _meaning(text(act), text(name), text(cat), text(outcome))
        account = places.account(text(source) or text(target)) if succeeded is not None else ""
        if succeeded is None or not account:
            continue
        told = text(src)
        yield Logon(
            at_us, places.host(spelt), row, account, LogonKind.VPN, succeeded, places.host(told), told,
            session=text(inside), reason=text(method) if succeeded else text(why),
        )  # fmt: skip


@lru_cache(maxsize=4096)
def _meaning(act: str, name: str, cat: str, outcome: str) -> bool | None:
    """Whether a CEF message lets somebody in (True), refuses (False), or says something else (None)."""
    said = f"{act} {name} {outcome}".lower()
    if not _VPN.search(f"{said} {cat.lower()}"):
        return None
    if _REFUSED.search(said):
        return False
    if _ENDED.search(said):
        return None
    return True if _GRANTED.search(said) else None


def _asa(seen: Seen, places: Places) -> Iterator[Logon]:
    for at_us, spelt, row, message in zip(seen.times_us, seen.hosts, seen.rows, column(seen, "message"), strict=True):
        if message.__class__ is not str:
            continue
        up = _ASA_UP.match(message)
        found = up or _ASA_REFUSED.match(message)
        account = places.account(found["user"]) if found else ""
        if found and account:
            yield Logon(
                at_us, places.host(spelt), row, account, LogonKind.VPN, up is not None, places.host(found["from"]),
                found["from"], session=found["inside"] if up else "", reason="" if up else found["why"].strip(),
            )  # fmt: skip
