"""Two names are two people only where somebody who is known says so, and neither of the two is that somebody alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from codedark.app.back_entry.telling import unvouched
from codedark.app.ward.lines import line_of, signed_by
from codedark.app.ward.people import enrol, forget
from codedark.app.ward.vouching import SET_UP, are_two, forget_vouched, is_known, vouch
from codedark.continuity.entries.as_fhir import Systems, transaction
from codedark.continuity.entries.entry import Entry, canonical, entry_of, says_again
from codedark.errors import UsageError
from codedark.store.station.station import Station
from tests.ward_entries import entry

HEAD, NURSE, INVENTED, OTHER = PEOPLE = ("H. Maes", "M. Claes", "X. Nobody", "T. Adams")


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    with Station(tmp_path / "one", "icu-1") as opened:
        for name in PEOPLE:
            enrol(opened, name, "1357", "1357")
        yield opened


def test_of_people_for_whom_nobody_vouches_none_is_known_to_be_another(station: Station) -> None:
    assert not is_known(station, NURSE)
    assert not are_two(station, NURSE, OTHER)


def test_whom_a_nurse_vouches_for_is_no_witness_of_hers_until_another_vouches(station: Station) -> None:
    vouch(station, NURSE, SET_UP)
    vouch(station, INVENTED, NURSE)
    assert is_known(station, INVENTED)
    assert not are_two(station, NURSE, INVENTED)
    assert not are_two(station, INVENTED, NURSE)  # nor the other way round
    vouch(station, OTHER, INVENTED)
    assert not are_two(station, NURSE, OTHER)  # nor through whom she invented
    vouch(station, HEAD, SET_UP)
    vouch(station, OTHER, HEAD)
    assert are_two(station, NURSE, OTHER)
    assert are_two(station, HEAD, NURSE)


def test_nobody_vouches_who_is_not_known_or_for_a_name_of_nobody(station: Station) -> None:
    for name, by, why in ((NURSE, OTHER, "cannot vouch"), (NURSE, NURSE, "cannot vouch"), ("Z", SET_UP, "Nobody here")):
        with pytest.raises(UsageError, match=why):
            vouch(station, name, by)
    assert not is_known(station, NURSE)


def test_who_makes_a_new_pin_under_a_name_is_vouched_for_anew(station: Station) -> None:
    vouch(station, NURSE, SET_UP)
    vouch(station, OTHER, NURSE)
    forget_vouched(station, NURSE)
    forget(station, NURSE)
    assert not is_known(station, OTHER)  # her word counts no more
    enrol(station, NURSE, "9999", "9999")
    assert not is_known(station, NURSE)


def marked() -> Entry:
    return entry(witness=INVENTED, is_unvouched=True)


def test_the_mark_is_bound_with_the_entry_and_others_have_the_bytes_that_they_had() -> None:
    assert entry_of(canonical(marked()), "stick") == marked()
    assert b"is_unvouched" in canonical(marked())
    assert b"is_unvouched" not in canonical(entry(witness=INVENTED))


def test_a_form_that_is_sent_again_is_the_same_act_although_somebody_vouched_meanwhile() -> None:
    assert says_again(marked(), msgspec.structs.replace(marked(), is_unvouched=msgspec.UNSET))


def test_it_is_told_at_the_station_in_the_record_and_to_the_office() -> None:
    assert "witness X. Nobody (NOBODY VOUCHED that this is a second person)" in line_of(marked())
    assert signed_by(marked()) == "M. Claes, X. Nobody (NOBODY VOUCHED that these are two people)"
    assert b"NOBODY VOUCHED" in msgspec.json.encode(transaction(marked(), "Patient/1", Systems()))
    (told,) = unvouched([marked(), entry(), marked(), entry(witness=OTHER)])
    assert told.startswith("2 signed by M. Claes and X. Nobody: NOBODY VOUCHED")
