"""What a hunt found and what it could not see, in plain sentences: the same on the terminal and in the
report.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from codedark.app.amounts import amount
from codedark.app.ranking import HostTotal, hosts
from codedark.app.summary import Summary
from codedark.app.tally import Tally
from codedark.app.untrusted import one_line
from codedark.detect.finding import Level

REASONS = 5
NAMED_HOSTS = 3
NO_HOST = "(no host named)"


def headline(tally: Tally, summary: Summary) -> str:
    """The result of the hunt in one sentence: how serious, on which hosts, from when to when."""
    if not tally.findings:
        if not summary.events_judged:
            return "Nothing was judged: there was no record that could be read."
        return f"No rule fired on {amount(summary.events_judged, 'record')}."
    grave = [level for level in (Level.CRITICAL, Level.HIGH) if tally.by_level[level]]
    levels = grave or [level for level in sorted(Level, reverse=True) if tally.by_level[level]]
    totals = hosts(tally)
    parts: list[str] = []
    for level in levels:
        affected = [total for total in totals if total.findings[level]]
        where = f" on {_hosts(affected, named=not parts)}" if affected else ""
        noun = "" if parts else " finding" if tally.by_level[level] == 1 else " findings"
        parts.append(f"{tally.by_level[level]:,} {level.name.lower()}{noun}{where}")
    start = "" if grave else "Nothing critical or high. "
    return f"{start}{_listed(parts)}{_period(tally, set(levels))}."


def blindness(tally: Tally, summary: Summary) -> str:
    """What the result does not say."""
    unseen = []
    if summary.rules_not_runnable:
        unseen.append(f"{amount(summary.rules_not_runnable, 'rule')} could not run here")
    if summary.events_rejected:
        unseen.append(f"{amount(summary.events_rejected, 'record')} could not be read")
    because = f": {_listed(unseen)}" if unseen else ""
    if tally.findings:
        return f"What was not logged, or has no rule, is not in this list{because}."
    return (
        f"That is not proof that nobody is in{because}; and nothing can be seen of what was not logged or "
        "has no rule. Look at which hosts and logs are missing before you call the systems clean."
    )


def sentences(tally: Tally, summary: Summary) -> list[str]:
    """The books of the hunt: records, rules, what was left out of the lists, each a sentence."""
    rate = f"{summary.rate:,.0f} a second, {amount(summary.jobs, 'job')}"
    records = (
        f"Records: {summary.events_read:,} read = {summary.events_judged:,} judged + "
        f"{summary.events_rejected:,} rejected, from {amount(summary.files, 'file')} in "
        f"{summary.seconds:,.1f} s ({rate})."
    )
    rules = (
        f"Rules: {summary.rules_loaded:,} loaded = {summary.rules_run:,} run + "
        f"{summary.rules_not_runnable:,} that could not run here."
    )
    out = [records, rules, f"Findings: {summary.findings:,}{_by_level(tally)}."]
    if summary.interrupted:
        out.insert(0, "The hunt was stopped before the end: all counts are of what had been read by then.")
    undated = summary.undated or sum(group.undated for group in tally)
    if undated:
        out.append(f"{amount(undated, 'finding')} without a readable time: counted, but in no timeline.")
    if unlisted := tally.unlisted.total():
        parts = [f"{tally.unlisted[level]:,} {level.name.lower()}" for level in sorted(tally.unlisted, reverse=True)]
        out.append(
            f"Only the {len(tally):,} most serious pairs of host and rule are listed; not listed: "
            f"{amount(unlisted, 'finding')} ({', '.join(parts)}). --format jsonl writes every one."
        )
    return out


def reasons(counts: Mapping[str, int], limit: int = REASONS) -> list[tuple[str, int]]:
    """The most frequent reasons with their counts, and under "other reasons" the rest."""
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    if len(rows) <= limit:
        return [(one_line(reason), count) for reason, count in rows]
    rest = sum(count for _, count in rows[limit:])
    return [(one_line(reason), count) for reason, count in rows[:limit]] + [
        (f"{amount(len(rows) - limit, 'other reason')}", rest)
    ]


def stamp(time: datetime | None, timespec: str = "seconds") -> str:
    """``2026-01-13 06:32:07`` in UTC; "no time" for None."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(" ", timespec) if time else "no time"


def until(first: datetime | None, last: datetime | None, timespec: str = "seconds") -> str:
    """`stamp` of ``last`` without its day where that is the day of ``first``."""
    begin, end = stamp(first, timespec), stamp(last, timespec)
    return end.partition(" ")[2] if begin[:10] == end[:10] and first and last else end


def host_name(host: str) -> str:
    """The host as it is shown: on one line, and never empty."""
    return one_line(host) or NO_HOST


def _hosts(affected: list[HostTotal], *, named: bool) -> str:
    names = [host_name(total.host) for total in affected[:NAMED_HOSTS]]
    if len(affected) > NAMED_HOSTS:
        names.append(f"{len(affected) - NAMED_HOSTS:,} more")
    return f"{amount(len(affected), 'host')}{f' ({_listed(names)})' if named else ''}"


def _period(tally: Tally, levels: set[Level]) -> str:
    groups = [group for group in tally if group.rule.level in levels]
    first = min((group.first for group in groups if group.first), default=None)
    last = max((group.last for group in groups if group.last), default=None)
    if first is None or last is None:
        return ", at no readable time"
    if stamp(first) == stamp(last):
        return f", at {stamp(first)} UTC"
    timespec = "seconds" if last - first < timedelta(hours=1) else "minutes"
    return f", between {stamp(first, timespec)} and {until(first, last, timespec)} UTC"


def _by_level(tally: Tally) -> str:
    parts = [f"{tally.by_level[level]:,} {level.name.lower()}" for level in sorted(tally.by_level, reverse=True)]
    return f" ({', '.join(parts)})" if parts else ""


def _listed(parts: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
