"""The weeks themselves: packs on the wards, stations begun, everything charted, all sticks carried to one office."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from codedark.continuity.charts.chart import Allergy, Chart, Drug, Identity, PatientId, Place, Visit, VisitId
from codedark.continuity.packs.numbers import Kind, block, issued, part
from codedark.continuity.packs.pack import Bed
from codedark.continuity.packs.pack import Counter as PackCounter
from codedark.continuity.packs.pack_data import to_bytes
from codedark.continuity.packs.told import Told
from codedark.continuity.packs.ward_pack import ward_pack
from codedark.hospital.hospital import Hospital
from codedark.hospital.ward import WardId
from yardsticks.downtime.people import Doing, People
from yardsticks.downtime.supply import Supply
from yardsticks.downtime.truth import DARK_US, DAY_US, HOUSES, Truth
from yardsticks.downtime.ward import House, Ledger, Ward

STATIONS: Final = 2
_HOUR_US: Final = 3_600_000_000
_HOSPITAL: Final = Hospital("St Elsewhere", "Europe/Brussels")


@dataclass(slots=True)
class Weeks:
    """What the wards of a house leave behind: where their sticks are, and what is known beside the product."""

    sticks: list[Path]
    ledger: dict[tuple[str, str], Ledger]
    numbers: dict[int, str]
    refusals: Counter[str]
    found: int
    doings: int
    rows: list[int]


def live(truth: Truth, house: int, folder: Path, seed: int) -> Weeks:
    """The wards of one house, in order of time, because patients move between them."""
    shared = House(truth.people, {})
    wards, queues, papers = {}, [], {}
    for ward in range(house, truth.wards, HOUSES):
        own = folder / f"ward-{ward}"
        own.mkdir(parents=True)
        (own / "pack.json").write_bytes(_pack(truth, ward))
        people = People(seed, ward, STATIONS, truth.days, DARK_US)
        doings = people.doings([act for act in truth.acts if act.ward == ward])
        lying = {key for at, _, key in truth.lying if at == ward}
        supply = Supply(people.forms, issued(part(block(Kind.ENTRY, ward), 0)), lying, people.copied)
        wards[ward] = Ward(own, ward, own / "pack.json", shared, supply, _clocks(seed, ward))
        queues.append(_timed(ward, doings))
        queues.append(_events(ward, truth.days, seed))
        forms = sorted((form.at_us, number) for number, form in people.forms.items())
        queues.append(iter([(at_us, ward, f"print {number}") for at_us, number in forms]))
        papers[ward] = people.forms
    count = 0
    for at_us, ward, what in heapq.merge(*queues, key=lambda each: each[0]):
        if isinstance(what, Doing):
            wards[ward].do(what)
            count += 1
        elif what.startswith("print "):
            sheet = int(what.removeprefix("print "))
            wards[ward].print(sheet, papers[ward][sheet].person, at_us)
        else:
            _happens(wards[ward], what, at_us)
    sticks = []
    for each in wards.values():
        each.share()
        each.look_for_forms(truth.on_us + 5 * DAY_US)
        each.share()
        for station in each.stations:
            station.catch_up()
            station.close()
        sticks += sorted(each.folder.glob("stick-*"))
    ledger = {key: value for each in wards.values() for key, value in each.ledger.items()}
    refusals = sum((each.refusals for each in wards.values()), Counter[str]())
    found = sum(each.found for each in wards.values())
    return Weeks(sticks, ledger, shared.numbers, refusals, found, count, [each.rows_used for each in wards.values()])


def _timed(ward: int, doings: list[Doing]) -> Iterator[tuple[int, int, Doing | str]]:
    return ((each.at_us, ward, each) for each in doings)


def _events(ward: int, days: float, seed: int) -> Iterator[tuple[int, int, Doing | str]]:
    """Sticks are carried once a day; some stations die, some sticks are lost and replaced after a while."""
    chance = Random(f"{seed} {ward}")
    found = [(DARK_US + day * DAY_US, "share") for day in range(1, int(days) + 6)]
    if chance.random() < 0.5:
        found.append((DARK_US + int(chance.uniform(0.3, days) * DAY_US), "die 0"))
    if chance.random() < 0.5:
        lost_us = DARK_US + int(chance.uniform(0.2, days) * DAY_US)
        found += [(lost_us, "lose 1"), (lost_us + 9 * _HOUR_US, "new 1")]
    return iter([(at_us, ward, what) for at_us, what in sorted(found)])


def _happens(ward: Ward, what: str, at_us: int) -> None:
    name, _, which = what.partition(" ")
    match name:
        case "share":
            ward.look_at_clocks(at_us)
            ward.share()
        case "die":
            ward.die(int(which), at_us)
        case "lose":
            ward.lose_stick(int(which))
        case "new":
            ward.new_stick(int(which))


def _clocks(seed: int, ward: int) -> list[int]:
    """Most within two minutes, some a quarter of an hour, one in ten stations hours behind."""
    chance = Random(f"clocks {seed} {ward}")
    kinds = [chance.choices((2, 15, -180), (75, 20, 5))[0] for _ in range(STATIONS)]
    return [int((chance.uniform(-each, each) if each > 0 else each) * 60_000_000) for each in kinds]


def _pack(truth: Truth, ward: int) -> bytes:
    """The pack of a ward at the moment when it goes dark, by the product."""
    place = WardId(f"W{ward:02}")
    charts = {}
    for at, bed, key in truth.lying:
        if at == ward:
            charts[bed] = _chart(truth, place, bed, key)
    beds = tuple(Bed(Place(place, "1", str(bed)), chart) for bed, chart in sorted(charts.items()))
    built = ward_pack(_HOSPITAL, place, ward, Told({place: beds}, list(charts.values()), (), DARK_US), PackCounter(1))
    return to_bytes(built)


def _chart(truth: Truth, ward: WardId, bed: int, key: int) -> Chart:
    who = truth.people[key]
    drugs = tuple(
        Drug(
            each.id, each.name, dose=each.dose, unit=each.unit, route=each.route,
            times=tuple(f"{hour:02}:00" for hour in each.hours), is_high_alert=each.is_high_alert,
        )
        for each in who.first
    )  # fmt: skip
    return Chart(
        id=PatientId(who.number),
        identity=Identity(who.family, who.given, who.born, who.sex),
        visits=(Visit(VisitId(f"S{key}"), place=Place(ward, "1", str(bed)), admitted_us=DARK_US - DAY_US),),
        allergies=tuple(Allergy(each) for each in who.allergies[:1]),
        drugs=drugs,
    )
