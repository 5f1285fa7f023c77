"""A problem as a file, so that whoever checks a certificate has what it speaks of: JSON, an object for each part.

What is infinite is ``null``. A need is ``{"thing": n}``, ``{"service": n}`` or ``{"at_least": n, "of": [...]}``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np

from codedark.contain.problem import (
    AtLeast,
    Cuts,
    Floats,
    Ints,
    Need,
    Other,
    Problem,
    Services,
    Sets,
    Spread,
    Thing,
    leaves,
)
from codedark.errors import UnusableInput

_DEEPEST = 100
_Row = tuple[int, ...]
_Number = float | None


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class _Action(_Part, frozen=True):
    cuts: _Row
    down: _Row
    apply_hours: _Number
    staff_minutes: float
    harm: float


class _Service(_Part, frozen=True):
    needs: dict[str, Any]
    while_cut: float
    while_taken: float
    urgent: bool


class _File(_Part, frozen=True):
    sources: _Row
    targets: _Row
    rates: tuple[_Number, ...]
    beliefs: tuple[float, ...]
    reached: tuple[float, ...]
    actions: tuple[_Action, ...]
    services: tuple[_Service, ...]
    horizon_hours: float
    staff_minutes: _Number


def written(problem: Problem) -> bytes:
    """The file, one line."""
    spread, cuts, services = problem.spread, problem.cuts, problem.services
    file = _File(
        tuple(spread.sources.tolist()),
        tuple(spread.targets.tolist()),
        tuple(map(_finite, spread.rates.tolist())),
        tuple(spread.beliefs.tolist()),
        tuple(problem.reached.tolist()),
        tuple(
            _Action(
                tuple(cuts.cuts[each].tolist()),
                tuple(cuts.down[each].tolist()),
                _finite(float(cuts.apply_hours[each])),
                float(cuts.staff_minutes[each]),
                float(cuts.harm[each]),
            )
            for each in range(len(cuts))
        ),
        tuple(
            _Service(
                _told(services.needs[each]),
                float(services.while_cut[each]),
                float(services.while_taken[each]),
                bool(services.urgent[each]),
            )
            for each in range(len(services))
        ),
        problem.horizon_hours,
        _finite(problem.staff_minutes),
    )
    return msgspec.json.encode(file) + b"\n"


def read(content: bytes) -> Problem:
    """The problem in a file. Raises `UnusableInput` where it is none, or names what there is not."""
    try:
        file = msgspec.json.decode(content, type=_File)
        needs = tuple(_need(each.needs, 0) for each in file.services)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise UnusableInput(f"this is no problem that can be read here: {error}") from error
    if flaw := next(_flaws(file, needs), ""):
        raise UnusableInput(f"this is no problem: {flaw}")
    return Problem(
        Spread(_ints(file.sources), _ints(file.targets), _floats(file.rates), _floats(file.beliefs)),
        Cuts(
            Sets.of([list(each.cuts) for each in file.actions]),
            Sets.of([list(each.down) for each in file.actions]),
            _floats([each.apply_hours for each in file.actions]),
            _floats([each.staff_minutes for each in file.actions]),
            _floats([each.harm for each in file.actions]),
        ),
        Services(
            needs,
            _floats([each.while_cut for each in file.services]),
            _floats([each.while_taken for each in file.services]),
            np.array([each.urgent for each in file.services], dtype=np.bool_),
        ),
        _floats(file.reached),
        file.horizon_hours,
        math.inf if file.staff_minutes is None else file.staff_minutes,
    )


def _flaws(file: _File, needs: tuple[Need, ...]) -> Iterator[str]:
    nodes, edges = len(file.beliefs), len(file.sources)
    if len(file.targets) != edges or len(file.rates) != edges:
        yield "`sources`, `targets` and `rates` are of different lengths"
    if len(file.reached) != nodes:
        yield "`reached` and `beliefs` are of different lengths"
    if not all(0 <= node < nodes for ends in (file.sources, file.targets) for node in ends):
        yield "an edge leads from or to a node that there is not"
    if not all(0 <= edge < edges for action in file.actions for edge in action.cuts):
        yield "an action cuts an edge that there is not"
    if not all(0 <= thing < 2**53 for action in file.actions for thing in action.down):
        yield "an action takes down a thing that there is not"
    for need in needs:
        for leaf in leaves(need):
            if leaf.number < 0 or (isinstance(leaf, Other) and leaf.number >= len(file.services)):
                yield "a service needs what there is not"


def _told(need: Need) -> dict[str, Any]:
    match need:
        case Thing(number):
            return {"thing": number}
        case Other(number):
            return {"service": number}
        case AtLeast(parts, least):
            return {"at_least": least, "of": [_told(part) for part in parts]}


def _need(told: object, depth: int) -> Need:
    if depth > _DEEPEST:
        raise ValueError(f"a need has more than {_DEEPEST} levels")
    match told:
        case {"thing": int(number), **more} if not more:
            return Thing(number)
        case {"service": int(number), **more} if not more:
            return Other(number)
        case {"at_least": int(least), "of": list(parts), **more} if not more:
            return AtLeast(tuple(_need(part, depth + 1) for part in parts), least)
        case _:
            raise ValueError("a need is neither a thing, nor a service, nor some of several")


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _ints(values: _Row) -> Ints:
    return np.array(values, dtype=np.int64)


def _floats(values: tuple[_Number, ...] | list[_Number] | list[float] | tuple[float, ...]) -> Floats:
    return np.array([math.inf if each is None else each for each in values], dtype=np.float64)
