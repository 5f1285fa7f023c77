"""Sessions from end to end: whoever acts on a host has logged on to it, and whoever has logged on logs off again."""

from __future__ import annotations

from collections.abc import Iterator

from codedark.simulate.acts import Act, Connected, LoggedOff, LoggedOn, LogonType
from codedark.simulate.attacks.scene import Moment
from codedark.simulate.habit import SECOND_US
from codedark.simulate.site import Family

_ENDING = frozenset(
    {LogonType.INTERACTIVE, LogonType.NETWORK, LogonType.BATCH, LogonType.REMOTE_INTERACTIVE},
)
"""Logons with an end of their own: unlocking goes on with a session, and services run until the machine stops."""
_SITTING_PORTS = frozenset({22, 3389})
"""Connections that last as long as somebody sits there (SSH, RDP)."""


def whole(acts: Iterator[Act], m: Moment) -> Iterator[Act]:
    """The acts of a trace, and a logon before those whose session nobody has opened; ends of sessions are noted.

    A session ends when its account acts on its host for the last time, or with the connection that carries it.
    """
    carried_us = m.at_us
    for act in acts:
        for logon in _missing(m, act.at_us):
            _note_end(m, logon, carried_us)
            yield logon
        if isinstance(act, LoggedOn) and act.outcome == "success" and act.logon_type in _ENDING:
            _note_end(m, act, carried_us)
        elif isinstance(act, Connected) and act.target == m.host.id and act.target_port in _SITTING_PORTS:
            carried_us = act.at_us + int(act.seconds * SECOND_US)
        yield act


def _note_end(m: Moment, on: LoggedOn, carried_us: int) -> None:
    at_us = max(carried_us, on.at_us, m.scene.leaves.get((on.host, on.account), m.until_us))
    m.scene.ends[on.host, on.logon_id] = LoggedOff(at_us, on.host, on.account, on.logon_type, on.logon_id, m.step)


def _missing(m: Moment, at_us: int) -> list[LoggedOn]:
    """Logons of sessions that began without one: at the account's own computer, elsewhere by the network."""
    logons = []
    for host, account, logon_id in m.scene.unopened:
        if host.family is Family.WINDOWS:
            own = any(account == person.account and host.id in person.workstations for person in m.site.people)
            kind = LogonType.INTERACTIVE if own else LogonType.NETWORK
            logons.append(LoggedOn(at_us, host.id, account, kind, "", logon_id, "Negotiate", step=m.step))
    m.scene.unopened.clear()
    return logons
