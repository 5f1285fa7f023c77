"""Which record stands beside the census, how often it is asked, and where it tells of changes by itself."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import NamedTuple

from codedark.exchange.fhir_client import FhirClient


class HookPlan(NamedTuple):
    """Where the record tells us what changed: as it calls us (``url``), and where we listen."""

    url: str
    host: str
    port: int
    tls: ssl.SSLContext | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Which server, by which system of numbers, how often everything and how often what changed (0: never), and whether
    its answers are taken in.
    """

    client: FhirClient
    system: str
    every_us: int
    changes_us: int
    repairs: bool
    hook: HookPlan | None = None
