"""One thing that can be cut, disabled or restricted. What cannot be undone, or would touch a lifeline, is none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId
from codedark.hospital.zone import Link, ZoneId

ActionId = NewType("ActionId", str)
"""Says what it does, and is the same in every run: ``isolate:WS-0001``, ``cut:CL-INT1>SRV-APP``."""


class ActionKind(StrEnum):
    """What can be done."""

    ISOLATE_HOST = "isolate"
    CUT_ZONES = "cut"
    BLOCK_PROTOCOL = "block"
    DISABLE_ACCOUNT = "disable"
    CLOSE_REMOTE_ACCESS = "close-remote-access"
    CLOSE_VENDOR = "close-vendor"
    CLOSE_INTERNET = "close-internet"
    SHUT_DOWN = "shut-down"
    RESTRICT_TO_LIFELINE = "restrict"


@dataclass(frozen=True, slots=True)
class Action:
    """One action with its target: ``asset``, ``account``, ``zone``, or ``link`` from zone to zone with a ``protocol``
    ("" for all of them); what does not apply is None or "".

    ``apply_minutes`` from the decision until it holds, ``staff_minutes`` of work, ``harm_per_hour`` a policy weight for
    what it costs beside the services that it takes down, ``wants_person`` whether no standing order may do it.
    """

    id: ActionId
    kind: ActionKind
    apply_minutes: float
    staff_minutes: float
    harm_per_hour: float = 0.0
    asset: AssetId | None = None
    account: AccountId | None = None
    zone: ZoneId | None = None
    link: Link | None = None
    protocol: str = ""
    wants_person: bool = False
