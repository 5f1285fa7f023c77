"""Refusals: many accounts from one place against what is usual there, and guesses that end in a success."""

from __future__ import annotations

from typing import Any

from codedark.detect.behaviour.observation import LogonKind
from codedark.detect.finding import Level

MINUTE = 1 / 1440


def _refuse(spraying: Any, day: float, accounts: int, origin: str) -> None:
    for number in range(accounts):
        spraying.logon(day + number * MINUTE / 2, f"user{number}", "dc1", LogonKind.TICKET, origin, succeeded=False)


def test_many_accounts_from_one_computer_are_a_sign_and_mistakes_of_a_few_are_not(life: Any) -> None:
    spraying = life("spraying")
    _refuse(spraying, 0, 3, "pc1")
    assert spraying.signs == []
    _refuse(spraying, 1, 10, "pc1")
    (sign,) = spraying.signs
    assert sign.evidence["accounts"] == 10


def test_where_many_are_usual_more_are_needed(life: Any) -> None:
    spraying = life("spraying")
    for day in range(5):
        _refuse(spraying, day, 9, "srv1")
    _refuse(spraying, 6, 20, "srv1")
    assert spraying.signs == []
    _refuse(spraying, 7, 90, "srv1")
    assert spraying.signs


def test_an_attack_does_not_raise_what_is_usual(life: Any) -> None:
    spraying = life("spraying")
    for day in range(5):
        _refuse(spraying, day, 50, "pc1")
    assert len({int(sign.at_us // 86_400e6) for sign in spraying.signs}) == 5


def test_the_same_account_over_and_over_is_no_spraying(life: Any) -> None:
    spraying = life("spraying")
    for number in range(100):
        spraying.logon(number * MINUTE / 10, "anna", "pc1", LogonKind.INTERACTIVE, succeeded=False)
    assert spraying.signs == []


def test_guesses_that_end_in_a_success_are_a_sign_sooner_from_a_strange_place(life: Any) -> None:
    for origin, guesses, signs in (("192.0.2.9", 4, 1), ("192.0.2.9", 3, 0), ("198.51.100.9", 4, 0)):
        spraying = life("spraying")
        spraying.logon(0, "anna", "gateway", LogonKind.VPN, "198.51.100.9")
        for number in range(guesses):
            spraying.logon(1 + number * MINUTE, "anna", "gateway", LogonKind.VPN, origin, succeeded=False)
        said = spraying.logon(1 + 10 * MINUTE, "anna", "gateway", LogonKind.VPN, origin)
        assert len(said) == signs
        assert all(sign.level is Level.HIGH for sign in said)


def test_refusals_of_hours_ago_do_not_count(life: Any) -> None:
    spraying = life("spraying")
    for number in range(30):
        spraying.logon(number * 30 * MINUTE, f"user{number}", "dc1", LogonKind.TICKET, "pc1", succeeded=False)
    assert spraying.signs == []


def test_what_is_kept_is_bounded(life: Any) -> None:
    spraying = life("spraying", most_origins=20, most_refusals=5)
    for number in range(300):
        spraying.logon(0, f"u{number}", "dc1", LogonKind.TICKET, f"h{number % 60}", succeeded=False)
    assert len(spraying.behaviour._refused) <= 20
    assert max(map(len, spraying.behaviour._refused.values())) <= 5
