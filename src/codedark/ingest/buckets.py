"""Events that look alike around their id, decoded together; what was taken for something else is decoded again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

import msgspec

from codedark.events.record import Group
from codedark.ingest.json_columns import Decoded, Decoder, Decoders, Facts


class Filled(Protocol):
    """A batch that groups are added to; ``count`` are the events in them."""

    groups: list[Group]
    count: int


def decode_bucket(
    decoders: Decoders, batch: Filled, texts: Sequence[bytes] | Sequence[str], token: bytes | str, rows: list[int]
) -> list[int]:
    """Decode the ``texts`` at ``rows``, all with the same ``token``, into groups of ``batch``.

    Returns the rows that have to be taken whole, because they are not of the shape of these decoders.
    """
    decoder = decoders.guess(token)
    decoded = _decoded(decoder, [texts[row] for row in rows])
    if decoded is None:
        if len(rows) == 1:
            return rows
        middle = len(rows) // 2
        halves = (rows[:middle], rows[middle:])
        return [row for half in halves for row in decode_bucket(decoders, batch, texts, token, half)]
    others: list[int] = []
    for facts, places in _places(decoded.facts).items():
        columns, mine = decoded.columns, rows
        if len(places) < len(rows):
            columns = [[column[place] for place in places] for column in columns]
            mine = [rows[place] for place in places]
        right = decoders.of(facts)
        if right is None:
            others += mine
        elif right is decoder:
            batch.groups.append(Group(decoder.origin, mine, columns))
            batch.count += len(mine)
        else:
            decoders.learn(token, right)
            others += decode_bucket(decoders, batch, texts, token, mine)
    return others


def _decoded(decoder: Decoder, texts: Sequence[bytes | str]) -> Decoded | None:
    """The events as columns; None if any of them is not of the decoder's shape."""
    try:
        return decoder.decode(texts)
    except (msgspec.DecodeError, RecursionError):
        return None


def _places(every: Sequence[Facts]) -> dict[Facts, Sequence[int]]:
    """Which events have the same facts: mostly all of a bucket."""
    if len(set(every)) == 1:
        return {every[0]: range(len(every))}
    places: defaultdict[Facts, list[int]] = defaultdict(list)
    for place, facts in enumerate(every):
        places[facts].append(place)
    return {**places}
