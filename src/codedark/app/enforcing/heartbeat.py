"""The heartbeat: leases renewed while people want it so, a loud word well before the end, and the end.

Whoever runs it calls `Heartbeat.beat` at least three times in the shortest lease, and tells people what it returns.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from codedark.app.enforcing.approving import refusal
from codedark.app.enforcing.books import Books, Devices
from codedark.app.enforcing.entries import Approval, Ended, Plan, Prolonged, Said
from codedark.app.enforcing.holding import HeldOrder, Stage
from codedark.app.enforcing.naming import prolonged_id
from codedark.app.enforcing.withdrawing import withdraw
from codedark.enforce.contract import DeviceFailed, DeviceId, OrderId, Reading, Standing
from codedark.errors import UsageError
from codedark.events.moments import moment_of

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
        """One beat; the sentences that people have to hear now.

        1. What is not over gets its lease again, and devices that said nothing last time are asked last, so that they
           hold up no other. What a device has no more is told, and not put back.
        2. What is over is taken back; what will be over soon is told, once for each warning.
        3. What could not be taken back before is tried again; that it still cannot be is no news.
        4. What has waited long for a person, or cannot be taken back, is told again, ever more seldom.
        """
        stuck = tuple(self._books.holding.at(Stage.WITHDRAWING))
        told = self._renewed()  # (1)
        for plan_id in {held.plan: None for held in self._books.holding.at(Stage.STANDS)}:  # (2)
            told += self._ending(self._books.holding.plans[plan_id])
        told += self._tried_again(stuck)  # (3)
        return (*told, *self._long_waits())  # (4)

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

    def _renewed(self) -> list[str]:
        """Leases of what is not over, each device's longest last: some have one lease for all that stands."""
        standing: dict[tuple[DeviceId, int], list[HeldOrder]] = {}
        heard: set[DeviceId] = set()
        for held in self._books.holding.at(Stage.STANDS):
            left = self._left_seconds(held.plan)
            if left <= 0:
                continue
            lease = min(held.order.lease_seconds, math.ceil(left))
            standing.setdefault((held.order.device, lease), []).append(held)
            if held.standing is not Standing.UNKNOWN:
                heard.add(held.order.device)
        told: list[str] = []
        for device, lease in sorted(standing, key=lambda each: (each[0] not in heard, each)):
            told += self._extended(device, standing[device, lease], lease)
        return told

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
            since = moment_of(minute * 60_000_000).strftime("%Y-%m-%d %H:%M UTC")
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
        end = moment_of(self._books.holding.until_us[plan.id]).strftime("%Y-%m-%d %H:%M UTC")
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

    def _extended(self, device: DeviceId, orders: Sequence[HeldOrder], lease_seconds: int) -> list[str]:
        changes = list(dict.fromkeys(change for held in orders for change in held.changes))
        readings: tuple[Reading, ...] = ()
        try:
            if device not in self._devices:
                raise DeviceFailed(f"{device}: no such device is configured any more")
            readings = self._devices[device].extend(changes, lease_seconds)
        except DeviceFailed as error:
            readings = tuple(Reading(change.thing, None, str(error)) for change in changes)
        return listened(self._books, orders, readings)


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
