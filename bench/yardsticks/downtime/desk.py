"""The records office when the systems are back: joins all sticks, runs back-entry, settles what is put before people.

Whoever settles looks at the forms and asks those who charted, so they know the truth; one answer in two hundred is the
wrong one all the same (`WRONG`, our own figure), drawn from the seed and the entry alone; and one number in 350 that is
typed in to say who somebody is, is mistyped (`people.RATES`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from random import Random
from typing import Final, NamedTuple

import msgspec

from codedark.app.back_entry.running import acts_of, confirm, proven, run, settle
from codedark.app.back_entry.target import FhirServer, FhirTarget
from codedark.app.back_entry.whose import NEW
from codedark.app.ward.charting import Asked, chart
from codedark.continuity.entries.as_fhir import Systems, type_of
from codedark.continuity.entries.entry import Admission, Checked, Entry, EntryId, Identifier, Stop, Transfer, row_of
from codedark.continuity.entries.fhir_acts import when
from codedark.continuity.entries.reconcile import SETTLED, Count, Standing, State
from codedark.store.back_entry_book import Book
from codedark.store.station.station import Station
from yardsticks.downtime.people import RATES, Slip
from yardsticks.downtime.record import Record, place_of
from yardsticks.downtime.truth import Person, Truth
from yardsticks.downtime.ward import Ledger

WRONG: Final = 0.005
_OFFICE: Final = "records office"
_MOST_ROUNDS: Final = 8
_KINDS: Final = {
    "administration": "given", "observation": "observation", "order": "order", "specimen": "specimen",
    "phoneresult": "phone-result", "allergy": "allergy", "note": "note", "stop": "stop",
}  # fmt: skip


class Known(NamedTuple):
    """What the office can find out: the truth, which act each entry is of, and who got which reserved number."""

    truth: Truth
    ledger: dict[tuple[str, str], Ledger]
    numbers: dict[int, str]


class Desk:
    """One records office, with a station of its own that has joined all others, and the book of all wards."""

    def __init__(
        self, station: Station, book: Book, record: Record, server: FhirServer, known: Known, now_us: int, seed: int
    ) -> None:
        self._station, self._book, self._record, self._server, self._known = station, book, record, server, known
        self._people = {number: known.truth.people[key] for key, number in known.numbers.items()}
        self._now_us, self._seed = now_us, seed
        self._numbers_of: defaultdict[int, list[str]] = defaultdict(list)
        for (number, _), each in known.ledger.items():
            self._numbers_of[each.act].append(number)
        self._orders: defaultdict[str, list[int]] = defaultdict(list)
        for act in known.truth.acts:
            if act.kind == "order":
                self._orders[act.order].append(act.key)
        self.asked: Counter[str] = Counter()

    def finish(self) -> tuple[Count, list[str]]:
        """Run, settle, run again, until every entry has its end; and what the product itself does not find there."""
        for each in self._station.acts():
            if isinstance(each.content, Admission):
                self._confirm(each.content.number, may_mistype=True)
        for _ in range(_MOST_ROUNDS):
            charted = self._station.entries(), self._station.conflicts()
            acts = {each.id: each for each in acts_of(charted)}
            for each in acts.values():
                if row_of(each.id) != each.id and (own := self._known.ledger.get((row_of(each.id), each.station))):
                    self._numbers_of[own.act].append(each.id)
            count = run(charted, self._book, self._target(), lambda: self._now_us, lambda _: None)
            refused = [each for each in self._book.standing().values() if each.state is State.REFUSED]
            if not refused:
                break
            for standing in refused:
                self._settle(acts[standing.entry], standing)
        return count, proven(acts.values(), self._book, self._target())

    def _target(self) -> FhirTarget:
        return FhirTarget(self._server, Systems())

    def _confirm(self, number: str, *, may_mistype: bool = False) -> None:
        """Somebody who came in is found in the record by their papers, or is new."""
        who, said = self._people[number], self._people[number].number
        if said and may_mistype and Random(f"{self._seed} {number}").random() < RATES[Slip.VALUE_TYPED]:
            self.asked["a number mistyped when it was said who somebody is"] += 1
            said = str(int(said) + 7)  # somebody else's
        confirm(self._book, number, said or NEW, _OFFICE, self._now_us, born=who.born if said else "")

    def _settle(self, entry: Entry, standing: Standing) -> None:
        answer = self._answer(entry, standing)
        if answer and Random(f"{self._seed} {entry.id}").random() < WRONG:
            answer = "send" if answer in {"present", "void"} else "void"
            self._blame(entry)
        if answer:
            settle(self._book, entry.id, answer, _OFFICE, self._now_us)

    def _answer(self, entry: Entry, standing: Standing) -> str:
        """What the office says, "" where it mends something else than the entry."""
        why = standing.why
        if isinstance(entry.content, Transfer):
            self.asked["a transfer is made by hand"] += 1
            self._move(entry)
            return "present"
        if why.startswith("is this the same?"):
            self.asked["is it the same?"] += 1
            return "present" if self._is_there(entry) else "send"
        if isinstance(entry.content, Stop) and "stop it there by hand" in why:
            if any(self._book.of(EntryId(number)).state not in SETTLED for number in self._order_of(entry)):
                return ""  # the order itself is still to be settled
            self.asked["a stop is made by hand"] += 1
            return "present" if self._stop(entry) else "void"
        if "another person in the record" in why and entry.patient in self._people:
            self.asked["who came in was looked up once more"] += 1
            self._confirm(entry.patient)
            return ""
        if "see who was treated" in why or "patients have the number" in why:
            self.asked["who was treated?"] += 1
            return self._charted_anew(entry)
        if "stands for" in why:
            self.asked["one row, several acts"] += 1
            act = self._of(entry).act
            same = [
                key[1] for key, each in self._known.ledger.items() if each.act == act and key[0] == row_of(entry.id)
            ]
            return "send" if min(same) == entry.station else "void"
        raise AssertionError(f"nobody knows what to do about {standing}")

    def _charted_anew(self, entry: Entry) -> str:
        """As it was, for whom it was: a correction where only an identifier was mistyped, else a new entry."""
        own = self._of(entry)
        who = self._known.truth.people[self._known.truth.acts[own.act].person]
        number = self._known.numbers.get(who.key) or who.number
        fields = {name: _said(value) for name, value in msgspec.to_builtins(entry.content).items() if name != "kind"}
        kind = _KINDS[entry.kind]
        if kind == "given":
            kind = fields.pop("status")
        is_same = number == entry.patient and row_of(entry.id) == entry.id
        said = {name: value for name, value in fields.items() if value}
        asked = Asked(
            kind, said, number, _wristband(who, number), entry.author, entry.witness, entry.effective_us,
            replaces=entry.id if is_same else "", why="identifier was mistyped" if is_same else "", is_sure=True,
            alone=entry.alone or "",
        )  # fmt: skip
        new = chart(self._station, asked, self._now_us).entry
        slips = own.slips - {Slip.PICKED, Slip.PICKED_BLIND, Slip.OTHER_SHEET, Slip.IDENTIFIER}
        self._known.ledger[new.id, new.station] = Ledger(own.act, slips)
        self._numbers_of[own.act].append(new.id)
        return "" if is_same else "void"

    def _is_there(self, entry: Entry) -> bool:
        """Whether the act is in the record: filed by a device of its minute, or as another entry of the same act."""
        act = self._known.truth.acts[self._of(entry).act]
        who = self._known.truth.people[act.person]
        place = place_of(self._record, who.number or self._known.numbers.get(who.key, ""))
        if act.kind in {"observation", "result"}:
            at = when(act.at_us)
            there = self._record.search("Observation", [("patient", place), ("date", f"ge{at}"), ("date", f"le{at}")])
            if any("device" in each and each["code"]["text"] == act.name for each in there):
                return True
        kind = str(type_of(entry.content))
        others = [number for number in self._numbers_of[act.key] if number != entry.id]
        return any(self._record.search(kind, [("identifier", f"urn:codedark:entry|{each}")]) for each in others)

    def _move(self, entry: Entry) -> None:
        what, who = entry.content, self._people.get(entry.patient)
        assert isinstance(what, Transfer)
        place = place_of(self._record, (who.number if who else "") or entry.patient)
        moved = {"subject": {"reference": place}, "period": {"start": when(entry.effective_us)}}
        self._record.put("Encounter", moved | {"location": [{"location": {"display": what.ward}}], "by": entry.id})

    def _stop(self, entry: Entry) -> bool:
        """Stop the order that was meant by hand, if it is there and goes on. Where its order did not come back, what
        befell that befell the stop.
        """
        act = self._known.truth.acts[self._of(entry).act]
        who = self._known.truth.people[act.person]
        place = place_of(self._record, who.number or self._known.numbers.get(who.key, ""))
        found = {
            each["id"]: each
            for number in (act.order, *self._order_of(entry))
            for each in self._record.search("MedicationRequest", [("identifier", number), ("status", "active")])
            if each["subject"]["reference"] == place
        }
        for number, order in found.items():
            order["status"] = "stopped"
            target = {"target": [{"reference": f"MedicationRequest/{number}"}]}
            self._record.put("Provenance", target | {"occurredDateTime": when(entry.effective_us), "by": entry.id})
        if not found:
            own, of_order = self._of(entry), self._orders.get(act.order, ())
            slips = [each.slips for each in self._known.ledger.values() if each.act in of_order]
            self._known.ledger[row_of(entry.id), entry.station] = own._replace(slips=own.slips.union(*slips))
        return bool(found)

    def _order_of(self, entry: Entry) -> list[str]:
        """Under which numbers the order that a stop ends was charted, if it was on a ward."""
        order = self._known.truth.acts[self._of(entry).act].order
        numbers = {number for key in self._orders.get(order, ()) for number in self._numbers_of[key]}
        return sorted(numbers & {each.id for each in self._station.entries()})

    def _blame(self, entry: Entry) -> None:
        own = self._of(entry)
        self._known.ledger[row_of(entry.id), entry.station] = own._replace(slips=own.slips | {Slip.SETTLED})

    def _of(self, entry: Entry) -> Ledger:
        return self._known.ledger[row_of(entry.id), entry.station]


def _wristband(who: Person, number: str) -> tuple[Checked, ...]:
    if who.ward_name:
        return Checked(Identifier.NAME, who.ward_name), Checked(Identifier.NUMBER, number)
    return Checked(Identifier.NAME, f"{who.family} {who.given}"), Checked(Identifier.BORN, who.born)


def _said(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
