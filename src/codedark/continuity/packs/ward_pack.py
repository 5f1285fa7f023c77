"""From the charts of a hospital to the pack of a ward, as data: beds, who comes and goes, whom to call, numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from codedark.continuity.charts.chart import Chart, Person, Visit, VisitState
from codedark.continuity.charts.frequency_tables import schedule_of
from codedark.continuity.packs.ages import ages, limits
from codedark.continuity.packs.numbers import blocks
from codedark.continuity.packs.own_papers import plain_name, with_phones
from codedark.continuity.packs.pack import Bed, Counter, Movement, Pack
from codedark.continuity.packs.told import Told
from codedark.continuity.packs.untold import untold
from codedark.continuity.packs.windows import in_windows
from codedark.hospital.hospital import Hospital
from codedark.hospital.ward import WardId

_HOUR_US: Final = 3_600_000_000
_DAY_US: Final = 24 * _HOUR_US


def ward_pack(hospital: Hospital, ward: WardId, ward_number: int, told: Told, counter: Counter) -> Pack:
    """The pack of a ward, whose blocks of numbers have the number ``ward_number``.

    It is to be verified some hours after its oldest data were heard, not after it was made. Where nobody lies, the data
    are what was told of those who lay there; where nobody knows their age, it is to be verified at once.
    """
    beds, papers = told.wards.get(ward, ()), told.papers
    lying = [bed.chart for bed in beds if bed.chart is not None]
    data = ages(lying or (chart for chart in told.charts if ward in told_wards([chart])))
    known = hospital.wards.get(ward)
    phones = papers.numbers()
    schedule = schedule_of(hospital.time_zone, told.frequencies)
    return Pack(
        hospital=hospital.name,
        ward=ward,
        ward_name=known.name if known else ward,
        counter=counter,
        built_us=told.now_us,
        verify_after_us=min(data.oldest_us, told.now_us) + limits().verify_after_us if data.oldest_us else told.now_us,
        time_zone=hospital.time_zone,
        beds=tuple(_within(bed, phones) for bed in untold(beds, schedule, told.now_us)),
        movements=tuple(sorted(_movements(ward, told.charts, told.now_us), key=lambda each: (each.at_us, each.name))),
        phones=_phones(papers.phones_of(ward), beds),
        protocols=papers.protocols_of(ward),
        documents=tuple(sorted(papers.documents_of(ward))),
        numbers=blocks(ward_number),
        silences=told.silences,
        newest_us=data.newest_us,
        oldest_us=data.oldest_us,
        frequencies=dict(told.frequencies),
        is_told=ward in told_wards(told.charts),
    )


def told_wards(charts: Iterable[Chart]) -> frozenset[WardId]:
    """The wards of which any source ever said that somebody lies, lay or is expected there."""
    visits = [visit for chart in charts for visit in chart.visits]
    places = [place for visit in visits for place in (visit.place, visit.previous) if place is not None]
    return frozenset(place.ward for place in places)


def _within(bed: Bed, numbers: Mapping[tuple[str, ...], str]) -> Bed:
    within = in_windows(with_phones(bed.chart, numbers)) if bed.chart is not None else None
    return bed if within is bed.chart else replace(bed, chart=within)


def _movements(ward: WardId, charts: Collection[Chart], now_us: int) -> Iterator[Movement]:
    """Arrivals and departures of the last day, and those that are expected."""
    for chart in charts:
        name = f"{chart.identity.family} {chart.identity.given}".strip() or chart.id
        for visit in chart.visits:
            if visit.place is not None and visit.place.ward == ward:
                yield from _of_visit(visit, name, now_us)


def _of_visit(visit: Visit, name: str, now_us: int) -> Iterator[Movement]:
    before = visit.previous.ward if visit.previous and visit.place and visit.previous.ward != visit.place.ward else ""
    if visit.state is VisitState.EXPECTED:
        yield Movement("arrival", name, visit.admitted_us, before, is_expected=True)
    elif visit.state in {VisitState.IN, VisitState.ON_LEAVE}:
        if now_us - visit.admitted_us < _DAY_US:
            yield Movement("arrival", name, visit.admitted_us, before, is_expected=False)
        if visit.expected_out_us:
            yield Movement("departure", name, visit.expected_out_us, "", is_expected=True)
    elif visit.state is VisitState.OUT and now_us - visit.discharged_us < _DAY_US:
        yield Movement("departure", name, visit.discharged_us, "", is_expected=False)


def _phones(own: tuple[Person, ...], beds: tuple[Bed, ...]) -> tuple[Person, ...]:
    """The hospital's own list, then the clinicians who answer for the ward's patients and are not in it, each once,
    those with a number first.
    """
    listed = {plain_name(person.name) for person in own}
    visits = [bed.chart.visit for bed in beds if bed.chart is not None]
    attending = {visit.attending for visit in visits if visit is not None and visit.attending is not None}
    others = [person for person in attending if plain_name(person.name) not in listed]
    return (*own, *sorted(others, key=lambda person: (not person.phone, person.name, person.role)))
