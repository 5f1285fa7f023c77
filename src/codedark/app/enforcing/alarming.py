"""What the keeper has to say, as alarms: told over the channels of ``[notify]`` until somebody has seen it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from codedark.app.incident_answers import FILE
from codedark.app.incident_decisions import ENFORCEMENT
from codedark.app.notify.notifier import Notifier
from codedark.app.notify.settings import notification
from codedark.app.watching.configuration import load
from codedark.detect.finding import Level
from codedark.errors import CodeDarkError
from codedark.respond.incident import Alarm, AlarmId, AtRisk
from codedark.store.journal.errors import JournalInUse
from codedark.store.journal.lock import lock
from codedark.store.state.state import State

_MOST_LETTERS: Final = 900


def alarm_of(sentences: Sequence[str], at_us: int) -> Alarm:
    """One alarm for all that a heartbeat found."""
    text = "; ".join(sentences)
    if len(text) > _MOST_LETTERS:
        text = f"{text[:_MOST_LETTERS]} … ({len(sentences)} in all)"
    return Alarm(
        AlarmId(f"acts-{at_us}"), ENFORCEMENT, at_us, Level.HIGH, f"What Code Dark cut: {text}",
        f"Look at `codedark contain status`; then `codedark incident ack {ENFORCEMENT}`, so that this is not repeated.",
        "the keeper found it at its last heartbeat", 0.0, AtRisk(),
    )  # fmt: skip


def tell(home: Path, sentences: Sequence[str], at_us: int) -> None:
    """Put an alarm where `codedark serve` finds it. Raises `StateUnavailable` and OSError."""
    with closing(State(home / FILE)) as state:
        state.tell([], [], [alarm_of(sentences, at_us)])


def deliver(home: Path, now_us: int) -> str:
    """Deliver what waits, where no `codedark serve` runs that would; why it could not be done, "" where it was."""
    if not (home / FILE).exists():
        return ""
    try:
        given = load(home).notify
        if not given or _is_watched(home):
            return ""
        found = notification(given, "[notify]", home)
        with closing(State(home / FILE)) as state:
            Notifier(state, found.channels, found.settings).step(now_us)
    except (CodeDarkError, OSError) as error:
        return f"alarms could not be sent: {error}"
    return ""


def _is_watched(home: Path) -> bool:
    """Whether a `serve` runs here: it holds the journal's lock."""
    folder = home / "journal"
    if not folder.is_dir():
        return False
    try:
        held = lock(folder)
    except JournalInUse:
        return True
    os.close(held)
    return False
