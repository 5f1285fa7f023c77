"""A census that has run for weeks: who has gone is not there any more, however much his feed speaks of others."""

from __future__ import annotations

from codedark.app.continuing.census.formats import HL7, LIVE
from codedark.app.continuing.census.state import CensusState
from codedark.continuity.charts.times import DAY_US, Times
from codedark.continuity.hl7v2.site import site
from codedark.events.parcel import Parcel, Sequence
from tests.unit.continuity.messages import HOSPITAL, hl7, stay

MORNING_US = Times(HOSPITAL.time_zone).us("20260112080000")
OUTPATIENT = hl7("ADT^A04", "080000", pv1=f"O|W1^01^{'|' * 16}V1")
INPATIENT = hl7("ADT^A01", "080000", patient="200", pv1=stay("1", "V2"), id_="2")


def later(message: bytes, days: int) -> bytes:
    """The same, so many days later."""
    return message.replace(b"20260112", b"202601%02d" % (12 + days))


def taken(state: CensusState, message: bytes, days: int) -> None:
    """A message comes from a live feed, as it is said."""
    at_us = MORNING_US + days * DAY_US
    state.take(Parcel(Sequence(1), 1, at_us, f"{LIVE}10.0.0.1", HL7, later(message, days) + b"\n"))


def lying(state: CensusState, days: int) -> set[str]:
    """Who is on the wards by then."""
    wards = state.wards(MORNING_US + days * DAY_US)
    return {bed.chart.id for beds in wards.values() for bed in beds if bed.chart is not None}


def test_an_outpatient_leaves_the_wards_while_his_feed_speaks_of_others() -> None:
    state = CensusState(HOSPITAL, site())
    taken(state, OUTPATIENT, 0)
    taken(state, INPATIENT, 0)
    assert lying(state, 0) == {"100", "200"}
    taken(state, hl7("ADT^A08", "080000", patient="200", pv1=stay("1", "V2"), id_="3"), 2)
    assert lying(state, 2) == {"200"}
