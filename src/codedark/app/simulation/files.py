"""What a simulation writes beside its logs: inventory, ground truth, FHIR resources, and what was asked for."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import orjson

from codedark.events.moments import moment_of
from codedark.hospital.write import files_of
from codedark.simulate.attacks import as_json
from codedark.simulate.world import Order, World


def write_inventory(world: World, out: Path) -> None:
    """hospital.yaml and its CSV files."""
    for name, octets in files_of(world.site.hospital).items():
        (out / name).write_bytes(octets)


def write_truth(world: World, out: Path) -> None:
    """truth.json where there is an attack: what was in whose hands when, and what it did."""
    if world.truth:
        (out / "truth.json").write_bytes(orjson.dumps(as_json(world.truth), option=orjson.OPT_INDENT_2) + b"\n")


def write_resources(world: World, out: Path, records: Counter[str], octets: Counter[str]) -> None:
    """FHIR R4 resources as bulk exports have them: one NDJSON file for each type. Adds to the counts of
    ``fhir/TYPE``.
    """
    folder = out / "fhir"
    folder.mkdir()
    files: dict[str, BinaryIO] = {}
    with ExitStack() as stack:
        for resource_type, line in world.clinic.resources():
            if resource_type not in files:
                path = folder / f"{resource_type}.ndjson"
                files[resource_type] = stack.enter_context(path.open("xb", buffering=1 << 20))
            files[resource_type].write(line)
            records[f"fhir/{resource_type}"] += 1
            octets[f"fhir/{resource_type}"] += len(line)


def write_account(order: Order, logs: dict[str, dict[str, int]], out: Path) -> None:
    """simulation.json: what was asked for, so that it can be made again, and what each log holds."""
    asked = {
        "beds": order.beds,
        "seed": order.seed,
        "from": iso(order.first_us),
        "until": iso(order.last_us),
        "attack": order.script.name if order.script else None,
        "attack_from": iso(order.attack_us) if order.script else None,
        "real_stays": order.source is not None,
    }
    told = {"synthetic": True, "asked": asked, "written": logs}
    (out / "simulation.json").write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")


def iso(at_us: int) -> str:
    """A moment as RFC 3339 in UTC."""
    return moment_of(at_us).isoformat().replace("+00:00", "Z")
