"""Back-entry: in which order what was charted goes back, what does not go at all, and where every entry stands.

Order: who somebody is, then where they lie, allergies and weight, orders, administrations, results, documents: each
finds there what it refers to. Every entry ends in exactly one of four states.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from codedark.continuity.entries.entry import (
    Administration,
    Admission,
    Allergy,
    Content,
    Entry,
    EntryId,
    Note,
    Observation,
    Order,
    PhoneResult,
    Specimen,
    Stop,
    Transfer,
    Void,
    apart,
    mark_of,
    row_of,
)

_WEIGHT: Final = {"29463-7", "3141-9", "8302-2"}
"""LOINC: body weight, body weight measured, body height. Doses are reckoned from them."""


class State(StrEnum):
    """Where an entry stands. The first two are on the way, the others are the four ends."""

    WAITING = "waiting"
    SENDING = "sending"
    """It may have arrived: it is looked for before it is sent again."""
    FILED = "filed"
    PRESENT = "already present"
    VOIDED = "voided"
    REFUSED = "refused"
    """A person, its owner, has it."""


ENDS: Final = (State.FILED, State.PRESENT, State.VOIDED, State.REFUSED)
SETTLED: Final = {State.FILED, State.PRESENT, State.VOIDED}
"""What no run looks at again."""
_MAY_BE_THERE: Final = {State.SENDING, State.FILED, State.PRESENT}


class Standing(NamedTuple):
    """Where an entry stands since ``at_us``: what it is called in the target, why, and who has it where refused.

    ``mark`` is of the act that was sent (`entry.mark_of`): its row may turn out to stand for others too.
    """

    entry: EntryId
    state: State
    where: str = ""
    why: str = ""
    owner: str = ""
    at_us: int = 0
    mark: str = ""


class Plan(NamedTuple):
    """What is to be sent, in order, and what stands already without being sent."""

    to_send: tuple[Entry, ...]
    standing: tuple[Standing, ...]


def rank_of(content: Content) -> int:
    """The place of an act in the order of back-entry, from 0."""
    match content:
        case Admission():
            return 0
        case Transfer():
            return 1
        case Allergy():
            return 2
        case Observation() if content.code in _WEIGHT or content.name.strip().casefold() in {"weight", "height"}:
            return 2
        case Order() | Stop() | Specimen():
            return 3
        case Administration():
            return 4
        case Observation() | PhoneResult():
            return 5
        case Note():
            return 6
        case Void():
            return 7


def plan(entries: Iterable[Entry], conflicts: Iterable[Sequence[Entry]], standing: Mapping[EntryId, Standing]) -> Plan:
    """What to do with all that was charted.

    1. Acts of a number that stands for several are a person's, each under a number of its own; so is what corrects
       such a number, for it does not say which. The one that was filed before the others came is filed.
    2. What was replaced once and not sent is voided, and so is a void itself.
    3. What was replaced after it was filed stays filed; who takes it back there is the owner of what replaces it.
    4. Two corrections of one entry are a person's: which holds is not guessed.
    5. An entry whose correction was made void itself, or stands for several acts, is a person's: the act was done, and
       whether it was as the entry says nobody else can tell.
    6. The rest is sent in order of rank, then of time; a stop behind the order of the ward that it ends, whatever the
       clocks of two stations said.
    """
    told = list[Standing]()
    doubled = {acts[0].id: [apart(act) for act in acts] for acts in conflicts}
    there = [*entries, *(act for acts in doubled.values() for act in acts)]
    replacing: dict[EntryId, list[Entry]] = {}
    for each in there:
        if each.replaces:
            replacing.setdefault(each.replaces, []).append(each)
    to_send = []
    for each in there:
        before = standing.get(each.replaces)
        if before is not None and before.state in _MAY_BE_THERE:  # (3)
            why = f"{each.replaces} is {before.state} as {before.where or 'sent'}: take it back there, then settle this"
            told.append(Standing(each.id, State.REFUSED, why=why, owner=each.author))
        elif each.replaces in doubled:  # (1)
            why = f"{each.replaces} stands for {len(doubled[each.replaces])} acts: say which is meant"
            told.append(Standing(each.id, State.REFUSED, why=why, owner=each.author))
        elif _is_unsure(each.id, replacing, doubled) and standing.get(each.id, _NOWHERE).state not in _MAY_BE_THERE:
            # (5), whatever became of what it corrects
            why = "what corrects it was made void or stands for several acts: say whether it holds"
            told.append(Standing(each.id, State.REFUSED, why=why, owner=each.author))
        elif each.id in replacing and standing.get(each.id, _NOWHERE).state not in _MAY_BE_THERE:  # (2)
            told.append(Standing(each.id, State.VOIDED, why=f"replaced by {replacing[each.id][0].id}"))
        elif (first := _first_standing(each, standing)).state is State.FILED:  # (1)
            told.append(first)
        elif acts := doubled.get(row_of(each.id), ()):
            why = _why_doubled(each, acts, replacing.get(row_of(each.id), ()), standing)
            told.append(Standing(each.id, State.REFUSED, why=why, owner=each.author))
        elif isinstance(each.content, Void):
            told.append(Standing(each.id, State.VOIDED, why=f"takes back {each.replaces}"))
        elif each.replaces and len(replacing[each.replaces]) > 1:  # (4)
            why = f"{each.replaces} was replaced {len(replacing[each.replaces])} times: say which holds"
            told.append(Standing(each.id, State.REFUSED, why=why, owner=each.author))
        else:
            to_send.append(each)
    begun = {each.id: each.effective_us for each in to_send if isinstance(each.content, Order)}
    to_send.sort(
        key=lambda each: (rank_of(each.content), *_behind_its_order(each, begun), each.recorded_us, each.id)
    )  # (6)
    return Plan(tuple(to_send), tuple(told))


def _behind_its_order(entry: Entry, begun: Mapping[EntryId, int]) -> tuple[int, bool]:
    """When it is an entry's turn within its rank, where orders were ``begun`` at these times."""
    ordered_us = begun.get(EntryId(entry.content.order)) if isinstance(entry.content, Stop) else None
    return (entry.effective_us, False) if ordered_us is None else (max(entry.effective_us, ordered_us), True)


def _is_unsure(entry: EntryId, replacing: Mapping[EntryId, Sequence[Entry]], doubled: Collection[EntryId]) -> bool:
    """Whether an entry was replaced, but by nothing that still holds, or by what stands on a row for several acts."""
    by = replacing.get(entry, ())
    voided = [any(isinstance(void.content, Void) for void in replacing.get(each.id, ())) for each in by]
    return bool(by) and (all(voided) or any(row_of(each.id) in doubled for each in by))


def under_its_first_number(entry: Entry, standing: Mapping[EntryId, Standing]) -> Entry:
    """An act of a row that stands for several, under the row's number where it was sent as that before the others came;
    any other as it is. Under that number it is looked for, and sent again: it may be there.
    """
    row = row_of(entry.id)
    is_first = row != entry.id and standing.get(row, _NOWHERE).mark == mark_of(entry)
    return msgspec.structs.replace(entry, id=row) if is_first else entry


def _first_standing(entry: Entry, standing: Mapping[EntryId, Standing]) -> Standing:
    """Where an act of a row that stands for several stood before that was known, told of its own number."""
    row = under_its_first_number(entry, standing).id
    return standing[row]._replace(entry=entry.id, why=f"filed as {row}") if row != entry.id else _NOWHERE


def _why_doubled(
    entry: Entry, acts: Sequence[Entry], corrections: Sequence[Entry], standing: Mapping[EntryId, Standing]
) -> str:
    """Why an act of a number that stands for several is a person's, with what they must know of that number."""
    row = row_of(entry.id)
    before = standing.get(row, _NOWHERE)
    is_there = before.state in _MAY_BE_THERE
    known = f"; one of them is {before.state} as {before.where or row}: find out which" if is_there else ""
    corrected = "".join(f"; {each.id} corrects one of them" for each in corrections)
    return f"the number {row} stands for {len(acts)} acts; this one is of station {entry.station}{known}{corrected}"


_NOWHERE: Final = Standing(EntryId(""), State.WAITING)


class Count(NamedTuple):
    """How many entries there are, and how many stand where; finished when all are in one of the four ends."""

    entries: int
    by_state: Mapping[State, int]

    @property
    def is_finished(self) -> bool:
        """Whether every entry is in one of the four ends."""
        return self.entries == sum(self.by_state[state] for state in ENDS)


def count(numbers: Iterable[EntryId], standing: Mapping[EntryId, Standing]) -> Count:
    """Where all numbers stand; one of which nothing is known is waiting."""
    found = Counter(standing.get(number, _NOWHERE).state for number in set(numbers))
    return Count(found.total(), {state: found[state] for state in State})
