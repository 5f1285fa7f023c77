"""What the station's prints say of a patient beside the chart: what was charted of each drug, which values are not the
pack's, how the patient came, and every act of the last hours; in the words of the station's page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from codedark.app.continuing.printing.at_station import Act, Charted, DrugCharted
from codedark.app.ward.charts_now import allergies_of
from codedark.app.ward.dose_words import charted_by, doubts_of
from codedark.app.ward.doses import Dose, Stands
from codedark.app.ward.lines import act_of, doubled_mark, signed_by
from codedark.app.ward.tongue import Tongue
from codedark.continuity.charts.chart import Chart
from codedark.continuity.entries.checks import known_of
from codedark.continuity.entries.entry import (
    Administration,
    Admission,
    Entry,
    Note,
    Observation,
    PhoneResult,
    Stop,
    Transfer,
    Void,
)
from codedark.continuity.entries.in_force import in_force, perhaps_in_force
from codedark.continuity.pages.medicine import dose_text
from codedark.continuity.pages.words import words_of

WINDOW_US: Final = 24 * 3_600_000_000
"""How far back a print lists each act."""
_LATE_US: Final = 10 * 60_000_000


class Teller(NamedTuple):
    """Who tells: the station by its name, when, and how a moment is written on paper."""

    station: str
    at_us: int
    when: Callable[[int], str]
    t: Tongue


def charted_of(chart: Chart, own: Sequence[Entry], doses: Sequence[Dose], by: Teller, *, is_in_pack: bool) -> Charted:
    """Of a patient with the ``chart`` of the pack or of the admission, by all that was charted (``own``)."""
    held = perhaps_in_force(own)
    t, given = by.t, {"station": by.station, "when": by.when(by.at_us), "count": len(own)}
    told = t("Laid over it: what station {station} knows as of {when} (entries for this patient: {count})", **given)
    if not is_in_pack:
        told = t("Not in the pack: all is by station {station}, as of {when} (entries: {count})", **given)
    since_us = by.at_us - WINDOW_US
    before = [each for each in held if isinstance(each.content, Note) and not _is_since(each, since_us)]
    return Charted(
        told=told,
        is_in_pack=is_in_pack,
        place=tuple(_came(held, by)),
        warnings=tuple(_several(chart, held, t)),
        allergies=frozenset(allergies_of(held)) - frozenset(chart.allergies),
        drugs={each.drug.id: DrugCharted(tuple(_lines(each, by)), tuple(_last(each, by))) for each in doses},
        marks={each.id: _mark(each, by) for each in held},
        notes=tuple(f"{by.when(each.effective_us)}, {act_of(each, t)} ({each.author}, {each.id})" for each in before),
        acts=tuple(_acts(own, since_us, by)),
    )


def _came(held: Sequence[Entry], by: Teller) -> Iterator[str]:
    """How whoever lies there came: the admission, and the last move."""
    moves = [each for each in held if isinstance(each.content, Transfer)]
    for entry in (*(each for each in held if isinstance(each.content, Admission)), *moves[-1:]):
        told = {"when": by.when(entry.effective_us), "who": entry.author, "row": entry.id}
        if isinstance(entry.content, Admission):
            yield by.t("came in: {when}, {who}, row {row}", **told)
        else:
            yield f"{act_of(entry, by.t)}: {by.t('{when}, {who}, row {row}', **told)}"


def _several(chart: Chart, held: Sequence[Entry], t: Tongue) -> Iterator[str]:
    """That somebody came in under a number that is another's."""
    came = [each.content.name for each in held if isinstance(each.content, Admission)]
    names = list(dict.fromkeys([known_of(chart).name, *came]))
    if len(names) > 1:
        yield t("Several people under this number: {names}. Ask who this is", names=", ".join(names))


def _mark(entry: Entry, by: Teller) -> str:
    told = by.t("station {station}", station=by.station)
    if isinstance(entry.content, PhoneResult):
        return by.t("by phone, told by {who}; {station}", who=entry.content.told_by, station=told)
    return told


def _lines(dose: Dose, by: Teller) -> Iterator[str]:
    """Who stopped and ordered it here, and what is to be asked of it."""
    if dose.stopped and isinstance(what := dose.stopped.content, Stop):
        because = by.t(" because {reason}", reason=what.reason) if what.reason else ""
        yield charted_by(dose.stopped, by.t, by.when) + because
    yield from doubts_of(dose, by.t, by.when)
    if dose.stands in {Stands.UNTIMED, Stands.DONE}:
        yield by.t(dose.stands.value)
    if dose.ordered:
        yield charted_by(dose.ordered, by.t, by.when)


def _last(dose: Dose, by: Teller) -> Iterator[str]:
    """The last that was charted of it, and the last that was given, where that is another: of the pack too."""
    if dose.charted is None:
        return
    yield from _administered(dose.charted, by)
    if dose.given is None and dose.drug.last_us:
        yield by.t("last given {when}, by the pack", when=by.when(dose.drug.last_us))
    elif dose.given is not None and dose.given is not dose.charted:
        yield from _administered(dose.given, by)


def _administered(entry: Entry, by: Teller) -> Iterator[str]:
    if isinstance(what := entry.content, Administration):
        yield f"{by.t(what.status.value)} {dose_text(what.dose, what.unit, words_of(by.t.language))}".rstrip()
        yield by.when(entry.effective_us)
        yield signed_by(entry, by.t)


def _acts(own: Sequence[Entry], since_us: int, by: Teller) -> Iterator[Act]:
    """Every act that was done or written down since, as it stands now. Values of one moment and author are one line."""
    by_id, sure = {each.id: each for each in own}, {each.id for each in in_force(own)}
    held = {each.id: each for each in (*perhaps_in_force(own), *in_force(own))}
    acts = sorted((each for each in held.values() if _is_since(each, since_us)), key=_moment)
    for _, found in groupby(acts, key=_together):
        several = list(found)
        first = several[0]
        more = [_late(first, by)]
        what = "; ".join(doubled_mark(each, by.t) + act_of(each, by.t) for each in several)
        if before := by_id.get(first.replaces):
            what += f": {act_of(before, by.t)}" if isinstance(first.content, Void) else ""
            more.append(
                by.t("instead of: {act}", act=act_of(before, by.t)) if not isinstance(first.content, Void) else ""
            )
        more += [first.why, "" if first.id in sure else by.t("What corrected this was undone: ask whether it holds")]
        rows = " ".join(each.id for each in several)
        signed = f"{signed_by(first, by.t)}, {first.station}, {by.t('row')} {rows}"
        yield Act(by.when(first.effective_us), what, tuple(filter(None, more)), signed)


def _late(entry: Entry, by: Teller) -> str:
    is_late = entry.recorded_us - entry.effective_us > _LATE_US
    return by.t("written down {when}", when=by.when(entry.recorded_us)) if is_late else ""


def _is_since(entry: Entry, since_us: int) -> bool:
    return max(entry.effective_us, entry.recorded_us) > since_us


def _moment(entry: Entry) -> tuple[int, str, str]:
    return entry.effective_us, entry.author, entry.id


def _together(entry: Entry) -> tuple[object, ...]:
    """What is alike of acts that stand in one line: values that were measured together; any other stands alone."""
    is_measured = isinstance(entry.content, Observation) and not entry.replaces and not entry.why
    return (entry.effective_us, entry.recorded_us, entry.author, entry.station) if is_measured else (entry.id,)
