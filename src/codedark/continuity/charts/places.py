"""Which bed of the model a source means: sources write ward, room and bed each in its own way."""

from __future__ import annotations

from collections.abc import Iterator

from codedark.continuity.charts.chart import Place
from codedark.hospital.hospital import Hospital
from codedark.hospital.ward import BedId, Ward, WardId

NOWHERE = WardId("(no ward told)")
"""The ward of a patient of whom nobody says where he lies: he is on the census nevertheless."""


class Places:
    """The wards and beds of a hospital, by what they may be called."""

    def __init__(self, hospital: Hospital) -> None:
        self._wards: dict[str, Ward] = {}
        self._ward_of: dict[BedId, WardId] = {}
        for ward in hospital.wards.values():
            self._wards.setdefault(ward.name.casefold(), ward)
            self._ward_of |= dict.fromkeys(ward.beds, ward.id)
        self._wards |= {ward.id.casefold(): ward for ward in hospital.wards.values()}

    def place(self, ward: str, room: str, bed: str) -> Place:
        """A place as told, with the model's ward and bed where it knows them."""
        known = self._wards.get(ward.casefold())
        names = [BedId(name) for name in _names(known.id if known else ward, room, bed)]
        found = next((name for name in names if name in self._ward_of), None)
        if found is not None and (known is None or self._ward_of[found] == known.id):
            return Place(self._ward_of[found], room, bed, found)
        return Place(known.id if known else WardId(ward) if ward else NOWHERE, room, bed)


def _names(ward: str, room: str, bed: str) -> Iterator[str]:
    """What a bed may be called in the model, the most exact first."""
    for parts in ((ward, room, bed), (ward, bed), (room, bed), (bed,)):
        if bed and all(parts):
            yield "-".join(parts)
