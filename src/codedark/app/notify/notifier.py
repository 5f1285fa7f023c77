"""Telling people of alarms until somebody acknowledges them, over channels of which some are broken.

Each alarm goes to the first channel, in the order of the settings, that takes it; when one fails, to the next in the
same step. Channels marked `always` get it as well. What is attempted is written down before and after, so that an end
in between is seen, and the alarm sent again under its own id: at least once, never as another alarm.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from codedark.app.notify.guard import Channel, Guarded, Health
from codedark.app.notify.message import House, Notice, trial
from codedark.app.notify.schedule import BackOff, Repetition, delivered_times, due_us, repeated
from codedark.app.untrusted import one_line
from codedark.exchange.sender import NotDelivered
from codedark.respond.incident import AlarmId
from codedark.store.state.rows import Delivery, Outcome, Waiting
from codedark.store.state.state import State
from codedark.store.state.tables import StateUnavailable

_MOST_SAID: Final = 300
_LOOK_AGAIN_US: Final = 60_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """How alarms are told. ``deadline_seconds`` is what one attempt may take."""

    house: House = field(default_factory=House)
    repetition: Repetition = field(default_factory=Repetition)
    back_off: BackOff = field(default_factory=BackOff)
    deadline_seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class Happened:
    """One attempt: an alarm over a channel, or a probe of a broken one (``alarm`` None). ``repeat`` 0 is the first
    time that it went out there. ``said`` is why it failed, or what the other side remarked.
    """

    channel: str
    outcome: Outcome
    alarm: AlarmId | None = None
    repeat: int = 0
    said: str = ""


def try_channels(channels: Sequence[Channel], settings: Settings, now_us: int) -> list[Happened]:
    """Send a message that says it is a test over every channel, and tell how each ended; nothing of it is kept."""
    notice = Notice(trial(now_us), None, settings.house, sent_us=now_us, test=True)
    out: list[Happened] = []
    for each in (Guarded(channel, settings.deadline_seconds, settings.back_off) for channel in channels):
        try:
            out.append(Happened(each.name, Outcome.DELIVERED, notice.alarm.id, said=_short(each.send(notice))))
        except NotDelivered as error:
            out.append(Happened(each.name, Outcome.FAILED, notice.alarm.id, said=_short(str(error))))
    return out


class Notifier:
    """Tells of the alarms in ``state`` over ``channels``, the preferred first. Only one may run for one database."""

    def __init__(self, state: State, channels: Sequence[Channel], settings: Settings | None = None) -> None:
        self._state = state
        self._settings = settings or Settings()
        guarded = [Guarded(each, self._settings.deadline_seconds, self._settings.back_off) for each in channels]
        in_order = [each for each in guarded if not each.channel.always]
        self._channels = guarded
        self._legs = [*([in_order] if in_order else []), *([each] for each in guarded if each.channel.always)]
        self._unwritten: dict[AlarmId, list[Delivery]] = {}
        self._clock = _Clock()
        self._seen: tuple[int, int] | None = None
        self._stepped_us = self._quiet_until_us = 0
        self.abandoned = state.abandon_deliveries()

    @property
    def health(self) -> Mapping[str, Health]:
        """What is known of each channel."""
        return {each.name: each.health for each in self._channels}

    def step(self, now_us: int) -> list[Happened]:
        """Do what is due, and tell what happened. Called about once a second. Raises `StateUnavailable` where alarms
        cannot be read.

        1. An alarm that is due goes to the first channel of each leg that takes it; the channels of the settings'
           order are one leg, each that is `always` is one of its own.
        2. A broken channel whose pause is over is probed, so that it is known to work before it is needed.
        """
        self._clock.set(now_us)
        seen = self._state.unacknowledged()
        is_quiet = seen == self._seen and self._stepped_us <= now_us < self._quiet_until_us
        self._seen, self._stepped_us = seen, now_us
        out = [] if is_quiet else self._tell_all()
        broken = [each for each in self._channels if each.health.failures and not each.health.answers]
        return out + [self._probe(each) for each in broken if self._may_try(each)]

    def _probe(self, channel: Guarded) -> Happened:
        try:
            channel.probe()
        except NotDelivered as error:
            channel.failed(self._clock.now_us(), _short(str(error)))
            return Happened(channel.name, Outcome.FAILED, said=channel.health.said)
        # A server may answer and still refuse letters: its failures are forgotten when it takes one.
        channel.health = replace(channel.health, not_before_us=0, answers=True)
        return Happened(channel.name, Outcome.DELIVERED)

    def _tell_all(self) -> list[Happened]:
        """Tell what is due; where that is nothing, note until when all alarms need not be looked at again."""
        waiting = self._state.alarms_unacknowledged()
        again = repeated(waiting)
        out: list[Happened] = []
        until_us = self._clock.now_us() + _LOOK_AGAIN_US
        for each in waiting:
            for leg in self._legs:
                due = self._due_us(each, leg, repeats=each.alarm.id in again)
                if due is not None and due <= self._clock.now_us():
                    out += self._tell(each, leg)
                until_us = until_us if due is None else min(until_us, due)
        self._quiet_until_us = 0 if out else until_us
        return out

    def _due_us(self, waiting: Waiting, leg: Sequence[Guarded], *, repeats: bool) -> int | None:
        names = {each.name for each in leg}
        return due_us(self._tried(waiting), names, self._settings.repetition, repeats=repeats)

    def _tried(self, waiting: Waiting) -> Sequence[Delivery]:
        return (*waiting.deliveries, *self._unwritten.get(waiting.alarm.id, ()))

    def _tell(self, waiting: Waiting, leg: Sequence[Guarded]) -> list[Happened]:
        repeat = delivered_times(self._tried(waiting), {each.name for each in leg})
        out: list[Happened] = []
        for channel in leg:
            if self._may_try(channel):
                out.append(self._attempt(waiting, channel, repeat))
                if out[-1].outcome is Outcome.DELIVERED:
                    break
        return out

    def _attempt(self, waiting: Waiting, channel: Guarded, repeat: int) -> Happened:
        """Write down, send, write down."""
        alarm, begun_us = waiting.alarm.id, self._clock.now_us()
        notice = Notice(waiting.alarm, waiting.incident, self._settings.house, begun_us, repeat)
        number = self._begun(alarm, channel.name, begun_us)
        try:
            said, outcome = _short(channel.send(notice)), Outcome.DELIVERED
            channel.worked()
        except NotDelivered as error:
            said, outcome = _short(str(error)), Outcome.FAILED
            channel.failed(self._clock.now_us(), said)
        self._ended(alarm, Delivery(number, channel.name, 0, begun_us, outcome, self._clock.now_us(), said))
        return Happened(channel.name, outcome, alarm, repeat, said)

    def _begun(self, alarm: AlarmId, channel: str, at_us: int) -> int:
        try:
            return self._state.begun(alarm, channel, at_us)
        except StateUnavailable:  # a full disk is no reason to wake nobody: it is remembered in `_ended`
            return 0

    def _ended(self, alarm: AlarmId, delivery: Delivery) -> None:
        try:
            if delivery.number:
                self._state.ended(delivery.number, delivery.ended_us or 0, delivery.outcome, delivery.said)
                return
        except StateUnavailable:
            pass
        if delivery.outcome is Outcome.DELIVERED:  # what failed is tried again anyway
            self._unwritten.setdefault(alarm, []).append(delivery)

    def _may_try(self, channel: Guarded) -> bool:
        return channel.health.not_before_us <= self._clock.now_us()


class _Clock:
    """The time that a step was given, and what has passed since."""

    def __init__(self) -> None:
        self.set(0)

    def set(self, now_us: int) -> None:
        self._given_us, self._set_at = now_us, time.monotonic()

    def now_us(self) -> int:
        return self._given_us + int((time.monotonic() - self._set_at) * 1_000_000)


def _short(said: str) -> str:
    return one_line(said)[:_MOST_SAID]
