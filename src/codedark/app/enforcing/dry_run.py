"""The dry run of a plan: every device is asked what it would do, and nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from codedark.app.enforcing.at_once import asked_at_once
from codedark.app.enforcing.books import Books, Devices
from codedark.app.enforcing.entries import Plan
from codedark.enforce.contract import Adapter, DeviceFailed, DeviceId, Foreseen, Order, OrderId
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
    foreseen: dict[OrderId, Foreseen] = {}
    for device, told in asked_at_once(devices, checking(by_device(plan.orders))).items():
        if not isinstance(told, DeviceFailed):
            own = (each if each.refusal else without_conflict(books, device, each) for each in told)
            foreseen |= {each.order: each for each in own}
        elif silent is None:
            raise told
        else:
            silent[device] = str(told)
    return tuple(foreseen[name] for name in names if name in foreseen)


def checking(
    orders: Mapping[DeviceId, Sequence[Order]],
) -> dict[DeviceId, Callable[[Adapter], tuple[Foreseen, ...]]]:
    """For each device, what it is asked: what it would do of its orders."""
    return {device: lambda adapter, own=own: adapter.check(own) for device, own in orders.items()}  # type: ignore[misc]


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
