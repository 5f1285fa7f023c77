"""The tables of the state database, and how it is opened so that several processes can share it.

SQLite in WAL mode: readers never wait for the writer (sqlite.org/wal.html). A commit is on disk when it returns
(``synchronous=FULL``). Who writes says so at the beginning of a transaction, so that two writers queue up instead of
one of them failing in the middle.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    insert,
    select,
)
from sqlalchemy.exc import DatabaseError, OperationalError

from codedark.errors import CodeDarkError, UnusableInput

SCHEMA: Final = 1
"""Goes up with every change of the tables that an older program could not live with."""
BUSY_SECONDS: Final = 20.0
"""How long a writer waits for another: a transaction here takes milliseconds, and a slow disk a few seconds."""

_METADATA: Final = MetaData()

meta = Table("meta", _METADATA, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

incident = Table(
    "incident",
    _METADATA,
    Column("id", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("began_us", Integer, nullable=False),
    Column("last_us", Integer, nullable=False),
    Column("merged_into", Text),
    Column("json", LargeBinary, nullable=False),
    Index("incident_by_time", "last_us"),
    Index("incident_merged", "merged_into"),
)

rule = Table(
    "rule",
    _METADATA,
    Column("digest", LargeBinary, primary_key=True),
    Column("json", LargeBinary, nullable=False),
)

finding = Table(
    "finding",
    _METADATA,
    Column("id", Text, primary_key=True),
    Column("incident", Text),
    Column("at_us", Integer, nullable=False),
    Column("level", Integer, nullable=False),
    Column("rule", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("host", Text(collation="NOCASE"), nullable=False),
    Column("user", Text(collation="NOCASE"), nullable=False),
    Column("record", Integer, nullable=False),
    Column("says", Text, nullable=False),
    Column("rule_digest", LargeBinary, ForeignKey("rule.digest"), nullable=False),
    Column("json", LargeBinary, nullable=False),
    Index("finding_by_time", "at_us"),
    Index("finding_of_incident", "incident"),
)

alarm = Table(
    "alarm",
    _METADATA,
    Column("id", Text, primary_key=True),
    Column("incident", Text, nullable=False),
    Column("at_us", Integer, nullable=False),
    Column("level", Integer, nullable=False),
    Column("json", LargeBinary, nullable=False),
    Column("acknowledged_by", Text),
    Index("alarm_of_incident", "incident"),
)

delivery = Table(
    "delivery",
    _METADATA,
    Column("number", Integer, primary_key=True),
    Column("alarm", Text, ForeignKey("alarm.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("at_us", Integer, nullable=False),
    Column("ended_us", Integer),
    Column("outcome", Text, nullable=False),
    Column("said", Text, nullable=False, server_default=""),
    Index("delivery_of_alarm", "alarm"),
)

decision = Table(
    "decision",
    _METADATA,
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("incident", Text),
    Column("at_us", Integer, nullable=False),
    Column("taken_at", Integer),
    Column("json", LargeBinary, nullable=False),
)


class StateUnavailable(CodeDarkError):
    """The database cannot be read or written now: a full disk, another writer that does not end, a damaged file."""


def opened(path: Path, *, make: bool) -> Engine:
    """The database at ``path``, made where it is not there and ``make`` allows it, readable by its owner only.

    Raises `UnusableInput` where it is not there, is not ours, or was written by a newer program.
    """
    if not path.exists():
        if not make:
            raise UnusableInput(
                f"{path}: is not there: name the folder of the installation with --home, or start `codedark serve`"
            )
        _create(path)
    engine = create_engine(
        f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS, "isolation_level": None}, pool_reset_on_return=None
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    try:
        with engine.execution_options(writes=True).begin() as connection:
            _METADATA.create_all(connection)
            _check_schema(connection, path)
    except OperationalError as error:
        raise UnusableInput(
            f"{path}: cannot be opened ({error.orig}): may this user write it and its folder?"
        ) from error
    except DatabaseError as error:
        raise UnusableInput(f"{path}: is no state database of Code Dark ({error.orig}): move it away") from error
    return engine


@contextmanager
def transaction(engine: Engine, *, writes: bool) -> Iterator[Connection]:
    """A transaction; with ``writes`` it takes the place of the only writer at once. Raises `StateUnavailable`."""
    try:
        with engine.execution_options(writes=writes).begin() as connection:
            yield connection
    except DatabaseError as error:
        path = engine.url.database
        verb = "written" if writes else "read"
        raise StateUnavailable(f"{path}: cannot be {verb} ({error.orig}): is there room on its disk?") from error


def _create(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise UnusableInput(f"{path}: cannot be made ({error.strerror}): may this user write its folder?") from error


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _check_schema(connection: Connection, path: Path) -> None:
    found = connection.execute(select(meta.c.value).where(meta.c.key == "schema")).scalar()
    if found is None:
        connection.execute(insert(meta).values(key="schema", value=str(SCHEMA)))
    elif int(found) > SCHEMA:
        raise UnusableInput(
            f"{path}: was written by a newer Code Dark (tables of version {found}, this one knows {SCHEMA}): "
            "use the newer program, or put a backup of the file in its place"
        )
