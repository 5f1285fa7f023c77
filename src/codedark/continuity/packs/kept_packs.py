"""Which packs a ward keeps besides the last: those of about 1 h, 6 h, 24 h and 7 days ago, whenever one looks.

To have one of an hour ago in an hour, some of now are kept. Time is cut into spans, longer ones the further back; of
each span its first pack stays. A longer span begins where a shorter one does, so a pack that will be wanted later is
never among those that go before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from codedark.continuity.packs.pack import Counter

_MINUTE_US: Final = 60_000_000
_HOUR_US: Final = 60 * _MINUTE_US
_DAY_US: Final = 24 * _HOUR_US
AGES_US: Final = (_HOUR_US, 6 * _HOUR_US, _DAY_US, 7 * _DAY_US)
"""How old the packs are that a ward can go back to."""
_SPANS: Final = (
    (_HOUR_US + 20 * _MINUTE_US, 10 * _MINUTE_US),
    (8 * _HOUR_US, _HOUR_US),
    (36 * _HOUR_US, 6 * _HOUR_US),
    (9 * _DAY_US, _DAY_US),
)
"""Up to which age packs are kept how far apart. Each reaches two spans beyond the age that it serves: a pack may be one
span older than that, and what stayed of its span one more."""


def kept(built_us: Mapping[Counter, int]) -> frozenset[Counter]:
    """Those that stay, of packs and the time of each: the last, the first of each span, and the last of all older.

    Ages are counted from the last pack, so that packs of a ward that gets no more stay as they are.
    """
    if not built_us:
        return frozenset()
    last = max(built_us)
    first: dict[tuple[int, int], Counter] = {}
    old: Counter | None = None
    for counter in sorted(built_us):
        age_us = built_us[last] - built_us[counter]
        width_us = next((width_us for until_us, width_us in _SPANS if age_us <= until_us), None)
        if width_us is None:
            old = counter
        else:
            first.setdefault((width_us, built_us[counter] // width_us), counter)
    return frozenset({last, *first.values()} | ({old} if old is not None else set()))


def aged(built_us: Mapping[Counter, int], now_us: int) -> dict[int, Counter]:
    """By each of `AGES_US` the youngest pack that is at least as old; ages without one are left out."""
    found = {}
    for age_us in AGES_US:
        old: Iterable[Counter] = (counter for counter, built in built_us.items() if now_us - built >= age_us)
        youngest = max(old, default=None)
        if youngest is not None:
            found[age_us] = youngest
    return found
