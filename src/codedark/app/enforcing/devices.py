"""The devices of an installation, opened from its configuration and the model of the hospital."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import msgspec

from codedark.app.enforcing.books import Books
from codedark.app.enforcing.guarding import indispensable
from codedark.app.enforcing.kinds.directory import DIRECTORY
from codedark.app.enforcing.kinds.kind import DeviceSettings, Kind, Surroundings, Traits
from codedark.app.enforcing.kinds.netconf import NETCONF
from codedark.app.enforcing.kinds.nftables import NFTABLES
from codedark.app.enforcing.kinds.openc2 import OPENC2
from codedark.app.enforcing.kinds.openvswitch import OPEN_VSWITCH
from codedark.app.enforcing.kinds.radius import RADIUS
from codedark.app.enforcing.lifeline_passages import leaning, passages_of
from codedark.app.enforcing.naming import PEOPLE
from codedark.app.enforcing.settings import EnforceSettings
from codedark.app.enforcing.unopened import Unopened
from codedark.app.sections import in_plain_words
from codedark.enforce.contract import Adapter, DeviceId
from codedark.errors import CodeDarkError, UsageError
from codedark.hospital.account import AccountKind
from codedark.hospital.hospital import Hospital

KINDS: Final[Mapping[str, Kind]] = {
    "nftables": NFTABLES,
    "directory": DIRECTORY,
    "radius": RADIUS,
    "openvswitch": OPEN_VSWITCH,
    "openc2": OPENC2,
    "netconf": NETCONF,
}
"""Every kind that may stand in ``[[enforce.devices]]``: one line each, and a module in `kinds`."""


def surroundings(home: Path, hospital: Hospital) -> Surroundings:
    """What adapters need to know of a hospital."""
    held = indispensable(hospital)
    return Surroundings(
        home,
        hospital,
        passages=passages_of(hospital, leaning(hospital)),
        protected_addresses=tuple(sorted({address for each in held for address in hospital.assets[each].addresses})),
        protected_accounts=tuple(
            each.id for each in hospital.accounts.values() if each.kind is AccountKind.BREAK_GLASS
        ),
    )


class OpenDevices:
    """The devices of one configuration and model, by name in the order of the file; none is asked anything.

    They stay open from one opening of the log to the next, because adapters remember: how far a log was read, what a
    switch said, which lease a device has. Raises `UsageError` with the place of a table that is wrong.
    """

    def __init__(self, settings: EnforceSettings, around: Surroundings, where: str = "[enforce]") -> None:
        self._inherited: tuple[int, ...] = ()
        self._around = replace(around, inherited=lambda: self._inherited)
        self._tables: dict[DeviceId, tuple[str, Kind, DeviceSettings]] = {}
        self._open: dict[DeviceId, tuple[object, Adapter]] = {}
        self._orders: Counter[DeviceId] = Counter()
        for number, given in enumerate(settings.devices, 1):
            place = f"{where} [[devices]] number {number}"
            kind, read = _read(given, place)
            name = read.device
            if name == PEOPLE:
                raise UsageError(
                    f"{place}: {PEOPLE} are a device already, who do by hand what no other does: name it else"
                )
            if name in self._tables:
                raise UsageError(f"{place}: there is a device {name} already: give each a name of its own")
            self._tables[name] = (place, kind, read)

    def opened(self, skipped: list[str] | None = None) -> dict[DeviceId, Adapter]:
        """Each of them, opened anew where that failed before or a file that it reads has changed.

        Raises `UsageError` and `UnusableInput` with the place of what is wrong. Where ``skipped`` is given, a device
        whose files are not as they should be answers nothing (`Unopened`), or stays as it was, and why is added there.
        """
        unopened: dict[DeviceId, Adapter] = {}
        for name, (place, kind, read) in self._tables.items():
            files = [_file_stamp(self._around.home / each) for each in read.files if each is not None]
            if name in self._open and self._open[name][0] == files:
                continue
            try:
                self._open[name] = (files, kind.opened(read, self._around))
            except CodeDarkError as error:
                if skipped is None:
                    raise
                what = "what was before holds" if name in self._open else "left out for now"
                skipped.append(f"{place}: {what}: {error}")
                if name not in self._open:
                    unopened[name] = Unopened(name, str(error))
        return {name: unopened[name] if name in unopened else self._open[name][1] for name in self._tables}

    @property
    def traits(self) -> dict[DeviceId, Traits]:
        """What is known of each, whether it answers or not."""
        return {
            name: Traits(kind.does, kind.moves, frozenset(map(str.casefold, read.protects)))
            for name, (_, kind, read) in self._tables.items()
        }

    @contextmanager
    def under(self, lock: int, books: Books, skipped: list[str] | None = None) -> Iterator[dict[DeviceId, Adapter]]:
        """Them, for as long as the log is open; ``lock`` is its open file.

        A device that another program gave orders in between is opened anew: what ours remembers is older than that.
        """
        for name in _orders(books) - self._orders:
            self._open.pop(name, None)
        self._inherited = (lock,)
        try:
            yield self.opened(skipped)
        finally:
            self._inherited = ()
            self._orders = _orders(books)


def _orders(books: Books) -> Counter[DeviceId]:
    """How many orders each device was ever asked for."""
    return Counter(held.order.device for held in books.holding.orders.values())


def _file_stamp(path: Path) -> tuple[int, int] | None:
    """Changes when a file, or who may read it, does; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_ctime_ns


def _read(given: Mapping[str, Any], place: str) -> tuple[Kind, DeviceSettings]:
    name = given.get("kind")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        said = "it lacks kind" if name is None else f"there is no kind {name!r}"
        raise UsageError(f"{place}: {said}: write one of {', '.join(KINDS)}")
    try:
        return kind, msgspec.convert(given, kind.settings)
    except msgspec.ValidationError as error:
        raise UsageError(f"{place} ({name}): {in_plain_words(error)}") from error
