"""Building: from charts to one sealed pack for each ward, in the outbox from which wards pull."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from codedark.app.continuing.outbox import FOLDER, Built, name_of, outbox
from codedark.app.continuing.printing.prints import most_rows, prints
from codedark.continuity.chart import Chart
from codedark.continuity.numbers import Kind, part
from codedark.continuity.pack import Bed, Counter, Pack
from codedark.continuity.pack_data import FILE, to_bytes
from codedark.continuity.page_lock import as_json
from codedark.continuity.pages.page import heading, page
from codedark.continuity.pages.payload import payload
from codedark.continuity.ward_pack import told_wards, ward_pack
from codedark.errors import UsageError
from codedark.hospital.hospital import Hospital
from codedark.hospital.ward import WardId
from codedark.store.durable import put
from codedark.store.pack_counters import Counters
from codedark.store.pack_keys import BuilderKeys, WardKeys, file_of, read_builder_keys
from codedark.store.page_lock import locked
from codedark.store.paper_rows import PaperRows
from codedark.store.seal import sealed_pack, told_of
from codedark.store.ward_packs import PAGE

_PAPER: Final = 0
"""The tenth of a ward's entry numbers that is for printed forms."""
_FORMS: Final = "forms.pdf"
_MOST_SILENT_US: Final = 300 * 1_000_000
_PRINTED_EVERY_US: Final = 600 * 1_000_000


class Told(NamedTuple):
    """What packs are built from: who lies where, all charts, sentences about silent feeds, and now."""

    wards: Mapping[WardId, tuple[Bed, ...]]
    charts: Collection[Chart]
    stalled: tuple[str, ...]
    now_us: int


class Round(NamedTuple):
    """What a round built; the wards with patients that have no keys, with how many patients those are; the wards with
    beds of which no source ever told; and whether any source told of any stay: if not, nothing is built.
    """

    built: tuple[Built, ...]
    without_keys: Mapping[WardId, int]
    untold: tuple[WardId, ...] = ()
    is_heard: bool = True


class Builder:
    """Builds the packs of one hospital, each when there is something new to say. ``home`` has keys and counters.

    Documents to print take seconds a ward. So they are made anew every ten minutes only, for at most ``most_printed``
    wards a round, which may be changed between rounds; each page of them says of when it is.

    Raises `UnusableInput` for keys that are not there, `UsageError` for those of another hospital.
    """

    def __init__(
        self, home: Path, hospital: Hospital, language: str, *, with_prints: bool = True, most_printed: int = 10_000
    ) -> None:
        folder = home / FOLDER
        self._keys = read_builder_keys(folder)
        if self._keys.hospital != hospital.name:
            raise UsageError(
                f"{folder}: these are the keys of {self._keys.hospital}, and the model is of {hospital.name}"
            )
        self._counters = Counters(folder)
        self._rows = PaperRows(folder)
        self._forms = folder / "forms"
        self._hospital, self._language = hospital, language
        self.most_printed = most_printed if with_prints else 0
        self._printed: dict[WardId, tuple[int, dict[str, bytes]]] = {}
        self._outbox = outbox(home)
        self._outbox.mkdir(parents=True, exist_ok=True, mode=0o755)
        self._last: dict[WardId, Pack] = {}

    def round(self, told: Told) -> Round:
        """Build the pack of each ward of which something is new, or whose last one is five minutes old.

        Raises `UnusableInput` where counters are lost, OSError; the packs that are in the outbox stay.

        1. Where no source ever told of a stay, packs of nobody would be lies: none is built.
        2. A number is taken, and on disk, before its pack is made.
        3. What is printed of the ward is that of the last time, where it is new enough or others come first.
        4. A pack is in the outbox as a whole or not at all; the one before is there until then.
        """
        untold = self._untold(told)
        if not any(chart.visits for chart in told.charts):  # (1)
            return Round((), {}, untold, is_heard=False)
        built = []
        to_print = self._to_print(told.now_us)
        for name in sorted(self._keys.wards, key=to_print.__contains__):  # what takes long comes last
            ward, keys = WardId(name), self._keys.wards[name]
            pack = self._pack(ward, keys.number, told)
            if ward not in to_print and not _is_due(self._last.get(ward), pack):
                continue
            pack = replace(pack, counter=self._counters.next(ward))  # (2)
            if ward in to_print:  # (3)
                self._printed[ward] = told.now_us, self._prints(pack)
            files = self._printed.get(ward, (0, {}))[1]
            sealed = _sealed(pack, self._keys, keys, self._language, files)
            path = self._outbox / name_of(ward)
            put(path, sealed, 0o644)  # (4) sealed: whoever has it has nothing
            self._last[ward] = pack
            built.append(Built(path, told_of(sealed)))
        lying = {ward: sum(bed.chart is not None for bed in beds) for ward, beds in told.wards.items()}
        missing = {ward: patients for ward, patients in lying.items() if patients and ward not in self._keys.wards}
        return Round(tuple(built), missing, untold)

    def _untold(self, told: Told) -> tuple[WardId, ...]:
        """The wards with keys and beds of which no source has ever told who lies there."""
        heard = told_wards(told.charts)
        return tuple(
            ward for ward in map(WardId, sorted(self._keys.wards)) if ward not in heard and told.wards.get(ward)
        )

    def _to_print(self, now_us: int) -> frozenset[WardId]:
        """The wards whose documents are made anew in this round: the oldest first."""
        made_us = {WardId(name): self._printed.get(WardId(name), (0, {}))[0] for name in self._keys.wards}
        due = [ward for ward in made_us if now_us - made_us[ward] >= _PRINTED_EVERY_US]
        return frozenset(sorted(due, key=lambda ward: made_us[ward])[: self.most_printed])

    def _prints(self, pack: Pack) -> dict[str, bytes]:
        """The documents of a pack. Forms go along as they are until others may be printed (`PaperRows`).

        Numbers are durably taken before the forms that have them are made, and forms lie on disk before they are
        sealed: a builder that is started anew goes on with the same ones.
        """
        held = self._forms / file_of(pack.ward, f".{self._language}.pdf")
        numbers = None
        if self._rows.is_due(pack.ward, pack.built_us) or not held.exists():
            paper = part(next(block for block in pack.numbers if block.kind == Kind.ENTRY), _PAPER)
            numbers = self._rows.take(pack.ward, paper, most_rows(pack), pack.built_us)
        made = {f"{name}.pdf": file for name, file in prints(pack, self._language, numbers).items()}
        if _FORMS in made:
            self._forms.mkdir(exist_ok=True, mode=0o700)
            put(held, made[_FORMS], 0o600)
        return {**made, _FORMS: held.read_bytes()}

    def _pack(self, ward: WardId, number: int, told: Told) -> Pack:
        beds = told.wards.get(ward, ())
        return ward_pack(self._hospital, ward, beds, told.charts, Counter(0), number, told.now_us, told.stalled)


def _is_due(last: Pack | None, pack: Pack) -> bool:
    """Whether there is anything new, or enough time has passed for a ward to wonder."""
    if last is None or pack.built_us - last.built_us >= _MOST_SILENT_US:
        return True
    timeless = replace(pack, counter=last.counter, built_us=last.built_us, verify_after_us=last.verify_after_us)
    return timeless != last


def _sealed(pack: Pack, keys: BuilderKeys, ward: WardKeys, language: str, prints_of: Mapping[str, bytes]) -> bytes:
    about = f"{pack.hospital}, {pack.ward_name} ({pack.ward}), pack {pack.counter}"
    lock = locked(payload(pack), ward.page, about)
    shown = page(heading(pack), as_json(lock), language).encode("utf-8", "replace")
    files = {PAGE: shown, FILE: to_bytes(pack), **prints_of}
    return sealed_pack(pack, files, [ward.transport, keys.recovery], keys.signing)
