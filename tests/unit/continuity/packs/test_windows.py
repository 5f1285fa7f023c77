"""How far back a pack goes, counted from when the patient was last spoken of."""

from __future__ import annotations

from msgspec.structs import replace

from codedark.continuity.charts.chart import Chart, Given, Group, Heard, PatientId, Result
from codedark.continuity.packs.windows import in_windows

HOUR_US = 3_600_000_000
NOW_US = 1_768_219_200_000_000
HEARD = {Group.VITALS: (Heard("EHR", NOW_US),), Group.LABORATORY: (Heard("LIS", NOW_US - 50 * HOUR_US),)}


def result(code: str, hours_ago: int) -> Result:
    return Result(f"{code}-{hours_ago}", code, code, "1", "", NOW_US - hours_ago * HOUR_US)


def chart(*results: Result, vitals: tuple[Result, ...] = (), given: tuple[Given, ...] = ()) -> Chart:
    return Chart(PatientId("1"), results=results, vitals=vitals, given=given, as_of=HEARD)


def test_of_what_is_older_only_the_last_of_its_kind_stays() -> None:
    held = (result("K", 1), result("K", 72), result("K", 73), result("Na", 80), result("Na", 90))
    kept = in_windows(chart(*held, vitals=(result("HR", 24), result("HR", 25), result("BP", 40))))
    assert [each.id for each in kept.results] == ["K-1", "K-72", "Na-80"]
    assert [each.id for each in kept.vitals] == ["HR-24", "BP-40"]


def test_each_order_keeps_its_last_dose() -> None:
    def dose(order: str, hours_ago: int) -> Given:
        return Given(f"{order}-{hours_ago}", order, "drug", "1", "mg", "PO", NOW_US - hours_ago * HOUR_US)

    kept = in_windows(chart(given=(dose("a", 2), dose("a", 90), dose("b", 100), dose("b", 200))))
    assert [each.id for each in kept.given] == ["a-2", "b-100"]


def test_a_chart_that_nobody_speaks_of_any_more_does_not_grow_empty() -> None:
    whole = chart(result("K", 1), result("K", 71))
    assert in_windows(whole) is whole
    silent = replace(whole, as_of={Group.VITALS: (Heard("EHR", NOW_US),)})
    assert in_windows(silent) is silent


def test_what_has_no_time_stays() -> None:
    timeless = replace(result("K", 1), at_us=0)
    assert timeless in in_windows(chart(result("K", 1), result("K", 100), timeless)).results
