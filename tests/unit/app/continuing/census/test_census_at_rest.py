"""Each day whoever has gone is laid to rest: silence hides nobody by it, and one patient's data end no census."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codedark.app.continuing.census.formats import HEARD
from codedark.app.continuing.census.home import journal_of
from codedark.app.continuing.census.intake import Intake
from codedark.app.continuing.census.state import CensusState
from codedark.app.continuing.serving import keeping as census_keeping
from codedark.app.continuing.serving.keeping import NAME, Keeping
from codedark.app.hospital_files import usable_hospital
from codedark.app.watching.part import Part
from codedark.continuity.charts.chart import Group, PatientId
from codedark.continuity.charts.fact import OWN, Fact, Said
from codedark.continuity.charts.times import DAY_US
from codedark.continuity.hl7v2.read import Reader
from codedark.continuity.hl7v2.site import site
from codedark.events.parcel import Parcel, Sequence
from codedark.exchange.mllp_receiver import Received
from codedark.store.journal.journal import Journal
from tests.served_census import admission, furnished
from tests.unit.continuity.messages import HOSPITAL, READER, hl7, read, stay

LYING = hl7("ADT^A01", "090000", patient="200", pv1=stay("2", "V2"))
AT_US = READER.read(LYING).at_us
BROKEN = Fact(
    PatientId("800"),
    Group.MEDICATION,
    "M1",
    (("name", "Heparin"), ("frequency", 7), ("status", "active")),
    Said(OWN, 1_000_000, "EHR"),
)


def dialysis(number: int) -> bytes:
    """An outpatient in a chair, which is no bed."""
    return hl7("ADT^A04", f"12{number:02}00", patient=f"70{number}", pv1=f"O|W1^01^{'|' * 16}V7{number}")


def test_who_lay_here_when_all_feeds_fell_silent_lies_here_days_later_though_the_record_still_answers() -> None:
    state = CensusState(HOSPITAL, site())
    for number, message in enumerate((LYING, dialysis(1), dialysis(2)), 1):
        state.take(Parcel(Sequence(number), 1, AT_US, "mllp://10.0.0.1", "hl7v2", message))
    now_us = AT_US + 3 * DAY_US
    state.take(Parcel(Sequence(4), 1, now_us, "record", HEARD, b"fhir\n"))

    def there() -> list[str]:
        return sorted(bed.chart.id for beds in state.wards(now_us).values() for bed in beds if bed.chart)

    assert there() == ["200", "701", "702"]
    state.forget(now_us)
    assert there() == ["200", "701", "702"]


def test_the_day_goes_on_for_all_others_where_one_patients_data_meet_an_error() -> None:
    state = CensusState(HOSPITAL, site())
    gone = [hl7("ADT^A03", f"1{n}0000", patient=f"10{n}", pv1=stay("1", f"V{n}")) for n in range(3)]
    state._fold.add([BROKEN, *read(*gone)])
    state._fold.add(each._replace(said=Said(OWN, AT_US + 100 * DAY_US, "EHR")) for each in read(LYING)[:1])
    state.forget(AT_US + 100 * DAY_US)
    assert set(state._fold.resting) == {"100", "101"}
    assert list(state.unrested) == ["800"]
    assert "Heparin" not in state.unrested[PatientId("800")]
    assert "800" not in state.charts(AT_US)
    assert [each.patient for each in state.unmade] == ["800"]


class Quiet(Part):
    """A part that changes no signals of this process."""

    def __init__(self, home: Path) -> None:
        self._home, self._name, self._parent = home, NAME, os.getppid()
        (home / "run").mkdir(exist_ok=True)
        self._asked = self._hurried = False


def test_the_census_says_once_whose_data_it_cannot_lay_to_rest_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, said = furnished(tmp_path / "home"), list[str]()
    monkeypatch.setattr(census_keeping, "_LOOK_SECONDS", 0.0)
    with Journal(journal_of(home), reserve_bytes=0) as journal:

        def heard(number: int, day: int) -> None:
            intake = Intake(journal, Reader(site(), "UTC"), lambda: AT_US + day * DAY_US)
            intake([Received("mllp://10.0.0.1", admission(number, at=f"202601{12 + day}080000"))])

        keeping, part = Keeping(home, usable_hospital(home / "hospital.yaml"), site(), None, said.append), Quiet(home)
        heard(1, 0)
        assert keeping.step(part)
        keeping.state._fold.add([BROKEN])
        for number in (2, 3):
            heard(number, 2 + number)
            while keeping.step(part):
                pass
    (told,) = [each for each in said if "rest" in each]
    assert "patient 800" in told
    assert "an error of Code Dark itself" in told
