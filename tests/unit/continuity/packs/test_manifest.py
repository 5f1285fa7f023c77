"""A ward takes a pack of its own hospital that is newer and plausible, and says of any other why not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from codedark.continuity.packs.manifest import Accepted, Manifest, Received, SetAside, check, counted, manifest_of
from codedark.hospital.ward import WardId
from tests.ward_charts import HOSPITAL, HOUR_US, NOW_US, WARD, pack

SUM = "ab" * 32


def told(counter: int = 2, patients: int = 10, built_us: int = NOW_US, *, allergies: bool = True) -> Manifest:
    return manifest_of(pack(counter, patients, built_us=built_us, allergies=allergies), SUM, 1000)


def verdict(manifest: Manifest, last: Manifest | None = None, **came: Any) -> Accepted | SetAside:
    received = replace(Received(manifest, is_signed=True, sha256=SUM, size_bytes=1000), **came)
    return check(received, HOSPITAL, WARD, last, NOW_US)


def refused(manifest: Manifest, last: Manifest | None = None, **came: Any) -> SetAside:
    found = verdict(manifest, last, **came)
    assert isinstance(found, SetAside)
    return found


def test_counts_say_how_many_patients_have_what() -> None:
    patients, groups = counted(pack(patients=7))
    assert patients == 7
    assert (groups["identity"], groups["visit"], groups["allergies"], groups["medication"]) == (7, 7, 7, 7)
    assert groups["blood-group"] == groups["laboratory"] == 0


def test_first_pack_and_next_pack_are_accepted() -> None:
    assert verdict(told(1)) == Accepted(told(1))
    assert verdict(told(2), told(1, built_us=NOW_US - HOUR_US)) == Accepted(told(2))


def test_unsigned_pack_is_refused_before_anything_that_it_says_is_looked_at() -> None:
    found = refused(replace(told(), ward=WardId("B2")), is_signed=False)
    assert "not signed with this hospital's key" in found.reason
    assert not found.may_be_taken


@pytest.mark.parametrize("change", [{"ward": WardId("B2")}, {"hospital": "Another"}])
def test_pack_of_another_ward_or_hospital_is_refused(change: dict[str, Any]) -> None:
    found = refused(replace(told(), **change))
    assert "and this is ward A1 of St Elsewhere" in found.reason
    assert not found.may_be_taken


@pytest.mark.parametrize("counter", [1, 2])
def test_old_pack_that_comes_as_a_new_one_is_refused(counter: int) -> None:
    found = refused(told(counter), told(2))
    assert "an old pack came as a new one" in found.reason
    assert not found.may_be_taken


@pytest.mark.parametrize("came", [{"sha256": "cd" * 32}, {"size_bytes": 999}])
def test_content_that_was_not_signed_is_refused(came: dict[str, Any]) -> None:
    found = refused(told(), **came)
    assert "damaged, cut short or altered" in found.reason
    assert not found.may_be_taken


def test_pack_of_tomorrow_and_pack_before_the_last_are_refused_and_one_of_last_week_may_be_taken() -> None:
    assert "ahead of this computer's clock" in refused(told(built_us=NOW_US + 2 * HOUR_US)).reason
    assert isinstance(verdict(told(built_us=NOW_US + HOUR_US)), Accepted)
    assert "before that of the last pack" in refused(told(3, built_us=NOW_US - 1), told(2)).reason
    old = refused(told(built_us=NOW_US - 8 * 24 * HOUR_US))
    assert "8 days old" in old.reason
    assert old.may_be_taken


@pytest.mark.parametrize(("before", "after", "is_accepted"), [(15, 13, True), (15, 12, False), (5, 3, True)])
def test_census_that_falls_by_a_fifth_is_implausible(before: int, after: int, is_accepted: bool) -> None:
    found = verdict(told(3, after), told(2, before))
    assert isinstance(found, Accepted) == is_accepted
    if isinstance(found, SetAside):
        assert f"{before - after} of {before} patients are gone" in found.reason
        assert found.may_be_taken


@pytest.mark.parametrize("before", [1, 2, 3, 30])
def test_ward_that_falls_to_nobody_is_implausible_however_few_it_had(before: int) -> None:
    found = refused(told(3, 0), told(2, before))
    assert "gone since the last pack: did the ward empty, or the census?" in found.reason
    assert found.may_be_taken


def test_ward_that_had_nobody_may_have_nobody() -> None:
    assert isinstance(verdict(told(3, 0), told(2, 0)), Accepted)


def test_group_that_most_had_and_none_has_is_implausible() -> None:
    found = refused(told(3, allergies=False), told(2))
    assert "no patient has any allergies, and most had" in found.reason
    assert found.may_be_taken


def test_group_that_few_had_may_vanish() -> None:
    before = replace(told(2), groups={"allergies": 5})
    assert isinstance(verdict(replace(told(3), groups={"allergies": 0}), before), Accepted)
