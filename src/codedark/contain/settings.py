"""The figures of `content/contain/actions.yaml` and `plan.yaml`: what cuts take and cost, and how long they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from codedark.contain.action import ActionKind
from codedark.contain.reading import checked
from codedark.errors import UsageError
from codedark.hospital.account import AccountKind
from codedark.hospital.asset import AssetKind
from codedark.hospital.zone import Purpose

_ACTIONS: Final = "contain/actions.yaml"
_PLAN: Final = "contain/plan.yaml"


@dataclass(frozen=True, slots=True)
class Effort:
    """What one action takes, and its harm an hour beside that of services."""

    apply_minutes: float
    staff_minutes: float
    harm_per_hour: float


@dataclass(frozen=True, slots=True)
class ActionSettings:
    """All of `content/contain/actions.yaml`. ``assets``, ``zones`` and ``accounts`` are harm an hour by kind; ``wards``
    factors by words of a specialty.
    """

    actions: dict[ActionKind, Effort]
    assets: dict[AssetKind, float]
    wards: dict[str, float]
    zones: dict[Purpose, float]
    unseen_share: float
    carries_share: float
    accounts: dict[AccountKind, float]
    accounts_want_person: tuple[AccountKind, ...]
    accounts_never: tuple[AccountKind, ...]
    remote_access_words: tuple[str, ...]
    shut_down_kinds: tuple[AssetKind, ...]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """From the parsed file. Raises `UsageError` that names what is missing or makes no sense."""
        read = checked(document, cls, _ACTIONS)
        for table, lacking in (
            ("actions", set(ActionKind) - read.actions.keys()),
            ("zones", set(Purpose) - read.zones.keys()),
            ("accounts", set(AccountKind) - read.accounts.keys() - {*read.accounts_never}),
        ):
            if lacking:
                raise UsageError(f"{_ACTIONS}: {table} lacks {', '.join(sorted(lacking))}")
        return read

    def ward_factor(self, specialty: str) -> float:
        """By how much more a screen counts in a ward of this specialty; 1 in most."""
        said = specialty.lower()
        return max((factor for word, factor in self.wards.items() if word in said), default=1.0)


@dataclass(frozen=True, slots=True)
class Reached:
    """Harm of what an attacker holds, beside that of services: of an asset by kind, of one that a service needs by
    name, and of data that has left.
    """

    assets: dict[AssetKind, float]
    services: dict[str, float]
    data_left: float


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """All of `content/contain/plan.yaml`. ``fresh_pack`` is what is left of a ward's loss that has a fresh pack."""

    horizon_hours: float
    stand_hours: float
    taken_hours: float
    staff_minutes: float
    fresh_pack: float
    reached: Reached

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """From the parsed file. Raises `UsageError` that names what is missing or makes no sense."""
        read = checked(document, cls, _PLAN)
        if min(read.horizon_hours, read.stand_hours) <= 0:
            raise UsageError(f"{_PLAN}: horizon_hours and stand_hours are numbers of hours above 0")
        if read.taken_hours < read.stand_hours:
            raise UsageError(
                f"{_PLAN}: taken_hours ({read.taken_hours:g}) is below stand_hours ({read.stand_hours:g}): what he took"
                " is down at least as long as what we cut; raise it, or plan shorter cuts"
            )
        if read.fresh_pack > 1:
            raise UsageError(f"{_PLAN}: fresh_pack is what is left of a loss: a number from 0 to 1")
        return read
