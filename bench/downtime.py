"""Four weeks without systems: is every act in the record once, right, and did no reserved number run out?

    python bench/downtime.py [--quick] [--beds 300] [--days 28] [--seed 1]

A hospital goes dark with packs on its wards. Twenty-eight days of care are drawn from a seed (`yardsticks/downtime`):
doses when they are due, late, early, held, refused; measurements, orders, stops, specimens, results by phone, notes,
moves, people who come in unknown, births, deaths. People chart them at two stations a ward and on paper, with slips at
published rates (`people.py` has each with its source). Stations die, sticks are lost, clocks differ, forms are typed in
days later by somebody else. All of it goes through the product: `ward.charting`, mirrors, joins, back-entry into a
record where monitors and the laboratory filed some results themselves. What back-entry puts before people is settled by
people who know the truth and err once in two hundred times. Then an oracle that knows nothing of the product compares.

A defect is an act that is lost, doubled, altered, on the wrong patient or at the wrong time (by more than half an
hour). Against the bar of 0.1 % count all but those that came of a slip that nobody who has only the entry can see: a
plausible value written wrong, a plausible time written wrong, identifiers read off the screen instead of the wristband,
another patient's form, a form that is looked for by its number and not found, a wrong answer at the records office.
Those are told beside, so that the whole is there too; and so is what the same slips would have left with plain paper
that is typed into the record unchecked.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from collections import Counter
from pathlib import Path

from yardsticks.claims import Claim, publish, say
from yardsticks.downtime.truth import truth
from yardsticks.downtime.whole import Outcome, kinds, whole

WARD_BEDS = 25
_SHARED_MEMORY = Path("/dev/shm")


def claims_of(out: Outcome, beds: int) -> list[Claim]:
    """What is shown."""
    per_cent = 100 / out.acts
    counted = Counter(each.kind for each in out.counted)
    most = {**out.used.most, "row of a printed form": out.used.paper_rows}
    return [
        Claim("acts that truly happened (no bar)", "acts", [out.acts], "", lambda _: True),
        Claim("acts charted and joined (no bar)", "entries", [len(out.entries)], "", lambda _: True),
        Claim("defects in the reconciled record", "%", [len(out.counted) * per_cent], "<= 0.1", lambda v: v <= 0.1),
        *(
            Claim(f"of them {kind} (no bar)", "acts", [counted[kind]], "", lambda _: True)
            for kind in ("lost", "doubled", "altered", "wrong patient", "wrong time", "of nothing")
        ),
        Claim("with slips that no program can see (no bar)", "%", [len(out.defects) * per_cent], "", lambda _: True),
        Claim("plain paper, the same slips (no bar)", "%", [out.on_paper * per_cent], "", lambda _: True),
        Claim("entries in none of the four ends", "entries", [not out.count.is_finished], "<= 0", lambda v: v <= 0),
        Claim("entries that the product does not find again", "entries", [len(out.unproven)], "<= 0", lambda v: v <= 0),
        Claim("questions to people, of 1,000 entries (no bar)", "1", [_asked(out)], "", lambda _: True),
        *(
            Claim(
                f"most {kind} numbers of any station, doubled for surge",
                "%",
                [used * 2 / 1_000],
                "<= 100",
                lambda v: v <= 100,
            )
            for kind, used in sorted(most.items())
        ),
        Claim("reserved numbers that stand for two", "numbers", [len(out.used.doubled)], "<= 0", lambda v: v <= 0),
        *(
            Claim(f"{name}, {beds} beds (no bar)", "s", [seconds], "", lambda _: True)
            for name, seconds in out.seconds.items()
        ),
    ]


def _asked(out: Outcome) -> float:
    return 1_000 * sum(out.asked.values()) / len(out.entries)


def main() -> None:
    """Measure, write the result and print it as the last line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two wards of eight beds for three days")
    parser.add_argument("--beds", type=int, default=300)
    parser.add_argument("--days", type=float, default=28)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--explain", action="store_true", help="say each defect that counts")
    asked = parser.parse_args()
    beds, of_ward, days = (16, 8, 3) if asked.quick else (asked.beds, min(WARD_BEDS, asked.beds // 2), asked.days)
    told = truth(beds // of_ward, of_ward, days, asked.seed)
    say(f"{len(told.acts)} acts of {len(told.people)} people in {days} days of {beds} beds")
    with tempfile.TemporaryDirectory(dir=_SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None) as folder:
        out = whole(told, Path(folder), asked.seed, processes=2)
    for name, counts in (("DEFECTS", kinds(out.defects)), ("ASKED", out.asked), ("REFUSED", out.refusals)):
        say(f"{name}\n" + "\n".join(f"{count:8} {what}" for what, count in counts.most_common()))
    if asked.explain:
        by_number = {str(each.id): each for each in out.entries}
        for each in out.counted:
            say(f"{each} {told.acts[each.act] if each.act >= 0 else ''} {by_number.get(each.entry)}")
    digest = hashlib.sha256(repr(told.acts).encode()).hexdigest()
    publish("downtime", claims_of(out, beds), digest, quick=asked.quick)


if __name__ == "__main__":
    main()
