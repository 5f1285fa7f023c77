"""What a source says: facts, each of one patient and one thing, and when it was said.

A fact names a thing (an order by its placer number, a stay by its number) and what some of its fields are. A field that
a message does not speak of is not in its fact; a field that it empties (HL7's ``""``) is there with an empty value.
Facts are compared by `Said` alone, so they may come in any order, late and doubled (decision 15).
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final, NamedTuple

from codedark.continuity.charts.chart import Group, PatientId

CONTEXT: Final = 0
"""Said beside the matter: the location in a laboratory's message. Holds only until somebody says it as such."""
OWN: Final = 1
"""Said by a message or resource whose matter it is."""

MOST_LETTERS: Final = 16_384
MOST_KEY: Final = 200
"""How long a text, and a number of anything, may be."""
LIST: Final = "list "
"""Keys of whole lists begin so; the source's name follows. A newer list of a source replaces its older one."""
NONE_KNOWN: Final = "none_known"
"""The field of a thing which says that there is none, not that nothing was asked."""
FILLER: Final = "filler"
"""The field of an order that has the number which whoever fills it gave to it (ORC-3)."""
GONE: Final = "gone"
"""The field of a thing that was entered in error or taken back."""


class Said(NamedTuple):
    """When and by whom; what is greater holds.

    ``number`` orders what one source says within a second: its message's control id, by length and then by text.
    """

    rank: int
    at_us: int
    source: str
    number: tuple[int, str] = (0, "")


class Fact(NamedTuple):
    """Some fields of one thing of one patient. ``fields`` are those of the chart's type for ``group``."""

    patient: PatientId
    group: Group
    key: str
    fields: tuple[tuple[str, Any], ...]
    said: Said
    visit: str = ""
    """The stay in which it was said, where that was told: it goes where the stay is moved."""


class Same(NamedTuple):
    """Two numbers are one patient: ``merged`` lives on as ``into``. Also the number that a FHIR server gave itself."""

    merged: PatientId
    into: PatientId
    said: Said


class Move(NamedTuple):
    """A stay (``visit``), or with ``is_account`` the stays of an account, or all that was told so far (""), went from
    ``patient`` to ``into`` and is called ``to_visit`` now ("": as before). The two may be one patient.
    """

    patient: PatientId
    visit: str
    into: PatientId
    to_visit: str
    said: Said
    is_account: bool = False


Statement = Fact | Same | Move


def told(fields: Iterable[tuple[str, Any]]) -> tuple[tuple[str, Any], ...]:
    """Only the fields that were told: those that are not None. Texts that no ward can read are bounded."""
    return tuple(
        [
            (name, bounded(value) if isinstance(value, str) and len(value) > MOST_LETTERS else value)
            for name, value in fields
            if value is not None
        ]
    )


def bounded(text: str) -> str:
    """The beginning of a text, and how long it was: one of megabytes would hold up the packs of everybody."""
    return f"{text[:MOST_LETTERS]} [… CUT: {MOST_LETTERS:,} of {len(text):,} letters]"


def bounded_key(key: str) -> str:
    """A key of a thing, no longer than any that is meant as one; different keys stay different."""
    return key if len(key) <= MOST_KEY else f"{key[:MOST_KEY]}#{sha256(key.encode('utf-8', 'replace')).hexdigest()}"
