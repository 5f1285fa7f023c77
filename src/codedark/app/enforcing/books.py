"""The log and what follows from it, kept in step: nothing is believed that is not on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from codedark.app.enforcing.entries import Entry, Stood, decoded, encoded
from codedark.app.enforcing.holding import HeldOrder, folded
from codedark.enforce.contract import Adapter, DeviceId, Reading, Standing, standing
from codedark.errors import UnusableInput
from codedark.store.case_log import CaseLog

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
        """Have an entry on disk, then follow it. Raises `codedark.store.case_log.CaseLogFailed`."""
        self._log.append(encoded(entry))
        self.holding.take(entry)

    def hear(self, orders: Iterable[HeldOrder], readings: Iterable[Reading]) -> dict[str, Standing]:
        """Write down what a device says of orders, where that is news; how each stands, by its id."""
        readings = list(readings)
        heard = {held.order.id: standing(held.changes, readings) for held in orders}
        why = "; ".join(sorted({reading.why for reading in readings if reading.why}))
        news = {name: stands for name, stands in heard.items() if self.holding.orders[name].standing is not stands}
        if news:
            self.write(Stood(at_us=self.now_us(), standing=news, why=why))
        return {str(name): stands for name, stands in heard.items()}
