"""The drugs of a patient as the ward has them now: the pack's, with what was ordered and stopped at stations since.

An order that was corrected is the correction: what stops the one stops the other, for a stopped drug that is given does
more harm than one that is asked about. For the same reason a stop whose own correction was undone still holds. An order
whose correction was undone is there too, without hours: nobody can tell whether it holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from codedark.continuity.charts.chart import Chart, Drug
from codedark.continuity.charts.schedule import Schedule
from codedark.continuity.entries.entry import Entry, EntryId, Order, OrderKind, Stop, row_of
from codedark.continuity.entries.in_force import in_force, perhaps_in_force
from codedark.continuity.entries.names import alike, may_be
from codedark.continuity.entries.said_often import Often, often_said

STOPPED: Final = "stopped"
_PER: Final = ("/h", "/hr", "/hour", "/min", "/uur", "/heure", "/stunde")


class Since(NamedTuple):
    """All drugs (those that were stopped have that status), and by the number of a drug what ordered and what stopped
    it here; of which it is not sure that they hold (``unsure``); and of which somebody stopped what may be they, and
    named no order that is known (``asked``).
    """

    drugs: tuple[Drug, ...]
    ordered: Mapping[str, Entry]
    stopped: Mapping[str, Entry]
    unsure: frozenset[str]
    asked: Mapping[str, Entry]
    nameless: tuple[Entry, ...]
    """Stops that name no order that is known."""
    numbers: Mapping[str, tuple[str, ...]]
    """Under which numbers each may have been given and stopped: its own first."""

    def of(self, number: str) -> list[Drug]:
        """What has a number, or took the place of what had it."""
        return [drug for drug in self.drugs if number in self.numbers[drug.id]] if number else []


def drugs_since(chart: Chart | None, own: Sequence[Entry], schedule: Schedule) -> Since:
    """By the pack's chart of a patient, None where there is none, and by all that was charted of the patient.

    1. Orders for drugs that hold or may hold, each with the number of its entry.
    2. A stop is of the order whose number it names, or of what that was corrected to. Of several the first counts. Of
       a row that stands for several orders it is of those for its drug.
    3. One that names none that is known may be of what has its name, or else its first word, and began before it.
    """
    replaced = {each.id: each.replaces for each in own if each.replaces}
    first = {each.id: _first(each.id, replaced) for each in own if isinstance(each.content, Order)}
    latest_first = sorted(_stops(own), key=lambda each: -each[1].effective_us)
    drugs = list(chart.drugs if chart else ())
    numbers: dict[str, tuple[str, ...]] = {drug.id: (drug.id,) for drug in drugs}
    ordered = dict[str, Entry]()
    sure = {each.id for each in in_force(own)}
    for entry in perhaps_in_force(own):  # (1)
        if isinstance(entry.content, Order) and entry.content.asked is OrderKind.MEDICATION:
            ordered[entry.id] = entry
            numbers[entry.id] = _numbers(entry.id, first)
            drug = drug_of(entry.content, schedule, entry.id, entry.effective_us)
            drugs.append(replace(drug, next_us=schedule.next_us(drug, 0, drug.begin_us)))
    stopped = dict[str, Entry]()
    for place, drug in enumerate(drugs):  # (2)
        found = [entry for what, entry in latest_first if _is_of(what, drug, numbers[drug.id])]
        if found and drug.status != STOPPED:
            stopped[drug.id] = found[-1]
            drugs[place] = replace(drug, status=STOPPED, end_us=stopped[drug.id].effective_us, next_us=0)
    known = {each.id for each in own} | {row_of(each.id) for each in own} | numbers.keys()
    asked = dict[str, Entry]()
    nameless = [(what, entry) for what, entry in latest_first if what.order not in known]
    for what, entry in nameless:  # (3)
        for drug in _meant(what.drug, drugs):
            if drug.status == "active" and drug.begin_us <= entry.effective_us:
                asked[drug.id] = entry
    unsure = frozenset(ordered.keys() - sure - stopped.keys())
    return Since(tuple(drugs), ordered, stopped, unsure, asked, tuple(entry for _, entry in nameless), numbers)


def stops_of(order: Entry, own: Sequence[Entry]) -> list[Entry]:
    """The stops that hold for an order of the ward, under any number that it had, by all that was charted of its
    patient; none for another act.
    """
    if not isinstance(order.content, Order):
        return []
    replaced = {each.id: each.replaces for each in own if each.replaces}
    first = {each.id: _first(each.id, replaced) for each in (*own, order) if isinstance(each.content, Order)}
    numbers = _numbers(order.id, first)
    return [entry for what, entry in _stops(own) if _is_of(what, Drug(order.id, order.content.name), numbers)]


def _is_of(what: Stop, drug: Drug, numbers: Sequence[str]) -> bool:
    is_row_of_several = row_of(EntryId(drug.id)) == what.order != drug.id
    return what.order in numbers and (not is_row_of_several or alike(what.drug, drug.name))


def _meant(name: str, drugs: Sequence[Drug]) -> list[Drug]:
    return [drug for drug in drugs if may_be(name, drug.name)] or [drug for drug in drugs if alike(name, drug.name)]


def _stops(own: Sequence[Entry]) -> list[tuple[Stop, Entry]]:
    return [(each.content, each) for each in perhaps_in_force(own) if isinstance(each.content, Stop)]


def _numbers(number: EntryId, first: Mapping[EntryId, EntryId]) -> tuple[str, ...]:
    """Under which numbers an order of the ward may have been given or stopped: its own, of all that one order was and
    was corrected to, also at two stations at once, and of its row before that stood for several acts.
    """
    same = [each for each, begun in first.items() if begun == first[number]]
    found = [number, first[number], *same]
    return tuple(dict.fromkeys([*found, *(row_of(each) for each in found)]))


def _first(number: EntryId, replaced: Mapping[EntryId, EntryId]) -> EntryId:
    """What an entry corrects in the end."""
    seen = {number}
    while (earlier := replaced.get(number)) and earlier not in seen:
        seen.add(number := earlier)
    return number


def drug_of(what: Order, schedule: Schedule, number: str = "", begin_us: int = 0) -> Drug:
    """The drug of an order of the ward, as the pack would have it, but for its next dose. What nobody understands of
    how often stays as it was written, without hours.
    """
    often = often_said(what.frequency, schedule) or Often(what.frequency)
    drug = Drug(
        number, what.name, what.code, what.dose, what.unit, what.route, often.frequency, often.times,
        instructions=what.details, begin_us=begin_us, is_high_alert=what.is_high_alert,
    )  # fmt: skip
    how = schedule.frequency(drug)
    is_infusion = how.continuous or what.unit.strip().casefold().endswith(_PER)
    return replace(drug, as_needed=how.as_needed, is_infusion=is_infusion)
