"""A run of back-entry: every entry that is not settled is looked for, compared, sent once, and written in the book."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from codedark.app.back_entry.asking import TO_COME, ask_about_its_order, ask_about_its_stop, ask_about_its_time
from codedark.app.back_entry.target import Doubt, Target
from codedark.app.back_entry.whose import Admitted, admitted, patient_of, said_of
from codedark.continuity.entries.entry import Entry, EntryId, Stop, Void, apart, mark_of, row_of
from codedark.continuity.entries.reconcile import SETTLED, Count, Standing, State, count, plan, under_its_first_number
from codedark.continuity.packs.numbers import is_valid
from codedark.errors import UsageError
from codedark.exchange.sender import Faltered, NotAccepted, NotDelivered
from codedark.store.back_entry_book import Book, Decision

SETTLEMENTS: Final = {"present": State.PRESENT, "void": State.VOIDED, "send": State.WAITING}
"""What a person may say of an entry that was refused."""
_COMPARED: Final = "send compared"
"""That somebody compared it with what is there, and it is to be sent; `send` of another doubt settles only that one."""
_TIMED: Final = "send at its time"
"""That somebody made sure of a time that was still to come, and it is to be sent."""
_SENT: Final = {"send", _COMPARED, _TIMED}
_SAME: Final = "is this the same?"
_TRIES: Final = 4
_FIRST_PAUSE_SECONDS: Final = 0.5
Charted = tuple[Sequence[Entry], Sequence[Sequence[Entry]]]
"""What the wards charted: entries, and conflicts."""


class _Ward(NamedTuple):
    """All acts of the wards, and who came in under which reserved number."""

    acts: Sequence[Entry]
    admitted: Admitted


def run(
    charted: Charted, book: Book, target: Target, now_us: Callable[[], int], pause: Callable[[float], None] = time.sleep
) -> Count:
    """Send what is to be sent; returns where all stand. Raises `NotDelivered` where the target does not answer, and
    `BookFailed`; then the same run again goes on, and doubles nothing.

    1. What was on its way when a run ended is looked for: it is filed, or not sent, and what replaced it may hold.
    2. What needs no sending is written: voids, conflicts.
    3. Then each entry in its order (`_one`), and what a person said is to be sent.
    """
    _look_for_what_was_on_its_way(charted, book, target, now_us)  # (1)
    entries, conflicts = charted
    planned = plan(entries, conflicts, book.standing())
    acts = acts_of(charted)
    decisions, ward = book.decisions(), _Ward(acts, admitted(acts))
    by_number = {each.id: each for each in acts if not isinstance(each.content, Void)}
    said = {each.entry for each in planned.standing if _is_to_be_sent(each, decisions)} & by_number.keys()
    for each in planned.standing:  # (2)
        if each.entry in said:
            continue
        book.write(_settled(each, decisions) or each._replace(at_us=now_us()))
    for entry in [*planned.to_send, *(by_number[each] for each in sorted(said))]:  # (3)
        before = book.of(entry.id)
        if before.state not in SETTLED:
            _one(entry, before, book, ward, decisions, target, now_us, pause)
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
    answers = {_SAME: _COMPARED, TO_COME: _TIMED} if what == "send" else {}
    said = next((answer for asked, answer in answers.items() if standing.why.startswith(asked)), what)
    book.decide(Decision(number, said, _named(person), at_us))
    if what != "send":
        book.write(Standing(number, SETTLEMENTS[what], why=f"settled by {person}", at_us=at_us))


def confirm(book: Book, number: str, is_: str, person: str, at_us: int, born: str = "") -> None:
    """Keep who a reserved patient number is: `NEW`, or the number of somebody in the record and the date of birth that
    the record has of them. Raises `UsageError`.
    """
    if not is_valid(number) or number[0] != "P":
        raise UsageError(f"{number}: is no reserved patient number: only those have to be confirmed")
    book.decide(Decision(number, said_of(is_, born), _named(person), at_us))


def proven(entries: Iterable[Entry], book: Book, target: Target) -> list[str]:
    """Look for every filed and voided entry in the target; a sentence for each that is not there exactly once, and for
    each that was voided and is there: a request that the network held back comes when it comes.
    """
    standing, wrong = book.standing(), list[str]()
    for entry in entries:
        state = standing.get(entry.id, Standing(entry.id, State.WAITING)).state
        if state not in {State.FILED, State.VOIDED}:
            continue
        try:
            where = target.find(under_its_first_number(entry, standing))
        except Doubt as doubt:
            wrong.append(f"{entry.id}: {doubt}")
            continue
        if state is State.FILED and not where:
            wrong.append(f"{entry.id}: the book says filed, the target does not have it")
        if state is State.VOIDED and where:
            wrong.append(f"{entry.id}: is voided, and the target has it as {where}: take it back there")
    return wrong


def _look_for_what_was_on_its_way(charted: Charted, book: Book, target: Target, now_us: Callable[[], int]) -> None:
    standing = book.standing()
    for entry in acts_of(charted):
        sent = under_its_first_number(entry, standing)
        if target.can_be_asked and sent.id in standing and (before := standing[sent.id]).state is State.SENDING:
            with suppress(Doubt):  # told when it is its turn
                where = target.find(sent)
                state = State.FILED if where else State.WAITING
                book.write(before._replace(state=state, where=where, at_us=now_us()))


def _one(
    entry: Entry, before: Standing, book: Book, ward: _Ward, decisions: Mapping[str, Decision],
    target: Target, now_us: Callable[[], int], pause: Callable[[float], None],
) -> None:  # fmt: skip
    """One entry.

    1. It is looked for, also where it was never sent: it is filed, or somebody else brought it there.
    2. A time that is still to come goes to a person.
    3. Whom it is about is made sure, by the record and by a person where the number is a reserved one.
    4. A stop waits while the order of the ward that it ends is with a person. One of an order that did not arrive goes
       to a person: sent later, the order would stand. So does an order of the ward of which every stop names what
       it was before it was corrected: sent, it would go on.
    5. What others filed that may be the same goes to a person, unless one said that it is to be sent.
    6. It is sent.
    """
    number, row = entry.id, row_of(entry.id)
    entry = under_its_first_number(entry, {row: book.of(row)})
    was_sent = before.mark == mark_of(entry) or number != entry.id
    try:
        if where := target.find(entry):  # (1)
            state = State.FILED if was_sent else State.PRESENT
            book.write(Standing(number, state, where, at_us=now_us(), mark=mark_of(entry) if was_sent else ""))
            return
        decided = decisions[number].what if number in decisions else ""
        if before.state is not State.SENDING and decided not in {_TIMED, _COMPARED}:
            ask_about_its_time(entry, before, now_us())  # (2)
        patient = patient_of(entry, ward.admitted, decisions, target)  # (3)
        is_sure = decided == _COMPARED
        if isinstance(entry.content, Stop):  # (4)
            if book.of(EntryId(entry.content.order)).state is State.REFUSED:
                return
            if not target.can_be_asked:
                ask_about_its_order(entry.content, book)
        ask_about_its_stop(entry, ward.acts)
        alike = [] if is_sure or not patient or before.state is State.SENDING else target.alike(entry, patient)
        if alike:  # (5)
            raise Doubt(f"{_SAME} {'; '.join(alike)}. Compare, then settle it")
        where = _send(entry, patient, book, target, now_us, pause)  # (6)
        standing = Standing(number, State.FILED, where, mark=mark_of(entry))
    except (Doubt, NotAccepted) as refused:
        standing = Standing(number, State.REFUSED, why=str(refused), owner=entry.author, mark=before.mark)
    book.write(standing._replace(at_us=now_us()))


def _send(
    entry: Entry, patient: str, book: Book, target: Target, now_us: Callable[[], int], pause: Callable[[float], None]
) -> str:
    """Send; where no answer comes, or none that settles it, look whether it arrived before it is sent again. Raises
    `NotDelivered`, and `NotAccepted` where the last answer was a no.
    """
    book.write(Standing(entry.id, State.SENDING, at_us=now_us(), mark=mark_of(entry)))
    wait = _FIRST_PAUSE_SECONDS
    for tries_left in reversed(range(_TRIES)):
        try:
            return target.send(entry, patient)
        except NotDelivered as error:
            if isinstance(error, NotAccepted) and not isinstance(error, Faltered):
                raise
            pause(wait)
            if where := target.find(entry):
                return where
            if not tries_left:
                raise
            wait *= 2
    raise AssertionError


def _is_to_be_sent(standing: Standing, decisions: Mapping[str, Decision]) -> bool:
    decided = decisions.get(standing.entry)
    return standing.state is State.REFUSED and decided is not None and decided.what in _SENT


def _settled(standing: Standing, decisions: Mapping[str, Decision]) -> Standing | None:
    decided = decisions.get(standing.entry)
    if decided is None or decided.what in _SENT or standing.state is not State.REFUSED:
        return None
    return Standing(standing.entry, SETTLEMENTS[decided.what], why=f"settled by {decided.person}", at_us=decided.at_us)


def _named(person: str) -> str:
    if not person.strip():
        raise UsageError("say --by who decides")
    return person.strip()
