"""Reads parcels so that a record that an error of our own cannot get past is set aside, and nothing else with it.

Whoever follows the journal meets every record again after each start: without this, one record that meets an error in
a reader or a rule would end the judge and the archivist for ever, and with them the watch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from codedark.app.own_errors import own_error
from codedark.events.parcel import Parcel
from codedark.events.parcel import Sequence as Number

T = TypeVar("T")


def read_apart(
    parcels: Sequence[Parcel], read: Callable[[Sequence[Parcel]], T], set_aside: Callable[[Parcel, str], None]
) -> Iterator[T]:
    """What ``read`` makes of all parcels; where it fails, of each half, down to the single record that it fails for.

    ``set_aside`` hears that record, and why in words that tell nothing of what it holds. ``read`` must be one that can
    be asked again. Raises MemoryError: that says nothing about a record.
    """
    try:
        made = read(parcels)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - any error at all would come again after each start
        two = halves(parcels)
        if not two:
            set_aside(parcels[0], own_error(error))
        for half in two:
            yield from read_apart(half, read, set_aside)
    else:
        yield made


def halves(parcels: Sequence[Parcel]) -> list[Sequence[Parcel]]:
    """The parcels in two; those of one in two parcels; none of a single record."""
    if len(parcels) > 1:
        middle = len(parcels) // 2
        return [parcels[:middle], parcels[middle:]]
    (only,) = parcels
    lines = only.data.split(b"\n")[:-1]
    if len(lines) < 2:
        return []
    middle = len(lines) // 2
    return [
        [replace(only, first=Number(only.first + start), count=len(mine), data=b"\n".join((*mine, b"")))]
        for start, mine in ((0, lines[:middle]), (middle, lines[middle:]))
    ]
