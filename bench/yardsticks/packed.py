"""A simulated hospital whose wards get packs: its resources in a journal, its last messages, keys for every ward."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from codedark.app.continuing.census.files import messages
from codedark.app.continuing.census.intake import load
from codedark.app.continuing.census.state import CensusState, Following
from codedark.app.continuing.packing.building import Builder as PackBuilder
from codedark.app.continuing.packing.building import Round, told_by
from codedark.app.hospital_files import usable_hospital
from codedark.app.simulation.files import write_inventory, write_resources
from codedark.app.simulation.recorder import Recorder, all_witnesses
from codedark.app.simulation.times import DEFAULT_START, period
from codedark.app.simulation.writing import Written
from codedark.app.wall_clock import now_us
from codedark.continuity.hl7v2.site import site
from codedark.continuity.packs.own_papers import OwnPapers
from codedark.continuity.packs.told import Told
from codedark.hospital.hospital import Hospital
from codedark.simulate.chance import Seed
from codedark.simulate.world import Order, world_of
from codedark.store.durable import put
from codedark.store.journal.journal import Journal
from codedark.store.packs.counters import Counters
from codedark.store.packs.keys import KEYS, make_keys
from codedark.store.packs.paper_rows import PaperRows

EXPORTED_US: Final = 1_768_172_400_000_000
"""When the resources were exported: before the first message."""
_SEED: Final = Seed(3)


class Packed(NamedTuple):
    """A hospital in ``home``, with its FHIR resources in the journal there, and its messages beside it in order."""

    home: Path
    hospital: Hospital
    octets: Sequence[bytes]

    @property
    def journal(self) -> Path:
        """The folder of the census's journal."""
        return self.home / "continuity" / "journal"


def packed(home: Path, beds: int, days: float) -> Packed:
    """Simulate a hospital without its logs; wards have keys that are stretched little."""
    first_us, last_us = period(DEFAULT_START, days)
    world = world_of(Order(beds, _SEED, first_us, last_us))
    home.mkdir(parents=True)
    write_inventory(world, home)
    account = Written()
    with Recorder(home, all_witnesses(world)[-1:]) as recorder:  # the archive of messages
        for acts in world.live():
            recorder.record(acts)
    write_resources(world, home, account.records, account.octets)
    hospital = usable_hospital(home)
    octets = [message for file in sorted((home / "hl7").glob("*.hl7")) for message in messages(file.read_bytes())]
    packs = home / "packs"
    packs.mkdir()
    keys = make_keys(hospital.name, {ward.id: ward.name for ward in hospital.wards.values()}, rounds=10)
    put(packs / KEYS, msgspec.json.encode(keys.builder))
    Counters(packs).begin()
    PaperRows(packs).begin()
    told = Packed(home, hospital, octets)
    told.journal.mkdir(parents=True)
    with Journal(told.journal, reserve_bytes=0) as journal:
        load([home / "fhir"], journal, EXPORTED_US)
    return told


def rebuilt(told: Packed) -> CensusState:
    """The census from the journal, as every command makes it."""
    state = CensusState(told.hospital, site())
    following = Following(told.journal, state)
    following.catch_up()
    following.close()
    return state


def round_of(builder: PackBuilder, state: CensusState) -> tuple[Round, Told]:
    """A round, as `codedark pack build` makes it."""
    at_us = now_us()
    told = told_by(state, at_us, OwnPapers())
    return builder.round(told), told
