"""Who may log on, and where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

AccountId = NewType("AccountId", str)
"""The account name without its domain, in the spelling of the directory; compared without regard to case."""


class AccountKind(StrEnum):
    """Who stands behind an account."""

    PERSON = "person"
    ADMINISTRATOR = "administrator"
    SERVICE = "service"
    VENDOR = "vendor"
    SHARED = "shared"
    BREAK_GLASS = "break_glass"


@dataclass(frozen=True, slots=True)
class Account:
    """One account. ``may_log_on_to``: ids of assets, zones (``zone:ID``) or kinds (``kind:workstation``); empty is
    unknown.

    ``role`` in the hospital's words (``nurse``, ``radiologist``, ``EHR service``), ``wards`` where the person works.
    """

    id: AccountId
    kind: AccountKind
    domain: str = ""
    person: str = ""
    role: str = ""
    privileged: bool = False
    enabled: bool = True
    may_log_on_to: tuple[str, ...] = ()
    wards: tuple[str, ...] = ()
