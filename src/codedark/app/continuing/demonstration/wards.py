"""The demonstration goes on: sealed packs of every ward before, during and after the attack.

The clock is the simulated hospital's, and only that is changed: intake, journal, census, builder and wards are the real
ones. What the record held when the demonstration begins comes as FHIR, what happens then as the HL7 v2 messages that
the simulated interface engine sends.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple

from codedark.app.continuing.census.formats import FHIR, LIVE
from codedark.app.continuing.census.home import journal_of
from codedark.app.continuing.census.intake import Intake
from codedark.app.continuing.census.state import CensusState, Following
from codedark.app.continuing.packing.building import Builder, Round, told_by
from codedark.app.continuing.packing.ceremony import hold
from codedark.app.continuing.packing.outbox import FOLDER, name_of, outbox
from codedark.app.continuing.packing.own_papers import OwnFiles
from codedark.app.hospital_files import usable_hospital
from codedark.app.watching.demonstration import LOGS
from codedark.continuity.hl7v2.read import Reader
from codedark.continuity.hl7v2.site import site
from codedark.continuity.packs.manifest import Accepted
from codedark.errors import CodeDarkError
from codedark.events.moments import microseconds_of
from codedark.exchange.mllp_receiver import Received
from codedark.hospital.ward import WardId
from codedark.simulate.clinic.record import Record
from codedark.simulate.habit import HOUR_US
from codedark.simulate.messages import Messages
from codedark.simulate.world import Order, world_of
from codedark.store.journal.journal import Journal
from codedark.store.packs.keys import file_of
from codedark.store.packs.ward_packs import KEYS, WardPacks

WARDS: Final = "wards"
_SOURCE: Final = f"{LIVE}demonstration"
_RECORD_US: Final = 72 * HOUR_US
_EVERY_SECONDS: Final = 3.0
_ENDS: Final = b"\r\n"
"""A segment's end, then the empty line behind a message."""
_MOST_RECORDS: Final = 500


class Packed(NamedTuple):
    """What packs there were: how many rounds, how many packs, in how many wards, and patients in the newest of them.

    ``messages`` are HL7 messages that came in while the attack ran, ``at_us`` when the last packs were built.
    """

    rounds: int
    packs: int
    wards: int
    patients: int
    messages: int
    at_us: int


class Packs:
    """The packs of the hospital in ``home``, which `furnish` has made. Closed by `kept_fresh`.

    When this returns there is one pack for each ward, with documents to print, as the record stood at the beginning.
    """

    def __init__(self, order: Order, home: Path) -> None:
        hospital = usable_hospital(home)
        self._home, self._hospital = home, hospital
        self.passphrases: Final[Mapping[WardId, str]] = hold(home / "keys", hospital, "en").passphrases
        shutil.copytree(home / "keys" / "builder", home / FOLDER)
        shutil.copytree(
            str(files("codedark") / "content/continuity/demonstration"), home / "continuity", dirs_exist_ok=True
        )
        self._own: Final = OwnFiles(home, hospital)
        self._journal: Final = Journal(journal_of(home))
        own = site()
        self._following: Final = Following(journal_of(home), CensusState(hospital, own))
        self._intake: Final = Intake(self._journal, Reader(own, hospital.time_zone), lambda: self._now_us)
        self._builder: Final = Builder(home, hospital, "en")
        self._now_us = order.first_us
        self._read_bytes = 0
        self._messages = 0
        self._rounds: list[Round] = []
        self._admit(order)
        self._build()
        self._builder.documents.most = 0  # minutes here are seconds: they are printed once more, at the end

    @contextmanager
    def kept_fresh(self, until_us: int) -> Iterator[None]:
        """In here, messages are taken in as they come, and packs built of what is new; when this ends, once more as of
        ``until_us``, with new documents to print. Raises what building raises.
        """
        done = threading.Event()
        with ThreadPoolExecutor(1) as beside:
            building = beside.submit(self._keep_fresh, done)
            try:
                yield
            finally:
                done.set()
        try:
            building.result()
            self._take_in()
            self._now_us = max(self._now_us, until_us)
            self._builder.documents.most = len(self.passphrases)
            self._build()
        finally:
            self._following.close()
            self._journal.close()

    def packed(self) -> Packed:
        """The account of it."""
        newest = {built.manifest.ward: built.manifest for each in self._rounds for built in each.built}
        packs = sum(len(each.built) for each in self._rounds)
        patients = sum(manifest.patients for manifest in newest.values())
        return Packed(len(self._rounds), packs, len(newest), patients, self._messages, self._now_us)

    def largest(self) -> WardId:
        """The ward that had most patients in beds at the beginning."""
        first = [built.manifest for built in self._rounds[0].built]
        return WardId(max(first, key=lambda manifest: (manifest.patients, manifest.ward)).ward)

    def pulled(self, now_us: int) -> dict[WardId, WardPacks]:
        """Every ward has its own folder and keys, and takes its pack. Raises `CodeDarkError` where one does not."""
        found = {}
        for ward in self.passphrases:
            folder = self._home / WARDS / file_of(ward, "")
            folder.mkdir(parents=True, mode=0o700)
            shutil.copy(self._home / "keys" / WARDS / file_of(ward, ".json"), folder / KEYS)
            found[ward] = WardPacks(folder)
            verdict = found[ward].receive((outbox(self._home) / name_of(ward)).read_bytes(), now_us)
            if not isinstance(verdict, Accepted):
                raise CodeDarkError(f"{folder}: the ward did not take its pack: {verdict}")
        return found

    def _admit(self, order: Order) -> None:
        """Everybody who is in, as the record has them: three days of it. The hospital is a second one of the same
        order, because what is done for patients is made as it is lived.
        """
        clinic = world_of(order).clinic
        stays = [stay for stay in clinic.stays if stay.from_us < order.first_us <= stay.until_us]
        patients = {stay.patient.id: stay.patient for stay in stays}
        record = Record(clinic.site, clinic.clock, clinic.care, order.first_us - _RECORD_US, order.first_us)
        lines = [line for _, line in record.resources(stays, patients, ())]
        for first in range(0, len(lines), _MOST_RECORDS):
            some = lines[first : first + _MOST_RECORDS]
            self._journal.append("file://record.ndjson", FHIR, b"".join(some), len(some), order.first_us)
        self._journal.sync()

    def _keep_fresh(self, done: threading.Event) -> None:
        while not done.wait(_EVERY_SECONDS):
            if self._take_in():
                self._build()

    def _take_in(self) -> int:
        """Take in the messages that were sent since, and say how many. One of which only a part is there comes next."""
        path = self._home / LOGS / f"{Messages.name}{Messages.suffix}"
        if not path.exists():
            return 0
        with path.open("rb") as file:
            file.seek(self._read_bytes)
            octets = file.read()
        whole = octets[: octets.rfind(_ENDS) + len(_ENDS)] if _ENDS in octets else b""
        self._read_bytes += len(whole)
        sent = [Received(_SOURCE, message + b"\r") for message in whole.split(_ENDS) if message]
        if sent:
            self._now_us = max(self._now_us, *(_sent_us(each.message) for each in sent))
        refused = [reason for reason in self._intake(sent) if reason] if sent else []
        if refused:
            raise CodeDarkError(f"{path}: the simulated hospital sent what cannot be read: {refused[0]}")
        self._messages += len(sent)
        return len(sent)

    def _build(self) -> None:
        self._following.catch_up()
        told = told_by(self._following.state, self._now_us, self._own.papers())
        self._rounds.append(self._builder.round(told))


def _sent_us(message: bytes) -> int:
    """When a message of the simulated interface engine was made (MSH-7)."""
    return microseconds_of(datetime.strptime(message.split(b"|", 7)[6].decode(), "%Y%m%d%H%M%S%z"))
