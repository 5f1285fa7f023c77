"""Discover: logs on disk held against the model of the hospital, as what JSON can say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from codedark.app.hospital_files import usable_hospital
from codedark.app.log_sightings import read
from codedark.events.record import Rejected
from codedark.hospital.discover import Known, Silent, Stranger, silent, strangers, talkers, zones_not_heard
from codedark.hospital.sightings import Sightings
from codedark.hospital.suggest import Suggestion, suggestions
from codedark.ingest.archive import Limits

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Discovered:
    """What logs know and the model does not. ``rejected`` counts reasons of records that could not be read."""

    strangers: Sequence[Stranger]
    silent: Sequence[Silent]
    suggestions: Sequence[Suggestion]
    zones_not_heard: Sequence[str]
    sightings: Sightings
    rejected: Counter[str]


def discover(
    hospital: Path, paths: Sequence[Path], on_rejected: Callable[[Rejected], None] = lambda _: None
) -> Discovered:
    """Read the model at ``hospital`` and all logs in ``paths``. Raises `UnusableHospital` and `UnusableInput`."""
    known = Known(usable_hospital(hospital))
    rejected: Counter[str] = Counter()

    def reject(each: Rejected) -> None:
        rejected[each.reason.partition(":")[0]] += 1
        on_rejected(each)

    sightings = read(paths, known, Limits(), reject)
    return Discovered(
        strangers(known, sightings),
        silent(known, sightings),
        suggestions(known.hospital, talkers(known, sightings)),
        zones_not_heard(known, sightings),
        sightings,
        rejected,
    )


def counts(found: Discovered) -> Answer:
    """The account of it."""
    sightings = found.sightings
    return {
        "records": sightings.logs.total() + found.rejected.total(),
        "records_read": sightings.logs.total(),
        "records_rejected": found.rejected.total(),
        "rejected": dict(found.rejected.most_common()),
        "records_left_out": sightings.left_out,
        "logs": dict(sightings.logs.most_common()),
        "from": _when(sightings.span.first),
        "until": _when(sightings.span.last),
        "zones_not_heard": list(found.zones_not_heard),
        "talks_but_is_not_in_the_model": len(found.strangers),
        "in_the_model_but_silent": len(found.silent),
        "dependencies_suggested": len(found.suggestions),
    }


def stranger_row(stranger: Stranger) -> Answer:
    """A machine that talks and is not in the model."""
    return {
        "found": "stranger",
        "address": stranger.address or None,
        "names": list(stranger.names),
        "mac": stranger.mac or None,
        "zone": stranger.zone,
        "connections": stranger.connections,
        "peers": list(stranger.peers),
        "peers_in_all": stranger.peers_in_all,
        "serves": list(map(port_in_words, stranger.serves)),
        "uses": list(map(port_in_words, stranger.uses)),
        "first": _when(stranger.span.first),
        "last": _when(stranger.span.last),
        "evidence": dict(stranger.evidence),
    }


def silent_row(silent: Silent) -> Answer:
    """An asset that was not heard as it should be."""
    return {
        "found": "silent",
        "asset": silent.asset,
        "missing_logs": list(silent.missing),
        "talked_before": silent.talked_before,
        "last_seen": _when(silent.last_seen),
    }


def suggestion_row(suggestion: Suggestion) -> Answer:
    """A dependency that flows suggest."""
    return {
        "found": "dependency",
        "service": suggestion.service,
        "needs": suggestion.needs,
        "score": suggestion.score,
        "by_users": suggestion.by_users,
        "connections": suggestion.connections,
        "sources": list(suggestion.sources),
        "sources_in_all": suggestion.sources_in_all,
        "targets": list(suggestion.targets),
        "ports": list(map(port_in_words, suggestion.ports)),
        "sentence": suggestion.sentence,
    }


def port_in_words(port: tuple[str, int]) -> str:
    """``tcp/443``, or ``icmp``."""
    return f"{port[0]}/{port[1]}" if port[1] else port[0]


def _when(time: datetime | None) -> str | None:
    return time.isoformat(timespec="seconds") if time else None
