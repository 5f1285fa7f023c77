"""The ceremony gives each side what it needs and no more, and numbers of packs only rise."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pyrage
import pytest

from codedark.continuity.packs.page_lock import WardPageKey
from codedark.errors import UnusableInput, UsageError
from codedark.hospital.ward import WardId
from codedark.store.packs.counters import Counters
from codedark.store.packs.keys import BuilderKeys, file_of, make_keys, new_passphrase, read_builder_keys, words
from codedark.store.packs.page_lock import locked, opened

A1, B2, C3 = WardId("A1"), WardId("B2"), WardId("C3")
MADE = make_keys("St Elsewhere", {A1: "Ward A1", B2: "Ward B2"}, rounds=10)


def test_words_are_told_apart_by_their_beginning_and_by_any_slip() -> None:
    assert len(words()) == len({word[:4] for word in words()}) == 1024
    assert all(4 <= len(word) <= 8 and word.isascii() and word.isalpha() and word.islower() for word in words())
    without_one = [word[:place] + "_" + word[place + 1 :] for word in words() for place in range(len(word))]
    assert len(without_one) == len(set(without_one))


def test_passphrases_are_six_words_and_never_the_same() -> None:
    made = {new_passphrase() for _ in range(50)}
    assert len(made) == 50
    assert all(len(each.split()) == 6 and set(each.split()) <= set(words()) for each in made)


def test_builder_can_neither_read_nor_open_what_it_makes() -> None:
    held = msgspec.json.encode(MADE.builder).decode()
    assert "AGE-SECRET-KEY" not in held
    assert not any(passphrase in held for passphrase in MADE.passphrases.values())


def test_ward_cannot_sign_and_has_the_key_to_what_is_sealed_for_it() -> None:
    station = MADE.stations[A1]
    assert MADE.builder.signing not in msgspec.json.encode(station)
    assert station.verifying == MADE.builder.verifying
    assert str(pyrage.x25519.Identity.from_str(station.transport).to_public()) == MADE.builder.wards[A1].transport


def test_passphrase_of_the_card_opens_a_page_of_its_ward_only() -> None:
    key: WardPageKey = MADE.builder.wards[A1].page
    assert opened(locked(b"content", key, "about"), MADE.passphrases[A1]) == b"content"
    with pytest.raises(UsageError, match="not the passphrase"):
        opened(locked(b"content", key, "about"), MADE.passphrases[B2])


def test_new_ward_gets_keys_and_the_others_keep_theirs() -> None:
    more = make_keys("St Elsewhere", {A1: "Ward A1", B2: "Ward B2", C3: "New"}, MADE.builder, rounds=10)
    assert set(more.passphrases) == set(more.stations) == {C3}
    assert more.recovery is None
    assert more.builder.recovery == MADE.builder.recovery
    assert [more.builder.wards[ward].number for ward in (A1, B2, C3)] == [0, 1, 2]
    assert more.builder.wards[A1] == MADE.builder.wards[A1]
    with pytest.raises(UsageError, match="give another folder"):
        make_keys("Another", {A1: "Ward A1"}, MADE.builder)


def test_keys_are_written_and_read_and_a_lost_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_bytes(msgspec.json.encode(MADE.builder))
    assert read_builder_keys(tmp_path) == MADE.builder
    (tmp_path / "keys.json").write_bytes(b"{}")
    with pytest.raises(UnusableInput, match="no such keys"):
        read_builder_keys(tmp_path)
    with pytest.raises(UnusableInput, match="belongs here"):
        read_builder_keys(tmp_path / "nowhere")
    assert isinstance(MADE.builder, BuilderKeys)


@pytest.mark.parametrize("ward", ["A/1", "..", "a\\b", "é:x"])
def test_file_of_a_ward_stays_in_its_folder(ward: str) -> None:
    assert not set(file_of(ward, ".json").removesuffix(".json")) & set("/\\.:")


def test_numbers_only_rise_for_each_ward_alone(tmp_path: Path) -> None:
    Counters(tmp_path).begin()
    assert [Counters(tmp_path).next(ward) for ward in (A1, A1, B2, A1)] == [1, 2, 1, 3]


def test_lost_or_damaged_counters_are_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match=r"is lost.*codedark pack counters --above"):
        Counters(tmp_path).next(A1)
    (tmp_path / "counters.json").write_bytes(b'{"A1": ')
    with pytest.raises(UnusableInput, match=r"is damaged.*codedark pack counters --above"):
        Counters(tmp_path).next(A1)


def test_counters_begin_above_what_wards_have_seen_and_never_fall(tmp_path: Path) -> None:
    counters = Counters(tmp_path)
    counters.begin(5000)
    assert (counters.next(A1), counters.next(B2)) == (5001, 5001)
    counters.begin(10)
    assert counters.next(A1) == 5002
