"""Suppliers: their hours in the hospital's own time, and their machines."""

from __future__ import annotations

from typing import Any

from codedark.detect.behaviour.observation import LogonKind

NIGHT, SATURDAY = 0.75, 5.0  # ten o'clock UTC and so many days


def test_a_logon_or_an_attempt_at_night_is_a_sign_from_the_first_day(life: Any) -> None:
    for succeeded in (True, False):
        (sign,) = life("vendor_window").logon(NIGHT, "sup-scan", "gateway", LogonKind.VPN, succeeded=succeeded)
        assert "Tuesday at 05:00" in sign.says  # four o'clock UTC, in Brussels


def test_office_hours_are_not_and_a_saturday_is(life: Any) -> None:
    vendor = life("vendor_window")
    assert vendor.logon(0, "sup-scan", "gateway", LogonKind.VPN) == []
    assert len(vendor.logon(SATURDAY, "sup-scan", "gateway", LogonKind.VPN)) == 1


def test_the_window_is_the_hospitals_to_set(life: Any) -> None:
    vendor = life("vendor_window", workdays_only=False)
    assert vendor.logon(SATURDAY, "sup-scan", "gateway", LogonKind.VPN) == []


def test_an_hour_that_has_become_usual_is_let_be(life: Any) -> None:
    vendor = life("vendor_window")
    said = [len(vendor.logon(week * 7 + NIGHT, "sup-scan", "gateway", LogonKind.VPN)) for week in range(4)]
    assert said == [1, 0, 0, 0]


def test_a_machine_where_the_supplier_never_was_is_a_sign_after_learning(life: Any) -> None:
    vendor = life("vendor_window")
    for day in (0, 1, 2, 3, 4, 7):
        assert vendor.logon(day, "sup-scan", "srv1", LogonKind.REMOTE, "10.9.0.4") == []
    (sign,) = vendor.logon(8, "sup-scan", "srv9", LogonKind.NETWORK, "srv1")
    assert sign.host == "srv9"


def test_accounts_that_the_model_does_not_know_can_be_named(life: Any) -> None:
    vendor = life("vendor_window", accounts=["Stranger"])
    assert len(vendor.logon(NIGHT, "stranger", "gateway", LogonKind.VPN)) == 1
    assert vendor.logon(NIGHT, "anna", "gateway", LogonKind.VPN) == []
