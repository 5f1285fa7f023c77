"""Accounts that wake are said once, by how long they slept, and those switched off in the model at once."""

from __future__ import annotations

from typing import Any

from codedark.detect.finding import Level


def test_an_account_that_slept_for_longer_than_its_days_is_a_sign_and_then_awake(life: Any) -> None:
    dormant = life("dormant")
    dormant.logon(0, "anna", "pc1")
    assert dormant.logon(44, "anna", "pc1") == []
    (sign,) = dormant.logon(90, "anna", "pc1")
    assert "46 days" in sign.says
    assert dormant.logon(91, "anna", "pc1") == []


def test_an_account_never_seen_counts_only_once_learning_is_that_old(life: Any) -> None:
    dormant = life("dormant")
    dormant.logon(0, "anna", "pc1")
    assert dormant.logon(20, "bert", "pc1") == []
    assert len(dormant.logon(60, "carl", "pc1")) == 1


def test_accounts_from_which_much_is_gained_are_asked_about_sooner(life: Any) -> None:
    dormant = life("dormant")
    for account in ("anna", "adm-carl", "svc-lab", "sup-scan"):
        dormant.logon(0, account, "srv1")
        dormant.logon(35, account, "srv1")
    assert [sign.account for sign in dormant.signs] == ["adm-carl", "svc-lab"]


def test_an_account_switched_off_in_the_model_is_a_sign_from_the_first_day(life: Any) -> None:
    (sign,) = life("dormant").logon(0, "left", "pc1")
    assert sign.level is Level.HIGH


def test_a_refusal_wakes_nobody(life: Any) -> None:
    dormant = life("dormant")
    dormant.logon(0, "anna", "pc1")
    assert dormant.logon(60, "anna", "pc1", succeeded=False) == []
    assert len(dormant.logon(61, "anna", "pc1")) == 1
