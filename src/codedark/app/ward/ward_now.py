"""Who lies where on the ward as the station knows it now: by the pack, and by who came in and was moved since.

Nobody who is known is left out. Whoever was moved to another ward stands at the end: the name of a ward is written in
many ways, and a sheet too many is no harm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from codedark.app.ward.beds import bed_name, moved, parts
from codedark.app.ward.charts_now import chart_known
from codedark.app.ward.patients import known_at
from codedark.continuity.charts.chart import Chart, PatientId, Place
from codedark.continuity.entries.checks import Known
from codedark.continuity.entries.entry import Admission, Entry, Identifier, Void
from codedark.continuity.entries.in_force import perhaps_in_force
from codedark.continuity.packs.pack import Bed, Pack
from codedark.hospital.ward import WardId

NO_WARD: Final = WardId("")


def ward_now(pack: Pack | None, acts: Sequence[Entry]) -> list[Bed]:
    """Beds of the pack's corridor with whoever lies in them now, empty ones among them; then who lies on this ward in
    none of these; then who was moved away. Charts are the pack's, or of the admission.
    """
    own = by_patient(acts)
    beds = pack.beds if pack else ()
    lying = [Bed(_now(bed.place, own.get(bed.chart.id, []), pack), bed.chart) for bed in beds if bed.chart]
    lying += [Bed(_now(_came(own[each.id], pack), own[each.id], pack), each) for each in _strangers(pack, own)]
    corridor = {bed_name(bed.place): bed.place for bed in beds}
    found = list[Bed]()
    for name, place in corridor.items():
        here = [bed for bed in lying if is_here(bed.place, pack) and bed_name(bed.place) == name]
        found += here or ([Bed(place, None)] if name else [])
    return found + sorted((bed for bed in lying if bed not in found), key=lambda bed: not is_here(bed.place, pack))


def is_here(place: Place, pack: Pack | None) -> bool:
    """Whether it is a place of this ward; without a pack nobody can tell."""
    return pack is None or place.ward == pack.ward


def by_patient(acts: Sequence[Entry]) -> dict[PatientId, list[Entry]]:
    """The acts of each patient, in their order."""
    whose = sorted(acts, key=lambda each: each.patient)
    return {patient: list(found) for patient, found in groupby(whose, key=lambda each: each.patient)}


def _strangers(pack: Pack | None, own: Mapping[PatientId, Sequence[Entry]]) -> Iterator[Chart]:
    """Of everybody who is not in the pack and of whom something was charted that stands, in the order of that."""
    told = {bed.chart.id for bed in (pack.beds if pack else ()) if bed.chart}
    held = {number: [each for each in perhaps_in_force(acts) if not isinstance(each.content, Void)]
            for number, acts in own.items() if number not in told}  # fmt: skip
    for number in sorted(filter(held.get, held), key=lambda number: held[number][0].effective_us):
        known = known_at(held[number], {}, number) or Known(number, _read(held[number]))
        yield chart_known(number, known, held[number])


def _read(held: Sequence[Entry]) -> str:
    """The name as it was read at the bedside."""
    names = (read.value for each in held for read in each.checked if read.by is Identifier.NAME)
    return next(names, "")


def _came(own: Sequence[Entry], pack: Pack | None) -> Place:
    """Where somebody came in."""
    came = [each.content for each in perhaps_in_force(own) if isinstance(each.content, Admission)]
    return _place(pack, came[-1].ward, "", came[-1].bed) if came else Place(pack.ward if pack else NO_WARD)


def _now(before: Place, own: Sequence[Entry], pack: Pack | None) -> Place:
    """Where somebody lies who lay there before."""
    move = moved(own)
    return _place(pack, move.ward, move.room, move.bed) if move else before


def _place(pack: Pack | None, ward: str, room: str, bed: str) -> Place:
    """A place as people wrote it: the pack's own bed where it has that name."""
    if pack is None or parts(ward) not in {(), parts(pack.ward), parts(pack.ward_name)}:
        return Place(WardId(ward), room, bed)
    wanted = parts(f"{room} {bed}"), parts(bed.removeprefix(f"{pack.ward}-"))
    for each in pack.beds if parts(f"{room} {bed}") else ():
        names = parts(bed_name(each.place)), parts(f"{each.place.room} {each.place.bed}")
        if wanted[0] in names or (not room and wanted[1] in names):
            return each.place
    return Place(pack.ward, room, bed)
