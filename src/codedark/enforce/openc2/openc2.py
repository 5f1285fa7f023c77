"""A firewall that takes OpenC2 commands (stateless packet filtering profile, SLPF 1.0): isolate, cut, block.

A thing of this device is a number and a rule: ``1200000044 deny 10.1.0.0/24 10.2.0.0/24 tcp any 445``. We choose the
number (`insert_rule`), before the rule is made, so what takes it back is known before it is there. The profile has no
question for a rule and no way to renew one. So each thing has two numbers, the one that it names and the next:

    renew     make the rule under the number that is free, then delete it under the other
              it was deleted     it stood, and stands on
              it was not there   somebody took it away: the new one goes too

What a consumer answers to a deletion is how we know that a rule stood. Only `extend` can tell; `verify` does not know.

A consumer may say that it has deleted a rule before it has (otupy does). So a number that we have just deleted and that
is in use still says nothing of the rule: we make it again until the number is free, and where that takes too long the
rule is unknown, never there.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Final

from codedark.enforce.address_ranges import AddressRange, disjoint_ranges
from codedark.enforce.contract import Change, DeviceFailed, DeviceId, Foreseen, Keep, Order, Reading, raise_refusals
from codedark.enforce.leases import ABSENT, THERE, refuse_lease
from codedark.enforce.nftables.table import Passage
from codedark.enforce.openc2 import messages as openc2
from codedark.enforce.openc2.consumer import Consumer
from codedark.enforce.openc2.messages import Response, Results
from codedark.enforce.packet_rules import PacketRule, Verdict, meaning, rules_of
from codedark.errors import UsageError
from codedark.hospital.zone import Zone

FEWEST_NUMBERS: Final = 1 << 24
"""Fewer, and two rules would too often get the same number."""
_SETTLING_SECONDS: Final = 4.0
"""How long a consumer may take for a deletion after it has said that it is done."""
_FIRST_PAUSE_SECONDS: Final = 0.05


class OpenC2:
    """The firewall ``device``. ``numbers`` are rule numbers that nobody but Code Dark uses there.

    ``lifelines_first`` says that it asks rules by number or the narrowest first, so that lifelines can be allowed
    before something is denied; where it does not, an order that might hit a lifeline is refused. Raises
    `UsageError` for too few numbers.
    """

    def __init__(
        self,
        device: DeviceId,
        consumer: Consumer,
        zones: Iterable[Zone],
        numbers: range,
        lifelines: Iterable[Passage] = (),
        protected: Iterable[str] = (),
        *,
        lifelines_first: bool = False,
    ) -> None:
        self.device: Final = device
        self._consumer = consumer
        self._ranges = disjoint_ranges(zones)
        self._lifelines = tuple(lifelines)
        self._protected = {AddressRange.parse(address) for address in protected}
        self._lifelines_first = lifelines_first
        if len(numbers) < FEWEST_NUMBERS or numbers.step != 1 or numbers.start < 0:
            raise UsageError(f"{device}: needs {FEWEST_NUMBERS} rule numbers of its own: give it a wider range")
        self._numbers = numbers
        self._known: dict[int, str] = {}

    @property
    def ends_by_itself(self) -> bool:
        """Whether the consumer counts leases down."""
        return self._consumer.counts_down

    def check(self, orders: Sequence[Order]) -> tuple[Foreseen, ...]:
        """Ask the consumer what it can, and say which rules it would get."""
        features = self._consumer.features()
        foreseen: list[Foreseen] = []
        for order in orders:
            rules_before = sum(len(each.changes) for each in foreseen)
            foreseen.append(self._foresee(order, features, rules_before))
        return tuple(foreseen)

    def apply(self, orders: Sequence[Order], keep: Keep) -> tuple[Reading, ...]:
        """One rule after another; at the first that is not made the rest is left, and `DeviceFailed` says so.

        The last is renewed at once: a consumer that cannot do that, or has no rule where it said so, keeps nothing.
        """
        foreseen = self.check(orders)
        raise_refusals(foreseen)
        keep(foreseen)
        leases: dict[str, int] = {}
        for order, each in zip(orders, foreseen, strict=True):
            for change in each.changes:
                leases[change.thing] = max(order.lease_seconds, leases.get(change.thing, 0))
        readings = [self._made(self._stand(thing, lease)) for thing, lease in leases.items()]
        if self.ends_by_itself:
            thing, lease = list(leases.items())[-1]
            self._made(self._renew(thing, lease))
        return tuple(readings)

    def verify(self, changes: Sequence[Change]) -> tuple[Reading, ...]:
        """Nothing is known: the profile has no question for a rule, and we do not make one up."""
        self._learn(change.thing for change in changes)
        why = f"{self.device}: OpenC2 has no question for a rule"
        why += "; its next renewal will tell" if self.ends_by_itself else ", and this consumer has no lease to renew"
        return tuple(Reading(change.thing, None, why) for change in changes)

    def extend(self, changes: Sequence[Change], lease_seconds: int) -> tuple[Reading, ...]:
        """Each rule anew under its other number; one that was not there any more is not put back."""
        if not self.ends_by_itself:
            return self.verify(changes)
        self._learn(change.thing for change in changes)
        return tuple(self._renew(change.thing, lease_seconds) for change in changes)

    def revert(self, changes: Sequence[Change]) -> tuple[Reading, ...]:
        """Delete every rule under both of its numbers, and make sure that both are free."""
        self._learn(change.thing for change in changes)
        return tuple(self._remove(change.thing) for change in changes)

    def _foresee(self, order: Order, features: Results, rules_before: int) -> Foreseen:
        try:
            refuse_lease(order)
            rules = rules_of(
                order, self._ranges, self._lifelines, self._protected, lifelines_first=self._lifelines_first
            )
            self._refuse_what_it_cannot(rules, features)
            most = features.rate_limit
            if most is not None and 2 * (rules_before + len(rules)) > most:
                raise ValueError(f"{self.device} takes {most:g} commands a minute, and its rules would need more")
            things = [self._thing(rule) for rule in rules]
        except ValueError as error:
            return Foreseen(order.id, (), refusal=str(error))
        says = [f"{self.device}: {meaning(rule)}" for rule in rules]
        if order.ways:
            says.append(f"{self.device} keeps no state: answers to what the other side opens are dropped too")
        if not self.ends_by_itself:
            says.append(f"{self.device} counts no lease down: this stands until it is taken back")
        return Foreseen(order.id, tuple(Change(thing, ABSENT, THERE) for thing in things), tuple(says))

    def _refuse_what_it_cannot(self, rules: Iterable[PacketRule], features: Results) -> None:
        """Raise `ValueError` where the consumer does not say that it can."""
        if openc2.RULE_NUMBER not in features.pairs.get("delete", ()):
            raise ValueError(f"{self.device} cannot delete a rule by its number, so nothing could be taken back")
        for rule in rules:
            if openc2.connection_name(rule) not in features.pairs.get(rule.verdict, ()):
                raise ValueError(f"{self.device} does not {rule.verdict} {openc2.connection_name(rule)}")

    def _thing(self, rule: PacketRule) -> str:
        """A rule with its number: lifelines have the lower half, and so come first where numbers are an order."""
        half = len(self._numbers) // 2
        start = self._numbers.start + (0 if rule.verdict is Verdict.ALLOW else half)
        digest = int.from_bytes(blake2b(str(rule).encode(), digest_size=8).digest())
        number = start + 2 * (digest % (half // 2))
        thing = f"{number} {rule}"
        if self._known.setdefault(number, thing) != thing:
            raise ValueError(f"{self.device}: rule number {number} is taken by '{self._known[number]}'")
        return thing

    def _learn(self, things: Iterable[str]) -> None:
        """Know whose the numbers are that the case log has."""
        for thing in things:
            self._known.setdefault(_number(thing), thing)

    def _made(self, reading: Reading) -> Reading:
        """The same, if it says that a rule is there; else `DeviceFailed`."""
        if reading.value != THERE:
            raise DeviceFailed(reading.why or f"{self.device} has not got what it said that it made: {reading.thing}")
        return reading

    def _stand(self, thing: str, lease_seconds: int) -> Reading:
        made = self._consumer.make(_number(thing), _rule(thing), lease_seconds)
        if not made.is_in_use or made.repeated:
            return self._read(thing, made)
        reading = self._renew(thing, lease_seconds)
        if reading.value != ABSENT:
            return reading
        return self._make_anew(thing, lease_seconds, _SETTLING_SECONDS)  # what had the number was about to go

    def _renew(self, thing: str, lease_seconds: int) -> Reading:
        """See the head of this module. Both numbers are taken where a renewal broke off: then one is made anew."""
        first, rule = _number(thing), _rule(thing)
        for new, old in ((first + 1, first), (first, first + 1)):
            made = self._consumer.make(new, rule, lease_seconds)
            if made.is_in_use and not made.repeated:
                continue
            reading = self._read(thing, made)
            if reading.value is None or self._consumer.delete(old).is_done:
                return reading
            return self._remove(thing)
        deleted = self._consumer.delete(first)
        reading = self._make_anew(thing, lease_seconds, _SETTLING_SECONDS if deleted.is_done else 0)
        if reading.value == THERE:
            self._consumer.delete(first + 1)
        return reading

    def _make_anew(self, thing: str, lease_seconds: int, settling_seconds: float) -> Reading:
        """Make a rule under its first number, which has become free or will."""
        end, pause_seconds = time.monotonic() + settling_seconds, _FIRST_PAUSE_SECONDS
        while True:
            made = self._consumer.make(_number(thing), _rule(thing), lease_seconds)
            if made.is_done:
                return Reading(thing, THERE)
            if not made.is_in_use or time.monotonic() > end:
                return Reading(thing, None, f"{self.device} does not make rule {thing} anew: {made}")
            time.sleep(pause_seconds)
            pause_seconds *= 2

    def _read(self, thing: str, made: Response) -> Reading:
        """What an answer to a new rule says. A number in use is this rule: nobody else has our numbers."""
        if made.is_done or made.is_in_use:
            return Reading(thing, THERE)
        return Reading(thing, None, f"{self.device} does not make rule {thing}: {made}")

    def _remove(self, thing: str) -> Reading:
        first, version = _number(thing), _rule(thing).version
        for number in (first, first + 1):
            deleted = self._consumer.delete(number)
            if not (deleted.is_done or self._consumer.is_free(number, version)):
                return Reading(thing, None, f"{self.device} does not delete rule {number}: {deleted}")
        return Reading(thing, ABSENT)


def _number(thing: str) -> int:
    return int(thing.partition(" ")[0])


def _rule(thing: str) -> PacketRule:
    return PacketRule.parse(thing.partition(" ")[2])
