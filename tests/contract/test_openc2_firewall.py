"""The OpenC2 adapter against otupy, an independent consumer with iptables in a hospital's router: real packets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from codedark.contain.action import ActionKind
from codedark.enforce.contract import Change, Standing, standing
from tests.enforcing_program import orders
from tests.openc2_firewall import Firewall, openc2_firewall, why_not
from tests.patients import Patients
from tests.routed_hospital import RoutedHospital, answers, falls_silent, host
from tests.unit.enforce.openc2.test_openc2 import applied, cut, isolate

LEASE_SECONDS = 6
BRIEFLY = replace(cut("OFFICE", "SERVERS", "rdp"), lease_seconds=LEASE_SECONDS)

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())


@pytest.fixture(scope="module")
def hospital() -> Iterator[RoutedHospital]:
    with RoutedHospital("c") as made:
        yield made


@pytest.fixture(scope="module")
def built(hospital: RoutedHospital, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firewall]:
    with openc2_firewall(hospital, tmp_path_factory.mktemp("otupy")) as made:
        yield made


@pytest.fixture
def firewall(built: Firewall) -> Iterator[Firewall]:
    """The firewall, with nothing of ours on it, whatever the test before left there; and nothing at the end."""
    built.forget()
    yield built
    assert built.has(0), built.rules()


def taken_back(firewall: Firewall, changes: tuple[Change, ...]) -> None:
    assert standing(changes, firewall.adapter().revert(changes)) is Standing.NOTHING


def test_an_isolated_host_reaches_nobody_but_the_lifeline_and_its_live_connections_end(
    hospital: RoutedHospital, firewall: Firewall
) -> None:
    with (
        hospital.open(host("OFFICE", 3), host("SERVERS")) as his,
        hospital.open(host("OFFICE", 4), host("SERVERS")) as other,
    ):
        assert answers(his)
        changes = applied(firewall.adapter(), isolate(host("OFFICE", 3)))
        assert firewall.has(4)
        assert falls_silent(his)
        assert answers(other)
    assert not hospital.connects(host("OFFICE", 3), host("SERVERS"))
    assert not hospital.connects(host("SERVERS"), host("OFFICE", 3))
    assert hospital.reaches(host("OFFICE", 3), host("LIFELINE"))
    assert not hospital.connects(host("OFFICE", 3), host("LIFELINE"), 445)
    taken_back(firewall, changes)
    assert firewall.has(0)
    assert hospital.reaches(host("OFFICE", 3), host("SERVERS"))


def test_a_restricted_lifeline_machine_still_serves_its_clients(hospital: RoutedHospital, firewall: Firewall) -> None:
    order = isolate(host("LIFELINE"), kind=ActionKind.RESTRICT_TO_LIFELINE)
    changes = applied(firewall.adapter(), order)
    assert firewall.has(4)
    assert hospital.reaches(host("CLINIC"), host("LIFELINE"))
    assert not hospital.connects(host("CLINIC"), host("LIFELINE"), 445)
    assert not hospital.connects(host("LIFELINE"), host("SERVERS"))
    taken_back(firewall, changes)


def test_a_blocked_protocol_is_blocked_and_another_is_not(hospital: RoutedHospital, firewall: Firewall) -> None:
    changes = applied(firewall.adapter(), cut("OFFICE", "SERVERS", "smb"))
    assert firewall.has(4)
    assert not hospital.connects(host("OFFICE"), host("SERVERS"), 445)
    assert hospital.reaches(host("OFFICE"), host("SERVERS"), 443)
    assert hospital.reaches(host("SERVERS"), host("OFFICE"), 445)
    taken_back(firewall, changes)


def test_a_rule_ends_by_itself_and_a_renewal_does_not_put_it_back(hospital: RoutedHospital, firewall: Firewall) -> None:
    adapter = firewall.adapter()
    changes = applied(adapter, BRIEFLY)
    assert firewall.has(2)
    assert not hospital.connects(host("OFFICE"), host("SERVERS"), 3389)
    assert firewall.has(0)
    assert hospital.reaches(host("OFFICE"), host("SERVERS"), 3389)
    assert standing(changes, adapter.extend(changes, 60)) is Standing.NOTHING


def test_a_rule_that_is_renewed_outlives_its_first_lease_without_a_gap(
    hospital: RoutedHospital, firewall: Firewall
) -> None:
    adapter = firewall.adapter()
    changes = applied(adapter, BRIEFLY)
    assert firewall.has(2)
    end = time.monotonic() + LEASE_SECONDS + 1.5
    while time.monotonic() < end:
        assert standing(changes, adapter.extend(changes, LEASE_SECONDS)) is Standing.ALL
        assert not hospital.connects(host("OFFICE"), host("SERVERS"), 3389)
        time.sleep(0.3)
    taken_back(firewall, changes)


def test_a_rule_that_another_producer_deleted_is_missed_and_not_put_back(firewall: Firewall) -> None:
    adapter = firewall.adapter()
    changes = applied(adapter, cut("OFFICE", "SERVERS", "rdp"))
    assert firewall.has(2)
    assert adapter._consumer.delete(int(changes[0].thing.split()[0])).is_done
    assert firewall.has(1)
    readings = adapter.extend(changes, 60)
    assert [reading.value for reading in readings] == ["", "there"]
    assert standing(changes, readings) is Standing.PART
    taken_back(firewall, changes)


def test_an_adapter_that_was_started_anew_takes_back_what_the_one_before_did(firewall: Firewall) -> None:
    changes = applied(firewall.adapter(), cut("OFFICE", "SERVERS", "rdp"))
    assert firewall.has(2)
    for _ in range(2):
        taken_back(firewall, changes)


def test_no_lifeline_is_lost_while_many_rules_come_are_renewed_and_go(
    hospital: RoutedHospital, firewall: Firewall
) -> None:
    adapter = firewall.adapter()
    with Patients(hospital) as patients:
        time.sleep(0.2)
        changes = tuple(dict.fromkeys(applied(adapter, *orders(10))))
        assert firewall.has(len(changes))
        assert not hospital.connects(host("CLINIC"), host("SERVERS"), 445)
        assert standing(changes, adapter.extend(changes, 60)) is Standing.ALL
        taken_back(firewall, tuple(reversed(changes)))
        assert firewall.has(0)
        time.sleep(0.2)
    assert patients.asked > 50
    assert patients.lost == []


def test_what_this_consumer_cannot_is_refused_by_its_own_word(firewall: Firewall) -> None:
    assert "does not deny ipv6_connection" in firewall.adapter().check([isolate("2001:db8::7")])[0].refusal
