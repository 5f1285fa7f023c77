"""Acts of every type for the tests of witnesses, made by Hypothesis, and logs read back by our readers."""

from __future__ import annotations

import io
import typing
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

from hypothesis import strategies as st

from codedark.events.record import Origin, Record, Rejected, SourceName
from codedark.hospital.asset import AssetId
from codedark.ingest.archive import Limits
from codedark.ingest.formats import batches
from codedark.ingest.open import Opened
from codedark.simulate import acts
from codedark.simulate.acts import Act, LogonType
from codedark.simulate.building import build
from codedark.simulate.site import Site
from codedark.simulate.witness import Witness
from tests.log_reader import NothingWanted

NOON_US = int(datetime(2026, 11, 17, 12, tzinfo=UTC).timestamp()) * 1_000_000
DAY = datetime.fromtimestamp(NOON_US / 1e6, UTC).date()

ACT_TYPES: tuple[type, ...] = typing.get_args(acts.Act)

_HOSTILE = st.one_of(
    st.text(max_size=12),
    st.text(alphabet="\"'\\|=<>&%-,;:#{}[]()\t\r\n\0\x1b\x85\u2028é漢\U0001f3e5 aZ0", max_size=24),
    st.sampled_from(
        ["", "-", "(empty)", "%s", "%(x)s", "a b=c", "\\", '"', 'C:\\Users\\x y\\z.exe -e "q"', "</x>", "CEF:0|", "{"]
    ),
)
_HOST_FIELDS = frozenset({"host", "server", "source", "target", "client"})
_ACCOUNT_FIELDS = frozenset({"account", "actor"})


@cache
def small_site() -> Site:
    """One site for all tests: building it takes a moment."""
    return build(30, 7)


@cache
def _telling_hosts() -> list[AssetId]:
    """Every server with a function, and some of the machines whose logs are collected, and some that have none."""
    site = small_site()
    functions = [host for hosts in site.by_function.values() for host in hosts]
    collected = [host.id for host in site.hosts.values() if host.logs][:20]
    return list(dict.fromkeys([*functions, *collected, *list(site.hosts)[-5:]]))


def _values(act: type, name: str, kind: Any) -> st.SearchStrategy[Any]:
    site = small_site()
    if typing.get_origin(kind) is Literal:
        return st.sampled_from(typing.get_args(kind))
    if name == "at_us":
        return st.integers(NOON_US, NOON_US + 3_600_000_000)
    if name == "step":
        return st.just("a-step-of-the-attack")
    if kind is LogonType:
        return st.sampled_from(LogonType)
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(0, 60_000)
    if kind is float:
        return st.floats(0, 5_000)
    if typing.get_origin(kind) is tuple:
        return st.lists(_HOSTILE, max_size=3).map(tuple)
    if name in _HOST_FIELDS and not (act is acts.PageFetched and name == "server"):
        known = st.sampled_from(_telling_hosts())
        return st.one_of(known, st.just("203.0.113.9")) if kind is str else known
    if name in _ACCOUNT_FIELDS:
        return st.one_of(st.sampled_from([*site.sids, "SYSTEM", "root", "", "WS-1$"]), _HOSTILE)
    return _HOSTILE


def acts_of(kind: type) -> st.SearchStrategy[Act]:
    """Acts of one type, with hostile text wherever text may stand."""
    hints = typing.get_type_hints(kind)
    fields = {name: _values(kind, name, hints[name]) for name in kind._fields}  # type: ignore[attr-defined]
    return st.builds(kind, **fields)


@dataclass
class ReadBack:
    """What our readers make of a log."""

    records: list[Record] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def written(witness: Witness, lived: Iterable[Act]) -> list[bytes]:
    """The lines that acts leave in a log, without its header."""
    return [line for act in lived if type(act) in witness.watches for line in witness.lines(act)]


def read_back(witness: Witness, lines: Sequence[bytes]) -> ReadBack:
    """The file of a day with these lines, through the same door as any log on disk."""
    data = witness.header(DAY) + b"".join(lines)
    name = SourceName(f"{witness.name.replace('/', '-')}{witness.suffix}")
    found = ReadBack()
    opened = Opened(name, io.BufferedReader(io.BytesIO(data)), None, len(data))
    for batch in batches(opened, NothingWanted(), Limits(), found.rejected.append):
        origins = {row: group.origin for group in batch.groups for row in group.rows}
        found.records += [batch.record(row) for row in range(len(batch))]
        found.origins += [origins[row] for row in range(len(batch))]
        found.rejected += batch.rejected
    return found
