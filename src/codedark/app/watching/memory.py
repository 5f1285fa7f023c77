"""What a watch remembers: the named parts of a checkpoint, and what of them is taken up again.

A part is taken up where its form is the one of today; what an installation has set otherwise since holds (`taking_up`).
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from codedark.app.watching.taking_up import taken_up
from codedark.detect.behaviour.behaviour import Behaviour
from codedark.detect.finding import Finding, RuleInfo
from codedark.detect.sigma.correlate import Correlations
from codedark.detect.sigma.rulebook import Rulebook
from codedark.respond.decision import Decision
from codedark.respond.incident import Alarm, Incident

VERSION: Final = 3
CORRELATIONS: Final = "correlations"
INCIDENTS: Final = "incidents"
_WATCHER: Final = "watcher"
_UNLEARNT: Final = "unlearnt/"

Parts = Mapping[str, tuple[int, bytes]]
"""What a watcher remembers, by name: the version of its form, and its bytes."""


class Joining(Protocol):
    """What joins findings to incidents (`codedark.respond.incidents.Incidents`)."""

    def take(self, findings: Sequence[Finding], now_us: int) -> Iterator[Incident | Alarm]:
        """New findings, in order of time."""

    def tick(self, now_us: int) -> Iterator[Incident | Alarm]:
        """Time has passed."""

    def decide(self, decision: Decision, now_us: int) -> Iterator[Incident | Alarm]:
        """Somebody has decided."""

    def held(self, host: str, account: str) -> bool:
        """Whether a host or an account is under suspicion."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A behaviour at work, with what it is called."""

    behaviour: Behaviour
    rule: RuleInfo


class Memory:
    """Behaviours by their id, incidents, correlations (None without rules), the time that behaviours were told last,
    and the decisions that were heard last.

    ``correlations_version`` is of all that correlations are made of (`version_of`): windows of another rule, or of
    other matches, are not taken up.
    """

    def __init__(
        self,
        watched: Sequence[Watched],
        incidents: Joining,
        correlations: Correlations | None,
        correlations_version: int,
    ) -> None:
        self.watched = {each.behaviour.id: each for each in watched}
        self.incidents = incidents
        self.correlations = correlations
        self.ticked_us = 0
        self.decided: dict[str, None] = {}
        self._correlations_version = correlations_version
        self._unlearnt = {f"{_UNLEARNT}{name}": _pickled(each.behaviour) for name, each in self.watched.items()}
        self._unlearnt[f"{_UNLEARNT}{INCIDENTS}"] = _pickled(incidents)

    def parts(self) -> dict[str, tuple[int, bytes]]:
        """Everything, to be saved together with the number of the next record; and what each began as, which tells
        later whether settings have changed since.
        """
        saved = {
            f"behaviour/{name}": (each.behaviour.version, _pickled(each.behaviour))
            for name, each in self.watched.items()
        }
        saved[INCIDENTS] = (VERSION, _pickled(self.incidents))
        if self.correlations:
            saved[CORRELATIONS] = (self._correlations_version, _pickled(self.correlations))
        saved[_WATCHER] = (VERSION, _pickled((self.ticked_us, self.decided)))
        return saved | {name: (VERSION, data) for name, data in self._unlearnt.items()}

    def restore(self, parts: Parts) -> list[str]:
        """Take up what was saved, under the settings of today. Returns the names of what could not be, and so begins
        anew: its form has changed since, or rules have, for correlations.
        """
        begun_anew = []
        for name, watched in list(self.watched.items()):
            version, data = parts.get(f"behaviour/{name}", (-1, b""))
            if version == watched.behaviour.version:
                learnt = self._taken_up(name, _unpickled(data), watched.behaviour, parts)
                self.watched[name] = replace(watched, behaviour=learnt)
            else:
                begun_anew.append(f"behaviour/{name}")
        version, data = parts.get(INCIDENTS, (-1, b""))
        if version == VERSION:
            self.incidents = self._taken_up(INCIDENTS, _unpickled(data), self.incidents, parts)
        else:
            begun_anew.append(INCIDENTS)
        version, data = parts.get(CORRELATIONS, (-1, b""))
        if self.correlations and version == self._correlations_version:
            self.correlations = _unpickled(data)
        elif self.correlations:
            begun_anew.append(CORRELATIONS)
        version, data = parts.get(_WATCHER, (-1, b""))
        self.ticked_us, self.decided = _unpickled(data) if version == VERSION else (0, {})
        return begun_anew

    def _taken_up(self, name: str, learnt: Any, now: Any, parts: Parts) -> Any:
        _, then = parts.get(f"{_UNLEARNT}{name}", (-1, self._unlearnt[f"{_UNLEARNT}{name}"]))
        return taken_up(learnt, _unpickled(then), now)


def version_of(book: Rulebook, lateness_seconds: float) -> int:
    """Another number where the correlations of ``book`` would be made of anything else."""
    said = sorted(f"{rule!r} {[book.base.get(name) for name in rule.references]}" for rule in book.correlations)
    return zlib.crc32("\n".join([*said, str(lateness_seconds)]).encode("utf-8", "surrogatepass"))


def _pickled(value: object) -> bytes:
    return pickle.dumps(value, 5)


def _unpickled(data: bytes) -> Any:
    return pickle.loads(data)  # noqa: S301 - our own checkpoint, whose checksum was right
