"""The log and what follows from it, kept in step: nothing is believed that is not on disk."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from codedark.app.enforcing.entries import Entry, Stood, decoded, encoded
from codedark.app.enforcing.holding import HeldOrder, folded
from codedark.enforce.contract import Adapter, DeviceId, OrderId, Reading, Standing, standing
from codedark.errors import UnusableInput
from codedark.store.case_log.case_log import CaseLog

Devices = Mapping[DeviceId, Adapter]


class Books:
    """One case log with its `codedark.app.enforcing.holding.Holding`. ``clock`` tells microseconds since 1970 UTC.

    Raises `UnusableInput` for a line that this version does not know: who cannot read all of it must not act on it.
    """

    def __init__(self, log: CaseLog, clock: Callable[[], int]) -> None:
        self.now_us: Final = clock
        self._log = log
        try:
            self.holding: Final = folded(decoded(line.text) for line in log.lines())
        except ValueError as error:
            raise UnusableInput(
                f"{error}: start the version that wrote it, or see on the devices what stands"
            ) from error

    def write(self, entry: Entry) -> None:
        """Have an entry on disk, then follow it. Raises `codedark.store.case_log.case_log.CaseLogFailed`."""
        self._log.append(encoded(entry))
        self.holding.take(entry)

    def hear(self, orders: Iterable[HeldOrder], readings: Iterable[Reading]) -> dict[str, Standing]:
        """Write down what a device says of orders, where that is news; how each stands, by its id."""
        said = {reading.thing: reading for reading in readings}
        heard, why = {}, {}
        for held in orders:
            own = [said[change.thing] for change in held.changes if change.thing in said]
            heard[held.order.id] = standing(held.changes, own)
            why[held.order.id] = "; ".join(sorted({reading.why for reading in own if reading.why}))
        self.note(heard, why)
        return {str(name): stands for name, stands in heard.items()}

    def note(
        self, standing: Mapping[OrderId, Standing], why: Mapping[OrderId, str], anew: Collection[OrderId] = ()
    ) -> None:
        """Write down how orders stand where that is news, one line for each reason; what is in ``anew`` always is.

        Another reason alone is news only where a person gave it: what devices say of a failure may have a time in it,
        and would be another one at each heartbeat.
        """
        news: dict[str, dict[OrderId, Standing]] = {}
        for name, stands in standing.items():
            held = self.holding.orders[name]
            said_anew = stands is Standing.WAITING and held.why != why[name]
            if held.standing is not stands or said_anew or name in anew:
                news.setdefault(why[name], {})[name] = stands
        for reason, orders in news.items():
            self.write(Stood(at_us=self.now_us(), standing=orders, why=reason))
