"""A bridge of Open vSwitch: on this machine, or one that a command or OpenFlow over TCP reaches."""

from __future__ import annotations

from codedark.app.enforcing.kinds.kind import ON_PACKETS, DeviceSettings, Kind, Surroundings
from codedark.app.enforcing.settings import Name
from codedark.enforce.openvswitch.openvswitch import OpenVSwitch


class OpenVSwitchSettings(DeviceSettings, frozen=True):
    """``bridge`` is its name, or ``tcp:ADDRESS:PORT``. ``command`` is what comes before ``ovs-ofctl`` to reach it.
    ``passes_to`` says where lifelines go: ``NORMAL`` on a bridge that learns, ``resubmit(,TABLE)`` where other flows
    decide.
    """

    bridge: Name
    command: tuple[str, ...] = ()
    passes_to: Name = "NORMAL"


def _opened(settings: OpenVSwitchSettings, around: Surroundings) -> OpenVSwitch:
    return OpenVSwitch(
        settings.device,
        settings.bridge,
        around.hospital.zones.values(),
        around.passages,
        around.protected_addresses,
        around.macs,
        settings.command,
        settings.passes_to,
        around.inherited,
    )


OPEN_VSWITCH = Kind(OpenVSwitchSettings, _opened, ON_PACKETS)
