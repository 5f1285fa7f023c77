"""What packs are built from: all that the census and the hospital's own files tell at a moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import NamedTuple

from codedark.continuity.charts.chart import Chart, PatientId
from codedark.continuity.charts.schedule import Frequency
from codedark.continuity.charts.silence import Silence
from codedark.continuity.packs.own_papers import OwnPapers
from codedark.continuity.packs.pack import Bed
from codedark.hospital.ward import WardId


class Unmade(NamedTuple):
    """Whose chart cannot be made, the wards where he lies or is expected (None: not even that is known), and why."""

    patient: PatientId
    wards: frozenset[WardId] | None
    reason: str


class Told(NamedTuple):
    """Who lies where, all charts, feeds that fell silent, now, what the hospital itself adds, how often means what at
    this site where it differs, and whose charts could not be made.
    """

    wards: Mapping[WardId, tuple[Bed, ...]]
    charts: Collection[Chart]
    silences: tuple[Silence, ...]
    now_us: int
    papers: OwnPapers = OwnPapers()
    frequencies: Mapping[str, Frequency] = MappingProxyType({})
    unmade: tuple[Unmade, ...] = ()
