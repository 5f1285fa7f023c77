"""A ward keeps its last good pack whatever comes, says of what it refused why, and takes nothing while it is frozen."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from codedark.continuity.packs.manifest import Accepted, SetAside
from codedark.errors import UnusableInput, UsageError
from codedark.store.packs.ward_packs import Frozen, Unchanged, WardPacks
from tests.sealed_wards import OTHER, page_of, sealed, ward_packs
from tests.ward_charts import HOUR_US, NOW_US, pack

MINUTE_US = HOUR_US // 60


@pytest.fixture
def ward(tmp_path: Path) -> WardPacks:
    """A ward that has accepted pack 5."""
    packs = ward_packs(tmp_path)
    assert isinstance(packs.receive(sealed(pack(5)), NOW_US), Accepted)
    return packs


def refused(ward: WardPacks, file: bytes, tmp_path: Path, now_us: int = NOW_US) -> SetAside:
    """What a ward says of a pack that it must refuse, after which all is as it was."""
    found = ward.receive(file, now_us)
    assert isinstance(found, SetAside)
    assert (tmp_path / "page.html").read_bytes() == page_of(pack(5))
    last = ward.standing(now_us).last
    assert last is not None
    assert last.counter == 5
    return found


def test_next_pack_takes_the_place_of_the_last_and_the_same_changes_nothing(ward: WardPacks, tmp_path: Path) -> None:
    assert isinstance(ward.receive(sealed(pack(6)), NOW_US), Accepted)
    assert (tmp_path / "page.html").read_bytes() == page_of(pack(6))
    again = (tmp_path / "kept" / "000000000006.pack").read_bytes()
    assert isinstance(ward.receive(again, NOW_US), Unchanged)
    assert ward.standing(NOW_US).aside == ()


def test_attacker_without_the_key_cannot_replace_a_pack(ward: WardPacks, tmp_path: Path) -> None:
    theirs = sealed(pack(6), signing=Ed25519PrivateKey.generate().private_bytes_raw())
    assert "not signed with this hospital's key" in refused(ward, theirs, tmp_path).reason


def test_attacker_cannot_roll_a_pack_back(ward: WardPacks, tmp_path: Path) -> None:
    old = sealed(pack(4))
    assert "an old pack came as a new one" in refused(ward, old, tmp_path).reason
    other_of_the_same_number = sealed(pack(5, built_us=NOW_US + 1))
    assert "an old pack came as a new one" in refused(ward, other_of_the_same_number, tmp_path).reason


def test_old_content_under_a_new_manifest_and_new_content_under_an_old_one_are_refused(
    ward: WardPacks, tmp_path: Path
) -> None:
    old, new = sealed(pack(4)), sealed(pack(6))
    cut_old, cut_new = (12 + int.from_bytes(file[8:12], "little") + 64 for file in (old, new))
    assert "damaged, cut short or altered" in refused(ward, new[:cut_new] + old[cut_old:], tmp_path).reason
    assert "an old pack came as a new one" in refused(ward, old[:cut_old] + new[cut_new:], tmp_path).reason


def test_pack_of_another_ward_is_refused(ward: WardPacks, tmp_path: Path) -> None:
    theirs = sealed(pack(6, ward=OTHER), ward=OTHER)
    assert "it is of ward B2" in refused(ward, theirs, tmp_path).reason


def test_mixed_wards_are_refused_even_when_the_hospital_signed_them(ward: WardPacks, tmp_path: Path) -> None:
    content_of_another = sealed(pack(6), inside=pack(6, ward=OTHER))
    assert "of another ward, number or time" in refused(ward, content_of_another, tmp_path).reason
    sealed_for_another = sealed(pack(6), ward=OTHER)
    assert "sealed for another ward" in refused(ward, sealed_for_another, tmp_path).reason
    other_counts = sealed(pack(6), inside=pack(6, patients=9))
    assert "of another ward, number or time" in refused(ward, other_counts, tmp_path).reason


@pytest.mark.parametrize("file", [b"", b"<html>404</html>", b"cdpack01", b"cdpack01\xff\xff\xff\xff"])
def test_what_is_no_pack_is_refused_in_plain_words(ward: WardPacks, tmp_path: Path, file: bytes) -> None:
    assert "this is no" in refused(ward, file, tmp_path).reason


def test_signed_lie_is_set_aside_and_a_person_may_take_it(ward: WardPacks, tmp_path: Path) -> None:
    empty = sealed(pack(6, patients=2))
    found = refused(ward, empty, tmp_path)
    assert "8 of 10 patients are gone" in found.reason
    assert found.may_be_taken
    (aside,) = ward.standing(NOW_US).aside
    assert isinstance(ward.receive(ward.aside.file(aside.name), NOW_US, by_hand=True), Accepted)
    ward.aside.drop(aside.name)
    assert ward.standing(NOW_US).aside == ()


def test_nobody_may_take_what_is_forged(ward: WardPacks, tmp_path: Path) -> None:
    theirs = sealed(pack(6), signing=Ed25519PrivateKey.generate().private_bytes_raw())
    refused(ward, theirs, tmp_path)
    (aside,) = ward.standing(NOW_US).aside
    with pytest.raises(UsageError, match="may not be taken by anybody"):
        ward.aside.file(aside.name)
    assert isinstance(ward.receive(theirs, NOW_US, by_hand=True), SetAside)


def test_what_is_refused_again_and_again_fills_no_disk(ward: WardPacks, tmp_path: Path) -> None:
    for _ in range(3):
        refused(ward, b"the same", tmp_path)
    assert len(ward.standing(NOW_US).aside) == 1
    for number in range(20):
        refused(ward, b"another %d" % number, tmp_path, NOW_US + number)
    assert len(ward.standing(NOW_US).aside) == 8
    assert len(list((tmp_path / "aside").iterdir())) == 16


def test_frozen_ward_takes_nothing_until_it_is_thawed(ward: WardPacks, tmp_path: Path) -> None:
    ward.freeze("12:40, head nurse")
    assert ward.receive(sealed(pack(6)), NOW_US) == Frozen("12:40, head nurse")
    assert (tmp_path / "page.html").read_bytes() == page_of(pack(5))
    assert WardPacks(tmp_path).frozen() == "12:40, head nurse"
    ward.thaw()
    assert isinstance(ward.receive(sealed(pack(6)), NOW_US), Accepted)


def test_damaged_last_pack_gives_way_to_the_one_before_and_its_number_still_counts(
    ward: WardPacks, tmp_path: Path
) -> None:
    assert isinstance(ward.receive(sealed(pack(7)), NOW_US), Accepted)
    damaged = tmp_path / "kept" / "000000000007.pack"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    standing = ward.standing(NOW_US)
    assert standing.last is not None
    assert (standing.last.counter, standing.damaged) == (5, (7,))
    found = ward.receive(sealed(pack(6)), NOW_US)
    assert isinstance(found, SetAside)
    assert "this ward has 7" in found.reason
    assert isinstance(ward.receive(sealed(pack(8)), NOW_US), Accepted)
    ward.put_right()
    assert (tmp_path / "page.html").read_bytes() == page_of(pack(8))


def test_page_that_somebody_removed_or_changed_is_put_right(ward: WardPacks, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_bytes(b"changed")
    ward.put_right()
    assert (tmp_path / "page.html").read_bytes() == page_of(pack(5))


def test_ward_can_go_back_to_packs_of_an_hour_and_six_hours_ago(tmp_path: Path) -> None:
    ward = ward_packs(tmp_path)
    for number in range(1, 50):
        at_us = NOW_US + number * 10 * MINUTE_US
        assert isinstance(ward.receive(sealed(pack(number, built_us=at_us)), at_us), Accepted)
    now_us = NOW_US + 49 * 10 * MINUTE_US
    found = ward.standing(now_us).aged
    assert list(found) == [HOUR_US, 6 * HOUR_US]
    assert found[HOUR_US] == 43
    assert ward.files(found[6 * HOUR_US])["page.html"] == page_of(pack(found[6 * HOUR_US]))
    assert len(list((tmp_path / "kept").iterdir())) < 20
    with pytest.raises(UsageError, match="no good pack 2:"):
        ward.files(replace(pack(2)).counter)


def test_files_are_for_their_owner_and_the_page_for_all(ward: WardPacks, tmp_path: Path) -> None:
    assert (tmp_path / "kept" / "000000000005.pack").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "page.html").stat().st_mode & 0o777 == 0o644
    assert ward.files()["page.html"] == page_of(pack(5))


def test_ward_without_keys_or_packs_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="ward's file that `codedark pack keys` made belongs here"):
        WardPacks(tmp_path)
    with pytest.raises(UsageError, match="no pack yet"):
        ward_packs(tmp_path).files()
