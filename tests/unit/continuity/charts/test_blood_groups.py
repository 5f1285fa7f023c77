"""Two blood groups of one patient are a doubt that stands on page and prints, not a value that hides another."""

from __future__ import annotations

import pytest

from codedark.continuity.charts.blood import doubts_of_blood
from codedark.continuity.charts.chart import Result
from tests.unit.continuity.messages import chart, hl7, stay


def group(value: str, code: str = "882-1", status: str = "F") -> Result:
    return Result(value, "ABO and Rh", code, value, "", 1, status=status)


@pytest.mark.parametrize(
    ("latest", "before"),
    [
        ("O Rh negative", "A Rh positive"),
        ("O Rh negative", "O Rh positive"),
        ("0 pos", "B pos"),
        ("AB-", "AB+"),
        ("Blutgruppe A Rh positiv", "Blutgruppe 0 Rh positiv"),
        ("A RhD nég", "A RhD pos"),
    ],
)
def test_two_groups_of_one_patient_are_a_doubt(latest: str, before: str) -> None:
    (doubt,) = doubts_of_blood((group(latest), group(before)))
    assert (doubt.kind, doubt.about, doubt.other) == ("blood-groups", latest, before)


@pytest.mark.parametrize(
    "results",
    [
        (group("O Rh negative"), group("O neg")),
        (group("0+"), group("O RhD positive")),
        (group("A2 pos"), group("A pos")),
        (group("A"), group("A Rh positive")),
        (group("O neg", status="W"), group("A pos")),
        (group("negative", "890-4"), group("POSITIVE: anti-K", "890-4")),
        (group("pending"), group("A pos")),
        (),
    ],
)
def test_the_same_group_in_other_words_is_none(results: tuple[Result, ...]) -> None:
    assert doubts_of_blood(results) == ()


def test_the_doubt_is_in_the_chart() -> None:
    admitted = hl7("ADT^A01", "080000", pv1=stay("1"))
    samples = [
        hl7(
            "ORU^R01",
            f"{at}0000",
            f"OBR|1|L{at}|F{at}|BG^Group|||20260112{at}0000",
            f"OBX|1|ST|882-1^ABO and Rh||{value}",
        )
        for at, value in (("09", "A Rh positive"), ("10", "O Rh negative"))
    ]
    told = [(each.kind, each.about, each.other) for each in chart(admitted, *samples).doubts]
    assert told == [("blood-groups", "O Rh negative", "A Rh positive")]
