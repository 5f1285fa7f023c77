"""FHIR AuditEvent (R4, and R5 where its names differ) as flattened records, by the patterns of IHE BALP 1.1.

Flattening gives one tuple for each leaf name, in which what an agent or entity lacks leaves no gap. So values are told
apart by what they are (``Patient/…``), and by place only where the lengths agree.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from codedark.detect.behaviour.observation import RecordAccess
from codedark.detect.behaviour.places import Places
from codedark.detect.behaviour.reading import Seen
from codedark.events.record import ABSENT

FIELDS: Final = (
    "action", "subtype.code", "outcome", "outcome.code.code", "recorded", "purposeOfEvent.coding.code",
    "agent.purposeOfUse.coding.code", "authorization.coding.code", "agent.type.coding.code", "agent.requestor",
    "agent.who.identifier.value", "agent.who.reference", "agent.altId", "agent.name", "agent.network.address",
    "agent.networkString", "source.type.code", "source.type.coding.code", "patient.reference", "entity.what.reference",
    "entity.what.identifier.value", "entity.role.code", "entity.query", "entity.name", "encounter.reference",
)  # fmt: skip
"""In the order in which `read` takes them."""

_SOURCE, _DESTINATION = "110153", "110152"
"""Roles of agents (DICOM PS3.16, CID 402)."""
_PATIENT = re.compile(r"(?:^|/)Patient/([^/?|#]+)")
_USER_DEVICE = "1"
"""Code of ``security-source-type``: an end-user interface, which is the client."""
_BREAK_GLASS: Final = ("BTG", "ETREAT")
"""Purposes that are more than treatment, the strongest first (v3-ActReason)."""
_DONE: Final = frozenset({"0", "success", "information", "warning"})
"""Outcomes with which something was shown: R4's code, and the severities of R5."""
_MOST_PATIENTS = 1000
_PAGE = re.compile(r"[?&]_count=(\d{1,6})", re.ASCII)


def read(seen: Seen, places: Places) -> Iterator[RecordAccess]:
    """The accesses in a group of AuditEvents."""
    columns = [seen.columns[name] for name in FIELDS]
    for at, row in enumerate(seen.rows):
        (
            action, subtype, outcome, outcome_code, recorded, purpose, agent_purpose, authorization, types, requestor,
            identifiers, references, other_ids, names, addresses, network, source, source_r5, about, whats,
            what_identifiers, roles, queries, entity_names, encounter,
        ) = [column[at] for column in columns]  # fmt: skip
        account = places.account(_account(requestor, identifiers, references, other_ids, names))
        if recorded is ABSENT or not account:
            continue
        action = action if action in {"C", "R", "U", "D", "E"} else "R"
        asked = "" if queries is ABSENT else _query(queries)
        exported = entity_names is not ABSENT and _is_export(subtype, entity_names)
        patients, resource = _about(about, whats)
        if not patients and "1" in _all(roles):
            patients = tuple(map(str, _all(what_identifiers)[:1]))
        for patient in patients or (("",) if asked or exported else ()):
            yield RecordAccess(
                seen.times_us[at],
                places.host(seen.hosts[at]),
                row,
                account,
                patient,
                action,
                "$export" if exported or "$export" in asked else resource or _asked_for(asked),
                asked or ("$export" if exported else ""),
                _purpose(purpose, agent_purpose, authorization),
                places.host(_client(action, types, addresses if addresses is not ABSENT else network)),
                "client" if _USER_DEVICE in _all(source) or _USER_DEVICE in _all(source_r5) else "server",
                "" if encounter is ABSENT else str(encounter).rpartition("/")[2],
                1 if patient else _page(asked),
                not _is_done(outcome, outcome_code),
            )


# What agents, roles and purposes say repeats from event to event: so each is worked out once for its values.
_repeated = lru_cache(maxsize=16_384)


def _all(value: Any) -> tuple[Any, ...]:
    if value is ABSENT or value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


@_repeated
def _account(requestor: Any, *names_by_kind: Any) -> str:
    """Who asked: the agent that is the requestor, by identifier, reference to somebody, other id or name.

    Nobody where a patient or a relative asked, as through a portal: that is no account of the hospital, and what is
    said of accounts must not name a patient.
    """
    asks = _all(requestor)
    if any(str(name).startswith(_PATIENTS) for names in names_by_kind for name in _all(names)):
        return ""
    for names in map(_all, names_by_kind):
        if len(names) > 1 and len(names) == len(asks) and "true" in asks:
            return _last(str(names[asks.index("true")]))
        people = [name for name in names if "Device/" not in str(name)]
        if people:
            return _last(str(people[-1]))
    return ""


_PATIENTS = ("Patient/", "RelatedPerson/")


def _last(text: str) -> str:
    return text.rpartition("/")[2]


@_repeated
def _client(action: str, types: Any, addresses: Any) -> str:
    """The machine that the access was done from: the destination of what is read, the source of everything else."""
    role, roles, found = _DESTINATION if action == "R" else _SOURCE, _all(types), _all(addresses)
    place = roles.index(role) if role in roles else 0
    return str(found[place]) if place < len(found) else ""


@_repeated
def _purpose(*values: Any) -> str:
    codes = [code for value in values for code in _all(value)]
    return next((code for code in _BREAK_GLASS if code in codes), str(codes[0]) if codes else "")


@_repeated
def _is_done(outcome: Any, outcome_code: Any) -> bool:
    said = _all(outcome) + _all(outcome_code)
    return not said or str(said[0]) in _DONE


def _is_export(subtype: Any, names: Any) -> bool:
    return "operation" in _all(subtype) and any("$export" in str(name) for name in _all(names))


@_repeated
def _about(about: Any, whats: Any) -> tuple[tuple[str, ...], str]:
    """The patients that an event names, and the type of what was used where it names something else than a patient."""
    things = [str(thing) for thing in _all(about) + _all(whats)]
    patients = dict.fromkeys(match[1] for thing in things if (match := _PATIENT.search(thing)))
    kinds = [thing.rpartition("/")[0].rpartition("/")[2] for thing in things]
    return tuple(patients)[:_MOST_PATIENTS], next((kind for kind in kinds if kind and kind != "Patient"), "")


def _asked_for(asked: str) -> str:
    """The type of resource that a query is for."""
    return asked.partition("?")[0].rpartition("/")[2].partition(" ")[0] or "Patient"


@_repeated
def _query(queries: Any) -> str:
    """The request behind a query, which is base64 in the audit (FHIR AuditEvent.entity.query)."""
    text = next((each for each in _all(queries) if isinstance(each, str)), "")
    try:
        return b64decode(text, validate=True).decode("utf-8", "replace").strip()
    except (Error, ValueError):
        return text.strip()


@_repeated
def _page(asked: str) -> int:
    """How many patients a query may have given out: its page (``_count``); 1 where it does not say."""
    match = _PAGE.search(asked)
    return max(1, int(match[1])) if match else 1
