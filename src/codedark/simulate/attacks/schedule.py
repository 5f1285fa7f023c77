"""When the steps of a script happen, so that they fit into the run that is simulated.

A script of eight weeks may meet a run of one day. Then the waits between its steps are cut, the longest ones first
and all of them to the same length at most, until the last step ends inside the run; bursts of activity keep their own
pace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta, tzinfo
from itertools import accumulate
from random import Random

from codedark.events.moments import microseconds_of, moment_of
from codedark.simulate.attacks.script import Script, Span, When
from codedark.simulate.habit import DAY_US, HOUR_US, MINUTE_US, SECOND_US

_SHORTEST_US = SECOND_US // 10
_LEAST_WITH_HOURS_US = 15 * MINUTE_US
_CUTS = 48
_PARTS = 8
"""No step takes more than this part of the run; all steps together take half of it at most."""
_HOURS = {When.WORKING_HOURS: (8, 17), When.NIGHT: (22, 5), When.WEEKEND: (0, 24)}
_DAYS = {When.WORKING_HOURS: range(5), When.NIGHT: range(7), When.WEEKEND: range(5, 7)}


@dataclass(frozen=True, slots=True)
class Timing:
    """When each step begins and ends, in the order of the script; ``note`` says what was changed to make it fit, ""
    if nothing.
    """

    begins: tuple[int, ...]
    ends: tuple[int, ...]
    note: str = ""


def fit(script: Script, zone: tzinfo, start_us: int, end_us: int, chance: Random) -> Timing:
    """The times of the steps, none before ``start_us``, the last one over by ``end_us``.

    The hours that a script asks for (``when``) hold as long as waits need not be cut to less than a quarter of an
    hour for them.
    """
    waits = [drawn(step.after, chance) for step in script.steps]
    lengths = [max(1, drawn(step.over, chance)) for step in script.steps]
    hours = [step.when for step in script.steps]
    jitter = [chance.random() for _ in script.steps]
    room = end_us - start_us
    lengths = _shrunk([min(length, max(1, room // _PARTS)) for length in lengths], room // 2)
    if script.anchor:
        return _anchored(script, waits, lengths, zone, start_us, end_us, chance)
    for strict in (True, False):
        for cap in _caps(waits):
            if strict and cap < min(_LEAST_WITH_HOURS_US, max(waits)):
                break
            begins = _walk(waits, lengths, hours if strict else (), jitter, zone, start_us, cap)
            if begins[-1] + lengths[-1] <= end_us:
                return _timing(begins, lengths, _note(cap, waits, strict or set(hours) == {When.ANY}))
    share = [room * (index + 1) // (len(waits) + 2) for index in range(len(waits))]
    return _timing(
        [start_us + offset for offset in share],
        [room // (len(waits) + 2)] * len(waits),
        "steps spread evenly over a short run",
    )


def drawn(span: Span, chance: Random) -> int:
    """A duration of a range. Long ranges are drawn on a logarithmic scale, as waiting times of people spread."""
    if span.high_us <= max(span.low_us, 1):
        return span.low_us
    low = max(span.low_us, _SHORTEST_US)
    return min(span.high_us, int(low * (span.high_us / low) ** chance.random()))


def _timing(begins: Sequence[int], lengths: Sequence[int], note: str) -> Timing:
    return Timing(tuple(begins), tuple(b + length for b, length in zip(begins, lengths, strict=True)), note)


def _caps(waits: Sequence[int]) -> list[int]:
    """What waits may last at most: as the script says, then less and less, down to a tenth of a second."""
    longest = max(*waits, _SHORTEST_US)
    ratio = (_SHORTEST_US / longest) ** (1 / _CUTS)
    return [longest, *(int(longest * ratio**index) for index in range(1, _CUTS + 1))]


def _walk(
    waits: Sequence[int],
    lengths: Sequence[int],
    hours: Sequence[When],
    jitter: Sequence[float],
    zone: tzinfo,
    start_us: int,
    cap: int,
) -> list[int]:
    begins: list[int] = []
    at_us = start_us
    for index, wait in enumerate(waits):
        at_us += min(wait, cap)
        if hours:
            at_us = _next_allowed(at_us, hours[index], zone, jitter[index])
        begins.append(at_us)
        at_us += lengths[index] if index + 1 < len(waits) else 0
    return begins


def _next_allowed(at_us: int, when: When, zone: tzinfo, jitter: float) -> int:
    """``at_us`` if it lies in the hours, else a while into the next such hours."""
    if when is When.ANY or _allowed(at_us, when, zone):
        return at_us
    local = moment_of(at_us).astimezone(zone)
    first, last = _HOURS[when]
    for days in range(8):
        day = (local + timedelta(days=days)).replace(hour=first, minute=0, second=0, microsecond=0)
        opens_us = microseconds_of(day)
        if opens_us >= at_us and day.weekday() in _DAYS[when]:
            return opens_us + int(jitter * min(2, (last - first) % 24 or 24) * HOUR_US)
    return at_us


def _allowed(at_us: int, when: When, zone: tzinfo) -> bool:
    local = moment_of(at_us).astimezone(zone)
    first, last = _HOURS[when]
    inside = first <= local.hour < last if first < last else not last <= local.hour < first
    return inside and local.weekday() in _DAYS[when]


def _anchored(
    script: Script,
    waits: Sequence[int],
    lengths: Sequence[int],
    zone: tzinfo,
    start_us: int,
    end_us: int,
    chance: Random,
) -> Timing:
    """The steps before the anchor counted back from it, those after it forward, on the first day that leaves room."""
    assert script.anchor
    pivot = next(i for i, step in enumerate(script.steps) if step.id == script.anchor.step)
    candidates = _clock_times(script.anchor.minute_of_day, zone, start_us, end_us)
    for cap in _caps(waits):
        gaps = [min(wait, cap) for wait in waits[1:]]
        for at_us in candidates:
            before = _shrunk(lengths[:pivot], (at_us - start_us) // 2)
            behind = _shrunk(lengths[pivot:], (end_us - at_us) // 2)
            begin_us = at_us - sum(before) - sum(gaps[:pivot])
            if begin_us >= start_us and at_us + sum(behind) + sum(gaps[pivot:]) <= end_us:
                taken = before + behind
                steps = (length + gap for length, gap in zip(taken, gaps, strict=False))
                return _timing(list(accumulate(steps, initial=begin_us)), taken, _note(cap, waits, kept=True))
    clock = f"{script.anchor.minute_of_day // 60:02}:{script.anchor.minute_of_day % 60:02}"
    timing = fit(replace(script, anchor=None), zone, start_us, end_us, chance)
    said = filter(None, (f"the run holds no {clock} that leaves room for the steps", timing.note))
    return replace(timing, note="; ".join(said))


def _shrunk(lengths: Sequence[int], room: int) -> list[int]:
    """Lengths that together take no more than ``room``."""
    whole = sum(lengths)
    return [max(1, length * room // whole) for length in lengths] if whole > room else list(lengths)


def _clock_times(minute_of_day: int, zone: tzinfo, start_us: int, end_us: int) -> list[int]:
    """Every time between the two at which the hospital's clocks show that minute."""
    first = moment_of(start_us).astimezone(zone)
    days = (end_us - start_us) // DAY_US + 2
    moments = (
        (first + timedelta(days=day)).replace(
            hour=minute_of_day // 60, minute=minute_of_day % 60, second=0, microsecond=0
        )
        for day in range(int(days))
    )
    return [at for moment in moments if start_us <= (at := microseconds_of(moment)) <= end_us]


def _note(cap: int, waits: Sequence[int], kept: bool) -> str:
    cut = f"waits cut to at most {in_words(cap)} so that the attack fits the run" if cap < max(waits) else ""
    return "; ".join(filter(None, (cut, "" if kept else "hours of the day not kept")))


def in_words(us: int) -> str:
    """A duration as people say it: ``3 d``, ``2.5 h``, ``40 min``, ``12 s``."""
    for unit, name in ((DAY_US, "d"), (HOUR_US, "h"), (MINUTE_US, "min")):
        if us >= unit:
            return f"{us / unit:.3g} {name}"
    return f"{us / SECOND_US:.3g} s"


def utc(at_us: int) -> str:
    """A time as ISO 8601 in UTC with microseconds."""
    return moment_of(at_us).isoformat(timespec="microseconds").replace("+00:00", "Z")
