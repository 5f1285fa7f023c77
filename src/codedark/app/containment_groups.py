"""Actions of a plan that are alike, as one row: nobody reads thirty rows at six in the morning.

Alike are actions on single machines of one zone, or on accounts of one kind, that take the same approvals. Who carries
them out still gets each by its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from codedark.contain.action import ActionKind
from codedark.hospital.hospital import Hospital

Answer = dict[str, Any]
_SINGLE: Final = frozenset({ActionKind.ISOLATE_HOST, ActionKind.SHUT_DOWN, ActionKind.RESTRICT_TO_LIFELINE})
_SAME: Final = ("kind", "clinical_lead", "wants_person", "applied")


def grouped(hospital: Hospital, rows: Sequence[Mapping[str, Any]]) -> list[Answer]:
    """The rows of the explained actions of a plan, each in one group, in the order of the first of each group.

    A group has the ``numbers`` of its rows (from 1) and their ``actions``; ``zone`` or ``account_kind`` where they are
    alike in that; the latest ``apply_minutes``, all ``staff_minutes``, and ``if_left_out`` and ``closes`` of its first
    row, which is the one that would be missed most.
    """
    groups: dict[tuple[Any, ...], list[int]] = {}
    for number, row in enumerate(rows, 1):
        zone, account_kind = _likeness(hospital, row)
        alone = number if zone is account_kind is None else 0
        groups.setdefault((*(row[each] for each in _SAME), zone, account_kind, alone), []).append(number)
    return [_group(hospital, rows, numbers) for numbers in groups.values()]


def _likeness(hospital: Hospital, row: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The zone of a machine, the kind of an account; neither for what is a thing of its own."""
    if row["kind"] in _SINGLE:
        return hospital.assets[row["asset"]].zone, None
    if row["kind"] == ActionKind.DISABLE_ACCOUNT:
        return None, hospital.accounts[row["account"]].kind.value
    return None, None


def _group(hospital: Hospital, rows: Sequence[Mapping[str, Any]], numbers: list[int]) -> Answer:
    mine = [rows[number - 1] for number in numbers]
    zone, account_kind = _likeness(hospital, mine[0])
    services = dict.fromkeys(loss["name"] for row in mine for loss in row["losses"])
    return {
        **{each: mine[0][each] for each in _SAME},
        "numbers": numbers,
        "actions": [row["action"] for row in mine],
        "zone": zone if len(mine) > 1 else None,
        "account_kind": account_kind if len(mine) > 1 else None,
        "apply_minutes": max(row["apply_minutes"] for row in mine),
        "staff_minutes": sum(row["staff_minutes"] for row in mine),
        "if_left_out": mine[0]["if_left_out"],
        "closes": mine[0]["closes"],
        "services": list(services),
    }
