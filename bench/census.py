"""How fast messages become charts, on one core, and what it costs to acknowledge only what is on disk.

    python bench/census.py [--quick]

The messages are those of a simulated hospital's day (HL7 v2.5.1: ADT, RDE, RAS, ORM, ORU, SIU). Times are CPU time of
this process (`time.process_time`), for the machine may be busy; those over the network are of the wall.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import subprocess
import sys
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import hl7
from yardsticks.claims import Claim, publish, say

from codedark.app.continuing.census.files import messages
from codedark.app.continuing.census.intake import Intake
from codedark.app.hospital_files import usable_hospital
from codedark.app.wall_clock import now_us
from codedark.continuity.charts.fold import Fold
from codedark.continuity.hl7v2.read import Reader
from codedark.continuity.hl7v2.site import site
from codedark.continuity.packs import census
from codedark.exchange.mllp import MllpSender
from codedark.exchange.mllp_peer import Listener
from codedark.exchange.mllp_receiver import MllpReceiver
from codedark.exchange.sender import Log
from codedark.hospital.hospital import Hospital
from codedark.store.journal.journal import Journal

BEDS, QUICK_BEDS = 300, 20
ROUNDS = 5
SENDERS = 8
SENT = 400


def simulated(folder: Path, beds: int) -> tuple[Hospital, list[bytes]]:
    """A hospital and the messages of its day."""
    line = [
        sys.executable,
        "-m",
        "codedark",
        "simulate",
        str(folder),
        "--beds",
        str(beds),
        "--days",
        "1",
        "--seed",
        "3",
    ]
    subprocess.run(line, check=True, capture_output=True)
    octets = [message for file in sorted((folder / "hl7").glob("*.hl7")) for message in messages(file.read_bytes())]
    return usable_hospital(folder / "hospital.yaml"), octets


def folded(hospital: Hospital, octets: Sequence[bytes]) -> Fold:
    """All messages, read and taken in, one by one."""
    reader, fold = Reader(site(), hospital.time_zone), Fold(hospital)
    for message in octets:
        fold.add(reader.read(message).statements)
    return fold


def cpu_seconds(start: float) -> float:
    """CPU time since ``start``."""
    return time.process_time() - start


def acknowledged_per_second(folder: Path, hospital: Hospital, octets: Sequence[bytes], senders: int) -> float:
    """Messages a second of the wall, each sender waiting for the answer before it sends the next."""
    with Journal(folder, reserve_bytes=0) as journal:
        intake = Intake(journal, Reader(site(), hospital.time_zone), now_us)
        receiver = MllpReceiver([Listener("127.0.0.1", 0)], intake, lambda: "20260112000000")
        parts = [octets[n::senders] for n in range(senders)]
        threads = [threading.Thread(target=sent, args=(receiver.ports[0], part)) for part in parts]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        answered = 0
        while answered < len(octets):
            answered += receiver.step(0.1)
        for thread in threads:
            while thread.is_alive():
                receiver.step(0.01)
        seconds = time.perf_counter() - start
        receiver.close()
    return len(octets) / seconds


def sent(port: int, octets: Sequence[bytes]) -> None:
    """Send messages as an interface engine does."""
    sender = MllpSender("127.0.0.1", port)
    sender.open()
    sender.send(Log("hl7", "hl7"), octets)
    sender.close()


def memory_kib(hospital: Hospital, octets: Sequence[bytes]) -> float:
    """What a patient takes in memory, facts and chart."""
    gc.collect()
    tracemalloc.start()
    fold = folded(hospital, octets)
    charts = [fold.chart(patient) for patient in fold.patients()]
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return taken / 1024 / len(charts)


def measure(folder: Path, *, quick: bool) -> tuple[list[Claim], str]:
    """All claims, and the digest of the messages."""
    beds = QUICK_BEDS if quick else BEDS
    say(f"a simulated day of {beds} beds")
    hospital, octets = simulated(folder / "hospital", beds)
    say(f"{len(octets)} messages")
    taken, against, charts, wards = [], [], [], []
    for _ in range(1 if quick else ROUNDS):
        start = time.process_time()
        fold = folded(hospital, octets)
        seconds = cpu_seconds(start)
        start = time.process_time()
        for message in octets:
            hl7.parse(message.decode())
        against.append(seconds / cpu_seconds(start))
        taken.append(len(octets) / seconds)
        patients = fold.patients()
        start = time.process_time()
        made = {patient: fold.chart(patient, fold.heard_us) for patient in patients}
        charts.append(cpu_seconds(start) / len(patients) * 1000)
        start = time.process_time()
        census.wards(made, hospital)
        wards.append(cpu_seconds(start) * 1000)
    some = octets[:SENT]
    alone = [acknowledged_per_second(folder / "journal1", hospital, some, 1)]
    together = [acknowledged_per_second(folder / "journal8", hospital, some, SENDERS)]
    memory = [memory_kib(hospital, octets)]
    claims = [
        Claim("messages read and folded a second", "1/s", taken, ">= 2000", lambda v: v >= 2000),
        Claim("the same, times python-hl7 only parsing them (no bar)", "ratio", against, "", lambda _: True),
        Claim("a chart from what was told of a patient (no bar)", "ms", charts, "", lambda _: True),
        Claim(f"the wards of {beds} beds from their charts (no bar)", "ms", wards, "", lambda _: True),
        Claim("acknowledged a second, on disk, one sender (no bar)", "1/s", alone, "", lambda _: True),
        Claim(f"acknowledged a second, on disk, {SENDERS} senders (no bar)", "1/s", together, "", lambda _: True),
        Claim("memory of a patient's day, facts and chart (no bar)", "KiB", memory, "", lambda _: True),
    ]
    return claims, hashlib.sha256(b"".join(octets)).hexdigest()


def main() -> None:
    """Measure, write the result and print it as the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small hospital and one round, under 50 s")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        claims, data_sha256 = measure(Path(folder), quick=quick)
    publish("census", claims, data_sha256, quick=quick)


if __name__ == "__main__":
    main()
