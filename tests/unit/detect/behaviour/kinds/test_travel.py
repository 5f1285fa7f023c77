"""One account in two places: countries where they are named, networks where they are not."""

from __future__ import annotations

from typing import Any

from codedark.detect.behaviour.observation import LogonKind
from codedark.detect.finding import Level

CLOUD, VPN = LogonKind.CLOUD, LogonKind.VPN
HOME, ELSEWHERE = "192.0.2.10", "198.51.100.10"


def _at_home(life: Any, kind: LogonKind, country: str = "") -> Any:
    travel = life("travel")
    for day in range(9):
        travel.logon(day, "anna", "", kind, HOME, country=country)
    assert travel.signs == []
    return travel


def test_two_countries_within_an_hour_are_a_sign(life: Any) -> None:
    (sign,) = _at_home(life, CLOUD, "BE").logon(8.03, "anna", "", CLOUD, ELSEWHERE, country="BR")
    assert sign.level is Level.HIGH
    assert sign.evidence["before"] == "BE"


def test_two_countries_a_flight_apart_are_not(life: Any) -> None:
    assert _at_home(life, CLOUD, "BE").logon(8.5, "anna", "", CLOUD, ELSEWHERE, country="ES") == []


def test_a_country_in_which_somebody_is_often_is_not(life: Any) -> None:
    travel = life("travel")
    for day in range(9):
        travel.logon(day, "anna", "", CLOUD, HOME, country="BE")
        travel.logon(day + 0.02, "anna", "", CLOUD, ELSEWHERE, country="NL")
    assert travel.signs == []


def test_two_networks_within_minutes_are_a_sign_where_no_country_is_known(life: Any) -> None:
    (sign,) = _at_home(life, VPN).logon(8.01, "anna", "gateway", VPN, ELSEWHERE)
    assert "14 minutes" in sign.says


def test_another_network_an_hour_later_or_the_same_one_is_not(life: Any) -> None:
    travel = _at_home(life, VPN)
    assert travel.logon(8.01, "anna", "gateway", VPN, "192.0.2.77") == []
    assert travel.logon(8.1, "anna", "gateway", VPN, ELSEWHERE) == []


def test_addresses_of_the_hospital_itself_are_no_place_to_travel_from(life: Any) -> None:
    assert _at_home(life, CLOUD).logon(8.01, "anna", "", CLOUD, "10.9.0.3") == []
