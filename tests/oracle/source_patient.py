"""What a ward must find of a patient, as an independent reader of the source holds it: nothing of `continuity` is used.

Everything is a row of texts and of moments in whole seconds, by group, so that it can be compared with the rows of a
page (`pack_rows`). Windows are those of docs/reference/packs.md, codes those of LOINC, severities HL7 table 0128.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TypeVar

HOUR = 3_600
DAY = 24 * HOUR
Row = tuple[object, ...]
_Thing = TypeVar("_Thing")
Rows = dict[str, Counter[Row]]
"""Rows by group."""
HIGH_ALERT = (
    "A10A", "A10BB", "B01AA", "B01AB", "B01AC09", "B01AC13", "B01AC16", "B01AC17", "B01AD", "B01AE", "B01AF", "B01AX05",
    "C01AA", "C01BD01", "C01CA", "H01BA01", "H01BB02", "L01", "L04AX03", "M03A", "N01A", "N01B", "N02A", "N05CD08",
    "N05CM18", "A12BA", "B05XA01", "B05XA05", "B05XA14", "B05BA",
)  # fmt: skip
"""Insulins, sulfonylureas, anticoagulants and lytics but not aspirin, epoprostenol, digoxin, amiodarone, pressors,
oxytocin, cytostatics, methotrexate, muscle relaxants, anaesthetics, opioids, midazolam, dexmedetomidine, potassium,
magnesium, phosphate, parenteral feeding.
"""
WINDOWS = {"laboratory": 72 * HOUR, "vitals": 24 * HOUR, "fluids": 24 * HOUR, "dose": 72 * HOUR}
MEASURES = frozenset({"29463-7", "3141-9", "8302-2", "39156-5", "33914-3", "62238-1", "98979-8", "50210-4", "8339-4"})
"""Weight, height, body mass index, eGFR."""
BLOOD = frozenset({"882-1", "883-9", "10331-7", "890-4", "888-8", "1007-4"})
"""Group, Rh, antibodies."""
FLUIDS = frozenset({"9192-6", "9108-2", "9187-6", "8976-9"})
GLUCOSE = frozenset({"2345-7", "2339-0", "41653-7", "14743-9"})
"""A laboratory's value also where a nurse takes it."""


@dataclass
class Stay:
    """One stay. ``kind`` is I, E or O; ``previous`` and ``bed`` as ward, room, bed; times in seconds."""

    kind: str = ""
    state: str = "in"
    """in, leave, out, cancelled, expected."""
    place: tuple[str, str, str] = ("", "", "")
    previous: tuple[str, str, str] = ("", "", "")
    attending: tuple[str, str] = ("", "")
    reason: str = ""
    begin: int = 0
    end: int = 0
    expected_out: int = 0
    is_told: bool = False
    """By a message whose matter it is; what others say beside it counts no more."""
    told: int = 0
    """When it was spoken of last."""

    @property
    def is_open(self) -> bool:
        return self.state in {"in", "leave"}


@dataclass
class Result:
    """A value with its group: laboratory, vitals, measures, fluids, blood-group."""

    group: str
    code: str
    row: Row
    at: int


@dataclass
class Patient:
    """All of one patient. Groups hold rows by the number of the thing."""

    stays: dict[str, Stay] = field(default_factory=dict)
    identity: Row = ()
    groups: defaultdict[str, dict[str, Row]] = field(default_factory=lambda: defaultdict(dict))
    """identity, drug, high alert, allergy, none known, alert, problem, pending, device, imaging, microbiology, note,
    appointment, contact.
    """
    merged_allergies: list[Row] = field(default_factory=list)
    """Of numbers that were merged away: no later list of the number that lives on takes them back."""
    codes: dict[str, str] = field(default_factory=dict)
    """Of all orders that were ever told, as they were sent."""
    doses: dict[str, tuple[int, str, str, Row]] = field(default_factory=dict)
    """Moment, order, status and row."""
    results: dict[str, Result] = field(default_factory=dict)
    heard: int = 0
    """When anything was said of them last; 0 where the source does not tell."""
    _rows: tuple[int, Rows] | None = None

    @property
    def stay(self) -> Stay | None:
        """The open one; of several, that which began last."""
        open_ = [stay for stay in self.stays.values() if stay.is_open]
        return max(open_, key=lambda stay: stay.begin) if open_ else None

    def rows(self, now: int) -> Rows:
        """What must be shown, and nothing else; kept, for it is asked for again with every planted fault."""
        if self._rows is None or self._rows[0] != now:
            self._rows = now, self._made(now)
        return self._rows[1]

    def _made(self, now: int) -> Rows:
        heard = self.heard or now
        found: Rows = {group: Counter(rows.values()) for group, rows in self.groups.items()}
        found["problem"] = Counter(set(found.get("problem", ())))  # one line, however many stays it has
        found["allergy"] = Counter(_joined([*found.get("allergy", ()), *self.merged_allergies]))
        stay = self.stay
        if stay is not None:
            found["attending"] = Counter([stay.attending] if stay.attending[0] else [])
            found["reason"] = Counter([(stay.reason,)] if stay.reason else [])
        found["high alert"] = Counter(
            (row[0],) for row in found.get("drug", ()) if is_high_alert(self.codes.get(str(row[0]), ""))
        )
        last: dict[object, int] = {}
        for at, order, status, row in self.doses.values():
            if status == "given":  # outside of an order that is known it counts for every order of that drug
                of = order if order in self.codes else ("any", str(row[1]).casefold())
                last[of] = max(at, last.get(of, 0))
        known = [
            (row[0], max(last.get(row[0], 0), last.get(("any", str(row[1]).casefold()), 0)))
            for row in found.get("drug", ())
        ]
        found["last given"] = Counter(each for each in known if each[1])
        shown = _within(
            self.doses.values(), lambda dose: dose[0], lambda dose: (dose[1], dose[3][1]), heard - 72 * HOUR
        )
        found["dose"] = Counter(dose[3] for dose in shown)
        for group in ("laboratory", "vitals", "measures", "fluids", "blood-group"):
            values = [each for each in self.results.values() if each.group == group]
            first = heard - WINDOWS[group] if group in WINDOWS else 0
            found[group] = Counter(
                each.row for each in _within(values, lambda each: each.at, lambda each: each.code, first)
            )
        return found


def _within(
    things: Iterable[_Thing], when: Callable[[_Thing], int], kind: Callable[[_Thing], object], first: int
) -> list[_Thing]:
    """Those since ``first``, and the last of each kind."""
    held = list(things)
    last: dict[object, int] = {}
    for each in held:
        last[kind(each)] = max(when(each), last.get(kind(each), 0))
    return [each for each in held if when(each) >= first or when(each) == last[kind(each)]]


def _joined(allergies: Iterable[Row]) -> Iterable[Row]:
    """One substance is one line, with all reactions and the worst severity."""
    same: dict[object, list[Row]] = {}
    for row in allergies:
        same.setdefault(row[0], []).append(row)
    for substance, rows in same.items():
        worst = min((str(row[2]) for row in rows), key=["high", "moderate", "low", "unknown"].index)
        yield substance, signs(", ".join(str(row[1]) for row in rows if row[1])), worst


def group_of(code: str, section: str) -> str:
    """Where a value belongs, by its LOINC code, else by who took it."""
    for codes, group in ((MEASURES, "measures"), (BLOOD, "blood-group"), (FLUIDS, "fluids"), (GLUCOSE, "laboratory")):
        if code in codes:
            return group
    return {"NRS": "vitals", "vital-signs": "vitals", "BLB": "blood-group", "IOE": "fluids", "Output": "fluids"}.get(
        section, "laboratory"
    )


def is_high_alert(code: str) -> bool:
    """Whether an ATC code is of ISMP's high-alert drugs in acute care (2024), by the groups that have a code there."""
    return code.startswith(HIGH_ALERT)


def signs(text: object) -> tuple[str, ...]:
    """Reactions, in whatever order they were told."""
    return tuple(sorted({each.strip() for each in str(text).split(",")}))


def number(text: object) -> str:
    """A value so that 98.00 is 98."""
    try:
        return f"{Decimal(str(text)).normalize():f}"
    except InvalidOperation:
        return str(text)


def plain(text: object) -> str:
    """Without the white space in which two texts may differ."""
    return " ".join(str(text).split())
