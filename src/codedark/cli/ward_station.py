"""`codedark ward start, mirror, enter, list, join, verify`: a ward station by the command line."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import orjson
import typer

from codedark.app.amounts import amount
from codedark.app.untrusted import one_line
from codedark.app.ward import clock
from codedark.app.ward.asking_back import Asks
from codedark.app.ward.charting import Asked, Unlikely, begin, chart
from codedark.app.ward.lines import line_of
from codedark.app.ward.patients import charts_of
from codedark.app.ward.times import is_foreign, moment_said, shown, zone_told
from codedark.cli import exit_codes
from codedark.cli.options import Output, OutputOption
from codedark.cli.saying import say
from codedark.continuity.entries.entry import Checked, Identifier, Purpose, canonical, row_of
from codedark.errors import UsageError
from codedark.store.packs.keys import read_station_keys
from codedark.store.station.station import Station

StationOption = Annotated[
    Path, typer.Option("--station", envvar="CODEDARK_STATION", help="Folder of this ward station.")
]
PackOption = Annotated[
    Path | None, typer.Option("--pack", help="The opened pack.json of the ward: the station then knows its patients.")
]
DEFAULT_STATION = Path("codedark-station")


def start(
    name: Annotated[str, typer.Argument(help="What the station is called, as icu-1.")],
    number: Annotated[
        int,
        typer.Option("--number", help="Which station of the ward: 1 to 9. Each has its own, or two acts get one row."),
    ],
    ward_number: Annotated[
        int | None, typer.Option("--ward-number", min=0, help="Without --keys: the ward's number, from its card.")
    ] = None,
    keys: Annotated[
        Path | None, typer.Option("--keys", help="The ward's ward.json, which has the ward's number.")
    ] = None,
    exercise: Annotated[
        bool, typer.Option("--exercise", help="For an exercise, for ever: nothing of it ever counts as care.")
    ] = False,
    station: StationOption = DEFAULT_STATION,
    pack: PackOption = None,
) -> None:
    """Begin a ward station, or give it a newer pack. Done before the night on which it is needed."""
    ward = _number_of_ward(keys, ward_number)
    with begin(station, name, ward, number, pack, Purpose.EXERCISE if exercise else Purpose.CARE) as begun:
        say(*_purpose_told(begun))
        known = f", and knows {amount(len(charts_of(begun)), 'patient')}" if pack is not None else ""
        clock.live_here(begun)
        say(f"station {begun.name} is ready{known}", *_times_told(begun), *begun.catch_up()[1])
    if keys is None and pack is None:
        say(f"nothing here tells whether the ward's number is {ward}: name --keys ward.json too")


def mirror(
    folder: Annotated[Path, typer.Argument(help="A USB stick, or a folder on another station.")],
    station: StationOption = DEFAULT_STATION,
) -> None:
    """Write a second copy there too, from now on."""
    with opened_station(station) as opened:
        say(*opened.add_mirror(folder))
        say(f"{amount(opened.unmirrored(), 'entry is', 'entries are')} without a second copy")


def enter(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="given, held, refused, observation, order, specimen, "
        "phone-result, allergy, note, transfer, admission, void.")],
    fields: Annotated[list[str] | None, typer.Argument(metavar="FIELD=VALUE", help="As drug=paracetamol.")] = None,
    by: Annotated[str, typer.Option("--by", help="Who charts.")] = "",
    witness: Annotated[str, typer.Option("--witness", help="Who checked it too.")] = "",
    patient: Annotated[str, typer.Option("--patient", help="The patient's number.")] = "",
    name: Annotated[str, typer.Option("--name", help="Checked: family name on the wristband.")] = "",
    born: Annotated[str, typer.Option("--born", help="Checked: date of birth, as 1951-07-23.")] = "",
    wristband: Annotated[str, typer.Option("--wristband", help="Checked: the number on the wristband.")] = "",
    at: Annotated[str, typer.Option("--at", help="When, by the clock here: 06:30 or 20m. [default: now]")] = "",
    row: Annotated[str, typer.Option("--row", help="Number of the form row, where it is on paper too.")] = "",
    replaces: Annotated[str, typer.Option("--replaces", help="The entry that this corrects, or makes void.")] = "",
    why: Annotated[
        str, typer.Option("--why", help="Why it is corrected or void, or stands on another patient's form.")
    ] = "",
    sure: Annotated[bool, typer.Option("--sure", help="I looked again: this value is so.")] = False,
    alone: Annotated[
        str, typer.Option("--alone", help="Why nobody else checked this high-alert dose: it says NO SECOND PERSON.")
    ] = "",
    station: StationOption = DEFAULT_STATION,
    output_format: OutputOption = Output.TABLE,
) -> None:  # fmt: skip
    """Chart one act. It is on this disk and on every second copy that is there when this ends."""
    checked = tuple(
        Checked(by_what, value)
        for by_what, value in ((Identifier.NAME, name), (Identifier.BORN, born), (Identifier.NUMBER, wristband))
        if value
    )
    with opened_station(station) as opened:
        opened.catch_up()  # a disk that was put back would give numbers again that its second copy knows
        clock.live_here(opened)
        now_us = clock.now_us(opened)
        asked = Asked(
            kind, _fields(fields or []), patient, checked, by, witness, moment_said(at, now_us) if at else None,
            row.strip().upper(), replaces.strip().upper(), why, sure, is_unvouched=True, alone=alone,
        )  # fmt: skip  # who types both names signs with no PIN
        try:
            charted = chart(opened, asked, now_us, asks_twice=True)
        except Unlikely as doubt:
            raise Unlikely((*doubt.reasons, _answered_with(doubt.asks)), doubt.asks) from doubt
    if output_format is Output.JSON:
        told = {"entry": charted.entry.id, "is_new": charted.written.is_new, "mirrors": charted.written.mirrors}
        sys.stdout.buffer.write(orjson.dumps(told) + b"\n")
    else:
        sys.stdout.write(f"written {one_line(line_of(charted.entry))}\n")
    say(*charted.remarks, *charted.written.told)


def list_(
    patient: Annotated[str, typer.Option("--patient", help="Only this patient.")] = "",
    station: StationOption = DEFAULT_STATION,
    output_format: OutputOption = Output.TABLE,
) -> None:
    """List what was charted, here and at stations that were joined, in the order in which it happened."""
    with opened_station(station) as opened:
        clock.live_here(opened)
        found = [each for each in opened.acts() if patient in {"", each.patient}]
    if output_format is Output.JSON:
        sys.stdout.buffer.write(b"[" + b",".join(map(canonical, found)) + b"]\n")
    else:
        replaced = {each.replaces: each.id for each in found if each.replaces}
        for entry in found:
            by = f"   REPLACED by {replaced[entry.id]}" if entry.id in replaced else ""
            sys.stdout.write(f"{one_line(line_of(entry) + by)}\n")
    doubled = Counter(row_of(each.id) for each in found if row_of(each.id) != each.id)
    for row, number in sorted(doubled.items()):
        say(f"CONFLICT {row} stands for {number} acts: both count, and back-entry asks about each")


def join(
    path: Annotated[Path, typer.Argument(help="The folder of another station, or a stick with second copies.")],
    station: StationOption = DEFAULT_STATION,
) -> None:
    """Take in what another station charted. Doing it twice changes nothing."""
    with opened_station(station) as opened:
        joined = opened.join(path)
        conflicts = len(opened.conflicts())
    sys.stdout.write(f"{amount(joined.new, 'entry is', 'entries are')} new, {joined.known} were here already\n")
    say(*(f"{each.source}:{each.offset}: {each.reason}; not taken in" for each in joined.rejected))
    if conflicts:
        several = amount(conflicts, "number stands", "numbers stand")
        say(f"{several} for more than one act: `codedark ward list` shows them")
    if joined.rejected or conflicts:
        raise typer.Exit(exit_codes.INCOMPLETE)


def verify(station: StationOption = DEFAULT_STATION) -> None:
    """Check that every entry is as it was written, and that the second copies hold all of it."""
    with opened_station(station) as opened:
        up_to_date, told = opened.catch_up()
        links, chain, conflicts = opened.links(), opened.chain(), opened.conflicts()
    others = len({link.station for link in links} - {opened.name})
    held = amount(up_to_date, "second copy holds them", "second copies hold them")
    sys.stdout.write(
        f"station {opened.name}: {amount(len(chain), 'entry', 'entries')}, all as written; {held};"
        f" {len(links) - len(chain)} from {amount(others, 'other station')}\n"
    )
    say(*told)
    if told or conflicts:
        raise typer.Exit(exit_codes.INCOMPLETE)


def opened_station(folder: Path) -> Station:
    """The station of a folder; that it is of an exercise is said each time. Raises as `Station` does."""
    opened = Station(folder)
    say(*_purpose_told(opened))
    return opened


def _purpose_told(station: Station) -> list[str]:
    return ["EXERCISE: nothing that stands here is care"] if station.purpose is Purpose.EXERCISE else []


def _number_of_ward(keys: Path | None, said: int | None) -> int:
    """The ward's number in its keys, else the one that was said. Raises `UsageError` where they differ or none is."""
    kept = read_station_keys(keys).number if keys else None
    if kept is None and said is None:
        raise UsageError("name the ward's ward.json with --keys, or say --ward-number: it stands on the ward's card")
    if kept is not None and said not in {None, kept}:
        raise UsageError(f"--ward-number {said}: the number of this ward is {kept}, by {keys}: leave --ward-number out")
    return kept if kept is not None else said or 0


def _times_told(station: Station) -> list[str]:
    """In which zone times are, and what time it is here where the PC shows another, or was put right by hand."""
    now_us = clock.now_us(station)
    told = [str(zone_told())]
    if is_foreign(now_us):
        told.append(f"This PC is in another time zone. The station says {shown(now_us)}: compare it with a watch.")
    elif clock.ahead_us(station):
        told.append(f"Its clock was put right by hand. It says {shown(now_us)}: compare it with a watch.")
    return told


def _fields(said: Sequence[str]) -> dict[str, str]:
    if wrong := [each for each in said if "=" not in each]:
        raise UsageError(f"{wrong[0]}: say it as FIELD=VALUE, as drug=paracetamol")
    return {name.strip(): value.strip() for name, _, value in (each.partition("=") for each in said)}


def _answered_with(asks: Asks) -> str:
    """How what is asked back is answered by command."""
    said = {
        Asks.SURE | Asks.FORM: "with --sure",
        Asks.FORM: "say with --why how it came there",
        Asks.SECOND: "with --witness, or say with --alone why nobody else was there",
    }
    return f"Say it again {', and '.join(each for which, each in said.items() if which & asks)}."
