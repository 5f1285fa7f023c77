"""The clock of a station: this PC's, put right by a person where it is wrong, and doubted where it cannot be right."""

from __future__ import annotations

from typing import Final

from codedark.app import wall_clock
from codedark.app.ward.times import live_in, shown, wall_said
from codedark.continuity.packs.pack import Pack
from codedark.continuity.sentence import Sentence
from codedark.errors import UsageError
from codedark.store.station.station import Station

_SETTING: Final = "clock-ahead-us"
ZONE: Final = "time-zone"
"""Under which the station keeps the IANA name of the zone that its pack told."""
_SLACK_US: Final = 120_000_000
_DAY_US: Final = 86_400_000_000
_LONG_US: Final = 3 * _DAY_US
_MOST_US: Final = 40 * 366 * _DAY_US


def now_us(station: Station) -> int:
    """Microseconds since 1970: this PC's clock, and what a person said that it is wrong by."""
    return wall_clock.now_us() + ahead_us(station)


def live_here(station: Station) -> None:
    """From here on times are shown and read in the zone that a pack told this station."""
    live_in(station.setting(ZONE))


def ahead_us(station: Station) -> int:
    """By how much the time is later than this PC's clock says; 0 where nobody put it right."""
    return int(station.setting(_SETTING) or 0)


def put_right(station: Station, said: str) -> None:
    """Somebody reads the time from a watch: ``06:30`` of today, or ``2026-02-01 06:30``. Raises `UsageError`."""
    here_us = wall_clock.now_us()
    wrong_us = wall_said(said, now_us(station)) - here_us
    if abs(wrong_us) > _MOST_US:
        raise UsageError(Sentence("{said}: is no date of our days: write it as 2026-02-01 06:30", said=said))
    station.keep(_SETTING, str(wrong_us if abs(wrong_us) > _SLACK_US else 0))


def doubts(station: Station, pack: Pack | None, at_us: int) -> list[Sentence]:
    """Why the clock may be wrong: it stands before what happened already, or long after the pack."""
    told = []
    last_us = max((link.entry.recorded_us for link in station.union().chain[-1:]), default=0)
    if pack and at_us < pack.built_us - _SLACK_US:
        told.append(
            Sentence(
                "THE CLOCK IS WRONG: it says {now}, but the pack was made later, {then}. Put it right first.",
                now=shown(at_us), then=shown(pack.built_us),
            )
        )  # fmt: skip
    if at_us < last_us - _SLACK_US:
        told.append(
            Sentence(
                "THE CLOCK IS WRONG: it says {now}, but the last entry was written later, {then}. Put it"
                " right first.",
                now=shown(at_us), then=shown(last_us),
            )
        )  # fmt: skip
    since_us = max(pack.built_us if pack else 0, last_us)
    if since_us and at_us > since_us + _LONG_US:
        told.append(
            Sentence(
                "It is {now} by this clock, {days} days after the last thing that is known here. Is that so? If not,"
                " put the clock right.",
                now=shown(at_us), days=(at_us - since_us) // _DAY_US,
            )
        )  # fmt: skip
    return told
