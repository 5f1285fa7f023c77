"""Medical devices that talk as their kind does not: another port, another kind of peer, the internet, many at once.

Learnt is what a kind of device does, not what one does, so that the hundredth pump of a kind is known when it is
plugged in, and so is a modality that its supplier installs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final, NamedTuple

from codedark.detect.behaviour.behaviour import BehaviourId, Context, Settings, Sign
from codedark.detect.behaviour.kinds.learning import DAY_US, Familiar
from codedark.detect.behaviour.kinds.settings import names, number, whole
from codedark.detect.behaviour.observation import Flow, Observation
from codedark.detect.finding import Level
from codedark.hospital.asset import MEDICAL_DEVICES, AssetKind
from codedark.hospital.zone import Purpose

_INTERNET: Final = "the internet"
_MINUTE_US: Final = 60_000_000
_EPHEMERAL: Final = 49_152  # RFC 6335, 6
_MOST_ANSWERS: Final = 200_000


_COMPUTERS: Final = frozenset({AssetKind.WORKSTATION, AssetKind.MOBILE_WORKSTATION, AssetKind.LAPTOP, AssetKind.TABLET})
"""To a device they are one: which of them people sit at is chance."""
_HABIT_DAYS: Final = 3
_MOST_WAYS: Final = 1_000
"""Ways of one machine that are counted: more than any threshold needs, and few enough to count again at each."""


class _End(NamedTuple):
    """What one end of a connection is. ``kind`` of a device is "" for everything else."""

    kind: str
    is_device: bool


class _Talk(NamedTuple):
    """What devices of a kind do: with whom, who began, on which service."""

    device: str
    peer: str
    begins: bool
    service: str


class DeviceTalk:
    """Remembers for every kind of device with which kinds of machines and on which ports it talks."""

    id: ClassVar[BehaviourId] = BehaviourId("device_talk")
    version: ClassVar[int] = 1
    watches: ClassVar[tuple[type[Observation], ...]] = (Flow,)

    def __init__(self, settings: Settings) -> None:
        self._learn_days = number(settings, "learn_days")
        self._usual = names(settings, "usual_services")
        self._risky = names(settings, "administration_services")
        self._many = whole(settings, "ways_at_once")
        self._window_us = int(number(settings, "minutes") * _MINUTE_US)
        self._most = whole(settings, "most_talks")
        self._talks: Familiar[_Talk] = Familiar(self._most, whole(settings, "keeps_days"))
        self._habits: Familiar[tuple[str, str]] = Familiar(self._most, whole(settings, "keeps_days"))
        self._said: dict[str, tuple[int, int]] = {}
        self._reached: dict[str, dict[tuple[str, int], int]] = {}
        self._ends: dict[str, _End] = {}

    def tick(self, _now_us: int, _context: Context) -> Iterator[Sign]:
        """Nothing comes of time alone."""
        return iter(())

    def take(self, seen: Observation, context: Context) -> Iterator[Sign]:
        """One connection with a device at either end; at both, the one that began it is looked at.

        1. What its kind does already is familiar.
        2. One machine that tries many ways to devices that are new looks for something.
        3. Of one machine nothing is said twice on a day, unless it became more serious.
        """
        if not isinstance(seen, Flow) or not seen.source or not seen.target:
            return
        source, target = self._end(seen.source, context), self._end(seen.target, context)
        if source.is_device:
            device, peer, talk = seen.source, seen.target, _Talk(source.kind, target.kind, True, _service(seen))
        elif target.is_device:
            device, peer, talk = seen.target, seen.source, _Talk(target.kind, source.kind, False, _service(seen))
        else:
            return
        suspect = context.held(device, "") or context.held(peer, "")
        self._talks.meet(talk, seen.at_us, suspect)
        self._habits.meet((talk.peer, talk.service), seen.at_us, suspect)
        known = self._talks.get(talk)
        learnt = self._talks.learnt_days(seen.at_us)
        if learnt < self._learn_days:
            return
        fresh = known is None or known.first_day == seen.at_us // DAY_US
        if not fresh or self._is_usual(talk):
            return
        self._talks.doubt(talk, seen.at_us)
        devices, ways = self._count(seen)
        level = Level.HIGH if ways >= self._many else self._level(talk, seen)
        if level <= self._told(seen.source, seen.at_us):
            return
        self._tell(seen.source, seen.at_us, level)
        says = _says(device, peer, talk)
        if ways >= self._many:
            says += f" It has tried {ways} ways to {devices} devices that are new here within minutes."
        outcome = "answered" if seen.answered else "not answered"
        yield Sign(
            seen.at_us, seen.source, "", says, seen.row, level,
            {"source": seen.source, "target": seen.target, "port": seen.port, "outcome": outcome, "devices": devices},
            learnt,
        )  # fmt: skip

    def _told(self, source: str, at_us: int) -> int:
        """The level of what was last said of a machine today, -1 where nothing was."""
        day, level = self._said.get(source, (-1, -1))
        return level if day == at_us // DAY_US else -1

    def _tell(self, source: str, at_us: int, level: Level) -> None:
        self._said.pop(source, None)
        self._said[source] = (at_us // DAY_US, level)
        if len(self._said) > self._most:
            del self._said[next(iter(self._said))]

    def _count(self, seen: Flow) -> tuple[int, int]:
        """How many devices, and ports of devices, the source has tried in a new way within the window."""
        reached = self._reached.pop(seen.source, None)
        if reached is None:
            reached = {}
            if len(self._reached) >= self._most:
                del self._reached[next(iter(self._reached))]
        self._reached[seen.source] = reached
        reached.pop((seen.target, seen.port), None)
        reached[seen.target, seen.port] = seen.at_us
        begins = seen.at_us - self._window_us
        while reached[first := next(iter(reached))] < begins or len(reached) > _MOST_WAYS:
            del reached[first]
        return len({target for target, _ in reached}), len(reached)

    def _is_usual(self, talk: _Talk) -> bool:
        """What standards have devices of this kind do, whether or not it has been seen here."""
        if not talk.begins or talk.peer == _INTERNET:
            return False
        return f"{talk.device} {talk.service}" in self._usual or f"* {talk.service}" in self._usual

    def _level(self, talk: _Talk, seen: Flow) -> Level:
        """What such machines do with devices of other kinds, on several days, is stray traffic and no more than low; so
        is what was not answered. Many such are caught as many.
        """
        habit = self._habits.get((talk.peer, talk.service))
        if talk.peer == _INTERNET:
            return Level.HIGH if seen.answered else Level.LOW
        if not seen.answered or (habit is not None and habit.days >= _HABIT_DAYS):
            return Level.LOW
        return Level.HIGH if talk.service in self._risky else Level.MEDIUM

    def _end(self, host: str, context: Context) -> _End:
        end = self._ends.get(host)
        if end is None:
            if len(self._ends) >= _MOST_ANSWERS:
                self._ends.clear()
            end = self._ends[host] = _end_of(host, context)
        return end


def _end_of(host: str, context: Context) -> _End:
    """A device by its kind, or by where it stands when the model does not know it; others by kind, or zone."""
    asset = context.places.asset(host)
    if asset is not None:
        return _End("computer" if asset.kind in _COMPUTERS else str(asset.kind), asset.kind in MEDICAL_DEVICES)
    zone_id = context.places.zone(host)
    zone = context.places.hospital.zones.get(zone_id) if zone_id else None
    if zone is not None and zone.purpose is Purpose.DEVICES:
        return _End(f"unknown device in {zone.name}", True)
    if not context.places.inside(host):
        return _End(_INTERNET, False)
    return _End(f"unknown machine in {zone.name}" if zone else "unknown machine", False)


def _service(seen: Flow) -> str:
    if seen.protocol == "icmp":
        return "icmp"
    port = str(seen.port) if seen.port < _EPHEMERAL else "high"
    return f"{seen.protocol or 'tcp'}/{port}"  # proxies do not say it


def _says(device: str, peer: str, talk: _Talk) -> str:
    kind = talk.device.replace("_", " ")
    with_whom = talk.peer.replace("_", " ")
    if talk.begins:
        return f"{device} ({kind}) connects to {peer} ({with_whom}) on {talk.service}, which no {kind} here does."
    return f"{peer} ({with_whom}) connects to {device} ({kind}) on {talk.service}, which nobody like it does here."
