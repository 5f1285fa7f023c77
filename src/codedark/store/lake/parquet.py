"""What a Parquet file of the event lake holds, and how one is written and several become one.

Columns that every record has, whatever log it is from, and the record itself as JSON text: so no log that a hospital
adds tomorrow needs another table, and a field that nobody thought of can still be searched.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

SCHEMA: Final = pa.schema([
    pa.field("seq", pa.int64(), nullable=False),
    pa.field("time", pa.timestamp("us", "UTC"), nullable=False),
    pa.field("arrived", pa.timestamp("us", "UTC"), nullable=False),
    pa.field("source", pa.string(), nullable=False),
    pa.field("product", pa.string(), nullable=False),
    pa.field("service", pa.string(), nullable=False),
    pa.field("event", pa.string(), nullable=False),
    pa.field("host", pa.string(), nullable=False),
    pa.field("user", pa.string(), nullable=False),
    pa.field("record", pa.string(), nullable=False),
    pa.field("raw", pa.string(), nullable=True),
])  # fmt: skip
"""One row a record. ``seq``: its number for ever. ``time``: when it happened; ``arrived``: when it was taken in.
``record``: the fields, a JSON object. ``raw``: the text as it came, null where ``record`` already is that."""

_FEW_VALUES: Final = ["source", "product", "service", "event", "host", "user"]
_RISING: Final = ("seq", "time", "arrived")
_ROW_GROUP_ROWS: Final = 32_768
"""So many records are read or passed over together; they are also what a merge holds in memory."""
_ROW_GROUP_BYTES: Final = 1 << 26
_LEVEL: Final = 1
_MERGED_LEVEL: Final = 3
"""Zstandard levels: quick while records come in, smaller where a file is written to stay."""


def table_of(columns: Mapping[str, Sequence[Any]]) -> pa.Table:
    """The table of some columns in the order of `SCHEMA`; times are microseconds since 1970 UTC."""
    arrays = [
        _joined(columns[field.name]) if field.name == "record" else pa.array(columns[field.name], field.type)
        for field in SCHEMA
    ]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def _joined(texts: Sequence[bytes]) -> pa.StringArray:
    """An array of texts that are UTF-8 already, without a look at each."""
    ends = array("i", [0])
    ends.extend(accumulate(map(len, texts)))
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer(b"".join(texts)))


def write_table(table: pa.Table, path: Path) -> None:
    """Write one file, whole; it is not synced."""
    # A record may be large: no more of them come together than can be held at once.
    rows = max(1, min(_ROW_GROUP_ROWS, table.num_rows * _ROW_GROUP_BYTES // max(1, table.nbytes)))
    with _writer(path, _LEVEL) as writer:
        writer.write_table(table, row_group_size=rows)


def merge_files(paths: Sequence[Path], into: Path) -> None:
    """Write the rows of some files, in their order, into one; holds no more than a row group in memory."""
    with _writer(into, _MERGED_LEVEL) as writer:
        waiting: list[pa.RecordBatch] = []
        rows = size = 0
        for batch in _batches(paths):
            waiting.append(batch)
            rows += batch.num_rows
            size += batch.nbytes
            if rows >= _ROW_GROUP_ROWS or size >= _ROW_GROUP_BYTES:
                writer.write_table(pa.Table.from_batches(waiting, SCHEMA), row_group_size=rows)
                waiting, rows, size = [], 0, 0
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting, SCHEMA), row_group_size=rows)


def give_back() -> None:
    """Hand memory that nothing is kept in any more back to the system.

    Arrow's own pool (mimalloc) keeps what a merge took, of each of its threads, and glibc what lies between records.
    With the pool of the system (`ARROW_DEFAULT_MEMORY_POOL`) this is ``malloc_trim(3)``, which clears both.
    """
    pa.default_memory_pool().release_unused()


def damage(path: Path) -> str:
    """Why a file cannot be read to its end; "" where it can. Raises OSError where the disk does not even try."""
    try:
        for _ in _batches([path]):
            pass
    except pa.ArrowInvalid as error:
        return str(error).partition("\n")[0]
    except OSError as error:
        if error.errno is not None:
            raise
        return str(error).partition("\n")[0]  # of Arrow: pages that cannot be unpacked
    return ""


def _batches(paths: Sequence[Path]) -> Iterator[pa.RecordBatch]:
    for path in paths:
        with pq.ParquetFile(path) as file:
            # Threads would take cores from the judge, and each keeps memory of its own.
            yield from file.iter_batches(batch_size=_ROW_GROUP_ROWS // 8, use_threads=False)


def _writer(path: Path, level: int) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        path,
        SCHEMA,
        compression="zstd",
        compression_level=level,
        use_dictionary=_FEW_VALUES,
        column_encoding=dict.fromkeys(_RISING, "DELTA_BINARY_PACKED"),
        write_statistics=[*_RISING, *_FEW_VALUES],
        store_schema=False,
    )
