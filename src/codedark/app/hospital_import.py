"""Import: what other systems' exports say, joined with the model that stands; shown first, written only when asked."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from codedark.app.hospital_files import usable_hospital, write_files
from codedark.errors import UnusableHospital, UnusableInput, UsageError
from codedark.hospital.hospital import Hospital
from codedark.hospital.importers.cmdb import unknown_columns
from codedark.hospital.importers.facts import Facts
from codedark.hospital.importers.formats import FORMATS, recognise
from codedark.hospital.importers.gathering import Asked
from codedark.hospital.importers.merge import Change, Effect, Merged, merge
from codedark.hospital.load import load
from codedark.hospital.load.document import HOSPITAL_FILE
from codedark.hospital.write import files_of

AUTO: Final = "auto"
PROVENANCE_FILE: Final = "provenance.csv"
_PROVENANCE: Final = ("what", "id", "field", "value", "file", "record", "imported_at")
_ORDER: Final = {Effect.CONFLICT: 0, Effect.REPLACED: 1, Effect.FILLED: 2, Effect.ADDED: 3}
_FORMULA: Final = ("=", "+", "-", "@")
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
    """What an import would do. ``changes`` has conflicts first; ``formats`` says as what each file was read."""

    request: Request
    before: Hospital
    merged: Merged
    facts: Facts
    changes: Sequence[Change]
    formats: Mapping[str, str]

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
        }


def difference(request: Request) -> Difference:
    """Read the model and the files, and join them; nothing is written.

    Raises `UsageError` for a format or column that there is not, `UnusableInput` for what cannot be read.
    """
    before = usable_hospital(request.hospital, request.today)
    facts, formats = Facts(), {}
    for path in request.files:
        octets = _octets(path)
        formats[str(path)] = name = _format(request, path, octets)
        if missing := unknown_columns(octets, request.columns):
            raise UsageError(
                f"{path}: --map names the column {missing[0]!r}, which is not in the first line of the file"
            )
        facts.add(FORMATS[name].read(octets, str(path), Asked(request.today, request.columns)))
    merged = merge(before, facts, replace_conflicts=request.replace_conflicts)
    changes = sorted(merged.changes, key=lambda change: _ORDER[change.effect])
    return Difference(request, before, merged, facts, changes, formats)


def write(difference: Difference, now: datetime, tell: Callable[[str], None] = lambda _: None) -> list[str]:
    """Write the model as the import leaves it, all or nothing, and return the names of the files.

    Only tables that differ are written, `hospital.yaml` only where zones or wards do: then the old one is kept as
    `hospital.yaml.bak`. ``now`` (aware) stands in the provenance. Raises `UnusableHospital` where the model would have
    errors, and leaves everything as it was.
    """
    file = _hospital_file(difference.request.hospital)
    files = _to_write(difference, file)
    if file.name in files:
        backup = f"{file.name}.bak"
        files[backup] = _octets(file)
        tell(f"the {file.name} that stood is kept as {backup}: comments in it are not carried over")
    files[PROVENANCE_FILE] = _provenance(difference, file.parent / PROVENANCE_FILE, now)
    # What names the tables comes last, after the copy of what it replaces.
    ordered = sorted(files, key=lambda name: (name == file.name, name))
    write_files({name: files[name] for name in ordered}, file.parent)
    return ordered


def _format(request: Request, path: Path, octets: bytes) -> str:
    known = ", ".join(sorted(FORMATS))
    if request.format == AUTO:
        name = recognise(octets)
        if name is None:
            raise UnusableInput(f"{path}: its content fits no format that is known: name one of {known}")
        return name
    if request.format not in FORMATS:
        raise UsageError(f"{request.format}: there is no such format. Known are {known}; {AUTO} recognises them.")
    return request.format


def _to_write(difference: Difference, file: Path) -> dict[str, bytes]:
    """What has to be written, by name: the tables that differ where that is enough, else the whole model.

    It is not where the model that stands has its assets in `hospital.yaml` itself, or in tables of other names.
    """
    before, after = files_of(difference.before), files_of(difference.merged.hospital)
    differing = {name: octets for name, octets in after.items() if octets != before[name]}
    standing = {path.name: _octets(path) for path in sorted(file.parent.glob("*.csv"))}
    standing[HOSPITAL_FILE] = _octets(file)
    for written in (differing, after):
        loaded = load({**standing, **written}, difference.request.today)
        if loaded.hospital is not None and files_of(loaded.hospital) == after:
            return {file.name if name == HOSPITAL_FILE else name: octets for name, octets in written.items()}
    first = [f"{each.where}: {each.what}: {each.mend}" for each in loaded.errors[:_MOST_ERRORS]]
    more = f" ({len(loaded.errors) - len(first):,} more)" if len(loaded.errors) > len(first) else ""
    raise UnusableHospital(f"{file.parent}: nothing is written: the model would have errors: {'; '.join(first)}{more}")


def _provenance(difference: Difference, path: Path, now: datetime) -> bytes:
    """The rows that stand, and one for each value that came from outside."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    standing = path.read_bytes() if path.exists() else b""
    if not standing:
        writer.writerow(_PROVENANCE)
    at = now.isoformat(timespec="seconds")
    for change in difference.changes:
        if change.effect is not Effect.CONFLICT:
            value = change.after
            cells = (change.what, change.id, change.field, value, change.origin.file, change.origin.record, at)
            writer.writerow(f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells)
    return standing + out.getvalue().encode("utf-8", "backslashreplace")


def _hospital_file(path: Path) -> Path:
    return path / HOSPITAL_FILE if path.is_dir() else path


def _octets(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnusableInput(f"{path}: cannot be read ({error.strerror})") from error
