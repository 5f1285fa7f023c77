"""Every active drug, allergy, result and bed of the source is in the opened pack of a ward, and nothing else.

The source is read by `ward_source`, apart from the program. The packs are real: taken in, built, sealed, pulled by
every ward and opened with its own keys; only their JSON is looked at.
"""

from __future__ import annotations

import copy
import gzip
import json
import os
import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from codedark.app.continuing.building import Builder, Told
from codedark.app.continuing.census_intake import load
from codedark.app.continuing.census_serving import journal_of
from codedark.app.continuing.census_state import CensusState, Following
from codedark.app.continuing.outbox import name_of, outbox
from codedark.app.hospital_files import usable_hospital
from codedark.app.simulation.times import moment
from codedark.app.simulation.writing import write_hospital
from codedark.continuity.hl7v2.site import site
from codedark.continuity.manifest import Accepted
from codedark.simulate.world import Order
from codedark.store.journal import Journal
from codedark.store.pack_counters import Counters
from codedark.store.pack_keys import make_keys
from codedark.store.ward_packs import KEYS, WardPacks
from tests.oracle.ward_source import HOUR_US, Dose, Patient, Value, from_messages, from_resources, number

UNTIL_US = moment("2026-01-13T13:00")
_BEDS = int(os.environ.get("CODEDARK_ORACLE_BEDS", "20"))
_LABORATORY_US, _VITALS_US = 72 * HOUR_US, 24 * HOUR_US


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four days of a hospital; a thousand inpatients where `CODEDARK_ORACLE_BEDS` asks for 1,000 beds."""
    folder = tmp_path_factory.mktemp("simulated")
    write_hospital(Order(_BEDS, 5, UNTIL_US - 96 * HOUR_US, UNTIL_US), folder)
    return folder


def test_packs_hold_what_the_messages_of_a_simulated_hospital_say(simulated: Path, tmp_path: Path) -> None:
    files = sorted((simulated / "hl7").iterdir())
    source = from_messages(b"".join(file.read_bytes() for file in files), "Europe/Brussels", UNTIL_US)
    packs = opened(simulated, tmp_path, files, UNTIL_US)
    assert differences(source, packs, UNTIL_US) == []
    for spoilt, word in spoiled(packs):
        assert word in " ".join(differences(source, spoilt, UNTIL_US))
    lying = [patient for patient in source.values() if patient.kind == "I"]
    assert len(lying) > 10
    assert sum(len(patient.drugs) for patient in lying) > 20
    assert sum(len(patient.allergies) for patient in lying) > 2


def test_packs_hold_what_the_resources_of_a_simulated_hospital_say(simulated: Path, tmp_path: Path) -> None:
    files = sorted((simulated / "fhir").iterdir())
    source = from_resources(resources(files), UNTIL_US)
    packs = opened(simulated, tmp_path, files, UNTIL_US)
    assert differences(source, packs, UNTIL_US) == []
    assert sum(len(patient.drugs) for patient in source.values() if patient.kind) > 200
    assert sum(len(patient.laboratory) for patient in source.values() if patient.kind) > 200


def test_packs_hold_what_the_messages_of_simhospital_say(shared_data: Path, tmp_path: Path) -> None:
    file = shared_data / "hl7v2" / "simhospital-messages.hl7"
    now_us = moment("2020-05-08T13:15+00:00")
    source = from_messages(file.read_bytes(), "UTC", now_us)
    home = model(tmp_path / "model", ["OtherWard", "RenalWard", "ED"], "UTC")
    packs = opened(home, tmp_path, [file], now_us)
    assert differences(source, packs, now_us) == []
    assert sum(patient.kind == "I" for patient in source.values()) > 300
    assert sum(len(patient.allergies) for patient in source.values()) > 50


def test_packs_hold_what_mimic_says_of_each_patient_in_the_middle_of_a_stay(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "fhir" / "mimic-iv-demo"
    names = ("Patient", "Location", "Medication", "MedicationMix", "Encounter", "MedicationRequest")
    whole = list(resources(folder / f"Mimic{name}.ndjson.gz" for name in names))
    cut = in_the_middle(whole, UNTIL_US)
    file = tmp_path / "mimic.ndjson"
    file.write_text("".join(f"{json.dumps(each)}\n" for each in cut))
    source = from_resources(cut, UNTIL_US)
    home = model(tmp_path / "model", sorted(each["name"] for each in cut if each["resourceType"] == "Location"), "UTC")
    assert differences(source, opened(home, tmp_path, [file], UNTIL_US), UNTIL_US) == []
    assert sum(bool(patient.kind) for patient in source.values()) == 100
    assert sum(len(patient.drugs) for patient in source.values() if patient.kind != "O") > 300


def spoiled(beds: list[tuple[str, dict[str, Any]]]) -> Iterable[tuple[list[tuple[str, dict[str, Any]]], str]]:
    """The packs with one thing wrong in each, and the word by which it must be told."""
    for group, word in (("drugs", "drug"), ("allergies", "allergy"), ("results", "result"), ("vitals", "result")):
        for how in ("missing", "not in the source"):
            spoilt = copy.deepcopy(beds)
            chart = next(bed["chart"] for _, bed in spoilt if bed["chart"] and bed["chart"][group])
            if how == "missing":
                del chart[group][0]
            else:
                chart[group][0] = {**chart[group][0], **dict.fromkeys(("name", "substance", "value"), "7.7777")}
            yield spoilt, word
    first, second = [n for n, (_, bed) in enumerate(beds) if bed["chart"] and bed["place"]["bed"]][:2]
    spoilt = copy.deepcopy(beds)
    spoilt[first][1]["chart"], spoilt[second][1]["chart"] = spoilt[second][1]["chart"], spoilt[first][1]["chart"]
    yield spoilt, "lies in"
    spoilt = copy.deepcopy(beds)
    spoilt[first][1]["chart"] = None
    yield spoilt, "is in 0 beds"


def opened(hospital: Path, scratch: Path, files: Iterable[Path], now_us: int) -> list[tuple[str, dict[str, Any]]]:
    """Ward and bed of every bed of every pack, as JSON, after the whole way from files to the wards' own folders."""
    home = scratch / "home"
    known = usable_hospital(hospital)
    keys = make_keys(known.name, {ward.id: ward.name for ward in known.wards.values()}, rounds=10)
    (home / "packs").mkdir(parents=True)
    (home / "packs" / "keys.json").write_bytes(msgspec.json.encode(keys.builder))
    Counters(home / "packs").begin()
    with Journal(journal_of(home)) as journal:
        load(list(files), journal, now_us)
    state = CensusState(known, site())
    following = Following(journal_of(home), state)
    following.catch_up()
    following.close()
    builder = Builder(home, known, "en", with_prints=False)
    done = builder.round(Told(state.wards(now_us), state.charts(now_us).values(), (), now_us))
    assert done.without_keys == {}
    assert state.books.rejected == []
    beds = []
    for number_, (ward, held) in enumerate(keys.stations.items()):
        folder = home / "wards" / str(number_)
        folder.mkdir(parents=True)
        (folder / KEYS).write_bytes(msgspec.json.encode(held))
        packs = WardPacks(folder)
        assert isinstance(packs.receive((outbox(home) / name_of(ward)).read_bytes(), now_us), Accepted)
        pack = json.loads(packs.files()["pack.json"])
        assert pack["ward"] == ward
        beds += [(str(ward), bed) for bed in pack["beds"]]
    return beds


def differences(source: dict[str, Patient], beds: list[tuple[str, dict[str, Any]]], now_us: int) -> list[str]:
    """A sentence for each; outpatients may be in a pack or not."""
    lying = [(ward, bed) for ward, bed in beds if bed["chart"]]
    times = Counter(bed["chart"]["id"] for _, bed in lying)
    found = [
        f"{id_} is in {times[id_]} beds" for id_, each in source.items() if each.kind in {"I", "E"} and times[id_] != 1
    ]
    for ward, bed in lying:
        chart = bed["chart"]
        patient = source.get(chart["id"], Patient())
        if not patient.kind:
            found.append(f"{chart['id']} is in {ward} and not in the source")
            continue
        told = [*_place(patient, ward, bed), *_medicine(patient, chart), *_values(patient, chart, now_us)]
        found += [f"{chart['id']} in {ward}: {each}" for each in told]
    return found


def _place(patient: Patient, ward: str, bed: dict[str, Any]) -> Iterable[str]:
    """Messages say ward, room and bed. Resources name a bed by its id, or a ward by its name."""
    place = bed["place"]
    if patient.room:
        is_there = (ward, place["room"], place["bed"]) == (patient.ward, patient.room, patient.bed)
    else:
        is_there = place["bed_id"] == patient.bed if place["bed_id"] else ward in {patient.ward, patient.bed}
    if not is_there:
        yield f"lies in {patient.ward} {patient.room} {patient.bed}, and not in {ward} {place}"


def _medicine(patient: Patient, chart: dict[str, Any]) -> Iterable[str]:
    active: Counter[Dose] = Counter(
        (each["name"], number(each["dose"]), each["unit"], each["route"])
        for each in chart["drugs"]
        if each["status"] == "active"
    )
    expected = Counter(patient.drugs.values())
    yield from (f"drug {each} is missing" for each in expected - active)
    yield from (f"drug {each} is not in the source" for each in active - expected)
    allergies = {each["substance"].casefold() for each in chart["allergies"]}
    yield from (f"allergy {each} is missing or strange" for each in allergies ^ patient.allergies)


def _values(patient: Patient, chart: dict[str, Any], now_us: int) -> Iterable[str]:
    """All of the windows are there, and of what is older only the last of its test."""
    groups = ("results", "vitals", "measures", "fluids", "blood_group")
    shown: set[Value] = {
        (each["code"], number(each["value"]), each["at_us"]) for group in groups for each in chart[group]
    }
    windows = ((patient.laboratory, _LABORATORY_US), (patient.vitals, _VITALS_US))
    expected = {each for values, window_us in windows for each in values if now_us - window_us < each[2] <= now_us}
    yield from (f"result {each} is missing" for each in expected - shown)
    yield from (
        f"result {each} is not in the source" for each in shown - patient.laboratory - patient.vitals - patient.texts
    )
    heard_us = patient.heard_us or now_us
    for group, window_us in (("results", _LABORATORY_US), ("vitals", _VITALS_US)):
        taken = [(each["code"], each["at_us"]) for each in chart[group]]
        last = {code: max(at_us for each, at_us in taken if each == code) for code, _ in taken}
        old = [each for each in taken if each[1] < heard_us - window_us]
        yield from (f"{group} {each} is old, and not the last of its kind" for each in old if each[1] < last[each[0]])


def model(folder: Path, wards: Iterable[str], zone: str) -> Path:
    """A hospital that has wards of these names and no beds."""
    folder.mkdir()
    told = {"schema": 1, "name": "Source", "time_zone": zone}
    told["wards"] = {ward: {"name": ward, "specialty": "surgery"} for ward in wards}
    (folder / "hospital.yaml").write_text(json.dumps(told))
    return folder


def resources(files: Iterable[Path]) -> Iterable[dict[str, Any]]:
    """One from each line."""
    for file in files:
        octets = file.read_bytes()
        yield from map(json.loads, (gzip.decompress(octets) if file.suffix == ".gz" else octets).splitlines())


def in_the_middle(whole: list[dict[str, Any]], now_us: int) -> list[dict[str, Any]]:
    """What the record held in the middle of each patient's longest stay, all at the same moment.

    MIMIC moved the dates of each patient by a number of its own, and all stays have ended. So each patient's dates are
    moved once more; what lies behind the moment is left out, and what lasted beyond it is made to last.
    """
    stays: dict[str, dict[str, Any]] = {}
    for each in whole:
        if each["resourceType"] == "Encounter":
            subject = each["subject"]["reference"]
            stays[subject] = max(stays.get(subject, each), each, key=_length)
    middle = {subject: _begin(stay) + _length(stay) / 2 for subject, stay in stays.items()}
    cut = []
    for each in whole:
        subject = each.get("subject", {}).get("reference")
        if each["resourceType"] == "Encounter" and stays[subject] is each:
            cut.append(_moved(_lasting(each, middle[subject]), middle[subject], now_us))
        elif each["resourceType"] == "MedicationRequest":
            at = middle[subject]
            if datetime.fromisoformat(each["authoredOn"]) <= at:
                end = each.get("dispenseRequest", {}).get("validityPeriod", {}).get("end")
                lasts = end is not None and datetime.fromisoformat(end) > at
                cut.append(_moved({**each, "status": "active" if lasts else each["status"]}, at, now_us))
        elif each["resourceType"] != "Encounter":
            cut.append(each)
    return cut


def _begin(stay: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(stay["period"]["start"])


def _length(stay: dict[str, Any]) -> timedelta:
    return datetime.fromisoformat(stay["period"]["end"]) - _begin(stay)


def _lasting(stay: dict[str, Any], at: datetime) -> dict[str, Any]:
    begun = [each for each in stay["location"] if datetime.fromisoformat(each["period"]["start"]) <= at]
    begun[-1] = {"location": begun[-1]["location"], "period": {"start": begun[-1]["period"]["start"]}}
    without = {key: value for key, value in stay.items() if key != "hospitalization"}
    return {**without, "status": "in-progress", "period": {"start": stay["period"]["start"]}, "location": begun}


def _moved(resource: dict[str, Any], at: datetime, now_us: int) -> dict[str, Any]:
    by = datetime.fromtimestamp(now_us / 1_000_000, UTC) - at

    def moved(found: re.Match[str]) -> str:
        return (datetime.fromisoformat(found[0]).astimezone(UTC) + by).isoformat(timespec="seconds")

    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", moved, json.dumps(resource))
    held: dict[str, Any] = json.loads(text)
    return held
