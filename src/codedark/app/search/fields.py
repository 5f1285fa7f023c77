"""Whether a lake has the fields that a query names: a name that was mistyped finds nothing, and that is no all-clear.

Fields are not declared anywhere, so a name is known if any record of the lake has it, on whatever day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from itertools import groupby
from pathlib import Path
from typing import Final

import duckdb

from codedark.app.search.confined import Limits, connected, rows_of
from codedark.app.search.language import All, Any, Not, Query, Term, Word, parse
from codedark.app.search.sql import COLUMNS, has_field_sql
from codedark.errors import UnusableInput
from codedark.store.lake.files import LakeFile
from codedark.store.lake.lake import readable_files

_LOOKED_AT: Final = 500
"""So many records of each log are looked at for names that may have been meant."""
_MOST_MEANT: Final = 3


def named_fields(query: str) -> list[str]:
    """The fields of the record that a query names, without the columns. Raises `QueryError`."""
    return [name for name in dict.fromkeys(_names(parse(query))) if name.lower() not in COLUMNS]


def refusal(lake: Path, names: Sequence[str], limits: Limits | None = None) -> str:
    """Why a search for these fields means nothing: the first that no record of the lake has, and what may have been
    meant. "" where each is in some record, and for a lake without records. Raises `UnusableInput`.
    """
    files = sorted(readable_files(lake), key=lambda file: file.day, reverse=True)
    if not files:
        return ""
    try:
        with connected(limits or Limits()) as connection:
            unknown = next((name for name in names if not _is_in(connection, lake, files, name)), None)
            if unknown is None:
                return ""
            near = _near(unknown, [*COLUMNS, *_seen(connection, lake, files)])
    except duckdb.Error as error:
        raise UnusableInput(f"{lake}: {error}") from error
    meant = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"no record in this lake, of any day, has a field '{unknown}'.{meant} That nothing was found means nothing"


def _names(query: Query) -> Iterator[str]:
    match query:
        case Term(name):
            yield name
        case Not(part):
            yield from _names(part)
        case All(parts) | Any(parts):
            for part in parts:
                yield from _names(part)
        case Word():
            pass


def _is_in(connection: duckdb.DuckDBPyConnection, lake: Path, files: Sequence[LakeFile], name: str) -> bool:
    parameters: dict[str, object] = {}

    def put(value: object) -> str:
        parameters[f"p{len(parameters)}"] = value
        return f"$p{len(parameters) - 1}"

    sql = f"SELECT 1 AS one FROM read_parquet($files) WHERE {has_field_sql(name, put)} LIMIT 1"  # noqa: S608 - of our own parts; values are parameters
    for _, mine in groupby(files, key=lambda file: file.day):
        if rows_of(connection, sql, {**parameters, "files": [str(file.path(lake)) for file in mine]}):
            return True
    return False


def _seen(connection: duckdb.DuckDBPyConnection, lake: Path, files: Sequence[LakeFile]) -> list[str]:
    """Names of fields in some records of each log, the newest day of each."""
    newest = {file.log_type: file for file in reversed(files)}
    sql = (
        "SELECT DISTINCT unnest(TRY(json_keys(record))) AS name FROM (SELECT record FROM read_parquet($files) LIMIT $n)"
    )
    return [
        str(row["name"])
        for file in newest.values()
        for row in rows_of(connection, sql, {"files": [str(file.path(lake))], "n": _LOOKED_AT})
    ]


def _near(name: str, known: Sequence[str]) -> list[str]:
    """What may have been meant, the nearest first; fields are written exactly as in the record, and columns are not."""
    by_fold: dict[str, str] = {}
    for each in known:
        by_fold.setdefault(each.casefold(), each)
    return [by_fold[fold] for fold in get_close_matches(name.casefold(), by_fold, _MOST_MEANT, 0.6)]
