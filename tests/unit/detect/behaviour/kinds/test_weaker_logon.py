"""VPN logons: a password alone where there was a second factor, and not where a password alone is usual."""

from __future__ import annotations

from typing import Any

from codedark.detect.behaviour.observation import LogonKind


def _vpn(weaker: Any, day: float, account: str, method: str) -> Any:
    return weaker.logon(day, account, "gateway", LogonKind.VPN, "192.0.2.9", reason=method)


def test_a_password_alone_after_a_second_factor_is_a_sign(life: Any) -> None:
    weaker = life("weaker_logon")
    for day in range(9):
        _vpn(weaker, day, "anna", "saml+mfa")
    (sign,) = _vpn(weaker, 9, "anna", "password")
    assert "password" in sign.says
    assert _vpn(weaker, 9.1, "anna", "password") == []


def test_an_account_never_seen_is_measured_by_the_gateway(life: Any) -> None:
    weaker = life("weaker_logon")
    for day in range(9):
        _vpn(weaker, day, "anna", "radius otp")
    assert len(_vpn(weaker, 9, "bert", "password")) == 1


def test_where_a_password_alone_is_usual_it_is_no_sign(life: Any) -> None:
    weaker = life("weaker_logon")
    for day in range(9):
        _vpn(weaker, day, "anna", "password")
    assert _vpn(weaker, 9, "bert", "password") == []


def test_a_stronger_way_is_never_a_sign(life: Any) -> None:
    weaker = life("weaker_logon")
    for day in range(9):
        _vpn(weaker, day, "anna", "password")
    assert _vpn(weaker, 9, "anna", "certificate") == []
