"""Weeks of a simulated hospital's messages in a journal, and what a census costs at the end of days of them.

Only the clinic is lived, not the logs: stays begin and end as they do, and whoever has left is followed by others. Each
message arrives when it is said. Each figure comes from a process of its own, so that memory is that of a census alone.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Final, NamedTuple, ParamSpec, TypeVar

import msgspec

from codedark.app.continuing.census.checkpoint import checkpoints_of, save
from codedark.app.continuing.census.formats import HL7
from codedark.app.continuing.census.home import journal_of
from codedark.app.continuing.census.state import CensusState, Following
from codedark.app.continuing.packing.building import Builder
from codedark.app.hospital_files import usable_hospital
from codedark.app.simulation.files import write_inventory
from codedark.app.simulation.times import DEFAULT_START, period
from codedark.app.uncollected import uncollected
from codedark.continuity.hl7v2.site import site
from codedark.continuity.packs.told import Told
from codedark.simulate.acts import MessageSent
from codedark.simulate.chance import Seed
from codedark.simulate.life import live
from codedark.simulate.world import Order, world_of
from codedark.store.durable import put
from codedark.store.journal.journal import Journal
from codedark.store.packs.counters import Counters
from codedark.store.packs.keys import KEYS, make_keys
from codedark.store.packs.paper_rows import PaperRows

DAY_US: Final = 86_400_000_000
TAIL_US: Final = 600_000_000
"""What comes behind the last checkpoint: `serve` writes one every ten minutes."""
_SEED: Final = Seed(3)
_MIB: Final = 2**20
_Asked = ParamSpec("_Asked")
_Found = TypeVar("_Found")


class Weeks(NamedTuple):
    """What was written: the first number behind each day and before the last ten minutes, MiB of the journal behind
    each day, how many messages, and their digest.
    """

    ends: Sequence[int]
    tail: int
    journal_mib: Sequence[float]
    messages: int
    sha256: str


class Day(NamedTuple):
    """A census at the end of a day: its memory, and that it reads a day; a checkpoint; a round of packs."""

    day: int
    memory_mib: float
    read_seconds: float
    checkpoint_mib: float = 0.0
    save_seconds: float = 0.0
    round_seconds: float = 0.0
    patients: int = 0


def apart(made: Callable[_Asked, _Found], *args: _Asked.args, **more: _Asked.kwargs) -> _Found:
    """What this makes in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(made, *args, **more).result()


def written(home: Path, beds: int, days: int) -> Weeks:
    """A hospital with keys for its wards, and the messages of its days in the journal."""
    first_us, last_us = period(DEFAULT_START, days)
    world = world_of(Order(beds, _SEED, first_us, last_us))
    home.mkdir(parents=True)
    write_inventory(world, home)
    hospital = usable_hospital(home)
    packs = home / "packs"
    packs.mkdir()
    keys = make_keys(hospital.name, {ward.id: ward.name for ward in hospital.wards.values()}, rounds=10)
    put(packs / KEYS, msgspec.json.encode(keys.builder))
    Counters(packs).begin()
    PaperRows(packs).begin()
    ends, sizes, tail, messages, digest = list[int](), list[float](), 0, 0, hashlib.sha256()
    with Journal(journal_of(home), reserve_bytes=0) as journal:
        for acts in live([world.clinic], first_us, last_us):
            said = [act for act in acts if isinstance(act, MessageSent)]
            if said and said[0].at_us >= first_us + (len(ends) + 1) * DAY_US:
                ends.append(int(journal.sync()))
                sizes.append(size_mib(journal_of(home)))
            for act in said:
                octets = act.text.encode()
                digest.update(octets)
                number = journal.append("mllp://10.0.0.1", HL7, octets + b"\n", 1, act.at_us)
                tail = int(number) if act.at_us < last_us - TAIL_US else tail
                messages += 1
            journal.sync()
        ends.append(int(journal.sync()))
        sizes.append(size_mib(journal_of(home)))
    return Weeks(ends, tail, sizes, messages, digest.hexdigest())


def kept(home: Path, weeks: Weeks, told: Sequence[int]) -> list[Day]:
    """The census beside `serve`, with a checkpoint behind each of these days; the last one ten minutes before."""
    found, following = list[Day](), _following(home)
    for day, end in enumerate(weeks.ends, 1):
        is_last = day == len(weeks.ends)
        seconds = _read(following, weeks.tail if is_last else end)
        if day in told:
            memory_mib, start = _memory_mib(), time.process_time()
            save(journal_of(home), following.state, following.next)
            saved = time.process_time() - start
            newest = max(checkpoints_of(journal_of(home)).iterdir())
            found.append(Day(day, memory_mib, seconds, newest.stat().st_size / _MIB, saved))
    following.close()
    return found


def built(home: Path, weeks: Weeks, told: Sequence[int]) -> list[Day]:
    """The process that builds packs, without prints: a first round at the end of each of these days, of all wards."""
    found, following = list[Day](), _following(home)
    for day, end in enumerate(weeks.ends, 1):
        seconds = _read(following, end)
        if day in told:
            state, builder, at_us = following.state, Builder(home, usable_hospital(home), "en", most_printed=0), 0
            state.wards(state.heard_us)  # charts that are new are made; a round makes those of whom something is told
            start, at_us = time.process_time(), state.heard_us
            wards, charts = state.wards(at_us), state.charts(at_us).values()
            builder.round(Told(wards, charts, state.feeds.silences(at_us), at_us))
            taken = time.process_time() - start
            lying = sum(bed.chart is not None for beds in wards.values() for bed in beds)
            found.append(Day(day, _memory_mib(), seconds, round_seconds=taken, patients=lying))
    following.close()
    return found


def started(home: Path, weeks: Weeks) -> tuple[list[float], bool]:
    """CPU seconds of starts from the checkpoint, and whether that is the census that the whole journal makes."""
    seconds, states = list[float](), list[CensusState]()
    for _ in range(3):
        start = time.process_time()
        following = _following(home)
        following.catch_up()
        seconds.append(time.process_time() - start)
        following.close()
        states[:] = [following.state]
    for file in checkpoints_of(journal_of(home)).iterdir():
        file.rename(file.with_suffix(".aside"))
    following = _following(home)
    _read(following, weeks.ends[-1])
    for file in checkpoints_of(journal_of(home)).iterdir():
        file.rename(file.with_suffix(".checkpoint"))
    following.close()
    state, at_us = following.state, following.state.heard_us
    return seconds, state.wards(at_us) == states[0].wards(at_us)


def size_mib(folder: Path) -> float:
    """What the files of a folder take."""
    return sum(file.stat().st_size for file in folder.iterdir()) / _MIB


def memory_mib(process: int) -> float:
    """What a process has in memory."""
    fields = Path(f"/proc/{process}/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / _MIB


def _memory_mib() -> float:
    return memory_mib(os.getpid())


def _following(home: Path) -> Following:
    return Following(journal_of(home), CensusState(usable_hospital(home), site()))


def _read(following: Following, end: int) -> float:
    """Take in what is below a number, or a little more; CPU seconds."""
    start = time.process_time()
    with uncollected():
        while following.next < end and following.advance():
            pass
    return time.process_time() - start
