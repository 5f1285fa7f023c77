"""Logs that fall silent: a source that always speaks and has stopped.

What is learnt of each log of each host is how often it says anything in five minutes, by hour of the day (UTC) on
working days and weekends, and its longest silence so far. Machines that are switched off at night are not missed at
all, as nobody knows when somebody comes back; a domain controller is missed within minutes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import log
from typing import ClassVar, Final

from codedark.detect.behaviour.behaviour import BehaviourId, Context, Settings, Sign
from codedark.detect.behaviour.kinds.settings import number, whole
from codedark.detect.behaviour.observation import Heard, Observation
from codedark.detect.finding import Level
from codedark.events.record import Value

_SLOT_US: Final = 300 * 1_000_000
_SLOTS_A_DAY: Final = 288
_CELLS: Final = 48
_MOST_IN_CELL: Final = 600
"""Ten working weeks of one hour's slots; then the past counts half, so that what changes is followed."""
_SUREST: Final = 0.98
"""No source is relied upon more than this in one slot, however regular it was."""
_NAMED: Final = 5

Source = tuple[str, str]
"""Log and host; the host is "" where the log has one source without a name."""


def _nothing() -> array[int]:
    return array("H", bytes(2 * _CELLS))


@dataclass(slots=True)
class _Voice:
    """How a source speaks. ``last`` is the slot in which it was heard last, ``longest`` its longest silence in slots;
    ``missed`` whether its silence has been said.
    """

    first: int
    last: int
    longest: float = 0.0
    missed: bool = False
    spoke: array[int] = field(default_factory=_nothing)
    passed: array[int] = field(default_factory=_nothing)


class Silence:
    """Remembers how often each source speaks."""

    id: ClassVar[BehaviourId] = BehaviourId("silence")
    version: ClassVar[int] = 1
    watches: ClassVar[tuple[type[Observation], ...]] = (Heard,)

    def __init__(self, settings: Settings) -> None:
        self._least_slots = max(1, round(number(settings, "minutes") * 60_000_000 / _SLOT_US))
        self._times_longest = number(settings, "times_the_longest")
        self._times_steady = number(settings, "times_the_longest_alone")
        self._surprise = -log(number(settings, "chance"))
        self._most_regular = number(settings, "hours_at_most") * _SLOTS_A_DAY / 24
        self._learn_slots = round(number(settings, "learn_days") * _SLOTS_A_DAY)
        self._together = whole(settings, "sources_at_once")
        self._blind_us = int(number(settings, "own_outage_minutes") * 60_000_000)
        self._most = whole(settings, "most_sources")
        self._voices: dict[Source, _Voice] = {}
        self._now_us = 0
        self._judged = 0
        self._episode: list[Source] = []
        self._episode_last = 0
        self._told = 0

    def take(self, seen: Observation, _context: Context) -> Iterator[Sign]:
        """A source was heard. Records that come late were still heard now. Where there is no room, nobody new is
        watched: made-up names of hosts must not push out those that are known.
        """
        if isinstance(seen, Heard):
            slot = max(seen.at_us, self._now_us) // _SLOT_US
            source = (seen.log, seen.host)
            voice = self._voices.get(source)
            if voice is None:
                if len(self._voices) >= self._most:
                    return iter(())
                self._voices[source] = voice = _Voice(slot, slot - 1)
            if slot > voice.last:
                _learn(voice, slot)
        return iter(())

    def tick(self, now_us: int, context: Context) -> Iterator[Sign]:
        """Every five minutes, all sources.

        1. After a time in which nobody ticked we were away ourselves: nothing that is missing then was silent.
        2. A source is silent when that is longer than it ever was, and by its habit all but impossible.
        3. Those that stopped within a quarter of an hour are one episode: one sign, and one more when they are many.
        """
        before, self._now_us = self._now_us, max(now_us, self._now_us)
        slot = self._now_us // _SLOT_US
        if before and now_us - before > self._blind_us:
            for voice in self._voices.values():
                voice.last = slot
            return
        if slot == self._judged:
            return
        self._judged = slot
        if len(self._voices) >= self._most:
            self._forget_passers_by(slot)
        silent: dict[Source, _Voice] = {}
        for source, voice in self._voices.items():
            if not voice.missed and slot - voice.last > self._least_slots and self._is_silent(voice, slot):
                voice.missed = True
                silent[source] = voice
        yield from self._say(silent, now_us, context)

    def _forget_passers_by(self, slot: int) -> None:
        """Those that were not heard for long enough to be missed, and have said nothing for a day."""
        self._voices = {
            source: voice
            for source, voice in self._voices.items()
            if slot - voice.last <= _SLOTS_A_DAY or voice.last - voice.first >= self._learn_slots
        }

    def _is_silent(self, voice: _Voice, slot: int) -> bool:
        """By either of two measures of its past, unless it was ever silent so long that it is switched off.

        1. Pauses of n kinds of chance whose longest was L exceed r times L with a chance of about n to the power of -r,
           where long pauses become rare as fast as those of a Poisson process; r is asked to be larger, as they do not.
        2. The chance that it spoke in none of these hours' slots, each by its own share.
        """
        silent = slot - voice.last - 1
        times = silent / max(voice.longest, 1.0)
        learning = voice.last - voice.first < self._learn_slots
        if learning or voice.longest > self._most_regular or times < self._times_longest:
            return False
        if times >= self._times_steady and (times - 1) * log(max(sum(voice.spoke), 1)) >= self._surprise:
            return True
        surprise = 0.0
        for at in range(voice.last + 1, slot):
            cell = _cell(at)
            if passed := voice.passed[cell]:
                surprise -= log(1 - min(_SUREST, voice.spoke[cell] / passed))
            if surprise >= self._surprise:
                return True
        return False

    def _say(self, silent: dict[Source, _Voice], now_us: int, context: Context) -> Iterator[Sign]:
        if not silent:
            return
        first = min(voice.last for voice in silent.values())
        if abs(first - self._episode_last) > _EPISODE_SLOTS:
            self._episode, self._told = [], 0
        self._episode_last = max(voice.last for voice in silent.values())
        self._episode = (self._episode + sorted(silent))[-self._most :]
        hosts = {host for _, host in self._episode}
        many = len(hosts) >= self._together or len(self._episode) >= 2 * self._together
        if self._told == 0 or (many and self._told == 1):
            self._told = 2 if many else 1
            yield self._sign(silent, now_us, context, many=many)

    def _sign(self, silent: dict[Source, _Voice], now_us: int, context: Context, *, many: bool) -> Sign:
        host = self._episode[0][1]
        logs = sorted({log for log, _ in self._episode})
        hosts = sorted({host for _, host in self._episode if host})
        minutes = (now_us - min(voice.last for voice in silent.values()) * _SLOT_US) / 60_000_000
        usual = min(voice.longest for voice in silent.values()) * _SLOT_US / 60_000_000
        if many:
            where = f"{len(self._episode)} logs of {len(hosts) or 1} machines ({_some(hosts or logs)})"
            says = f"{where} stopped together {minutes:.0f} minutes ago: a collector, the network or a hand."
        else:
            whose = f" of {_some(hosts)}" if hosts else ""
            says = (
                f"The log {_some(logs)}{whose} has been silent for {minutes:.0f} minutes; "
                f"its longest silence so far was {usual:.0f} minutes."
            )
        suspect = any(context.held(each, "") for each in hosts)
        level = Level.HIGH if many or suspect else None
        learnt = round(min(voice.last - voice.first for voice in silent.values()) / _SLOTS_A_DAY, 2)
        evidence: dict[str, Value] = {"logs": tuple(logs[:20]), "hosts": tuple(hosts[:20])}
        return Sign(now_us, host, "", says, -1, level, evidence | {"sources": len(self._episode)}, learnt)


_EPISODE_SLOTS: Final = 3


def _learn(voice: _Voice, slot: int) -> None:
    """The source spoke in ``slot``, and not since its last one. A silence that was said teaches nothing."""
    silent = slot - voice.last - 1
    days = (slot - voice.last) / _SLOTS_A_DAY
    voice.longest *= 0.98**days
    if not voice.missed:
        voice.longest = max(voice.longest, silent)
        for at in range(max(voice.last + 1, slot - _SLOTS_A_DAY), slot):
            _count(voice, _cell(at), spoke=0)
    _count(voice, _cell(slot), spoke=1)
    voice.last, voice.missed = slot, False


def _count(voice: _Voice, cell: int, spoke: int) -> None:
    voice.passed[cell] += 1
    voice.spoke[cell] += spoke
    if voice.passed[cell] >= _MOST_IN_CELL:
        voice.passed[cell] //= 2
        voice.spoke[cell] //= 2


def _cell(slot: int) -> int:
    """Hour of the day, on working days 0 to 23, at weekends 24 to 47. A cell for each hour of the week would need
    months to be known.
    """
    day, rest = divmod(slot, _SLOTS_A_DAY)
    hour = rest * 24 // _SLOTS_A_DAY
    return hour + 24 if (day + 3) % 7 >= _SATURDAY else hour  # 1 January 1970 was a Thursday


_SATURDAY: Final = 5


def _some(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
