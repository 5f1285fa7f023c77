"""A simulated hospital with nothing but what a census reads: its model, its HL7 messages and its FHIR resources."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from codedark.app.simulation.files import write_inventory, write_resources
from codedark.app.simulation.recorder import Recorder
from codedark.simulate.messages import Messages
from codedark.simulate.world import Order, world_of


def write_source(order: Order, out: Path) -> None:
    """Write it into a new folder: ``hospital.yaml`` with its tables, ``hl7`` and ``fhir``."""
    out.mkdir(parents=True)
    world = world_of(order)
    write_inventory(world, out)
    with Recorder(out, [Messages()]) as recorder:
        for acts in world.live():
            recorder.record(acts)
    write_resources(world, out, Counter(), Counter())
