"""The adapter of Open vSwitch against a real one: what passes between machines, and what the switch itself ends."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from codedark.contain.action import ActionId, ActionKind
from codedark.enforce.contract import (
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
from codedark.enforce.openvswitch.flows import flows_of
from codedark.enforce.openvswitch.openvswitch import OpenVSwitch
from codedark.hospital.zone import ZoneId
from tests.programs import comes
from tests.routed_hospital import answers, falls_silent
from tests.virtual_switch import ADDRESSES, BRIDGE, MACS, VirtualSwitch, virtual_switch, why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

CLINIC, SERVERS, LIFELINE = map(ZoneId, ("CLINIC", "SERVERS", "LIFELINE"))
WARD = ADDRESSES["ward"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualSwitch]:
    with virtual_switch(tmp_path_factory.mktemp("ovs")) as made:
        yield made


@pytest.fixture
def switch(built: VirtualSwitch) -> Iterator[VirtualSwitch]:
    yield built
    built.ofctl("del-flows", BRIDGE)
    built.ofctl("add-flow", BRIDGE, "priority=0 actions=NORMAL")


def isolation(*machines: str, lease_seconds: int = 60, kind: ActionKind = ActionKind.ISOLATE_HOST) -> Order:
    name = f"{kind}:{','.join(machines)}"
    addresses = tuple(ADDRESSES.get(each, each) for each in machines)
    return Order(OrderId(name), ActionId(name), kind, DeviceId("switch"), lease_seconds, addresses=addresses)


def cut(*ways: Way, kind: ActionKind = ActionKind.CUT_ZONES) -> Order:
    name = f"{kind}:{ways}"
    return Order(OrderId(name), ActionId(name), kind, DeviceId("switch"), 60, ways=ways)


def applied(adapter: OpenVSwitch, *orders: Order) -> tuple[Change, ...]:
    kept: list[Foreseen] = []
    readings = adapter.apply(orders, kept.extend)
    changes = tuple(change for each in kept for change in each.changes)
    assert standing(changes, readings) is Standing.ALL
    return changes


def ours(switch: VirtualSwitch) -> list[str]:
    return re.findall(r"cookie=0xc0deda4b.*", switch.ofctl("dump-flows", BRIDGE))


def test_an_isolated_machine_reaches_nobody_and_nobody_it_but_its_lifeline(switch: VirtualSwitch) -> None:
    adapter = switch.adapter()
    with switch.open("ward", "records") as old, switch.open("ward", "blood") as lifeline:
        assert answers(old)
        changes = applied(adapter, isolation("ward"))
        assert falls_silent(old), "what was established is cut as well"
        assert answers(lifeline)
        assert not switch.connects("ward", "desk"), "its neighbour"
        assert not switch.connects("desk", "ward")
        assert not switch.connects("ward", "blood", 445)
        assert switch.reaches("ward", "blood")
        assert switch.reaches("desk", "records")
        assert standing(changes, adapter.revert(changes)) is Standing.NOTHING
        assert standing(changes, adapter.revert(changes)) is Standing.NOTHING
    assert ours(switch) == []
    assert switch.reaches("ward", "records")


def test_a_machine_cannot_take_another_address_and_keeps_its_own(switch: VirtualSwitch) -> None:
    applied(switch.adapter(), isolation("ward"))
    ward, desk = (next(word for word in switch.command if word.startswith("cd")) + each for each in ("ward", "desk"))
    for each in (ward, desk):
        subprocess.run(["ip", "-n", each, "neigh", "flush", "all"], check=True)
    subprocess.run(["ip", "-n", ward, "addr", "add", "10.1.0.99/8", "dev", "eth0"], check=True)
    try:
        assert switch.reaches("ward", "blood"), "it finds its lifeline anew"
        assert not switch.connects("desk", "ward", target_address="10.1.0.99")
        known = subprocess.run(["ip", "-n", desk, "neigh"], check=True, capture_output=True, text=True).stdout
        assert "10.1.0.99" in known, "it was asked for"
        assert MACS[WARD] not in known, "and did not get to say that it has it"
    finally:
        subprocess.run(["ip", "-n", ward, "addr", "del", "10.1.0.99/8", "dev", "eth0"], check=True)


def test_two_zones_are_cut_apart_both_ways_and_a_protocol_in_one(switch: VirtualSwitch) -> None:
    adapter = switch.adapter()
    smb = cut(Way(CLINIC, SERVERS, "smb"), kind=ActionKind.BLOCK_PROTOCOL)
    high = cut(Way(SERVERS, CLINIC, "tcp/49152-65535"), kind=ActionKind.BLOCK_PROTOCOL)
    changes = applied(adapter, smb, high)
    assert not switch.connects("ward", "records", 445)
    assert switch.reaches("records", "ward", 445)
    assert all(switch.reaches("ward", "records", 443) for _ in range(20)), "whatever port they ask from"
    assert not switch.connects("records", "ward", 50_000)
    adapter.revert(changes)
    applied(adapter, cut(Way(CLINIC, SERVERS), Way(SERVERS, CLINIC)))
    assert not switch.connects("ward", "records")
    assert not switch.connects("records", "ward")
    assert switch.reaches("ward", "desk")


def test_what_is_not_renewed_the_switch_ends_and_lifelines_last_longer(switch: VirtualSwitch) -> None:
    adapter = switch.adapter()
    short, kept = applied(adapter, isolation("ward", lease_seconds=4)), applied(adapter, isolation("desk"))
    longer_than_a_lease = time.monotonic() + 5
    while time.monotonic() < longer_than_a_lease:
        assert standing(short, adapter.extend(short, 4)) is Standing.ALL
        time.sleep(0.4)
    assert comes(lambda: standing(short, adapter.verify(short)) is Standing.NOTHING)
    assert standing(short, adapter.extend(short, 60)) is Standing.NOTHING, "what is gone is not put back"
    assert standing(kept, adapter.verify(kept)) is Standing.ALL
    assert switch.reaches("desk", "blood")
    again = applied(adapter, isolation("desk", lease_seconds=1))
    time.sleep(1.2)
    assert standing(again, adapter.verify(again)) is Standing.ALL, "a lease that is longer stays"


def test_what_somebody_changed_by_hand_is_told(switch: VirtualSwitch) -> None:
    adapter = switch.adapter()
    changes = applied(adapter, isolation("ward"))
    flow = next(each for each in ours(switch) if f"nw_src={WARD} actions=drop" in each)
    switch.ofctl("--strict", "del-flows", BRIDGE, f"priority=60010,ip,nw_src={WARD}")
    assert standing(changes, adapter.verify(changes)) is Standing.PART, flow
    adapter.apply([isolation("ward")], lambda _: None)
    switch.ofctl("add-flow", BRIDGE, f"priority=65000,ip,nw_src={WARD} actions=NORMAL")
    readings = adapter.verify(changes)
    assert standing(changes, readings) is Standing.UNKNOWN
    assert "another flow decides before ours: priority=65000,ip,nw_src=10.1.0.10" in readings[0].why
    switch.ofctl("--strict", "del-flows", BRIDGE, f"priority=65000,ip,nw_src={WARD}")
    switch.ofctl("mod-flows", BRIDGE, "cookie=0xc0deda4b/-1,tcp,tp_dst=443,actions=drop")
    assert "the flow of a lifeline is missing" in adapter.verify(changes)[0].why


def test_what_it_must_not_or_cannot_do_is_refused_and_nothing_is_touched(switch: VirtualSwitch) -> None:
    adapter = switch.adapter(WARD)
    refused = [
        isolation("ward"),
        isolation(),
        isolation("desk", lease_seconds=70_000),
        isolation("desk", kind=ActionKind.DISABLE_ACCOUNT),
        cut(Way(CLINIC, SERVERS)),
        cut(),
        cut(Way(CLINIC, ZoneId("NOWHERE"))),
        cut(Way(CLINIC, SERVERS, "udp/40000-41000"), kind=ActionKind.BLOCK_PROTOCOL),
    ]
    whys = [
        "a lifeline's address",
        "no address",
        "a lease of 70000 s",
        "cannot do 'disable'",
        "both ways or not at all",
    ]
    whys += ["names no way", "zone NOWHERE has no address range", "udp/40000-41000 cannot be told from answers"]
    said = [each.refusal for each in adapter.check(refused)]
    assert all(why in each for why, each in zip(whys, said, strict=True)), said
    with pytest.raises(OrderRefused):
        adapter.apply([isolation("desk"), *refused], lambda _: pytest.fail("nothing is to be kept"))
    assert ours(switch) == []
    applied(adapter, isolation("ward", kind=ActionKind.RESTRICT_TO_LIFELINE))
    assert switch.reaches("ward", "blood")
    assert not switch.connects("ward", "desk")


def test_a_machine_without_a_known_card_is_cut_by_its_address_and_that_is_said(switch: VirtualSwitch) -> None:
    adapter = switch.adapter(macs={})
    assert "under another IP address it would pass" in adapter.check([isolation("ward")])[0].says[-1]
    changes = applied(adapter, isolation("ward"))
    assert [change.thing for change in changes] == [f"address {WARD}"]
    assert not switch.connects("ward", "desk")


def test_every_flow_reads_back_as_it_was_written(switch: VirtualSwitch) -> None:
    mac = MACS[WARD]
    things = [
        *(f"address {WARD}", "address 2001:db8::1", f"machine {mac}", f"speaks {mac} {WARD}"),
        *(f"speaks {mac} 2001:db8::1", "apart 10.1.0.0-10.1.2.9 10.2.0.0-10.2.255.255"),
        *("apart 0.0.0.0-255.255.255.255 10.0.0.1", "apart 2001:db8::-2001:db8::ffff 2001:db9::1"),
        *("blocked 10.1.0.1 10.2.0.0-10.2.0.255 tcp 1-65535", "blocked 2001:db8::1 2001:db9::1 udp 135-139"),
    ]
    adapter = switch.adapter()
    adapter._renew(adapter._read(), {flow: 60 for thing in things for flow in flows_of(thing, "NORMAL")})
    assert {adapter._value(thing, adapter._read()) for thing in things} == {"there"}
    assert adapter._read().wrong == ""
    changes = [Change(thing, "", "there") for thing in things]
    assert standing(changes, adapter.revert(changes)) is Standing.NOTHING
    assert ours(switch) == []


def test_a_bundle_that_the_switch_refuses_does_nothing_of_it(switch: VirtualSwitch, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.write_text(
        f'input=$(cat)\nprintf "%s\\npriority=1,nonsense actions=drop\\n" "$input" | {" ".join(switch.command)} "$@"'
    )
    kept: list[Foreseen] = []
    with pytest.raises(DeviceFailed, match="ovs-ofctl refuses, and nothing of it was done"):
        switch.adapter(command=("sh", str(bad))).apply([isolation("ward")], kept.extend)
    changes = kept[0].changes
    assert standing(changes, switch.adapter().verify(changes)) is Standing.NOTHING
    with pytest.raises(DeviceFailed, match="is not a bridge"):
        OpenVSwitch(DeviceId("switch"), f"none{os.getpid()}", (), command=switch.command).verify([])


def test_lifelines_last_a_minute_longer_than_what_is_dropped_however_often_it_is_renewed(switch: VirtualSwitch) -> None:
    adapter = switch.adapter()
    changes = applied(adapter, isolation("ward", lease_seconds=20))
    for _ in range(4):  # else they grew by a minute each time, until a timeout of OpenFlow has no room for them
        adapter.extend(changes, 20)
    assert {int(each) for each in re.findall(r"hard_timeout=(\d+)", switch.ofctl("dump-flows", BRIDGE))} == {20, 80}


def test_what_stood_there_before_by_whomever_is_taken_back_with_what_was_ordered(switch: VirtualSwitch) -> None:
    applied(switch.adapter(), isolation("ward"))  # of a log that was lost
    changes = applied(switch.adapter(), isolation("ward"))
    assert standing(changes, readings := switch.adapter().revert(changes)) is Standing.NOTHING
    assert [each.value for each in readings] == [each.before for each in changes]
