"""What an alarm says to people, in the words of a mail that somebody reads on a telephone at night.

An alarm names hosts, accounts, services and wards. What single findings say, and the records behind them, stay in the
house: patients could be in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from jinja2 import Environment

from codedark.app.account import stamp
from codedark.app.attack import attack
from codedark.app.templates import environment
from codedark.app.untrusted import one_line
from codedark.detect.finding import Level
from codedark.events.moments import moment_of
from codedark.respond.alarming import percent
from codedark.respond.incident import Alarm, AlarmId, AtRisk, Belief, Incident, IncidentId

_MOST_NAMES: Final = 8
_MOST_TEXT: Final = 1_000
_MOST_SUBJECT: Final = 140
"""A telephone shows about 40 characters of a subject, mail programs about 100: the rest is in the letter."""


@dataclass(frozen=True, slots=True)
class House:
    """The hospital in messages: its name, and where an incident is shown (``{incident}`` stands for its id)."""

    name: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """An alarm as it is to be told now. ``repeat`` is how often it went out before over these channels."""

    alarm: Alarm
    incident: Incident | None
    house: House
    sent_us: int
    repeat: int = 0
    test: bool = False

    @property
    def key(self) -> str:
        """The same for the same message sent again, another for each repeat: a repeat must not be taken for a copy."""
        return f"{self.alarm.id}-r{self.repeat}" if self.repeat else self.alarm.id

    @property
    def link(self) -> str:
        """Where the incident is shown; "" where that is nowhere."""
        return self.house.link.replace("{incident}", self.alarm.incident)


def trial(now_us: int) -> Alarm:
    """The alarm of a test message, with an id that no other has."""
    return Alarm(
        AlarmId(f"test-{now_us}"), IncidentId("test"), now_us, Level.INFORMATIONAL,
        "This is a test of the way that alarms take. Nothing has happened.",
        "Nothing. If you expected no test, ask who runs Code Dark.",
        "somebody asked for a test", 0.0, AtRisk(),
    )  # fmt: skip


def subject(notice: Notice) -> str:
    """``HIGH: who, what, where (2026-0007)``, on one line, the most important first."""
    again = f", repeat {notice.repeat}" if notice.repeat else ""
    head = "TEST" if notice.test else notice.alarm.level.name
    return f"{_cut(f'{head}: {line(notice.alarm.sentence)}', _MOST_SUBJECT)} ({notice.alarm.incident}{again})"


def letter_text(notice: Notice) -> str:
    """The plain text of a mail."""
    return _templates().get_template("mail.txt").render(**facts(notice))


def letter_html(notice: Notice) -> str:
    """The same as HTML, which loads nothing."""
    return _templates().get_template("mail.html").render(**facts(notice))


def short_text(notice: Notice) -> str:
    """A few lines for a chat: what, what to do, where to look."""
    alarm, told = notice.alarm, facts(notice)
    lines = [
        f"{told['head']}: {told['sentence']}",
        f"First: {told['next_step']}",
        f"Why now: {told['why_now']}",
        *(f"{name}: {value}" for name, value in told["facts"]),
        f"Incident {alarm.incident}, alarm {alarm.id}{told['again']}",
        *([notice.link] if notice.link else []),
    ]
    return "\n".join(lines)


def facts(notice: Notice) -> dict[str, Any]:
    """Everything that templates say, each on one line and with nothing in it that hides or reorders text."""
    alarm, incident = notice.alarm, notice.incident
    return {
        "head": "TEST" if notice.test else alarm.level.name,
        "level": alarm.level.name.lower(),
        "sentence": line(alarm.sentence),
        "next_step": line(alarm.next_step),
        "why_now": line(alarm.why_now),
        "facts": [] if notice.test else _facts(alarm, incident),
        "again": f", repeat {notice.repeat}" if notice.repeat else "",
        "repeat": notice.repeat,
        "alarm": alarm.id,
        "incident": alarm.incident,
        "at": f"{stamp(moment_of(alarm.at_us))} UTC",
        "house": line(notice.house.name),
        "link": notice.link,
        "test": notice.test,
    }


def tactic_name(key: str) -> str:
    """The name of an ATT&CK tactic by its tag, id or name: `Lateral Movement`."""
    known = attack().tactics
    found = known.get(key) or next((each for each in known.values() if key in {each.id, each.name}), None)
    return found.name if found else line(key)


def line(text: str) -> str:
    """Text that others wrote, on one line and not too long."""
    return _cut(one_line(text), _MOST_TEXT)


def _facts(alarm: Alarm, incident: Incident | None) -> list[tuple[str, str]]:
    risk = alarm.at_risk
    rows = [
        ("How sure", f"{percent(alarm.confidence)} that this is an attack" if alarm.confidence else ""),
        ("Since", f"{stamp(moment_of(incident.began_us))} UTC" if incident else ""),
        ("Hosts", _beliefs(incident.hosts) if incident else ""),
        ("Accounts", _beliefs(incident.accounts) if incident else ""),
        ("So far", _so_far(incident) if incident else ""),
        ("Services at risk", _listed(risk.services)),
        ("Wards at risk", _listed(risk.wards)),
        ("Operations at risk", _listed(risk.operations)),
        ("Lifelines at risk", _listed(risk.lifelines)),
    ]
    return [(name, value) for name, value in rows if value]


def _beliefs(beliefs: Sequence[Belief]) -> str:
    strongest = sorted(beliefs, key=lambda each: -each.log_odds)
    return _listed([f"{each.name} ({percent(each.probability)})" for each in strongest])


def _so_far(incident: Incident) -> str:
    return ", ".join(f"{tactic_name(key)} {moment_of(at_us):%H:%M}" for key, at_us in incident.tactics.items())


def _listed(names: Iterable[str]) -> str:
    all_names = [line(each) for each in names]
    more = f" and {len(all_names) - _MOST_NAMES} more" if len(all_names) > _MOST_NAMES else ""
    return ", ".join(all_names[:_MOST_NAMES]) + more


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


@cache
def _templates() -> Environment:
    return environment("alarm", {})
