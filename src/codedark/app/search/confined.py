"""DuckDB as it may be used here: to read the lake, within limits, and for nothing else.

Plain SQL comes from a person, or from something that a person copied. So it is held in four ways:

1. it is one SELECT: no COPY, ATTACH, INSTALL, SET, PRAGMA or CALL is even begun;
2. no file can be opened but those of the lake that the views read (``allowed_paths``, ``enable_external_access``), no
   extension is loaded, and these settings cannot be changed back (``lock_configuration``);
3. memory and time end, and nothing is spilled to a disk, where it would outlive the lake's retention;
4. the database is in memory and gone afterwards.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import duckdb

from codedark.app.search.addresses import MACROS
from codedark.errors import UsageError
from codedark.store.lake.files import LakeFile

Row = dict[str, Any]
_EMPTY: Final = (
    "SELECT 0::BIGINT AS seq, now() AS time, now() AS arrived, '' AS source, '' AS product, '' AS service, "
    "'' AS event, '' AS host, '' AS \"user\", '' AS record, '' AS raw WHERE false"
)
"""`codedark.store.lake.parquet.SCHEMA` without a row, for a lake that has none yet."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one search may take."""

    memory_bytes: int = 1 << 30
    seconds: float = 600.0
    threads: int | None = None


@contextmanager
def connected(limits: Limits) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that keeps to ``limits``, writes nothing anywhere and loads no extension.

    Raises `UsageError` where a limit is met, and KeyboardInterrupt for Ctrl-C.
    """
    connection = duckdb.connect(config={
        "memory_limit": f"{limits.memory_bytes}B",
        "temp_directory": "",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        **({"threads": limits.threads} if limits.threads else {}),
    })  # fmt: skip
    connection.execute("SET TimeZone = 'UTC'")
    for macro in MACROS:
        connection.execute(macro)
    too_long = threading.Event()

    def stop() -> None:
        too_long.set()
        connection.interrupt()

    timer = threading.Timer(limits.seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield connection
    except duckdb.InterruptException as error:
        if not too_long.is_set():
            raise KeyboardInterrupt from error
        raise UsageError(
            f"the search was stopped after {limits.seconds:,.0f} s: ask for less time or one log type"
        ) from error
    except duckdb.OutOfMemoryException as error:
        raise UsageError(
            f"the search needs more than {limits.memory_bytes >> 20:,} MiB of memory: ask for less time, "
            "or for fewer different values"
        ) from error
    finally:
        timer.cancel()
        connection.close()


def confine(connection: duckdb.DuckDBPyConnection, lake: Path, files: Sequence[LakeFile]) -> None:
    """Make the views over some files of a lake, and shut everything else (2)."""
    paths = [str(file.path(lake)) for file in files]
    _view(connection, "events", paths)
    for log_type, mine in groupby(files, key=lambda file: file.log_type):
        if log_type != "events":
            _view(connection, log_type, [str(file.path(lake)) for file in mine])
    connection.execute(f"SET allowed_paths = [{', '.join(map(_quoted, paths))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def rows_of(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any]) -> list[Row]:
    """The rows of a SELECT.

    It is asked beside the main thread: DuckDB looks for signals itself there, not always in time, and Ctrl-C must end
    a search at once.
    """

    def ask() -> list[Row]:
        relation = connection.sql(sql, params=dict(parameters)) if parameters else connection.sql(sql)
        rows: list[Row] = relation.to_arrow_table().to_pylist()
        return rows

    with ThreadPoolExecutor(max_workers=1) as beside:
        asked = beside.submit(ask)
        try:
            return asked.result()
        except KeyboardInterrupt:
            while not asked.done():  # what has not quite begun does not hear it
                connection.interrupt()
                wait([asked], timeout=0.05)
            raise


def check_select(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    """Raises `UsageError` for a statement that is not one SELECT."""
    try:
        statements = connection.extract_statements(statement)
    except duckdb.Error as error:
        raise UsageError(f"--sql: {error}") from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise UsageError("--sql: takes one SELECT; the lake can be read here and not changed")


def _view(connection: duckdb.DuckDBPyConnection, name: str, paths: Sequence[str]) -> None:
    rows = f"read_parquet([{', '.join(map(_quoted, paths))}])" if paths else f"({_EMPTY})"
    connection.execute(f'CREATE VIEW "{name}" AS SELECT * FROM {rows}')  # noqa: S608 - quoted


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
