"""What people decide about incidents and rules; it reaches the running system through the journal, like records."""

from __future__ import annotations

from dataclasses import dataclass

from codedark.respond.incident import IncidentId, Verdict


@dataclass(frozen=True, slots=True)
class Judged:
    """Somebody says what an incident was. Closes it, and teaches the weights of its rules."""

    id: str
    by: str
    incident: IncidentId
    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Somebody has seen the alarms of an incident: they are not repeated."""

    id: str
    by: str
    incident: IncidentId


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Findings of a rule (on a host, by an account; "" is any) are kept and not alarmed until ``until_us``.

    ``by`` is the owner. A suppression without a reason or an end is refused.
    """

    id: str
    by: str
    reason: str
    until_us: int
    rule: str = ""
    host: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class Lifted:
    """A suppression ends before its time."""

    id: str
    by: str
    suppression: str


Decision = Judged | Acknowledged | Suppressed | Lifted


def refusal(decision: Decision, now_us: int) -> str:
    """Why a decision is refused, in a sentence that says what to do; "" for one that is taken."""
    if not decision.by.strip():
        return "nobody is named who decides this: give `by`"
    if isinstance(decision, Suppressed):
        if not decision.reason.strip():
            return "a suppression needs a reason: say why these findings are expected"
        if decision.until_us <= now_us:
            return "a suppression needs an end that is not past: give `until`"
        if not (decision.rule or decision.host or decision.account):
            return "a suppression of everything is refused: name a rule, a host or an account"
    return ""
