"""Checkpoints of the census, beside its journal: what whoever starts goes on from, and what may then be deleted.

``HOME/continuity/checkpoints``, written by the process beside `census serve` alone, read by everybody who follows.

One that cannot be read, damaged or of another form (`snapshot.FORM`), is passed over and told: the census goes on from
the one before, else from the journal. The journal still has what the older of the two needs.

What was read by other rules (another map of the site, another version of the reading) is not believed where it can be
read again: then only what was said before the journal's beginning is taken from the checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from codedark.app.uncollected import uncollected
from codedark.continuity.charts.snapshot import FORM, READ, NoSnapshot
from codedark.events.moments import moment_of
from codedark.events.parcel import Sequence
from codedark.store.checkpoint import Checkpoint, Checkpoints
from codedark.store.journal.end import published
from codedark.store.journal.follower import Follower
from codedark.store.journal.journal import Journal
from codedark.store.journal.segment import segments

_READING: Final = "reading"
_FOLDER: Final = "checkpoints"
_DAY_SECONDS: Final = 86_400


class State(Protocol):
    """What is kept and taken up again (`codedark.app.continuing.census.state.CensusState`)."""

    @property
    def reading(self) -> str:
        """By which rules messages are read."""

    def parts(self) -> Mapping[str, bytes]:
        """All that it knows."""

    def take_up(self, parts: Mapping[str, bytes], before_us: int | None) -> None:
        """Know it; ``before_us``: only what was said before. Raises `NoSnapshot`, and then nothing has changed."""


class Begun(NamedTuple):
    """With which record to go on, why a checkpoint was not taken as it is ("" where it was, or there is none), and the
    files of those that cannot be read.
    """

    next: Sequence
    reason: str
    unread: tuple[Path, ...] = ()


def checkpoints_of(journal: Path) -> Path:
    """Where the checkpoints of the census with this journal lie."""
    return journal.parent / _FOLDER


def save(journal: Path, state: State, following: Sequence) -> None:
    """Keep what is known of all records below ``following``. Raises `CheckpointNotSaved`, TypeError."""
    told = {**state.parts(), _READING: state.reading.encode()}
    Checkpoints(checkpoints_of(journal)).save(following, {name: (FORM, held) for name, held in told.items()})


def begun(journal: Path, state: State) -> Begun:
    """Have a new state know what the newest checkpoint has that can be read.

    1. One that is damaged or of another form is passed over: the one before it and the journal have all that it had.
    2. Where none can be read, everything is read from the journal, which may not go back far enough: that is told.
    """
    folder = checkpoints_of(journal)
    unread, problems = list[Path](), list[str]()
    for path, checkpoint in Checkpoints(folder).each() if folder.is_dir() else ():
        try:
            if checkpoint is None:
                raise NoSnapshot("it is damaged")
            taken = _gone_on(journal, state, checkpoint)
        except NoSnapshot as error:  # (1)
            unread.append(path)
            problems.append(f"{path}: cannot be read: {error}")
        else:
            problems += [f"the census goes on from {path.name}"] if problems else []
            return Begun(taken.next, "; ".join(filter(None, [*problems, taken.reason])), tuple(unread))
    problems += [_from_journal(journal)] if unread else []
    return Begun(Sequence(1), "; ".join(problems), tuple(unread))  # (2)


def set_aside(journal: Path, unread: Iterable[Path]) -> None:
    """Have checkpoints that could not be read count no more; for their one writer. Raises OSError."""
    if checkpoints_of(journal).is_dir():
        Checkpoints(checkpoints_of(journal)).set_aside(unread)


def _gone_on(journal: Path, state: State, checkpoint: Checkpoint) -> Begun:
    """Have a state know one checkpoint. Raises `NoSnapshot`, and then nothing has changed.

    1. A journal that ends before it is another one: all of that is read too.
    2. What was read by other rules is read again as far as the journal goes back.
    """
    forms = {form for form, _ in checkpoint.parts.values()}
    if len(forms) != 1 or not forms <= READ:
        found = " and ".join(map(str, sorted(forms))) or "none"
        raise NoSnapshot(f"it is of form {found}, and this program reads form {' or '.join(map(str, sorted(READ)))}")
    parts = {name: held for name, (_, held) in checkpoint.parts.items()}
    first, end = _first(journal), published(journal)
    is_other = end is None or end.next < checkpoint.next
    is_read_otherwise = parts.pop(_READING, b"") != state.reading.encode()
    with uncollected():
        state.take_up(parts, _arrived_us(journal, first) if is_read_otherwise and not is_other else None)
    if is_other:  # (1)
        where = checkpoints_of(journal)
        return Begun(first, f"{journal}: ends before {where}: it was deleted or brought back; all of it is read too")
    if is_read_otherwise:  # (2)
        return Begun(first, "messages are read by other rules than before: they are read again")
    return Begun(checkpoint.next, "")


def _from_journal(journal: Path) -> str:
    """From when on a census is whole that is made without a checkpoint."""
    first = _first(journal)
    made = "no checkpoint can be read; the census is made from the journal alone"
    if first <= 1:
        return f"{made}, which has everything"
    since = f"{moment_of(_arrived_us(journal, first)):%Y-%m-%d %H:%M} UTC"
    return (
        f"{made}: WHAT WAS TOLD BEFORE {since} IS NOT IN IT: load it again, or have the record compared with --repair"
    )


def newest(journal: Path) -> Sequence:
    """Below which number no record may be given again."""
    folder = checkpoints_of(journal)
    return Checkpoints(folder).newest() if folder.is_dir() else Sequence(1)


def prune(journal: Journal, folder: Path, keep_days: float, now_seconds: float) -> int:
    """Delete segments that were last written ``keep_days`` ago and that no checkpoint needs; returns how many.

    Until there are two checkpoints nothing is deleted: one may turn out to be damaged.
    """
    if not checkpoints_of(folder).is_dir():
        return 0
    checkpoints, until = Checkpoints(checkpoints_of(folder)), Sequence(1)
    needed = checkpoints.oldest()
    if needed == checkpoints.newest():
        return 0
    for segment, following in pairwise(segments(folder)):
        if following.first > needed or segment.path.stat().st_mtime > now_seconds - keep_days * _DAY_SECONDS:
            break
        until = following.first
    return journal.delete_before(until) if until > 1 else 0


def _first(journal: Path) -> Sequence:
    """The lowest number that is still in a journal."""
    there = segments(journal) if journal.is_dir() else []
    return there[0].first if there else Sequence(1)


def _arrived_us(journal: Path, first: Sequence) -> int:
    """When the first record that is still there was taken in; 0 where none is."""
    follower = Follower(journal, first, lambda _: None)
    try:
        parcels = follower.read(1)
    finally:
        follower.close()
    return parcels[0].arrived_us if parcels else 0
