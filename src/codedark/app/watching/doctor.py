"""What is missing, blind or out of date in an installation: one failure does not hide another."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from codedark.app.enforcing.looking import standing_acts
from codedark.app.hospital_files import read_hospital
from codedark.app.search.searching import Search
from codedark.app.watching.checking import check
from codedark.app.watching.configuration import load
from codedark.app.watching.part import said
from codedark.app.watching.parts import PARTS, hospital_of
from codedark.app.watching.status import LATE_SECONDS, part_status
from codedark.detect.behaviour.places import Places, short
from codedark.errors import CodeDarkError
from codedark.hospital.load.document import HOSPITAL_FILE
from codedark.store.checkpoint import Checkpoints
from codedark.store.journal.end import published
from codedark.store.journal.segment import segments
from codedark.store.state.state import State

_LONG_AGO_SECONDS = 60.0
_DAY_US = 86_400 * 1_000_000


class Verdict(StrEnum):
    """How something stands."""

    WELL = "well"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Examined:
    """One thing that was looked at: what, how it stands, and what was found in a sentence with what to do."""

    what: str
    verdict: Verdict
    found: str


Examination = Callable[[Path, Path, int], Iterator[Examined]]


def examine(home: Path, cache: Path, now_us: int) -> list[Examined]:
    """Look at everything. Whatever cannot be looked at is bad, and says why."""
    found: list[Examined] = []
    for what, looks in _EXAMINATIONS.items():
        try:
            found += looks(home, cache, now_us)
        except (CodeDarkError, OSError) as error:
            found.append(Examined(what, Verdict.BAD, str(error)))
    return found


def _configuration(home: Path, cache: Path, _now_us: int) -> Iterator[Examined]:
    problems = check(home, cache)
    for problem in problems:
        yield Examined("configuration", Verdict.NOTE, problem)
    if not problems:
        yield Examined("configuration", Verdict.WELL, "in order; rules, certificates and channels could be opened")


def _hospital(home: Path, _cache: Path, _now_us: int) -> Iterator[Examined]:
    name = load(home).hospital
    if name is None or not (home / name).exists():
        yield Examined(
            "hospital",
            Verdict.BAD,
            f"there is no {name or HOSPITAL_FILE}: devices, wards and what depends on what are unknown; "
            f"`codedark init --home {home}` writes one to start from",
        )
        return
    loaded = read_hospital(home / name)
    if loaded.problems:
        first = loaded.problems[0]
        yield Examined(
            "hospital",
            Verdict.BAD if loaded.errors else Verdict.NOTE,
            f"{len(loaded.problems):,} problems, the first: {first.where}: {first.what}; "
            f"`codedark hospital check {home}` names them all",
        )
    else:
        yield Examined("hospital", Verdict.WELL, "the model is whole")
    if loaded.hospital:
        silent = [asset.id for asset in loaded.hospital.assets.values() if not asset.log_sources]
        if silent:
            of = len(loaded.hospital.assets)
            yield Examined(
                "log sources",
                Verdict.NOTE,
                f"of {len(silent):,} of {of:,} machines the model expects no log: {', '.join(silent[:5])} …",
            )


def _running(home: Path, _cache: Path, now_us: int) -> Iterator[Examined]:
    journal = published(home / "journal")
    end = journal.next if journal else 1
    for name in PARTS:
        says = said(home, name)
        pid = int(says.get("pid", 0))
        if not pid or not Path(f"/proc/{pid}").exists():
            yield Examined(name, Verdict.BAD, "does not run: start `codedark serve`")
            continue
        part = part_status(name, says, running=True, starts=1, ended="", journal_next=end, now_us=now_us)
        if part.behind_seconds > max(LATE_SECONDS, _LONG_AGO_SECONDS):
            yield Examined(
                name,
                Verdict.BAD,
                f"is {part.behind_seconds:,.0f} s and {part.behind_records:,} records behind the journal",
            )
        else:
            yield Examined(name, Verdict.WELL, f"runs (process {pid})")
        for problem in part.problems:
            yield Examined(name, Verdict.NOTE, problem)


def _disk(home: Path, _cache: Path, _now_us: int) -> Iterator[Examined]:
    free, least = shutil.disk_usage(home).free, load(home).lake.least_free_bytes
    held = sum(segment.size_bytes for segment in segments(home / "journal")) if (home / "journal").is_dir() else 0
    verdict = Verdict.WELL if free >= least else Verdict.BAD
    yield Examined(
        "disk", verdict, f"{free / 1e9:,.1f} GB free, {least / 1e9:,.1f} wanted; journal {held / 1e9:,.2f} GB"
    )
    if home.stat().st_mode & 0o007:
        yield Examined("disk", Verdict.NOTE, f"{home} is open to every user of this machine: chmod o-rwx {home}")


def _memory(home: Path, _cache: Path, _now_us: int) -> Iterator[Examined]:
    if not (home / "checkpoints").is_dir():
        yield Examined("memory", Verdict.NOTE, "nothing has been learnt yet: there is no checkpoint")
        return
    loaded = Checkpoints(home / "checkpoints").load()
    for path in loaded.damaged:
        yield Examined("memory", Verdict.BAD, f"the checkpoint {path.name} is damaged; the one before it counts")
    if loaded.checkpoint:
        size = sum(len(data) for _, data in loaded.checkpoint.parts.values())
        yield Examined("memory", Verdict.WELL, f"{len(loaded.checkpoint.parts)} parts, {size / 1e6:,.1f} MB")


def _blind(home: Path, _cache: Path, now_us: int) -> Iterator[Examined]:
    """Machines from which the model expects a log, and of which the lake has none of the last day."""
    configuration = load(home)
    hospital = hospital_of(home, configuration)
    expected = {short(asset.id): asset for asset in hospital.assets.values() if asset.log_sources} if hospital else {}
    if not expected or not (home / "lake").is_dir():
        return
    since = (now_us - _DAY_US) // 1_000_000
    rows = Search(home / "lake").sql(f"SELECT DISTINCT host FROM events WHERE time >= to_timestamp({since})")  # noqa: S608 - a number
    places = Places(hospital)
    heard = {places.host(str(row["host"])) for row in rows if row["host"]}
    blind = sorted(name for name in expected if name not in heard)
    if blind:
        yield Examined(
            "blind",
            Verdict.BAD,
            f"of {len(blind):,} of {len(expected):,} machines that should log, nothing was heard for a day: "
            f"{', '.join(blind[:8])}{' …' if len(blind) > 8 else ''}",
        )
    else:
        yield Examined("blind", Verdict.WELL, f"all {len(expected):,} machines that should log were heard today")


def _alarms(home: Path, _cache: Path, _now_us: int) -> Iterator[Examined]:
    if not (home / "state.sqlite").exists():
        yield Examined("alarms", Verdict.NOTE, "there is no state yet: serve has never run here")
        return
    state = State(home / "state.sqlite", make=False)
    try:
        waiting = state.alarms_unacknowledged()
        late = len(state.decisions_waiting())
    finally:
        state.close()
    if waiting:
        yield Examined("alarms", Verdict.BAD, f"{len(waiting):,} wait for somebody: `codedark incident list`")
    else:
        yield Examined("alarms", Verdict.WELL, "none waits")
    if late:
        yield Examined("decisions", Verdict.NOTE, f"{late:,} wait for serve to take them")


def _acts(home: Path, _cache: Path, _now_us: int) -> Iterator[Examined]:
    """What of ours stands on devices, and whether somebody keeps it."""
    acts = standing_acts(home)
    for problem in acts.problems:
        yield Examined("acts", Verdict.BAD, problem)
    for sentence in acts.sentences:
        yield Examined("acts", Verdict.NOTE if acts.problems else Verdict.WELL, sentence)


_EXAMINATIONS: dict[str, Examination] = {
    "configuration": _configuration,
    "hospital": _hospital,
    "parts": _running,
    "disk": _disk,
    "memory": _memory,
    "blind": _blind,
    "alarms": _alarms,
    "acts": _acts,
}
