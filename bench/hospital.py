"""How fast a large model of a hospital loads and answers, against reading its files.

    python bench/hospital.py [--quick]

The yardstick reads the same files and understands nothing: `csv.reader` over each row of the tables, PyYAML's loader in
C over `hospital.yaml`. Ours ends with a checked model, or with the answer to "what fails if these fail?". Each sample
is a process of its own that times itself, without the start of Python; the two of a round run one after the other.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from yardsticks.claims import Claim, publish, say

from codedark.hospital.account import Account, AccountId, AccountKind
from codedark.hospital.asset import Asset, AssetId, AssetKind, Support
from codedark.hospital.hospital import Flows, Hospital
from codedark.hospital.service import (
    AllOf,
    AnyOf,
    Dependency,
    LossPoint,
    OnAsset,
    OnLink,
    OnService,
    Service,
    ServiceId,
    Tier,
)
from codedark.hospital.ward import BedId, Ward, WardId
from codedark.hospital.write import files_of
from codedark.hospital.zone import Link, Purpose, Zone, ZoneId

ASSETS, SERVICES, FLOWS, ACCOUNTS = 50_000, 300, 400_000, 10_000
ZONES, WARDS, BEDS_OF_A_WARD = 100, 100, 30
BAR = 3.0

BARE = """
import csv, sys, time, yaml
from pathlib import Path
folder = Path(sys.argv[1])
start = time.perf_counter()
yaml.load((folder / "hospital.yaml").read_bytes(), Loader=yaml.CSafeLoader)
for path in sorted(folder.glob("*.csv")):
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.reader(file):
            pass
print(time.perf_counter() - start)
"""
OURS = """
import resource, sys, time
from pathlib import Path
from codedark.app.hospital_files import usable_hospital
from codedark.hospital.failure import Dependents
from codedark.hospital.questions import what_fails
start = time.perf_counter()
hospital = usable_hospital(Path(sys.argv[1]))
loaded = time.perf_counter()
failure = what_fails(Dependents(hospital), ["S000", "A00007", "zone:z03"])
answered = time.perf_counter()
assert len(hospital.assets) and len(failure.because)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(loaded - start, answered - start, answered - loaded, peak)
"""


def hospital(*, part: int = 1) -> Hospital:
    """A large hospital, the same in every run; ``part`` makes it that many times smaller."""
    chance = random.Random(3)
    zones = {zone.id: zone for zone in map(_zone, range(ZONES))}
    wards = {ward.id: ward for ward in map(_ward, range(WARDS))}
    assets = {asset.id: asset for asset in _assets(ASSETS // part, chance, zones)}
    accounts = [Account(AccountId(f"u{n:05d}"), AccountKind.PERSON, "HOSPITAL") for n in range(ACCOUNTS // part)]
    return Hospital(
        "Large",
        "Europe/Brussels",
        zones,
        assets,
        {account.id: account for account in accounts},
        {service.id: service for service in _services(list(assets), list(zones), chance)},
        wards,
        flows=_flows(list(assets), FLOWS // part, chance),
    )


def _zone(number: int) -> Zone:
    return Zone(ZoneId(f"z{number:02d}"), f"Zone {number}", Purpose.CLINICAL, (number + 1,), (_range(number),))


def _range(number: int) -> IPv4Network:
    return IPv4Network(f"10.{number}.0.0/16")


def _ward(number: int) -> Ward:
    beds = tuple(BedId(f"W{number}-{bed}") for bed in range(BEDS_OF_A_WARD))
    return Ward(WardId(f"W{number}"), f"Ward {number}", "medicine", beds)


def _assets(count: int, chance: random.Random, zones: Mapping[ZoneId, Zone]) -> Iterator[Asset]:
    kinds, supports, wards = list(AssetKind), list(Support), [WardId(f"W{number}") for number in range(WARDS)]
    names = list(zones)
    for number in range(count):
        zone = number % ZONES
        address = str(IPv4Address(int(_range(zone).network_address) + 1 + number // ZONES))
        mac = ":".join(f"{octet:02x}" for octet in (0, 0, 94, *number.to_bytes(3)))
        system = f"Windows {chance.choice((7, 10, 11))}"
        owner = chance.choice(("IT", "biomedical engineering", "radiology"))
        yield Asset(
            AssetId(f"A{number:05d}"), chance.choice(kinds), names[zone], (address,), mac, system,
            chance.choice(supports), f"Maker {number % 40}", owner, chance.choice(wards), f"room {number % 900}",
            ("windows-security", "sysmon"),
        )  # fmt: skip


def _services(assets: list[AssetId], zones: list[ZoneId], chance: random.Random) -> Iterator[Service]:
    for number in range(SERVICES):
        machines = AnyOf(tuple(OnAsset(each) for each in chance.sample(assets, 3)))
        ways = tuple(OnLink(Link(zones[number % ZONES], each)) for each in chance.sample(zones, 2))
        below = [OnService(ServiceId(f"S{each:03d}")) for each in chance.sample(range(number), min(number, 3))]
        parts: tuple[Dependency, ...] = (machines, *ways, *below)
        curve = tuple(LossPoint(hours, 10.0 + hours, f"what is lost after {hours} hours") for hours in (0, 4, 24))
        yield Service(
            ServiceId(f"S{number:03d}"), f"Service {number}", Tier(number % 6), AllOf(parts), curve, 60, "paper"
        )


def _flows(assets: list[AssetId], count: int, chance: random.Random) -> Flows:
    servers = assets[: max(1, len(assets) // 80)]
    keys = {
        (chance.choice(assets), chance.choice(servers), "tcp", chance.choice((53, 88, 104, 389, 443, 445, 2575)))
        for _ in range(count)
    }
    sources, targets, protocols, ports = zip(*sorted(keys), strict=True)
    connections = tuple(chance.randrange(1, 5_000) for _ in keys)
    return Flows(sources, targets, protocols, ports, connections, tuple(chance.randrange(10**7) for _ in keys))


def run(script: str, folder: Path) -> list[float]:
    """The figures that a script prints, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", script, str(folder)], check=True, capture_output=True, text=True)
    return [float(word) for word in done.stdout.split()]


def measure(folder: Path, rounds: int) -> list[Claim]:
    """All figures for the hospital in ``folder``."""
    loading: list[float] = []
    answering: list[float] = []
    seconds: list[float] = []
    questions: list[float] = []
    peaks: list[float] = []
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        (bare,) = run(BARE, folder)
        loaded, answered, question, peak = run(OURS, folder)
        loading.append(loaded / bare)
        answering.append(answered / bare)
        seconds.append(loaded)
        questions.append(question)
        peaks.append(peak)
    within = f"<= {BAR:g}"
    return [
        Claim("load and check, times the reading of the files", "ratio", loading, within, lambda v: v <= BAR),
        Claim("load, check and answer one question, times the same", "ratio", answering, within, lambda v: v <= BAR),
        Claim("load and check", "s", seconds, "told only", lambda _: True),
        Claim("what fails if a service, a machine and a zone fail", "s", questions, "told only", lambda _: True),
        Claim("peak memory", "MiB", peaks, "told only", lambda _: True),
    ]


def main() -> None:
    """Measure, write the result and print it as the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the hospital and fewer rounds, under 50 s")
    quick = parser.parse_args().quick
    files = files_of(hospital(part=10 if quick else 1))
    digest = hashlib.sha256(b"".join(files.values())).hexdigest()
    with tempfile.TemporaryDirectory() as name:
        for file, octets in files.items():
            (Path(name) / file).write_bytes(octets)
        claims = measure(Path(name), 3 if quick else 7)
    publish("hospital", claims, digest, quick=quick)


if __name__ == "__main__":
    main()
