"""What prints say of a patient: times in the ward's time zone, two identifiers, allergies first, and how old it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from codedark.app.continuing.printing.at_station import NOTHING_CHARTED, AtStation, Charted
from codedark.continuity.charts.chart import Chart, Group, Place, Result, Severity
from codedark.continuity.charts.frequency_tables import frequencies
from codedark.continuity.charts.schedule import Schedule
from codedark.continuity.charts.times import Times
from codedark.continuity.entries.names import surname
from codedark.continuity.packs.ages import is_old
from codedark.continuity.packs.census import is_family
from codedark.continuity.packs.pack import Bed, Pack
from codedark.continuity.pages.medicine import lab_unit
from codedark.continuity.pages.words import Words, doubt_text

_HALF_YEAR_US: Final = 180 * 86_400_000_000
_MINUTE_US: Final = 60_000_000


class Telling:
    """A pack in a language, and what a ``station`` that prints it knows besides."""

    def __init__(self, pack: Pack, words: Words, station: AtStation | None = None) -> None:
        self.pack = pack
        self.words = words
        self.station = station
        self.at_us = station.at_us if station else pack.built_us
        self._clock = station.clock if station else Times(pack.time_zone)
        self.schedule = Schedule({**frequencies(), **pack.frequencies}, self._clock)

    def local(self, at_us: int) -> datetime:
        """A moment in the ward's time zone."""
        return self._clock.local(at_us)

    def charted(self, chart: Chart) -> Charted:
        """What the station that prints it knows of a patient; nothing where a pack is printed."""
        return self.station.charted.get(chart.id, NOTHING_CHARTED) if self.station else NOTHING_CHARTED

    def titled(self, title: str) -> str:
        """A title; of an exercise with the word for it."""
        return " · ".join(filter(None, (self.station.exercise if self.station else "", title)))

    def warnings(self) -> list[str]:
        """What holds for every sheet, each with a sign."""
        return [f"! {each}" for each in self.station.warnings] if self.station else []

    def when(self, at_us: int) -> str:
        """``12 Jan 2026 03:10``: paper lies about for years, and 03/04 is read as two days."""
        return paper_time(self.local(at_us), self.words)

    def near(self, at_us: int) -> str:
        """``12 Jan 03:10``, with the year where it may be another one."""
        is_near = abs(at_us - self.at_us) < _HALF_YEAR_US
        at = self.local(at_us)
        return f"{_day(at, self.words)} {at:%H:%M}" if is_near else self.when(at_us)

    def foot(self) -> str:
        """What stands at the foot of each sheet."""
        pack, words = self.pack, self.words
        ward = " · ".join(filter(None, (pack.hospital, pack.ward_name)))
        if self.station:
            return " · ".join(filter(None, (ward, self.origin(), *self._of_pack(self.station))))
        return " · ".join(
            (
                ward,
                words("print.made", when=self.when(pack.built_us)),
                self.data(),
                words("print.pack", counter=pack.counter),
                words("print.verify", when=self.when(pack.verify_after_us)),
            )
        )

    def origin(self) -> str:
        """Which station printed it when, over which pack, and how old that is; "" of a print of a pack."""
        if not (self.station and self.station.has_pack):
            return " · ".join(self.station.foot) if self.station else ""
        pack, words = self.pack, self.words
        minutes = max(0, self.at_us - pack.built_us) // _MINUTE_US
        made = f"{words('print.made', when=self.when(pack.built_us))} ({words('ago', span=words.span(minutes))})"
        return " · ".join((*self.station.foot, f"{words('print.pack', counter=pack.counter)}, {made}"))

    def _of_pack(self, station: AtStation) -> list[str]:
        if not station.has_pack:
            return []
        late = "!! " if self.at_us > self.pack.verify_after_us else ""
        return [self.data(), late + self.words("print.verify", when=self.when(self.pack.verify_after_us))]

    def data(self) -> str:
        """Of when its stays and medicines are, with ``!!`` and words where they were old as the pack was made."""
        pack, words = self.pack, self.words
        told = words("print.data_unknown")
        if pack.oldest_us:
            told = words("print.data", newest=self.when(pack.newest_us), oldest=self.when(pack.oldest_us))
        return f"!! {words('data_old')} {told}" if is_old(pack.oldest_us, self.at_us) else told

    def silences(self) -> str:
        """The feeds that had fallen silent, and since when each."""
        told = (self.words("silence", source=each.source, when=self.when(each.since_us)) for each in self.pack.silences)
        return f"! {self.words('silences')} {'; '.join(told)}"

    def name(self, chart: Chart) -> str:
        """Family name, given name."""
        told = ", ".join(part for part in (chart.identity.family, chart.identity.given) if part)
        return told or f"({self.words('not_recorded')})"

    def identity(self, chart: Chart) -> str:
        """Date of birth, sex and number: the name's second identifiers."""
        who, words = chart.identity, self.words
        born = f"{words('born')} {who.born or words('not_recorded')}"
        sex = words.fixed("sex", who.sex) if who.sex else ""
        return " · ".join(part for part in (born, sex, f"{words('number')} {chart.id}") if part)

    def bed(self, place: Place) -> str:
        """The model's id of the bed without the ward, one name whatever sources write; else room and bed as written,
        and the ward where it is another one.
        """
        if place.bed_id:
            return place.bed_id.removeprefix(f"{place.ward}-")
        ward = place.ward if self.is_away(place) else ""
        return "\u00a0·\u00a0".join(part for part in (ward, place.room, place.bed) if part) or "?"

    def is_away(self, place: Place) -> bool:
        """Whether somebody was moved to another ward, as far as the station knows."""
        return self.station is not None and place.ward != self.pack.ward

    def place(self, place: Place) -> str:
        """Bed and ward."""
        told = f"{self.words('bed')} {self.bed(place)}"
        return told if self.is_away(place) else " · ".join(filter(None, (told, self.pack.ward_name)))

    def allergies(self, chart: Chart) -> str:
        """What they are, that there are none, or that nobody told."""
        words = self.words
        if not chart.allergies:
            none = Group.ALLERGIES in chart.none_known
            return words("none_known.allergies") if none else words("allergies_missing")
        told = []
        for each in chart.allergies:
            severe = words("severity.high") if each.severity is Severity.HIGH else ""
            station = self.station.mark if self.station and each in self.charted(chart).allergies else ""
            parts = (each.reaction, severe, "" if each.is_certain else words("uncertain"), station)
            more = ", ".join(part for part in parts if part)
            told.append(f"{each.substance} ({more})" if more else each.substance)
        return f"{words('group.allergies')}: {'; '.join(told)}"

    def none(self, chart: Chart, group: Group) -> str:
        """That there is none, where somebody said so; else that nothing is recorded."""
        return self.words("none_known.default" if group in chart.none_known else "not_recorded")

    def alerts(self, chart: Chart) -> str:
        """Each with its kind, one in a line; or that there is none, or none recorded."""
        told = "\n".join(f"{self.words.fixed('alert', each.kind)}: {each.text}" for each in chart.alerts)
        return told or self.none(chart, Group.ALERTS)

    def ages(self, chart: Chart, groups: Iterable[Group]) -> str:
        """How old groups of fields are, and which sources have stalled; and which part is the station's."""
        told = " · ".join(f"{self.words(f'group.{each}')}: {self.age(chart, each)}" for each in groups)
        if self.station is None:
            return told
        charted = self.charted(chart)
        pack = f"{self.words('print.pack', counter=self.pack.counter)}: {told}. " if charted.is_in_pack else ""
        return f"{pack}{charted.told}"

    def result(self, result: Result, mark: str = "") -> str:
        """``Potassium 6.1 mmol/L VERY HIGH, 12 Jan 2026 01:10``, and who else than the pack tells it (``mark``)."""
        words = self.words
        flag = words.fixed("flag", result.flag) if result.flag not in {"", "N"} else ""
        status = words.fixed("result_status", result.status) if result.status not in {"", "F", "U"} else ""
        unit = lab_unit(result.unit)
        unit = "" if unit in {result.name, *result.value.split()} else unit  # INR is not measured in INR
        told = " ".join(part for part in (result.name, result.value, unit, flag, status) if part)
        return f"{told}, {self.when(result.at_us)}{mark and f' ({mark})'}"

    def results(self, chart: Chart, results: Iterable[Result]) -> list[str]:
        """Each of a patient's in words."""
        marks = self.charted(chart).marks
        return [self.result(each, marks.get(each.id, "")) for each in results]

    def doubts(self, chart: Chart) -> list[str]:
        """What sources contradict each other in, each a sentence with a sign."""
        return [f"! {doubt_text(each, self.words)}" for each in chart.doubts]

    def mix_ups(self, bed: Bed) -> list[str]:
        """Warnings about mistaking this patient for another of the ward."""
        if bed.chart is None:
            return []
        others = [each for each in self.pack.beds if each.chart and each is not bed]
        family = surname(bed.chart.identity.family)
        alike = [each for each in others if family and each.chart and surname(each.chart.identity.family) == family]
        born = bed.chart.identity.born
        twins = [each for each in alike if born and each.chart and each.chart.identity.born == born]
        told = [
            self.words(
                sentence,
                who="; ".join(f"{self.name(each.chart)} ({self.bed(each.place)})" for each in those if each.chart),
            )
            for sentence, those in (
                ("same_birth", twins),
                ("same_surname", [each for each in alike if each not in twins]),
            )
            if those
        ]
        is_known = self.bed(bed.place) != "?"
        together = is_known and any(
            self.bed(each.place) == self.bed(bed.place) and each.chart and not is_family(bed.chart, each.chart)
            for each in others
        )
        return [*told, self.words("same_bed")] if together else told

    def age(self, chart: Chart, group: Group) -> str:
        """Up to when its sources were heard, and which of them have stalled."""
        heard = chart.as_of.get(group, ())
        if not heard:
            return self.words("as_of_unknown")
        return ", ".join(
            (self.words("print.as_of", when=self.when(each.until_us)) if each.until_us else self.words("as_of_unknown"))
            + (f" {self.words('print.stalled')} ({each.source})" if each.is_stalled else "")
            for each in heard
        )


def paper_time(at: datetime, words: Words) -> str:
    """A moment of the ward's zone with its day, month in letters, and year."""
    return f"{_day(at, words)} {at:%Y %H:%M}"


def _day(at: datetime, words: Words) -> str:
    return f"{at.day}\u00a0{words(f'print.month.{at.month}')}"
