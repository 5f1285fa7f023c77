"""Orders for drugs at a station: which one a stop is of, what is asked back of it and of a dose behind it, and what is
said of an order whose hours nobody knows.
"""

from __future__ import annotations

from msgspec.structs import replace

from codedark.app.ward.doses import drugs_of
from codedark.app.ward.times import shown
from codedark.continuity.charts.schedule import Frequency, Schedule
from codedark.continuity.entries.drugs_since import Since, drug_of
from codedark.continuity.entries.entry import Administration, Content, DoseStatus, Entry, Order, OrderKind, Stop
from codedark.continuity.entries.names import alike, may_be
from codedark.continuity.entries.ordered_dose import not_ordered, orders_of
from codedark.continuity.sentence import Sentence


def as_ordered(content: Content, since: Since) -> Content:
    """A stop with drug, dose and unit as its order has them, where that is known and nothing else was said."""
    if not isinstance(content, Stop):
        return content
    for drug in since.of(content.order):
        return replace(
            content, drug=content.drug or drug.name, dose=content.dose or drug.dose, unit=content.unit or drug.unit
        )
    return content


def not_this_order(content: Content, since: Since) -> list[Sentence]:
    """Why a stop is refused: it does not say which order, or names one for another drug."""
    if not isinstance(content, Stop):
        return []
    if content.order:
        return [
            Sentence(
                "{number} is an order for {drug}, and not for {said}: look which one is stopped.",
                number=drug.id, drug=drug.name, said=content.drug,
            )
            for drug in since.of(content.order)
            if not may_be(content.drug, drug.name)
        ]  # fmt: skip
    there = [drug.id for drug in since.drugs if drug.status == "active" and may_be(content.drug, drug.name)]
    if not there:
        return []
    return [Sentence("Say which order for {drug} is stopped: {numbers}.", drug=content.drug, numbers=", ".join(there))]


def drug_doubts(entry: Entry, since: Since, *, is_there: bool) -> list[str | None]:
    """What is asked back of a stop or a dose; of one that ``is_there`` already, what it always would be."""
    match entry.content:
        case Stop() as what if not is_there and not not_this_order(what, since):
            return [doubtful_stop(what, since)]
        case Administration() as what:
            late = None if is_there else after_stop(what, since, entry.effective_us)
            return [not_ordered(what, orders_of(since.drugs)), late]
        case _:
            return []


def doubtful_stop(what: Stop, since: Since) -> Sentence | None:
    """What is asked back of a stop: its order is not known here, or was stopped already."""
    there = since.of(what.order)
    if before := next((since.stopped[drug.id] for drug in there if drug.id in since.stopped), None):
        return Sentence(
            "{drug} was stopped already, at {when}, by {author} (row {row}). Write it a second time?",
            drug=what.drug, when=shown(before.effective_us), author=before.author, row=before.id,
        )  # fmt: skip
    if not there:
        return Sentence(
            "No such order is known here: {drug} {number}. It stands on no list of this station, and somebody has to"
            " stop it in the record. Is it so?",
            drug=what.drug, number=what.order,
        )  # fmt: skip
    return None


def after_stop(given: Administration, since: Since, at_us: int) -> Sentence | None:
    """What is asked back of a dose that was given when its order was stopped, or may have been, and no other one for
    the drug stood.
    """
    if given.status is not DoseStatus.GIVEN:
        return None
    drugs = drugs_of(given, since)
    if any(drug.status == "active" and drug.id not in since.asked for drug in drugs):
        return None
    stops = [since.stopped[drug.id] for drug in drugs if drug.id in since.stopped]
    stops += [since.asked[drug.id] for drug in drugs if drug.id in since.asked]
    stops += [
        each for each in since.nameless if isinstance(each.content, Stop) and alike(each.content.drug, given.drug)
    ]
    for stop in sorted(stops, key=lambda each: each.effective_us):
        if stop.effective_us <= at_us:
            return Sentence(
                "STOPPED: {drug} was stopped at {when} by {author} (row {row}). Was this dose given all the same?",
                drug=given.drug, when=shown(stop.effective_us), author=stop.author, row=stop.id,
            )  # fmt: skip
    return None


def hours_not_known(content: Content, schedule: Schedule) -> list[Sentence]:
    """What is said of an order for a drug of which nobody here can tell when it is due."""
    if not isinstance(content, Order) or content.asked is not OrderKind.MEDICATION:
        return []
    if schedule.frequency(drug_of(content, schedule)) != Frequency():
        return []
    return [
        Sentence(
            "When it is due is not understood here: it is listed without hours, and you look at the clock yourself."
            " Correct it to something like 3 times a day, every 8 hours, or 08:00 20:00."
        )
    ]
