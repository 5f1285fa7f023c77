"""Data that leaves: more from a machine than it and its kind ever send, much to somebody new, and calls by the clock.

Several logs tell of one connection. For every pair of machines the witness that saw most bytes in an hour counts, the
others do not, so nothing is added up twice. What a proxy tells of a machine is one with that
machine's connection to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import ClassVar, Final

from codedark.detect.behaviour.behaviour import BehaviourId, Context, Settings, Sign
from codedark.detect.behaviour.kinds.calls import Calls
from codedark.detect.behaviour.kinds.history import History
from codedark.detect.behaviour.kinds.learning import DAY_US, HOUR_US, Familiar, Repeats
from codedark.detect.behaviour.kinds.settings import number, whole
from codedark.detect.behaviour.observation import Flow, Observation
from codedark.detect.finding import Level
from codedark.hospital.asset import MEDICAL_DEVICES

_MEGABYTE: Final = 1_000_000
_MOST_PEERS: Final = 512
"""Pairs of one machine in an hour of which witnesses are compared; what is beyond counts as one peer."""
_MOST_ANSWERS: Final = 200_000


@dataclass(slots=True)
class _Machine:
    """What one machine sends out: in this hour, this day, and in those before."""

    kind: str
    first_us: int
    hour: int
    day: int
    peers: dict[str, dict[str, int]] = field(default_factory=dict)  # peer -> who told it -> bytes
    sent_hour: int = 0
    sent_day: int = 0
    told: int = 0
    tainted_hour: bool = False
    tainted_day: bool = False
    hours: History = field(default_factory=lambda: History(96))
    days: History = field(default_factory=lambda: History(28))


class Egress:
    """Remembers how much machines and their kinds send out, and to which addresses the hospital talks."""

    id: ClassVar[BehaviourId] = BehaviourId("egress")
    version: ClassVar[int] = 1
    watches: ClassVar[tuple[type[Observation], ...]] = (Flow,)

    def __init__(self, settings: Settings) -> None:
        self._hour_floor = number(settings, "megabytes_an_hour") * _MEGABYTE
        self._day_floor = number(settings, "megabytes_a_day") * _MEGABYTE
        self._new_floor = number(settings, "megabytes_to_somebody_new") * _MEGABYTE
        self._deviations = number(settings, "deviations")
        self._factor = number(settings, "times_the_highest")
        self._least_hours = whole(settings, "least_hours")
        self._least_days = whole(settings, "least_days")
        self._new_days = whole(settings, "new_for_days")
        self._learn_days = number(settings, "learn_days")
        self._proxies = {int(number({"port": port}, "port")) for port in _ports(settings)}
        self._most = whole(settings, "most_hosts")
        self._machines: dict[str, _Machine] = {}
        self._kinds: dict[str, History] = {}
        self._addresses: Familiar[str] = Familiar(whole(settings, "most_addresses"), whole(settings, "keeps_days"))
        self._calls = Calls(settings)
        self._repeats: Repeats[tuple[str, str]] = Repeats(self._most)
        self._through: dict[str, None] = {}
        self._inside: dict[str, bool] = {}

    def tick(self, _now_us: int, _context: Context) -> Iterator[Sign]:
        """Nothing comes of time alone."""
        return iter(())

    def take(self, seen: Observation, context: Context) -> Iterator[Sign]:
        """One connection between inside and outside, whichever end began it."""
        if not isinstance(seen, Flow) or not seen.source or not seen.target:
            return
        from_inside, to_inside = self._is_inside(seen.source, context), self._is_inside(seen.target, context)
        if from_inside and (not to_inside or seen.port in self._proxies):
            if to_inside and len(self._through) < _MOST_PEERS:
                self._through[seen.target] = None
            host, peer, sent, called = seen.source, seen.target, seen.sent, True
        elif to_inside and not from_inside:
            host, peer, sent, called = seen.target, seen.source, seen.received, False
        else:
            return
        machine = self._machine(host, seen.at_us, context)
        held = context.held(host, "")
        if held:
            machine.tainted_hour = machine.tainted_day = True
        outside = not (from_inside and to_inside)
        new = outside and self._is_new(peer, seen.at_us, suspect=held)
        if sent:
            before = machine.sent_hour
            with_peer = self._add(machine, seen.host if seen.host in self._through else peer, seen.host, sent)
            if machine.sent_hour > before:
                yield from self._judge(seen, host, peer, machine, with_peer if new else 0)
        if new and called and seen.answered:
            yield from self._by_the_clock(seen, host, peer, context)

    def _add(self, machine: _Machine, peer: str, teller: str, sent: int) -> int:
        """Count the bytes, and give those of this hour to the peer."""
        told = machine.peers.get(peer)
        if told is None:
            if len(machine.peers) >= _MOST_PEERS:
                peer = ""
            told = machine.peers.setdefault(peer, {})
        most = max(told.values(), default=0)
        told[teller] = now = told.get(teller, 0) + sent
        if now > most:
            machine.sent_hour += now - most
            machine.sent_day += now - most
        return max(now, most)

    def _judge(self, seen: Flow, host: str, peer: str, machine: _Machine, to_new: int) -> Iterator[Sign]:
        """The hour against hours, the day against days, and much to somebody new.

        The bound of an hour is the machine's own, once it has been heard in enough hours, or else its kind's.
        """
        learnt = self._addresses.learnt_days(seen.at_us)
        if learnt < self._learn_days:
            return
        if machine.sent_hour > self._hour_floor:
            own = len(machine.hours) >= self._least_hours
            past = machine.hours if own else self._kinds.get(machine.kind) or machine.hours
            if machine.sent_hour > self._bound(past):
                machine.tainted_hour = True
                whose = "it" if own else f"a {machine.kind.replace('_', ' ')}" if machine.kind else "such a machine"
                usual = _size(past.middle())
                says = f"sent {_size(machine.sent_hour)} out within this hour; {whose} usually sends {usual}"
                yield from self._volume(seen, host, peer, says, machine.sent_hour)
        if machine.sent_day > self._day_floor and len(machine.days) >= self._least_days:
            past = machine.days
            if machine.sent_day > self._bound(past):
                machine.tainted_day = True
                says = f"sent {_size(machine.sent_day)} out today; usually {_size(past.middle())} a day"
                yield from self._volume(seen, host, peer, says, machine.sent_day)
        if to_new > self._new_floor:
            machine.tainted_hour = machine.tainted_day = True
            says = f"sent {_size(to_new)} to {peer}, with which nobody here has talked before"
            yield from self._volume(seen, host, peer, says, to_new)

    def _bound(self, past: History) -> float:
        """Above all there was; where hours are of two sorts and deviations wide, a multiple of the highest."""
        highest = past.highest()
        return max(highest, min(past.most_usual(self._deviations), self._factor * highest))

    def _volume(self, seen: Flow, host: str, peer: str, says: str, octets: int) -> Iterator[Sign]:
        """Once a day for a machine, and again when it has become ten times as much."""
        machine = self._machines[host]
        if octets >= 10 * machine.told:
            machine.told = octets
            yield self._sign(seen, host, peer, says, octets, None)

    def _by_the_clock(self, seen: Flow, host: str, peer: str, context: Context) -> Iterator[Sign]:
        """Programs of people do this too, those of medical devices do not."""
        every = self._calls.take(host, peer, seen.at_us)
        if not every or self._addresses.learnt_days(seen.at_us) < self._learn_days:
            return
        if self._repeats.count((host, peer), seen.at_us) == 1:
            says = f"calls {peer} about every {every:.0f} seconds; nobody here talked with it before"
            asset = context.places.asset(host)
            device = asset is not None and asset.kind in MEDICAL_DEVICES
            yield self._sign(seen, host, peer, says, 0, Level.MEDIUM if device else Level.LOW)

    def _sign(self, seen: Flow, host: str, peer: str, says: str, octets: int, level: Level | None) -> Sign:
        return Sign(
            seen.at_us, host, "", f"{host} {says}.", seen.row, level,
            {"peer": peer, "port": seen.port, "octets": octets}, self._addresses.learnt_days(seen.at_us),
        )  # fmt: skip

    def _machine(self, host: str, at_us: int, context: Context) -> _Machine:
        hour, day = at_us // HOUR_US, at_us // DAY_US
        machine = self._machines.get(host)
        if machine is None:
            asset = context.places.asset(host)
            machine = self._machines[host] = _Machine(str(asset.kind) if asset else "", at_us, hour, day)
            if len(self._machines) > self._most:
                del self._machines[next(iter(self._machines))]
        if hour > machine.hour:
            if not machine.tainted_hour:
                machine.hours.add(machine.sent_hour)
                self._kinds.setdefault(machine.kind, History(2000)).add(machine.sent_hour)
            machine.hour, machine.sent_hour, machine.tainted_hour = hour, 0, False
            machine.peers.clear()
            self._machines[host] = self._machines.pop(host)
        if day > machine.day:
            if not machine.tainted_day:
                machine.days.add(machine.sent_day)
            machine.day, machine.sent_day, machine.told, machine.tainted_day = day, 0, 0, False
        return machine

    def _is_new(self, peer: str, at_us: int, *, suspect: bool) -> bool:
        """By address, not by network: an intruder rents a server beside everybody else's."""
        self._addresses.meet(peer, at_us, suspect)
        known = self._addresses.get(peer)
        return known is None or at_us // DAY_US - known.first_day < self._new_days

    def _is_inside(self, host: str, context: Context) -> bool:
        inside = self._inside.get(host)
        if inside is None:
            if len(self._inside) >= _MOST_ANSWERS:
                self._inside.clear()
            inside = self._inside[host] = context.places.inside(host) or _reaches_many(host)
        return inside


def _ports(settings: Settings) -> list[int]:
    ports = settings.get("proxy_ports")
    return [int(port) for port in ports] if isinstance(ports, list) else []


def _reaches_many(host: str) -> bool:
    """Broadcast and multicast stay in the house."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_multicast or address.is_loopback or address.is_unspecified or host == "255.255.255.255"


def _size(octets: float) -> str:
    for unit, size in (("GB", 1_000_000_000), ("MB", _MEGABYTE), ("kB", 1_000)):
        if octets >= size:
            return f"{octets / size:.3g} {unit}"
    return f"{octets:.0f} bytes"
