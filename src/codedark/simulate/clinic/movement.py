"""Admission, transfer and discharge as events: what the legs of a stay mean for the systems that follow them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from codedark.hospital.ward import WardId
from codedark.simulate.clinic.orders import Event, What
from codedark.simulate.clinic.specialties import Place
from codedark.simulate.clinic.stay import Kind, Stay
from codedark.simulate.habit import HOUR_US, MINUTE_US

CORRECTED_SOON = 0.7
CORRECTED_A_DAY = 0.4
UNDONE_US = 18 * MINUTE_US
_CANCELS = {"A11": What.ADMISSION_CANCELLED, "A12": What.TRANSFER_CANCELLED}


def movements(stay: Stay, place: Callable[[WardId], Place]) -> Iterator[Event]:
    """The movements of a whole stay, in order of time.

    An emergency patient is registered (A04) and admitted (A01) when leaving for a bed; everybody else is registered
    or admitted
    on coming. A slip is entered and cancelled: after A11 follows the right admission, after A12 the patient is where
    they were.
    """
    is_admitted = False
    returns = False
    for leg in stay.legs:
        if returns:
            returns = False
            continue
        if stay.kind is Kind.INPATIENT and not is_admitted and place(leg.ward) is not Place.EMERGENCY:
            is_admitted = leg.slip != "A11"
            yield Event(leg.from_us, What.ADMITTED, stay, leg)
        elif leg.from_us == stay.from_us:
            yield Event(leg.from_us, What.REGISTERED, stay, leg)
        else:
            yield Event(leg.from_us, What.MOVED, stay, leg)
        if leg.slip:
            returns = leg.slip == "A12"
            yield Event(leg.until_us, _CANCELS[leg.slip], stay, leg)
    last = stay.legs[-1]
    if stay.undone_us:
        yield Event(stay.undone_us, What.DISCHARGED, stay, last)
        yield Event(stay.undone_us + UNDONE_US, What.DISCHARGE_CANCELLED, stay, last)
    if stay.appointment is None:
        yield Event(stay.until_us, What.DISCHARGED, stay, last)


def corrections(stay: Stay, admitted_us: int, begin_us: int, end_us: int, chance: Random) -> Iterator[Event]:
    """Changes of what is known of a patient on a day: insurance and next of kin soon after admission, diagnoses
    later.
    """
    if stay.kind is not Kind.INPATIENT:
        return
    if begin_us <= admitted_us < end_us:
        at_us = admitted_us + chance.randrange(12, 90) * MINUTE_US
        likely = CORRECTED_SOON
    else:
        at_us = begin_us + int(chance.uniform(8, 17) * HOUR_US)
        likely = CORRECTED_A_DAY
    if chance.random() < likely and admitted_us < at_us < (stay.undone_us or stay.until_us):
        yield Event(at_us, What.UPDATED, stay, stay.leg_at(at_us))
