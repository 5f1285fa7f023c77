"""Administrators at hours at which they never work: asked once a night, learnt on a later night, not while held."""

from __future__ import annotations

from typing import Any

NIGHT = 0.7


def _weeks(life: Any) -> Any:
    odd = life("odd_hours")
    for day in range(9):
        odd.logon(day, "adm-carl", "srv1", origin="pc3")
    return odd


def test_a_night_is_one_sign(life: Any) -> None:
    odd = _weeks(life)
    for minute in range(30):
        odd.logon(9 + NIGHT + minute / 1440, "adm-carl", f"srv{minute}", origin="pc3")
    assert len(odd.signs) == 1


def test_an_hour_near_the_usual_ones_is_none(life: Any) -> None:
    assert _weeks(life).logon(9 + 2 / 24, "adm-carl", "srv1", origin="pc3") == []


def test_it_is_usual_from_the_second_night_on_but_not_what_is_done_while_held(life: Any) -> None:
    odd = _weeks(life)
    said = []
    for night, held in ((9, False), (10, True), (11, True), (12, False), (13, False)):
        odd.held = {"adm-carl"} if held else set()
        said.append(len(odd.logon(night + NIGHT, "adm-carl", "srv1", origin="pc3")))
    assert said == [1, 1, 1, 0, 0]


def test_people_and_services_have_no_such_hours(life: Any) -> None:
    odd = life("odd_hours")
    for account in ("anna", "svc-lab"):
        for day in range(9):
            odd.logon(day, account, "srv1", origin="pc3")
        odd.logon(9 + NIGHT, account, "srv1", origin="pc3")
    assert odd.signs == []
