"""Service and privileged accounts: the first new machine of a regular one, more than usual of an irregular one."""

from __future__ import annotations

from typing import Any

from codedark.detect.behaviour.observation import LogonKind


def test_the_first_new_machine_of_a_regular_service_account_is_a_sign(life: Any) -> None:
    edges = life("new_edges")
    for day in range(9):
        assert edges.logon(day, "svc-lab", "srv1", origin="srv2") == []
    (sign,) = edges.logon(9, "svc-lab", "srv7", origin="srv2")
    assert (sign.host, sign.account) == ("srv7", "svc-lab")
    (sign,) = edges.logon(9.1, "svc-lab", "srv1", origin="pc5")
    assert sign.evidence["place"] == "pc5"


def test_an_administrator_who_often_reaches_something_new_may_go_on_to(life: Any) -> None:
    edges = life("new_edges")
    for day in range(20):
        edges.logon(day, "adm-carl", f"server{day}", origin="pc3")
        edges.logon(day + 0.1, "adm-carl", f"other{day}", origin="pc3")
    assert edges.signs == []
    for number in range(12):
        edges.logon(20, "adm-carl", f"victim{number}", origin="pc3")
    assert 1 <= len(edges.signs) <= 4
    assert edges.signs[0].evidence["new_today"] >= 5


def test_accounts_of_people_are_not_this_behaviours(life: Any) -> None:
    edges = life("new_edges")
    for day in range(30):
        edges.logon(day, "anna", f"srv{day}", origin="pc1")
    assert edges.signs == []


def test_without_a_model_an_account_that_services_run_as_is_a_service_account(life: Any) -> None:
    edges = life("new_edges")
    for day in range(9):
        edges.logon(day, "unknown-service", "srv1", LogonKind.SERVICE)
        edges.logon(day + 0.1, "unknown-service", "srv2", origin="srv1")
    assert len(edges.logon(9, "unknown-service", "srv9", origin="srv1")) == 1


def test_a_repeat_is_not_said_again_and_is_familiar_after_another_day(life: Any) -> None:
    edges = life("new_edges")
    for day in range(9):
        edges.logon(day, "svc-lab", "srv1", origin="srv2")
    assert len(edges.logon(9, "svc-lab", "srv7", origin="srv2")) == 1
    for later in (9.1, 9.2, 10.0, 11.0):
        assert edges.logon(later, "svc-lab", "srv7", origin="srv2") == []


def test_a_ticket_asked_of_a_controller_is_not_a_way_to_it(life: Any) -> None:
    edges = life("new_edges")
    for day in range(9):
        edges.logon(day, "svc-lab", "srv1", origin="srv2")
    assert edges.logon(9, "svc-lab", "dc7", LogonKind.TICKET, "srv2", reason="krbtgt") == []
