"""A small hospital, in which behaviours watch one logon after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from ipaddress import ip_network
from typing import Any

import pytest
import yaml

from codedark.detect.behaviour.behaviour import Behaviour, BehaviourId, Context, Sign
from codedark.detect.behaviour.kinds import KINDS
from codedark.detect.behaviour.kinds.learning import DAY_US, HOUR_US
from codedark.detect.behaviour.observation import LoggedOff, Logon, LogonKind
from codedark.detect.behaviour.places import Places
from codedark.hospital.account import Account, AccountId, AccountKind
from codedark.hospital.asset import Asset, AssetId, AssetKind
from codedark.hospital.hospital import Hospital
from codedark.hospital.zone import Purpose, Zone, ZoneId

MONDAY_US = 20_458 * DAY_US  # 5 January 2026
VPN = ZoneId("vpn")


def _hospital() -> Hospital:
    accounts = (
        Account(AccountId("anna"), AccountKind.PERSON, person="Anna A"),
        Account(AccountId("bert"), AccountKind.PERSON, person="Bert B", may_log_on_to=("kind:workstation",)),
        Account(AccountId("adm-carl"), AccountKind.ADMINISTRATOR, person="Carl C", privileged=True),
        Account(AccountId("carl"), AccountKind.PERSON, person="Carl C"),
        Account(AccountId("svc-lab"), AccountKind.SERVICE),
        Account(AccountId("sup-scan"), AccountKind.VENDOR),
        Account(AccountId("left"), AccountKind.PERSON, enabled=False),
    )
    assets = [Asset(AssetId(f"PC{n}"), AssetKind.WORKSTATION) for n in range(1, 10)]
    assets += [Asset(AssetId(f"SRV{n}"), AssetKind.SERVER) for n in range(1, 10)]
    return Hospital(
        "St Example",
        time_zone="Europe/Brussels",
        zones={VPN: Zone(VPN, "VPN", Purpose.OFFICE, cidrs=(ip_network("10.9.0.0/24"),))},
        assets={asset.id: asset for asset in assets},
        accounts={account.id: account for account in accounts},
    )


@dataclass
class Life:
    """One behaviour, and what it said. ``held`` are hosts and accounts under suspicion."""

    behaviour: Behaviour
    held: set[str] = field(default_factory=set)
    signs: list[Sign] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._context = Context(
            Places(_hospital()), held=lambda host, account: bool({host, account} & self.held - {""})
        )

    def logon(
        self, day: float, account: str, host: str, kind: LogonKind = LogonKind.NETWORK, origin: str = "", **more: Any
    ) -> list[Sign]:
        """A logon at ten o'clock (UTC) of a day after the first Monday, or a fraction of a day later."""
        at_us = MONDAY_US + int(day * DAY_US) + 10 * HOUR_US
        address = origin if origin[:1].isdigit() else ""
        told = {"succeeded": True, "origin_address": address, **more}
        return self._take(Logon(at_us, host, 7, account, kind, origin_host=origin, **told))

    def leave(self, day: float, account: str, host: str, session: str) -> None:
        """The end of a session."""
        self._take(LoggedOff(MONDAY_US + int(day * DAY_US) + 10 * HOUR_US, host, 8, account, session))

    def _take(self, seen: Logon | LoggedOff) -> list[Sign]:
        said = list(self.behaviour.take(seen, self._context))
        self.signs += said
        return said


class Lives:
    """Makes a `Life` of a behaviour as the project sets it."""

    def __call__(self, name: str, **settings: Any) -> Life:
        raw = yaml.safe_load((files("codedark") / "content" / "behaviour" / f"{name}.yaml").read_text("utf-8"))
        assert raw["id"] == name
        return Life(KINDS[BehaviourId(name)]({**raw["settings"], **settings}))


@pytest.fixture
def life() -> Lives:
    """Makes lives."""
    return Lives()
