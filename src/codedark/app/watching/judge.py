"""The judge: a process that follows the journal, folds it, and tells the state what came of it.

It can be killed at any moment. It begins again at its last checkpoint, folds the same slots again, and tells again
what was told already, under the same identities, which changes nothing (docs/adr/0010).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from operator import attrgetter
from pathlib import Path
from typing import Final

from codedark.app.deaths import Deaths
from codedark.app.watching.memory import INCIDENTS
from codedark.app.watching.notes import PASSED
from codedark.app.watching.slots import Slots
from codedark.app.watching.told import Told
from codedark.app.watching.watcher import Watcher
from codedark.detect.behaviour.places import short
from codedark.events.parcel import NOTE, Parcel, Sequence
from codedark.respond.incident import IncidentId
from codedark.store.checkpoint import CheckpointNotSaved, Checkpoints
from codedark.store.journal.damage import Damaged
from codedark.store.journal.follower import Follower
from codedark.store.state.state import State
from codedark.store.state.tables import StateUnavailable

_READ_BYTES: Final = 8 << 20
_IDLE_SECONDS: Final = 0.02
CHECKPOINT_SECONDS: Final = 30.0
_SAY_SECONDS: Final = 1.0
_MOST_LOGS: Final = 500
"""A sender chooses what its log is called; the account is written every second."""


@dataclass(slots=True)
class Judged:
    """The account of a judge since it began: shown on the page, kept nowhere. ``now_us`` is the time in the journal
    that it has come to, ``next`` the number of the next record.
    """

    next: int = 1
    now_us: int = 0
    taken: int = 0
    rejected: int = 0
    logs: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    alarms: int = 0
    set_aside: int = 0
    aside: str = ""
    """How often something could not be judged because of an error of ours, and the last time in words."""

    def add(self, told: Told) -> None:
        """What came of a slot."""
        self.next, self.now_us = told.next, told.now_us
        self.taken += told.taken
        self.rejected += len(told.rejected)
        for log, count in told.judged.items():
            self.logs[log if log in self.logs or len(self.logs) < _MOST_LOGS else "other"] += count
        self.findings.update(finding.rule.level.name.lower() for finding in told.findings)
        self.alarms += len(told.alarms)
        self.set_aside += len(told.aside)
        for each in told.aside[-1:]:
            self.aside = f"record {each.offset}: {each.reason}"


class Judge:
    """Follows ``journal`` with ``watcher``, from the last checkpoint on. In ``deaths`` stands what it died at."""

    def __init__(
        self,
        journal: Path,
        watcher: Watcher,
        state: State,
        checkpoints: Checkpoints,
        on_damage: Callable[[Damaged], None],
        deaths: Path | None = None,
    ) -> None:
        self._watcher = watcher
        self._state = state
        self._checkpoints = checkpoints
        self.account = Judged()
        self.begun_anew: list[str] = []
        """What of the memory could not be taken up, a sentence each."""
        self.refused = ""
        """Why the last checkpoint could not be written; "" where it could. The one before counts, so nothing is
        lost.
        """
        self.waits = ""
        """Why what was judged cannot be told; "" where it can. It waits here, and what is to be judged behind it."""
        self._stopped: Callable[[], bool] = lambda: False
        self._say: Callable[[Judged], None] = lambda _: None
        saved = checkpoints.load()
        self.begun_anew += [
            f"{path.name}: this checkpoint is damaged; the one before it counts" for path in saved.damaged
        ]
        anew = [INCIDENTS]
        if saved.checkpoint is not None:
            self.account.next = saved.checkpoint.next
            anew = watcher.restore(saved.checkpoint.parts)
            self.begun_anew += [f"{name} begins to learn anew: its form or its rules have changed" for name in anew]
        self._follower = Follower(journal, Sequence(self.account.next), on_damage)
        self._slots = Slots()
        self._deaths = Deaths(deaths, self.account.next)
        self.saved_next = self.account.next
        """What a restart would begin with."""
        self.needed = checkpoints.oldest()
        """What it would begin with if that turned out to be damaged: nothing before it is needed any more."""
        if INCIDENTS in anew:
            watcher.number_behind(state.last_numbers())
            self._save()  # else what is judged again after a crash would be numbered behind what it was before

    def step(self) -> bool:
        """Fold what is there. Returns whether there was anything."""
        parcels = self._follower.read(_READ_BYTES)
        for slot in self._slots.take(parcels):
            told = self._fold(slot)
            self._tell(told)
            self.account.add(told)
        return bool(parcels)

    def _fold(self, slot: list[Parcel]) -> Told:
        """The slot, without the records of which the judge dies: in their place stand notes that time has passed."""
        aside: list[tuple[Parcel, str]] = []
        with self._deaths.working_at(slot[0].first):
            spared = self._deaths.spared(slot[0].first, slot, self._watcher.fold, lambda *found: aside.append(found))
            passed = [replace(each, format=NOTE, header=b"", data=PASSED) for each, _ in aside]
            told = self._watcher.fold(sorted([*spared, *passed], key=attrgetter("first")) if aside else slot)
        for parcel, reason in aside:
            told.taken += parcel.format != NOTE
            told.set_aside(parcel, reason)
        return told

    def _tell(self, told: Told) -> None:
        if told.findings or told.incidents or told.alarms:
            belongs = _belongs(told)
            findings = [(finding, belongs.get(finding.id)) for finding in told.findings]
            while True:
                try:
                    self._state.tell(findings, list(told.incidents.values()), told.alarms)
                except StateUnavailable as error:
                    self.waits = str(error)
                    self._say(self.account)
                    if self._stopped():
                        raise  # without a checkpoint: all of it is judged and told again
                    time.sleep(_SAY_SECONDS)
                else:
                    self.waits = ""
                    break

    def problems(self) -> list[str]:
        """What a person should know, a sentence each."""
        account = self.account
        aside = f"{account.set_aside:,} times something could not be judged; the last was {account.aside}: report it"
        return [*filter(None, (self.waits, self.refused)), *self.begun_anew, *([aside] if account.set_aside else [])]

    def checkpoint(self) -> None:
        """Save everything, if there is anything new. What waits in a slot that is not whole is read again."""
        if self.account.next != self.saved_next:
            self._save()

    def _save(self) -> None:
        try:
            self._checkpoints.save(Sequence(self.account.next), self._watcher.parts())
        except CheckpointNotSaved as error:
            self.refused = str(error)
        else:
            self.saved_next, self.refused = self.account.next, ""
            self.needed = self._checkpoints.oldest()

    def run(self, stopped: Callable[[], bool], say: Callable[[Judged], None]) -> None:
        """Follow until ``stopped``; ``say`` hears the account about once a second, and when all there is is judged.

        Raises `StateUnavailable` where it is stopped while the state cannot be written: nothing is lost.
        """
        self._stopped, self._say = stopped, say
        saved = said = time.monotonic()
        said_next = self.account.next
        while not stopped():
            is_idle = not self.step()
            if is_idle:
                time.sleep(_IDLE_SECONDS)
            now = time.monotonic()
            if now - said >= _SAY_SECONDS or (is_idle and said_next != self.account.next):
                say(self.account)
                said, said_next = now, self.account.next
            if now - saved >= CHECKPOINT_SECONDS:
                self.checkpoint()
                saved = now
        self.checkpoint()
        say(self.account)


def _belongs(told: Told) -> dict[str, IncidentId]:
    """The incident of each finding. A repeat, which an incident only counts, belongs where its first belongs."""
    exact = {each.finding: incident.id for incident in told.incidents.values() for each in incident.evidence}
    alike = {(each.rule, each.host): incident.id for incident in told.incidents.values() for each in incident.evidence}
    found = {}
    for finding in told.findings:
        incident = exact.get(finding.id) or alike.get((str(finding.rule.id), short(finding.host)))
        if incident:
            found[finding.id] = incident
    return found
