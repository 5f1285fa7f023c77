"""What tasks have in common, by hand: one port, interface, remote access or account that two of them closed. Pure.

Who undoes one of them must not open what the other still needs closed. Rules, and lines of an access list, have the
number of their task and are shared by nobody (`content/by_hand/commands.yaml`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from codedark.app.by_hand.filling import Filler
from codedark.enforce.by_hand.tasks import Asked, Task
from codedark.enforce.contract import Order
from codedark.hospital.account import AccountId

Taken = tuple[str, str]
"""A product, and the thing that a task closes there."""
_DIRECTORY: Final = "directory"


@dataclass(frozen=True, slots=True)
class Shared:
    """What other tasks need closed of what one task closed: their names, on which products they do, and accounts."""

    names: tuple[str, ...] = ()
    products: frozenset[str] = frozenset()
    accounts: frozenset[AccountId] = frozenset()


def shared(filler: Filler, task: Task, others: Iterable[Task]) -> Shared:
    """What of a task is needed by ``others`` that are to be done, or were done and stand."""
    own = set(_taken(filler, task.order))
    needed = {
        other.name: own.intersection(_taken(filler, other.order))
        for other in others
        if other.thing != task.thing and other.asked is Asked.TO_DO
    }
    names = tuple(name for name, things in needed.items() if things)
    things = {each for found in needed.values() for each in found}
    accounts = frozenset(each for each in task.order.accounts if _member(task.order, each) in things)
    products = frozenset(product for product, _ in things)
    if accounts and accounts != frozenset(task.order.accounts):
        products -= {_DIRECTORY}  # the others of its accounts are free
    return Shared(names, products, accounts)


def _taken(filler: Filler, order: Order) -> Iterator[Taken]:
    """All that an order closes which another one may close as well."""
    method = filler.method_of(order)
    match method:
        case "account" | "group":
            yield from (_member(order, each) for each in order.accounts)
        case "host":
            asset = filler.asset_of(order)
            addresses = order.addresses or (asset.addresses if asset else ())
            yield from ((product, each) for product in ("cisco", "fortigate") for each in addresses)
            yield from ((product, asset.id) for product in ("cisco", "windows", "linux") if asset)
        case "internet":
            yield from ((product, "internet") for product in ("cisco", "fortigate"))
        case "zone" | "remote":
            around = filler.around(order)
            zone = filler.hospital.zones.get(around) if around else None
            vlans: Sequence[int] = zone.vlans if zone else ()
            yield from (("cisco", f"Vlan{each}") for each in vlans)
            yield from [("cisco", f"zone {around}")] if around else []
            if method == "remote":
                yield "fortigate", "remote access"
            elif around:
                yield "fortigate", f"zone {around}"


def _member(order: Order, account: AccountId) -> Taken:
    """An account, or its membership in the groups of an order."""
    return _DIRECTORY, " ".join((account, *sorted(order.groups)))
