"""What the packs of all wards say, beside what the source says: one sentence for each difference, in both directions.

Written from docs/reference/census.md and packs.md, apart from the builder. `wards` are opened pages (`opened_page`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from zoneinfo import ZoneInfo

import yaml

from tests.oracle.opened_page import Page, rows_of
from tests.oracle.source_patient import DAY, HOUR, Patient, Row, Stay

_GROUPS = (
    "identity", "attending", "reason", "allergy", "none known", "alert", "problem", "drug", "high alert", "last given",
    "dose", "laboratory", "vitals", "measures", "fluids", "blood-group", "pending", "device", "imaging", "microbiology",
    "note", "appointment", "contact",
)  # fmt: skip


@dataclass
class Compared:
    """How much was compared, by group, and each difference with its kind."""

    counts: Counter[str] = field(default_factory=Counter)
    differences: list[tuple[str, str]] = field(default_factory=list)

    def told(self) -> list[str]:
        return [f"{kind}: {sentence}" for kind, sentence in self.differences]


def compared(source: Mapping[str, Patient], wards: Mapping[str, Page], now: int) -> Compared:
    """All patients and all wards; ``now`` in seconds."""
    found = Compared()
    lying = [(ward, bed) for ward, page in wards.items() for bed in page.get("beds", []) if bed.get("chart")]
    times = Counter(bed["chart"]["id"] for _, bed in lying)
    came: dict[object, int] = {}
    for stay in (patient.stay for patient in source.values()):
        if stay is not None:
            came[stay.place] = max(stay.begin, came.get(stay.place, 0))
    for id_, patient in source.items():
        if times[id_] != 1 and _must_be_shown(patient, came, now):
            found.differences.append(("patient", f"{id_} is in {times[id_]} beds"))
    for ward, bed in lying:
        id_ = bed["chart"]["id"]
        patient = source.get(id_, Patient())
        if patient.stay is None:
            found.differences.append(("patient", f"{id_} is in {ward} and not in the source"))
            continue
        found.counts["patients"] += 1
        found.counts["patients in a bed"] += bool(bed["place"].get("bed"))
        found.differences += [
            (kind, f"{id_} in {ward}: {each}") for kind, each in _chart(patient, ward, bed, now, found)
        ]
    for ward, page in wards.items():
        found.differences += [(kind, f"{ward}: {each}") for kind, each in _ward(ward, page, source, now, found)]
    return found


def _must_be_shown(patient: Patient, came: Mapping[object, int], now: int) -> bool:
    """Everybody who is in; of outpatients those who came or were told of within a day, or whose bed is still theirs:
    ``came`` is when whoever came last to each place came.
    """
    stay = patient.stay
    if stay is None:
        return False
    if stay.kind != "O" or max(stay.begin, stay.told) > now - DAY:
        return True
    return bool(stay.place[2]) and came[stay.place] <= stay.begin


def _chart(patient: Patient, ward: str, bed: Page, now: int, found: Compared) -> Iterator[tuple[str, str]]:
    stay, place = patient.stay, bed["place"]
    assert stay is not None
    if not _is_at(stay.place, ward, place):
        yield "bed", f"lies in {stay.place}, and not in {ward} {place}"
    visit = bed["chart"]["visits"][0]
    if stay.previous[0] and not _is_at(
        stay.previous, visit.get("previous", {}).get("ward", ""), visit.get("previous", {})
    ):
        yield "previous bed", f"lay in {stay.previous}, and not in {visit.get('previous')}"
    expected, shown = patient.rows(now), rows_of(bed["chart"])
    for group in _GROUPS:
        wanted, there = expected.get(group, Counter()), shown.get(group, Counter())
        found.counts[group] += wanted.total()
        yield from ((group, f"{each} is missing") for each in (wanted - there).elements())
        yield from ((group, f"{each} is not in the source") for each in (there - wanted).elements())
    yield from (("next due", each) for each in _due(bed["chart"], now))


def _is_at(place: tuple[str, str, str], ward: str, told: Page) -> bool:
    """Messages say ward, room and bed. Resources name a bed by its id, in a ward by its name or id."""
    name, room, bed = place
    if room:
        return (ward, told.get("room", ""), told.get("bed", "")) == place
    if bed:
        return told.get("bed_id", told.get("bed")) == bed
    return bool(told) and name in {ward, told.get("ward_name", ward), told.get("ward", ward)} | _NAMES.get(ward, set())


_NAMES: dict[str, set[str]] = {}


def names_are(wards: Mapping[str, str]) -> None:
    """What wards are called, by their ids."""
    _NAMES.clear()
    _NAMES.update({ward: {name} for ward, name in wards.items()})


def _ward(ward: str, page: Page, source: Mapping[str, Patient], now: int, found: Compared) -> Iterator[tuple[str, str]]:
    """Empty beds are those in which nobody lies, and arrivals and departures are those of the last day."""
    taken = {bed["place"].get("bed_id") for bed in page.get("beds", []) if bed.get("chart")}
    for bed in page.get("beds", []):
        if not bed.get("chart"):
            found.counts["empty beds"] += 1
            if bed["place"].get("bed_id") in taken:
                yield "empty bed", f"{bed['place']} is called empty and is not"
    names = {ward} | _NAMES.get(ward, set())
    expected: Counter[Row] = Counter()
    for id_, patient in source.items():
        who = " ".join(str(part) for part in patient.groups["identity"].get("", ("", ""))[:2]).strip() or id_
        for stay in patient.stays.values():
            if stay.place[0] in names:
                expected.update(_moves(stay, who, now))
    shown: Counter[Row] = Counter(
        (each["kind"], each["name"], each.get("at", 0), bool(each.get("is_expected")))
        for each in page.get("movements", [])
    )
    found.counts["movements"] += expected.total()
    yield from (("movement", f"{each} is missing") for each in (expected - shown).elements())
    yield from (("movement", f"{each} is not in the source") for each in (shown - expected).elements())


def _moves(stay: Stay, who: str, now: int) -> Iterator[Row]:
    if stay.state == "expected":
        yield "arrival", who, stay.begin, True
    elif stay.is_open:
        if now - stay.begin < DAY:
            yield "arrival", who, stay.begin, False
        if stay.expected_out:
            yield "departure", who, stay.expected_out, True
    elif stay.state == "out" and now - stay.end < DAY:
        yield "departure", who, stay.end, False


def _due(chart: Page, now: int) -> Iterable[str]:
    """Of drugs at hours of the day: the next dose is at one of these hours, behind the last dose, and leaves out at
    most the one for which that dose counted. Of others without an hour (as needed, running, at meals): none.
    """
    table = _hours()
    for drug in chart.get("drugs", []):
        if drug.get("status", "active") != "active":
            continue
        frequency, due, last = (
            drug.get("frequency", "").upper().replace(" ", ""),
            drug.get("next", 0),
            drug.get("last", 0),
        )
        hours = drug.get("times") or table.get(frequency, ())
        if drug.get("as_needed") or not hours:
            if due and (drug.get("as_needed") or frequency in {"CONT", "AC", "PC", "WM"}):
                yield f"{drug['id']} ({frequency}) has no hour, and is due at {due}"
            continue
        if not due:
            if not drug.get("end"):
                yield f"{drug['id']} ({frequency}) has no next dose"
            continue
        clock = datetime.fromtimestamp(due, UTC).astimezone(ZoneInfo(chart["zone"]))
        if f"{clock:%H:%M}" not in hours or (last and not last < due < last + 2 * DAY / len(hours) + 3 * HOUR):
            yield f"{drug['id']} ({frequency}, given at {last}) is due at {clock}"


def _hours() -> dict[str, tuple[str, ...]]:
    """The hospital's ordinary hours, by every name of a frequency of each day: data that the page names too."""
    told = yaml.safe_load((files("codedark") / "content/continuity/frequencies.yaml").read_text("utf-8"))["frequencies"]
    return {
        str(name).upper(): tuple(each["times"])
        for main, each in told.items()
        if each.get("times") and each.get("hours", 0) <= 24
        for name in (main, *each.get("names", []))
    }
