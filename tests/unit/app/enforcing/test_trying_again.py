"""What failed is tried again for ever, ever more seldom, and said once."""

from __future__ import annotations

from codedark.app.enforcing.trying_again import TryingAgain


def test_waits_double_from_ten_seconds_to_an_hour_and_never_end() -> None:
    tries, now, waits = TryingAgain(), 0.0, []
    for _ in range(40):
        tries.failed("isolate:A", "no way there", now)
        began = now
        while "isolate:A" in tries.waiting(now):
            now += 5
        waits.append(now - began)
    assert waits[:4] == [10, 20, 40, 80]
    assert waits == sorted(waits)
    assert waits[-1] == 3600


def test_it_is_news_once_and_again_only_after_it_was_well() -> None:
    tries = TryingAgain()
    assert [tries.failed("a", "x", 0), tries.failed("a", "y", 10), tries.failed("b", "x", 10)] == [True, False, True]
    assert tries.stuck[0].endswith("is tried again: y")
    tries.well("a")
    assert tries.failed("a", "x", 20)
    tries.asked({"b"})
    assert [each.split()[0] for each in tries.stuck] == ["b"]
