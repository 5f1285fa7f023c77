"""What every device that Code Dark acts on has to offer, and what is said of an act: pure types.

`docs/adr/0013-acts-that-end-by-themselves.md` says why it is so. Adapters have the effects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType, Protocol

from codedark.contain.action import ActionId, ActionKind
from codedark.errors import CodeDarkError
from codedark.hospital.account import AccountId
from codedark.hospital.service import Tier
from codedark.hospital.zone import ZoneId

OrderId = NewType("OrderId", str)
DeviceId = NewType("DeviceId", str)
"""The name of what an adapter speaks with: ``core-firewall``, ``directory``."""


class DeviceFailed(CodeDarkError):
    """A device did not answer, or refused. What stands now is told by `Adapter.verify`, not by this."""


class OrderRefused(CodeDarkError):
    """`Adapter.apply` was asked for what `Adapter.check` refuses. Nothing was touched."""


@dataclass(frozen=True, slots=True, order=True)
class Way:
    """From zone to zone, what ``source`` opens; ``protocol`` is a name (``smb``), ``tcp/445``, or "" for everything."""

    source: ZoneId
    target: ZoneId
    protocol: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One action for one device: what it does to which IP addresses, ways, accounts and memberships in ``groups``.

    After ``lease_seconds`` without renewal it ends by itself, where the device can do that. ``tier`` is the most
    urgent tier of the services that it touches.
    """

    id: OrderId
    action: ActionId
    kind: ActionKind
    device: DeviceId
    lease_seconds: int
    tier: Tier = Tier.FIVE
    addresses: tuple[str, ...] = ()
    ways: tuple[Way, ...] = ()
    accounts: tuple[AccountId, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One thing of a device, in the words of its adapter, its value before and after. Turned round it is the inverse.

    Both stand in it as text, so that what was stored is enough to take it back, whatever the program remembers.
    """

    thing: str
    before: str
    after: str

    @property
    def inverse(self) -> Change:
        """What takes it back."""
        return Change(self.thing, self.after, self.before)


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an order would do: its changes, and in ``says`` sentences for those who approve.

    Where ``refusal`` is not "", the device cannot or must not do it, and there are no changes. ``is_forbidden``: nobody
    else must do it either, people included.
    """

    order: OrderId
    changes: tuple[Change, ...]
    says: tuple[str, ...] = ()
    refusal: str = ""
    is_forbidden: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a device says of a thing. ``value`` is None where it cannot be told, and then ``why`` says why not.

    ``waits``: it was handed to a person, who has not done it yet; ``value`` is what it is until then.
    """

    thing: str
    value: str | None
    why: str = ""
    waits: bool = False


class Standing(StrEnum):
    """How much of an order a device has now."""

    ALL = "all"
    NOTHING = "nothing"
    PART = "part"
    WAITING = "waiting"
    """A person was asked, and has not done all of it yet. What devices do never waits."""
    UNKNOWN = "unknown"


Keep = Callable[[Sequence[Foreseen]], None]
"""Puts what is going to be changed on disk, or raises; then nothing is touched."""

Inherited = Callable[[], tuple[int, ...]]
"""The open files that a program has to keep open that an adapter starts, so that whoever waits for the log waits for
that program too. Asked each time: an adapter outlives an opening of the log.
"""


class Adapter(Protocol):
    """One device. Every method may raise `DeviceFailed`; none of them leaves anything behind that is not in changes
    that were stored.
    """

    @property
    def device(self) -> DeviceId:
        """Its name, as orders have it."""
        ...

    @property
    def ends_by_itself(self) -> bool:
        """Whether the device counts leases down itself."""
        ...

    def check(self, orders: Sequence[Order]) -> tuple[Foreseen, ...]:
        """A dry run: what each order would do. Changes nothing."""
        ...

    def apply(self, orders: Sequence[Order], keep: Keep) -> tuple[Reading, ...]:
        """Check again, have ``keep`` store what is going to be changed, change it, and ask what it is now.

        Raises `OrderRefused` where an order is refused, and whatever ``keep`` raises; nothing was touched then.
        """
        ...

    def verify(self, changes: Sequence[Change]) -> tuple[Reading, ...]:
        """What the device itself says of each thing."""
        ...

    def extend(self, changes: Sequence[Change], lease_seconds: int) -> tuple[Reading, ...]:
        """Have what is still there end ``lease_seconds`` from now. What is missing stays missing, and is told."""
        ...

    def revert(self, changes: Sequence[Change]) -> tuple[Reading, ...]:
        """Set each thing to its value before, whatever it is now, and ask what it is."""
        ...


def standing(changes: Iterable[Change], readings: Iterable[Reading]) -> Standing:
    """How much of some changes a device has: unknown as soon as anything that matters was not told, waiting as soon as
    a person has to do anything that is missing.

    A change that changes nothing is there as long as its value is, and does not make a part of nothing.
    """
    readings = list(readings)
    values = {reading.thing: reading.value for reading in readings}
    waits = {reading.thing for reading in readings if reading.waits}
    changes = list(changes)
    if any(values.get(change.thing) is None for change in changes):
        return Standing.UNKNOWN
    there = [values[change.thing] == change.after for change in changes]
    if all(there):
        return Standing.ALL
    if any(change.thing in waits for change, stands in zip(changes, there, strict=True) if not stands):
        return Standing.WAITING
    if any(stands and change.before != change.after for change, stands in zip(changes, there, strict=True)):
        return Standing.PART
    if all(values[change.thing] == change.before for change, stands in zip(changes, there, strict=True) if not stands):
        return Standing.NOTHING
    return Standing.PART


def raise_refusals(foreseen: Iterable[Foreseen]) -> None:
    """Raise `OrderRefused` with every refusal there is."""
    if refusals := [f"{each.order}: {each.refusal}" for each in foreseen if each.refusal]:
        raise OrderRefused("; ".join(refusals))
