"""What holds in every simulated clinic: one bed, one patient; nothing before its cause; messages that agree."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise

import hl7
import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from codedark.simulate.acts import ImagesMoved, MessageSent, RecordAccessed
from codedark.simulate.building import build
from codedark.simulate.clinic import Clinic, ClinicAct, Stay
from codedark.simulate.clinic.orders import LaboratoryOrder, Study
from codedark.simulate.habit import HOUR_US, SLICE_US
from codedark.simulate.roster import Roster

MONDAY_US = int(datetime(2026, 11, 16, tzinfo=UTC).timestamp()) * 1_000_000
seeds = st.integers(0, 10_000)
sizes = st.sampled_from([12, 30, 60])
starts = st.integers(0, 8 * 24).map(lambda hours: MONDAY_US + hours * HOUR_US)


@lru_cache(maxsize=4)
def clinic_of(seed: int, beds: int, start_us: int, hours: int = 18) -> Clinic:
    site = build(beds, seed)
    return Clinic(site, Roster(site), start_us, start_us + hours * HOUR_US)


def slices(clinic: Clinic) -> Iterator[tuple[int, list[ClinicAct]]]:
    first_us, last_us = clinic.lived_us
    for start_us in range(first_us, last_us, SLICE_US):
        yield start_us, list(clinic.live(start_us, min(start_us + SLICE_US, last_us)))


def lived(clinic: Clinic) -> list[ClinicAct]:
    acts = [act for _, found in slices(clinic) for act in found]
    return sorted(acts, key=lambda act: act.at_us)


@settings(max_examples=8, deadline=None)
@given(seeds, sizes, starts)
def test_nobody_is_in_two_places_and_no_bed_holds_two(seed: int, beds: int, start_us: int) -> None:
    clinic = clinic_of(seed, beds, start_us)
    by_bed = defaultdict(list)
    by_patient = defaultdict(list)
    for stay in clinic.stays:
        for leg, following in pairwise(stay.legs):
            assert leg.until_us == following.from_us
        by_patient[stay.patient.id].append((stay.from_us, stay.until_us))
        for leg in stay.legs:
            assert leg.from_us < leg.until_us
            if leg.bed:
                by_bed[leg.bed].append((leg.from_us, leg.until_us))
    for spans in (*by_bed.values(), *by_patient.values()):
        spans.sort()
        assert all(before[1] <= after[0] for before, after in pairwise(spans))


@settings(max_examples=6, deadline=None)
@given(seeds, sizes, starts)
def test_the_census_is_what_the_legs_say(seed: int, beds: int, start_us: int) -> None:
    clinic = clinic_of(seed, beds, start_us)
    for at_us in range(start_us, clinic.lived_us[1], 5 * HOUR_US + 1):
        for ward in clinic.site.hospital.wards:
            here = [stay for stay in clinic.stays if stay.from_us <= at_us < stay.until_us]
            expected = {stay.id for stay in here if stay.leg_at(at_us).ward == ward}
            assert {stay.id for stay in clinic.inpatients(ward, at_us)} == expected


@settings(max_examples=6, deadline=None)
@given(seeds, sizes, starts)
def test_acts_lie_in_their_time_and_name_what_exists(seed: int, beds: int, start_us: int) -> None:
    clinic = clinic_of.__wrapped__(seed, beds, start_us)
    site = clinic.site
    accounts = {person.account for person in site.people} | set(site.service_accounts.values())
    for slice_us, acts in slices(clinic):
        for act in acts:
            assert act.at_us >= slice_us
            assert act.patient in clinic.patients or (isinstance(act, RecordAccessed) and act.what == "search")
            if isinstance(act, RecordAccessed):
                assert act.account in accounts
                assert act.client in site.hosts or (act.client.count(".") == 3 and not act.client_recorded)
            else:
                assert {act.source, act.target} <= site.hosts.keys()


@settings(max_examples=4, deadline=None)
@given(seeds, sizes, starts)
def test_no_message_before_its_cause(seed: int, beds: int, start_us: int) -> None:
    clinic = clinic_of.__wrapped__(seed, beds, start_us)
    stays = {stay.id: stay for stay in clinic.stays}
    before = {order: at_us for stay in clinic.stays for order, at_us in orders_before(clinic, stay)}
    ordered: set[str] = set()
    registered: set[str] = set()
    for act in lived(clinic):
        if not isinstance(act, MessageSent):
            continue
        fields = {segment[:3]: segment.split("|") for segment in act.text.split("\r")}
        placers = set(re.findall(r"\rOR[CB]\|(?:NW|RE|DC|\d)\|([^|^]+)\^EHR", act.text))
        if act.message_type.startswith("SIU"):
            continue
        stay = stays[fields["PV1"][19]]
        if act.message_type in ("ADT^A01", "ADT^A04"):
            registered.add(stay.id)
            assert act.at_us >= stay.from_us
        else:
            assert stay.id in registered or stay.from_us < start_us, act.text
        if act.message_type == "ORM^O01" or (act.message_type == "RDE^O11" and fields["ORC"][1] == "NW"):
            ordered |= placers
        else:
            assert all(placer in ordered or before[placer] < start_us for placer in placers), act.text


def orders_before(clinic: Clinic, stay: Stay) -> Iterator[tuple[str, int]]:
    """Every order of a stay that may have been written before the simulated time, and when."""
    chart = clinic.care.chart(stay)
    for drug in chart.orders:
        yield drug.id, drug.from_us
    first = clinic.clock.day(clinic.lived_us[0])
    for event in (*clinic.care.day(chart, first - 1), *clinic.care.day(chart, first)):
        match event.item:
            case LaboratoryOrder(id=id_, panels=panels, asked_us=asked_us):
                yield from ((f"{id_}-{n}", asked_us) for n, _ in enumerate(panels, 1))
            case Study(id=id_, asked_us=asked_us):
                yield id_, asked_us


@settings(max_examples=3, deadline=None)
@given(seeds, st.just(30), starts)
def test_every_message_parses_and_agrees_with_the_stay(seed: int, beds: int, start_us: int) -> None:
    clinic = clinic_of.__wrapped__(seed, beds, start_us, 6)
    stays = {stay.id: stay for stay in clinic.stays}
    control_ids = set()
    messages = [act for act in lived(clinic) if isinstance(act, MessageSent)]
    for act in messages:
        message = hl7.parse(act.text)
        assert act.text.endswith("\r")
        assert str(message["MSH"][0][12]) == "2.5.1"
        assert "^".join(str(message["MSH"][0][9]).split("^")[:2]) == act.message_type
        control_ids.add(str(message["MSH"][0][10]))
        patient = clinic.patients[act.patient]
        assert str(message["PID"][0][3][0][0]) == patient.id
        assert message.unescape(str(message["PID"][0][5][0][0])) == patient.family
        assert str(message["PID"][0][7]) == f"{patient.born:%Y%m%d}"
        if act.message_type.startswith("SIU"):
            continue
        stay = stays[str(message["PV1"][0][19])]
        assert stay.patient.id == act.patient
        if act.message_type == "ADT^A11":
            continue
        leg = stay.leg_at(act.at_us)
        assert str(message["PV1"][0][3][0][0]) == leg.ward
        assert leg.bed.endswith(str(message["PV1"][0][3][0][2]))
        assert act.message_type != "ADT^A01" or str(message["PV1"][0][2]) == "I"
    assert len(control_ids) == len(messages)


@settings(max_examples=4, deadline=None)
@given(seeds, starts)
def test_nothing_on_a_list_changes_before_it_was_booked(seed: int, start_us: int) -> None:
    clinic = clinic_of.__wrapped__(seed, 60, start_us, 48)
    booked_here: set[str] = set()
    cancelled: set[str] = set()
    later: set[str] = set()
    for act in lived(clinic):
        if isinstance(act, MessageSent) and act.message_type.startswith("SIU"):
            id_ = act.text.split("\rSCH|")[1].split("^")[0]
            assert id_ not in cancelled
            if act.message_type == "SIU^S12":
                assert id_ not in later
                booked_here.add(id_)
            else:
                later.add(id_)
            if act.message_type == "SIU^S15":
                cancelled.add(id_)
    assert booked_here


@settings(max_examples=3, deadline=None)
@given(seeds)
def test_the_same_seed_gives_the_same_acts_and_resources(seed: int) -> None:
    first = clinic_of.__wrapped__(seed, 30, MONDAY_US, 5)
    second = clinic_of.__wrapped__(seed, 30, MONDAY_US, 5)
    assert b"".join(block for _, block in second.resources()) == b"".join(block for _, block in first.resources())
    assert lived(first) == lived(second)


@settings(max_examples=4, deadline=None)
@given(seeds, sizes, starts)
def test_resources_are_unique_and_refer_only_to_each_other(seed: int, beds: int, start_us: int) -> None:
    clinic = clinic_of(seed, beds, start_us)
    ids = set()
    references = set()
    for kind, block in clinic.resources():
        for line in block.splitlines():
            resource = msgspec.json.decode(line)
            assert resource["resourceType"] == kind
            assert resource["meta"]["tag"][0]["code"] == "HTEST"
            key = f"{kind}/{resource['id']}"
            assert key not in ids
            ids.add(key)
            references.update(re.findall(r'"reference":"([^"]+)"', line.decode()))
    assert references <= ids


@settings(max_examples=2, deadline=None)
@example(126)  # an image that is reported six minutes after it was taken
@given(seeds)
def test_images_are_stored_before_they_are_fetched(seed: int) -> None:
    stored: set[str] = set()
    clinic = clinic_of.__wrapped__(seed, 60, MONDAY_US, 30)
    taken = clinic._studies(-40, 0, MONDAY_US)
    before = {study.uid for studies in taken.values() for study in studies if study.taken_us < MONDAY_US}
    for act in lived(clinic):
        if isinstance(act, ImagesMoved) and act.operation == "C-STORE":
            stored.add(act.study_uid)
        elif isinstance(act, ImagesMoved) and act.operation == "C-MOVE":
            assert act.study_uid in stored | before
