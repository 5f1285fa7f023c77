"""What Code Dark proposes before a hospital has said anything: ``content/hospital/defaults.yaml``, with its sources.

Everything in it waits for a clinician: services are ``proposed``, lifelines have nobody in ``attested_by``.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from codedark.hospital.hospital import Hospital
from codedark.hospital.lifeline import Lifeline
from codedark.hospital.load import load
from codedark.hospital.load.document import HOSPITAL_FILE
from codedark.hospital.service import Service


def default_services() -> tuple[Service, ...]:
    """Some fifty usual services with tier, loss curve and the needs that hold everywhere, in order of tier."""
    return tuple(_proposals().services.values())


def default_lifelines() -> tuple[Lifeline, ...]:
    """Monitoring and telemetry, nurse call, telephony and crash call, ventilators, dialysis; attested by nobody."""
    return tuple(_proposals().lifelines.values())


@cache
def _proposals() -> Hospital:
    loaded = load({HOSPITAL_FILE: (files("codedark") / "content" / "hospital" / "defaults.yaml").read_bytes()})
    if loaded.hospital is None:
        raise AssertionError(f"the proposals that come with Code Dark do not load: {loaded.problems}")
    return loaded.hospital
