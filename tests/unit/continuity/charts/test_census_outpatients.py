"""How long an outpatient is on the census, whose leaving is seldom told."""

from __future__ import annotations

from typing import Final

import pytest

from codedark.continuity.charts.fold import charts
from codedark.continuity.charts.times import DAY_US, Times
from codedark.continuity.packs import census
from tests.unit.continuity.messages import HOSPITAL, hl7, read

NUMBER: Final = "|" * 16
NOON_US: Final = Times(HOSPITAL.time_zone).us("20260114120000")


def later(message: bytes) -> bytes:
    """The same, two days later."""
    return message.replace(b"20260112", b"20260114")


IN_NO_BED: Final = hl7("ADT^A04", "080000", pv1=f"O|W1^01^{NUMBER}V1")
IN_A_BED: Final = hl7("ADT^A04", "080000", pv1=f"O|W1^01^1{NUMBER}V1")
ANOTHER: Final = later(hl7("ADT^A04", "110000", patient="200", pv1=f"O|W1^01^{NUMBER}V2"))
ANOTHER_IN_THE_BED: Final = later(hl7("ADT^A04", "110000", patient="200", pv1=f"O|W1^01^1{NUMBER}V2"))
SPOKEN_OF: Final = later(hl7("ADT^A08", "100000", pv1=f"O|W1^01^{NUMBER}V1"))
RESULT: Final = later(hl7("ORU^R01", "100000", "OBR|1|||K^Potassium", "OBX|1|NM|K||4", pv1=f"O|W1^01^{NUMBER}V1"))


def there(*messages: bytes, now_us: int = NOON_US) -> set[str]:
    """Who is on the census."""
    wards = census.wards(charts(read(*messages), HOSPITAL), HOSPITAL, now_us)
    return {bed.chart.id for beds in wards.values() for bed in beds if bed.chart is not None}


@pytest.mark.parametrize(
    ("messages", "lying"),
    [
        ([IN_NO_BED, ANOTHER], {"200"}),
        ([IN_NO_BED, RESULT, ANOTHER], {"200"}),
        ([IN_NO_BED, SPOKEN_OF, ANOTHER], {"100", "200"}),
        ([IN_A_BED, ANOTHER], {"100", "200"}),
        ([IN_A_BED, ANOTHER_IN_THE_BED], {"200"}),
    ],
    ids=["silent", "only a result", "told again", "in a bed", "somebody else in the bed"],
)
def test_outpatient_stays_while_his_stay_is_spoken_of_or_his_bed_is_his(messages: list[bytes], lying: set[str]) -> None:
    assert there(*messages) == lying


def test_nobody_vanishes_because_every_feed_is_silent() -> None:
    assert there(IN_NO_BED, now_us=NOON_US + 30 * DAY_US) == {"100"}
