"""A pack as the JSON that the ward's page opens: every field of `Pack` and `Chart` by its own name.

What is empty is left out. Times are whole seconds since 1970, and lose the ending ``_us`` of their names. A drug whose
name looks like another's has ``tall`` beside ``name``; doses have no trailing zero (`medicine`). Of an active drug,
``hours`` are the hours of every day at which it is due, or ``every`` the seconds between doses.
``loud_after`` is the age in seconds from which data are called old.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from functools import cache
from typing import Any, Final

import orjson

from codedark.continuity.ages import limits
from codedark.continuity.chart import Drug, Given
from codedark.continuity.pack import Pack
from codedark.continuity.pages.due import meaning
from codedark.continuity.pages.medicine import dose_number, tall_man

VERSION: Final = 1
_MICROSECONDS: Final = 1_000_000
_DAY_HOURS: Final = 24


def payload(pack: Pack) -> bytes:
    """The pack as compact JSON in UTF-8. Lone surrogates, which UTF-8 cannot hold, become escapes (RFC 8259, 8.2)."""
    told = {"version": VERSION, "loud_after": limits().loud_after_us // _MICROSECONDS, **_plain(pack)}
    try:
        return orjson.dumps(told)
    except TypeError:
        return json.dumps(told, separators=(",", ":")).encode()


def _plain(value: object) -> Any:
    if value is None or isinstance(value, str | int):
        return value.value if isinstance(value, StrEnum) else value
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, frozenset):
        return sorted(_plain(each) for each in value)
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(each) for key, each in value.items()}
    kind: Any = type(value)
    made: dict[str, Any] = {}
    for name, key in _names(kind):
        held = getattr(value, name)
        if held:
            made[key] = held // _MICROSECONDS if key is not name else _plain(held)
    return made | _written(value) if isinstance(value, Drug | Given) else made


def _written(drug: Drug | Given) -> dict[str, Any]:
    told: dict[str, Any] = {"dose": dose_number(drug.dose), "tall": tall_man(drug.name)}
    if isinstance(drug, Drug) and drug.status == "active" and not drug.as_needed:
        how = meaning(drug)
        is_daily = how.times and how.hours <= _DAY_HOURS
        told |= {"hours": how.times} if is_daily else {"every": round(how.hours * 3600)}
    return {name: held for name, held in told.items() if held}


@cache
def _names(kind: type) -> tuple[tuple[str, str], ...]:
    """Each field's name, and the key that it has in JSON."""
    names = [field.name for field in fields(kind)]
    return tuple((name, name.removesuffix("_us") if name.endswith("_us") else name) for name in names)
