"""A high-alert dose that was given can always be charted; never without a second person and without saying so; and what
is said of that reaches everybody who reads the entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codedark.app.back_entry.telling import given_alone
from codedark.app.ward.asking_back import Asks
from codedark.app.ward.charting import Asked, Considered, NotCharted, Unlikely, begin, chart, consider
from codedark.app.ward.lines import line_of, signed_by
from codedark.app.ward.tongue import LANGUAGES, tongue
from codedark.continuity.charts.chart import Chart, Drug, Identity, PatientId, Place
from codedark.continuity.entries.as_fhir import Systems, transaction
from codedark.continuity.entries.as_hl7 import message
from codedark.continuity.entries.entry import Administration, DoseStatus, Entry, EntryId, canonical, entry_of
from codedark.continuity.packs.pack import Bed, Counter, Pack
from codedark.continuity.packs.pack_data import to_bytes
from codedark.hospital.ward import WardId
from codedark.store.station.station import Station
from tests.ward_entries import CHECKED, NOON_US, entry, rows

HIGH_BY_PACK, HIGH_BY_WARD, PLAIN = "Insulin aspart", "potassium chloride", "paracetamol"
MARK = "NO SECOND PERSON signed"
ROWS = rows(6)
ESCAPED = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\", ".br": "\n"}
"""HL7 v2.5.1, 2.7.1."""

blanks = st.sampled_from(["", " ", "\t "])
reasons = st.text(st.characters(exclude_categories=["Cs"]), max_size=60).map(str.strip).filter(bool)
witnesses = st.one_of(blanks, st.sampled_from(["J. Maes", " J. Maes "]))
asks = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["given", "given", "held", "refused"]),
        "drug": st.sampled_from([HIGH_BY_PACK, "insulin", HIGH_BY_WARD, PLAIN]),
        "is_high_alert": st.booleans(),
        "witness": witnesses,
        "alone": st.one_of(blanks, reasons),
        "is_sure": st.booleans(),
        "asks_twice": st.booleans(),
        "row": st.sampled_from(["", ROWS[3], ROWS[4]]),
    }
)


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """One that knows a high-alert drug by its pack, and another by an order of the ward."""
    folder = tmp_path_factory.mktemp("second")
    chart_ = Chart(
        PatientId("4711"), Identity("Peeters", "Anna", "1951-07-23"),
        drugs=(Drug("o-1", HIGH_BY_PACK, dose="6", unit="units", is_high_alert=True),),
    )  # fmt: skip
    place = Place(WardId("icu"), "1", "A")
    pack = Pack("test", WardId("icu"), "Intensive care", Counter(7), NOON_US, NOON_US, "Europe/Brussels",
                (Bed(place, chart_),))  # fmt: skip
    (folder / "pack.json").write_bytes(to_bytes(pack))
    with begin(folder / "one", "icu-1", 0, 1, folder / "pack.json") as opened:
        ordered = {"asked": "medication", "name": HIGH_BY_WARD, "dose": "10", "unit": "millimole"}
        chart(opened, Asked("order", ordered | {"is_high_alert": "true"}, "4711", CHECKED, "Dr Maes"), NOON_US)
        yield opened


def asked_of(said: dict[str, Any]) -> Asked:
    fields = {"drug": said["drug"], "dose": "6", "unit": "units"}
    fields |= {"reason": "blood sugar 3.1"} if said["kind"] != "given" else {}
    fields |= {"is_high_alert": "true"} if said["is_high_alert"] else {}
    return Asked(
        said["kind"], fields, "4711", CHECKED, "M. Claes", said["witness"], NOON_US, said["row"],
        is_sure=said["is_sure"], alone=said["alone"],
    )  # fmt: skip


def outcome(station: Station, said: dict[str, Any]) -> Considered | NotCharted:
    try:
        return consider(station, asked_of(said), NOON_US, asks_twice=said["asks_twice"])
    except NotCharted as refused:
        return refused


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(asks)
def test_it_is_asked_back_just_where_a_second_person_is_to_sign_and_neither_is_said(
    station: Station, said: dict[str, Any]
) -> None:
    is_high = said["is_high_alert"] or said["drug"] != PLAIN
    is_open = said["kind"] == "given" and is_high and not said["witness"].strip() and not said["alone"].strip()
    found = outcome(station, said)
    assert (isinstance(found, Unlikely) and Asks.SECOND in found.asks) == is_open
    if isinstance(found, Considered):
        what = found.entry.content
        assert isinstance(what, Administration)
        is_two = what.is_high_alert and what.status is DoseStatus.GIVEN
        assert bool(found.entry.witness) + bool(found.entry.alone_told) <= 1
        assert not is_two or found.entry.witness or found.entry.alone_told
        assert not found.entry.alone_told or what.status is DoseStatus.GIVEN


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(asks, reasons)
def test_whoever_gave_a_dose_alone_and_says_why_is_never_refused(
    station: Station, said: dict[str, Any], why: str
) -> None:
    found = outcome(station, said | {"kind": "given", "witness": "", "alone": why, "is_sure": True})
    assert isinstance(found, Considered), found
    assert found.entry.alone == why


def signed(witness: str = "", **changes: Any) -> Entry:
    insulin = Administration(DoseStatus.GIVEN, "insulin", "4", "units", "subcutaneous", is_high_alert=True)
    return entry(insulin, witness=witness, **changes)


@given(reasons)
def test_the_mark_is_bound_with_the_entry_and_reaches_page_list_record_and_receiver(why: str) -> None:
    alone, two = signed(alone=why), signed("J. Maes")
    assert entry_of(canonical(alone), "stick") == alone
    assert b"alone" not in canonical(two)  # the bytes that entries had before there was this
    assert f"M. Claes, {MARK}: {why}" in line_of(alone)
    for language in LANGUAGES:
        assert why in signed_by(alone, tongue(language)) != signed_by(two, tongue(language))
    act, provenance = (step["resource"] for step in transaction(alone, "Patient/1", Systems())["entry"])
    assert act["status"] == "completed"
    assert [each["text"] for each in act["note"]] == [f"{MARK}: {why}"] == [provenance["reason"][1]["text"]]
    assert [each["type"]["coding"][0]["code"] for each in provenance["agent"]] == ["author"]
    (note,) = [each for each in message(alone).decode().split("\r") if each.startswith("NTE|")]
    opened = re.sub(r"\\(F|S|T|R|E|\.br)\\", lambda found: ESCAPED[found[1]], note.split("|")[3])
    assert opened == f"{MARK}: {why}".replace("\r\n", "\n").replace("\r", "\n")
    for told in (transaction(two, "Patient/1", Systems()), message(two).decode(), line_of(two)):
        assert MARK not in str(told)


@given(st.lists(st.tuples(st.sampled_from(["M. Claes", "B. Aerts"]), st.booleans(), st.booleans()), max_size=6))
def test_the_office_is_told_of_each_dose_that_nobody_else_signed_by_who_gave_it(
    doses: list[tuple[str, bool, bool]],
) -> None:
    acts, numbers = list[Entry](), iter(rows(2 * len(doses) + 1))
    for author, is_alone, is_mended in doses:
        first = signed(**({"alone": "night"} if is_alone else {"witness": "J. Maes"}), author=author,
                       id=EntryId(next(numbers)))  # fmt: skip
        acts.append(first)
        if is_mended:
            mended = msgspec.structs.replace(first, id=EntryId(next(numbers)), replaces=first.id, witness="J. Maes",
                                             alone=msgspec.UNSET)  # fmt: skip
            acts.append(mended)
    told = given_alone(acts)
    names = sorted({author for author, is_alone, _ in doses if is_alone})
    for name, sentence in zip(names, told, strict=True):
        own = [is_mended for author, is_alone, is_mended in doses if is_alone and author == name]
        assert sentence == f"{len(own)} given by {name}: {MARK}; {sum(own)} of them corrected or void since"
