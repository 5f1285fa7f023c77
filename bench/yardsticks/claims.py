"""What every benchmark says: claims with their bars, once as a table on stderr, once as JSON for machines."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Claim:
    """One figure: its value is the median of ``samples``; ``bar`` is what it has to meet, ``ok`` whether it does."""

    claim: str
    unit: str
    samples: list[float]
    bar: str
    meets: Callable[[float], bool]

    def row(self) -> dict[str, Any]:
        """The claim as it is written down."""
        value = statistics.median(self.samples)
        return {
            "claim": self.claim,
            "value": round(value, 3),
            "unit": self.unit,
            "bar": self.bar,
            "ok": self.meets(value),
            "min": round(min(self.samples), 3),
            "max": round(max(self.samples), 3),
            "rounds": len(self.samples),
        }


def publish(name: str, claims: Sequence[Claim], data_sha256: str, *, quick: bool) -> None:
    """Write ``bench/results/NAME.json`` (not when ``quick``), say the table, print the result as the last line."""
    result: dict[str, Any] = {
        "claims": [claim.row() for claim in claims],
        "machine": f"{platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}",
        "commit": commit(),
        "data_sha256": data_sha256,
        "quick": quick,
    }
    if not quick:
        path = ROOT / "bench" / "results" / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(result, indent=2) + "\n")
    for row in result["claims"]:
        verdict, spread = "ok  " if row["ok"] else "MISS", f"({row['min']} to {row['max']})"
        say(f"{verdict} {row['value']:>10} {row['unit']:6} {spread:22} {row['bar']:>10}  {row['claim']}")
    print(json.dumps(result))


def commit() -> str:
    """The commit that is measured."""
    said = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return said.stdout.strip()


def say(text: str) -> None:
    """Progress, on stderr."""
    print(text, file=sys.stderr, flush=True)
