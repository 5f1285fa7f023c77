"""What a kind of device is to the rest: a table of the configuration, and a function that opens its adapter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from codedark.app.enforcing.settings import Name
from codedark.app.sections import Section
from codedark.contain.action import ActionKind
from codedark.enforce.contract import Adapter, DeviceId, Inherited
from codedark.enforce.nftables.table import Passage
from codedark.errors import UnusableInput, UsageError
from codedark.hospital.hospital import Hospital


class DeviceSettings(Section, frozen=True):
    """What every device has. A kind adds what it needs."""

    name: Name
    kind: str

    @property
    def device(self) -> DeviceId:
        """The name, as orders have it."""
        return DeviceId(self.name)

    @property
    def protects(self) -> tuple[str, ...]:
        """The accounts that it would refuse to touch, and nobody else must either: known although it is silent."""
        return ()

    @property
    def files(self) -> tuple[str | None, ...]:
        """The files that are read when it is opened: when one of them changes, it has to be opened anew."""
        return ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an adapter may need beside its own table.

    Relative paths are taken from ``home``. ``inherited`` is for programs that an adapter starts. ``passages`` are what
    lifelines need. Never isolated are ``protected_addresses``, of machines without which a lifeline falls; never
    touched are ``protected_accounts``, the hospital's break-glass accounts.
    """

    home: Path
    hospital: Hospital
    inherited: Inherited = tuple
    passages: tuple[Passage, ...] = ()
    protected_addresses: tuple[str, ...] = ()
    protected_accounts: tuple[str, ...] = ()

    @property
    def macs(self) -> dict[str, str]:
        """The MAC address of each IP address, by the inventory."""
        held = [each for each in self.hospital.assets.values() if each.mac]
        return {address: each.mac for each in held for address in each.addresses}

    def secret(self, file: str, where: str) -> str:
        """The first line of a file. Raises `UnusableInput` if there is none, `UsageError` if everybody may read it."""
        return self.secrets(file, where)[0]

    def secrets(self, file: str, where: str) -> list[str]:
        """The lines of a file, as with `secret`."""
        path = self.home / file
        try:
            if path.stat().st_mode & 0o004:
                raise UsageError(f"{where}: every user of this machine can read {path}: chmod 640 {path}")
            lines = path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UnusableInput(
                f"{where}: {path} cannot be read ({error}): put the secret on its first line"
            ) from error
        if not lines or not lines[0]:
            raise UnusableInput(f"{where}: {path} is empty: put the secret on its first line")
        return lines


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of a device without asking it: ``does`` and ``moves`` of its `Kind`, and whom it ``protects``."""

    does: frozenset[ActionKind]
    moves: bool
    protects: frozenset[str]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind: the struct that its table is, and what opens it. Opening touches no device, so that one that does not
    answer holds up no other; it raises `UsageError` or `UnusableInput` for what cannot be right.
    """

    settings: type[DeviceSettings]
    opened: Callable[[Any, Surroundings], Adapter]
    does: frozenset[ActionKind]
    """What may be ordered of it: where one does not answer, that is what people do at it by hand."""
    moves: bool = False
    """Its things move by themselves, as sessions do: what people approve is the machine, whatever session it is in."""


ON_PACKETS: Final = frozenset(ActionKind) - {ActionKind.DISABLE_ACCOUNT, ActionKind.SHUT_DOWN}
"""What is done to packets."""
