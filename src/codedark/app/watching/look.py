"""A look at everything that runs in `serve`, and how it is: what its page and its metrics tell."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from codedark.app.continuing.packing.packs_said import pack_problems
from codedark.app.enforcing.looking import standing_acts
from codedark.app.enforcing.naming import KEEPER
from codedark.app.notify.notifier import Notifier
from codedark.app.watching.clock import Clock
from codedark.app.watching.configuration import Configuration
from codedark.app.watching.intake import JournalIntake
from codedark.app.watching.listening import Listening
from codedark.app.watching.part import said
from codedark.app.watching.parts import PARTS
from codedark.app.watching.status import Status, part_status, problems_of, source_status
from codedark.app.watching.supervisor import Supervisor
from codedark.store.journal.journal import Journal
from codedark.store.state.state import State

_SHOWN_INCIDENTS: Final = 50


@dataclass(frozen=True, slots=True)
class Look:
    """What there is to look at while one configuration holds.

    ``failing`` is what could not be done the last time, and why; `Front` keeps it, and it changes meanwhile.
    """

    home: Path
    configuration: Configuration
    clock_us: Clock
    hospital_name: str
    failing: Mapping[str, str]
    journal: Journal
    intake: JournalIntake
    state: State
    supervisor: Supervisor
    notifier: Notifier
    ears: Listening

    def now(self) -> Status:
        """The status of this moment."""
        now_us = self.clock_us()
        heard = {name: said(self.home, name) for name in PARTS}
        parts = tuple(
            part_status(
                child.name, heard[child.name], child.running, child.starts, child.ended, self.journal.durable, now_us
            )
            for child in self.supervisor.children
            if child.name in PARTS
        )
        sources = tuple(source_status(name, board) for name, board in self.ears.boards())
        acts = standing_acts(self.home)
        account = heard["judge"].get("account", {})
        free = shutil.disk_usage(self.home).free
        channels = {name: health.said if health.failures else "" for name, health in self.notifier.health.items()}
        least = self.configuration.lake.least_free_bytes
        syncs = (self.intake.syncs.median, self.intake.syncs.p99)
        return Status(
            at_us=now_us,
            hospital=self.hospital_name,
            taken=self.intake.records,
            taken_bytes=self.intake.octets,
            journal_first=self.journal.first,
            journal_next=self.journal.next,
            journal_bytes=self.journal.size_bytes,
            free_bytes=free,
            sync_seconds=syncs,
            parts=parts,
            sources=sources,
            judged=account.get("logs", {}),
            rejected=int(account.get("rejected", 0)) + sum(source.stats.rejected for source in sources),
            findings=account.get("findings", {}),
            incidents=tuple(self.state.incidents(most=_SHOWN_INCIDENTS)),
            unacknowledged=len(self.state.alarms_unacknowledged()),
            channels=channels,
            problems=(
                *(f"{what} has to wait: {reason}" for what, reason in list(self.failing.items())),
                *([self.clock_us.problem] if self.clock_us.problem else []),
                *self._keeper_problems(),
                *acts.problems,
                *pack_problems(self.home),
                *problems_of(parts, sources, self.intake.failure, free, least, channels, syncs),
            ),
            acts=acts.sentences,
        )

    def _keeper_problems(self) -> Iterator[str]:
        for child in self.supervisor.children:
            if child.name == KEEPER and not child.running:
                yield f"The {KEEPER} does not run ({child.ended or 'it has not begun'}); it is started again."
