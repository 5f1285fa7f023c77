"""Who works here: how many of each role, and where they belong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codedark.hospital.asset import AssetKind
from codedark.simulate.building.apportion import apportion
from codedark.simulate.building.places import Place
from codedark.simulate.chance import Seed, stream
from codedark.simulate.site import Role

K = AssetKind
BEDSIDE = (K.WORKSTATION, K.MOBILE_WORKSTATION, K.MOBILE_WORKSTATION, K.WORKSTATION)
DESK = (K.WORKSTATION,)
OWN = (K.WORKSTATION, K.LAPTOP)


@dataclass(frozen=True, slots=True)
class Post:
    """A role with its share of all staff, where its people belong (weights by specialty), and what computers they use.

    ``by_bed`` weighs a place by its beds too, or by its desks where it has none; ``least`` is the fewest there.
    """

    role: Role
    share: float
    homes: Mapping[str, float]
    uses: Sequence[AssetKind]
    by_bed: bool = False
    least: int = 0


ANY_WARD = ""
"""Stands for every specialty that patients lie in and that is not named."""
SURGICAL = {"surgery": 1.0, "orthopaedics": 1.0, "urology": 1.0, "maternity": 0.6, "operating theatre": 0.5}
POSTS = (
    # Shares: nursing staff 37 % (OECD, nurses alone) to a little over half (Belgium, with care assistants).
    Post(
        Role.NURSE,
        0.400,
        {
            ANY_WARD: 1.0,
            "intensive care": 5.0,
            "neonatal care": 4.0,
            "emergency department": 4.5,
            "operating theatre": 6.0,
            "dialysis": 1.5,
            "day hospital": 0.8,
            "outpatient clinic": 1.3,
        },
        BEDSIDE,
        by_bed=True,
        least=5,
    ),
    Post(
        Role.PHYSICIAN,
        0.080,
        {ANY_WARD: 1.0, "intensive care": 3.0, "emergency department": 4.0, "operating theatre": 0.0},
        (*BEDSIDE, K.LAPTOP),
        by_bed=True,
    ),
    Post(Role.SURGEON, 0.020, SURGICAL, (*DESK, K.LAPTOP)),
    Post(Role.ANAESTHETIST, 0.013, {"operating theatre": 1.0}, DESK),
    Post(Role.RADIOLOGIST, 0.007, {"radiology": 1.0}, DESK),
    Post(Role.RADIOGRAPHER, 0.018, {"radiology": 1.0}, DESK),
    Post(Role.LABORATORY_TECHNICIAN, 0.030, {"laboratory": 5.0, "blood bank": 1.0}, DESK),
    Post(Role.PHARMACIST, 0.010, {"pharmacy": 1.0}, DESK),
    Post(Role.THERAPIST, 0.055, {"physiotherapy": 3.0, "outpatient clinic": 1.0}, DESK),
    Post(Role.CLERK, 0.125, {"administration": 4.0, "reception": 2.0, "outpatient clinic": 3.0}, OWN),
    Post(Role.MANAGER, 0.030, {"administration": 1.0}, OWN),
    Post(Role.TECHNICIAN, 0.198, {"facilities": 4.0, "kitchen": 2.0, "sterilisation": 1.0}, DESK),
    Post(Role.IT_ADMINISTRATOR, 0.009, {"information technology": 1.0}, OWN),
    Post(Role.BIOMEDICAL_ENGINEER, 0.005, {"biomedical engineering": 1.0}, OWN),
)
LEAST_OF_A_ROLE = 1
STAFF_A_BED = (4.3, 4.8)
"""Persons a licensed bed; the seed chooses between them."""


@dataclass(frozen=True, slots=True)
class Position:
    """Somebody's job, before it has a name: a role in a place, and the kinds of computers used there."""

    role: Role
    place: Place
    uses: Sequence[AssetKind]


def positions(places: Sequence[Place], beds: int, seed: Seed) -> list[Position]:
    """One position for each member of the staff, by role and place."""
    total = round(beds * stream(seed, "staff").uniform(*STAFF_A_BED))
    made: list[Position] = []
    for post, count in zip(POSTS, _counts(total, places), strict=True):
        homes = [place for place in places if _weight(post, place) > 0]
        parts = apportion(count, [_weight(post, place) for place in homes], post.least)
        made += [
            Position(post.role, place, post.uses) for place, part in zip(homes, parts, strict=True) for _ in range(part)
        ]
    return made


def _counts(total: int, places: Sequence[Place]) -> list[int]:
    """How many of each role; in a small hospital nurses come first, because every ward needs some at every hour."""
    shares = [post.share for post in POSTS]
    counts = apportion(total, shares, LEAST_OF_A_ROLE)
    needed = POSTS[0].least * sum(_weight(POSTS[0], place) > 0 for place in places)
    if counts[0] >= needed:
        return counts
    return [needed, *apportion(total - needed, shares[1:], LEAST_OF_A_ROLE)]


def _weight(post: Post, place: Place) -> float:
    if not post.by_bed:
        return post.homes.get(place.specialty, 0.0)
    if place.beds:
        return len(place.beds) * post.homes.get(place.specialty, post.homes[ANY_WARD])
    return place.desks * post.homes.get(place.specialty, 0.0)
