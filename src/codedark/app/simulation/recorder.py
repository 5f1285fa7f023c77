"""Shows acts to the logs of the hospital, and keeps what they write."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import BinaryIO, Self

from codedark.events.moments import moment_of
from codedark.simulate.acts import Act
from codedark.simulate.messages import Messages
from codedark.simulate.witness import Witness
from codedark.simulate.witnesses import witnesses
from codedark.simulate.world import World

_BUFFER_BYTES = 1 << 20


def all_witnesses(world: World, *, forwarded: bool = False) -> list[Witness]:
    """Every log of a world, and the archive of its HL7 messages.

    Where records are ``forwarded`` as they are made, nothing is missing: each had left before an attacker deleted it.
    """
    deleted = world.truth.deleted if world.truth and not forwarded else ()
    names = {patient.id: patient.name for patient in world.clinic.patients.values()}
    return [*witnesses(world.site, deleted, names), Messages()]


Look = Callable[[Act], Iterable[bytes]]
Watching = Mapping[type, Sequence[tuple[Witness, Look]]]
"""Who watches each kind of act, and how it looks at one."""


def watching(among: Sequence[Witness]) -> Watching:
    """Who of them watches what."""
    by_kind: defaultdict[type, list[tuple[Witness, Look]]] = defaultdict(list)
    for witness in among:
        for kind in witness.watches:
            by_kind[kind].append((witness, witness.lines))
    return by_kind


class Recorder:
    """Writes what ``among`` see into one file for each witness and day (UTC) below ``out``; counts records and
    bytes.
    """

    def __init__(self, out: Path, among: Sequence[Witness]) -> None:
        self._out = out
        self._pages: dict[str, list[bytes]] = {witness.name: [] for witness in among}
        self._watching = {
            kind: [(lines, self._pages[witness.name]) for witness, lines in those]
            for kind, those in watching(among).items()
        }
        self._witnesses = {witness.name: witness for witness in among}
        self._files: dict[str, tuple[date, BinaryIO]] = {}
        self._stack = ExitStack()
        self.records: Counter[str] = Counter()
        self.octets: Counter[str] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def record(self, acts: Sequence[Act]) -> None:
        """Write down the acts of one slice, which lie on one day."""
        if not acts:
            return
        look = self._watching.get
        for act in acts:
            for lines, page in look(act.__class__, ()):
                page.extend(lines(act))
        day = moment_of(acts[0].at_us).date()
        for name, page in self._pages.items():
            if page:
                octets = b"".join(page)
                self._file(name, day).write(octets)
                self.records[name] += len(page)
                self.octets[name] += len(octets)
                page.clear()

    def _file(self, name: str, day: date) -> BinaryIO:
        opened_on, file = self._files.get(name, (None, None))
        if file and opened_on == day:
            return file
        if file:
            file.close()
        witness = self._witnesses[name]
        path = self._out / path_of(witness, day)
        path.parent.mkdir(parents=True, exist_ok=True)
        file = self._stack.enter_context(path.open("xb", buffering=_BUFFER_BYTES))
        file.write(witness.header(day))
        self._files[name] = (day, file)
        return file


def path_of(witness: Witness, day: date) -> Path:
    """Where a witness's file of a day stands in the folder: messages beside the logs, which other programs read."""
    folder = Path(witness.name) if isinstance(witness, Messages) else Path("logs", witness.name)
    return folder / f"{day.isoformat()}{witness.suffix}"
