"""The settings of a behaviour, each of the kind that it has to be.

Raises `UsageError`, which names the setting, where one is missing or of another kind: a threshold that is silently
another one would be worse than none.
"""

from __future__ import annotations

from math import inf

from codedark.detect.behaviour.behaviour import Settings
from codedark.errors import UsageError


def number(settings: Settings, name: str) -> float:
    """A number of zero or more."""
    value = settings.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < inf:
        raise UsageError(f"the setting {name} of a behaviour is {value!r}: it has to be a number of zero or more")
    return float(value)


def whole(settings: Settings, name: str) -> int:
    """A whole number of zero or more."""
    value = number(settings, name)
    if value != int(value):
        raise UsageError(f"the setting {name} of a behaviour is {value!r}: it has to be a whole number")
    return int(value)


def switch(settings: Settings, name: str) -> bool:
    """True or false."""
    value = settings.get(name)
    if not isinstance(value, bool):
        raise UsageError(f"the setting {name} of a behaviour is {value!r}: it has to be true or false")
    return value


def names(settings: Settings, name: str) -> frozenset[str]:
    """A list of names, in lower case."""
    value = settings.get(name)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise UsageError(f"the setting {name} of a behaviour is {value!r}: it has to be a list of names")
    return frozenset(each.lower() for each in value)
