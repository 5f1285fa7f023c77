"""Audit tables of record systems, as CSV or JSON; which columns mean what is data (``record-fields.yaml``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

import yaml

from codedark.detect.behaviour.observation import RecordAccess
from codedark.detect.behaviour.places import Places
from codedark.detect.behaviour.reading import Seen
from codedark.events.record import ABSENT

PARTS: Final = (
    "account", "patient", "action", "resource", "query", "count", "purpose", "client", "encounter", "outcome",
)  # fmt: skip
"""What a shape may name columns of."""
_MOST_COUNT = 1_000_000
_DIGITS_OF_MOST = 7


class Names(NamedTuple):
    """What ``record-fields.yaml`` says: shapes (part to columns), and the words of actions, purposes and outcomes."""

    shapes: tuple[Mapping[str, tuple[str, ...]], ...]
    actions: tuple[tuple[str, str], ...]
    break_glass: tuple[str, ...]
    refused: tuple[str, ...]


def names(text: bytes) -> Names:
    """Read the content of a ``record-fields.yaml``."""
    loaded = yaml.safe_load(text)
    return Names(
        tuple({part: tuple(shape.get(part, ())) for part in PARTS} for shape in loaded["shapes"]),
        tuple((entry["word"], entry["means"]) for entry in loaded["actions"]),
        tuple(loaded["break_glass"]),
        tuple(loaded["refused"]),
    )


NAMES: Final = names((files("codedark") / "content" / "behaviour" / "record-fields.yaml").read_bytes())
FIELDS: Final = tuple(dict.fromkeys(name for shape in NAMES.shapes for columns in shape.values() for name in columns))


def read(seen: Seen, places: Places) -> Iterator[RecordAccess]:
    """The accesses in a group of rows, whose columns may be those of any table: most are of something else."""
    present = {name: seen.columns[name] for name in FIELDS if any(value is not ABSENT for value in seen.columns[name])}
    for shape in NAMES.shapes:
        columns = {part: [present[name] for name in shape[part] if name in present] for part in PARTS}
        if columns["account"] and (columns["patient"] or columns["query"]):
            yield from _rows(seen, columns, places)
            return


def _rows(seen: Seen, columns: Mapping[str, Sequence[Sequence[Any]]], places: Places) -> Iterator[RecordAccess]:
    for at, row in enumerate(seen.rows):
        said = {part: _first(found, at) for part, found in columns.items()}
        account, patient, query = places.account(said["account"]), said["patient"], said["query"]
        if not account or not (patient or query):
            continue
        action, exported = _action(said["action"], bool(patient))
        client = places.host(said["client"])
        yield RecordAccess(
            seen.times_us[at],
            places.host(seen.hosts[at]) or client,
            row,
            account,
            patient,
            action,
            resource="$export" if exported else said["resource"],
            query=query,
            purpose=_purpose(said["purpose"]),
            client=client,
            encounter=said["encounter"],
            patients=1 if patient else _number(said["count"]),
            refused=_has(said["outcome"], NAMES.refused),
        )


def _first(columns: Sequence[Sequence[Any]], at: int) -> str:
    for column in columns:
        value = column[at]
        if value is not ABSENT and value is not None and value != "":
            return str(value[0] if isinstance(value, tuple) and value else value)
    return ""


@lru_cache(maxsize=4096)
def _action(text: str, about_patient: bool) -> tuple[str, bool]:
    """The FHIR action that a word means, and whether it takes data out."""
    lower = text.lower()
    if text in {"C", "R", "U", "D", "E"}:
        return text, False
    means = next((means for word, means in NAMES.actions if word in lower), "R" if about_patient else "E")
    return ("E", True) if means == "export" else (means, False)


@lru_cache(maxsize=4096)
def _purpose(text: str) -> str:
    return "BTG" if _has(text, NAMES.break_glass) else text


def _has(text: str, words: Sequence[str]) -> bool:
    lower = text.lower()
    return any(word in lower for word in words)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        return 1
    return max(1, int(text)) if len(text) < _DIGITS_OF_MOST else _MOST_COUNT
