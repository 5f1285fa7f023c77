"""Import: what other systems' exports say, joined with the model that stands; shown first, written only when asked."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import chain, count
from pathlib import Path
from typing import Any, Final

from codedark.app.hospital_files import usable_hospital, write_files
from codedark.app.outputs import text_cell
from codedark.errors import UnusableHospital, UnusableInput, UsageError
from codedark.hospital.hospital import Hospital
from codedark.hospital.importers.cmdb import unknown_columns
from codedark.hospital.importers.facts import Facts
from codedark.hospital.importers.formats import FORMATS, recognise
from codedark.hospital.importers.gathering import Asked
from codedark.hospital.importers.merge import Change, Effect, Merged, merge
from codedark.hospital.load import load
from codedark.hospital.load.document import HOSPITAL_FILE, parse, plain
from codedark.hospital.write import TABLE_FILES, files_of

AUTO: Final = "auto"
PROVENANCE_FILE: Final = "provenance.csv"
_PROVENANCE: Final = ("what", "id", "field", "value", "file", "record", "imported_at")
_HEADER: Final = ",".join(_PROVENANCE).encode()
# A log whose flows are in the model: its digest stands in the column of values.
_FLOWS: Final = ("flows", "", "sha256")
_ORDER: Final = {Effect.CONFLICT: 0, Effect.REPLACED: 1, Effect.FILLED: 2, Effect.ADDED: 3}
_MOST_ERRORS: Final = 5


@dataclass(frozen=True, slots=True)
class Request:
    """What to import into which model. ``format`` is a name of `FORMATS` or `AUTO`; ``columns``: field -> column."""

    hospital: Path
    format: str
    files: Sequence[Path]
    today: date
    columns: Mapping[str, str] = field(default_factory=dict)
    replace_conflicts: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """What an import would do. ``changes`` has conflicts first; ``formats`` says as what each file was read.

    ``logs`` are the digests of the files whose flows are added; ``known_logs`` those that were imported before, whose
    flows would otherwise count twice.
    """

    request: Request
    before: Hospital
    merged: Merged
    facts: Facts
    changes: Sequence[Change]
    formats: Mapping[str, str]
    logs: Mapping[str, str]
    known_logs: Sequence[str]

    @property
    def changes_anything(self) -> bool:
        """Whether the model would differ afterwards."""
        told = any(change.effect is not Effect.CONFLICT for change in self.changes)
        return told or bool(self.merged.flows_added or self.merged.flows_grown)

    def counts(self) -> dict[str, Any]:
        """The account of it: records read = told + passed over + rejected, and what they change."""
        effects = Counter(change.effect.value for change in self.changes)
        passed_over = self.facts.passed_over
        return {
            "files": dict(self.formats),
            "records_read": self.facts.records + passed_over.total() + len(self.facts.rejected),
            "records_told": self.facts.records,
            "records_passed_over": dict(passed_over.most_common()),
            "records_rejected": len(self.facts.rejected),
            "changes": {effect.value: effects[effect.value] for effect in _ORDER},
            "flows_added": self.merged.flows_added,
            "flows_grown": self.merged.flows_grown,
            "flows_known": list(self.known_logs),
        }


def difference(request: Request) -> Difference:
    """Read the model and the files, and join them; nothing is written.

    Raises `UsageError` for a format or column that there is not, `UnusableInput` for what cannot be read.
    """
    if request.format not in {AUTO, *FORMATS}:
        known = ", ".join(sorted(FORMATS))
        raise UsageError(f"{request.format}: there is no such format. Known are {known}; {AUTO} recognises them.")
    before = usable_hospital(request.hospital, request.today)
    digests = _logs_in(_standing_provenance(_hospital_file(request.hospital).parent / PROVENANCE_FILE))
    facts, formats = Facts(), {}
    logs: dict[str, str] = {}
    known_logs: list[str] = []
    for path in request.files:
        octets = _octets(path)
        formats[str(path)] = name = _recognised(path, octets) if request.format == AUTO else request.format
        if missing := unknown_columns(octets, request.columns):
            raise UsageError(
                f"{path}: --map names the column {missing[0]!r}, which is not in the first line of the file"
            )
        told = FORMATS[name].read(octets, str(path), Asked(request.today, request.columns))
        if told.connections:
            digest = hashlib.sha256(octets).hexdigest()
            if digest in digests:
                known_logs.append(str(path))
                told = replace(told, connections=Counter(), octets=Counter())
            else:
                digests.add(digest)
                logs[str(path)] = digest
        facts.add(told)
    merged = merge(before, facts, replace_conflicts=request.replace_conflicts)
    changes = sorted(merged.changes, key=lambda change: _ORDER[change.effect])
    return Difference(request, before, merged, facts, changes, formats, logs, known_logs)


def write(difference: Difference, now: datetime, tell: Callable[[str], None] = lambda _: None) -> list[str]:
    """Write the model as the import leaves it, all or nothing, and return the names of the files.

    Only tables that differ are written, under the names that the model has for them; `hospital.yaml` only where zones
    or wards do: then the old one is kept beside it, and no older copy is lost. ``now`` (aware) stands in the
    provenance. Raises `UnusableHospital` where the model would have errors, and leaves everything as it was.
    """
    file = _hospital_file(difference.request.hospital)
    files = _to_write(difference, file)
    if file.name in files:
        backup = _free_name(file.parent, f"{file.name}.bak")
        files[backup] = _octets(file)
        tell(f"the {file.name} that stood is kept as {backup}: comments in it are not carried over")
    files[PROVENANCE_FILE] = _provenance(difference, file.parent / PROVENANCE_FILE, now)
    # What names the tables comes last, after the copy of what it replaces.
    ordered = sorted(files, key=lambda name: (name == file.name, name))
    write_files({name: files[name] for name in ordered}, file.parent)
    return ordered


def _recognised(path: Path, octets: bytes) -> str:
    name = recognise(octets)
    if name is None:
        known = ", ".join(sorted(FORMATS))
        raise UnusableInput(f"{path}: its content fits no format that is known: name one of {known}")
    return name


def _to_write(difference: Difference, file: Path) -> dict[str, bytes]:
    """What has to be written, by name: the tables that differ where that is enough, else the whole model.

    It is not where the model that stands has its assets in `hospital.yaml` itself.
    """
    standing = {HOSPITAL_FILE: _octets(file)}
    names = _table_files(standing[HOSPITAL_FILE])
    standing |= {name: _octets(path) for name in names.values() if (path := file.parent / name).is_file()}
    before, after = files_of(difference.before, names), files_of(difference.merged.hospital, names)
    differing = {name: octets for name, octets in after.items() if octets != before[name]}
    for written in (differing, after):
        loaded = load({**standing, **written}, difference.request.today)
        if loaded.hospital is not None and files_of(loaded.hospital, names) == after:
            return {file.name if name == HOSPITAL_FILE else name: octets for name, octets in written.items()}
    first = [f"{each.where}: {each.what}: {each.mend}" for each in loaded.errors[:_MOST_ERRORS]]
    more = f" ({len(loaded.errors) - len(first):,} more)" if len(loaded.errors) > len(first) else ""
    raise UnusableHospital(f"{file.parent}: nothing is written: the model would have errors: {'; '.join(first)}{more}")


def _table_files(octets: bytes) -> dict[str, str]:
    """In which file each table of a model without errors stands."""
    root, _ = parse(HOSPITAL_FILE, octets)
    named = root.entries.get("tables")
    return {**TABLE_FILES, **(plain(named) if named else {})}


def _free_name(folder: Path, name: str) -> str:
    """``name``, or the first of ``name.2``, ``name.3``… that nothing in ``folder`` has."""
    names = chain([name], (f"{name}.{number}" for number in count(2)))
    return next(each for each in names if not os.path.lexists(folder / each))


def _standing_provenance(path: Path) -> bytes:
    """What stands in the provenance. Raises `UsageError` where the file of that name is another's."""
    octets = _octets(path) if path.exists() else b""
    if octets and octets.partition(b"\n")[0].rstrip(b"\r") != _HEADER:
        raise UsageError(f"{path}: import keeps its provenance under this name, and this is another file: rename it")
    return octets


def _logs_in(provenance: bytes) -> set[str]:
    """The digests of the logs whose flows are in the model."""
    start = ",".join((*_FLOWS, "")).encode()
    found = (line.removeprefix(start) for line in provenance.splitlines() if line.startswith(start))
    return {each.partition(b",")[0].decode("ascii", "replace") for each in found}


def _provenance(difference: Difference, path: Path, now: datetime) -> bytes:
    """The rows that stand, and one for each value and each log that came from outside."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    standing = _standing_provenance(path)
    if not standing:
        writer.writerow(_PROVENANCE)
    at = now.isoformat(timespec="seconds")
    rows = [
        (each.what, each.id, each.field, each.after, *each.origin)
        for each in difference.changes
        if each.effect is not Effect.CONFLICT
    ]
    rows += [(*_FLOWS, digest, log, "whole file") for log, digest in difference.logs.items()]
    for row in rows:
        writer.writerow(map(text_cell, (*row, at)))
    return standing + out.getvalue().encode()


def _hospital_file(path: Path) -> Path:
    return path / HOSPITAL_FILE if path.is_dir() else path


def _octets(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnusableInput(f"{path}: cannot be read ({error.strerror})") from error
