"""The state database: incidents, findings, alarms with their deliveries, and what people decided.

The judge writes what it says, the front writes deliveries and takes decisions, the command line reads and decides;
each in a process of its own. Everything has an identity that follows from the journal, so that saying it again after a
crash changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Integer,
    Row,
    Select,
    delete,
    func,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert

from codedark.detect.finding import Finding
from codedark.respond.decision import Acknowledged, Decision, Judged
from codedark.respond.incident import Alarm, AlarmId, Incident, IncidentId, Status
from codedark.store.state import as_json as written
from codedark.store.state import tables, writing
from codedark.store.state.rows import Decided, Delivery, KeptFinding, Outcome, Sought, Waiting

ALL: Final = Sought()
_STEP: Final = 1_000
"""Findings that are forgotten in one transaction: a few milliseconds, so that the judge hardly waits."""


class State:
    """The database at ``path``, made where it is not there and ``make`` allows it. May be used from several threads,
    and opened by several processes; not to be carried over a fork. Raises `UnusableInput` where it cannot be used, and
    every method `StateUnavailable` where it cannot be used now.
    """

    def __init__(self, path: Path, *, make: bool = True) -> None:
        self._engine: Engine = tables.opened(path, make=make)

    def close(self) -> None:
        """End all connections."""
        self._engine.dispose()

    def tell(
        self,
        findings: Sequence[tuple[Finding, IncidentId | None]],
        incidents: Sequence[Incident],
        alarms: Sequence[Alarm],
    ) -> None:
        """Keep what the judge says, all of it or nothing.

        1. An incident replaces what was kept under its id.
        2. A finding that is there already stays; told with an incident, it belongs to that from now on. Told without
           one, it stays where it is.
        3. What an incident names as evidence belongs to it, whenever it was told.
        4. An alarm that is there already stays, with its deliveries and its acknowledgement.
        """
        now_us = time.time_ns() // 1_000
        with self._writing() as connection:
            writing.put_incidents(connection, incidents)
            writing.put_findings(connection, findings, now_us)
            writing.join_evidence(connection, incidents)
            writing.put(connection, tables.alarm, [writing.alarm_row(alarm) for alarm in alarms])

    def incidents(
        self, *, status: Status | None = None, since_us: int | None = None, most: int | None = None
    ) -> list[Incident]:
        """Incidents, the one with the latest finding first; those that were merged into others only where ``status``
        asks for them. ``since_us`` is the least time of the latest finding.
        """
        asked = select(tables.incident.c.json).order_by(tables.incident.c.last_us.desc(), tables.incident.c.id.desc())
        if status is None:
            asked = asked.where(tables.incident.c.merged_into.is_(None))
        else:
            asked = asked.where(tables.incident.c.status == status)
        if since_us is not None:
            asked = asked.where(tables.incident.c.last_us >= since_us)
        return [written.incident_from_json(row.json) for row in self._read(asked.limit(most))]

    def incident(self, incident: str) -> Incident | None:
        """The incident of that id, also where it was merged into another; None where there is none."""
        rows = self._read(select(tables.incident.c.json).where(tables.incident.c.id == incident))
        return written.incident_from_json(rows[0].json) if rows else None

    def last_numbers(self) -> dict[int, int]:
        """The highest number of an incident in each year: 7 of 2026 for `2026-0007`."""
        found: dict[int, int] = {}
        for row in self._read(select(tables.incident.c.id)):
            year, _, number = row.id.partition("-")
            if year.isdecimal() and number.isdecimal():
                found[int(year)] = max(int(number), found.get(int(year), 0))
        return found

    def findings(self, sought: Sought = ALL, most: int | None = None) -> list[KeptFinding]:
        """The findings that are sought, the latest first."""
        asked = select(tables.finding, tables.rule.c.json.label("rule_json")).join(tables.rule)
        asked = asked.where(*_conditions(sought)).order_by(tables.finding.c.at_us.desc(), tables.finding.c.id)
        return [_kept_finding(row) for row in self._read(asked.limit(most))]

    def forget_findings(self, before_us: int) -> Iterator[int]:
        """Delete findings of no incident that are older than that, a few at a time; tells how many after each step, so
        that the caller can pause or stop.
        """
        old = select(tables.finding.c.id).where(tables.finding.c.incident.is_(None), tables.finding.c.at_us < before_us)
        gone = _STEP
        while gone == _STEP:
            with self._writing() as connection:
                gone = connection.execute(
                    delete(tables.finding).where(tables.finding.c.id.in_(old.limit(_STEP).scalar_subquery()))
                ).rowcount
            yield gone

    def alarms(self, *, incident: str | None = None, since_us: int | None = None) -> list[Alarm]:
        """Alarms in the order of time."""
        asked = select(tables.alarm.c.json).order_by(tables.alarm.c.at_us, tables.alarm.c.id)
        if incident is not None:
            asked = asked.where(tables.alarm.c.incident == incident)
        if since_us is not None:
            asked = asked.where(tables.alarm.c.at_us >= since_us)
        return [written.alarm_from_json(row.json) for row in self._read(asked)]

    def alarms_unacknowledged(self) -> list[Waiting]:
        """Alarms that nobody has acknowledged, in the order of time, each with what was tried."""
        unseen = tables.alarm.c.acknowledged_by.is_(None)
        alarms = (
            select(tables.alarm.c.id, tables.alarm.c.json, tables.incident.c.json.label("incident_json"))
            .outerjoin(tables.incident, tables.incident.c.id == tables.alarm.c.incident)
            .where(unseen)
            .order_by(tables.alarm.c.at_us, tables.alarm.c.id)
        )
        tried = select(tables.delivery).join(tables.alarm).where(unseen).order_by(tables.delivery.c.number)
        with self._reading() as connection:
            rows = connection.execute(alarms).all()
            deliveries: dict[str, list[Delivery]] = {row.id: [] for row in rows}
            for row in connection.execute(tried) if rows else ():
                deliveries[row.alarm].append(_delivery(row))
        return [
            Waiting(
                written.alarm_from_json(row.json),
                written.incident_from_json(row.incident_json) if row.incident_json is not None else None,
                tuple(deliveries[row.id]),
            )
            for row in rows
        ]

    def unacknowledged(self) -> tuple[int, int]:
        """How many alarms nobody has acknowledged, and a number that grows with each alarm: cheap to ask every second,
        and something else as soon as there is a new alarm or an acknowledgement.
        """
        unseen = tables.alarm.c.acknowledged_by.is_(None)
        counted = func.count().label("alarms"), func.max(literal_column("rowid", Integer)).label("newest")
        with self._reading() as connection:
            row = connection.execute(select(*counted).select_from(tables.alarm).where(unseen)).one()
        return row.alarms, row.newest or 0

    def deliveries(self, alarm: str) -> list[Delivery]:
        """All attempts to deliver an alarm, in their order."""
        asked = select(tables.delivery).where(tables.delivery.c.alarm == alarm).order_by(tables.delivery.c.number)
        return [_delivery(row) for row in self._read(asked)]

    def begun(self, alarm: AlarmId, channel: str, at_us: int) -> int:
        """Keep that an attempt begins; returns its number, for `ended`."""
        before = select(func.count()).where(tables.delivery.c.alarm == alarm).scalar_subquery()
        begins = insert(tables.delivery).values(
            alarm=alarm, channel=channel, attempt=before + 1, at_us=at_us, outcome=Outcome.BEGUN
        )
        with self._writing() as connection:
            key = connection.execute(begins).inserted_primary_key
        assert key is not None
        return int(key[0])

    def ended(self, number: int, at_us: int, outcome: Outcome, said: str = "") -> None:
        """Keep how the attempt of that number ended."""
        with self._writing() as connection:
            connection.execute(
                update(tables.delivery)
                .where(tables.delivery.c.number == number)
                .values(ended_us=at_us, outcome=outcome, said=said)
            )

    def abandon_deliveries(self) -> int:
        """Attempts that were begun and never ended become unknown: whoever made them was ended. Returns how many.

        Only for who delivers, when it begins.
        """
        lost = update(tables.delivery).where(tables.delivery.c.outcome == Outcome.BEGUN).values(outcome=Outcome.UNKNOWN)
        with self._writing() as connection:
            return int(connection.execute(lost).rowcount)

    def decide(self, decision: Decision, at_us: int) -> None:
        """Keep a decision until the journal takes it. The same decision again changes nothing.

        An acknowledgement and a verdict hold at once for the alarms of the incident that there are now, also those of
        incidents merged into it; later alarms wake again.
        """
        kind, kept = written.decision_to_json(decision)
        about = decision.incident if isinstance(decision, Acknowledged | Judged) else None
        row = {"id": decision.id, "kind": kind, "incident": about, "at_us": at_us, "json": kept}
        with self._writing() as connection:
            writing.put(connection, tables.decision, [row])
            if about is not None:
                connection.execute(
                    update(tables.alarm)
                    .where(tables.alarm.c.incident.in_(_with_merged(about)), tables.alarm.c.acknowledged_by.is_(None))
                    .values(acknowledged_by=decision.id)
                )

    def decisions(self, *, incident: str | None = None, kind: type[Decision] | None = None) -> list[Decided]:
        """Decisions in the order in which they were made."""
        asked = select(tables.decision).order_by(tables.decision.c.number)
        if incident is not None:
            asked = asked.where(tables.decision.c.incident == incident)
        if kind is not None:
            asked = asked.where(tables.decision.c.kind == written.KINDS[kind])
        return [_decided(row) for row in self._read(asked)]

    def decisions_waiting(self) -> list[Decided]:
        """Decisions that the journal has not taken yet, in the order in which they were made."""
        asked = select(tables.decision).where(tables.decision.c.taken_at.is_(None)).order_by(tables.decision.c.number)
        return [_decided(row) for row in self._read(asked)]

    def journalled(self, decision: str, number: int) -> None:
        """Keep that the journal took the decision of that id, and under which number."""
        with self._writing() as connection:
            connection.execute(update(tables.decision).where(tables.decision.c.id == decision).values(taken_at=number))

    def _writing(self) -> AbstractContextManager[Connection]:
        return tables.transaction(self._engine, writes=True)

    def _reading(self) -> AbstractContextManager[Connection]:
        return tables.transaction(self._engine, writes=False)

    def _read(self, asked: Select[Any]) -> Sequence[Row[Any]]:
        with self._reading() as connection:
            return connection.execute(asked).all()


def _with_merged(incident: str) -> Select[Any]:
    """The ids of the incident and of all that were merged into it, directly or by way of others."""
    whole = select(literal(incident).label("id")).cte("whole", recursive=True)
    return select(whole.union(select(tables.incident.c.id).where(tables.incident.c.merged_into == whole.c.id)).c.id)


def _conditions(sought: Sought) -> list[ColumnElement[bool]]:
    columns = tables.finding.c
    out = [columns.level >= int(sought.level)]
    if sought.since_us is not None:
        out.append(columns.at_us >= sought.since_us)
    if sought.until_us is not None:
        out.append(columns.at_us < sought.until_us)
    if sought.rule is not None:
        out.append(or_(columns.rule == sought.rule, columns.title == sought.rule))
    if sought.host is not None:
        out.append(columns.host == sought.host)
    if sought.user is not None:
        out.append(columns.user == sought.user)
    if sought.incident is not None:
        out.append(columns.incident == sought.incident if sought.incident else columns.incident.is_(None))
    return out


def _kept_finding(row: Row[Any]) -> KeptFinding:
    rule = written.rule_from_json(row.rule_json)
    return KeptFinding(row.id, row.incident, row.at_us, written.finding_from_json(rule, row.json))


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(row.number, row.channel, row.attempt, row.at_us, Outcome(row.outcome), row.ended_us, row.said)


def _decided(row: Row[Any]) -> Decided:
    return Decided(written.decision_from_json(row.kind, row.json), row.at_us, row.taken_at)
