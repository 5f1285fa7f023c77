"""Packs of a hospital with 1,000 inpatients: how fast they are made and opened, and how large they are.

    python bench/pack.py [--quick]

The hospital is simulated. Five things are measured:

1. *Rebuilding*: from the journal's bytes on disk, FHIR resources of the whole hospital (its beds and staff too), to the
   charts of all patients, as every command does it when it begins; against `orjson.loads` of the same lines, in pairs.
   CPU time of this process. And the last part of it alone: from what was read to charts.
2. *Message to sealed pack*, on the wall: messages (HL7 v2.5.1) come into the journal at random moments while the
   builder goes round as `codedark pack build --every 5` does, a ward's documents printed in each round. Counted is
   each message after which a ward's pack was built, from the message on disk to the first pack that can hold it.
3. *Size*: everything that is sealed, of all wards with beds, where three days of results, doses and vital signs lie
   in it. Out-patients, of whom there is little to tell, are left out.
4. *Prints*: of every inpatient the medication chart and the handover, as PDF.
5. *Opening*: from the passphrase's Enter to the drawn list of the ward, with key derivation (600,000 rounds), from
   ``file://``. The whole browser gets a tenth of one core (`yardsticks.opening`).
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import random
import re
import sys
import tempfile
import threading
import time
from functools import partial
from operator import gt
from pathlib import Path
from typing import Final

import orjson
from yardsticks.claims import ROOT, Claim, publish, say
from yardsticks.packed import Packed, packed, rebuilt, round_of

sys.path.insert(0, str(ROOT))

from yardsticks.opening import NotSlowed, chromium_seconds, firefox_seconds

from codedark.app.continuing.census.formats import HL7
from codedark.app.continuing.census.state import CensusState, Following
from codedark.app.continuing.packing.building import Builder
from codedark.app.continuing.printing.lettering import Lettering
from codedark.app.continuing.printing.prints import handover_print, medication_print
from codedark.app.wall_clock import now_us
from codedark.continuity.hl7v2.site import site
from codedark.continuity.packs.numbers import MOST_WARDS
from codedark.continuity.packs.pack import Counter, Pack
from codedark.continuity.packs.page_lock import as_json
from codedark.continuity.packs.told import Told
from codedark.continuity.packs.ward_pack import ward_pack
from codedark.continuity.pages.page import heading, page
from codedark.continuity.pages.payload import payload
from codedark.hospital.ward import WardId
from codedark.store.journal.journal import Journal
from codedark.store.packs.page_lock import ROUNDS, locked, new_page_key

BEDS, QUICK_BEDS = 1_350, 20
"""Enough for 1,000 inpatients."""
HOURS_DAYS: Final = 0.1
LONG_BEDS, QUICK_LONG_BEDS = 300, 10
LONG_DAYS, QUICK_LONG_DAYS = 3.1, 0.5
PAIRS, OPENINGS = 5, 3
FED_SECONDS, QUICK_FED_SECONDS = 150.0, 12.0
EVENTS: Final = 300
EVERY_SECONDS: Final = 5.0
MOST_TIMES, MOST_SECONDS, MOST_KIB, MOST_OPENING_SECONDS = 3.0, 10.0, 8.0, 5.0
SLOWED: Final = 0.1
REALISTIC: Final = 30
PASSPHRASE: Final = "copper lantern seven gravel orbit meadow"


def rebuilding(told: Packed, pairs: int) -> list[Claim]:
    """Charts from the journal, against nothing but reading the same JSON."""
    lines = [line for file in sorted((told.home / "fhir").iterdir()) for line in file.read_bytes().splitlines()]
    against, folding, seconds = [], [], []
    patients = 0
    for _ in range(pairs):
        gc.collect()
        start = time.process_time()
        for line in lines:
            orjson.loads(line)
        bare = time.process_time() - start
        start = time.process_time()
        state = rebuilt(told)
        read = time.process_time()
        charts = state.charts(state.heard_us)
        end = time.process_time()
        patients = sum(chart.visit is not None and chart.visit.kind == "I" for chart in charts.values())
        against.append((end - start) / bare)
        folding.append((end - read) / bare)
        seconds.append(len(charts) / (end - start))
    megabytes = sum(map(len, lines)) / 1e6
    return [
        Claim(
            f"charts of {patients} inpatients from the journal ({megabytes:.0f} MB of FHIR), "
            "times orjson.loads of its lines",
            "ratio",
            against,
            f"<= {MOST_TIMES:g}",
            lambda value: value <= MOST_TIMES,
        ),
        Claim("of that, from what was read to charts (no bar)", "ratio", folding, "", lambda _: True),
        Claim("patients rebuilt a second (no bar)", "1/s", seconds, "", lambda _: True),
    ]


class Feed(threading.Thread):
    """Messages come into the journal at random moments. ``came``: each of them, and when it was on disk."""

    def __init__(self, journal: Path, octets: list[bytes], seconds: float) -> None:
        super().__init__(daemon=True)
        self._journal, self._octets = journal, octets
        rng = random.Random(7)
        self._waits = sorted(rng.uniform(0, seconds) for _ in octets)
        self.came: list[tuple[bytes, int]] = []

    def run(self) -> None:
        """Send all of them."""
        begun = time.monotonic()
        with Journal(self._journal, reserve_bytes=0) as journal:
            for message, wait in zip(self._octets, self._waits, strict=True):
                time.sleep(max(0.0, begun + wait - time.monotonic()))
                journal.append("mllp://bench", HL7, message + b"\n", 1, now_us())
                journal.sync()
                self.came.append((message, now_us()))


def message_to_pack(told: Packed, seconds: float) -> tuple[list[Claim], Told]:
    """Seconds from message to sealed pack; and what the last round was told."""
    state = CensusState(told.hospital, site())
    following = Following(told.journal, state)
    events = list(told.octets[-EVENTS:])
    with Journal(told.journal, reserve_bytes=0) as journal:
        for message in told.octets[:-EVENTS]:
            journal.append("mllp://bench", HL7, message + b"\n", 1, now_us())
        journal.sync()
    following.catch_up()
    whole = Builder(told.home, told.hospital, "nl", most_printed=0)
    start = time.process_time()
    round_of(whole, state)
    sealing = time.process_time() - start
    builder = Builder(told.home, told.hospital, "nl", most_printed=1)
    round_of(builder, state)
    feed = Feed(told.journal, events, seconds)
    feed.start()
    lasting: list[float] = []
    working: list[float] = []
    rounds: list[tuple[int, dict[WardId, int], dict[bytes, WardId]]] = []
    while True:
        done = not feed.is_alive()
        begun, begun_cpu = time.monotonic(), time.process_time()
        following.catch_up()
        made, last = round_of(builder, state)
        lasting.append(time.monotonic() - begun)
        working.append(time.process_time() - begun_cpu)
        sealed = {WardId(each.manifest.ward): each.path.stat().st_mtime_ns // 1000 for each in made.built}
        rounds.append((last.now_us, sealed, _lying(last)))
        if done:
            break
        time.sleep(max(EVERY_SECONDS - lasting[-1], EVERY_SECONDS / 5))
    following.close()
    latencies = sorted(filter(None, (_seconds(message, at_us, rounds) for message, at_us in feed.came)))
    p99 = latencies[-max(1, len(latencies) // 100)]
    beds = sum(len(ward.beds) for ward in told.hospital.wards.values())
    return [
        Claim(
            f"message to sealed pack, p99 of {len(latencies)} messages, {beds} beds, every "
            f"{EVERY_SECONDS:g} s, with prints, on the wall",
            "s",
            [p99],
            f"<= {MOST_SECONDS:g} s",
            lambda value: value <= MOST_SECONDS,
        ),
        Claim("message to sealed pack, all of them (no bar)", "s", latencies, "", lambda _: True),
        Claim("a round of the builder, with the documents of one ward (no bar)", "s", lasting, "", lambda _: True),
        Claim("the same, CPU of this process (no bar)", "s", working, "", lambda _: True),
        Claim("all wards sealed at once, without prints, CPU (no bar)", "s", [sealing], "", lambda _: True),
    ], last


def _lying(told: Told) -> dict[bytes, WardId]:
    """The ward of every patient by his number, as messages write it."""
    return {bed.chart.id.encode(): ward for ward, beds in told.wards.items() for bed in beds if bed.chart}


def _seconds(
    message: bytes, at_us: int, rounds: list[tuple[int, dict[WardId, int], dict[bytes, WardId]]]
) -> float | None:
    """Until the first pack of the patient's ward of which the charts were read behind the message, if its round built
    one; None where the message had nothing to say to a pack.
    """
    found = re.search(rb"\rPID\|[^|]*\|[^|]*\|([^|^~]*)", message)
    for began_us, sealed, lying in rounds:
        if began_us > at_us:
            ward = lying.get(found[1]) if found else None
            return (sealed[ward] - at_us) / 1e6 if ward in sealed else None
    return None


def sizes(told: Packed) -> list[Claim]:
    """What a patient takes in sealed packs, without and with prints."""
    state = rebuilt(told)
    with Journal(told.journal, reserve_bytes=0) as journal:
        for message in told.octets:
            journal.append("file://bench", HL7, message + b"\n", 1, now_us())
        journal.sync()
    following = Following(told.journal, state)
    following.catch_up()
    following.close()
    claims = []
    for name, printed in (("page and charts", 0), ("page, charts and all documents to print", MOST_WARDS)):
        made, _ = round_of(Builder(told.home, told.hospital, "nl", most_printed=printed), state)
        told_of = [each.manifest for each in made.built if told.hospital.wards[WardId(each.manifest.ward)].beds]
        wards = [(each.size_bytes / 1024, each.patients) for each in told_of if each.patients]
        patients = sum(count for _, count in wards)
        bar = f"<= {MOST_KIB:g}"
        mean = sum(kib for kib, _ in wards) / patients
        largest, most = max(wards, key=lambda each: each[1])
        claims += [
            Claim(
                f"sealed, of a patient: {name}; three days, {patients} in {len(wards)} wards with beds",
                "KiB",
                [mean],
                bar,
                lambda value: value <= MOST_KIB,
            ),
            Claim(f"the same in the ward with most, {most} patients (no bar)", "KiB", [largest / most], "", bool),
        ]
    return claims


def printing(packs: list[Pack]) -> list[Claim]:
    """All charts as PDF."""
    patients = sum(bed.chart is not None for pack in packs for bed in pack.beds)
    pages, octets = 0, 0
    letters = Lettering()
    start = time.process_time()
    for pack in packs:
        for print_ in (medication_print(pack, "nl", letters), handover_print(pack, "nl", letters)):
            pages += len(re.findall(rb"/Type /Page\b", print_))
            octets += len(print_)
    seconds = time.process_time() - start
    return [
        Claim(
            f"charts and handovers of {patients} patients, PDF",
            "s",
            [seconds],
            ">= 1000 charts",
            lambda _: patients >= 1_000,
        ),
        Claim("sheets of these (no bar)", "", [float(pages)], "", lambda _: True),
        Claim("bytes of these (no bar)", "MB", [octets / 1e6], "", lambda _: True),
    ]


def opening(folder: Path, packs: list[Pack], rounds: int) -> list[Claim]:
    """Both browsers, a ward of ordinary size and the largest."""
    by_size = sorted(packs, key=lambda pack: sum(bed.chart is not None for bed in pack.beds))
    counts = [sum(bed.chart is not None for bed in pack.beds) for pack in by_size]
    ordinary = min(range(len(by_size)), key=lambda place: abs(counts[place] - REALISTIC))
    key = new_page_key(PASSPHRASE, ROUNDS)
    claims = []
    for place in dict.fromkeys((ordinary, len(by_size) - 1)):
        pack, path = by_size[place], folder / f"{place}.html"
        path.write_text(page(heading(pack), as_json(locked(payload(pack), key, "bench")), "nl"), "utf-8")
        for name, seconds_of in (("Chromium", chromium_seconds), ("Firefox", firefox_seconds)):
            for part, bar in ((None, ""), (SLOWED, f"<= {MOST_OPENING_SECONDS:g} s")):
                try:
                    samples = [seconds_of(path, PASSPHRASE, part) for _ in range(rounds)]
                except NotSlowed as error:
                    say(f"not measured: {name}: {error}")
                    continue
                how = "a tenth of one core" if part else "not slowed (no bar)"
                most = MOST_OPENING_SECONDS if part else float("inf")
                claims.append(
                    Claim(
                        f"{name}, {counts[place]} patients, from Enter to the ward, {how}",
                        "s",
                        samples,
                        bar,
                        partial(gt, most),
                    )
                )
    return claims


def packs_of(told: Packed, last: Told) -> list[Pack]:
    """The packs of all wards with patients."""
    made = [ward_pack(told.hospital, ward, number, last, Counter(1)) for number, ward in enumerate(sorted(last.wards))]
    return [pack for pack in made if any(bed.chart for bed in pack.beds)]


def measure(folder: Path, *, quick: bool) -> tuple[list[Claim], str]:
    """All claims, and the digest of the messages."""
    say("simulating")
    told = packed(folder / "large", QUICK_BEDS if quick else BEDS, HOURS_DAYS)
    say("rebuilding")
    claims = rebuilding(told, 1 if quick else PAIRS)
    say("message to sealed pack")
    more, last = message_to_pack(told, QUICK_FED_SECONDS if quick else FED_SECONDS)
    packs = packs_of(told, last)
    say("printing")
    claims += [*more, *printing(packs)]
    say("three days")
    long = packed(folder / "long", QUICK_LONG_BEDS if quick else LONG_BEDS, QUICK_LONG_DAYS if quick else LONG_DAYS)
    claims += sizes(long)
    say("opening")
    claims += opening(folder, packs, 1 if quick else OPENINGS)
    return claims, hashlib.sha256(b"".join([*told.octets, *long.octets])).hexdigest()


def main() -> None:
    """Measure and publish."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="small hospitals, nothing written")
    quick = options.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        claims, digest = measure(Path(folder), quick=quick)
    publish("pack", claims, digest, quick=quick)


if __name__ == "__main__":
    main()
