"""The dry run of a plan: every device is asked what it would do, and nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence

from codedark.app.enforcing.books import Books, Devices
from codedark.app.enforcing.entries import Plan
from codedark.enforce.contract import DeviceFailed, DeviceId, Foreseen, Order
from codedark.errors import UsageError


def check(
    books: Books, devices: Devices, plan: Plan, silent: dict[DeviceId, str] | None = None
) -> tuple[Foreseen, ...]:
    """The dry run of a whole plan: what each order would do, or why it is refused. Changes nothing.

    Raises `UsageError` for a plan that names what is not there, and `DeviceFailed`. Where ``silent`` is given, a device
    that does not answer is left out, and why is added there.
    """
    names = [order.id for order in plan.orders]
    if len(set(names)) < len(names):
        raise UsageError(f"plan {plan.id} names an order twice: give each an id of its own")
    if taken := set(names) & set(books.holding.orders):
        raise UsageError(f"order {min(taken)} was given before: an order is carried out once; make a new plan")
    if plan.id in books.holding.plans:
        raise UsageError(f"plan {plan.id} was begun before: make a new plan for what is missing, and have it approved")
    if plan.stands_seconds <= 0 or not names:
        raise UsageError(f"plan {plan.id} does nothing, or for no time")
    if missing := {order.device for order in plan.orders} - set(devices):
        raise UsageError(
            f"plan {plan.id}: no device {min(missing)} is configured; those that are: {', '.join(devices)}"
        )
    foreseen = {}
    for device, orders in by_device(plan.orders).items():
        try:
            told = devices[device].check(orders)
        except DeviceFailed as error:
            if silent is None:
                raise
            silent[device] = str(error)
            continue
        for each in told:
            foreseen[each.order] = each if each.refusal else without_conflict(books, device, each)
    return tuple(foreseen[name] for name in names if name in foreseen)


def without_conflict(books: Books, device: DeviceId, foreseen: Foreseen) -> Foreseen:
    """The same, refused if another order holds one of its things at another value."""
    conflict = books.holding.conflict(device, foreseen)
    return Foreseen(foreseen.order, (), foreseen.says, conflict) if conflict else foreseen


def by_device(orders: Sequence[Order]) -> dict[DeviceId, list[Order]]:
    """The orders of each device, in their order."""
    grouped: dict[DeviceId, list[Order]] = {}
    for order in orders:
        grouped.setdefault(order.device, []).append(order)
    return grouped
