"""`codedark ward pull`, `freeze`, `thaw`, `status`, `take`, `unpack`: the packs that a ward keeps."""

from __future__ import annotations

import getpass
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from codedark.app.amounts import amount
from codedark.app.continuing.packing.bringing import pull as pull_pack
from codedark.app.untrusted import one_line
from codedark.app.wall_clock import now_us
from codedark.cli import exit_codes
from codedark.cli.pack_verify import lay_out
from codedark.cli.saying import say
from codedark.continuity.packs.ages import is_old
from codedark.continuity.packs.manifest import Accepted, Manifest, SetAside
from codedark.continuity.packs.pack import Counter
from codedark.continuity.packs.printed_of import documents_said
from codedark.errors import CodeDarkError
from codedark.store.packs.ward_packs import PAGE, Frozen, Unchanged, WardPacks

_MICROSECONDS: Final = 1_000_000
_WORDS: Final = {3600: "an hour", 6 * 3600: "6 hours", 24 * 3600: "a day", 7 * 24 * 3600: "a week"}

WardOption = Annotated[
    Path, typer.Option("--ward", envvar="CODEDARK_WARD", metavar="FOLDER", help="The ward's packs and its ward.json.")
]
DEFAULT_WARD: Final = Path("codedark-ward")


def pull(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A folder, a share, a stick, or http(s)://...")],
    ward: WardOption = DEFAULT_WARD,
    every: Annotated[
        float, typer.Option("--every", min=0, metavar="SECONDS", help="Go on, and pull again after this long.")
    ] = 0,
) -> None:
    """Get the ward's newest pack. One that is forged, old, of another ward or implausible is set aside.

    Exit code 3 where a pack was set aside.
    """
    packs = WardPacks(ward)
    while True:
        try:
            code = _tell(pull_pack(packs, source, now_us()), ward)
        except CodeDarkError as error:
            if not every:
                raise
            say(str(error))
        if not every:
            raise typer.Exit(code)
        sys.stdout.flush()
        time.sleep(every)


def freeze(ward: WardOption = DEFAULT_WARD) -> None:
    """Take no more packs, until `codedark ward thaw`: what the ward has cannot be replaced any more by anybody."""
    packs = WardPacks(ward)
    packs.freeze(f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z} by {getpass.getuser()}")
    last = packs.standing(now_us()).last
    has = f"The ward has {_called(last)}." if last else "The ward has no pack."
    sys.stdout.write(f"{one_line(has)} No other is taken until `codedark ward thaw`.\n")


def thaw(ward: WardOption = DEFAULT_WARD) -> None:
    """Take packs again."""
    WardPacks(ward).thaw()
    sys.stdout.write("Packs are taken again.\n")


def status(ward: WardOption = DEFAULT_WARD) -> None:
    """Which packs the ward has: the last good one, older ones to go back to, and what was set aside and why."""
    at_us = now_us()
    held = WardPacks(ward).standing(at_us)
    lines = [f"last good: {_called(held.last)}" if held.last else "no pack yet: `codedark ward pull`"]
    lines += [f"of {_WORDS[age_us // _MICROSECONDS]} ago: pack {counter}" for age_us, counter in held.aged.items()]
    lines += [f"damaged on this computer: pack {counter}" for counter in held.damaged]
    for aside in held.aside:
        first = datetime.fromtimestamp(aside.first_us / _MICROSECONDS, UTC).astimezone()
        after = f" To take it all the same: codedark ward take {aside.name}" if aside.may_be_taken else ""
        lines.append(f"set aside {first:%Y-%m-%d %H:%M}, {aside.name}: {aside.reason}.{after}")
    lines.append(f"frozen since {held.frozen}: no pack is taken" if held.frozen is not None else "not frozen")
    sys.stdout.write("".join(f"{one_line(line)}\n" for line in lines))


def take(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `codedark ward status` lists it.")],
    ward: WardOption = DEFAULT_WARD,
) -> None:
    """Take a pack that was set aside only because it is implausible: the ward did empty, and somebody has looked."""
    held = WardPacks(ward)
    code = _tell(held.receive(held.aside.file(name), now_us(), by_hand=True), ward)
    if not code:
        held.aside.drop(name)
    raise typer.Exit(code)


def unpack(
    out: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the files are put; made if missing.")],
    ward: WardOption = DEFAULT_WARD,
    number: Annotated[int | None, typer.Option("--pack", help="Not the last, but this one.")] = None,
) -> None:
    """Put the files of a pack into a folder, to print them. They are not locked: delete them when they are printed."""
    files = WardPacks(ward).files(Counter(number) if number is not None else None)
    lay_out(files, out)
    sys.stdout.write(f"{one_line(documents_said(files))}\n")


def _tell(found: Accepted | Unchanged | SetAside | Frozen, ward: Path) -> int:
    """Say what became of a pack; the exit code."""
    match found:
        case Accepted(manifest=told):
            line, code = f"accepted: {_called(told)}. Open {ward / PAGE}", 0
        case Unchanged(manifest=told):
            line, code = f"nothing new: the ward has {_called(told)}", 0
        case Frozen(since=since):
            line, code = f"frozen since {since}: no pack is taken", 0
        case SetAside(reason=reason):
            line, code = f"set aside: {reason}. The last good pack stays", exit_codes.INCOMPLETE
    sys.stdout.write(f"{one_line(line)}\n")
    return code


def _called(told: Manifest) -> str:
    at_us = now_us()
    data = "age of its data not known"
    if told.oldest_us:
        data = f"newest data {_aged(told.newest_us, at_us)}, oldest data {_aged(told.oldest_us, at_us)}"
    loud = "!! OLD DATA: " if is_old(told.oldest_us, at_us) else ""
    return f"pack {told.counter}, {amount(told.patients, 'patient')}, built {_aged(told.built_us, at_us)}, {loud}{data}"


def _aged(at_us: int, now_us: int) -> str:
    at = datetime.fromtimestamp(at_us / _MICROSECONDS, UTC).astimezone()
    age = timedelta(seconds=max(0, now_us - at_us) // _MICROSECONDS)
    return f"{at:%Y-%m-%d %H:%M %Z} ({age} ago)"
