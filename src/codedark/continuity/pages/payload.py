"""A pack as the JSON that the ward's page opens: every field of `Pack` and `Chart` by its own name.

What is empty is left out. Times are whole seconds since 1970, and lose the ending ``_us`` of their names. A drug whose
name looks like another's has ``tall`` beside ``name``; doses have no trailing zero (`medicine`); ``dose_most`` is the
most of a dose from one to another, ``dose_written`` what was written where that may be misread. Of an active drug,
``hours`` are the hours of every day at which it is due, or ``every`` the seconds between doses. ``is_own``: the site
means something else by its frequency than the page's words for it say.
``loud_after`` is the age in seconds from which data are called old, ``no_newer_after`` that of a pack from which the
page says that there is no newer one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any, Final

import orjson
from msgspec.structs import fields, replace

from codedark.continuity.charts.chart import Drug, Given
from codedark.continuity.charts.frequency_tables import code_of, is_ours, schedule_of
from codedark.continuity.charts.schedule import Schedule
from codedark.continuity.packs.ages import limits
from codedark.continuity.packs.pack import Pack
from codedark.continuity.pages.cautions import cautions
from codedark.continuity.pages.medicine import dose_range, is_doubtful, tall_man

VERSION: Final = 1
_MICROSECONDS: Final = 1_000_000
_DAY_HOURS: Final = 24


def payload(pack: Pack) -> bytes:
    """The pack as compact JSON in UTF-8. Lone surrogates, which UTF-8 cannot hold, become escapes (RFC 8259, 8.2)."""
    schedule = schedule_of(pack.time_zone, pack.frequencies)
    plain = _plain(replace(pack, frequencies={}), schedule)
    told = {
        "version": VERSION,
        "loud_after": limits().loud_after_us // _MICROSECONDS,
        "no_newer_after": limits().no_newer_after_us // _MICROSECONDS,
        **plain,
    }
    try:
        return orjson.dumps(told)
    except TypeError:
        return json.dumps(told, separators=(",", ":")).encode()


def _plain(value: object, schedule: Schedule) -> Any:
    if value is None or isinstance(value, str | int):
        return value.value if isinstance(value, StrEnum) else value
    if isinstance(value, tuple):
        return [_plain(each, schedule) for each in value]
    if isinstance(value, frozenset):
        return sorted(_plain(each, schedule) for each in value)
    if isinstance(value, Mapping):
        return {str(_plain(key, schedule)): _plain(each, schedule) for key, each in value.items()}
    kind: Any = type(value)
    made: dict[str, Any] = {}
    for name, key in _names(kind):
        held = getattr(value, name)
        if held:
            made[key] = held // _MICROSECONDS if key is not name else _plain(held, schedule)
    return made | _written(value, schedule) if isinstance(value, Drug | Given) else made


def _written(drug: Drug | Given, schedule: Schedule) -> dict[str, Any]:
    least, most = dose_range(drug.dose)
    written = drug.dose.strip() if drug.dose.strip() and is_doubtful(drug.dose) else ""
    told: dict[str, Any] = {"dose": least, "dose_most": most, "dose_written": written, "tall": tall_man(drug.name)}
    if isinstance(drug, Drug) and drug.status == "active" and not drug.as_needed:
        how = schedule.frequency(drug)
        is_daily = how.times and how.hours <= _DAY_HOURS
        if not (how.once or how.continuous or how.as_needed):  # those have no dose behind the next one
            told |= {"hours": how.times} if is_daily else {"every": round(how.hours * 3600)}
    if isinstance(drug, Drug):
        told |= {"cautions": cautions(drug, schedule), "often": code_of(drug.frequency)}
        told["is_own"] = not is_ours(drug.frequency, schedule)
    return {name: held for name, held in told.items() if held}


@cache
def _names(kind: type) -> tuple[tuple[str, str], ...]:
    """Each field's name, and the key that it has in JSON."""
    names = [field.name for field in fields(kind)]
    return tuple((name, name.removesuffix("_us") if name.endswith("_us") else name) for name in names)
