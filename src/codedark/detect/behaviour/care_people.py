"""Who works here and who is treated here, as far as it explains, or makes worse, that one looks at the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

import yaml


class Function(StrEnum):
    """What somebody's work is, so far as it decides whose records it needs."""

    NURSING = "nursing"
    MEDICAL = "medical"
    PHARMACY = "pharmacy"
    LABORATORY = "laboratory"
    RADIOLOGY = "radiology"
    THERAPY = "therapy"
    TRANSPORT = "transport"
    ADMINISTRATION = "administration"
    TECHNOLOGY = "technology"
    MANAGEMENT = "management"
    OTHER = "other"


class Member(NamedTuple):
    """Somebody of the staff. ``account`` is the one name of `Places.account`; ``wards`` are ids of locations.

    ``family`` and ``given`` are folded (`folded`), ``home`` is `home_of` their address, "" where not known; ``patient``
    is their own number as a patient, where the staff table says it.
    """

    account: str
    role: str
    function: Function
    wards: frozenset[str] = frozenset()
    family: str = ""
    given: str = ""
    born: str = ""
    home: str = ""
    patient: str = ""


class Person(NamedTuple):
    """A patient as others may know them. ``flagged``: the hospital itself marked the record as one to be watched
    (a celebrity, an employee, a restricted record).
    """

    family: str = ""
    given: str = ""
    born: str = ""
    home: str = ""
    flagged: bool = False


def words_of_functions(text: bytes) -> tuple[tuple[str, Function], ...]:
    """Read the content of a ``care-roles.yaml``: words and what they mean, the longest first."""
    loaded: Mapping[str, Sequence[str]] = yaml.safe_load(text)
    pairs = [(str(word), Function(function)) for function, words in loaded.items() for word in words]
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))


_WORDS: Final = words_of_functions((files("codedark") / "content" / "behaviour" / "care-roles.yaml").read_bytes())


@lru_cache(maxsize=4096)
def function_of(role: str) -> Function:
    """The function that a role of a staff table is, by the longest known word in it."""
    lower = role.lower()
    return next((function for word, function in _WORDS if word in lower), Function.OTHER)


def folded(name: str) -> str:
    """A name in the form in which names are compared."""
    return " ".join(name.casefold().replace("-", " ").split())


def home_of(street: str, postcode: str) -> str:
    """An address in the form in which addresses are compared; "" where a part is missing."""
    street, postcode = folded(street.replace(",", " ").replace(".", " ")), "".join(postcode.casefold().split())
    return f"{postcode} {street}" if street and postcode and any(each.isdigit() for each in street) else ""
