"""What the state database keeps, as JSON and back, without loss.

Sequences come back as tuples and mappings as dicts, whatever they were. Times come back in UTC.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, Generic, TypeVar

import msgspec

from codedark.detect.finding import Finding, RuleInfo, Window
from codedark.events.record import Record, SourceName
from codedark.respond.decision import Acknowledged, Decision, Judged, Lifted, Suppressed
from codedark.respond.incident import Alarm, Incident

T = TypeVar("T")

KINDS: Final[Mapping[type[Decision], str]] = {
    Judged: "judged",
    Acknowledged: "acknowledged",
    Suppressed: "suppressed",
    Lifted: "lifted",
}
"""The kinds of decision by the word that stands for them in the table."""


class Codec(Generic[T]):
    """Writes and reads values of one dataclass.

    What strict JSON cannot hold (lone surrogates in texts of a log, floats that are no number, integers of more than 64
    bits) is written the way that Python's own JSON does, and so read.
    """

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind
        self._decoder = msgspec.json.Decoder(kind)

    def encode(self, value: T) -> bytes:
        """``value`` as JSON."""
        try:
            encoded = msgspec.json.encode(value)
        except (UnicodeEncodeError, OverflowError):
            return _lenient(value)
        # A float that is no number was written as null: only then is it worth while to look at every one.
        return _lenient(value) if b"null" in encoded and _has_strange_number(msgspec.to_builtins(value)) else encoded

    def decode(self, encoded: bytes) -> T:
        """The value that `encode` was given."""
        try:
            return self._decoder.decode(encoded)
        except msgspec.DecodeError:
            return msgspec.convert(json.loads(encoded), self._kind)


class _Happened(msgspec.Struct, frozen=True, omit_defaults=True):
    """A finding without its rule, which many share."""

    host: str
    user: str
    source: SourceName
    record: int
    event: Record
    time: datetime | None = None
    window: Window | None = None
    says: str = ""


_INCIDENT: Final = Codec(Incident)
_ALARM: Final = Codec(Alarm)
_RULE: Final = Codec(RuleInfo)
_HAPPENED: Final = Codec(_Happened)
_DECISIONS: Final[Mapping[str, Codec[Any]]] = {name: Codec(kind) for kind, name in KINDS.items()}


def incident_to_json(incident: Incident) -> bytes:
    """The incident as it is kept."""
    return _INCIDENT.encode(incident)


def incident_from_json(kept: bytes) -> Incident:
    """The incident that was kept."""
    read = _INCIDENT.decode(kept)
    return replace(read, hosts=tuple(read.hosts), accounts=tuple(read.accounts), evidence=tuple(read.evidence))


def alarm_to_json(alarm: Alarm) -> bytes:
    """The alarm as it is kept."""
    return _ALARM.encode(alarm)


def alarm_from_json(kept: bytes) -> Alarm:
    """The alarm that was kept."""
    return _ALARM.decode(kept)


def decision_to_json(decision: Decision) -> tuple[str, bytes]:
    """The kind of the decision and the decision, as they are kept."""
    kind = KINDS[type(decision)]
    return kind, _DECISIONS[kind].encode(decision)


def decision_from_json(kind: str, kept: bytes) -> Decision:
    """The decision that was kept. Raises `KeyError` for a kind that there is not, `msgspec.ValidationError` for what
    is none.
    """
    decision: Decision = _DECISIONS[kind].decode(kept)
    return decision


def rule_to_json(rule: RuleInfo) -> tuple[bytes, bytes]:
    """A digest of the rule and the rule, as they are kept: rules are fewer than findings."""
    kept = _RULE.encode(rule)
    return sha256(kept).digest()[:16], kept


@lru_cache(maxsize=4_096)
def rule_from_json(kept: bytes) -> RuleInfo:
    """The rule that was kept."""
    return _RULE.decode(kept)


def finding_to_json(finding: Finding) -> bytes:
    """The finding as it is kept, without its rule."""
    return _HAPPENED.encode(
        _Happened(
            finding.host, finding.user, finding.source, finding.record, finding.event, finding.time,
            finding.window, finding.says,
        )
    )  # fmt: skip


def finding_from_json(rule: RuleInfo, kept: bytes) -> Finding:
    """The finding of ``rule`` that was kept."""
    read = _HAPPENED.decode(kept)
    return Finding(
        rule, read.time, read.host, read.user, read.source, read.record, read.event, read.window, read.says
    )  # fmt: skip


def _lenient(value: object) -> bytes:
    return json.dumps(msgspec.to_builtins(value), separators=(",", ":")).encode("ascii")


def _has_strange_number(value: Any) -> bool:
    if isinstance(value, float):
        return not math.isfinite(value)
    if isinstance(value, dict):
        return any(map(_has_strange_number, value.values()))
    return isinstance(value, list | tuple) and any(map(_has_strange_number, value))
