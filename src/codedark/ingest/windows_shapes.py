"""Windows events in JSON, in the two shapes that name things as Windows does.

Flat: NXLog, Windows Event Forwarding exporters, Fluent Bit, ``Get-WinEvent | ConvertTo-Json``. Nested:
``{"Event": {"System": ..., "EventData" | "UserData": ...}}`` as evtx_dump, the `evtx` library, Chainsaw,
python-evtx through xmltodict, and Velociraptor (without the outer ``Event``) write it.

A nested event becomes flat: its System elements by their names, attributes as ``Element_Attribute``
(``Provider_Name``, ``Execution_ProcessID``), except that TimeCreated is its SystemTime; then the names under
EventData or UserData. Where those have a name that System has too, System keeps it and the
other is ``EventData.Name``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from codedark.events.record import Origin, Record, Scalar, Value
from codedark.ingest.flatten import PLAIN_TYPES, add, join, json_text

Shape = tuple[Origin, Record]

STANDARD_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "Channel": ("LogName",),
    "EventID": ("EventCode", "Id"),
    "Provider_Name": ("SourceName", "ProviderName", "Provider"),
    "Computer": ("Hostname", "MachineName", "ComputerName", "host"),
    "EventRecordID": ("RecordNumber", "RecordId"),
    "Data": ("StringInserts",),
}
"""Sigma's name for what a flat event has under another one; the first that is there counts. ``SourceName``
is before ``ProviderName``, which some events have as data; ``host`` is last: it is often the collector."""

_ATTRIBUTE_NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    "Provider": {"Name": "Provider_Name", "Guid": "Provider_Guid", "EventSourceName": "EventSourceName"},
    "TimeCreated": {"SystemTime": "TimeCreated"},
    "Execution": {"ProcessID": "Execution_ProcessID", "ThreadID": "Execution_ThreadID"},
    "Correlation": {
        "ActivityID": "Correlation_ActivityID",
        "RelatedActivityID": "Correlation_RelatedActivityID",
    },
    "Security": {"UserID": "Security_UserID"},
}
"""What attributes of System elements are called; any other is ``Element_Attribute``."""
_NO_NAMES: Final[Mapping[str, str]] = {}

SPACED_NAMES: Final = "microsoft-windows-windows defender"
"""The provider whose data names have spaces (``Threat Name``), where rules write none (``ThreatName``)."""

_TEXT: Final = frozenset({"#text", "Value", "$", "_"})
_ATTRIBUTES: Final = "#attributes"
_KEPT_PARTS: Final = frozenset({"System", "EventData", "UserData", "RenderingInfo", _ATTRIBUTES})
_SECTIONS: Final = frozenset({"EventData", "UserData"})
_PLAIN_DATA: Final = frozenset({str, int, float})
_INT_DIGITS: Final = 20
_LONGEST_CACHED: Final = 400


@lru_cache(maxsize=8192)
def windows_origin(channel: str, event: int | str, provider: str) -> Origin:
    """The origin of a Windows event, or of one that Sysmon for Linux wrote in their form."""
    provider = provider.lower()
    if provider == "linux-sysmon":
        return Origin("linux", "sysmon", str(event))
    return Origin("windows", channel.lower(), str(event), provider)


def finished(record: Record) -> Shape:
    """A record that has its standard names, with its origin and the second names that rules know."""
    channel, event, provider = (
        _text(record.get("Channel")),
        record.get("EventID"),
        _text(record.get("Provider_Name")),
    )
    if type(event) is not int or len(channel) + len(provider) > _LONGEST_CACHED:
        origin = windows_origin.__wrapped__(channel, _text(event), provider)
    else:
        origin = windows_origin(channel, event, provider)
    if origin.provider == SPACED_NAMES:
        for name in [name for name in record if " " in name]:
            record.setdefault(name.replace(" ", ""), record[name])
    return origin, record


def flat(obj: Mapping[str, Any]) -> Shape | None:
    """An event with native names at top level; None when ``obj`` is not one."""
    if "Channel" not in obj and "LogName" not in obj and "SourceName" not in obj and "ProviderName" not in obj:
        return None
    if "EventID" not in obj and "EventCode" not in obj and not ("Id" in obj and "LogName" in obj):
        return None
    record: Record = dict(obj)
    for name in [name for name, value in obj.items() if type(value) not in PLAIN_TYPES]:
        part = obj[name]
        del record[name]
        if name in _SECTIONS and type(part) is dict:
            _add_data(record, name, part)
        else:
            add(record, name, part)
    for name, others in STANDARD_NAMES.items():
        if name not in record:
            for other in others:
                value = record.get(other)
                if value is not None:
                    record[name] = value
                    break
    make_number(record, "EventID")
    return finished(record)


def nested(obj: Mapping[str, Any]) -> Shape | None:
    """An event as ``Event.System`` and EventData or UserData; None when ``obj`` is not one."""
    event = obj.get("Event", obj)
    if type(event) is not dict:
        return None
    system = event.get("System")
    if type(system) is not dict or not ("EventID" in system or "Provider" in system or "Channel" in system):
        return None
    record = _system(system)
    _add_data(record, "EventData", event.get("EventData"))
    if "UserData" in event:
        _add_user_data(record, event["UserData"])
    if not _KEPT_PARTS.issuperset(event):
        _add_others(record, event)
    if event is not obj and len(obj) > 1:
        _add_others(record, obj)
    rendering = event.get("RenderingInfo")
    if type(rendering) is dict and rendering.get("Message") is not None:
        add(record, "Message", rendering["Message"])
    return finished(record)


def _system(system: Mapping[str, Any]) -> Record:
    record: Record = {}
    for name, value in system.items():
        if type(value) in _PLAIN_DATA:
            record[name] = value
        elif type(value) is dict:
            names = _ATTRIBUTE_NAMES.get(name, _NO_NAMES)
            for key, part in _with_attributes(value):
                field = names.get(key) or (name if key in _TEXT else f"{name}_{key}")
                if type(part) in _PLAIN_DATA:
                    record[field] = part
                elif part is not None:
                    add(record, field, part)
        elif value is not None:
            add(record, name, value)
    make_number(record, "EventID")
    make_number(record, "EventRecordID")
    return record


def _with_attributes(element: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """The attributes and children of an element, named without the marks of the exporter."""
    if _ATTRIBUTES in element:
        attributes = element[_ATTRIBUTES]
        if type(attributes) is dict:
            if len(element) == 1 and "xmlns" not in attributes:
                return attributes.items()
            element = {**attributes, **{key: part for key, part in element.items() if key != _ATTRIBUTES}}
    return [(key.removeprefix("@"), part) for key, part in element.items() if not key.startswith(("xmlns", "@xmlns"))]


def _add_others(record: Record, obj: Mapping[str, Any]) -> None:
    for name, part in obj.items():
        if name != "Event" and name not in _KEPT_PARTS and not name.startswith("@xmlns") and name not in record:
            add(record, name, part)


def _add_data(record: Record, section: str, data: Any) -> None:
    if type(data) is dict:
        if (
            "Data" in data
            or _ATTRIBUTES in data
            or "@Name" in data
            or not _PLAIN_DATA.issuperset(map(type, data.values()))
        ):
            data = _named(section, data)
        if record.keys().isdisjoint(data):
            record.update(data)
        else:
            for name, value in data.items():
                join(record, f"{section}.{name}" if name in record else name, value)
    elif data is not None and not (type(data) is str and not data.strip()):
        add(record, section, data)


def _add_user_data(record: Record, data: Any) -> None:
    """The leaves of the one element that UserData wraps, by their names."""
    if type(data) is not dict:
        _add_data(record, "UserData", data)
        return
    for name, part in data.items():
        if name != _ATTRIBUTES and not name.startswith("@"):
            _add_data(record, "UserData", part if type(part) is dict else {name: part})


def _named(section: str, data: Mapping[str, Any]) -> Record:
    """The fields of EventData or of the element in UserData, where not all are simply name and value."""
    fields: Record = {}
    for name, value in data.items():
        if name == "Data":
            _add_data_elements(fields, value)
        elif name == _ATTRIBUTES or name.startswith("@"):
            for attribute, text in _with_attributes({name: value}):
                join(fields, f"{section}_{attribute}", _value(text))
        elif type(value) is dict:
            for key, part in [*_with_attributes(value)] or [("#text", "")]:
                add(fields, name if key in _TEXT else f"{name}.{key}", "" if part is None else part)
        else:
            join(fields, name, _value(value))
    return fields


def _add_data_elements(fields: Record, value: Any) -> None:
    """``Data`` elements: named ones are fields; the texts of the unnamed ones are the field ``Data``."""
    unnamed: list[Any] = []
    for element in value if type(value) is list else [value]:
        if type(element) is not dict:
            unnamed.append(element)
            continue
        parts = dict(_with_attributes(element))
        name, text = parts.get("Name"), parts.get("#text", parts.get("Value"))
        if type(name) is str and name:
            join(fields, name, _value(text))
        elif type(text) is list:
            unnamed.extend(text)
        else:
            unnamed.append(text)
    if unnamed:
        join(fields, "Data", _value(unnamed if len(unnamed) > 1 else unnamed[0]))


def _value(value: Any) -> Value:
    """A value under EventData, where null is how exporters write an element that is there but empty."""
    return tuple(map(_scalar, value)) if type(value) is list else _scalar(value)


def _scalar(value: Any) -> Scalar:
    if value is None:
        return ""
    if type(value) in _PLAIN_DATA:
        return value  # type: ignore[no-any-return]
    return json_text(value)


def make_number(record: Record, name: str) -> None:
    """Make the value under ``name`` an integer where it is one that arrived as text or float."""
    value = record.get(name)
    if isinstance(value, str):
        if value.isascii() and value.isdigit() and len(value) < _INT_DIGITS:
            record[name] = int(value)
    elif isinstance(value, float) and value.is_integer():
        record[name] = int(value)


def _text(value: Value) -> str:
    return value if type(value) is str else str(value) if type(value) is int else ""
