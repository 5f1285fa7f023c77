"""The findings of the report, one entry a host and rule, with sample events: as much as the page has room
for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from codedark.app.account import host_name, stamp, until
from codedark.app.amounts import amount
from codedark.app.attack import attack, technique_ids
from codedark.app.tally import MAX_VALUE_CHARS, Group, Names
from codedark.app.untrusted import clipped, one_line
from codedark.detect.finding import Finding, Level
from codedark.events.record import Value

PAGE_CHARS: Final = 5_000_000
MAX_ENTRIES: Final = 5_000
MAX_VALUE: Final = MAX_VALUE_CHARS + 100  # so that what the tally has cut is not cut again
MAX_TEXT: Final = 3_000
MAX_TITLE: Final = 300
MAX_FIELDS: Final = 80
MAX_LIST: Final = 20


@dataclass(frozen=True, slots=True)
class Event:
    """A sample finding: where it is found, when it happened, and its record as names and values."""

    where: str
    time: str
    window: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One host and rule. ``events`` is empty, and ``events_note`` says why, where the page has no room for
    them.
    """

    level: Level
    host: str
    title: str
    count: int
    period: str
    techniques: tuple[str, ...]
    facts: tuple[tuple[str, tuple[str, ...]], ...]
    events: tuple[Event, ...]
    events_note: str


@dataclass(frozen=True, slots=True)
class Section:
    """The entries of one level and a sentence about what of the level is not listed."""

    level: Level
    title: str
    entries: tuple[Entry, ...]
    note: str


def sections(groups: list[Group]) -> list[Section]:
    """The groups, ranked, by level. The most serious get their events first; what did not fit is said."""
    room, listed = PAGE_CHARS, MAX_ENTRIES
    out = []
    for level, members in groupby(groups, key=lambda group: group.rule.level):
        of_level = list(members)
        entries: list[Entry] = []
        for group in of_level[:listed]:
            entry = _entry(group, with_events=room > 0)
            room -= _chars(entry)
            entries.append(entry)
        listed -= len(entries)
        rest = of_level[len(entries) :]
        note = (
            f"And {amount(len(rest), 'more pair')} of host and rule with {amount(_count(rest), 'finding')}, "
            "for which this page has no room: --format jsonl writes every finding."
            if rest
            else ""
        )
        title = (
            f"{level.name.capitalize()}: {amount(_count(of_level), 'finding')} of "
            f"{amount(len({group.rule.id for group in of_level}), 'rule')} on "
            f"{amount(len({group.host for group in of_level}), 'host')}"
        )
        out.append(Section(level, title, tuple(entries), note))
    return out


def _entry(group: Group, *, with_events: bool) -> Entry:
    rule, samples = group.rule, group.samples
    events = tuple(map(_event, samples)) if with_events else ()
    return Entry(
        level=rule.level,
        host=clipped(host_name(group.host), MAX_TITLE),
        title=clipped(one_line(rule.title), MAX_TITLE),
        count=group.count,
        period=_period(group),
        techniques=technique_ids(rule.tags),
        facts=tuple(_facts(group)) if with_events else (),
        events=events,
        events_note=_events_note(group, len(samples), with_events),
    )


def _period(group: Group) -> str:
    first = stamp(group.first)
    return first if first == stamp(group.last) else f"{first} to {until(group.first, group.last)}"


def _facts(group: Group) -> Iterator[tuple[str, tuple[str, ...]]]:
    rule = group.rule
    techniques = [f"{key} {attack().technique(key).name}".strip() for key in technique_ids(rule.tags)]
    for name, values in (
        ("What the rule looks for", (rule.description,)),
        ("Could be harmless when", rule.falsepositives),
        ("ATT&CK", techniques),
        ("Users", _names(group.users)),
        ("Logs", _names(group.sources)),
        ("Rule", (f"{rule.path} ({rule.id}{', ' + rule.status if rule.status else ''})",)),
        ("References", rule.references),
    ):
        texts = [clipped(value.strip(), MAX_TEXT) for value in values if value.strip()]
        more = [f"and {len(texts) - MAX_LIST:,} more"] if len(texts) > MAX_LIST else []
        if texts:
            yield name, (*texts[:MAX_LIST], *more)
    if group.undated:
        yield "Without a time", (f"{group.undated:,} of {group.count:,}",)


def _names(names: Names) -> list[str]:
    return [*map(one_line, names.first), *(["and others"] if names.more else [])]


def _event(finding: Finding) -> Event:
    window = ""
    if finding.window:
        group = ", ".join(f"{key} {value}" for key, value in finding.window.group.items())
        window = (
            f"{finding.window.count:,} matches from {stamp(finding.window.first)} to "
            f"{stamp(finding.window.last)} UTC{f' for {clipped(group, MAX_VALUE)}' if group else ''}"
        )
    fields = list(finding.event.items())
    rows = [(clipped(name, MAX_TITLE), clipped(_text(value), MAX_VALUE)) for name, value in fields[:MAX_FIELDS]]
    if len(fields) > MAX_FIELDS:
        rows.append(("…", f"and {len(fields) - MAX_FIELDS:,} more fields"))
    where = f"{clipped(one_line(finding.source), MAX_TEXT)}#{finding.record}"
    return Event(where, stamp(finding.time, "milliseconds"), window, tuple(rows))


def _text(value: Value) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_text, value))
    return "(null)" if value is None else str(value)


def _events_note(group: Group, samples: int, with_events: bool) -> str:
    if not with_events:
        return "Details left out: the page has no more room."
    if not samples:
        return "No event was kept: the memory for events was full."
    if samples == group.count:
        return "The event" if samples == 1 else f"All {samples} events"
    return f"{samples} of {group.count:,} events: the first, and others taken evenly"


def _count(groups: list[Group]) -> int:
    return sum(group.count for group in groups)


def _chars(entry: Entry) -> int:
    """About how many characters of HTML the entry takes."""
    facts = sum(60 + len(value) for _, values in entry.facts for value in values)
    events = sum(50 + len(name) + len(value) for event in entry.events for name, value in event.fields)
    return 600 + facts + events + 200 * len(entry.events)
