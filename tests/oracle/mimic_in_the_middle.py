"""MIMIC-IV demo on FHIR, as its record stood in the middle of each patient's longest stay, all at the same moment."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

NAMES = ("Patient", "Location", "Medication", "MedicationMix", "Encounter", "MedicationRequest")


def mimic(folder: Path, names: Iterable[str] = NAMES) -> list[dict[str, Any]]:
    """The resources of these files."""
    octets = (gzip.decompress((folder / f"Mimic{name}.ndjson.gz").read_bytes()) for name in names)
    return [json.loads(line) for each in octets for line in each.splitlines()]


def in_the_middle(whole: list[dict[str, Any]], now_us: int) -> list[dict[str, Any]]:
    """What the record held in the middle of each patient's longest stay, all at the same moment.

    MIMIC moved the dates of each patient by a number of its own, and all stays have ended. So each patient's dates are
    moved once more; what lies behind the moment is left out, and what lasted beyond it is made to last.
    """
    stays: dict[str, dict[str, Any]] = {}
    for each in whole:
        if each["resourceType"] == "Encounter":
            subject = each["subject"]["reference"]
            stays[subject] = max(stays.get(subject, each), each, key=_length)
    middle = {subject: _begin(stay) + _length(stay) / 2 for subject, stay in stays.items()}
    cut = []
    for each in whole:
        subject = each.get("subject", {}).get("reference")
        if each["resourceType"] == "Encounter" and stays[subject] is each:
            cut.append(_moved(_lasting(each, middle[subject]), middle[subject], now_us))
        elif each["resourceType"] == "MedicationRequest":
            at = middle[subject]
            if datetime.fromisoformat(each["authoredOn"]) <= at:
                end = each.get("dispenseRequest", {}).get("validityPeriod", {}).get("end")
                lasts = end is not None and datetime.fromisoformat(end) > at
                cut.append(_moved({**each, "status": "active" if lasts else each["status"]}, at, now_us))
        elif each["resourceType"] != "Encounter":
            cut.append(each)
    return cut


def _begin(stay: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(stay["period"]["start"])


def _length(stay: dict[str, Any]) -> timedelta:
    return datetime.fromisoformat(stay["period"]["end"]) - _begin(stay)


def _lasting(stay: dict[str, Any], at: datetime) -> dict[str, Any]:
    begun = [each for each in stay["location"] if datetime.fromisoformat(each["period"]["start"]) <= at]
    begun[-1] = {"location": begun[-1]["location"], "period": {"start": begun[-1]["period"]["start"]}}
    without = {key: value for key, value in stay.items() if key != "hospitalization"}
    return {**without, "status": "in-progress", "period": {"start": stay["period"]["start"]}, "location": begun}


def _moved(resource: dict[str, Any], at: datetime, now_us: int) -> dict[str, Any]:
    by = datetime.fromtimestamp(now_us / 1_000_000, UTC) - at

    def moved(found: re.Match[str]) -> str:
        return (datetime.fromisoformat(found[0]).astimezone(UTC) + by).isoformat(timespec="seconds")

    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", moved, json.dumps(resource))
    held: dict[str, Any] = json.loads(text)
    return held
