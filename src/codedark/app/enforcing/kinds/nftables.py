"""A Linux firewall with nftables: this machine, or one that a command reaches."""

from __future__ import annotations

from codedark.app.enforcing.kinds.kind import ON_PACKETS, DeviceSettings, Kind, Surroundings
from codedark.enforce.nftables.nftables import Nftables


class NftablesSettings(DeviceSettings, frozen=True):
    """``command`` is what comes before ``nft`` to reach the firewall: nothing on this machine, else as in
    ``["ssh", "-o", "BatchMode=yes", "codedark@firewall"]``.
    """

    command: tuple[str, ...] = ()


def _opened(settings: NftablesSettings, around: Surroundings) -> Nftables:
    return Nftables(
        settings.device,
        around.hospital.zones.values(),
        around.passages,
        around.protected_addresses,
        settings.command,
        around.inherited,
    )


NFTABLES = Kind(NftablesSettings, _opened, ON_PACKETS)
