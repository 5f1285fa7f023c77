"""From what the judge says to rows of the state database, put so that the same again changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam, update
from sqlalchemy.dialects.sqlite import insert

from codedark.detect.finding import Finding
from codedark.events.moments import microseconds_of
from codedark.respond.incident import Alarm, Incident, IncidentId
from codedark.store.state import as_json as written
from codedark.store.state import tables


def put(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows that are not there yet."""
    if rows:
        connection.execute(insert(table).on_conflict_do_nothing(), rows)


def put_incidents(connection: Connection, incidents: Iterable[Incident]) -> None:
    """Each as it is told now, in the place of what was kept under its id."""
    upsert = insert(tables.incident)
    kept = [column.name for column in tables.incident.c if not column.primary_key]
    rows = [
        {
            "id": each.id, "status": each.status, "confidence": each.confidence, "began_us": each.began_us,
            "last_us": each.last_us, "merged_into": each.merged_into, "json": written.incident_to_json(each),
        }
        for each in incidents
    ]  # fmt: skip
    if rows:
        connection.execute(
            upsert.on_conflict_do_update(["id"], set_={name: upsert.excluded[name] for name in kept}), rows
        )


def put_findings(connection: Connection, findings: Iterable[tuple[Finding, IncidentId | None]], now_us: int) -> None:
    """Findings that are not there yet; those that are join the incident that they are told with. ``now_us`` is the time
    of those whose record does not say.
    """
    rules: dict[int, tuple[bytes, bytes]] = {}  # by identity: the rules live as long as their findings here
    rows: list[dict[str, Any]] = []
    for each, incident in findings:
        rule = each.rule
        if id(rule) not in rules:
            rules[id(rule)] = written.rule_to_json(rule)
        rows.append({
            "id": _text(each.id), "incident": incident,
            "at_us": now_us if each.time is None else microseconds_of(each.time),
            "level": int(rule.level), "rule": _text(rule.id), "title": _text(rule.title), "host": _text(each.host),
            "user": _text(each.user), "record": each.record, "says": _text(each.says),
            "rule_digest": rules[id(rule)][0], "json": written.finding_to_json(each),
        })  # fmt: skip
    if not rows:
        return
    put(connection, tables.rule, [{"digest": digest, "json": kept} for digest, kept in rules.values()])
    upsert = insert(tables.finding)
    told = upsert.excluded.incident
    connection.execute(
        upsert.on_conflict_do_update(
            ["id"],
            set_={"incident": told},
            where=told.is_not(None) & tables.finding.c.incident.is_distinct_from(told),
        ),
        rows,
    )


def join_evidence(connection: Connection, incidents: Iterable[Incident]) -> None:
    """What an incident names as evidence belongs to it."""
    joined = [
        {"joined": each.id, "evidence": _text(row.finding)}
        for each in incidents
        if each.merged_into is None
        for row in each.evidence
    ]
    if joined:
        connection.execute(
            update(tables.finding)
            .where(tables.finding.c.id == bindparam("evidence"))
            .where(tables.finding.c.incident.is_distinct_from(bindparam("joined")))
            .values(incident=bindparam("joined")),
            joined,
        )


def alarm_row(alarm: Alarm) -> dict[str, Any]:
    """The alarm as a row."""
    return {
        "id": alarm.id, "incident": alarm.incident, "at_us": alarm.at_us, "level": int(alarm.level),
        "json": written.alarm_to_json(alarm),
    }  # fmt: skip


def _text(text: str) -> str:
    """What SQLite can hold: lone surrogates, from bytes that were no text, as escapes."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")
