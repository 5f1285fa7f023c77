"""The figures of containment: those that ship are whole, wrong ones are refused, what he shows raises them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from codedark.contain.action import ActionKind
from codedark.contain.rates import PORTS, Rates
from codedark.contain.settings import ActionSettings, PlanSettings
from codedark.errors import UsageError
from codedark.hospital.asset import AssetKind
from tests.unit.contain.contained import action_settings, document, plan_settings, rates


def changed(name: str, path: str, value: Any) -> dict[str, Any]:
    """A file that ships, with one value set (or, for None, taken out)."""
    whole = deepcopy(document(name))
    *way, last = path.split("/")
    node = whole
    for key in way:
        node = node[key]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return whole


def family_of(protocol: str, port: int) -> str:
    number = int(rates().by_port()[port + (PORTS if protocol == "udp" else 0)])
    return list(rates().families)[number]


@pytest.mark.parametrize(
    ("protocol", "port", "family"),
    [
        ("tcp", 445, "smb"),
        ("tcp", 49_500, "rpc"),
        ("tcp", 3389, "remote_desktop"),
        ("tcp", 2575, "hl7"),
        ("udp", 53, "plumbing"),
        ("udp", 445, "other"),
        ("tcp", 12_345, "other"),
        ("tcp", 0, "other"),
    ],
)
def test_ports_belong_to_the_family_that_names_them(protocol: str, port: int, family: str) -> None:
    assert family_of(protocol, port) == family


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("families/smb/ports", ["445"], "445 is no port"),
        ("families/smb/ports", ["tcp/70000"], "tcp/70000 is no port"),
        ("families/web/ports", ["tcp/445"], "is smb's already"),
        ("families/smb/seen_per_hour", -1, "families.smb.seen_per_hour is -1"),
        ("families/smb/seen_per_hour", float("nan"), "families.smb.seen_per_hour is nan"),
        ("families/smb/served_by", ["windoze"], "windoze is no kind of asset"),
        ("families/other", None, "families.other is needed"),
        ("shown/T1486", {"smbb": 10}, "shown.T1486 names smbb"),
        ("support", {"supported": 1}, "support lacks unknown, unsupported"),
        ("credentials/machines_a_day", {"person": 1}, "credentials.machines_a_day lacks"),
        ("leaves_per_hour", "soon", "leaves_per_hour"),
        ("leaves_per_hour", None, "leaves_per_hour"),
    ],
)
def test_a_wrong_rate_is_refused_in_words(path: str, value: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said.replace(".", r"\.")):
        Rates.of(changed("rates.yaml", path, value))


@pytest.mark.parametrize("name", ["harm_per_hour", "apply_minutes", "staff_minutes"])
@pytest.mark.parametrize("kind", ActionKind)
def test_every_action_needs_all_its_figures(kind: ActionKind, name: str) -> None:
    with pytest.raises(UsageError, match=name):
        ActionSettings.of(changed("actions.yaml", f"actions/{kind}/{name}", None))


def test_a_kind_of_action_without_figures_is_refused() -> None:
    with pytest.raises(UsageError, match="actions lacks restrict"):
        ActionSettings.of(changed("actions.yaml", "actions/restrict", None))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("taken_hours", 12, "below stand_hours"),
        ("horizon_hours", 0, "above 0"),
        ("fresh_pack", 1.5, "from 0 to 1"),
        ("reached/assets", {"workstatoin": 3}, "workstatoin"),
    ],
)
def test_a_wrong_plan_is_refused_in_words(path: str, value: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        PlanSettings.of(changed("plan.yaml", path, value))


def test_what_he_showed_makes_its_family_faster_and_no_other() -> None:
    usual, after = rates(), rates().after(["T1486"])
    assert after.families["smb"].seen_per_hour == pytest.approx(10 * usual.families["smb"].seen_per_hour)
    assert after.families["smb"].answers_per_hour == pytest.approx(10 * usual.families["smb"].answers_per_hour)
    assert after.families["ssh"] == usual.families["ssh"]
    assert after.credentials == usual.credentials


def test_a_technique_shown_in_two_ways_counts_once() -> None:
    twice = rates().after(["T1486", "T1021.002", "T1570"])
    assert twice.families["smb"].seen_per_hour == pytest.approx(10 * rates().families["smb"].seen_per_hour)


def test_a_sub_technique_without_figures_counts_as_its_technique() -> None:
    assert rates().after(["T1003.001"]) == rates().after(["T1003"])
    assert rates().after(["T1021.004"]) != rates().after(["T1021"])


def test_a_technique_that_nobody_knows_changes_nothing() -> None:
    assert rates().after(["T9999", "T0000.001", ""]) == rates().after([])


def test_every_kind_of_asset_can_be_entered_by_some_figure() -> None:
    assert set(rates().entered) <= set(AssetKind)
    assert all(0 < factor <= 1 for factor in rates().entered.values())


def test_wards_where_minutes_count_weigh_more() -> None:
    settings = action_settings()
    assert settings.ward_factor("Intensive care") > settings.ward_factor("geriatrics") == 1


def test_what_he_takes_is_down_longer_than_what_is_cut() -> None:
    assert plan_settings().taken_hours > plan_settings().stand_hours
