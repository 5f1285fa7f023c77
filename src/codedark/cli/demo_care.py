"""The second half of `codedark demo`: packs of every ward, care while the systems are off, and its coming back."""

from __future__ import annotations

import sys
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from codedark.app.amounts import amount
from codedark.app.continuing.demonstration.care import Returned, charted, returned
from codedark.app.continuing.demonstration.wards import Packs
from codedark.app.continuing.packing.ceremony import CARDS
from codedark.app.ward.lines import act_of
from codedark.continuity.entries.reconcile import ENDS, State
from codedark.errors import CodeDarkError
from codedark.events.moments import moment_of
from codedark.simulate.building import TIME_ZONE
from codedark.simulate.habit import HOUR_US
from codedark.simulate.world import Order
from codedark.store.packs.ward_packs import PAGE

TO_OPEN = "open.txt"
"""What to open, in the home of the demonstration."""
_OFF_HOURS = 6


def first_packs(console: Console, order: Order, home: Path) -> Packs:
    """Seal a pack for each ward before anything happens."""
    sys.stderr.write("codedark: making keys of every ward, and its first pack with documents to print: ten seconds\n")
    packs = Packs(order, home)
    told = packs.packed()
    console.print(
        f"{_clock(told.at_us)}  A sealed pack lies ready for each of {amount(told.wards, 'ward')}, with "
        f"{amount(told.patients, 'patient')} and documents to print. It is kept fresh from now on.\n",
        highlight=False,
    )
    return packs


def go_on(console: Console, packs: Packs, home: Path) -> None:
    """How the wards go on: their packs, what one of them charts, and how that comes back."""
    told = packs.packed()
    off_us = told.at_us
    wards = packs.pulled(off_us)
    ward = packs.largest()
    console.rule(f"How the wards go on, from {_clock(off_us)}, when everything is off")
    console.print(
        f"While the attack ran, {amount(told.messages, 'HL7 message')} came in, and "
        f"{amount(told.packs, 'pack was', 'packs were')} built in {amount(told.rounds, 'round')}. Each of the "
        f"{amount(told.wards, 'ward')} has taken its last one: {amount(told.patients, 'patient')} as of "
        f"{_clock(off_us)}. A pack opens in a browser, with no network, server or account.\n",
        highlight=False,
    )
    entries = charted(home, wards[ward], off_us)
    _show(console, str(ward), returned(home, entries, off_us + _OFF_HOURS * HOUR_US))


def say_what_to_open(console: Console, packs: Packs, home: Path) -> None:
    """Where to open what, and with which words: said last, and kept in a file, because the rest scrolls away."""
    ward = packs.largest()
    lines = [
        "What to open in a browser; it needs no network:",
        f"  Ward {ward} as everything goes off. It says that it is old: its clock is that",
        "  of the simulated hospital.",
        f"    {home / 'wards' / ward / PAGE}",
        f"    demonstration passphrase: {packs.passphrases[ward]}",
        "  The other wards' passphrases; a real ward has its own on paper only:",
        f"    {home / 'keys' / CARDS}",
    ]
    plans = home / "plans.html"
    lines += ["  What to disconnect, to print:", f"    {plans}"] if plans.exists() else []
    told = "".join(f"{line}\n" for line in lines)
    (home / TO_OPEN).write_text(told, "utf-8")
    console.print(f"\n{told}", end="", soft_wrap=True, highlight=False, markup=False)


def _show(console: Console, ward: str, back: Returned) -> None:
    """Each entry with where it stands, and the counts, which must add up."""
    console.print(
        f"Ward {ward} freezes its pack and charts at its own station, with a second copy. {_OFF_HOURS} hours later the "
        "record is back. Here it is a small one in this program's memory, no server; station, checks and back-entry "
        "are the real ones.",
        highlight=False,
    )
    for entry in back.entries:
        stands = back.standing[entry.id]
        why = f": {stands.why}" if stands.why else f": {stands.where}" if stands.where else ""
        owner = f", for {stands.owner} to compare" if stands.owner else ""
        console.print(Text(f"  {_clock(entry.effective_us)[:5]}  {entry.id}  {act_of(entry)}"))
        console.print(Padding(Text(f"{stands.state}{owner}{why}", style="dim"), (0, 0, 0, 9)))
    ends = " + ".join(f"{back.ends.by_state[state]} {_WORDS[state]}" for state in ENDS)
    console.print(f"\n{amount(back.ends.entries, 'entry', 'entries')} = {ends}", style="bold", highlight=False)
    wrong = [*back.doubts]
    if not back.ends.is_finished:
        wrong.append("there are entries in none of these states")
    if back.made_again:
        wrong.append(f"a second run made {amount(back.made_again, 'resource')} again")
    if wrong:
        raise CodeDarkError(f"what came back is NOT PROVEN: {'; '.join(wrong)}")
    console.print(
        "Proven: every entry is in exactly one state, each that was filed is in the record once, and a second run "
        "changed nothing.",
        highlight=False,
    )


_WORDS = {
    State.FILED: "filed",
    State.PRESENT: "already present",
    State.VOIDED: "voided",
    State.REFUSED: "refused, with an owner",
}


def _clock(at_us: int) -> str:
    """The time on the wall of the simulated hospital."""
    return f"{moment_of(at_us).astimezone(ZoneInfo(TIME_ZONE)):%H:%M:%S}"
