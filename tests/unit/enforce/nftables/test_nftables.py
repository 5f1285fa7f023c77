"""The firewall's adapter against a real kernel: what is dropped, what is not, what the kernel says of it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from codedark.contain.action import ActionId, ActionKind
from codedark.enforce.contract import (
    Adapter,
    Change,
    DeviceFailed,
    DeviceId,
    Foreseen,
    Order,
    OrderId,
    OrderRefused,
    Standing,
    Way,
    standing,
)
from codedark.hospital.zone import ZoneId
from tests.routed_hospital import RoutedHospital, answers, falls_silent, host, routed_hospital, why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())


@pytest.fixture(scope="module")
def built() -> Iterator[RoutedHospital]:
    with routed_hospital("n") as made:
        yield made


@pytest.fixture
def hospital(built: RoutedHospital) -> Iterator[RoutedHospital]:
    built.firewall().clear()
    built.firewall().lay()
    yield built
    built.firewall().clear()


def isolate(*addresses: str, lease_seconds: int = 60, kind: ActionKind = ActionKind.ISOLATE_HOST) -> Order:
    name = f"{kind}:{addresses[0] if addresses else ''}"
    return Order(OrderId(name), ActionId(name), kind, DeviceId("core"), lease_seconds, addresses=addresses)


def cut(source: str, target: str, protocol: str = "") -> Order:
    kind = ActionKind.BLOCK_PROTOCOL if protocol else ActionKind.CUT_ZONES
    name = f"{kind}:{source}>{target}/{protocol}"
    way = Way(ZoneId(source), ZoneId(target), protocol)
    return Order(OrderId(name), ActionId(name), kind, DeviceId("core"), 60, ways=(way,))


def applied(firewall: Adapter, *orders: Order) -> tuple[Change, ...]:
    kept: list[Foreseen] = []
    readings = firewall.apply(orders, kept.extend)
    changes = tuple(change for each in kept for change in each.changes)
    assert standing(changes, readings) is Standing.ALL
    return changes


def test_an_isolated_host_reaches_nobody_and_its_live_connections_end(hospital: RoutedHospital) -> None:
    with (
        hospital.open(host("OFFICE", 3), host("SERVERS")) as his,
        hospital.open(host("OFFICE", 4), host("SERVERS")) as other,
    ):
        assert answers(his)
        assert answers(other)
        applied(hospital.firewall(), isolate(host("OFFICE", 3)))
        assert falls_silent(his)
        assert answers(other)
    assert not hospital.connects(host("OFFICE", 3), host("SERVERS"))
    assert not hospital.connects(host("SERVERS"), host("OFFICE", 3))
    assert hospital.reaches(host("OFFICE", 4), host("SERVERS"))


def test_an_isolated_host_still_reaches_a_lifeline_over_connections_old_and_new(hospital: RoutedHospital) -> None:
    with hospital.open(host("OFFICE", 3), host("LIFELINE")) as lifeline:
        applied(hospital.firewall(), isolate(host("OFFICE", 3)), cut("OFFICE", "LIFELINE"))
        assert answers(lifeline)
    assert hospital.reaches(host("OFFICE", 3), host("LIFELINE"), 443)
    assert not hospital.connects(host("OFFICE", 3), host("LIFELINE"), 445)


def test_an_isolated_host_does_not_reach_the_firewall_itself(hospital: RoutedHospital) -> None:
    def refused_or_silent(source: str) -> str:
        try:
            hospital.open(source, "10.2.0.1", 22, 2.0).close()
        except ConnectionRefusedError:
            return "refused"
        except OSError:
            return "silent"
        return "open"

    assert refused_or_silent(host("OFFICE", 3)) == "refused"
    applied(hospital.firewall(), isolate(host("OFFICE", 3)))
    assert refused_or_silent(host("OFFICE", 3)) == "silent"
    assert refused_or_silent(host("OFFICE", 4)) == "refused"


def test_a_cut_drops_what_the_source_opens_and_leaves_what_the_target_opens(hospital: RoutedHospital) -> None:
    with (
        hospital.open(host("OFFICE"), host("SERVERS")) as opened_there,
        hospital.open(host("SERVERS"), host("OFFICE")) as opened_here,
    ):
        assert answers(opened_there)
        assert answers(opened_here)
        applied(hospital.firewall(), cut("OFFICE", "SERVERS"))
        assert falls_silent(opened_there)
        assert answers(opened_here)
    assert not hospital.connects(host("OFFICE", 2), host("SERVERS"))
    assert hospital.reaches(host("SERVERS"), host("OFFICE"))
    assert hospital.reaches(host("CLINIC"), host("SERVERS"))


def test_a_blocked_protocol_leaves_the_others(hospital: RoutedHospital) -> None:
    applied(hospital.firewall(), cut("OFFICE", "SERVERS", "smb"))
    assert not hospital.connects(host("OFFICE"), host("SERVERS"), 445)
    assert hospital.reaches(host("OFFICE"), host("SERVERS"), 3389)


def test_a_range_of_ports_is_blocked_and_told_as_it_was_asked_for(hospital: RoutedHospital) -> None:
    changes = applied(hospital.firewall(), cut("OFFICE", "SERVERS", "tcp/3000-4000"), cut("OFFICE", "SERVERS", "smb"))
    assert any(change.thing.endswith(" tcp 3000-4000") for change in changes)
    assert not hospital.connects(host("OFFICE"), host("SERVERS"), 3389)
    assert not hospital.connects(host("OFFICE"), host("SERVERS"), 445)
    assert hospital.reaches(host("OFFICE"), host("SERVERS"), 443)
    assert standing(changes, hospital.firewall().revert(changes)) is Standing.NOTHING


def test_revert_sets_everything_back_and_may_be_called_again(hospital: RoutedHospital) -> None:
    firewall = hospital.firewall()
    before = hospital.nft("list", "table", "inet", "codedark")
    orders = (isolate(host("OFFICE", 3)), cut("OFFICE", "SERVERS"), cut("CLINIC", "DEVICES", "rdp"))
    changes = applied(firewall, *orders)
    for _ in range(2):
        assert standing(changes, firewall.revert(changes)) is Standing.NOTHING
    assert hospital.reaches(host("OFFICE", 3), host("SERVERS"))
    after = hospital.nft("list", "table", "inet", "codedark")
    assert [line for line in after.splitlines() if "counter" not in line] == [
        line for line in before.splitlines() if "counter" not in line
    ]


def test_a_dry_run_says_what_would_be_and_changes_nothing(hospital: RoutedHospital) -> None:
    before = hospital.nft("list", "ruleset")
    (isolation, block) = hospital.firewall().check([isolate(host("OFFICE", 3)), cut("OFFICE", "SERVERS", "tcp/445")])
    assert isolation.says == (f"core: drops everything from and to {host('OFFICE', 3)}, but for 1 lifelines",)
    assert block.changes[0].thing == "blocked4 10.2.0.0-10.2.0.255 10.4.0.0-10.4.0.255 tcp 445"
    assert hospital.nft("list", "ruleset") == before


def test_what_is_not_stored_is_not_done(hospital: RoutedHospital) -> None:
    def full_disk(_: Sequence[Foreseen]) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        hospital.firewall().apply([isolate(host("OFFICE", 3))], full_disk)
    assert hospital.reaches(host("OFFICE", 3), host("SERVERS"))


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (isolate(host("LIFELINE")), "can be restricted, never isolated"),
        (isolate("10.2.0.300"), "10.2.0.300"),
        (isolate(), "names no address"),
        (isolate(host("OFFICE"), lease_seconds=0), "a lease of 0 s"),
        (cut("OFFICE", "CELLAR"), "zone CELLAR has no address range"),
        (cut("OFFICE", "SERVERS", "gopher"), "no protocol with known ports"),
        (isolate(host("OFFICE"), kind=ActionKind.DISABLE_ACCOUNT), "cannot do 'disable'"),
    ],
    ids=lambda case: case if isinstance(case, str) else case.id,
)
def test_what_cannot_or_must_not_be_done_is_refused_with_all_that_comes_with_it(
    hospital: RoutedHospital, order: Order, why: str
) -> None:
    stored: list[Foreseen] = []
    with pytest.raises(OrderRefused, match=why):
        hospital.firewall().apply([isolate(host("CLINIC", 5)), order], stored.extend)
    assert stored == []
    assert hospital.reaches(host("CLINIC", 5), host("SERVERS"))


def test_a_lifeline_that_is_restricted_speaks_with_its_peers_only(hospital: RoutedHospital) -> None:
    applied(hospital.firewall(), isolate(host("LIFELINE"), kind=ActionKind.RESTRICT_TO_LIFELINE))
    assert hospital.reaches(host("CLINIC"), host("LIFELINE"), 443)
    assert not hospital.connects(host("CLINIC"), host("LIFELINE"), 3389)
    assert not hospital.connects(host("LIFELINE"), host("SERVERS"))


def test_what_is_not_renewed_ends_in_the_kernel(hospital: RoutedHospital) -> None:
    firewall = hospital.firewall()
    short = applied(firewall, isolate(host("OFFICE", 3), lease_seconds=1), isolate(host("OFFICE", 4), lease_seconds=1))
    assert standing(short[1:], firewall.extend(short[1:], 60)) is Standing.ALL
    time.sleep(1.3)
    assert [reading.value for reading in firewall.verify(short)] == ["", "there"]
    assert hospital.reaches(host("OFFICE", 3), host("SERVERS"))
    assert not hospital.connects(host("OFFICE", 4), host("SERVERS"))


def test_a_table_deleted_by_hand_stays_deleted(hospital: RoutedHospital) -> None:
    firewall = hospital.firewall()
    changes = applied(firewall, isolate(host("OFFICE", 3)))
    hospital.nft("delete", "table", "inet", "codedark")
    assert standing(changes, firewall.extend(changes, 60)) is Standing.NOTHING
    assert standing(changes, firewall.revert(changes)) is Standing.NOTHING
    assert "codedark" not in hospital.nft("list", "tables")


def test_a_rule_put_in_front_of_ours_is_noticed(hospital: RoutedHospital) -> None:
    firewall = hospital.firewall()
    changes = applied(firewall, isolate(host("OFFICE", 3)))
    hospital.nft("insert", "rule", "inet", "codedark", "judged", "accept")
    (reading,) = firewall.verify(changes)
    assert reading.value is None
    assert "the rules of chain judged are not those of Code Dark" in reading.why
    assert standing(changes, [reading]) is Standing.UNKNOWN
    firewall.lay()
    assert standing(changes, firewall.verify(changes)) is Standing.ALL


def test_the_rules_of_the_hospital_stay_as_they_are(hospital: RoutedHospital) -> None:
    hospital.nft("add", "table", "ip", "house")
    hospital.nft("add", "chain", "ip", "house", "forward", "{ type filter hook forward priority 0 ; }")
    hospital.nft("add", "rule", "ip", "house", "forward", "tcp", "dport", "443", "drop")
    try:
        house = hospital.nft("list", "table", "ip", "house")
        applied(hospital.firewall(), isolate(host("OFFICE", 3)))
        assert not hospital.connects(host("OFFICE", 3), host("LIFELINE"))
        hospital.firewall().clear()
        assert hospital.nft("list", "table", "ip", "house") == house
    finally:
        hospital.nft("delete", "table", "ip", "house")


def test_a_firewall_that_offloads_flows_is_refused(hospital: RoutedHospital) -> None:
    hospital.nft("add", "table", "ip", "house")
    try:
        try:
            hospital.nft("add", "flowtable", "ip", "house", "fast", "{ hook ingress priority 0 ; devices = { v1 } ; }")
        except subprocess.CalledProcessError:
            pytest.skip("this kernel has no flow tables")
        with pytest.raises(DeviceFailed, match="flowtable fast of table house"):
            hospital.firewall().check([isolate(host("OFFICE", 3))])
    finally:
        hospital.nft("delete", "table", "ip", "house")


def test_a_firewall_that_cannot_be_reached_is_said(hospital: RoutedHospital) -> None:
    firewall = hospital.firewall()
    firewall._nft = replace(firewall._nft, command=("ip", "netns", "exec", "nowhere"))
    with pytest.raises(DeviceFailed, match="core: nft refuses"):
        firewall.verify([])
    firewall._nft = replace(firewall._nft, command=("/nonexistent",))
    with pytest.raises(DeviceFailed, match="core: nft did not answer"):
        firewall.check([isolate(host("OFFICE", 3))])


def test_what_somebody_added_to_our_sets_by_hand_keeps_nothing_from_being_renewed_or_taken_back(
    hospital: RoutedHospital,
) -> None:
    firewall = hospital.firewall()
    changes = applied(firewall, isolate(host("OFFICE", 3)), cut("OFFICE", "SERVERS"))
    for words in (host("OFFICE", 4), f'{host("OFFICE", 5)} timeout 20s comment "by hand"'):
        hospital.nft("add", "element", "inet", "codedark", "isolated4", f"{{ {words} }}")
    assert standing(changes, firewall.extend(changes, 60)) is Standing.ALL
    own = applied(firewall, isolate(host("OFFICE", 4)))
    assert standing((*changes, *own), firewall.revert((*changes, *own))) is Standing.NOTHING
