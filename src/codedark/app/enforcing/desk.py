"""Where acts are ordered from: configuration, model, case log and devices of an installation, opened together.

Who opens it holds the log's lock for as long as it is open, which is seconds (`docs/adr/0014-who-acts-on-what.md`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from codedark.app.enforcing.books import Books
from codedark.app.enforcing.devices import OpenDevices, surroundings
from codedark.app.enforcing.guarded import Guarded
from codedark.app.enforcing.holding import Stage
from codedark.app.enforcing.kinds.kind import Surroundings, Traits
from codedark.app.enforcing.lifeline_passages import leaning, probes_of
from codedark.app.enforcing.lost_tasks import highest_number
from codedark.app.enforcing.naming import PEOPLE
from codedark.app.enforcing.parts import OF_A_MACHINE, Part
from codedark.app.enforcing.probing import Probe, TcpProbes
from codedark.app.enforcing.reading import (
    CASE_LOG,
    TASKS,
    refuse_other_user,
    settings_and_model,
    settings_and_model_or_none,
    wall_clock_us,
)
from codedark.app.enforcing.settings import EnforceSettings
from codedark.app.watching.configuration import FILE
from codedark.contain.lifelines import Reach
from codedark.enforce.by_hand.runbook import Runbook
from codedark.enforce.contract import Adapter, DeviceId, Order
from codedark.hospital.asset import AssetId
from codedark.hospital.hospital import Hospital
from codedark.store.case_log.case_log import CaseLog


@dataclass(frozen=True, slots=True)
class Desk:
    """All of it, as long as the log is open. ``people`` are among the ``devices`` too; ``traits`` say what is known of
    each other device, whether it answers or not.
    """

    home: Path
    settings: EnforceSettings
    hospital: Hospital
    reaches: tuple[Reach, ...]
    books: Books
    devices: dict[DeviceId, Adapter]
    people: Runbook
    lifelines: TcpProbes
    traits: Mapping[DeviceId, Traits]

    @property
    def standing(self) -> tuple[Part, ...]:
        """What stands or may stand now, as parts."""
        held = self.books.holding.at(Stage.INTENDED, Stage.STANDS, Stage.WITHDRAWING)
        return tuple(part_of(self.hospital, each.order) for each in held)


@dataclass(frozen=True, slots=True)
class Ground:
    """What is read once: configuration, the model, what follows from them, and devices, open as long as both hold."""

    settings: EnforceSettings
    around: Surroundings
    reaches: tuple[Reach, ...]
    devices: OpenDevices


def ground_of(home: Path) -> Ground:
    """Raises `UsageError` and `UnusableInput` for a configuration or a model that cannot be used."""
    return _ground(home, *settings_and_model(home))


def ground_to_undo(home: Path, wrong: list[str]) -> Ground:
    """The same for what only takes back: adapters set back what was stored, and need no model for it.

    Nothing must be ordered or renewed with it, because without the model nobody knows what lifelines need. Raises
    `UsageError` and `UnusableInput` for a configuration; what is wrong with the model is added to ``wrong``.
    """
    return _ground(home, *settings_and_model_or_none(home, wrong))


def _ground(home: Path, settings: EnforceSettings, hospital: Hospital) -> Ground:
    around = surroundings(home, hospital)
    return Ground(settings, around, leaning(hospital), OpenDevices(settings, around, f"{home / FILE}: [enforce]"))


@contextmanager
def opened_desk(
    home: Path, *, ground: Ground | None = None, skipped: list[str] | None = None, patience_seconds: float = 60.0
) -> Iterator[Desk]:
    """Open everything; waits for who has the log now. No device is asked anything.

    Raises `UsageError` and `UnusableInput`; ``skipped`` as in `codedark.app.enforcing.devices.OpenDevices`.
    """
    ground = ground or ground_of(home)
    refuse_other_user(home)
    settings, hospital = ground.settings, ground.around.hospital
    with CaseLog(home / CASE_LOG, patience_seconds) as log:
        books = Books(log, wall_clock_us)
        with ground.devices.under(log.lock, books, skipped) as found:
            devices: dict[DeviceId, Adapter] = {name: Guarded(each) for name, each in found.items()}
            people = Runbook(PEOPLE, home / TASKS, wall_clock_us, lambda: highest_number(books.holding))
            devices[PEOPLE] = people
            by_hand = [Probe(each.name, each.address, each.port) for each in settings.probes]
            probes = TcpProbes([*by_hand, *probes_of(hospital, ground.reaches)])
            traits = ground.devices.traits
            yield Desk(home, settings, hospital, ground.reaches, books, devices, people, probes, traits)


def part_of(hospital: Hospital, order: Order) -> Part:
    """An order that was given, as a part: of a machine whose addresses nobody knows too."""
    named = AssetId(order.action.partition(":")[2])
    asset = named if order.kind in OF_A_MACHINE and named in hospital.assets else None
    return Part(order.action, order.kind, order.action, order.tier, order.addresses, order.ways, order.accounts, asset)
