"""Searching the event lake through DuckDB, while it is written.

A search goes day by day, the newest first, and stops when it has enough: a person who looks for one record does not
wait for a year of them. Files are opened only for days and log types that the query can mean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any, Final, TypeVar

import duckdb
import orjson

from codedark.app.search.confined import Limits, Row, check_select, confine, connected, rows_of
from codedark.app.search.sql import (
    COLUMNS,
    TYPE_SQL,
    Bounds,
    Compiled,
    compile_query,
    field_sql,
    moment_sql,
)
from codedark.app.search.times import EXAMPLES, Span, span_of
from codedark.errors import UnusableInput, UsageError
from codedark.store.lake.files import LakeFile, log_type_of, start_of
from codedark.store.lake.lake import readable_files

_T = TypeVar("_T")
Progress = Callable[[int, int], None]
"""Told how many days are done, and of how many."""

_SHOWN: Final = """seq, epoch_us(time) AS time, epoch_us(arrived) AS arrived, source, product, service, event, host,
"user", record, raw"""
_OTHER: Final = "other"
_AGAIN: Final = 5
"""So often a search begins anew because files were deleted under it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A search: a query, and times as people write them (`search_times`), both ends included."""

    query: str = ""
    since: str | None = None
    until: str | None = None

    def compiled(self, now_us: int) -> Compiled:
        """The condition of SQL for all of it. Raises `UsageError`."""
        found = compile_query(self.query, now_us)
        mine = Bounds()
        if self.since is not None:
            mine = mine.and_also(Bounds(from_us=_span("--from", self.since, now_us).start_us))
        if self.until is not None:
            mine = mine.and_also(Bounds(until_us=_span("--until", self.until, now_us).end_us))
        sql = f"{found.sql} AND time >= CAST($from_ AS TIMESTAMPTZ) AND time < CAST($until_ AS TIMESTAMPTZ)"
        ends = {"from_": moment_sql(mine.from_us), "until_": moment_sql(mine.until_us)}
        return Compiled(sql, {**found.parameters, **ends}, found.bounds.and_also(mine))


class Search:
    """Searches one lake. Raises `UnusableInput` where there is none."""

    def __init__(self, lake: Path, limits: Limits | None = None) -> None:
        if not lake.is_dir():
            raise UnusableInput(f"{lake}: there is no event lake here: name its folder, or start 'codedark serve'")
        self._lake = lake
        self._limits = limits or Limits()

    def records(self, asked: Asked, now_us: int, most: int, progress: Progress | None = None) -> list[Row]:
        """The newest records that are meant, at most so many, the newest first; ``record`` is the record itself."""
        compiled = asked.compiled(now_us)
        sql = f"""SELECT {_SHOWN} FROM read_parquet($files) WHERE {compiled.sql}
            ORDER BY "time" DESC, seq DESC LIMIT $most"""  # noqa: S608 - of our own parts; values are parameters

        def all_days() -> list[Row]:
            out: list[Row] = []
            for rows in self._days(compiled, sql, lambda: {"most": most - len(out)}, progress):
                out.extend(map(_shown, rows))
                if len(out) >= most:
                    break
            return out

        return self._retried(all_days)

    def counts(self, asked: Asked, now_us: int, field: str, progress: Progress | None = None) -> list[tuple[str, int]]:
        """How many records have which value of a field, the most frequent first; "" for those without it."""
        compiled = asked.compiled(now_us)
        value = _value_sql(field, compiled.parameters)
        sql = f"SELECT {value} AS value, count(*) AS count FROM read_parquet($files) WHERE {compiled.sql} GROUP BY ALL"  # noqa: S608 - of our own parts; values are parameters

        def all_days() -> Counter[str]:
            counts: Counter[str] = Counter()
            for rows in self._days(compiled, sql, dict, progress):
                for row in rows:
                    counts["" if row["value"] is None else str(row["value"])] += row["count"]
            return counts

        return sorted(self._retried(all_days).items(), key=lambda item: (-item[1], item[0]))

    def sql(self, statement: str) -> list[Row]:
        """The rows of one SELECT over the view ``events``, and one view for each log type; nothing else can be done.

        Raises `UsageError` for anything else, and for what DuckDB does not take.
        """

        def once() -> list[Row]:
            with connected(self._limits) as connection:
                check_select(connection, statement)
                confine(connection, self._lake, readable_files(self._lake))
                return rows_of(connection, statement, {})

        return self._retried(once)

    def _days(
        self, compiled: Compiled, sql: str, more: Callable[[], Mapping[str, Any]], progress: Progress | None
    ) -> Iterator[list[Row]]:
        days = self._files_by_day(compiled.bounds)
        with connected(self._limits) as connection:
            for done, (_, files) in enumerate(days):
                if progress:
                    progress(done, len(days))
                paths = [str(file.path(self._lake)) for file in files]
                yield rows_of(connection, sql, {**compiled.parameters, "files": paths, **more()})
            if progress:
                progress(len(days), len(days))

    def _files_by_day(self, bounds: Bounds) -> list[tuple[date, list[LakeFile]]]:
        folder = None
        if bounds.type is not None:
            product, _, service = bounds.type.partition("/")
            folder = log_type_of(product, service)
        meant = [
            file
            for file in readable_files(self._lake)
            if start_of(file.day) < bounds.until_us
            and file.ends_us > bounds.from_us
            and (folder is None or file.log_type in {folder, _OTHER})
        ]
        meant.sort(key=lambda file: file.day, reverse=True)
        return [(day, list(files)) for day, files in groupby(meant, key=lambda file: file.day)]

    def _retried(self, once: Callable[[], _T]) -> _T:
        for again in range(_AGAIN):
            try:
                return once()
            except duckdb.IOException as error:
                # Retention has deleted a file between its being found and its being opened.
                if again == _AGAIN - 1:
                    raise UnusableInput(f"{self._lake}: {error}") from error
            except duckdb.Error as error:
                raise UsageError(f"the search cannot be made: {error}") from error
        raise AssertionError


def fields_of(row: Row, names: Sequence[str]) -> Row:
    """Just some columns, or fields of the record, of a row that `Search.records` gave; None for what it has not."""
    return {name: row[name.lower()] if name.lower() in row else _within(row["record"], name) for name in names}


def has_field(row: Row, name: str) -> bool:
    """Whether a row that `Search.records` gave has a value of this field in its record."""
    return _within(row["record"], name) is not None


def _within(record: Any, name: str) -> Any:
    if isinstance(record, dict) and name in record:
        return record[name]
    for part in name.split("."):
        record = record.get(part) if isinstance(record, dict) else None
    return record


def _shown(row: Row) -> Row:
    try:
        record = orjson.loads(row["record"])
    except orjson.JSONDecodeError:
        record = {"raw": row["record"]}
    service = f"/{row['service']}" if row["service"] else ""
    return {
        "seq": row["seq"],
        "time": moment(row["time"]),
        "arrived": moment(row["arrived"]),
        "source": row["source"],
        "type": f"{row['product']}{service}",
        "event": row["event"],
        "host": row["host"],
        "user": row["user"],
        "record": record,
        "raw": row["raw"],
    }


def moment(time_us: int) -> str:
    """A time as ISO 8601 text, UTC."""
    return moment_sql(time_us).replace("+00:00", "Z")


def _value_sql(field: str, parameters: dict[str, Any]) -> str:
    name = field.lower()
    if name == "type":
        return TYPE_SQL
    if name in COLUMNS:
        return f'CAST("{name}" AS VARCHAR)'

    def put(value: object) -> str:
        parameters[f"c{len(parameters)}"] = value
        return f"$c{len(parameters) - 1}"

    return field_sql(field, put)


def _span(option: str, text: str, now_us: int) -> Span:
    span = span_of(text, now_us)
    if span is None:
        raise UsageError(f"{option} {text}: is no time; write it as {EXAMPLES}")
    return span
