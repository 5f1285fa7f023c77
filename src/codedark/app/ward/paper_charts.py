"""Prints of the station: who lies here, medication charts and handovers, as a pack has them, with what was charted
since.

Each is made by what prints a pack, of the pack's data with the station's entries laid over them (`ward_now`,
`charts_now`), and says on each sheet what is of which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from codedark.app.continuing.printing.at_station import AtStation, Charted
from codedark.app.continuing.printing.lettering import Lettering
from codedark.app.continuing.printing.prints import census_print, handover_print, medication_print
from codedark.app.continuing.printing.telling import paper_time
from codedark.app.ward import clock
from codedark.app.ward.charted import Teller, charted_of
from codedark.app.ward.charts_now import chart_now
from codedark.app.ward.doses import doses_of, ward_schedule
from codedark.app.ward.patients import pack_of
from codedark.app.ward.times import ClockHere
from codedark.app.ward.tongue import tongue
from codedark.app.ward.ward_now import NO_WARD, by_patient, ward_now
from codedark.continuity.charts.chart import PatientId
from codedark.continuity.charts.times import Times
from codedark.continuity.entries.entry import Entry, Purpose
from codedark.continuity.packs.pack import Bed, Counter, Pack
from codedark.continuity.pages.words import words_of
from codedark.continuity.sentence import Sentence
from codedark.errors import UsageError
from codedark.store.station.station import Station

CENSUS: Final = "census"
_PRINTS: Final = {CENSUS: census_print, "medication": medication_print, "handover": handover_print}
WHAT: Final = tuple(_PRINTS)
_NO_PACK: Final = Pack("", NO_WARD, "", Counter(0), 0, 0, "UTC", ())


class Asked(NamedTuple):
    """What is printed: one of `WHAT` for these patients, or for everybody who is known where none is named."""

    what: str
    patients: frozenset[PatientId]
    language: str


class Source(NamedTuple):
    """What a station knows at a moment: its pack, if one, all acts that it has, and why its clock may be wrong."""

    station: str
    at_us: int
    pack: Pack | None
    acts: Sequence[Entry]
    is_exercise: bool = False
    doubts: Sequence[Sentence] = ()


def print_charts(
    station: Station, what: str, patients: Iterable[str], language: str, now_us: int, lettering: Lettering | None = None
) -> bytes:
    """One of `WHAT` as a PDF file, for these patients, or for everybody who is known here where none is named. Raises
    `UsageError` for what is none of these, and for a patient who is not known; KeyError for an unknown language.
    """
    pack, is_exercise = pack_of(station), station.purpose is Purpose.EXERCISE
    doubts = clock.doubts(station, pack, now_us)
    source = Source(station.name, now_us, pack, station.union().acts(), is_exercise, doubts)
    asked = Asked(what, frozenset(map(PatientId, patients)), language)
    return printed_of(source, asked, lettering or Lettering())


def printed_of(source: Source, asked: Asked, lettering: Lettering) -> bytes:
    """The same of what a station knows. The same knowledge gives the same bytes."""
    if asked.what not in _PRINTS:
        raise UsageError(Sentence("{what}: is no print; there are {prints}", what=asked.what, prints=", ".join(WHAT)))
    pack, told = laid_over(source, asked.language)
    known = {bed.chart.id for bed in pack.beds if bed.chart}
    if strange := sorted(asked.patients - known):
        raise UsageError(Sentence("{number}: nobody of this number is known here.", number=strange[0]))
    if asked.what != CENSUS and not known:
        raise UsageError(Sentence("Nobody is known here: there is nothing to print."))
    return _PRINTS[asked.what](pack, asked.language, lettering, told._replace(whom=asked.patients))


def laid_over(source: Source, language: str) -> tuple[Pack, AtStation]:
    """The pack with everybody and everything that the station knows, and what a print says of that."""
    given, t, own = source.pack, tongue(language), by_patient(source.acts)
    times, schedule = Times(given.time_zone) if given else ClockHere(), ward_schedule(given)

    def when(at_us: int) -> str:
        return paper_time(times.local(at_us), words_of(language))

    teller = Teller(source.station, source.at_us, when, t)
    in_pack = {bed.chart.id for bed in (given.beds if given else ()) if bed.chart}
    beds, charted = list[Bed](), dict[PatientId, Charted]()
    for bed in ward_now(given, source.acts):
        if (chart := bed.chart) is None:
            beds.append(bed)
            continue
        there = own.get(chart.id, [])
        doses = doses_of(chart, there, schedule, source.at_us)
        charted[chart.id] = charted_of(chart, there, doses, teller, is_in_pack=chart.id in in_pack)
        beds.append(Bed(bed.place, chart_now(chart, there, doses, t)))
    told = AtStation(
        at_us=source.at_us,
        clock=times,
        has_pack=given is not None,
        exercise=words_of(language)("print.exercise") if source.is_exercise else "",
        foot=tuple(_foot(source, when, language)),
        warnings=tuple(t(each) for each in source.doubts),
        mark=t("station {station}", station=source.station),
        acts=t("Charted at the stations in the last 24 hours"),
        no_acts=t("Nothing yet."),
        charted=charted,
    )
    return replace(given or _NO_PACK, beds=tuple(beds)), told


def _foot(source: Source, when: Callable[[int], str], language: str) -> Iterator[str]:
    """Which station printed it when, with whose entries."""
    t = tongue(language)
    if source.is_exercise:
        yield words_of(language)("print.exercise")
    known = {"station": source.station, "when": when(source.at_us), "count": len(source.acts)}
    yield t("Station {station}, printed {when} (entries: {count})", **known)
    if others := sorted({each.station for each in source.acts} - {source.station}):
        yield t("with entries of {stations}", stations=", ".join(others))
    if source.pack is None:
        yield t("no pack: what was charted alone")
