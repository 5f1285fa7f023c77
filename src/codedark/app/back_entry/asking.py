"""What a person is asked before an entry is sent, by the wards' own entries and the book: its time, order and stop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from codedark.app.back_entry.target import Doubt
from codedark.app.ward.times import shown
from codedark.continuity.entries.drugs_since import stops_of
from codedark.continuity.entries.entry import Entry, EntryId, Stop, row_of
from codedark.continuity.entries.reconcile import Standing, State
from codedark.continuity.packs.numbers import is_valid
from codedark.store.back_entry_book import Book

TO_COME: Final = "is its time right?"
_SLACK_US: Final = 5 * 60_000_000
"""By how much the clocks of a ward and of this machine may differ."""


def ask_about_its_order(what: Stop, book: Book) -> None:
    """Raises `Doubt` where a target that cannot be asked would be told to stop an order that it was never sent."""
    order = EntryId(what.order)
    if is_valid(row_of(order)) and (state := book.of(order).state) is not State.FILED:
        raise Doubt(f"the order {order} of the ward is {state}: see that it does not go on, then settle this one")


def ask_about_its_stop(entry: Entry, acts: Iterable[Entry]) -> None:
    """Raises `Doubt` where nothing would stop an order that the ward stopped: every stop of it names what it was before
    it was corrected, and ends that, or nothing.
    """
    stops = stops_of(entry, [each for each in acts if each.patient == entry.patient])
    named = {stop.content.order for stop in stops if isinstance(stop.content, Stop)}
    if stops and not named & {entry.id, row_of(entry.id)}:
        numbers = ", ".join(stop.id for stop in stops)
        raise Doubt(
            f"the ward stopped this order ({numbers}) under a number that it had before it was corrected: it is not"
            " sent, for it would go on. Enter it there by hand, as stopped, then settle this one as present"
        )


def ask_about_its_time(entry: Entry, before: Standing, now_us: int) -> None:
    """Raises `Doubt` where the act was done later than now; waiting answers nothing, so it is also asked later."""
    if before.why.startswith(TO_COME):
        raise Doubt(before.why)
    if entry.effective_us > now_us + _SLACK_US:
        raise Doubt(
            f"{TO_COME} It was charted as done at {shown(entry.effective_us)}, and it is {shown(now_us)} now: the"
            f" clock of station {entry.station} may have been wrong. Find out, then settle it"
        )
