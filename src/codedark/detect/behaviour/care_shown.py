"""How people of the staff are spoken of in sentences: by role, ward and account, as the review committee needs them."""

from __future__ import annotations

from typing import NamedTuple

from codedark.detect.behaviour.behaviour import Settings
from codedark.detect.behaviour.care import Care
from codedark.detect.behaviour.care_excess import HOUR_US, Limits
from codedark.detect.behaviour.care_people import Member
from codedark.detect.behaviour.places import Places
from codedark.hospital.account import AccountKind


class Someone(NamedTuple):
    """An account that uses records, as sentences speak of it."""

    account: str
    role: str
    wards: tuple[str, ...]
    member: Member | None

    @property
    def shown(self) -> str:
        """``Nurse of SUR1 (account anna)``; the account alone where no staff table knows it."""
        if not self.role:
            return f"Account {self.account}"
        where = f" of {', '.join(self.wards[:3])}" if self.wards else ""
        role = self.role[:1].upper() + self.role[1:]
        return f"{role}{where} (account {self.account})"


def role_of(account: str, places: Places, care: Care | None) -> str:
    """The role alone, by which accounts are compared."""
    member = care.member(account) if care else None
    if member is not None and member.role:
        return member.role
    known = places.account_of(account)
    return known.role if known else ""


def is_system(account: str, places: Places) -> bool:
    """Whether a program and nobody is behind an account."""
    known = places.account_of(account)
    return known is not None and known.kind is AccountKind.SERVICE


def someone(account: str, places: Places, care: Care | None) -> Someone:
    """What the staff tables and the hospital model know of an account."""
    member = care.member(account) if care else None
    known = places.account_of(account)
    if member is not None and member.role:
        return Someone(account, member.role, tuple(sorted(member.wards)), member)
    role, wards = (known.role, known.wards) if known else ("", ())
    return Someone(account, role, tuple(wards), member)


def limits_of(settings: Settings, window_hours: float = 0.0) -> Limits:
    """The limits of an `Excess` as settings have them."""
    return Limits(
        least=int(_number(settings, "least")),
        prior=_number(settings, "prior"),
        window_us=int(window_hours * HOUR_US),
        rest_us=int(_number(settings, "rest_hours") * HOUR_US),
        chances_a_month=_number(settings, "chances_a_month"),
        most_accounts=int(_number(settings, "most_accounts")),
    )


def _number(settings: Settings, name: str) -> float:
    value = settings[name]
    return float(value) if isinstance(value, int | float) else float(str(value))
