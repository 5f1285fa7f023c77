"""A proof of how good a plan is, as a file: the sample that it speaks of, what was chosen, and rows with multipliers.

`docs/reference/containment-proof.md` says what the variables and rows are and why every set of rows with multipliers
of 0 or more is a proof; `codedark.contain.verification` checks it. Nothing here is checked but the shape.

The file is JSON. A number s of a row is the ``number`` of a scenario; nodes, edges, actions, things and services have
the numbers of `codedark.contain.problem`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Final, Literal

import msgspec
import numpy as np

from codedark.contain.problem import Problem

FORMAT: Final = "codedark-containment-certificate-1"
When = Literal["taken", "either"]


class Sampled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A scenario: the ``number`` that draws its delays, its ``weight``, the nodes that are ``taken`` at time 0."""

    number: int
    weight: float
    taken: tuple[int, ...]


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="row", kw_only=True):
    """An inequality that holds for every choice, and how many times it is counted."""

    multiplier: float


class Path(Row, frozen=True, tag="path"):
    """r[s, target] + sum of x[a], over the actions a that may close the path of these ``edges``, is at least 1."""

    scenario: int
    target: int
    edges: tuple[int, ...]


class Down(Row, frozen=True, tag="down"):
    """d[thing] - x[action] is at least 0."""

    action: int
    thing: int


class Gone(Row, frozen=True, tag="gone"):
    """g[s, thing] - r[s, thing] is at least 0 ``by`` "taken", g[s, thing] - d[thing] is ``by`` "down"."""

    scenario: int
    thing: int
    by: Literal["taken", "down"]


class Falls(Row, frozen=True, tag="falls"):
    """A need falls with its parts: (m - q) · w - sum of m chosen parts is at least -q, q being how many may fall.

    The ``need`` is that of ``service`` (no steps), or a part of it: which part, of that which part, and so on.
    ``when`` is "taken" for what falls by R, or "either" for what falls by R and D.
    """

    scenario: int
    when: When
    service: int
    need: tuple[int, ...]
    parts: tuple[int, ...]


class Staff(Row, frozen=True, tag="staff"):
    """The staff minutes of all x are at most those that there are."""


AnyRow = Path | Down | Gone | Falls | Staff


class HeldOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the plan came to on ``scenarios`` of another ``seed``, and the interval around it: told, not proven."""

    seed: int
    scenarios: int
    harm: float
    at_least: float
    at_most: float


class Certificate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole file. ``problem`` and ``sample`` are digests of what it speaks of; ``harm`` is claimed of the
    ``chosen`` actions on the sample, ``bound`` of every choice.
    """

    format: Literal["codedark-containment-certificate-1"] = FORMAT
    problem: str
    sample: str
    seed: int
    scenarios: tuple[Sampled, ...]
    chosen: tuple[int, ...]
    harm: float
    bound: float
    rows: tuple[AnyRow, ...]
    held_out: HeldOut | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a certificate proves nothing, in sentences."""

    reasons: tuple[str, ...]


def written(certificate: Certificate) -> bytes:
    """The file, one line."""
    return msgspec.json.encode(certificate) + b"\n"


def read(content: bytes) -> Certificate | Refused:
    """The certificate in a file, if it is one."""
    try:
        return msgspec.json.decode(content, type=Certificate)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Refused((f"This is no certificate that can be read here: {error}",))


def digest_of_problem(problem: Problem) -> str:
    """SHA-256 over everything in a problem, field by field, each with its kind and size before it."""
    digest = hashlib.sha256()
    for told in _told(problem):
        digest.update(told)
    return digest.hexdigest()


def _told(part: Any) -> Iterator[bytes]:
    match part:
        case np.ndarray():
            yield f"{part.dtype.kind}{len(part)}:".encode()
            yield part.astype(part.dtype.newbyteorder("<")).tobytes()
        case tuple():
            yield f"({len(part)}:".encode()
            yield from (told for each in part for told in _told(each))
        case int() | float():
            yield f"{float(part)!r};".encode()
        case _:
            yield f"{type(part).__name__}:".encode()
            yield from (told for field in fields(part) for told in _told(getattr(part, field.name)))


def digest_of_sample(seed: int, scenarios: tuple[Sampled, ...]) -> str:
    """SHA-256 over the seed and the scenarios as JSON without spaces: [seed, [[number, weight, [taken, ...]], ...]]."""
    rows = [[each.number, float(each.weight), list(each.taken)] for each in scenarios]
    return hashlib.sha256(json.dumps([seed, rows], separators=(",", ":")).encode()).hexdigest()
