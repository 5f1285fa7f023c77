"""Ports of switches and Wi-Fi over RADIUS dynamic authorisation (RFC 5176)."""

from __future__ import annotations

import msgspec

from codedark.app.enforcing.kinds.kind import DeviceSettings, Kind, Surroundings
from codedark.app.enforcing.settings import Name
from codedark.contain.action import ActionKind
from codedark.enforce.radius.exchange import switches_of
from codedark.enforce.radius.radius import Radius
from codedark.enforce.radius.sessions import Sessions
from codedark.errors import UsageError


class RadiusSettings(DeviceSettings, frozen=True):
    """``sessions`` is the accounting log (`codedark.enforce.radius.sessions`). ``secrets_file`` has a line for each
    switch: its address, and its secret, a port in between where it is not 3799. ``quarantine`` is what an isolated
    session may do, as in ``{Filter-Id = "quarantine"}`` or ``{Tunnel-Private-Group-Id = "666"}``. With
    ``ends_sessions = true`` instead of it, sessions are ended: who writes that has a server that refuses those machines
    by then. ``has_leases = false`` is for switches that take no Session-Timeout in a change, ``asks_first = false`` for
    those that do anything when they are asked for a change of nothing.
    """

    sessions: Name
    secrets_file: Name
    quarantine: dict[str, str] = msgspec.field(default_factory=dict)
    ends_sessions: bool = False
    has_leases: bool = True
    asks_first: bool = True

    @property
    def files(self) -> tuple[str | None, ...]:
        """The secrets; its log is read as it grows."""
        return (self.secrets_file,)


def _opened(settings: RadiusSettings, around: Surroundings) -> Radius:
    where = f"device {settings.name}"
    if bool(settings.quarantine) == settings.ends_sessions:
        raise UsageError(
            f"{where}: write a quarantine, or ends_sessions = true if the RADIUS server itself refuses those machines:"
            " a session that is only ended begins anew within a second"
        )
    try:
        return Radius(
            settings.device,
            switches_of(around.secrets(settings.secrets_file, where)),
            Sessions(around.home / settings.sessions, around.macs),
            "; ".join(f"{name}={value}" for name, value in settings.quarantine.items()),
            around.protected_addresses,
            has_leases=settings.has_leases,
            asks_first=settings.asks_first,
        )
    except ValueError as error:
        raise UsageError(f"{where}: {error}") from error


RADIUS = Kind(RadiusSettings, _opened, frozenset({ActionKind.ISOLATE_HOST}), moves=True)
