"""Whether a plan would still do what people said yes to: orders name zones, and the model says what those are. Pure.

Ranges of zones, addresses of machines, and every change that a device foresaw are in what is approved
(`codedark.app.enforcing.entries.Plan`), and are held against model and devices when the plan is carried out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Final

import msgspec

from codedark.app.enforcing.entries import Prepared
from codedark.app.enforcing.parts import OF_A_MACHINE
from codedark.enforce.contract import Change, DeviceId, Foreseen, Order, OrderId
from codedark.hospital.asset import AssetId
from codedark.hospital.hospital import Hospital

Meanings = Mapping[str, tuple[str, ...]]
"""What names in orders mean by the model: ``zone CLINIC`` its ranges, ``machine WS-1`` its addresses."""
_LIFELINES: Final = "lifelines"
_MOST_NAMED: Final = 6


def meanings(hospital: Hospital, orders: Iterable[Order]) -> dict[str, tuple[str, ...]]:
    """What the orders rest on, and which lifelines there are."""
    found: dict[str, tuple[str, ...]] = {_LIFELINES: tuple(sorted(each.name for each in hospital.lifelines.values()))}
    for order in orders:
        for zone in (hospital.zones.get(end) for way in order.ways for end in (way.source, way.target)):
            if zone:
                found[f"zone {zone.id}"] = tuple(sorted(map(str, zone.cidrs)))
        machine = hospital.assets.get(AssetId(order.action.partition(":")[2])) if order.kind in OF_A_MACHINE else None
        if machine:
            found[f"machine {machine.id}"] = tuple(sorted(machine.addresses))
    return found


def resolved(
    meant: Meanings, foreseen: Iterable[Foreseen], moving: Collection[DeviceId], orders: Sequence[Order]
) -> str:
    """A digest of all that: it changes with every range, address and change."""
    changes = {each.order: sorted(_things(each.changes).items()) for each in foreseen}
    things = [changes[name] for name in _settled(orders, moving)]
    return sha256(msgspec.json.encode((sorted(meant.items()), things))).hexdigest()


def other_meanings(prepared: Prepared, hospital: Hospital) -> tuple[str, ...]:
    """Sentences about every name that means something else now. None for a plan of a version that did not keep them."""
    now = meanings(hospital, prepared.plan.orders)
    found = []
    for name, before in prepared.meanings.items():
        if name == _LIFELINES:
            found += [f"{each} was a lifeline, and is none any more" for each in before if each not in now[_LIFELINES]]
        elif now.get(name, ()) != before:
            found.append(f"{name} was {_listed(before)} and is {_listed(now.get(name, ()))} now")
    return tuple(found)


def other_changes(prepared: Prepared, foreseen: Iterable[Foreseen]) -> tuple[str, ...]:
    """Sentences about every order of which a device foresees something else now. Those that it refuses, and those of a
    device whose things move by themselves, are not compared.
    """
    settled = _settled(prepared.plan.orders, prepared.moving) if prepared.plan.resolved else {}
    approved = {each.order: _things(each.changes) for each in prepared.foreseen if each.order in settled}
    found = []
    for each in foreseen:
        if each.order not in approved or each.refusal:
            continue
        before, now = approved[each.order], _things(each.changes)
        more = [thing for thing, after in now.items() if before.get(thing) != after]
        less = [thing for thing in before if thing not in now]
        if more or less:
            device = settled[each.order].device
            found.append(
                f"{each.order} ({settled[each.order].action}) on {device} " + "; ".join(_differences(more, less))
            )
    return tuple(found)


def _differences(more: Sequence[str], less: Sequence[str]) -> Iterator[str]:
    if more:
        yield f"would also do: {_listed(more)}"
    if less:
        yield f"would not do any more: {_listed(less)}"


def _settled(orders: Iterable[Order], moving: Collection[DeviceId]) -> dict[OrderId, Order]:
    return {order.id: order for order in orders if order.device not in moving}


def _things(changes: Iterable[Change]) -> dict[str, str]:
    return {change.thing: change.after for change in changes}


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return (", ".join(names[:_MOST_NAMED]) or "nothing") + more
