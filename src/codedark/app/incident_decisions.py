"""What people decide about incidents and rules, checked and kept until `codedark serve` writes it into the journal."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

from codedark.app.incident_answers import incident_named, suppressions
from codedark.errors import UsageError
from codedark.events.moments import microseconds_of, moment_of
from codedark.respond.decision import Acknowledged, Decision, Judged, Lifted, Suppressed, refusal
from codedark.respond.incident import Incident, IncidentId, Verdict
from codedark.store.state.state import State

ENFORCEMENT: Final = IncidentId("containment")
"""What alarms about our own cuts are filed under: it is no incident, but can be acknowledged like one."""
LONGEST: Final = timedelta(days=366)
"""A suppression has to be looked at again at least once a year."""
_LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_ID_LETTERS: Final = 8
_SPAN: Final = re.compile(r"(\d{1,5})([mhdw])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_MOST_REASON: Final = 1_000


def acknowledge(state: State, name: str, by: str, now_us: int) -> IncidentId:
    """Somebody has seen the alarms of an incident. Raises `UsageError` where there is no such incident."""
    incident = ENFORCEMENT if name.strip().casefold() == ENFORCEMENT else incident_named(state, name).id
    _keep(state, Acknowledged(new_id(), by.strip(), incident), now_us)
    return incident


def judge(state: State, name: str, verdict: Verdict, reason: str, by: str, now_us: int) -> Incident:
    """Somebody says what an incident was. Raises `UsageError`."""
    incident = incident_named(state, name)
    _keep(state, Judged(new_id(), by.strip(), incident.id, verdict, reason.strip()[:_MOST_REASON]), now_us)
    return incident


def suppress(
    state: State, *, rule: str, host: str, account: str, reason: str, until_us: int, by: str, now_us: int
) -> Suppressed:
    """Findings of a rule, on a host, by an account, are not alarmed for some time.

    Raises `UsageError` without a reason, without any of rule, host and account, or without an end in the year to come.
    """
    if until_us - now_us > LONGEST // timedelta(microseconds=1):
        raise UsageError(f"--until is too far away: a suppression lasts at most {LONGEST.days} days, then look again")
    decision = Suppressed(
        new_id(), by.strip(), reason.strip()[:_MOST_REASON], until_us, rule.strip(), host.strip(), account.strip()
    )  # fmt: skip
    _keep(state, decision, now_us)
    return decision


def lift(state: State, suppression: str, by: str, now_us: int) -> Suppressed:
    """End a suppression before its time. Raises `UsageError` where none of that id holds."""
    holding = {decision.id: decision for decision, _ in suppressions(state, now_us)}
    if suppression not in holding:
        there = f"those that do are {', '.join(holding)}" if holding else "none does"
        raise UsageError(f"{suppression}: no suppression of this id holds now: {there}")
    _keep(state, Lifted(new_id(), by.strip(), suppression), now_us)
    return holding[suppression]


def new_id() -> str:
    """An id for a decision that no other has, without letters that look alike: ``k7mw3x9a``."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_ID_LETTERS))


def time_to_come(text: str, now_us: int) -> int:
    """``2026-02-01``, ``2026-02-01T06:30`` (UTC, or with an offset), ``7d`` from now; in microseconds since 1970."""
    return _time(text, now_us, 1)


def time_past(text: str, now_us: int) -> int:
    """The same, where ``7d`` is seven days ago."""
    return _time(text, now_us, -1)


def _time(text: str, now_us: int, direction: int) -> int:
    try:
        if span := _SPAN.fullmatch(text.strip()):
            then = moment_of(now_us) + direction * timedelta(**{_UNITS[span[2]]: int(span[1])})
        else:
            read = datetime.fromisoformat(text.strip())
            then = read if read.tzinfo else read.replace(tzinfo=UTC)
        return microseconds_of(then)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"{text}: is not a time: write it as 2026-02-01, 2026-02-01T06:30 (UTC) or 30m, 12h, 7d, 2w"
        ) from error


def _keep(state: State, decision: Decision, now_us: int) -> None:
    if why := refusal(decision, now_us):
        raise UsageError(why)
    state.decide(decision, now_us)
