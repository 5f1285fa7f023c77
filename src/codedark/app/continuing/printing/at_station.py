"""What a print of a ward station says beyond a pack: when it was printed and by whom, and what was charted of each
patient since, in the words of whoever reads it. A print of a pack has none of this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from codedark.continuity.charts.chart import Allergy, PatientId
from codedark.continuity.charts.times import Times


class DrugCharted(NamedTuple):
    """Of a drug that the station lists: who ordered or stopped it on the ward, and what is to be asked first
    (``lines``); and the last of what was charted of it (``last``; empty where nothing was).
    """

    lines: tuple[str, ...] = ()
    last: tuple[str, ...] = ()


class Act(NamedTuple):
    """Something that was charted: when, what, what it took the place of or what is to be asked of it, by whom."""

    when: str
    what: str
    more: tuple[str, ...]
    by: str


class Charted(NamedTuple):
    """Of one patient: which part of a sheet is the station's (``told``), how whoever lies there came (``place``), what
    is boxed on top (``warnings``), which allergies and, by their ids, drugs and results are not the pack's alone, notes
    from before, and the acts of the last hours.
    """

    told: str = ""
    is_in_pack: bool = True
    place: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    allergies: frozenset[Allergy] = frozenset()
    drugs: Mapping[str, DrugCharted] = {}
    marks: Mapping[str, str] = {}
    notes: tuple[str, ...] = ()
    acts: tuple[Act, ...] = ()


NOTHING_CHARTED: Final = Charted()


class AtStation(NamedTuple):
    """Of the whole print, which is made at ``at_us``: ``exercise`` stands before each title, ``foot`` on each sheet,
    ``warnings`` on top of each, ``mark`` beside what the station knows. ``acts`` is the title of the list of acts,
    ``no_acts`` what stands there where there is none.
    """

    at_us: int
    clock: Times
    has_pack: bool
    exercise: str
    foot: tuple[str, ...]
    warnings: tuple[str, ...]
    mark: str
    acts: str
    no_acts: str
    charted: Mapping[PatientId, Charted]
    whom: frozenset[PatientId] = frozenset()
    """Whose sheets are printed; everybody's where nobody is named."""
