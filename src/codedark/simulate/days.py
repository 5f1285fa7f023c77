"""Which days are out of the ordinary. Ordinary weirdness must not look like an attack, and must be there."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from codedark.simulate.chance import Seed, stream


class Weird(StrEnum):
    """What makes a day unlike the others."""

    PATCH_TUESDAY = "patch Tuesday"  # updates installed in the night that follows, hosts restart
    MONTH_END = "month end"  # billing reads many records, reports are printed
    FAILOVER_TEST = "failover test"  # a server is switched to its twin and back
    MASS_CASUALTY = "mass-casualty hour"  # many admissions at once, people called in
    NEW_MODALITY = "new modality"  # a scanner is installed by its vendor and joins the network
    PASSWORD_RESETS = "password-reset wave"  # noqa: S105 - no password; passwords run out, the service desk resets hundreds
    NIGHT_ADMINISTRATOR = "administrator at night"  # somebody works at 02:00 on many servers
    VULNERABILITY_SCAN = "vulnerability scan"  # the hospital's own scanner touches every address


ON_WORKDAYS = frozenset({Weird.NEW_MODALITY, Weird.PASSWORD_RESETS})
"""What suppliers and service desks do not do at weekends."""


def weird(seed: Seed, day: date) -> frozenset[Weird]:
    """What is out of the ordinary on ``day``. Calendar rules where the world has them, chance by seed for the rest."""
    kinds = set()
    if day.weekday() == 1 and 8 <= day.day <= 14:
        kinds.add(Weird.PATCH_TUESDAY)
    if (day + timedelta(days=1)).day == 1:
        kinds.add(Weird.MONTH_END)
    if day.weekday() == 6:
        kinds.add(Weird.VULNERABILITY_SCAN)
    chance = stream(seed, "days", day.isoformat())
    rare = {
        Weird.FAILOVER_TEST: 0.03,
        Weird.MASS_CASUALTY: 0.01,
        Weird.NEW_MODALITY: 0.01,
        Weird.PASSWORD_RESETS: 0.04,
        Weird.NIGHT_ADMINISTRATOR: 0.07,
    }
    drawn = {kind for kind, share in rare.items() if chance.random() < share}
    return frozenset(kinds | (drawn - ON_WORKDAYS if day.weekday() >= 5 else drawn))


_HOURS = {
    Weird.PATCH_TUESDAY: (22, 1),
    Weird.MONTH_END: (7, 2),
    Weird.FAILOVER_TEST: (19, 3),
    Weird.MASS_CASUALTY: (9, 12),
    Weird.NEW_MODALITY: (8, 3),
    Weird.PASSWORD_RESETS: (7, 1),
    Weird.NIGHT_ADMINISTRATOR: (1, 2),
    Weird.VULNERABILITY_SCAN: (1, 2),
}


def begins(seed: Seed, day: date, kind: Weird) -> int:
    """When on ``day`` something out of the ordinary begins, in minutes after the hospital's midnight."""
    hour, width = _HOURS[kind]
    return hour * 60 + int(stream(seed, "days", day.isoformat(), kind).random() * width * 60)
