"""What is asked back before an entry is charted, and with what it is answered.

Nothing of it is a refusal for good: what happened can always be charted.
"""

from __future__ import annotations

from enum import Flag, auto
from typing import Final

from codedark.app.ward import beds, whose_form
from codedark.app.ward.doses import second_dose, ward_schedule
from codedark.app.ward.drug_orders import drug_doubts
from codedark.app.ward.patients import pack_of
from codedark.continuity.entries.checks import unwitnessed
from codedark.continuity.entries.drugs_since import Since
from codedark.continuity.entries.entry import Administration, Admission, Entry, Observation, PhoneResult
from codedark.continuity.entries.plausible import implausible
from codedark.store.station.station import Station

_MEASURED: Final = (Observation, PhoneResult)


class Asks(Flag):
    """What an answer has to have."""

    NOTHING = 0
    SURE = auto()
    """Somebody looked again, and it is so."""
    FORM = auto()
    """That, and why the act stands on another patient's form."""
    SECOND = auto()
    """A witness, or why there is none."""


Question = tuple[Asks, str]


def questions(entry: Entry, station: Station, since: Since, *, is_sure: bool, asks_twice: bool) -> list[Question]:
    """What is open. ``since`` are the patient's drugs. Who ``is_sure`` looked again, and may be asked who signs."""
    doubts = [] if is_sure else _doubts(entry, station, since, asks_twice=asks_twice)
    astray = whose_form.doubt(entry, station) if asks_twice and not (is_sure and entry.why.strip()) else None
    found = [*((Asks.SURE, each) for each in doubts), (Asks.FORM, astray), (Asks.SECOND, unwitnessed(entry))]
    return [(asks, told) for asks, told in found if told]


def _doubts(entry: Entry, station: Station, since: Since, *, asks_twice: bool) -> list[str]:
    """What somebody is to look at again."""
    what = entry.content
    if isinstance(what, _MEASURED):
        return list(filter(None, [implausible(what)]))
    if isinstance(what, Admission) and asks_twice:
        return beds.doubts(what, station, frozenset({entry.id, entry.replaces}))
    own = [each for each in station.union().of_patient(entry.patient) if each.id != entry.replaces]
    is_there = bool(station.union().of(entry.id))
    told = drug_doubts(entry, since, is_there=is_there)
    if isinstance(what, Administration) and asks_twice and not is_there:
        told.append(second_dose(what, since, own, entry.effective_us, ward_schedule(pack_of(station))))
    return list(filter(None, told))
