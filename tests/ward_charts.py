"""A ward with patients, made by hand: what tests of packs are about when no feed is."""

from __future__ import annotations

from codedark.continuity.charts.chart import Allergy, Chart, Drug, Identity, PatientId, Place, Visit, VisitId
from codedark.continuity.packs.numbers import blocks
from codedark.continuity.packs.pack import Bed, Counter, Pack
from codedark.hospital.ward import WardId

HOSPITAL = "St Elsewhere"
WARD = WardId("A1")
NOW_US = 1_790_000_000_000_000
HOUR_US = 3_600_000_000


def chart(number: int, *, allergies: bool = True, drugs: int = 2) -> Chart:
    """A patient in bed ``number``."""
    stay = Visit(VisitId(f"V{number}"), place=Place(WARD, "1", str(number)))
    return Chart(
        id=PatientId(f"P{number}"),
        identity=Identity(family=f"Peeters-{number}", given="An", born="1950-02-03", sex="F"),
        visits=(stay,),
        allergies=(Allergy("penicillin", reaction="rash"),) if allergies else (),
        drugs=tuple(
            Drug(f"O{number}-{order}", "metoprolol", dose="25", unit="mg", route="oral") for order in range(drugs)
        ),
    )


def pack(
    counter: int = 1,
    patients: int = 10,
    *,
    hospital: str = HOSPITAL,
    ward: WardId = WARD,
    built_us: int = NOW_US,
    allergies: bool = True,
) -> Pack:
    """The pack of a ward with twelve beds."""
    beds = tuple(
        Bed(Place(ward, "1", str(number)), chart(number, allergies=allergies) if number <= patients else None)
        for number in range(1, max(12, patients) + 1)
    )
    return Pack(
        hospital=hospital,
        ward=ward,
        ward_name=f"Ward {ward}",
        counter=Counter(counter),
        built_us=built_us,
        verify_after_us=built_us + 4 * HOUR_US,
        time_zone="Europe/Brussels",
        beds=beds,
        numbers=blocks(0),
        is_told=True,
    )
