"""From parts and what devices say of them to orders in waves (`docs/adr/0014-who-acts-on-what.md`, 2 and 5). Pure.

Nothing is lost between devices: every part is ordered of at least one device, or handed to people with the reasons.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from codedark.app.enforcing.parts import Part
from codedark.contain.action import ActionKind
from codedark.enforce.contract import DeviceId, Foreseen, Order, OrderId


class Wave(IntEnum):
    """What comes first: what stops him soonest and hurts least. What people do takes longest, and begins at once."""

    ACCOUNTS_AND_REMOTE_ACCESS = 0
    SINGLE_HOSTS = 1
    WAYS_BETWEEN_ZONES = 2


_WAVES: Mapping[ActionKind, Wave] = {
    ActionKind.DISABLE_ACCOUNT: Wave.ACCOUNTS_AND_REMOTE_ACCESS,
    ActionKind.CLOSE_REMOTE_ACCESS: Wave.ACCOUNTS_AND_REMOTE_ACCESS,
    ActionKind.CLOSE_VENDOR: Wave.ACCOUNTS_AND_REMOTE_ACCESS,
    ActionKind.ISOLATE_HOST: Wave.SINGLE_HOSTS,
    ActionKind.SHUT_DOWN: Wave.SINGLE_HOSTS,
    ActionKind.RESTRICT_TO_LIFELINE: Wave.SINGLE_HOSTS,
    ActionKind.CUT_ZONES: Wave.WAYS_BETWEEN_ZONES,
    ActionKind.BLOCK_PROTOCOL: Wave.WAYS_BETWEEN_ZONES,
    ActionKind.CLOSE_INTERNET: Wave.WAYS_BETWEEN_ZONES,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a device said of a draft of every part, in their order; ``failure`` where it did not answer at all, and
    ``does`` what it might have done. ``protects`` are accounts that nobody must touch, whether it answers or not.
    """

    device: DeviceId
    foreseen: Sequence[Foreseen] = ()
    failure: str = ""
    does: frozenset[ActionKind] = frozenset(ActionKind)
    protects: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order for a device, what it would do there, and the place of its part."""

    part: int
    order: Order
    foreseen: Foreseen


@dataclass(frozen=True, slots=True)
class Handed:
    """A part that no device does, or not every one that should, and why: each device's own words. ``never``: people
    must not do it either.
    """

    part: int
    why: tuple[str, ...]
    never: bool = False


def drafts(parts: Sequence[Part], device: DeviceId, lease_seconds: int) -> tuple[Order, ...]:
    """Every part as an order for one device, to ask it what it would do."""
    return tuple(
        Order(
            OrderId(f"draft {place}"),
            part.action,
            part.kind,
            device,
            lease_seconds,
            part.tier,
            part.addresses,
            part.ways,
            part.accounts,
        )
        for place, part in enumerate(parts)
    )


def shared_out(
    parts: Sequence[Part], answers: Iterable[Answer], lease_seconds: int
) -> tuple[tuple[Ordered, ...], tuple[Handed, ...]]:
    """Who gets which part.

    1. Every device that accepts a part gets an order for it.
    2. What none accepts, or what one that does not answer may have done, goes to people, with what each device said.
    3. What one device says nobody must do, nobody does.
    """
    found: list[Ordered] = []
    refused: dict[int, list[str]] = {place: [] for place in range(len(parts))}
    taken: set[int] = set()
    silent: dict[int, list[str]] = {}
    answers = list(answers)
    never = {at for answer in answers for at, each in enumerate(answer.foreseen) if each.is_forbidden}  # (3)
    protected = frozenset[str]().union(*(answer.protects for answer in answers))
    for place, part in enumerate(parts):
        if held := sorted(protected.intersection(map(str.casefold, part.accounts))):
            refused[place].append(f"{held[0]} is protected by the configuration: it is never touched")
            never.add(place)
    for answer in answers:
        if answer.failure:
            for place, part in enumerate(parts):
                refused[place].append(answer.failure)
                if part.kind in answer.does:
                    silent.setdefault(place, []).append(answer.failure)
            continue
        for place, (draft, foreseen) in enumerate(
            zip(drafts(parts, answer.device, lease_seconds), answer.foreseen, strict=True)
        ):
            if foreseen.refusal:
                refused[place].append(foreseen.refusal)
            elif not foreseen.changes:
                refused[place].append(f"{answer.device}: has nothing of it")
            elif place not in never:
                found.append(Ordered(place, draft, foreseen))  # (1)
                taken.add(place)
    left = [place for place in refused if place not in taken or place in silent]  # (2)
    said = {place: silent[place] if place in taken else refused[place] for place in left}
    why = {place: tuple(dict.fromkeys(each)) or ("no device is configured",) for place, each in said.items()}
    return tuple(found), tuple(Handed(place, why[place], place in never) for place in left)


def in_waves(
    plan_id: str, ordered: Iterable[Ordered], people: DeviceId | None = None
) -> tuple[tuple[Ordered, ...], ...]:
    """Orders in waves with ids of their own, none of them empty.

    1. Accounts and remote access, single hosts, ways between zones.
    2. In a wave what touches the least urgent services comes first.
    3. What ``people`` do is handed out in the first wave.
    """
    waves: dict[int, list[Ordered]] = {wave: [] for wave in Wave}
    for each in ordered:
        first = each.order.device == people  # (3)
        waves[Wave.ACCOUNTS_AND_REMOTE_ACCESS if first else _WAVES[each.order.kind]].append(each)  # (1)
    found: list[tuple[Ordered, ...]] = []
    number = 0
    for wave in waves.values():
        named: list[Ordered] = []
        for each in sorted(wave, key=lambda one: (-one.order.tier, one.part)):  # (2)
            number += 1
            order_id = OrderId(f"{plan_id}.{number}")
            named.append(Ordered(each.part, replace(each.order, id=order_id), replace(each.foreseen, order=order_id)))
        found.append(tuple(named))
    return tuple(wave for wave in found if wave)
