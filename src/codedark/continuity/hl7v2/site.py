"""Where a site's senders put things: paths into segments, types of numbers, names of wards. All of it is data.

`DEFAULT` is `content/continuity/hl7v2.yaml`; `site` reads it with a site's own file put over it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

import yaml

from codedark.continuity.charts.schedule import Frequency
from codedark.errors import UsageError

_PATH: Final = re.compile(r"([A-Z][A-Z0-9]{2})-(\d{1,2})(?:\.(\d{1,2}))?(?:\.(\d{1,2}))?")
_KEYS: Final = frozenset(
    {
        "patient_types",
        "patient_authorities",
        "patient_systems",
        "facilities",
        "processing_ids",
        "fallback_encoding",
        "time_zone",
        "wards",
        "fields",
    }
)


class Path(NamedTuple):
    """One place in a message."""

    segment: str
    field: int
    component: int = 1
    subcomponent: int = 1


@dataclass(frozen=True, slots=True)
class Site:
    """How messages of one site are read. ``fields`` by ``group.field``: the places to look, the best first."""

    patient_types: tuple[str, ...]
    patient_authorities: frozenset[str]
    patient_systems: frozenset[str]
    facilities: frozenset[str]
    processing_ids: frozenset[str]
    fallback_encoding: str
    time_zone: str
    wards: Mapping[str, str]
    fields: Mapping[str, tuple[Path, ...]]
    frequencies: Mapping[str, Frequency] = field(default_factory=dict)
    """How often means what here, where it differs (`frequency_tables`)."""


def site(own: bytes = b"", where: str = "the site's file") -> Site:
    """The default with ``own`` (YAML) over it. Raises `UsageError` with the key that is wrong."""
    told: dict[str, Any] = dict(_default())
    try:
        mine = yaml.safe_load(own) or {}
    except yaml.YAMLError as error:
        raise UsageError(f"{where}: {error}") from error
    if not isinstance(mine, dict) or not mine.keys() <= _KEYS:
        raise UsageError(f"{where}: the keys are {', '.join(sorted(_KEYS))}; see content/continuity/hl7v2.yaml")
    own_fields = mine.pop("fields", {})
    if unknown := set(own_fields) - set(told["fields"]):
        raise UsageError(f"{where}: fields: nothing is called {', '.join(sorted(map(str, unknown)))}")
    told |= mine
    return Site(
        patient_types=tuple(told["patient_types"]),
        patient_authorities=frozenset(told["patient_authorities"]),
        patient_systems=frozenset(told["patient_systems"]),
        facilities=frozenset(told["facilities"]),
        processing_ids=frozenset(told["processing_ids"]),
        fallback_encoding=told["fallback_encoding"],
        time_zone=told["time_zone"],
        wards=dict(told["wards"]),
        fields={name: _paths(text, f"{where}: {name}") for name, text in (told["fields"] | own_fields).items()},
    )


def _paths(texts: str | list[str], where: str) -> tuple[Path, ...]:
    paths = []
    for text in [texts] if isinstance(texts, str) else texts:
        found = _PATH.fullmatch(str(text))
        if found is None:
            raise UsageError(f"{where}: {text!r} is no place in a message; write it like PV1-3.1")
        segment, *numbers = found.groups()
        paths.append(Path(segment, *(int(number or 1) for number in numbers)))
    return tuple(paths)


@cache
def _default() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((files("codedark") / "content/continuity/hl7v2.yaml").read_bytes())
    return loaded
