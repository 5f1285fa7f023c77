"""Building: from charts to one sealed pack for each ward, in the outbox from which wards pull."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from msgspec.structs import replace

from codedark.app.continuing.census.state import CensusState
from codedark.app.continuing.packing.documents import OF_ALL, Documents
from codedark.app.continuing.packing.outbox import FOLDER, Built, name_of, outbox
from codedark.app.own_errors import apart
from codedark.continuity.charts.chart import Chart
from codedark.continuity.packs.numbers import MOST_WARDS
from codedark.continuity.packs.own_papers import OwnPapers
from codedark.continuity.packs.pack import Counter, Pack
from codedark.continuity.packs.pack_data import FILE, to_bytes
from codedark.continuity.packs.page_lock import as_json
from codedark.continuity.packs.told import Told
from codedark.continuity.packs.ward_pack import told_wards, ward_pack
from codedark.continuity.pages.page import heading, page
from codedark.continuity.pages.payload import payload
from codedark.errors import UsageError
from codedark.hospital.hospital import Hospital
from codedark.hospital.ward import WardId
from codedark.store.durable import put
from codedark.store.packs.counters import Counters
from codedark.store.packs.keys import BuilderKeys, WardKeys, read_builder_keys
from codedark.store.packs.page_lock import locked
from codedark.store.packs.seal import sealed_pack, told_of
from codedark.store.packs.ward_packs import PAGE

_MOST_SILENT_US: Final = 300 * 1_000_000
_AGES_EVERY_US: Final = 60 * 1_000_000


class Round(NamedTuple):
    """What a round built; the wards with patients that have no keys, with how many patients those are; the wards with
    beds of which no source ever told; whether any source told of any stay: if not, nothing is built; and the wards
    whose pack, or whose documents to print, meet an error of ours, and which: what they had stays.
    """

    built: tuple[Built, ...]
    without_keys: Mapping[WardId, int]
    untold: tuple[WardId, ...] = ()
    is_heard: bool = True
    failed: Mapping[WardId, str] = MappingProxyType({})
    unprinted: Mapping[WardId, str] = MappingProxyType({})

    @property
    def is_whole(self) -> bool:
        """Whether every ward with patients has all that can be told of them."""
        return self.is_heard and not (self.without_keys or self.failed or self.unprinted)


def told_by(state: CensusState, now_us: int, papers: OwnPapers) -> Told:
    """What a census tells at a moment, with the hospital's own papers."""
    wards, charts = state.wards(now_us), state.charts(now_us).values()
    return Told(wards, charts, state.feeds.silences(now_us), now_us, papers, state.frequencies, state.unmade)


class Builder:
    """Builds the packs of one hospital, each when there is something new to say. ``home`` has keys and counters;
    documents to print are made for at most ``most_printed`` wards a round (`Documents`).

    Raises `UnusableInput` for keys that are not there, `UsageError` for those of another hospital.
    """

    def __init__(self, home: Path, hospital: Hospital, language: str, *, most_printed: int = MOST_WARDS) -> None:
        folder = home / FOLDER
        self._keys = read_builder_keys(folder)
        if self._keys.hospital != hospital.name:
            raise UsageError(
                f"{folder}: these are the keys of {self._keys.hospital}, and the model is of {hospital.name}"
            )
        self._counters = Counters(folder)
        self.documents: Final = Documents(folder, language, map(WardId, self._keys.wards), most_printed)
        self._hospital, self._language = hospital, language
        self._outbox = outbox(home)
        self._outbox.mkdir(parents=True, exist_ok=True, mode=0o755)
        self._last: dict[WardId, Pack] = {}

    def round(self, told: Told) -> Round:
        """Build the pack of each ward of which something is new, or whose last one is five minutes old; a minute, where
        only the ages of its data are new.

        Raises `UnusableInput` where counters are lost, OSError; the packs that are in the outbox stay.

        1. Where no source ever told of a stay, packs of nobody would be lies: none is built.
        2. A number is taken, and on disk, before its pack is made.
        3. What is printed of the ward is that of the last time, where it is new enough or others come first.
        4. A pack is in the outbox as a whole or not at all; the one before is there until then.
        5. A ward whose data meet an error of ours keeps what it has, and is named; the others go on.
        """
        untold = self._untold(told)
        if not any(chart.visits for chart in told.charts):  # (1)
            return Round((), {}, untold, is_heard=False)
        built, failed = list[Built](), dict[WardId, str]()
        unmade = {ward: each.reason for each in told.unmade for ward in each.wards or () if ward in self._keys.wards}
        to_print = self.documents.turns(told.now_us)
        for ward in sorted(map(WardId, self._keys.wards), key=to_print.__contains__):  # what takes long comes last
            with apart(partial(failed.__setitem__, ward), OF_ALL):  # (5)
                made = self._made(ward, told, is_printed=ward in to_print) if ward not in unmade else None
                built += [made] if made else []
        lying = {ward: sum(bed.chart is not None for bed in beds) for ward, beds in told.wards.items()}
        missing = {ward: patients for ward, patients in lying.items() if patients and ward not in self._keys.wards}
        return Round(tuple(built), missing, untold, failed=unmade | failed, unprinted=dict(self.documents.unmade))

    def _made(self, ward: WardId, told: Told, *, is_printed: bool) -> Built | None:
        """The pack of a ward, in the outbox; None where nothing is new."""
        keys = self._keys.wards[ward]
        pack = ward_pack(self._hospital, ward, keys.number, told, Counter(0))
        if not is_printed and not _is_due(self._last.get(ward), pack):
            return None
        pack = replace(pack, counter=self._counters.next(ward))  # (2)
        if is_printed:  # (3)
            self.documents.make(pack)
        own = told.papers.documents_of(ward)
        sealed = _sealed(pack, self._keys, keys, self._language, self.documents.of(ward), own)
        path = self._outbox / name_of(ward)
        put(path, sealed, 0o644)  # (4) sealed: whoever has it has nothing
        self._last[ward] = pack
        return Built(path, told_of(sealed))

    def _untold(self, told: Told) -> tuple[WardId, ...]:
        """The wards with keys and beds of which no source has ever told who lies there."""
        heard = told_wards(told.charts)
        return tuple(
            ward for ward in map(WardId, sorted(self._keys.wards)) if ward not in heard and told.wards.get(ward)
        )


def _is_due(last: Pack | None, pack: Pack) -> bool:
    """Whether there is anything new, or enough time has passed for a ward to wonder.

    A feed that lives makes every chart of the hospital younger with each message. So where nothing but ages is new, a
    pack is made once a minute only.
    """
    if last is None or not 0 <= pack.built_us - last.built_us < _MOST_SILENT_US:  # also where a clock was set back
        return True
    same = replace(pack, counter=last.counter, built_us=last.built_us, verify_after_us=last.verify_after_us)
    return same != last and (pack.built_us - last.built_us >= _AGES_EVERY_US or _ageless(same) != _ageless(last))


def _ageless(pack: Pack) -> Pack:
    """A pack without what time alone changes; which feeds have stalled stays."""
    beds = tuple(replace(bed, chart=_ageless_chart(bed.chart)) if bed.chart else bed for bed in pack.beds)
    return replace(pack, beds=beds, newest_us=0, oldest_us=0)


def _ageless_chart(chart: Chart) -> Chart:
    as_of = {group: tuple(replace(each, until_us=0) for each in heard) for group, heard in chart.as_of.items()}
    return replace(chart, as_of=as_of)


def _sealed(
    pack: Pack, keys: BuilderKeys, ward: WardKeys, language: str, printed: bytes, documents: Mapping[str, bytes]
) -> bytes:
    about = f"{pack.hospital}, {pack.ward_name} ({pack.ward}), pack {pack.counter}"
    lock = locked(payload(pack), ward.page, about)
    shown = page(heading(pack), as_json(lock), language).encode("utf-8", "replace")
    files = {PAGE: shown, FILE: to_bytes(pack), **documents}
    return sealed_pack(pack, files, [ward.transport, keys.recovery], keys.signing, printed)
