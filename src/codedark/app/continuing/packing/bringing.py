"""Bringing packs: from the outbox onto a stick, and from wherever they are to the ward."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import NamedTuple

from codedark.app.continuing.packing.outbox import FOLDER, Built, name_of, outbox
from codedark.continuity.packs.manifest import Accepted, SetAside
from codedark.errors import UnusableInput, UsageError
from codedark.exchange.pack_source import fetched
from codedark.store.durable import put
from codedark.store.packs.keys import read_builder_keys
from codedark.store.packs.seal import MOST_BYTES, read_sealed
from codedark.store.packs.ward_packs import Frozen, Unchanged, WardPacks


class Exported(NamedTuple):
    """What is on the stick now, and the wards that have no pack in the outbox."""

    written: tuple[Built, ...]
    missing: tuple[str, ...]


def pull(ward: WardPacks, source: str, now_us: int) -> Accepted | Unchanged | SetAside | Frozen:
    """Get the ward's pack from a folder or an address and take it, or say why not. A frozen ward asks nobody.

    Raises `NotDelivered`, `PackNotKept`, `UsageError`.
    """
    since = ward.frozen()
    if since is not None:
        ward.put_right()
        return Frozen(since)
    return ward.receive(fetched(source, name_of(ward.keys.ward), MOST_BYTES), now_us)


def export(home: Path, stick: Path, wards: tuple[str, ...] = ()) -> Exported:
    """Copy the newest packs onto a stick, all of them if no ward is named, and read each back from there.

    Raises `UsageError` for unknown wards, `UnusableInput` where it cannot be written or is read otherwise, OSError.
    """
    keys = read_builder_keys(home / FOLDER)
    unknown = sorted(set(wards) - set(keys.wards))
    if unknown:
        raise UsageError(f"no ward {', '.join(unknown)} has keys: there are {', '.join(sorted(keys.wards))}")
    if not stick.is_dir():
        raise UsageError(f"{stick}: there is no such folder: is the stick mounted?")
    written, missing = [], []
    for ward in wards or tuple(keys.wards):
        try:
            held = (outbox(home) / name_of(ward)).read_bytes()
        except FileNotFoundError:
            missing.append(ward)
            continue
        path = stick / name_of(ward)
        _put_on_stick(path, held)
        _forget_cached(path)
        sealed = read_sealed(path.read_bytes(), keys.verifying).received
        if not sealed.is_signed or sealed.sha256 != sealed.manifest.sha256:
            raise UnusableInput(f"{path}: what is read there is not what was written: take another stick")
        written.append(Built(path, sealed.manifest))
    return Exported(tuple(written), tuple(missing))


def _put_on_stick(path: Path, held: bytes) -> None:
    try:
        put(path, held, 0o644)
    except OSError as error:
        is_full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        why = "no room on it: delete what is old, or take another stick" if is_full else f"{error.strerror}"
        raise UnusableInput(f"{path.parent}: {path.name} cannot be written there: {why}") from error


def _forget_cached(path: Path) -> None:
    """Have what is read next come from the stick and not from memory, where the system can."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(file)
