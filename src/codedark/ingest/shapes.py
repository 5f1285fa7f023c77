"""What a JSON object is a record of, told from its content.

`normalise` tries the shapes in order of how often they are met and how clearly they show: Windows, as
itself or as shippers rename it, then sensors and Linux, then clouds. Each shape decides on a few keys. What
no shape knows is looked into once: Elasticsearch's ``_source``, or the JSON text that Docker, Fluent Bit
and Filebeat wrap in ``log`` or ``message``. What still is unknown keeps its flattened fields and no origin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from codedark.events.record import Origin, Record
from codedark.ingest import cloud_shapes, hospital_shapes
from codedark.ingest.flatten import embedded, flatten
from codedark.ingest.microsoft_shapes import azure, m365
from codedark.ingest.network_shapes import beats, journald, suricata, zeek
from codedark.ingest.windows_shapes import flat, nested
from codedark.ingest.windows_shippers import ecs, wazuh

Shape = tuple[Origin, Record]

UNKNOWN: Final = Origin("")

_SHAPES: Final[tuple[Callable[[Mapping[str, Any]], Shape | None], ...]] = (
    flat,
    nested,
    ecs,
    wazuh,
    zeek,
    suricata,
    journald,
    m365,
    azure,
    *cloud_shapes.SHAPES,
    *hospital_shapes.SHAPES,
)
_TEXT_WRAPPERS: Final = ("log", "message", "_raw")
_OBJECT_WRAPPERS: Final = ("_source", "fields", "result")


def normalise(obj: dict[str, Any]) -> Shape:
    """The record that ``obj`` is, under the names that rules use, and its origin.

    Pure, and total on JSON objects: ``Origin("")`` and the flattened object where the shape is unknown.
    """
    found = _known(obj)
    if found is not None:
        return found
    for name, inner in _wrapped(obj):
        found = _known(inner)
        if found is not None:
            record = found[1]
            for field, value in flatten({key: part for key, part in obj.items() if key != name}).items():
                record.setdefault(field, value)
            return found
    return beats(obj) or (UNKNOWN, flatten(obj))


def _known(obj: Mapping[str, Any]) -> Shape | None:
    for shape in _SHAPES:
        found = shape(obj)
        if found is not None:
            return found
    return None


def _wrapped(obj: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    inside: list[tuple[str, dict[str, Any]]] = []
    for name in _OBJECT_WRAPPERS:
        inner = obj.get(name)
        if isinstance(inner, dict):
            inside.append((name, inner))
    for name in _TEXT_WRAPPERS:
        text = obj.get(name)
        inner = embedded(text) if isinstance(text, str) and text.lstrip()[:1] == "{" else None
        if isinstance(inner, dict):
            inside.append((name, inner))
    return inside
