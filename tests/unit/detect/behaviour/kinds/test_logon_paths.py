"""Paths of logons: a sign where credentials change towards a place that whoever began them never reached."""

from __future__ import annotations

from typing import Any

from codedark.detect.behaviour.observation import LogonKind

SITS, REMOTE, NETWORK, VPN = LogonKind.INTERACTIVE, LogonKind.REMOTE, LogonKind.NETWORK, LogonKind.VPN


def _week(life: Any) -> Any:
    """Anna and Bert at their computers, Carl as administrator on servers, for nine days."""
    paths = life("logon_paths")
    for day in range(9):
        paths.logon(day, "anna", "pc1", SITS, session="a")
        paths.logon(day + 0.01, "anna", "srv1", NETWORK, "pc1")
        paths.logon(day, "bert", "pc2", SITS)
        paths.logon(day + 0.01, "bert", "srv1", NETWORK, "pc2")
        paths.logon(day, "carl", "pc3", SITS)
        paths.logon(day + 0.02, "adm-carl", "srv2", REMOTE, "pc3", session=f"c{day}")
        paths.logon(day + 0.03, "adm-carl", "srv3", NETWORK, "srv2")
        paths.leave(day + 0.1, "adm-carl", "srv2", f"c{day}")
    assert paths.signs == []
    return paths


def test_other_credentials_from_somebody_elses_computer_are_a_sign_that_names_whose_path_it_is(life: Any) -> None:
    paths = _week(life)
    (sign,) = paths.logon(8.305, "adm-carl", "srv5", NETWORK, "pc2")
    assert (sign.host, sign.account, sign.evidence["first_user"]) == ("srv5", "adm-carl", "bert")
    assert "bert" in sign.says
    assert sign.learnt_days >= 8


def test_a_path_keeps_its_first_user_over_several_machines(life: Any) -> None:
    paths = _week(life)
    paths.logon(8.305, "adm-carl", "srv5", REMOTE, "pc2")
    for host in ("srv6", "srv7"):
        paths.logon(8.306, "adm-carl", host, NETWORK, "srv5")
    assert [sign.evidence["first_user"] for sign in paths.signs] == ["bert", "bert"]
    assert [sign.evidence["times"] for sign in paths.signs] == [1, 3]


def test_an_administrators_own_two_accounts_are_one_person(life: Any) -> None:
    paths = _week(life)
    assert paths.logon(8.305, "adm-carl", "srv5", NETWORK, "pc3") == []


def test_explicit_credentials_tell_who_gave_them(life: Any) -> None:
    paths = _week(life)
    (sign,) = paths.logon(8.305, "svc-lab", "srv6", LogonKind.EXPLICIT, "pc1", by="anna")
    assert sign.evidence["first_user"] == "anna"


def test_a_person_who_logs_on_at_another_ones_computer_is_not_taken_for_that_one(life: Any) -> None:
    paths = _week(life)
    paths.logon(8.301, "bert", "pc1", SITS)
    assert paths.logon(8.302, "bert", "srv1", NETWORK, "pc1") == []
    assert paths.logon(8.303, "bert", "srv4", NETWORK, "pc1") == []


def test_an_everyday_account_that_reaches_where_the_first_user_goes_daily_is_no_sign(life: Any) -> None:
    paths = _week(life)
    assert paths.logon(8.305, "bert", "srv1", NETWORK, "pc1") == []


def test_with_several_candidates_it_is_a_sign_only_if_it_is_one_with_each(life: Any) -> None:
    paths = _week(life)
    paths.logon(8.301, "bert", "pc1", SITS)
    paths.logon(8.302, "carl", "pc1", SITS)
    assert paths.logon(8.305, "adm-carl", "srv5", NETWORK, "pc1") == []
    (sign,) = paths.logon(8.305, "svc-lab", "srv5", NETWORK, "pc1")
    assert sign.evidence["candidates"] == 3


def test_credentials_that_are_used_where_their_session_has_ended_belong_to_who_is_still_there(life: Any) -> None:
    paths = _week(life)
    paths.logon(8.302, "adm-carl", "srv2", REMOTE, "pc3", session="x")
    paths.leave(8.31, "adm-carl", "srv2", "x")
    paths.logon(8.34, "anna", "srv2", REMOTE, "10.9.0.7")
    (sign,) = paths.logon(8.4, "adm-carl", "srv8", NETWORK, "srv2")
    assert sign.evidence["first_user"] == "anna"


def test_who_left_a_moment_ago_may_have_left_a_program_behind(life: Any) -> None:
    for minutes, signs in ((10, 1), (90, 0)):
        paths = _week(life)
        paths.logon(8.3, "anna", "srv9", REMOTE, "10.9.0.7", session="y")
        paths.leave(8.31, "anna", "srv9", "y")
        assert len(paths.logon(8.31 + minutes / 1440, "adm-carl", "srv8", NETWORK, "srv9")) == signs


def test_a_vpn_session_is_joined_by_the_address_that_it_was_given(life: Any) -> None:
    paths = _week(life)
    paths.logon(8.30, "anna", "gateway", VPN, "192.0.2.9", session="10.9.0.7")
    (sign,) = paths.logon(8.301, "adm-carl", "srv5", REMOTE, "10.9.0.7")
    assert sign.evidence["first_user"] == "anna"


def test_a_session_where_the_model_lets_nobody_in_is_a_sign_after_learning_or_not(life: Any) -> None:
    for day in (0, 20):
        paths = life("logon_paths")
        paths.logon(0, "anna", "pc1", SITS)
        paths.logon(day, "bert", "srv4", NETWORK, "pc2")
        (sign,) = paths.logon(day + 0.01, "bert", "srv4", REMOTE, "pc2")
        assert "model" in sign.says


def test_nothing_is_new_while_learning(life: Any) -> None:
    paths = life("logon_paths")
    paths.logon(0, "bert", "pc2", SITS)
    assert paths.logon(0.05, "adm-carl", "srv5", NETWORK, "pc2") == []


def test_a_change_that_fired_is_learnt_on_a_later_day_and_not_while_it_is_held(life: Any) -> None:
    paths = _week(life)
    paths.held = {"adm-carl"}
    for day in (9, 10):
        paths.logon(day, "bert", "pc2", SITS)
        assert len(paths.logon(day + 0.05, "adm-carl", "srv5", NETWORK, "pc2")) == 1
    paths.held = set()
    for day in (11, 12):
        paths.logon(day, "bert", "pc2", SITS)
        assert paths.logon(day + 0.05, "adm-carl", "srv5", NETWORK, "pc2") == []


def test_what_is_kept_of_presence_is_bounded(life: Any) -> None:
    paths = life("logon_paths", most_hosts=10, most_present=3)
    for number in range(200):
        paths.logon(0, f"u{number}", f"h{number % 50}", SITS)
    present = paths.behaviour._present
    assert len(present) == 10
    assert max(map(len, present.values())) <= 3
