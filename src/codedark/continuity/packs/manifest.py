"""What is told of a sealed pack, and whether a ward may take it: the numbered checks of decision 16.

The manifest is signed, and in the clear: it holds no patient, only how many there are. A pack that fails a check is set
aside with the reason, and the last good one stays. Where only its content looks wrong, a person may take it all the
same, because wards do empty; nobody can take what is not signed, of another ward, old or damaged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from codedark.continuity.charts.chart import Chart, Group
from codedark.continuity.packs.pack import Counter, Pack
from codedark.hospital.ward import WardId

VERSION: Final = 1
_SECOND_US: Final = 1_000_000
CLOCKS_APART_US: Final = 3600 * _SECOND_US
"""How far ahead of the ward's clock a pack may be built."""
OLDEST_US: Final = 7 * 24 * 3600 * _SECOND_US
"""A pack older than this is of no use, whoever signed it."""
_FALL: Final = 5
"""A census that falls by one in this many is implausible,"""
_LEAST_LOST: Final = 3
"""if as many patients as this are gone: on a ward of four, one discharge is no alarm."""
_FIELDS: Final = {Group.MEDICATION: "drugs", Group.ADMINISTRATIONS: "given", Group.LABORATORY: "results"}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is told of a sealed pack. ``sha256`` (hexadecimal) and ``size_bytes`` are of what is sealed.

    ``newest_us`` and ``oldest_us`` are of its data (`Pack`), 0 where unknown. ``patients`` is how many lie on the ward,
    ``groups`` how many of them have anything in each group.
    """

    hospital: str
    ward: WardId
    ward_name: str
    counter: Counter
    built_us: int
    verify_after_us: int
    sha256: str
    size_bytes: int
    patients: int
    groups: Mapping[str, int] = field(default_factory=dict)
    newest_us: int = 0
    oldest_us: int = 0
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Received:
    """A sealed pack as it came: its manifest, whether the hospital's key signed it, and what its content really is."""

    manifest: Manifest
    is_signed: bool
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """The ward may take it."""

    manifest: Manifest


@dataclass(frozen=True, slots=True)
class SetAside:
    """The ward may not take it: ``reason`` says why, in a sentence. ``may_be_taken``: a person may decide otherwise."""

    reason: str
    may_be_taken: bool = False


def manifest_of(pack: Pack, sha256: str, size_bytes: int) -> Manifest:
    """What is told of a pack whose sealed form has this checksum and size."""
    patients, groups = counted(pack)
    return Manifest(
        hospital=pack.hospital,
        ward=pack.ward,
        ward_name=pack.ward_name,
        counter=pack.counter,
        built_us=pack.built_us,
        verify_after_us=pack.verify_after_us,
        sha256=sha256,
        size_bytes=size_bytes,
        patients=patients,
        groups=groups,
        newest_us=pack.newest_us,
        oldest_us=pack.oldest_us,
    )


def counted(pack: Pack) -> tuple[int, dict[str, int]]:
    """How many patients lie on the ward, and how many of them have anything in each group."""
    charts = [bed.chart for bed in pack.beds if bed.chart is not None]
    return len(charts), {str(group): sum(_has(chart, group) for chart in charts) for group in Group}


def check(
    came: Received, hospital: str, ward: WardId, last: Manifest | None, now_us: int, highest: int = 0
) -> Accepted | SetAside:
    """Whether a ward may take it. ``last`` is the last good pack that it has, None where it has none; ``highest`` the
    highest number that it ever accepted, which outlives a pack that was damaged since.

    The first check that fails counts.

    1. The hospital's key signed it.
    2. It is of this hospital and this ward.
    3. Its number is above the last accepted.
    4. What is sealed is what was signed.
    5. It is neither of tomorrow, nor older than the last accepted, nor older than a week.
    6. Its census has not fallen to nobody, nor by a fifth, and no group that most patients had is empty.
    """
    told = came.manifest
    if not came.is_signed:  # (1)
        return SetAside("it is not signed with this hospital's key: somebody else made it, or it was altered")
    if told.hospital != hospital or told.ward != ward:  # (2)
        return SetAside(f"it is of ward {told.ward} of {told.hospital}, and this is ward {ward} of {hospital}")
    highest = max(highest, last.counter if last else 0)
    if told.counter <= highest:  # (3)
        return SetAside(f"its number is {told.counter}, and this ward has {highest}: an old pack came as a new one")
    if (came.size_bytes, came.sha256) != (told.size_bytes, told.sha256):  # (4)
        return SetAside("its content is not what was signed: it is damaged, cut short or altered")
    return _aged(told, last, now_us) or _implausible(told, last) or Accepted(told)


def _aged(told: Manifest, last: Manifest | None, now_us: int) -> SetAside | None:  # (5)
    if told.built_us > now_us + CLOCKS_APART_US:
        ahead = timedelta(seconds=(told.built_us - now_us) // _SECOND_US)
        return SetAside(f"it was built {ahead} ahead of this computer's clock: one of the two clocks is wrong")
    if last is not None and told.built_us < last.built_us:
        return SetAside("its number is new and its time is before that of the last pack: its builder's clock is wrong")
    if now_us - told.built_us > OLDEST_US:
        days = (now_us - told.built_us) // (24 * 3600 * _SECOND_US)
        return SetAside(f"it is {days} days old: what it says of patients is of no use", may_be_taken=True)
    return None


def _implausible(told: Manifest, last: Manifest | None) -> SetAside | None:  # (6)
    if last is None:
        return None
    lost = last.patients - told.patients
    if last.patients and not told.patients:
        were = "the only patient is" if lost == 1 else f"all {lost} patients are"
        return SetAside(f"{were} gone since the last pack: did the ward empty, or the census?", may_be_taken=True)
    if lost >= _LEAST_LOST and lost * _FALL >= last.patients:
        return SetAside(f"{lost} of {last.patients} patients are gone since the last pack", may_be_taken=True)
    empty = [
        group
        for group, had in sorted(last.groups.items())
        if told.patients and had * 2 > last.patients and not told.groups.get(group)
    ]
    if empty:
        return SetAside(f"no patient has any {', '.join(empty)}, and most had in the last pack", may_be_taken=True)
    return None


def _has(chart: Chart, group: Group) -> bool:
    if group is Group.IDENTITY:
        return bool(chart.identity.family or chart.identity.given)
    if group is Group.VISIT:
        return chart.visit is not None
    return group in chart.none_known or bool(getattr(chart, _FIELDS.get(group, group.replace("-", "_"))))
