"""What a log record is once it has been read, and how readers hand records over.

Readers (`codedark.ingest`) produce `Batch`es; the engine (`codedark.detect`) judges them.
A batch is columnar: its records are grouped by `Origin`, and each group carries only the
columns that the engine asked for through `Wanted`. The whole record is fetched, through
`Batch.record`, only for the few records on which a rule fires.

A record is a flat mapping from field name to `Value`:

- Windows events use the flat native names (`Channel`, `EventID`, `Provider_Name`, `Computer`,
  and the names under EventData or UserData), whatever shape they arrived in.
- Nested objects of other sources are flattened with dots (`userIdentity.type`); a list of
  scalars is a tuple; a list of objects gives one tuple per leaf name.
- Booleans are the strings ``"true"`` and ``"false"``. JSON null is ``None``; a field that is
  not there is not in the mapping, and is `ABSENT` in a column.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Final, NamedTuple, NewType, Protocol

SourceName = NewType("SourceName", str)
"""The file as the user named it, with ``#member`` behind it for a file inside an archive."""

Scalar = str | int | float | None
Value = Scalar | tuple[Scalar, ...]
Record = dict[str, Value]


class _Absent:
    """The type of `ABSENT`: a field that a record does not have, as opposed to one that is null."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"

    def __reduce__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()


def is_absent(column: Sequence[Any]) -> bool:
    """Whether no record of a column has the field."""
    return column[0] is ABSENT and column.count(ABSENT) == len(column)


class Origin(NamedTuple):
    """Where a record came from, as far as the record itself says. Decides which rules apply.

    ``product``   ``windows``, ``linux``, ``zeek``, ``aws``, ``azure``, ``m365``, ``suricata``,
                  ``cef``, ``leef``, ``csv``, ... (lower case), "" when unknown.
    ``service``   within the product: the Windows channel in lower case, the Zeek log
                  (``conn``), ``auditd``, ``sshd``, ``cloudtrail``, ``signinlogs``, ...
    ``event``     the Windows or Sysmon event id in decimal, the auditd record type, the Suricata
                  ``event_type``; "" where there is none.
    ``provider``  Windows provider name in lower case, "" elsewhere.
    """

    product: str
    service: str = ""
    event: str = ""
    provider: str = ""

    @property
    def log(self) -> str:
        """What people call the log, and what records are counted under: ``windows/security``; ``csv/`` of a product
        without services, ``unknown`` where the record names no product.
        """
        return f"{self.product}/{self.service}" if self.product else "unknown"


@dataclass(frozen=True, slots=True)
class Rejected:
    """One record that could not be read. ``offset``: byte offset in the (decompressed) source,
    or the record number where the format has no byte offsets; ``reason``: one plain sentence.
    """

    source: SourceName
    offset: int
    reason: str


class Wanted(Protocol):
    """What the engine needs from records of one origin."""

    def fields(self, origin: Origin) -> tuple[str, ...]:
        """Names of the fields that rules applicable to ``origin`` look at, in a fixed order."""


@dataclass(slots=True)
class Group:
    """Records of one batch that share an origin.

    ``rows`` are positions within the batch; ``columns[k][i]`` is the value of field
    ``wanted.fields(origin)[k]`` in record ``rows[i]``: hashable, `ABSENT` where the record lacks it.
    """

    origin: Origin
    rows: Sequence[int]
    columns: Sequence[Sequence[Any]]


class Batch(Protocol):
    """Some hundreds to thousands of consecutive records of one source."""

    @property
    def source(self) -> SourceName:
        """The source it was read from."""

    @property
    def groups(self) -> Sequence[Group]:
        """Its records by origin."""

    @property
    def rejected(self) -> Sequence[Rejected]:
        """What could not be read among them."""

    def __len__(self) -> int:
        """Records that were read, without the rejected ones."""

    def record(self, row: int) -> Record:
        """The whole record at ``row``."""

    def number(self, row: int) -> int:
        """What a person would look the record up by: EventRecordID, else its 1-based number."""

    def haystack(self) -> bytes:
        """One text in which every value of every record occurs, JSON-escaped or verbatim."""

    def row_finder(self) -> Callable[[int], int]:
        """Gives the row whose text holds a byte of the haystack, by its offset; -1 where that is no record."""


@dataclass(slots=True)
class RecordBatch:
    """A batch built from whole records: what every reader without a faster way produces."""

    source: SourceName
    wanted: Wanted
    rejected: list[Rejected] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)

    def add(self, origin: Origin, record: Record, number: int) -> None:
        """Append one record that was read."""
        self.origins.append(origin)
        self.records.append(record)
        self.numbers.append(number)

    def __len__(self) -> int:
        return len(self.records)

    @property
    def groups(self) -> list[Group]:
        """The records by origin, with the wanted columns."""
        rows_by_origin: dict[Origin, list[int]] = {}
        for row, origin in enumerate(self.origins):
            rows_by_origin.setdefault(origin, []).append(row)
        return [
            group_of(origin, rows, [self.records[row] for row in rows], self.wanted)
            for origin, rows in rows_by_origin.items()
        ]

    def record(self, row: int) -> Record:
        """The whole record at ``row``."""
        return self.records[row]

    def number(self, row: int) -> int:
        """EventRecordID where the record has one, else its 1-based number in the source."""
        return self.numbers[row]

    def haystack(self) -> bytes:
        """The values of all records, one record after the other."""
        return b"\n".join(map(plain_text, self.records))

    def row_finder(self) -> Callable[[int], int]:
        """Finds rows by the lengths of what `haystack` joined."""
        ends = list(accumulate(len(plain_text(record)) + 1 for record in self.records))
        return lambda offset: bisect_right(ends, offset)


def group_of(origin: Origin, rows: Sequence[int], records: Sequence[Record], wanted: Wanted) -> Group:
    """The group of some whole ``records`` of one origin, which stand at ``rows`` of their batch."""
    columns = [[record.get(name, ABSENT) for record in records] for name in wanted.fields(origin)]
    return Group(origin, rows, columns)


def plain_text(record: Mapping[str, Value]) -> bytes:
    """The texts of all values of a record in UTF-8, with NULs between them."""
    out: list[str] = []
    for value in record.values():
        if isinstance(value, tuple):
            out.extend(str(part) for part in value if part is not None)
        elif value is not None:
            out.append(str(value))
    return "\0".join(out).encode("utf-8", "surrogatepass")
