"""What a ward does in a night, as plain data; and how a nurse brings it to a station.

Every act has a word of its own (``marker``), by which it is found again in a record or a message whatever its number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from codedark.app.ward.charting import Asked, consider
from codedark.app.ward.vouching import SET_UP, are_two, vouch
from codedark.continuity.entries.entry import Checked, Entry, Identifier
from codedark.store.station.station import Station, Written


class Person(NamedTuple):
    """A patient as the wristband has it. ``number`` of an unknown one is reserved by the station that admits."""

    number: str
    family: str
    born: str


ANNA = Person("4711", "Peeters", "1951-07-23")
ANNE = Person("4712", "Peeters", "1951-07-24")
JAN = Person("4713", "Janssens", "1960-01-02")
PATIENTS = (ANNA, ANNE, JAN)
UNKNOWN = Person("", "Unknown Birch", "")

ALONE = "nobody else | on the ward"
NURSE, WITNESS, OTHER_NURSE = "M. Claes", "An Wouters", "J. Maes"
_PINS = f'{{"{NURSE}": "salt:hash", "{WITNESS}": "salt:hash"}}'
"""That they have one; nobody signs in with it."""


class Act(NamedTuple):
    """One act for one patient. ``replaces`` is the row of what it corrects or (kind void) takes back."""

    marker: str
    kind: str
    person: Person
    fields: Mapping[str, str]
    row: str
    at_us: int
    replaces: str = ""
    together: int = 0
    """Acts of one night with the same number, from 1, are written in one go."""
    witness: str = ""
    is_unvouched: bool = False
    """Nobody vouched at its station that nurse and witness are two people."""

    @property
    def alone(self) -> str:
        """Why nobody else signed, where it is a high-alert dose and nobody did."""
        return ALONE if "is_high_alert" in self.fields and not self.witness else ""


class Night(NamedTuple):
    """Acts by the station at which they are charted first (0 or 1); ``twins`` are charted at the other one as well,
    from the same paper row, by somebody else.
    """

    acts: tuple[tuple[int, Act], ...]
    twins: frozenset[str]
    """Their rows."""
    vouched: Mapping[int, int]
    """Before which act, counted from 0, somebody vouches at a station for nurse and witness."""

    def voided(self) -> frozenset[str]:
        """Rows of what was never to be, or has a correction in its place."""
        return frozenset(act.replaces for _, act in self.acts if act.replaces)


def charted(station: Station, acts: Sequence[Act], unknown: str, author: str = NURSE) -> tuple[list[Entry], Written]:
    """What a nurse does with one act, or with several that are written in one go. ``unknown`` is the number of the
    patient whom nobody knew. Raises as `consider` and `Station.write` do.
    """
    now_us = acts[0].at_us + 90 * 1_000_000
    entries = [consider(station, _asked(station, act, unknown, author), now_us).entry for act in acts]
    return entries, station.write(*entries)


def vouched(station: Station) -> None:
    """Whoever sets the station up vouches for nurse and witness."""
    station.keep("people", _PINS)
    for each in (NURSE, WITNESS):
        vouch(station, each, SET_UP)


def _asked(station: Station, act: Act, unknown: str, author: str) -> Asked:
    number = act.person.number or unknown
    checked = [Checked(Identifier.NAME, act.person.family)]
    checked.append(Checked(Identifier.BORN, act.person.born) if act.person.born else Checked(Identifier.NUMBER, number))
    is_new = act.kind == "admission"
    return Asked(
        act.kind, act.fields, "" if is_new else number, () if is_new else tuple(checked), author, act.witness,
        act.at_us, act.row, act.replaces, "typing" if act.replaces else "", is_sure=True,
        is_unvouched=not are_two(station, author, act.witness), alone=act.alone,
    )  # fmt: skip
