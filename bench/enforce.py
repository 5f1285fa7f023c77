"""How long two hundred acts take: a plan on nftables, FreeRADIUS and a Samba AD, and all of it back, while people ask.

Sixty machines of six zones are in network namespaces behind one firewall; 110 acts are on that, 50 on ports of six
switches, 40 on accounts, in four waves that have all three. Lifelines are asked before, between and after waves by the
plan, and all the time by eight clients, over connections old and new. Seconds are by the clock on the wall, with all
that the devices themselves need on the same machine.

It needs root, network namespaces, nftables, freeradius and samba; without them it says so and measures nothing.

Run: ``python bench/enforce.py [--quick]``; ``--quick`` is two rounds, and not written down.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from yardsticks.claims import ROOT, Claim, publish, say

sys.path.insert(0, str(ROOT))

from codedark.app.enforcing.books import Books
from codedark.app.enforcing.withdrawing import withdraw
from codedark.store.case_log.case_log import CaseLog
from tests.enforcing_program import now_us
from tests.mixed_hospital import WAVES, MixedHospital, mixed, mixed_hospital, why_not
from tests.mixed_program import carried_out
from tests.patients import Patients

ROUNDS, QUICK_ROUNDS = 11, 2


def measured(hospital: MixedHospital, path: Path) -> tuple[float, float, float]:
    """Seconds for all of a plan, processor seconds of it that are ours, and seconds until all is as before."""
    with CaseLog(path) as log:
        done = carried_out(log, hospital.place, "night")
        if done.outcome.finished_waves != WAVES or done.outcome.told:
            sys.exit(f"the plan was not carried out: {'; '.join(done.outcome.told)}")
        books = Books(log, now_us)
        began = time.perf_counter()
        told = withdraw(books, hospital.place.devices(log.lock), list(books.holding.orders), "measured")
        back_seconds = time.perf_counter() - began
        if told or hospital.things():
            sys.exit(f"it was not taken back: {'; '.join(told)}")
    return done.wall_seconds, done.processor_seconds, back_seconds


def main() -> None:
    """Measure, and publish."""
    quick = "--quick" in sys.argv[1:]
    if why := why_not():
        say(f"skipped: {why}")
        return
    rounds = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with mixed_hospital(folder, "b") as hospital, Patients(hospital.network) as patients:
            for number in range(QUICK_ROUNDS if quick else ROUNDS):
                rounds.append(measured(hospital, folder / f"log{number}"))
                say(f"     round {number + 1}: {rounds[-1][0]:.2f} s, back in {rounds[-1][2]:.2f} s")
    applied, ours, back = (list(each) for each in zip(*rounds, strict=True))
    say(f"     the blood bank was asked {patients.asked} times")
    claims = [
        Claim("200 acts on three real devices", "s", applied, "< 5", lambda x: x < 5),
        Claim("the same, processor time of the program and nft", "s", ours, "< 5", lambda x: x < 5),
        Claim("all of it taken back", "s", back, "< 5", lambda x: x < 5),
        Claim("lost lifeline probes", "", [float(len(patients.lost))], "0", lambda x: x == 0),
    ]
    publish("enforce", claims, mixed("night").digest, quick=quick)


if __name__ == "__main__":
    main()
