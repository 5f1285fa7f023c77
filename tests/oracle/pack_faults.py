"""Faults planted in opened packs, one in each: what a builder that is wrong might do. The check must find every one."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from tests.oracle.opened_page import Page

Wards = dict[str, Page]
Chart = dict[str, Any]
DAY = 86_400
LISTS = {
    "drugs": "drug", "allergies": "allergy", "results": "laboratory", "vitals": "vitals", "given": "dose",
    "problems": "problem", "pending": "pending", "imaging": "imaging", "appointments": "appointment",
    "alerts": "alert", "measures": "measures", "fluids": "fluids", "blood_group": "blood-group", "devices": "device",
    "microbiology": "microbiology", "notes": "note", "contacts": "contact",
}  # fmt: skip
"""Lists of a chart, and the kind of difference by which a fault in them must be told."""
FIELDS = (
    ("drugs", "dose", "77", "drug"), ("drugs", "unit", "kg", "drug"), ("drugs", "name", "Aqua", "drug"),
    ("drugs", "route", "IT", "drug"), ("drugs", "frequency", "Q1H", "drug"), ("drugs", "last", 1, "last given"),
    ("drugs", "next", 1_800_000_060, "next due"), ("drugs", "is_high_alert", 2, "high alert"),
    ("drugs", "indication", "Boredom", "drug"), ("allergies", "substance", "Pollen", "allergy"),
    ("allergies", "severity", "low", "allergy"), ("results", "value", "7.7777", "laboratory"),
    ("results", "unit", "lb", "laboratory"), ("results", "flag", "HH", "laboratory"), ("vitals", "at", 1, "vitals"),
    ("given", "status", "held", "dose"), ("given", "by", "Nobody", "dose"),
    ("pending", "name", "Nothing", "pending"),
    ("appointments", "begin", 1, "appointment"), ("imaging", "text", "Normal.", "imaging"),
    ("microbiology", "text", "Sterile.", "microbiology"), ("blood_group", "value", "O neg", "blood-group"),
    ("measures", "value", "7.25", "measures"), ("alerts", "text", "For resuscitation", "alert"),
    ("contacts", "phone", "112", "contact"), ("devices", "text", "None", "device"), ("notes", "text", "Well.", "note"),
)  # fmt: skip


def faults(wards: Wards) -> Iterator[tuple[str, Wards, str]]:
    """What was done, the packs with it, and the kind of difference that must be told. Only what can be done here."""
    for group, kind in LISTS.items():
        yield from _planted(wards, f"one of {group} is lost", kind, group, lambda told: told.pop(0))
        yield from _planted(wards, f"one of {group} is there twice", kind, group, lambda told: told.append(told[0]))
    for group, name, value, kind in FIELDS:
        yield from _planted(wards, f"{name} of {group} is {value!r}", kind, group, _put(name, value))
    yield from _planted(wards, "a stopped drug is shown", "drug", "drugs", _revived)
    yield from _of_two(wards, "two patients have each other's allergies", "allergy", _swapped("allergies"))
    yield from _of_two(wards, "two patients have each other's drugs", "drug", _swapped("drugs"))
    yield from _of_two(wards, "two patients lie in each other's beds", "bed", _moved)
    yield from _of_two(wards, "a patient lies in two beds", "patient", _doubled)
    yield from _of_two(wards, "a patient is lost", "patient", lambda bed, _: bed.pop("chart"))
    yield from _of_two(wards, "a patient has another's name", "identity", _renamed)
    yield from _of_two(wards, "somebody who is nowhere else lies here", "patient", _invented)
    yield from _of_ward(wards, "an arrival or departure is lost", "movement", _still)
    yield from _of_ward(wards, "a bed that is taken is called empty", "empty bed", _emptied)
    yield from _of_two(wards, "nobody has allergies, somebody said", "none known", _none_known)


def _planted(
    wards: Wards, what: str, kind: str, group: str, do: Callable[[list[Any]], object]
) -> Iterator[tuple[str, Wards, str]]:
    """A fault in a list of the first chart that has one."""
    spoilt = copy.deepcopy(wards)
    for page in spoilt.values():
        for bed in page.get("beds", []):
            told = [each for each in bed.get("chart", {}).get(group, []) if each.get("status") != "completed"]
            if told and (what != "a stopped drug is shown" or _has_stopped(bed["chart"])):
                chart = bed["chart"]
                chart[group] = sorted(chart[group], key=lambda each: not each.get("last", 1))
                do(chart[group])
                yield what, spoilt, kind
                return


def _put(name: str, value: object) -> Callable[[list[Any]], None]:
    def put(told: list[Any]) -> None:
        which = next((each for each in told if name == "is_high_alert" and each.get(name)), told[0])
        which[name] = value if name != "is_high_alert" else False

    return put


def _has_stopped(chart: Chart) -> bool:
    return any(each.get("status") in {"stopped", "completed"} for each in chart["drugs"])


def _revived(drugs: list[Any]) -> None:
    next(each for each in drugs if each.get("status") in {"stopped", "completed"})["status"] = "active"


def _of_two(
    wards: Wards, what: str, kind: str, do: Callable[[Chart, Chart], object]
) -> Iterator[tuple[str, Wards, str]]:
    """A fault between two beds whose patients differ in allergies and drugs."""
    spoilt = copy.deepcopy(wards)
    beds = [
        bed
        for page in spoilt.values()
        for bed in page.get("beds", [])
        if bed.get("chart") and bed["place"].get("bed") and bed["chart"].get("drugs")
    ]
    pairs = (
        (one, two)
        for one in beds
        for two in beds
        if _names(one["chart"], "allergies", "substance") != _names(two["chart"], "allergies", "substance")
        and one["chart"].get("allergies")
    )
    if pair := next(pairs, None):
        do(*pair)
        yield what, spoilt, kind


def _of_ward(wards: Wards, what: str, kind: str, do: Callable[[Page], bool]) -> Iterator[tuple[str, Wards, str]]:
    """A fault in the first ward where it can be made."""
    spoilt = copy.deepcopy(wards)
    if any(do(page) for page in spoilt.values()):
        yield what, spoilt, kind


def _still(page: Page) -> bool:
    return bool(page.get("movements") and page["movements"].pop())


def _emptied(page: Page) -> bool:
    taken = [bed for bed in page.get("beds", []) if bed.get("chart") and bed["place"].get("bed_id")]
    page.get("beds", []).extend({"place": bed["place"]} for bed in taken[:1])
    return bool(taken)


def _names(chart: Chart, group: str, name: str) -> list[str]:
    return sorted(each[name] for each in chart.get(group, []))


def _swapped(group: str) -> Callable[[Chart, Chart], None]:
    def swap(one: Chart, two: Chart) -> None:
        first, second = one["chart"], two["chart"]
        first[group], second[group] = second.get(group, []), first.get(group, [])

    return swap


def _moved(one: Chart, two: Chart) -> None:
    one["place"], two["place"] = two["place"], one["place"]


def _doubled(one: Chart, two: Chart) -> None:
    two["chart"] = one["chart"]


def _renamed(one: Chart, two: Chart) -> None:
    one["chart"]["identity"] = two["chart"]["identity"]


def _invented(one: Chart, _: Chart) -> None:
    one["chart"]["id"] = "nobody"


def _none_known(one: Chart, _: Chart) -> None:
    one["chart"]["none_known"] = ["allergies"]
