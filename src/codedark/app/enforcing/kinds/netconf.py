"""A router or firewall over NETCONF, with access lists and confirmed commits."""

from __future__ import annotations

from codedark.app.enforcing.kinds.kind import ON_PACKETS, DeviceSettings, Kind, Surroundings
from codedark.app.enforcing.settings import Name, Port
from codedark.enforce.netconf.netconf import Netconf
from codedark.enforce.netconf.ssh_channel import SshTarget
from codedark.errors import UsageError


class NetconfSettings(DeviceSettings, frozen=True):
    """``user`` is let in by the private key in ``identity``; ``known_hosts`` has the key of ``host``. ``list_v4`` and
    ``list_v6`` are empty access lists of Code Dark's own, on the interfaces before the hospital's.
    ``attached_elsewhere``: they are there by words of the vendor's, and we cannot see it.
    """

    host: Name
    user: Name
    identity: Name
    known_hosts: Name
    list_v4: str = ""
    list_v6: str = ""
    port: Port = 830
    attached_elsewhere: bool = False


def _opened(settings: NetconfSettings, around: Surroundings) -> Netconf:
    lists = (settings.list_v4, settings.list_v6)
    if not any(lists) or any(len(each.split()) > 1 for each in lists):
        raise UsageError(f"device {settings.name}: give list_v4 or list_v6, the name of an access list without spaces")
    for word in (settings.host, settings.user):
        if word.startswith("-"):
            raise UsageError(f"device {settings.name}: {word!r} would be an option of ssh: write a host and a user")
    target = SshTarget(
        settings.host,
        settings.user,
        (around.home / settings.identity).absolute(),
        (around.home / settings.known_hosts).absolute(),
        settings.port,
    )
    return Netconf(
        settings.device,
        target,
        around.hospital.zones.values(),
        settings.list_v4,
        settings.list_v6,
        around.passages,
        around.protected_addresses,
        around.inherited,
        attached_elsewhere=settings.attached_elsewhere,
    )


NETCONF = Kind(NetconfSettings, _opened, ON_PACKETS)
