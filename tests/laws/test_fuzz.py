"""Readers on bytes that are damaged or arbitrary: none raises, none hangs, and every line is accounted for.

Real logs of each kind are cut, flipped, spliced and repeated. To hunt for longer than CI may take:
``FUZZ_EXAMPLES=20000 pytest tests/laws/test_fuzz.py``.
"""

from __future__ import annotations

import gzip
import io
import os
import random
import struct
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import pytest
import zstandard
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from codedark.events.envelope import envelope
from codedark.events.record import ABSENT, Batch, Origin, Record, Rejected, SourceName
from codedark.ingest.archive import HEAD_BYTES, Limits
from codedark.ingest.formats import FORMATS, batches
from codedark.ingest.open import Opened, open_sources
from codedark.ingest.sniff import encoding
from tests.command_line import zipped
from tests.conftest import REPO_ROOT

EXAMPLES: Final = int(os.environ.get("FUZZ_EXAMPLES", "400"))
LAW: Final = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    derandomize="FUZZ_EXAMPLES" not in os.environ,
)
MOST_BYTES: Final = 6_000
LIMITS: Final = Limits(free_bytes=8 << 20)

LOGS: Final = REPO_ROOT / "examples" / "logs"
SAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "jsonl": ("cloud/m365-audit.jsonl", "ehr/audit-events.jsonl", "windows/forwarded.jsonl.gz"),
    "json": ("windows/dc01-security.json", "cloud/entra-signins.json"),
    "syslog": ("linux/auth.log", "linux/hypervisors.log"),
    "cef": ("firewall/vpn.log",),
    "auditd": ("linux/audit.log",),
    "zeek": ("network/conn.log", "network/dns.log"),
}
WRITTEN: Final = {
    "leef": b"LEEF:2.0|Vendor|Product|1.0|4000|^|src=192.0.2.1^dst=10.0.0.1^sev=5^msg=a\\=b\n" * 20,
    "csv": b'TimeCreated,Id,LogName,Computer,Message\n2026-01-13,4624,Security,WS01,"a ""b"",\nc"\n' * 20,
    "xml": b"<Event xmlns='x'><System><Provider Name='a'/><EventID>1</EventID><Channel>Security</Channel>"
    b"<Computer>WS01</Computer></System><EventData><Data Name='Image'>a&amp;b</Data></EventData></Event>\n" * 20,
}
TOKENS: Final = (
    b'"', b"{", b"}", b"[", b"]", b"\\", b"\n", b"\r", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\t", b",", b"|",
    b"=", b":", b"<", b">", b"&", b"&#0;", b"1e999", b"9" * 5000, b"null", b"true", b"\\ud800", b"\xed\xa0\x80",
    b"\\u0000", b'"EventID":', b'"Channel":"Security"', b"[]", b"{}", b"\xe2\x80\xa8", b"\x85", b"\x1c", b"%", b"type=",
    b"msg=audit(", b"\\x", b"#fields\t", b"CEF:0|", b"LEEF:2.0|", b"<Event>", b"</Event>", b"2026-13-45T99:99:99Z",
    b"9999-12-31T23:59:59-14:00", b"0001-01-01T00:00:00+23:59", b"NaN", b"-Infinity", "\u0661\u00b2".encode(),
)  # fmt: skip
WINDOWS_FIELDS: Final = (
    "EventID", "Channel", "Image", "CommandLine", "Computer", "EventRecordID", "Provider_Name", "Level", "Keywords",
    "SubjectUserName",
)  # fmt: skip
OTHER_FIELDS: Final = ("Data", "user", "message", "id.orig_h", "src", "type", "UserId", "a.b", "exe")


class Fuzzed:
    """What rules of many kinds may want."""

    def fields(self, origin: Origin) -> tuple[str, ...]:
        return WINDOWS_FIELDS if origin.product == "windows" else (*OTHER_FIELDS, *WINDOWS_FIELDS)


class Read(NamedTuple):
    """What came of a source: the numbers of its records, and what was rejected."""

    numbers: list[int]
    rejected: list[Rejected]

    @property
    def total(self) -> int:
        return len(self.numbers) + len(self.rejected)


def read(data: bytes, name: str = "log", forced: str | None = None) -> Read:
    """Read a source as a hunt does, and hold every batch to the laws of batches."""
    rejected: list[Rejected] = []
    opened = Opened(SourceName(name), io.BufferedReader(io.BytesIO(data), HEAD_BYTES), None, len(data))
    numbers: list[int] = []
    for batch in batches(opened, Fuzzed(), LIMITS, rejected.append, forced):
        numbers += hold(batch)
        rejected += batch.rejected
    for each in rejected:
        assert each.offset >= 0
        assert each.reason
        assert "\n" not in each.reason
    return Read(numbers, rejected)


def hold(batch: Batch) -> list[int]:
    """The laws of a batch; the numbers of its records."""
    wanted = Fuzzed()
    rows: list[int] = []
    for group in batch.groups:
        names = wanted.fields(group.origin)
        assert len(group.columns) == len(names)
        assert all(len(column) == len(group.rows) for column in group.columns)
        for place, row in enumerate(group.rows):
            record = batch.record(row)
            hold_record(record)
            envelope(group.origin, record)
            for name, column in zip(names, group.columns, strict=True):
                assert same(column[place], record.get(name, ABSENT)), (name, column[place])
        rows += group.rows
    assert len(set(rows)) == len(rows) == len(batch)
    known = {*rows, -1}
    haystack, row_at = batch.haystack(), batch.row_finder()
    for offset in range(0, len(haystack), max(1, len(haystack) // 60)):
        assert row_at(offset) in known
    return [batch.number(row) for row in rows]


def hold_record(record: Record) -> None:
    for name, value in record.items():
        assert type(name) is str
        for part in value if isinstance(value, tuple) else (value,):
            assert part is None or type(part) in {str, int, float}, (name, value)


def same(one: object, other: object) -> bool:
    """Equal, or the same number as text: rules compare a number by its text, and an event id is both."""
    hash(one)
    return one is other or one == other or (one == one and str(one) == str(other))  # noqa: PLR0124 - NaN is not


def lines_in(data: bytes) -> int:
    r"""Lines that hold more than ASCII white space."""
    return sum(1 for line in data.split(b"\n") if line.strip(b" \t\r\n\v\f"))


# --- Damage


def edits() -> st.SearchStrategy[list[tuple[int, int, int, int]]]:
    """Kind, place, length and a choice, of each of some changes."""
    numbers = st.integers(0, 1 << 16)
    return st.lists(st.tuples(st.integers(0, 6), numbers, numbers, numbers), min_size=1, max_size=8)


def edited(data: bytes, changes: Sequence[tuple[int, int, int, int]], other: bytes = b"") -> bytes:
    out = bytearray(data)
    for kind, place, length, choice in changes:
        at = place % (len(out) + 1)
        end = min(len(out), at + (1, 2, 8, 60, 900)[length % 5])
        token = TOKENS[choice % len(TOKENS)]
        match kind:
            case 0 if at < len(out):
                out[at] ^= 1 << choice % 8
            case 1 if at < len(out):
                out[at] = choice % 256
            case 2:
                out[at:at] = token
            case 3:
                out[at : at + len(token)] = token
            case 4:
                del out[at:end]
            case 5:
                out[at:at] = out[at:end] * (1 + choice % 4)
            case 6:
                begin = choice % (len(other) + 1)
                out[at:at] = other[begin : begin + end - at]
            case _:
                del out[at:]
    return bytes(out)


def sample(path: str) -> bytes:
    data = (LOGS / path).read_bytes()
    return gzip.decompress(data) if path.endswith(".gz") else data


def windows(data: bytes) -> st.SearchStrategy[bytes]:
    """Pieces of a log of a size that can be read many times; the first bytes often, as headers stand there."""
    most = max(0, len(data) - MOST_BYTES)
    return st.one_of(st.just(0), st.integers(0, most)).map(lambda begin: data[begin : begin + MOST_BYTES])


KNOWN: Final = {**{name: b"".join(map(sample, paths)) for name, paths in SAMPLES.items()}, **WRITTEN}


@pytest.mark.parametrize("name", KNOWN)
def test_damaged_logs(name: str) -> None:
    everything = b"".join(data[:20_000] for data in KNOWN.values())

    @LAW
    @given(windows(KNOWN[name]), edits(), st.booleans())
    def law(data: bytes, changes: list[tuple[int, int, int, int]], forced: bool) -> None:
        damaged = edited(data, changes, everything)
        found = read(damaged, "log", name if forced else None)
        if encoding(damaged[:HEAD_BYTES]):
            return  # a mark of UTF-16 or UTF-8 has got to the front: the lines are others then
        if forced and name == "jsonl":
            assert found.total == lines_in(damaged)
        elif forced and name == "zeek":
            assert found.total == lines_in(
                b"\n".join(line for line in damaged.split(b"\n") if not line.startswith(b"#"))
            )
        elif forced:
            assert found.total <= lines_in(damaged) or name in {"json", "xml"}
        if name in {"syslog", "cef", "leef"} and forced and b"audit" not in damaged:
            assert found.total == lines_in(damaged)

    law()


@LAW
@given(st.binary(max_size=3_000), st.sampled_from(FORMATS))
@example(b"", "evtx")
@example(b"\0" * 5_000, "syslog")
@example(b"\xff\xfe\x00\xd8", "jsonl")
def test_arbitrary_bytes(data: bytes, forced: str) -> None:
    read(data)
    read(data, "log", forced)


@LAW
@given(st.lists(st.sampled_from(TOKENS), max_size=60).map(b"".join), st.sampled_from(FORMATS))
def test_tokens_of_the_formats_in_any_order(data: bytes, forced: str) -> None:
    read(data)
    read(data, "log", forced)


@LAW
@given(edits(), st.sampled_from([gzip.compress, zstandard.compress, lambda data: zipped({"a/b.log": data, "c": data})]))
def test_damaged_archives(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int, int, int]], pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path_factory.getbasetemp() / "packed"
    path.write_bytes(edited(pack(KNOWN["syslog"][:3_000]), changes))
    rejected: list[Rejected] = []
    for opened in open_sources(path, LIMITS, rejected.append):
        for batch in batches(opened, Fuzzed(), LIMITS, rejected.append):
            hold(batch)


# --- Event logs

CHUNK_HEADER: Final = 512
FILE_HEADER: Final = 4096
CHUNK: Final = 65536


def promised(data: bytes) -> set[int]:
    """The record ids that the headers of the chunks promise, as far as they make sense."""
    ids: set[int] = set()
    for at in range(FILE_HEADER, len(data) - CHUNK_HEADER, CHUNK):
        first, last = struct.unpack_from("<QQ", data, at + 24)
        if data[at : at + 8] == b"ElfChnk\0" and first <= last < first + 4096:
            ids.update(range(first, last + 1))
    return ids


def damaged_event_logs(data: bytes, chance: random.Random) -> Iterator[bytes]:
    """Changes of single bits and bytes, most of them where the structure of the first chunk stands."""
    while True:
        out = bytearray(data[: chance.choice((len(data), len(data), len(data), chance.randrange(len(data))))])
        for _ in range(chance.choice((1, 1, 1, 2, 5, 20, 200, 2_000))):
            at = chance.choice((chance.randrange(len(data)), FILE_HEADER + chance.randrange(8_192)))
            if at < len(out):
                out[at] = chance.choice((out[at] ^ 1 << chance.randrange(8), 0, 1, 127, 255, chance.randrange(256)))
        yield bytes(out)


def test_damaged_event_logs_account_for_every_record_id(shared_data: Path) -> None:
    logs = sorted((shared_data / "evtx").rglob("*.evtx"), key=lambda path: (path.stat().st_size, path.name))
    chance = random.Random(7)
    for log in chance.sample(logs[:120], 6):
        damage = damaged_event_logs(log.read_bytes(), chance)
        for _ in range(EXAMPLES // 4):
            data = next(damage)
            found = read(data, log.name, "evtx")
            assert promised(data) <= {*found.numbers, *(rejected.offset for rejected in found.rejected)}
