"""The parts that follow the journal, put together from an installation's folder."""

from __future__ import annotations

import gc
import os
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from codedark.app.archive.archivist import Archivist, Pace
from codedark.app.hospital_files import usable_hospital
from codedark.app.rules import HOSPITAL_RULES, load_rules
from codedark.app.watching.care_files import care_of_folder
from codedark.app.watching.configuration import Configuration, load
from codedark.app.watching.ending import Ending
from codedark.app.watching.judge import Judge, Judged
from codedark.app.watching.log import log
from codedark.app.watching.part import Part, deaths_in
from codedark.app.watching.watcher import Rules, Watcher
from codedark.app.watching.wiring import watcher_of
from codedark.detect.behaviour.care import Care
from codedark.detect.finding import Level
from codedark.events.record import Rejected
from codedark.hospital.hospital import Hospital
from codedark.hospital.load.document import HOSPITAL_FILE
from codedark.store.checkpoint import Checkpoints
from codedark.store.journal.end import published
from codedark.store.journal.follower import Follower
from codedark.store.lake.lake import Lake
from codedark.store.lake.retention import Retention
from codedark.store.rule_cache import RuleCache
from codedark.store.state.state import State

_IDLE_SECONDS: Final = 0.1
_SAY_SECONDS: Final = 1.0
_READ_BYTES: Final = 8 << 20
_UPKEEP_SECONDS: Final = 300.0
_FINISH_SECONDS: Final = 20.0
"""So long the archivist goes on at most when `serve` was stopped: a search right after that should find everything."""
_YIELDS: Final = 10
"""How nice the archivist is (`nice(2)`): where there are not cores enough it gets about a tenth of what the judge
gets. Alarms must not wait for the lake; the lake may wait, because the journal keeps what is not in it yet.
"""
_COLLECTED_AFTER: Final = 50_000
"""Objects that are made between two searches for cycles (Python's own figure is 700, for small programs)."""


def judge(home: Path, cache: Path, parent: int) -> None:
    """Judge until asked to stop."""
    part = Part(home, "judge", parent)
    damaged: list[str] = []
    watcher, problems = watcher_from(home, load(home), cache)
    state = State(home / "state.sqlite")
    judging = Judge(
        home / "journal",
        watcher,
        state,
        Checkpoints(home / "checkpoints"),
        lambda damage: damaged.append(str(damage)),
        deaths_in(home, "judge"),
    )

    gc.collect()
    gc.freeze()  # the rules stay to the end: each search for cycles would look at all of them again
    gc.set_threshold(_COLLECTED_AFTER)

    def say(account: Judged) -> None:
        found = [*problems, *judging.problems(), *damaged[-20:]]
        part.say(account=account, saved=judging.saved_next, needed=judging.needed, problems=found)

    say(judging.account)
    judging.run(part.stopped, say)
    state.close()


def watcher_from(home: Path, configuration: Configuration, cache: Path) -> tuple[Watcher, list[str]]:
    """The watch that an installation asks for, and what of it cannot be had, a sentence each.

    Raises `CodeDarkError` where it cannot be had at all.
    """
    hospital = hospital_of(home, configuration)
    placeholders: Mapping[str, Sequence[str]] = hospital.placeholders if hospital else {}
    folders = [each if each == HOSPITAL_RULES else str(home / each) for each in configuration.rules.folders]
    loaded = load_rules(folders, placeholders, RuleCache(cache))
    rules = Rules(
        loaded.rulebook,
        loaded.routing,
        Level[configuration.rules.min_level.upper()],
        configuration.rules.lateness_seconds,
    )
    problems = []
    if cannot := len(loaded.rulebook.problems):
        line = shlex.join(["codedark", "rules", "check", *folders, "--home", str(home)])
        problems.append(f"{cannot:,} of {loaded.rulebook.loaded:,} rules cannot run here: `{line}` names them, and why")
    care = None
    if configuration.records.fhir:
        care, unread = care_from(home / configuration.records.fhir, hospital)
        problems += [f"{len(unread):,} lines of {configuration.records.fhir} cannot be read"] if unread else []
    return watcher_of(hospital, rules, configuration.behaviour, configuration.alarms, care=care), problems


def care_from(folder: Path, hospital: Hospital | None) -> tuple[Care, list[Rejected]]:
    """Who treats whom, as ``folder`` tells it, and what of it cannot be read. Raises `UnusableInput`."""
    unread: list[Rejected] = []
    now = datetime.now(ZoneInfo(hospital.time_zone if hospital else "UTC"))
    offset = now.utcoffset() or timedelta()
    care = Care(offset_us=int(offset.total_seconds() * 1e6))
    care_of_folder(folder, care, unread.append)
    return care, unread


def hospital_of(home: Path, configuration: Configuration) -> Hospital | None:
    """The model that an installation names; None where it has none, which is only allowed for the usual name."""
    if configuration.hospital is None:
        return None
    path = home / configuration.hospital
    if not path.exists() and configuration.hospital == HOSPITAL_FILE:
        return None
    return usable_hospital(path)


def archive(home: Path, cache: Path, parent: int) -> None:
    """Write the event lake until asked to stop. A disk that refuses is tried again, and said."""
    del cache
    os.nice(_YIELDS)
    part = Part(home, "archivist", parent)
    settings = load(home).lake
    retention = Retention(settings.keep_days, most_bytes=settings.most_bytes, free_bytes=settings.least_free_bytes)
    pace = Pace(most_us=int(settings.flush_seconds * 1e6))
    archivist = Archivist(Lake(home / "lake"), retention, pace, deaths_in(home, "archivist"))
    warnings: list[str] = []
    damaged: list[str] = []
    follower = Follower(home / "journal", archivist.position, lambda damage: damaged.append(str(damage)))
    now_us = 0
    kept = time.monotonic() - _UPKEEP_SECONDS + 5
    refused = ""
    ending = Ending(part, _FINISH_SECONDS, lambda left: log().info("filing what is not in the lake yet", records=left))

    def waiting() -> int:
        end = published(home / "journal")
        return 0 if refused or end is None else end.next - archivist.following

    while not ending.has_come(waiting):
        try:
            parcels = [] if refused else follower.read(_READ_BYTES)
            if parcels:
                now_us = parcels[-1].arrived_us
                archivist.take(parcels)
            elif refused:
                warnings = archivist.upkeep(now_us)  # the oldest days make room, where they may
                archivist.flush()
            if time.monotonic() - kept >= _UPKEEP_SECONDS and now_us:
                kept = time.monotonic()
                warnings = archivist.upkeep(now_us)
            refused = ""
        except OSError as error:
            refused = f"the lake cannot be written ({error.strerror or error}): nothing is lost, the journal keeps it"
        part.say(
            saved=archivist.position,
            next=archivist.following,
            now_us=now_us,
            set_aside=archivist.set_aside,
            problems=[*([refused] if refused else []), *archivist.problems(), *warnings, *damaged[-20:]],
        )
        if not parcels or refused:
            time.sleep(_SAY_SECONDS if refused else _IDLE_SECONDS)
    if not refused:
        archivist.flush()
        part.say(
            saved=archivist.position,
            next=archivist.following,
            now_us=now_us,
            set_aside=archivist.set_aside,
            problems=warnings,
        )


PARTS: Final[Mapping[str, Callable[[Path, Path, int], None]]] = {"judge": judge, "archivist": archive}
