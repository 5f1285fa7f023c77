"""How often means what: `content/continuity/frequencies.yaml`, with a site's own file put over it.

A slip here moves every dose of a hospital, so what cannot be meant is refused in plain words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml
from msgspec.structs import fields

from codedark.continuity.charts.schedule import EVERY_HOURS, Frequency, Schedule, hour_of_day, interval_of, plain_name
from codedark.continuity.charts.times import Times
from codedark.errors import UsageError

_KEYS: Final = frozenset({field.name for field in fields(Frequency)} | {"names"})
_A_DAY: Final = {"DAILY": 1, "QAM": 1, "QPM": 1, "QHS": 1, "BID": 2, "TID": 3, "QID": 4}
"""HL7 table 0335: how many hours of the day each has."""
_MOST_HOURS: Final = 365 * 24
_TIMES_A_DAY: Final = re.compile(r"([1-9])XDAY")


@cache
def frequencies() -> Mapping[str, Frequency]:
    """The table as it comes, by each of its names."""
    return _by_name(_entries(_ours(), "the table"), "the table")


@cache
def code_of(frequency: str) -> str:
    """The name under which the table has a frequency: TID for ``t.d.s.``; "" for what it does not have."""
    return _codes().get(plain_name(frequency), "")


@cache
def _codes() -> Mapping[str, str]:
    entries = _entries(_ours(), "the table")
    return {plain_name(str(each)): name for name, entry in entries.items() for each in (name, *entry.get("names", ()))}


def schedule_of(time_zone: str, own: Mapping[str, Frequency]) -> Schedule:
    """The schedule of a site whose ``own`` frequencies differ from ours."""
    return Schedule({**frequencies(), **own}, Times(time_zone))


def is_ours(frequency: str, schedule: Schedule) -> bool:
    """Whether a site means by a frequency what our table means. Our words for it would else be wrong: where OD is on
    demand, "once a day" is.
    """
    here, ours = schedule.told(frequency), frequencies().get(plain_name(frequency))
    if here is None or ours is None or here == ours:
        return True
    every = [each.hours or (EVERY_HOURS["D"] / len(each.times) if each.times else 0) for each in (here, ours)]
    kinds = [(each.once, each.continuous, each.as_needed) for each in (here, ours)]
    return kinds[0] == kinds[1] and (0 in every or every[0] == every[1])


def own_frequencies(own: bytes, where: str) -> Mapping[str, Frequency]:
    """What a site's own file changes, by each name: an entry replaces ours of that name, under all names that ours has.

    Raises `UsageError` with the entry that is wrong, and why.
    """
    entries = _entries(own, where)
    default = _entries(_ours(), where)
    taken = {plain_name(str(name)): key for key, entry in entries.items() for name in entry.get("names", ())}
    for key, entry in entries.items():
        known = default.get(key, {}).get("names", ())
        entry["names"] = [*entry.get("names", ()), *(each for each in known if plain_name(str(each)) not in taken)]
    return _by_name(entries, where)


def _ours() -> bytes:
    return (files("codedark") / "content/continuity/frequencies.yaml").read_bytes()


def _entries(octets: bytes, where: str) -> dict[str, dict[str, Any]]:
    try:
        told = yaml.safe_load(octets)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise UsageError(f"{where}: {error}") from error
    entries = told.get("frequencies") if isinstance(told, dict) and set(told) == {"frequencies"} else None
    if not isinstance(entries, dict):
        raise UsageError(
            f"{where}: it must have one key, frequencies, with an entry for each, as TID: {{times: [...]}}"
        )
    for name, entry in entries.items():
        if not isinstance(name, str):
            raise UsageError(f'{where}: {name!r} is no name; write it in quotes, as "ON"')
        if not isinstance(entry, dict) or not entry or not entry.keys() <= _KEYS:
            raise UsageError(f"{where}: {name}: an entry has some of {', '.join(sorted(_KEYS))}, and nothing else")
    return entries


def _by_name(entries: dict[str, dict[str, Any]], where: str) -> Mapping[str, Frequency]:
    found: dict[str, Frequency] = {}
    named: dict[str, str] = {}
    for name, entry in entries.items():
        at = f"{where}: {name}"
        meaning = _meaning(entry, at)
        others = entry.get("names", [])
        if not isinstance(others, list) or not all(isinstance(each, str) for each in others):
            raise UsageError(f'{at}: names must be a list of words; write ON and NO in quotes, as "ON"')
        for each in (plain_name(other) for other in (name, *others)):
            if not each or named.setdefault(each, name) != name:
                raise UsageError(f"{at}: {each or 'an empty name'} stands for {named.get(each, 'nothing')} too")
            _fits(each, meaning, at)
            found[each] = meaning
    return found


def _meaning(entry: dict[str, Any], at: str) -> Frequency:
    """An entry without its names, each field checked."""
    times, hours = entry.get("times", []), entry.get("hours", 0)
    wrong = [time for time in times if not hour_of_day(time)] if isinstance(times, list) else [times]
    if wrong:
        raise UsageError(f'{at}: times: {wrong[0]!r} is no hour of the day; write it in quotes, as "08:00"')
    if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 <= hours <= _MOST_HOURS:
        raise UsageError(f"{at}: hours: {hours!r} is no number of hours between two doses")
    flags = {name: entry.get(name, False) for name in ("once", "continuous", "as_needed")}
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise UsageError(f"{at}: {name}: it is true or false, not {value!r}")
    return Frequency(tuple(sorted(set(times))), float(hours), **flags)


def _fits(name: str, meaning: Frequency, at: str) -> None:
    """A name that says itself how often must mean that: Q8H at 12 hours is a slip of the pen that doubles a dose."""
    every = interval_of(name)
    count = int(found[1]) if (found := _TIMES_A_DAY.fullmatch(name)) else _A_DAY.get(name)
    if count and meaning.times and len(meaning.times) != count:
        raise UsageError(f"{at}: {name} is {count} a day, and {len(meaning.times)} hours of the day are named")
    if every and meaning.hours and meaning.hours != every:
        raise UsageError(f"{at}: {name} is every {every:g} hours, and {meaning.hours:g} are named")
    if every and meaning.times and every < EVERY_HOURS["D"] and len(meaning.times) != round(EVERY_HOURS["D"] / every):
        raise UsageError(f"{at}: {name} is every {every:g} hours, and {len(meaning.times)} hours of the day are named")
