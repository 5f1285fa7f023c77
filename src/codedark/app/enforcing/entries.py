"""What the case log tells of acts: one type for each kind of line, and its JSON."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

import msgspec

from codedark.app.enforcing.own_entries import LogEntry, OwnEntry
from codedark.app.enforcing.standing_entries import StandingAdded, StandingRevoked
from codedark.enforce.contract import DeviceId, Foreseen, Order, OrderId, Standing
from codedark.hospital.service import Tier


class Approval(msgspec.Struct, frozen=True):
    """Somebody says yes to what has this ``digest``: that plan and no other. ``clinical``: answers for patients."""

    person: str
    role: str
    clinical: bool
    digest: str
    at_us: int = 0


class Plan(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is to be done, wave by wave, and for how long all of it may stand after it is done. ``resolved`` changes
    with what its names mean and with what devices foresaw (`codedark.app.enforcing.as_approved`).
    """

    id: str
    waves: tuple[tuple[Order, ...], ...]
    stands_seconds: int
    resolved: str = ""

    @property
    def orders(self) -> tuple[Order, ...]:
        """All orders, in order."""
        return tuple(order for wave in self.waves for order in wave)

    def with_orders(self, changed: Iterable[Order]) -> Plan:
        """The same, with other orders in the place of those that have their ids."""
        by_id = {order.id: order for order in changed}
        waves = tuple(tuple(by_id.get(order.id, order) for order in wave) for wave in self.waves)
        return msgspec.structs.replace(self, waves=waves)

    @property
    def called(self) -> str:
        """What people call it."""
        return f"plan {self.id}"

    @property
    def urgent_because(self) -> str:
        """Why somebody clinical has to approve it too, "" if nobody has to."""
        is_urgent = min((order.tier for order in self.orders), default=Tier.FIVE) <= Tier.ONE
        return "touches services of tier 0 or 1" if is_urgent else ""

    @property
    def digest(self) -> str:
        """What is approved: changes with every detail of the plan."""
        return sha256(_encoder.encode(self)).hexdigest()


class HandedOver(msgspec.Struct, frozen=True):
    """A part of a plan that no device does: the order that it would have been, in words, and why nobody takes it.
    ``never``: nobody must.
    """

    action: str
    says: str
    why: tuple[str, ...]
    never: bool = False


class Prepared(LogEntry, frozen=True, kw_only=True):
    """A plan was made of what was decided (``source``), tried dry, and waits to be approved.

    ``says`` has each order in words, ``foreseen`` what its device would do, ``losses`` what the hospital goes without.
    ``by_hand`` has those of its orders for people with the reason, ``left`` what nobody does at all. ``meanings`` are
    what its names meant, ``moving`` the devices whose things move by themselves.
    """

    plan: Plan
    source: str
    says: dict[OrderId, str]
    foreseen: tuple[Foreseen, ...]
    losses: tuple[str, ...] = ()
    by_hand: dict[OrderId, tuple[str, ...]] = msgspec.field(default_factory=dict)
    left: tuple[HandedOver, ...] = ()
    notes: tuple[str, ...] = ()
    meanings: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    moving: tuple[DeviceId, ...] = ()


class Approved(LogEntry, frozen=True, kw_only=True):
    """Somebody said yes to a plan, or to having it stand longer (then ``plan`` is what `prolonging` calls it)."""

    plan: str
    approval: Approval


class Begun(LogEntry, frozen=True, kw_only=True):
    """A plan was approved and is carried out from here on, by the order ``standing`` where that is not ""."""

    plan: Plan
    approvals: tuple[Approval, ...]
    standing: str = ""


class HandedOn(LogEntry, frozen=True, kw_only=True):
    """A device does not answer, and nothing was asked of it yet: from here on its ``orders`` are these, for people."""

    plan: str
    orders: tuple[Order, ...]
    why: str


class Intended(LogEntry, frozen=True, kw_only=True):
    """What is going to be changed on a device: from here on the device may have any of it."""

    plan: str
    wave: int
    device: DeviceId
    foreseen: tuple[Foreseen, ...]


class Stood(LogEntry, frozen=True, kw_only=True):
    """What a device said of orders, when it was asked. ``why`` tells why something is unknown or missing."""

    standing: dict[OrderId, Standing]
    why: str = ""


class Finished(LogEntry, frozen=True, kw_only=True):
    """A wave stands as a whole, and the lifelines answer. From here on it outlives the program, until ``until_us``."""

    plan: str
    wave: int
    until_us: int


class Prolonged(LogEntry, frozen=True, kw_only=True):
    """People decided that a plan stands longer."""

    plan: str
    until_us: int
    stands_seconds: int
    approvals: tuple[Approval, ...]


class Withdrawing(LogEntry, frozen=True, kw_only=True):
    """Orders are going to be taken back, and why."""

    orders: tuple[OrderId, ...]
    why: str


class Withdrawn(LogEntry, frozen=True, kw_only=True):
    """The device says that all which only these orders held is as it was before."""

    orders: tuple[OrderId, ...]


class Ended(LogEntry, frozen=True, kw_only=True):
    """A device has nothing of these orders any more, and it was not us who took them back."""

    orders: tuple[OrderId, ...]
    why: str


class Said(LogEntry, frozen=True, kw_only=True):
    """What people were told, so that it is known that they were."""

    plan: str
    sentence: str


Entry = (
    OwnEntry
    | StandingAdded
    | StandingRevoked
    | Prepared
    | Approved
    | Begun
    | HandedOn
    | Intended
    | Stood
    | Finished
    | Prolonged
    | Withdrawing
    | Withdrawn
    | Ended
    | Said
)

_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder(Entry)


def encoded(entry: Entry) -> bytes:
    """An entry as one line of JSON."""
    return _encoder.encode(entry)


def decoded(text: bytes) -> Entry:
    """The entry that a line is. Raises `ValueError` where it is none of this program's."""
    try:
        entry: Entry = _decoder.decode(text)
    except msgspec.MsgspecError as error:
        raise ValueError(f"this line of the case log is of another version of Code Dark ({error})") from error
    return entry
