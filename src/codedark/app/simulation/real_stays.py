"""Real, de-identified inpatient stays as the ground for simulated ones."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import orjson

from codedark.errors import UnusableInput
from codedark.simulate.clinic import NEEDED, Source, source

_SUFFIXES = (".ndjson", ".ndjson.gz")


def real_stays(folder: Path) -> Source:
    """Read a folder of FHIR bulk export files: ``Patient.ndjson.gz``, or ``MimicPatient.ndjson.gz`` as MIMIC-IV has
    them.

    Raises `UnusableInput` where a type that is needed is missing, a file cannot be read, or no stay is in them.
    """
    files = {needed: _files(folder, needed) for needed in NEEDED}
    missing = [needed for needed, paths in files.items() if not paths]
    if missing:
        raise UnusableInput(f"{folder}: holds no {missing[0]}.ndjson(.gz): name the folder of a FHIR bulk export")
    stays = source({needed: chain.from_iterable(map(_resources, paths)) for needed, paths in files.items()})
    if not stays:
        raise UnusableInput(f"{folder}: no stay with a beginning and an end is in it")
    return stays


def _files(folder: Path, needed: str) -> Sequence[Path]:
    names = [needed, f"Mimic{needed}", *(["MimicMedicationMix"] if needed == "Medication" else [])]
    paths = [folder / f"{name}{suffix}" for name in names for suffix in _SUFFIXES]
    return [path for path in paths if path.is_file()]


def _resources(path: Path) -> Iterator[Any]:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    yield orjson.loads(line)
                except orjson.JSONDecodeError as error:
                    raise UnusableInput(f"{path}:{number}: is not JSON: {error}") from error
    except (OSError, EOFError, zlib.error) as error:
        raise UnusableInput(f"{path}: cannot be read: {error}") from error
