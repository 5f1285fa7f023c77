"""How fast an attacker goes along a way: the figures of `content/contain/rates.yaml`, checked, and raised by what he
has shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np

from codedark.contain.problem import Ints
from codedark.contain.reading import checked
from codedark.errors import UsageError
from codedark.hospital.account import AccountKind
from codedark.hospital.asset import AssetKind, Support
from codedark.hospital.zone import Purpose

OTHER: Final = "other"
CREDENTIALS: Final = "credentials"
ENTRIES: Final = "entries"
LEAVING: Final = "leaving"
HANDS: Final = "hands"
PROTOCOLS: Final = ("tcp", "udp")
PORTS: Final = 65_536
_FILE: Final = "contain/rates.yaml"
_PORTS = re.compile(r"(tcp|udp)/(\d{1,5})(?:-(\d{1,5}))?")


@dataclass(frozen=True, slots=True)
class Family:
    """Protocols that are one way to an attacker, with its rates an hour. ``served_by``: kinds of assets and systems
    that can be entered that way although nobody was seen to do so.
    """

    ports: tuple[str, ...]
    seen_per_hour: float
    unseen_per_hour: float
    answers_per_hour: float
    served_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Systems:
    """Which words of an inventory name which operating system, and what a kind has unless it is said."""

    words: dict[str, tuple[str, ...]]
    unless_said: dict[AssetKind, str]

    def of(self, kind: AssetKind, operating_system: str) -> str:
        """``windows``, ``unix``, or "" where neither is known."""
        said = operating_system.lower()
        found = (name for name, words in self.words.items() if any(word in said for word in words))
        return next(found, "" if said else self.unless_said.get(kind, ""))


@dataclass(frozen=True, slots=True)
class Credentials:
    """Rates an hour of stolen accounts; ``machines_a_day`` is where an account of a kind leaves traces to be read."""

    taken_per_hour: float
    machines_a_day: dict[AccountKind, float]
    direct_accounts: int
    direct_machines: int
    privileged_begins_per_hour: float
    privileged_per_hour: float
    ordinary_begins_per_hour: float
    ordinary_per_hour: float
    unknown_kinds: tuple[AssetKind, ...]
    unknown_privileged_kinds: tuple[AssetKind, ...]
    directory_per_hour: float
    vendor_dials_per_hour: float
    person_dials_per_hour: float


@dataclass(frozen=True, slots=True)
class DialIn:
    """Where a zone leads to in which people dial in, while nothing was seen to come from it."""

    purposes: tuple[Purpose, ...]
    families: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rates:
    """All of `content/contain/rates.yaml`. ``entered`` and ``left`` are factors by kind; what is not named is 1.

    ``hands_per_hour`` is how many ways are gone at most from one machine or with one account. ``shown`` are factors by
    technique and family (or `CREDENTIALS`, `ENTRIES`, `LEAVING`, `HANDS`).
    """

    families: dict[str, Family]
    systems: Systems
    entered: dict[AssetKind, float]
    left: dict[AssetKind, float]
    support: dict[Support, float]
    hands_per_hour: float
    looks_about_per_hour: float
    within_zone_per_hour: float
    across_zones_per_hour: float
    dial_in: DialIn
    credentials: Credentials
    leaves_per_hour: float
    shown: dict[str, dict[str, float]]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """From the parsed file. Raises `UsageError` that names the first figure that is missing or makes no sense."""
        read = checked(document, cls, _FILE)
        if OTHER not in read.families:
            raise UsageError(f"{_FILE}: families.{OTHER} is needed: it is what no other family names")
        read.by_port()
        known = {*read.families, CREDENTIALS, ENTRIES, LEAVING, HANDS}
        for technique, factors in read.shown.items():
            if strange := sorted(factors.keys() - known):
                raise UsageError(
                    f"{_FILE}: shown.{technique} names {strange[0]}: say one of {', '.join(sorted(known))}"
                )
        words = {*AssetKind, *read.systems.words}
        for name, family in read.families.items():
            if unknown := sorted(set(family.served_by) - words):
                raise UsageError(f"{_FILE}: families.{name}.served_by: {unknown[0]} is no kind of asset and no system")
        if unknown := sorted(set(read.dial_in.families) - read.families.keys()):
            raise UsageError(f"{_FILE}: dial_in.families: {unknown[0]} is no family")
        for table, lacking in (
            ("support", set(Support) - read.support.keys()),
            ("credentials.machines_a_day", set(AccountKind) - read.credentials.machines_a_day.keys()),
        ):
            if lacking:
                raise UsageError(f"{_FILE}: {table} lacks {', '.join(sorted(lacking))}")
        return read

    def by_port(self) -> Ints:
        """The number of the family (in the order of the file) of each port: those of tcp, then those of udp.

        Raises `UsageError` for a port that is none or that two families name.
        """
        numbers = list(self.families)
        found = np.full(len(PROTOCOLS) * PORTS, -1, dtype=np.int64)
        for number, (name, family) in enumerate(self.families.items()):
            for text in family.ports:
                first, last = _span(text, name)
                if (taken := found[first : last + 1]).max() >= 0:
                    raise UsageError(f"{_FILE}: families.{name}.ports: {text} is {numbers[taken.max()]}'s already")
                found[first : last + 1] = number
        found[found < 0] = numbers.index(OTHER)
        return found

    def after(self, shown: Iterable[str]) -> Rates:
        """As they are when he has shown these ATT&CK techniques. What is not in the table changes nothing.

        A technique's own entry counts before that of the technique it is part of; the largest factor counts.
        """
        factors: dict[str, float] = {}
        for technique in shown:
            said = self.shown.get(technique) or self.shown.get(technique.partition(".")[0], {})
            for name, factor in said.items():
                factors[name] = max(factor, factors.get(name, 1.0))
        sessions, entries = factors.get(CREDENTIALS, 1.0), factors.get(ENTRIES, 1.0)
        given = self.credentials
        return replace(
            self,
            families={name: _faster(family, factors.get(name, 1.0)) for name, family in self.families.items()},
            credentials=replace(
                given,
                taken_per_hour=given.taken_per_hour * sessions,
                privileged_begins_per_hour=given.privileged_begins_per_hour * sessions,
                ordinary_begins_per_hour=given.ordinary_begins_per_hour * sessions,
                privileged_per_hour=given.privileged_per_hour * sessions,
                ordinary_per_hour=given.ordinary_per_hour * sessions,
                directory_per_hour=given.directory_per_hour * sessions,
                vendor_dials_per_hour=given.vendor_dials_per_hour * entries,
                person_dials_per_hour=given.person_dials_per_hour * entries,
            ),
            leaves_per_hour=self.leaves_per_hour * factors.get(LEAVING, 1.0),
            hands_per_hour=self.hands_per_hour * factors.get(HANDS, 1.0),
        )


def _faster(family: Family, factor: float) -> Family:
    return replace(
        family,
        seen_per_hour=family.seen_per_hour * factor,
        unseen_per_hour=family.unseen_per_hour * factor,
        answers_per_hour=family.answers_per_hour * factor,
    )


def _span(text: str, family: str) -> tuple[int, int]:
    """The first and last place of ``tcp/445`` or ``udp/5000-5100`` in the table of `Rates.by_port`."""
    match = _PORTS.fullmatch(text)
    first, last = (int(match[2]), int(match[3] or match[2])) if match else (1, 0)
    if not match or not 0 <= first <= last < PORTS:
        raise UsageError(f"{_FILE}: families.{family}.ports: {text} is no port: write tcp/445 or udp/5000-5100")
    base = PROTOCOLS.index(match[1]) * PORTS
    return base + first, base + last
