"""The heartbeat: leases renewed while people want it so, a loud word well before the end, and the end.

Whoever runs it calls `Heartbeat.beat` at least three times in the shortest lease, and tells people what it returns.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final

from codedark.app.enforcing.approving import refusal
from codedark.app.enforcing.at_once import asked_at_once
from codedark.app.enforcing.books import Books, Devices
from codedark.app.enforcing.entries import Approval, Ended, Plan, Prolonged, Said
from codedark.app.enforcing.holding import HeldOrder, Stage
from codedark.app.enforcing.naming import prolonged_id
from codedark.app.enforcing.withdrawing import withdraw
from codedark.app.local_time import local_time
from codedark.enforce.contract import Adapter, Change, DeviceFailed, DeviceId, OrderId, Reading, Standing
from codedark.errors import UsageError

_WARN_AT: Final = (0.25, 0.08)
"""What part of a plan's time is left when people are told that it ends: of eight hours, two hours and forty minutes."""
_WAITED_SECONDS: Final = 900
"""How long a person may take before it is told that something waits; then after twice that time, four times, and on."""
_WAITS: Final = {
    (Stage.STANDS, True): "is not in force yet, because people have not done it",
    (Stage.WITHDRAWING, True): "is still in force, because people have not undone it",
    (Stage.WITHDRAWING, False): "could not be taken back and is tried again and again",
}
_MOST_NAMED: Final = 10
_NO_MORE: Final = "the device does not have it any more: its lease ran out, or somebody took it away by hand"


class Heartbeat:
    """Keeps what stands, until its end. ``ticks`` counts seconds and never jumps.

    How long a plan has left is read off the wall clock once, at most all of its time; from then on ticks count. So a
    clock that is set back gives nothing more time than people approved. ``ends`` remembers that for the next one over
    the same log.
    """

    def __init__(
        self,
        books: Books,
        devices: Devices,
        ticks: Callable[[], float],
        ends: dict[tuple[str, int], float] | None = None,
    ) -> None:
        self._books = books
        self._devices = devices
        self._ticks = ticks
        self._ends = {} if ends is None else ends

    def beat(self) -> tuple[str, ...]:
        """One beat; the sentences that people have to hear now."""
        return (*self.renew(), *self.go_on())

    def renew(self, first: Callable[[Adapter], object] = lambda _: None) -> tuple[str, ...]:
        """Leases of what is not over. What a device has no more is told, and not put back.

        All devices are asked at once, each ``first`` what somebody else wants of it. Each device's longest lease is
        last: some have one for all that stands.
        """
        standing: dict[DeviceId, dict[int, list[HeldOrder]]] = {}
        for held in self._books.holding.at(Stage.STANDS):
            left = self._left_seconds(held.plan)
            if left > 0:
                lease = min(held.order.lease_seconds, math.ceil(left))
                standing.setdefault(held.order.device, {}).setdefault(lease, []).append(held)
        leases = {
            device: {lease: changes_of(orders) for lease, orders in sorted(by_lease.items())}
            for device, by_lease in standing.items()
        }
        answers = asked_at_once(
            self._devices, {device: partial(_extended, each, first) for device, each in leases.items()}
        )
        told: list[str] = []
        for device, answer in answers.items():
            for lease, changes in leases[device].items():
                heard = answer if isinstance(answer, DeviceFailed) else answer[lease]
                told += listened(self._books, standing[device][lease], readings_of(changes, heard))
        return tuple(told)

    def go_on(self, *, again: bool = True) -> tuple[str, ...]:
        """What can wait until leases are renewed.

        1. What is over is taken back; what will be over soon is told, once for each warning.
        2. What could not be taken back before is tried again, where that is wanted; that it still cannot be is no news.
        3. What has waited long for a person, or cannot be taken back, is told again, ever more seldom.
        """
        stuck = tuple(self._books.holding.at(Stage.WITHDRAWING)) if again else ()
        told: list[str] = []
        for plan_id in {held.plan: None for held in self._books.holding.at(Stage.STANDS)}:  # (1)
            told += self._ending(self._books.holding.plans[plan_id])
        told += self._tried_again(stuck)  # (2)
        return (*told, *self._long_waits())  # (3)

    def prolong(self, plan_id: str, seconds: int, approvals: Sequence[Approval]) -> None:
        """Have a plan stand for ``seconds`` from now, with approvals of `prolonging`; raises `UsageError`."""
        plan = self._books.holding.plans.get(plan_id)
        if plan is None or not any(held.plan == plan_id for held in self._books.holding.at(Stage.STANDS)):
            raise UsageError(f"plan {plan_id}: nothing of it stands that could be prolonged")
        longer = prolonging(plan, seconds)
        if why := refusal(longer, approvals):
            raise UsageError(why)
        until_us = self._books.now_us() + seconds * 1_000_000
        entry = Prolonged(
            at_us=self._books.now_us(),
            plan=plan_id,
            until_us=until_us,
            stands_seconds=seconds,
            approvals=tuple(approvals),
        )
        self._books.write(entry)
        self._ends[plan_id, until_us] = self._ticks() + seconds

    def _tried_again(self, stuck: Sequence[HeldOrder]) -> list[str]:
        before = [(held.stage, held.standing, held.why) for held in stuck]
        told = withdraw(self._books, self._devices, [held.order.id for held in stuck], "tried again")
        after = [(held.stage, held.standing, held.why) for held in stuck]
        return list(told) if before != after else []

    def _long_waits(self) -> list[str]:
        """Orders whose wait has doubled since people were told of it last, each plan and kind of wait in a sentence."""
        late: dict[tuple[str, str, int, int], list[str]] = {}
        for held in self._books.holding.at(Stage.STANDS, Stage.WITHDRAWING):
            if not held.waits and held.stage is not Stage.WITHDRAWING:
                continue
            waited = (self._books.now_us() - held.since_us) / 1_000_000 / _WAITED_SECONDS
            if waited >= 1:
                key = (held.plan, _WAITS[held.stage, held.waits], held.since_us // 60_000_000, int(math.log2(waited)))
                late.setdefault(key, []).append(f"{held.order.id} ({held.why})" if held.why else held.order.id)
        told = []
        for (plan_id, what, minute, doubled), names in late.items():
            since = local_time(minute * 60_000_000)
            sentence = f"plan {plan_id}: {what}, since {since} (warning {doubled + 1})"
            if (plan_id, sentence) not in self._books.holding.said:
                self._books.write(Said(at_us=self._books.now_us(), plan=plan_id, sentence=sentence))
                more = f", and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
                told.append(f"{sentence}: {', '.join(names[:_MOST_NAMED])}{more}")
        return told

    def _left_seconds(self, plan_id: str) -> float:
        until_us = self._books.holding.until_us[plan_id]
        key = (plan_id, until_us)
        if key not in self._ends:
            left = (until_us - self._books.now_us()) / 1_000_000
            self._ends[key] = self._ticks() + min(left, self._books.holding.stands_seconds[plan_id])
        return self._ends[key] - self._ticks()

    def _ending(self, plan: Plan) -> list[str]:
        left = self._left_seconds(plan.id)
        names = [held.order.id for held in self._books.holding.at(Stage.STANDS) if held.plan == plan.id]
        if left <= 0:
            over = f"plan {plan.id} is over: nobody prolonged it; its {len(names)} orders are taken back"
            return [over, *withdraw(self._books, self._devices, names, "its time has passed")]
        end = local_time(self._books.holding.until_us[plan.id])
        due = [share for share in _WARN_AT if left <= share * self._books.holding.stands_seconds[plan.id]]
        warnings = [
            f"plan {plan.id} ends at {end} (warning {number}): {len(names)} orders will be taken back, and the attacker"
            " may come back in; prolong it, or clean what it holds"
            for number, _ in enumerate(due, start=1)
        ]
        fresh = [each for each in warnings if (plan.id, each) not in self._books.holding.said]
        for sentence in fresh:
            self._books.write(Said(at_us=self._books.now_us(), plan=plan.id, sentence=sentence))
        return fresh[-1:]


def _extended(
    leases: Mapping[int, Sequence[Change]], first: Callable[[Adapter], object], device: Adapter
) -> dict[int, tuple[Reading, ...] | DeviceFailed]:
    """One lease after another, each with what the device says of it."""
    first(device)
    found: dict[int, tuple[Reading, ...] | DeviceFailed] = {}
    for lease_seconds, changes in leases.items():
        try:
            found[lease_seconds] = device.extend(changes, lease_seconds)
        except DeviceFailed as error:
            found[lease_seconds] = error
    return found


def changes_of(orders: Iterable[HeldOrder]) -> list[Change]:
    """The things of some orders, each once."""
    return list(dict.fromkeys(change for held in orders for change in held.changes))


def readings_of(changes: Iterable[Change], answer: Sequence[Reading] | DeviceFailed) -> Sequence[Reading]:
    """What a device answered of some things; where it did not, nothing is known of them, and why."""
    if isinstance(answer, DeviceFailed):
        return tuple(Reading(change.thing, None, str(answer)) for change in changes)
    return answer


def listened(books: Books, orders: Iterable[HeldOrder], readings: Sequence[Reading]) -> list[str]:
    """Write down what a device says of orders that should stand, and say where they do not.

    What is gone is gone: it ended by itself or was taken away by hand, and whoever wants it back asks for it anew.
    """
    orders = list(orders)
    before = {held.order.id: (held.standing, held.why) for held in orders}
    told: list[str] = []
    for name, stands in books.hear(orders, readings).items():
        order_id = OrderId(name)
        held = books.holding.orders[order_id]
        if stands is Standing.NOTHING:
            why = held.why or _NO_MORE
            books.write(Ended(at_us=books.now_us(), orders=(order_id,), why=why))
            told.append(f"{name} does not stand any more: {why}")
        elif stands is Standing.WAITING and before[order_id] != (stands, held.why):
            told.append(f"{name} waits for a person" + (f": {held.why}" if held.why else ""))
        elif stands not in {Standing.ALL, Standing.WAITING} and before[order_id][0] is not stands:
            told.append(f"{name} stands {stands}" + (f": {held.why}" if held.why else ""))
    return told


def prolonging(plan: Plan, seconds: int) -> Plan:
    """What people approve when a plan is to stand longer: its orders again, for that time."""
    return Plan(prolonged_id(plan.id), plan.waves, seconds)
