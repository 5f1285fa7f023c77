"""The routed hospital as an installation: a model, a configuration with its firewall, approvers, and a decided plan."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, Final

from codedark.app.enforcing.approvers import Approver, approver
from codedark.app.enforcing.enrolling import enrol
from codedark.app.hospital_files import write_hospital
from codedark.hospital.account import Account, AccountId, AccountKind
from codedark.hospital.asset import Asset, AssetId, AssetKind
from codedark.hospital.hospital import Flows, Hospital
from codedark.hospital.lifeline import Lifeline, LifelineId
from codedark.hospital.service import LossPoint, OnAsset, Service, ServiceId, Tier
from codedark.hospital.zone import Link, Zone, ZoneId

PEOPLE: Final[Mapping[str, tuple[str, bool]]] = {
    "An Peeters": ("chief nurse", True),
    "Bo Claes": ("network", False),
    "Cem Aydin": ("security", False),
}
"""Name, role, and whether clinical."""


def passphrase(name: str) -> str:
    """The passphrase of a person."""
    return f"{name} sleeps under a red umbrella"


def model(zones: Sequence[Zone]) -> Hospital:
    """Machines in two zones, a service of tier 1 on one of them, and a blood bank as a lifeline."""

    def asset(name: str, zone: str, number: int, kind: AssetKind = AssetKind.WORKSTATION) -> Asset:
        first = next(each for each in zones if each.id == zone).cidrs[0][0]
        return Asset(AssetId(name), kind, ZoneId(zone), (str(IPv4Address(int(first) + 10 + number)),))

    assets = [
        asset("OFFICE-PC", "OFFICE", 3),
        asset("OFFICE-PC2", "OFFICE", 4),
        asset("EHR", "SERVERS", 0, AssetKind.SERVER),
        asset("BLOODBANK", "LIFELINE", 0, AssetKind.SERVER),
    ]
    ehr = Service(
        ServiceId("ehr"), "Patient record", Tier.ONE, OnAsset(AssetId("EHR")), (LossPoint(0, 20, "wards on paper"),),
        downtime_procedure="paper charts", patient_facing=True,
    )  # fmt: skip
    blood = Lifeline(
        LifelineId("blood"), "Blood bank", (AssetId("BLOODBANK"),), links=(Link(ZoneId("OFFICE"), ZoneId("LIFELINE")),)
    )
    return Hospital(
        "Routed hospital",
        zones={each.id: each for each in zones},
        assets={each.id: each for each in assets},
        accounts={AccountId("jan"): Account(AccountId("jan"), AccountKind.PERSON)},
        services={ehr.id: ehr},
        lifelines={blood.id: blood},
        flows=Flows(("OFFICE-PC",), ("BLOODBANK",), ("tcp",), (443,), (9,), (9_000,)),
    )


ACTIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    "isolate:OFFICE-PC": {"kind": "isolate", "asset": "OFFICE-PC"},
    "isolate:EHR": {"kind": "isolate", "asset": "EHR"},
    "isolate:BLOODBANK": {"kind": "isolate", "asset": "BLOODBANK"},
    "cut:CLINIC>SERVERS": {"kind": "cut", "from_zone": "CLINIC", "to_zone": "SERVERS"},
    "block:OFFICE>SERVERS:remote_desktop": {
        "kind": "block", "from_zone": "OFFICE", "to_zone": "SERVERS", "protocol": "remote_desktop",
    },
    "disable:jan": {"kind": "disable", "account": "jan"},
}  # fmt: skip


def plans(path: Path, *actions: str, hospital: str = "Routed hospital") -> Path:
    """A file as `contain plan --format json` writes it, with one plan."""
    rows = [{"action": name, **ACTIONS[name]} for name in actions]
    path.write_text(json.dumps({"hospital": hospital, "plans": [{"plan": "balanced", "actions": rows}]}))
    return path


def installation(home: Path, zones: Sequence[Zone], devices: str = "", **settings: float) -> Path:
    """The folder of an installation, with approvers whose passphrases lie in it as ``NAME.txt``."""
    home.mkdir()
    write_hospital(model(zones), home)
    lines = "\n".join(f"{name} = {value}" for name, value in settings.items())
    (home / "codedark.toml").write_text(f"[enforce]\n{lines}\n{devices}")
    for each in _approvers():
        enrol(home, each, replace=False)
        secret(home / f"{each.name}.txt", passphrase(each.name))
    return home


def secret(path: Path, text: str) -> Path:
    """A file that nobody else reads."""
    path.touch(0o600)
    path.write_text(text)
    return path


def firewall_table(command: Sequence[str], name: str = "core") -> str:
    """A firewall in `codedark.toml`."""
    return f'[[enforce.devices]]\nname = "{name}"\nkind = "nftables"\ncommand = {json.dumps(list(command))}\n'


@cache
def _approvers() -> tuple[Approver, ...]:
    return tuple(approver(name, role, passphrase(name), clinical=clinical) for name, (role, clinical) in PEOPLE.items())
