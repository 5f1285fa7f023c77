"""What the archivist asks of records: when, where and who, and nothing else.

The answers are those of `codedark.events.envelope`, which findings have too; it is asked once for each combination of
values that occurs, because in a block of thousands of records there are a few dozen.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from codedark.events.envelope import envelope, user_fields
from codedark.events.moments import hosts_of, times_of, times_us
from codedark.events.record import ABSENT, Batch, Group, Origin, is_absent

_REMEMBERED: Final = 65_536


class Asked:
    """The fields that may say when, where and who: the `Wanted` of the archivist."""

    def fields(self, origin: Origin) -> tuple[str, ...]:
        """Their names: those of time first, then the others; without those that flat Windows lines cannot have."""
        return times_of(origin) + _others(origin)


def times_in(group: Group, arrived_us: Sequence[int]) -> list[int]:
    """When each record of a group happened; ``arrived_us`` has one for each of its rows."""
    names = times_of(group.origin)
    said = {name: column for name, column in zip(names, group.columns, strict=False) if not is_absent(column)}
    return times_us(group.origin, said, len(group.rows), arrived_us)


def hosts_and_users_in(group: Group, batch: Batch) -> tuple[list[str], list[str]]:
    """Where and by whom, for each record of a group; "" where it does not say.

    A Windows record that says no host in the first fields for it is asked as a whole.
    """
    origin, names = group.origin, _others(group.origin)
    columns = [(name, col) for name, col in zip(names, group.columns[len(times_of(origin)) :], strict=True)]
    said = [(name, column) for name, column in columns if not is_absent(column)]
    names = tuple(name for name, _ in said)
    if said:
        found = [_where_and_who(origin, names, values) for values in zip(*(col for _, col in said), strict=True)]
        hosts, users = map(list, zip(*found, strict=True))
    else:
        hosts, users = [""] * len(group.rows), [""] * len(group.rows)
    if origin.product == "windows" and "" in hosts:
        for place, row in enumerate(group.rows):
            if not hosts[place]:
                hosts[place] = envelope(origin, batch.record(row)).host
    return hosts, users


@lru_cache(maxsize=_REMEMBERED)
def _where_and_who(origin: Origin, names: tuple[str, ...], values: tuple[Any, ...]) -> tuple[str, str]:
    record = {name: value for name, value in zip(names, values, strict=True) if value is not ABSENT}
    said = envelope(origin, record)
    return said.host, said.user


@lru_cache(maxsize=_REMEMBERED)
def _others(origin: Origin) -> tuple[str, ...]:
    unique = dict.fromkeys((*hosts_of(origin), *user_fields(origin)))
    return tuple(name for name in unique if name not in times_of(origin) and _is_flat(origin, name))


def _is_flat(origin: Origin, name: str) -> bool:
    # A name with a dot would make the reader of flat Windows lines take every one of them apart.
    return origin.product != "windows" or "." not in name
