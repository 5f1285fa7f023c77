"""When an alarm is due, and when a broken channel is tried again: decisions without a clock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from codedark.respond.incident import AlarmId
from codedark.store.state.rows import Delivery, Outcome, Waiting

_SECOND_US: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Repetition:
    """How an alarm is repeated until somebody acknowledges it: every so many seconds, each pause ``factor`` times
    the one before but not longer than ``longest_seconds``, and at most ``most`` times (144 of ten minutes are a day).
    """

    every_seconds: float = 600.0
    factor: float = 1.0
    longest_seconds: float = 3_600.0
    most: int = 144


@dataclass(frozen=True, slots=True)
class BackOff:
    """How long a broken channel is left alone: ``first_seconds``, doubled with each failure, at most
    ``longest_seconds``.
    """

    first_seconds: float = 15.0
    longest_seconds: float = 300.0

    def pause_us(self, failures: int) -> int:
        """The pause after so many failures in a row (1 and more), in microseconds."""
        return int(min(self.first_seconds * 2.0 ** min(failures - 1, 60), self.longest_seconds) * _SECOND_US)


def delivered_times(deliveries: Iterable[Delivery], channels: Collection[str]) -> int:
    """How often an alarm went out over one of these channels: the number of the repeat that comes next."""
    return sum(each.outcome is Outcome.DELIVERED and each.channel in channels for each in deliveries)


def due_us(
    deliveries: Sequence[Delivery], channels: Collection[str], repetition: Repetition, *, repeats: bool
) -> int | None:
    """From when on an alarm is to go out over one of ``channels``; None where it is not to go out any more.

    1. What never arrived is due at once. An attempt of which we do not know how it ended counts as one that failed.
    2. What arrived is due again after the pause, if it is one that ``repeats``.
    """
    arrived = [each for each in deliveries if each.outcome is Outcome.DELIVERED and each.channel in channels]
    if not arrived:
        return 0
    if not repeats or len(arrived) > repetition.most:
        return None
    grown = repetition.every_seconds * repetition.factor ** min(len(arrived) - 1, 1_000)
    last = max(each.ended_us or each.at_us for each in arrived)
    return last + int(min(grown, max(repetition.longest_seconds, repetition.every_seconds)) * _SECOND_US)


def repeated(waiting: Iterable[Waiting]) -> set[AlarmId]:
    """The alarms that are repeated: of each incident the latest, because it tells what the earlier ones told."""
    latest: dict[str, Waiting] = {}
    for each in waiting:
        whole = (each.incident and each.incident.merged_into) or each.alarm.incident
        before = latest.get(whole)
        if before is None or (each.alarm.at_us, _number(each)) >= (before.alarm.at_us, _number(before)):
            latest[whole] = each
    return {each.alarm.id for each in latest.values()}


def _number(waiting: Waiting) -> int:
    number = waiting.alarm.id.rpartition(".")[2]
    return int(number) if number.isdecimal() else 0
