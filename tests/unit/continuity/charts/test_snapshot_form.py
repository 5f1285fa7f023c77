"""The form of a snapshot is pinned by its version: who changes a type of the chart and not `FORM` is told here.

Values are written in the order of their fields and enumerations partly by their place, so a field that is added, moved
or of another type makes older files say something else, and none of that would be an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Any

import msgspec
import pytest
import zstandard

from codedark.continuity.charts.chart import Group, PatientId, Place
from codedark.continuity.charts.fact import OWN, Fact, Move, Said, Same
from codedark.continuity.charts.fold import Fold
from codedark.continuity.charts.plain import TYPES
from codedark.continuity.charts.resting import GROUPS
from codedark.continuity.charts.snapshot import FORM, packed
from codedark.hospital.hospital import Hospital
from codedark.hospital.ward import BedId, WardId

PINNED = {1: "0bab9a3c6e4b827d", 2: "0bab9a3c6e4b827d"}
"""By form: what `described` made of its types. A new form gets a new line; older lines are never changed. New in form 2
are records at rest alone, which stand beside what these types make.
"""
STATEMENTS = {each.__name__: each for each in (Said, Fact, Same, Move)}


def described(types: Mapping[str, Any]) -> str:
    """Everything about these types that decides what bytes mean: fields and members, in their order."""
    lines = []
    for name, type_ in sorted(types.items()):
        if issubclass(type_, StrEnum):
            told = [f"{each.name}={each.value}" for each in type_]
        else:
            is_struct = issubclass(type_, msgspec.Struct)
            names = [each.name for each in msgspec.structs.fields(type_)] if is_struct else type_._fields
            types_ = (type_.__annotations__[name] for name in names)
            told = [f"{name}: {getattr(of, '__forward_arg__', of)}" for name, of in zip(names, types_, strict=True)]
        lines.append(f"{name}({', '.join(told)})")
    return "\n".join(lines)


def digest(types: Mapping[str, Any]) -> str:
    return sha256(described(types).encode()).hexdigest()[:16]


def test_the_types_of_a_snapshot_are_those_of_its_form() -> None:
    found = digest({**TYPES, **STATEMENTS})
    assert PINNED.get(FORM) == found, (
        f"types of the chart have changed, and snapshots are still of form {FORM}: raise `FORM` in "
        f"continuity/charts/snapshot.py, and pin {FORM + 1}: {found!r} here"
    )
    assert tuple(Group) == GROUPS


@pytest.mark.parametrize(
    "changed",
    [
        {"Place": msgspec.defstruct("Place", [("ward", str), ("bed", str)])},
        {"Group": StrEnum("Group", [each.value for each in reversed(Group)])},
        {"Said": type("Said", (), {"_fields": ("at_us",), "__annotations__": {"at_us": "int"}})},
    ],
    ids=["struct", "enumeration", "statement"],
)
def test_no_change_of_a_type_goes_unseen(changed: Mapping[str, Any]) -> None:
    types = {**TYPES, **STATEMENTS}
    assert changed.keys() <= types.keys()
    assert digest({**types, **changed}) != digest(types)


@pytest.mark.parametrize("type_", [each for each in TYPES.values() if issubclass(each, msgspec.Struct)])
def test_a_field_more_in_any_type_or_two_that_changed_places_is_seen(type_: Any) -> None:
    fields = [(each.name, each.type) for each in msgspec.structs.fields(type_)]
    known = {type_.__name__: msgspec.defstruct(type_.__name__, fields)}
    more = {type_.__name__: msgspec.defstruct(type_.__name__, [*fields, ("more", str)])}
    turned = {type_.__name__: msgspec.defstruct(type_.__name__, fields[::-1])}
    assert digest(known) != digest(more)
    assert len(fields) == 1 or digest(known) != digest(turned)


def test_what_is_written_of_a_small_census_is_this_and_nothing_else() -> None:
    said = Said(OWN, 1_000, "EHR", (2, "17"))
    fold = Fold(Hospital("Test", "UTC"))
    place = Place(WardId("W1"), "2", "B", BedId("W1-2-B"))
    fold.add([
        Fact(PatientId("7"), Group.VISIT, "V1", (("place", place),), said, "V1"),
        Same(PatientId("8"), PatientId("7"), said),
        Move(PatientId("7"), "V1", PatientId("9"), "", said),
    ])  # fmt: skip
    plain = msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(packed(fold), max_output_size=1 << 20))
    written = ["s", "Place", "W1", "2", "B", "W1-2-B"]
    assert plain == [
        1_000,
        [[OWN, 1_000, "EHR", 2, "17"]],
        [["7", [[1, "V1", "V1", 0, ["t", ["t", "place", written]]]], [[1, "EHR", OWN, 1_000]]]],
        [["8", "7", 0]],
        [["7", "V1", "9", "", 0, False]],
        [],
    ]  # fmt: skip
