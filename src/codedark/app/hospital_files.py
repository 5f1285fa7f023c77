"""The model of the hospital in a folder: read whole or not at all, written so that a failure leaves the old one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from codedark.app.simulation.folder import INCOMPLETE
from codedark.app.uncollected import uncollected
from codedark.errors import UnusableHospital, UnusableInput, UsageError
from codedark.hospital.hospital import Hospital
from codedark.hospital.load import Loaded, load
from codedark.hospital.load.document import HOSPITAL_FILE
from codedark.hospital.problem import Problem, Severity
from codedark.hospital.starter import Answers, starter
from codedark.hospital.write import files_of

_FIRST_WORDS: Final = b"""\
# The model of the hospital, to start from. What to do next:
# 1. zones: write their VLANs and address ranges (vlans: [20], cidrs: [10.20.0.0/16]).
# 2. assets.csv and accounts.csv: one line each; the first line names the columns.
# 3. services: name the machines that they need (needs: {all: [{service: ad}, {asset: db1}]}). All of them are
#    proposals: a clinician signs one by taking out `proposed: true`.
# 4. lifelines: the role that answers for one signs it (attested_by: Head of intensive care,
#    attested_until: 2027-01-31).
# `codedark hospital check` names what is wrong or missing. The format: docs/reference/hospital.md.
"""


def read_hospital(path: Path, today: date | None = None) -> Loaded:
    """The model that ``path`` names: a `hospital.yaml`, or the folder in which it lies with its tables.

    Problems name files without the folder. Without ``today`` no attestation has ended. Raises `UnusableInput`
    when there is no such file or it cannot be read.
    """
    file = path / HOSPITAL_FILE if path.is_dir() else path
    if not file.exists():
        raise UnusableInput(
            f"{path}: there is no {HOSPITAL_FILE} here: name its folder, or let `codedark init` write one"
        )
    with uncollected():
        loaded = load(_Folder(file), today)
    loaded = replace(loaded, problems=_left_incomplete(file.parent) + loaded.problems)
    if file.name == HOSPITAL_FILE:
        return loaded
    problems = [replace(each, file=file.name) if each.file == HOSPITAL_FILE else each for each in loaded.problems]
    return Loaded(loaded.hospital, tuple(problems))


def _left_incomplete(folder: Path) -> tuple[Problem, ...]:
    """A warning, where the model is one of a simulation that has not ended."""
    if not (folder / INCOMPLETE).exists():
        return ()
    what = "a simulation began to write this folder and has not ended"
    return (Problem(Severity.WARNING, INCOMPLETE, 0, what, "delete the folder, and simulate again"),)


def usable_hospital(path: Path, today: date | None = None) -> Hospital:
    """As `read_hospital`, for whoever can do nothing with problems. Raises `UnusableHospital` for an error."""
    loaded = read_hospital(path, today)
    if loaded.hospital is None:
        first, *others = loaded.errors
        more = f" ({len(others):,} more: `codedark hospital check {path}` names them all)" if others else ""
        raise UnusableHospital(f"{path}: {first.where}: {first.what}: {first.mend}{more}")
    return loaded.hospital


def write_hospital(hospital: Hospital, folder: Path) -> None:
    """Write the model into ``folder``, over what is there. No file is ever half written; `hospital.yaml` is last."""
    folder.mkdir(parents=True, exist_ok=True)
    write_files(dict(reversed(files_of(hospital).items())), folder)


def write_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Write all of the files or, on any error, none: then those that stood stand as they were.

    Each is written under another name, then all are given theirs. A power cut between two of these last steps is the
    one thing that can leave some of them new and some old.
    """
    with ExitStack() as tidy, ExitStack() as undo:
        waiting = [(folder / f".{name}.new", folder / f".{name}.old", folder / name) for name in files]
        for (new, old, _), octets in zip(waiting, files.values(), strict=True):
            for path in (new, old):
                tidy.callback(path.unlink, missing_ok=True)
            with new.open("wb") as file:
                file.write(octets)
                file.flush()
                os.fsync(file.fileno())
        for new, old, final in waiting:
            if _kept(final, old):
                undo.callback(old.replace, final)
            else:
                undo.callback(final.unlink, missing_ok=True)
            new.replace(final)
        _to_disk(folder)
        undo.pop_all()


def _kept(file: Path, old: Path) -> bool:
    """Give what stands a second name, or make a copy where there are no hard links; False where nothing stands."""
    old.unlink(missing_ok=True)
    if not os.path.lexists(file):
        return False
    try:
        os.link(file, old, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(file, old, follow_symlinks=False)
    return True


def _to_disk(folder: Path) -> None:
    """Have the names in ``folder`` on the disk, where a system can say so of a folder."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def write_starter(answers: Answers, folder: Path) -> list[str]:
    """Write a hospital to start from into ``folder`` and return the names of its files.

    Raises `UsageError` where one of them is there already, or where the answers do not make a hospital.
    """
    files = files_of(starter(answers))
    if there := [name for name in files if (folder / name).exists()]:
        raise UsageError(f"{folder}: {', '.join(there)} is there already and is not overwritten: name another --home")
    if errors := load(files).errors:
        raise UsageError(f"{errors[0].what}: {errors[0].mend}")
    files[HOSPITAL_FILE] = _FIRST_WORDS + files[HOSPITAL_FILE]
    folder.mkdir(parents=True, exist_ok=True)
    write_files(files, folder)
    return list(files)


class _Folder(Mapping[str, bytes]):
    """The files beside a `hospital.yaml`, each read when it is asked for."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __getitem__(self, name: str) -> bytes:
        if name not in self:
            raise KeyError(name)
        path = self._path(name)
        try:
            return path.read_bytes()
        except OSError as error:
            raise UnusableInput(f"{path}: cannot be read ({error.strerror})") from error

    def __contains__(self, name: object) -> bool:
        inside = Path(str(name)).name == name  # a model names no file elsewhere
        return inside and self._path(str(name)).is_file()

    def __iter__(self) -> Iterator[str]:
        return (path.name for path in self._file.parent.iterdir() if path.is_file())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _path(self, name: str) -> Path:
        return self._file if name == HOSPITAL_FILE else self._file.parent / name
