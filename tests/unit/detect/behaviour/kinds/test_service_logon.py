"""Service accounts at a keyboard from the first day, in a shell after learning."""

from __future__ import annotations

from typing import Any

from codedark.detect.behaviour.observation import LogonKind


def test_a_service_account_at_a_keyboard_is_a_sign_from_the_first_day(life: Any) -> None:
    (sign,) = life("service_logon").logon(0, "svc-lab", "pc1", LogonKind.INTERACTIVE)
    assert "keyboard of pc1" in sign.says


def test_shells_that_were_usual_while_learning_are_let_be_and_others_are_not(life: Any) -> None:
    service = life("service_logon")
    for day in range(9):
        assert service.logon(day, "svc-lab", "srv1", LogonKind.REMOTE, "srv2") == []
    (sign,) = service.logon(9, "svc-lab", "srv1", LogonKind.REMOTE, "pc4")
    assert sign.evidence["from"] == "pc4"


def test_an_attempt_is_said_as_one(life: Any) -> None:
    service = life("service_logon")
    service.logon(0, "svc-lab", "srv1", LogonKind.REMOTE, "srv2")
    (sign,) = service.logon(9, "svc-lab", "srv1", LogonKind.REMOTE, "pc4", succeeded=False)
    assert "tried to" in sign.says


def test_people_and_network_logons_are_not_its_matter(life: Any) -> None:
    service = life("service_logon")
    service.logon(0, "anna", "pc1", LogonKind.INTERACTIVE)
    service.logon(9, "anna", "srv1", LogonKind.REMOTE, "pc1")
    service.logon(9, "svc-lab", "srv1", LogonKind.NETWORK, "pc1")
    assert service.signs == []


def test_without_a_model_what_services_run_as_is_one_unless_somebody_sat_with_it(life: Any) -> None:
    service = life("service_logon")
    service.logon(0, "unknown", "srv1", LogonKind.SERVICE)
    service.logon(0, "somebody", "pc1", LogonKind.INTERACTIVE)
    service.logon(1, "somebody", "srv1", LogonKind.BATCH)
    service.logon(9, "unknown", "srv1", LogonKind.REMOTE, "pc1")
    service.logon(9, "somebody", "srv1", LogonKind.REMOTE, "pc1")
    assert [sign.account for sign in service.signs] == ["unknown"]
