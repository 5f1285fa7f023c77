"""Those who settle what back-entry refuses: they look into the record, and take back there what was never to be."""

from __future__ import annotations

from collections.abc import Callable
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

_MOST_ROUNDS = 25


class Looked(Protocol):
    """What a person can do in the target, past everything of ours."""

    def holds(self, act: Act) -> bool: ...
    def take_back(self, act: Act) -> None: ...


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
    sent = {EntryId(number) for number, each in book.decisions().items() if each.what == "send"}
    for entry in refused:
        act = acts[row_of(entry.id)]
        if "who is" in book.standing()[entry.id].why:
            confirm(book, chain.unknown, is_unknown, "records office", now())
            continue
        for gone in [acts[act.replaces]] if act.replaces else [act] if act.row in chain.night.voided() else []:
            if record.holds(gone):
                record.take_back(gone)
        if act.kind == "void" or act.row in chain.night.voided():
            what = "void"
        elif record.holds(act):
            what = "present"
        elif any(row_of(number) == act.row and number != entry.id for number in sent & book.standing().keys()):
            continue  # one of the same row is on its way: look again then
        else:
            what = "send"
            sent.add(entry.id)
        settle(book, entry.id, what, "J. Maes", now())
