"""The ATT&CK matrix of a hunt: the tactics in order, under each the techniques that fired."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from codedark.app.amounts import amount
from codedark.app.attack import Tactic, Technique, attack, placements
from codedark.app.tally import Group
from codedark.detect.finding import Level

CELLS = 12


@dataclass(slots=True)
class Cell:
    """One technique under one tactic: how often it fired, on how many hosts, how seriously."""

    technique: Technique | None
    count: int = 0
    worst: Level = Level.INFORMATIONAL
    hosts: set[str] = field(default_factory=set)

    @property
    def id(self) -> str:
        """The technique id, or "" where rules name the tactic alone."""
        return self.technique.id if self.technique else ""

    @property
    def name(self) -> str:
        """The technique's name as far as the table knows it."""
        if self.technique is None:
            return "no technique of this tactic"
        if not self.technique.name:
            return f"not in ATT&CK {attack().version}"
        return self.technique.name

    @property
    def full_name(self) -> str:
        """The name of a sub-technique behind that of its technique; else `name`."""
        parent = attack().technique(self.technique.parent) if self.technique else None
        return self.name if parent in (None, self.technique) or not parent else f"{parent.name}: {self.name}"

    def add(self, group: Group) -> None:
        """Count a group."""
        self.count += group.count
        self.worst = max(self.worst, group.rule.level)
        self.hosts.add(group.host)


@dataclass(frozen=True, slots=True)
class Column:
    """One tactic with its cells, the most serious first; ``more`` cells are left out."""

    name: str
    id: str
    cells: tuple[Cell, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """All tactics in order, also those under which nothing fired. ``untagged``: findings of rules without
    ATT&CK tags.
    """

    version: str
    columns: tuple[Column, ...]
    untagged: int

    @property
    def fired(self) -> int:
        """Number of tactics under which something fired."""
        return sum(bool(column.cells) for column in self.columns)


def matrix(groups: Iterable[Group]) -> Matrix:
    """What fired, by tactic and technique. A technique stands under each tactic that the rule names for
    it.
    """
    cells: dict[Tactic | None, dict[Technique | None, Cell]] = {}
    untagged = 0
    for group in groups:
        placed = placements(group.rule.tags)
        untagged += 0 if placed else group.count
        for tactic, technique in placed:
            cells.setdefault(tactic, {}).setdefault(technique, Cell(technique)).add(group)
    columns = [_column(tactic.name, tactic.id, cells.get(tactic, {}).values()) for tactic in attack().tactics.values()]
    if without := cells.get(None):
        columns.append(_column("Tactic unknown", "", without.values()))
    return Matrix(attack().version, tuple(columns), untagged)


def matrix_note(result: Matrix) -> str:
    """What the matrix leaves out, "" for nothing."""
    return f"{amount(result.untagged, 'finding')} of rules that name no tactic or technique." if result.untagged else ""


def _column(name: str, tactic_id: str, cells: Iterable[Cell]) -> Column:
    ordered = sorted(cells, key=lambda cell: (cell.technique is None, -cell.worst, -cell.count, cell.id))
    return Column(name, tactic_id, tuple(ordered[:CELLS]), max(len(ordered) - CELLS, 0))
