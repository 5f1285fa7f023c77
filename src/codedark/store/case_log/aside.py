"""A damaged case log, as far as it can be read, and setting it aside for a new one.

What stands must be undoable whatever happened to the log. So nothing of the old one is deleted, and the new one takes
its place in one step, for all who wait for its lock.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from codedark.store.case_log.case_log import CaseLogDamaged, Line, bound, is_object, locked, read_case_log
from codedark.store.case_log.head import Head, head_path
from codedark.store.durable import put, sync_folder, written_beside

_FIRST: Final = "0" * 64


class Damage(NamedTuple):
    """What is wrong (``why``), the lines up to there, and those behind it that can be read and may say anything."""

    why: str
    sound: tuple[Line, ...]
    doubtful: tuple[Line, ...]


class Aside(NamedTuple):
    """Where a damaged log is kept, its SHA-256, and what was wrong."""

    path: Path
    digest: str
    damage: Damage


def damage_of(path: Path) -> Damage | None:
    """What is wrong with a log, None if nothing is. Raises OSError."""
    sound: list[Line] = []
    try:
        for line in read_case_log(path):
            sound.append(line)  # noqa: PERF402 - what came before the error is what is wanted
    except CaseLogDamaged as error:
        doubtful = [line for line in _readable(path) if line.number > len(sound)]
        return Damage(str(error), tuple(sound), tuple(doubtful))
    return None


def set_aside(path: Path, begin: Callable[[Aside], Iterable[bytes]], patience_seconds: float = 0.0) -> Aside | None:
    """Keep a damaged log under another name, and begin a new one with the texts of ``begin``; None if it is whole.

    1. Nobody else writes it, nor what he started.
    2. The new one is on disk under another name.
    3. The old one and its head get second names.
    4. The new one takes the place of the old one, then its head. A crash in between leaves a log that is damaged,
       and is set aside once more.

    Raises `codedark.store.case_log.case_log.CaseLogInUse` and OSError.
    """
    lock = locked(path, patience_seconds)  # (1)
    try:
        damage = damage_of(path)
        if damage is None:
            return None
        kept = _free(path)
        aside = Aside(kept, sha256(path.read_bytes()).hexdigest(), damage)
        octets, head = _chained(tuple(begin(aside)))
        beside = written_beside(path, octets)  # (2)
        os.link(path, kept)  # (3)
        if head_path(path).exists():
            os.link(head_path(path), head_path(kept))
        sync_folder(path.parent)
        beside.replace(path)  # (4)
        put(head_path(path), head.text)
    finally:
        os.close(lock)
    return aside


def _readable(path: Path) -> Iterator[Line]:
    """Every line of a file that looks like one of a log, whatever its hash says."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                digest, _, text = line.rstrip(b"\n").partition(b" ")
                if len(digest) == len(_FIRST) and is_object(text):
                    yield Line(number, text)
    except FileNotFoundError:
        return


def _chained(texts: Sequence[bytes]) -> tuple[bytes, Head]:
    digest, lines = _FIRST, []
    for text in texts:
        digest = bound(digest, text)
        lines.append(f"{digest} ".encode() + text + b"\n")
    return b"".join(lines), Head(len(lines), digest)


def _free(path: Path) -> Path:
    """A name that nothing has, nor its head."""
    number = 1
    while True:
        kept = path.with_name(f"{path.name}.damaged-{number}")
        if not os.path.lexists(kept) and not os.path.lexists(head_path(kept)):
            return kept
        number += 1
