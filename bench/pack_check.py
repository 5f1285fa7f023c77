"""Whether the packs of a thousand inpatients say what their sources say, nothing less and nothing more.

    python bench/pack_check.py [--quick]

The hospital is simulated: four days of its HL7 v2 messages, the same doubled and in any order, and its FHIR R4
resources. Each source is taken in, packs are built, sealed, pulled by every ward, and the page of every ward is opened
with the words on its card. Source and page are read by `tests/oracle`, which imports nothing of what builds packs, and
compared in both directions. Of some wards the printed sheets are read back (pdftotext) and the page is looked at in
Chromium.
MIMIC-IV demo and simhospital are checked so in the suite (`tests/oracle/test_packs_against_source.py`).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from playwright.sync_api import sync_playwright
from yardsticks.claims import ROOT, Claim, publish, say

sys.path.insert(0, str(ROOT))
from codedark.app.simulation.times import moment
from codedark.simulate.world import Order
from tests.oracle.pack_differences import compared
from tests.oracle.printed_wards import printed_differences
from tests.oracle.seen_wards import seen_differences
from tests.oracle.shuffled import shuffled_and_doubled
from tests.oracle.simulated_source import write_source
from tests.oracle.source_messages import from_messages
from tests.oracle.source_patient import HOUR, Patient
from tests.oracle.source_resources import from_resources
from tests.oracle.wards_with_packs import Ward, wards_with_packs

BEDS, QUICK_BEDS = 1_200, 20
"""1,200 beds have more than 1,000 inpatients."""
UNTIL = moment("2026-01-13T13:00")
NOW = UNTIL // 1_000_000
SAMPLED = 3
"""Wards whose prints are read and whose pages are looked at in Chromium."""


def messages_of(folder: Path) -> bytes:
    """All messages in the order in which they were sent."""
    return b"".join(file.read_bytes() for file in sorted((folder / "hl7").iterdir()))


def sampled(source: dict[str, Patient]) -> list[str]:
    """The wards with the most inpatients."""
    lying = Counter(each.stay.place[0] for each in source.values() if each.stay and each.stay.place[2])
    return [ward for ward, _ in lying.most_common(SAMPLED)]


def looked_at(wards: dict[str, Ward], names: list[str], folder: Path) -> tuple[list[str], list[str]]:
    """Differences of prints and of what Chromium shows."""
    printed = [each for name in names for each in printed_differences(wards[name].page, wards[name].documents, folder)]
    program, seen = shutil.which("chromium") or shutil.which("google-chrome"), []
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name in names:
            shown = browser.new_context(locale="en-GB").new_page()
            shown.goto(wards[name].html.as_uri())
            shown.fill("#passphrase", wards[name].passphrase)
            shown.keyboard.press("Enter")
            shown.wait_for_selector(".beds", timeout=60_000)
            seen += seen_differences(shown, wards[name].page)
            shown.context.close()
        browser.close()
    return printed, seen


def count(claim: str, value: int, bar: str = "-", *, none: bool = False) -> Claim:
    """A number; ``none``: it has to be 0."""
    return Claim(claim, "", [value], "0" if none else bar, (lambda told: told == 0) if none else (lambda _: True))


def measure(folder: Path, beds: int) -> tuple[list[Claim], str]:
    """All claims, and the digest of the messages."""
    say(f"simulating four days of {beds} beds")
    hospital = folder / "hospital"
    write_source(Order(beds, 5, UNTIL - 96 * HOUR * 1_000_000, UNTIL), hospital)
    octets = messages_of(hospital)
    mixed = folder / "mixed.hl7"
    mixed.write_bytes(shuffled_and_doubled(octets))
    resources = sorted((hospital / "fhir").iterdir())
    source = from_messages(octets, "Europe/Brussels", NOW)
    names = sampled(source)
    claims = []
    for name, files in (
        ("HL7 v2", sorted((hospital / "hl7").iterdir())),
        ("HL7 v2, shuffled and doubled", [mixed]),
        ("FHIR R4", resources),
    ):
        say(f"{name}: building, sealing, pulling and opening all wards")
        if name == "FHIR R4":
            source = {}  # the memory of the first one
            source = from_resources((json.loads(line) for file in resources for line in file.open()), NOW)
        printed_of = names if files != [mixed] else []
        wards = wards_with_packs(hospital, folder / name, files, UNTIL, printed_of)
        say(f"{name}: comparing")
        found = compared(source, {ward: each.page for ward, each in wards.items()}, NOW)
        inpatients = sum(each.stay is not None and each.stay.kind == "I" for each in source.values())
        claims.append(count(f"{name}: inpatients of the source", inpatients))
        claims += [count(f"{name}: {group} compared", number) for group, number in found.counts.items() if number]
        kinds = Counter(kind for kind, _ in found.differences)
        for told in found.told()[:20]:
            say(told[:300])
        claims += [count(f"{name}: differences of {kind}", number, none=True) for kind, number in kinds.items()]
        claims.append(count(f"{name}: differences", len(found.differences), none=True))
        if printed_of:
            say(f"{name}: reading prints of {', '.join(names)}, and looking at their pages")
            printed, seen = looked_at(wards, names, folder)
            for told in [*printed, *seen][:20]:
                say(told[:300])
            claims.append(count(f"{name}: differences of prints of {len(names)} wards", len(printed), none=True))
            claims.append(count(f"{name}: differences of {len(names)} pages in Chromium", len(seen), none=True))
    return claims, hashlib.sha256(octets).hexdigest()


def main() -> None:
    """Measure and publish; exit code 1 where there is a difference."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="a small hospital, nothing written")
    quick = options.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        claims, digest = measure(Path(folder), QUICK_BEDS if quick else BEDS)
    publish("pack_check", claims, digest, quick=quick)
    sys.exit(not all(claim.row()["ok"] for claim in claims))


if __name__ == "__main__":
    main()
