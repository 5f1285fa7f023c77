"""The devices of an installation, opened from its configuration and the model of the hospital."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from codedark.app.enforcing.guarding import indispensable
from codedark.app.enforcing.kinds.directory import DIRECTORY
from codedark.app.enforcing.kinds.kind import DeviceSettings, Kind, Surroundings
from codedark.app.enforcing.kinds.netconf import NETCONF
from codedark.app.enforcing.kinds.nftables import NFTABLES
from codedark.app.enforcing.kinds.openc2 import OPENC2
from codedark.app.enforcing.kinds.openvswitch import OPEN_VSWITCH
from codedark.app.enforcing.kinds.radius import RADIUS
from codedark.app.enforcing.lifeline_passages import leaning, passages_of
from codedark.app.enforcing.naming import PEOPLE
from codedark.app.enforcing.settings import EnforceSettings
from codedark.app.sections import in_plain_words
from codedark.enforce.contract import Adapter, DeviceId
from codedark.errors import CodeDarkError, UsageError
from codedark.hospital.account import AccountKind
from codedark.hospital.hospital import Hospital

KINDS: Final[Mapping[str, Kind]] = {
    "nftables": NFTABLES,
    "directory": DIRECTORY,
    "radius": RADIUS,
    "openvswitch": OPEN_VSWITCH,
    "openc2": OPENC2,
    "netconf": NETCONF,
}
"""Every kind that may stand in ``[[enforce.devices]]``: one line each, and a module in `kinds`."""


def surroundings(home: Path, hospital: Hospital, lock: int | None = None) -> Surroundings:
    """What adapters need to know of a hospital."""
    held = indispensable(hospital)
    return Surroundings(
        home,
        hospital,
        lock,
        passages_of(hospital, leaning(hospital)),
        tuple(sorted({address for each in held for address in hospital.assets[each].addresses})),
        tuple(each.id for each in hospital.accounts.values() if each.kind is AccountKind.BREAK_GLASS),
    )


def opened(
    settings: EnforceSettings, around: Surroundings, where: str = "[enforce]", skipped: list[str] | None = None
) -> dict[DeviceId, Adapter]:
    """Every device by its name, in the order of the file; none is asked anything.

    Raises `UsageError` and `UnusableInput` with the place of what is wrong. Where ``skipped`` is given, a device whose
    files are not as they should be is left out, and why is added there.
    """
    found: dict[DeviceId, Adapter] = {}
    for number, given in enumerate(settings.devices, 1):
        place = f"{where} [[devices]] number {number}"
        kind, read = _read(given, place)
        if read.device == PEOPLE:
            raise UsageError(f"{place}: {PEOPLE} are a device already, who do by hand what no other does: name it else")
        if read.device in found:
            raise UsageError(f"{place}: there is a device {read.name} already: give each a name of its own")
        try:
            found[read.device] = kind.opened(read, around)
        except CodeDarkError as error:
            if skipped is None:
                raise
            skipped.append(f"{place}: left out for now: {error}")
    return found


def _read(given: Mapping[str, Any], place: str) -> tuple[Kind, DeviceSettings]:
    name = given.get("kind")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        said = "it lacks kind" if name is None else f"there is no kind {name!r}"
        raise UsageError(f"{place}: {said}: write one of {', '.join(KINDS)}")
    try:
        return kind, msgspec.convert(given, kind.settings)
    except msgspec.ValidationError as error:
        raise UsageError(f"{place} ({name}): {in_plain_words(error)}") from error
