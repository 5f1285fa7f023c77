"""Who is known at the station: people of whom others say, with their own PIN, that they are who they say.

Everybody makes a PIN without being asked who that is, for at night nobody is there to ask: so one person may make two.
Whoever sets the station up vouches for the first, by command; whoever is known vouches for others on the page. Nobody
has to: without it all works, and an act that was witnessed says that nobody vouched for its two people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from codedark.app.ward.people import people
from codedark.continuity.sentence import Sentence
from codedark.errors import UsageError
from codedark.store.station.station import Station

_SETTING: Final = "vouched"
SET_UP: Final = ""
"""In the place of somebody's name: whoever set the station up vouches."""


def vouchers(station: Station) -> dict[str, list[str]]:
    """Everybody who has a PIN here, with who vouches for them."""
    kept = _kept(station)
    return {name: kept.get(name, []) for name in people(station)}


def is_known(station: Station, name: str) -> bool:
    """Whether somebody who is known vouches for a person."""
    return _reaches(vouchers(station), name, without="")


def are_two(station: Station, author: str, witness: str) -> bool:
    """Whether each of two people is known without the word of the other: else both may be one person's PINs."""
    kept = vouchers(station)
    return _reaches(kept, author, without=witness) and _reaches(kept, witness, without=author)


def vouch(station: Station, name: str, by: str) -> None:
    """Somebody vouches for a person, or `SET_UP` does. Raises `UsageError` where nobody is called so, and where ``by``
    is the same, or not known.
    """
    if name not in people(station):
        raise UsageError(Sentence("Nobody here is called {name}: a PIN is made first.", name=name))
    if by != SET_UP and (by == name or not is_known(station, by)):
        raise UsageError(
            Sentence(
                "{by} cannot vouch for {name}: somebody who is known here has to, and is another.", by=by, name=name
            )
        )
    kept = _kept(station)
    station.keep(_SETTING, orjson.dumps(kept | {name: sorted({*kept.get(name, []), by})}).decode())


def forget_vouched(station: Station, name: str) -> None:
    """Nobody vouches for a person any more: whoever makes a PIN under that name next may be another."""
    kept = _kept(station)
    if kept.pop(name, None) is not None:
        station.keep(_SETTING, orjson.dumps(kept).decode())


def _reaches(kept: Mapping[str, Sequence[str]], name: str, without: str) -> bool:
    """Whether word of mouth leads from a person to whoever set the station up, not by the one who is left out."""
    asked, open_ = {without} - {SET_UP}, [name]
    while open_:
        if (one := open_.pop()) == SET_UP:
            return True
        if one not in asked:
            asked.add(one)
            open_ += kept.get(one, ())
    return False


def _kept(station: Station) -> dict[str, list[str]]:
    kept: dict[str, list[str]] = orjson.loads(station.setting(_SETTING) or "{}")
    return kept
