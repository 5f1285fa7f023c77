"""How long a message takes to be in the sealed pack of its ward, and how large packs are, on one core.

    python bench/pack.py [--quick]

The hospital is simulated: its patients as FHIR resources, then its last messages one by one (HL7 v2.5.1), each
followed by a round of the builder, as `codedark pack build --every 5` makes it. A message that comes at the worst time
waits for the pause and for the longest print of a ward that is under way; both are counted in. Times are CPU time of
this process (`time.process_time`), for the machine may be busy.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
from yardsticks.claims import Claim, publish, say

from codedark.app.continuing.building import Builder, Round, Told
from codedark.app.continuing.census_intake import load, messages, now_us
from codedark.app.continuing.census_state import HL7, CensusState, Following
from codedark.app.hospital_files import usable_hospital
from codedark.continuity.hl7v2.site import site
from codedark.events.parcel import Parcel, Sequence
from codedark.hospital.hospital import Hospital
from codedark.store.durable import put
from codedark.store.journal import Journal
from codedark.store.pack_counters import Counters
from codedark.store.pack_keys import KEYS, make_keys

BEDS, QUICK_BEDS = 1_000, 20
EVENTS, QUICK_EVENTS = 100, 20
EXPORTED_US = 1_768_172_400_000_000
"""Before the first message."""
PAUSE_SECONDS = 5.0
PRINTED, QUICK_PRINTED = 4, 2
MOST_SECONDS, MOST_KIB = 10.0, 8.0


def simulated(folder: Path, beds: int) -> Hospital:
    """A hospital of two hours."""
    options = ["--beds", str(beds), "--days", "0.1", "--seed", "3"]
    line = [sys.executable, "-m", "codedark", "simulate", str(folder), *options]
    subprocess.run(line, check=True, capture_output=True)
    return usable_hospital(folder / "hospital.yaml")


def known(folder: Path, hospital: Hospital) -> tuple[CensusState, list[bytes]]:
    """The census without the last messages, and those."""
    octets = [message for file in sorted((folder / "hl7").glob("*.hl7")) for message in messages(file.read_bytes())]
    with Journal(folder / "journal", reserve_bytes=0) as journal:
        load([folder / "fhir"], journal, EXPORTED_US)
    state = CensusState(hospital, site())
    following = Following(folder / "journal", state)
    following.catch_up()
    following.close()
    for number, message in enumerate(octets[:-EVENTS]):
        state.take(parcel(number, message))
    return state, octets[-EVENTS:]


def parcel(number: int, message: bytes) -> Parcel:
    """A message as the journal gives it."""
    return Parcel(Sequence(number + 1), 1, now_us(), "mllp://bench", HL7, message + b"\n")


def built(builder: Builder, state: CensusState) -> Round:
    """A round, as the command makes it."""
    at_us = now_us()
    charts = state.charts(at_us).values()
    return builder.round(Told(state.wards(at_us), charts, tuple(state.feeds.sentences(at_us)), at_us))


def measure(folder: Path, *, quick: bool) -> tuple[list[Claim], str]:
    """All claims, and the digest of the messages."""
    beds, events, printed = (QUICK_BEDS, QUICK_EVENTS, QUICK_PRINTED) if quick else (BEDS, EVENTS, PRINTED)
    hospital = simulated(folder / "hospital", beds)
    state, octets = known(folder / "hospital", hospital)
    packs = folder / "home" / "packs"
    packs.mkdir(parents=True)
    keys = make_keys(hospital.name, {ward.id: ward.name for ward in hospital.wards.values()}, rounds=10)
    put(packs / KEYS, msgspec.json.encode(keys.builder))
    Counters(packs).begin()
    say("sealing all wards")
    builder = Builder(folder / "home", hospital, "nl", with_prints=False)
    start = time.process_time()
    first = built(builder, state)
    whole_seconds = time.process_time() - start
    patients = sum(each.manifest.patients for each in first.built)
    kib = sum(each.manifest.size_bytes for each in first.built if each.manifest.patients) / 1024 / patients
    say(f"printing {printed} wards, {patients} patients in all")
    print_seconds = []
    printing = Builder(folder / "home", hospital, "nl", most_printed=1)
    built(printing, state)
    for _ in range(printed):
        start = time.process_time()
        built(printing, state)
        print_seconds.append(time.process_time() - start)
    say(f"{events} messages, each with a round")
    event_seconds = []
    for number, message in enumerate(octets[:events]):
        start = time.process_time()
        state.take(parcel(1_000_000 + number, message))
        if built(builder, state).built:
            event_seconds.append(time.process_time() - start)
    slow = sorted(event_seconds)[-max(1, len(event_seconds) // 100)]
    claims = [
        Claim(
            "message to sealed pack, p99 with the pause and the longest print",
            "s",
            [PAUSE_SECONDS + max(print_seconds) + slow],
            f"<= {MOST_SECONDS:g} s",
            lambda value: value <= MOST_SECONDS,
        ),
        Claim("message to sealed pack, where nothing is under way", "s", event_seconds, "-", lambda _: True),
        Claim("all wards sealed at once", "s", [whole_seconds], "-", lambda _: True),
        Claim("documents of one ward printed", "s", print_seconds, "-", lambda _: True),
        Claim("page and charts, sealed", "KiB/patient", [kib], f"<= {MOST_KIB:g}", lambda value: value <= MOST_KIB),
    ]
    return claims, hashlib.sha256(b"".join(octets)).hexdigest()


def main() -> None:
    """Measure and publish."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="a small hospital, nothing written")
    quick = options.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        claims, digest = measure(Path(folder), quick=quick)
    publish("pack", claims, digest, quick=quick)


if __name__ == "__main__":
    main()
