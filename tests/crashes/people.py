"""Those who settle what back-entry refuses: they look into the record, and take back there what was never to be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count as counting
from typing import Protocol

from codedark.app.back_entry.running import acts_of, confirm, counted, proven, settle
from codedark.app.back_entry.whose import NEW
from codedark.continuity.entries.entry import Entry, EntryId, row_of
from codedark.continuity.entries.reconcile import State
from codedark.errors import CodeDarkError
from codedark.store.back_entry_book import Book
from tests.crashes.acts import Act
from tests.crashes.chain import Chain
from tests.crashes.orders import Life, life_of, lives_of
from tests.crashes.stopped import GOES_ON, STOPPED, TAKEN_BACK, There

_MOST_ROUNDS = 25
_BY_HAND = ("by hand", "see that it does not go on")
"""What the program says where a person has to do it."""


class Looked(Protocol):
    """What a person can do in the target, past everything of ours."""

    by_hand: set[str]

    def holds(self, act: Act) -> bool: ...
    def take_back(self, act: Act) -> None: ...
    def enter(self, act: Act, stopped_why: str) -> None: ...
    def change(self, number: str, status: str, why: str) -> None: ...
    def orders(self) -> list[There]: ...


def finished(chain: Chain, record: Looked, is_unknown: str = NEW) -> list[str]:
    """Run, settle, and run again, until every entry has its end; what the proof of the last run says is wrong."""
    ticks = counting(10_000_000)
    for _ in range(_MOST_ROUNDS):
        try:
            chain.enter(0)
        except CodeDarkError as error:
            chain.was_told.append(str(error))
            continue
        charted = chain.joined()
        by_number = {each.id: each for each in acts_of(charted)}
        with Book(chain.folder(0) / "backentry.db") as book:
            refused = [
                each for each in book.standing().values() if each.state is State.REFUSED and each.entry in by_number
            ]
            if not refused and counted(charted, book).is_finished:
                return proven(by_number.values(), book, chain.target) if chain.target.can_be_asked else []
            _settled(chain, record, book, [by_number[each.entry] for each in refused], is_unknown, lambda: next(ticks))
    with Book(chain.folder(0) / "backentry.db") as book:
        raise AssertionError(f"never finished: {chain.was_told[-3:]} {list(book.standing().values())}")


def _settled(
    chain: Chain, record: Looked, book: Book, refused: list[Entry], is_unknown: str, now: Callable[[], int]
) -> None:
    acts = {act.row: act for _, act in chain.night.acts}
    lives = lives_of(list(acts.values()), chain.night.voided())
    sent = {EntryId(number) for number, each in book.decisions().items() if each.what == "send"}
    for entry in refused:
        act, why = acts[row_of(entry.id)], book.standing()[entry.id].why
        if "who is" in why:
            confirm(book, chain.unknown, is_unknown, "records office", now())
            continue
        for gone in [acts[act.replaces]] if act.replaces else [act] if act.row in chain.night.voided() else []:
            if record.holds(gone):
                take_back(record, gone, lives)
        if act.kind == "void" or act.row in chain.night.voided():
            what = "void"
        elif record.holds(act):
            what = "present"
        elif any(row_of(number) == act.row and number != entry.id for number in sent & book.standing().keys()):
            continue  # one of the same row is on its way: look again then
        elif any(told in why for told in _BY_HAND):
            what = _done(record, act, lives)
        else:
            what = "send"
            sent.add(entry.id)
        if what != "send" and act.kind == "stop":
            record.by_hand.add(act.row)
        if what:
            settle(book, entry.id, what, "J. Maes", now())


def take_back(record: Looked, act: Act, lives: Sequence[Life]) -> None:
    """Take back there what was never to be. An order goes on again, unless another stop of it holds."""
    if act.kind != "stop":
        record.take_back(act)
        return
    others = [each for each in life_of(act.fields["order"], lives).stops if each is not act]
    for there in record.orders():
        if there.status == STOPPED and act.marker in there.why:
            record.change(there.number, STOPPED if others else GOES_ON, others[0].marker if others else "")


def _done(record: Looked, act: Act, lives: Sequence[Life]) -> str:
    """Do by hand what the program asks for: what is said of the entry then, "" where its order is still to come."""
    if act.kind == "order":
        record.enter(act, life_of(act.row, lives).stops[0].marker)
        record.by_hand.add(act.row)
        return "present"
    life = life_of(act.fields["order"], lives)
    if not life.holds:
        return "void"
    for there in record.orders():
        if there.number == life.holds and there.status != TAKEN_BACK:
            if there.status != STOPPED or not any(each.marker in there.why for each in life.stops):
                record.change(there.number, STOPPED, act.marker)
            return "present"
    return ""
