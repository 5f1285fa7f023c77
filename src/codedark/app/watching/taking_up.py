"""Takes up what was learnt under other settings: the memory stays, and the settings of today hold.

A behaviour keeps its settings beside its memory. So what it was with nothing learnt is saved with it: where that is
unlike what it would be today with nothing learnt, a setting has changed, and today's holds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from enum import Enum
from types import MethodType
from typing import Any

from codedark.detect.behaviour.places import Places


def taken_up(learnt: Any, then: Any, now: Any) -> Any:
    """``learnt`` with everything in which ``then`` is unlike ``now`` as it is in ``now``.

    ``then`` and ``now`` are of the same make, with nothing learnt, under the settings of then and of now. Changes
    ``learnt``, and may return another. The model of the hospital is always today's.
    """
    return _taken_up(learnt, then, now, set())


def _taken_up(learnt: Any, then: Any, now: Any, done: set[int]) -> Any:
    """
    1. What is of another kind, and the model of the hospital, is as it is now.
    2. What has parts is gone through part by part, once, in whatever circle they refer to each other.
    3. Anything else is as it was learnt, unless it began otherwise than it would now.
    """
    if learnt.__class__ is not now.__class__ or then.__class__ is not now.__class__ or isinstance(now, Places):  # (1)
        return now
    parts = list(_attributes(now))
    if parts or isinstance(now, dict | list):
        if id(learnt) in done:
            return learnt
        done.add(id(learnt))
    if isinstance(now, dict | list) and now and len(then) == len(now) == len(learnt):  # (2)
        for key in now if isinstance(now, dict) else range(len(now)):
            if isinstance(now, list) or (key in then and key in learnt):
                learnt[key] = _taken_up(learnt[key], then[key], now[key], done)
            else:
                return now
        return learnt
    if parts:
        for name in parts:
            if all(hasattr(each, name) for each in (learnt, then, now)):
                value = _taken_up(getattr(learnt, name), getattr(then, name), getattr(now, name), done)
                object.__setattr__(learnt, name, value)  # of frozen dataclasses too: this one is nobody else's
        return learnt
    if isinstance(now, deque) and then.maxlen != now.maxlen:
        return deque(learnt, now.maxlen)
    return learnt if isinstance(now, MethodType) or then == now else now  # (3)


def _attributes(value: Any) -> Iterator[str]:
    """The names of what an object of ours is made of; none of what is one piece."""
    kind = value.__class__
    if not kind.__module__.startswith("codedark.") or issubclass(kind, Enum | Mapping | type):
        return
    for base in kind.__mro__:
        slots = base.__dict__.get("__slots__", ())
        yield from (slots,) if isinstance(slots, str) else slots
    yield from getattr(value, "__dict__", {})
