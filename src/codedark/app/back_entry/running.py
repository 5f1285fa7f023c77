"""A run of back-entry: every entry that is not settled is looked for, compared, sent once, and written in the book."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from codedark.app.back_entry.target import Doubt, Target, is_admission
from codedark.continuity.entry import Entry, EntryId, Void, apart
from codedark.continuity.numbers import is_valid
from codedark.continuity.reconcile import SETTLED, Count, Standing, State, count, plan
from codedark.errors import UsageError
from codedark.exchange.sender import NotAccepted, NotDelivered
from codedark.store.back_entry_book import Book, Decision

NEW: Final = "new"
SETTLEMENTS: Final = {"present": State.PRESENT, "void": State.VOIDED, "send": State.WAITING}
"""What a person may say of an entry that was refused."""
_TRIES: Final = 4
_FIRST_PAUSE_SECONDS: Final = 0.5
Charted = tuple[Sequence[Entry], Sequence[Sequence[Entry]]]
"""What the wards charted: entries, and conflicts."""


def run(
    charted: Charted, book: Book, target: Target, now_us: Callable[[], int], pause: Callable[[float], None] = time.sleep
) -> Count:
    """Send what is to be sent; returns where all stand. Raises `NotDelivered` where the target does not answer, and
    `BookFailed`; then the same run again goes on, and doubles nothing.

    1. What needs no sending is written first: voids, conflicts.
    2. Then each entry in its order (`_one`), and what a person said is to be sent.
    """
    entries, conflicts = charted
    planned = plan(entries, conflicts, book.standing())
    decisions = book.decisions()
    by_number = {each.id: each for each in acts_of(charted) if not isinstance(each.content, Void)}
    said = {each.entry for each in planned.standing if _is_to_be_sent(each, decisions)} & by_number.keys()
    for each in planned.standing:  # (1)
        if each.entry in said:
            continue
        book.write(_settled(each, decisions) or each._replace(at_us=now_us()))
    for entry in [*planned.to_send, *(by_number[each] for each in sorted(said))]:  # (2)
        before = book.standing().get(entry.id, Standing(entry.id, State.WAITING))
        if before.state not in SETTLED:
            _one(entry, before, book, decisions, target, now_us, pause)
    return counted(charted, book)


def counted(charted: Charted, book: Book) -> Count:
    """Where all entries of the wards stand."""
    return count((each.id for each in acts_of(charted)), book.standing())


def acts_of(charted: Charted) -> list[Entry]:
    """All that was charted; acts of a number that stands for several under numbers of their own."""
    entries, conflicts = charted
    return [*entries, *(apart(act) for acts in conflicts for act in acts)]


def meant(conflicts: Sequence[Sequence[Entry]], number: EntryId, which: str = "") -> EntryId:
    """The number of the one act that somebody means: ``which`` is its station or the beginning of its hash, which may
    also stand behind the number and a dash. Raises `UsageError` where a number stands for several acts and it is not
    said which.
    """
    row, _, mark = number.partition("-")
    acts = [apart(act) for acts in conflicts if acts[0].id == row for act in acts]
    said = (which or mark).strip()
    if not acts or any(act.id == number for act in acts):
        return number
    found = [act for act in acts if said and (act.station == said or act.id.startswith(f"{row}-{said.upper()}"))]
    if len(found) != 1:
        these = "; ".join(f"{act.id}, station {act.station}, by {act.author}" for act in acts)
        raise UsageError(f"{row}: stands for {len(acts)} acts: say which, as --which {acts[0].id[-8:]}. {these}")
    return found[0].id


def settle(book: Book, number: EntryId, what: str, person: str, at_us: int) -> None:
    """Keep what a person says of an entry that was refused; of which act, `meant` tells. Raises `UsageError`."""
    standing = book.standing().get(number)
    if standing is None or standing.state is not State.REFUSED:
        stands = standing.state if standing else "not in the book"
        raise UsageError(f"{number}: is {stands}: only what was refused is settled by a person")
    if what not in SETTLEMENTS:
        raise UsageError(f"{what}: say {', '.join(SETTLEMENTS)}")
    book.decide(Decision(number, what, _named(person), at_us))
    if what != "send":
        book.write(Standing(number, SETTLEMENTS[what], why=f"settled by {person}", at_us=at_us))


def confirm(book: Book, number: str, is_: str, person: str, at_us: int) -> None:
    """Keep who a reserved patient number is: `NEW`, or the number of somebody in the record. Raises `UsageError`."""
    if not is_valid(number) or number[0] != "P":
        raise UsageError(f"{number}: is no reserved patient number: only those have to be confirmed")
    book.decide(Decision(number, is_, _named(person), at_us))


def proven(entries: Iterable[Entry], book: Book, target: Target) -> list[str]:
    """Look for every filed entry in the target; a sentence for each that is not there exactly once."""
    standing, wrong = book.standing(), list[str]()
    for entry in entries:
        if standing.get(entry.id, Standing(entry.id, State.WAITING)).state is State.FILED:
            try:
                where = target.find(entry)
            except Doubt as doubt:
                wrong.append(f"{entry.id}: {doubt}")
                continue
            if not where:
                wrong.append(f"{entry.id}: the book says filed, the target does not have it")
    return wrong


def _one(
    entry: Entry, before: Standing, book: Book, decisions: Mapping[str, Decision], target: Target,
    now_us: Callable[[], int], pause: Callable[[float], None],
) -> None:  # fmt: skip
    """One entry.

    1. What was on its way, or was never sent, is looked for: it is filed, or somebody else brought it there.
    2. Whom it is about is made sure, by the record and by a person where the number is a reserved one.
    3. What others filed that may be the same goes to a person, unless one said that it is to be sent.
    4. It is sent.
    """
    try:
        if where := target.find(entry):  # (1)
            state = State.FILED if before.state is State.SENDING else State.PRESENT
            book.write(Standing(entry.id, state, where, at_us=now_us()))
            return
        patient = _patient_of(entry, decisions, target)  # (2)
        is_sure = (decided := decisions.get(entry.id)) is not None and decided.what == "send"
        alike = [] if is_sure or not patient or before.state is State.SENDING else target.alike(entry, patient)
        if alike:  # (3)
            raise Doubt(f"is this the same? {'; '.join(alike)}. Compare, then settle it")
        where = _send(entry, patient, book, target, now_us, pause)  # (4)
        standing = Standing(entry.id, State.FILED, where)
    except (Doubt, NotAccepted) as refused:
        standing = Standing(entry.id, State.REFUSED, why=str(refused), owner=entry.author)
    book.write(standing._replace(at_us=now_us()))


def _send(
    entry: Entry, patient: str, book: Book, target: Target, now_us: Callable[[], int], pause: Callable[[float], None]
) -> str:
    """Send; where no answer comes, look whether it arrived before it is sent again. Raises `NotDelivered`."""
    book.write(Standing(entry.id, State.SENDING, at_us=now_us()))
    wait = _FIRST_PAUSE_SECONDS
    for tries_left in reversed(range(_TRIES)):
        try:
            return target.send(entry, patient)
        except NotAccepted:
            raise
        except NotDelivered:
            pause(wait)
            if where := target.find(entry):
                return where
            if not tries_left:
                raise
            wait *= 2
    raise AssertionError


def _patient_of(entry: Entry, decisions: Mapping[str, Decision], target: Target) -> str:
    """What the target calls the entry's patient; "" for one whom this admission makes."""
    number, checked = entry.patient, entry.checked
    if not (is_valid(number) and number[0] == "P"):
        return target.patient(number, checked)
    decided = decisions.get(number)
    if decided is None:
        raise Doubt(
            f"who is {number}? Say it with `codedark backentry confirm {number}`: somebody in the record, or new"
        )
    if decided.what == NEW:
        return "" if is_admission(entry) else target.patient(number, ())
    return target.patient(type(number)(decided.what), ())


def _is_to_be_sent(standing: Standing, decisions: Mapping[str, Decision]) -> bool:
    decided = decisions.get(standing.entry)
    return standing.state is State.REFUSED and decided is not None and decided.what == "send"


def _settled(standing: Standing, decisions: Mapping[str, Decision]) -> Standing | None:
    decided = decisions.get(standing.entry)
    if decided is None or decided.what == "send" or standing.state is not State.REFUSED:
        return None
    return Standing(standing.entry, SETTLEMENTS[decided.what], why=f"settled by {decided.person}", at_us=decided.at_us)


def _named(person: str) -> str:
    if not person.strip():
        raise UsageError("say --by who decides")
    return person.strip()
