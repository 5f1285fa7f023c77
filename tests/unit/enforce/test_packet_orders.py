"""What adapters read from an order in the same words: leases, addresses, ways; and the programs that they start."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from codedark.contain.action import ActionId, ActionKind
from codedark.enforce.address_ranges import AddressRange
from codedark.enforce.contract import DeviceFailed, DeviceId, Order, OrderId, Way
from codedark.enforce.device_program import DeviceProgram
from codedark.enforce.leases import LONGEST_LEASE_SECONDS, refuse_lease
from codedark.enforce.nftables.nftables import Nftables
from codedark.enforce.openvswitch.openvswitch import OpenVSwitch
from codedark.enforce.packet_orders import addresses_of, ends_of, ways_of
from codedark.enforce.packet_rules import rules_of
from codedark.hospital.zone import Purpose, Zone, ZoneId

ADDRESS = "10.1.0.7"
ISOLATE = Order(OrderId("P1.1"), ActionId("isolate:A"), ActionKind.ISOLATE_HOST, DeviceId("core"), 60)
HERE, THERE = ZoneId("HERE"), ZoneId("THERE")


@pytest.mark.parametrize("seconds", [-1, 0, LONGEST_LEASE_SECONDS + 1])
def test_a_lease_that_no_device_counts_is_refused_with_what_one_may_be(seconds: int) -> None:
    with pytest.raises(ValueError, match=rf"^a lease of {seconds} s: give one of 1 s to {LONGEST_LEASE_SECONDS} s$"):
        refuse_lease(replace(ISOLATE, lease_seconds=seconds))
    with pytest.raises(ValueError, match="1 s to 59 s"):
        refuse_lease(ISOLATE, 59)
    refuse_lease(ISOLATE, 60)


def test_the_address_of_a_lifeline_is_restricted_and_never_isolated() -> None:
    held = AddressRange.parse(ADDRESS)
    order = replace(ISOLATE, addresses=("10.1.0.8", ADDRESS))
    with pytest.raises(ValueError, match=r"10\.1\.0\.7 is a lifeline's address: it can be restricted, never isolated"):
        addresses_of(order, {held})
    assert held in addresses_of(replace(order, kind=ActionKind.RESTRICT_TO_LIFELINE), {held})
    with pytest.raises(ValueError, match="names no address"):
        addresses_of(ISOLATE, ())


def test_a_way_has_two_zones_with_addresses() -> None:
    ranges = {HERE: [AddressRange.parse(ADDRESS)]}
    with pytest.raises(ValueError, match=r"zone THERE has no address range: give it one in hospital\.yaml"):
        ends_of(Way(HERE, THERE), ranges)
    assert ends_of(Way(HERE, HERE), ranges) == (ranges[HERE], ranges[HERE])
    with pytest.raises(ValueError, match="names no way between zones"):
        ways_of(ISOLATE)


def test_firewalls_and_switches_refuse_in_the_same_words() -> None:
    protected = [ADDRESS]
    zones = [Zone(HERE, "Here", Purpose.CLINICAL, cidrs=(IPv4Network("10.1.0.0/24"),))]
    firewall = Nftables(DeviceId("core"), zones, protected=protected)
    switch = OpenVSwitch(DeviceId("core"), "br0", zones, protected=protected)
    cut = replace(ISOLATE, kind=ActionKind.CUT_ZONES, ways=(Way(HERE, THERE), Way(THERE, HERE)))
    held = {AddressRange.parse(ADDRESS)}
    for order in (ISOLATE, replace(ISOLATE, addresses=(ADDRESS,)), cut, replace(cut, ways=())):
        said = set()
        for refuse in (
            firewall._wanted,
            switch._wanted,
            lambda each: rules_of(each, {HERE: [next(iter(held))]}, (), held, lifelines_first=True),
        ):
            with pytest.raises(ValueError, match=r"address|way") as error:
                refuse(order)
            said.add(str(error.value))
        assert len(said) == 1


def test_a_program_that_refuses_or_is_not_there_is_a_failure_of_its_device() -> None:
    program = DeviceProgram(DeviceId("core"), "firewall", sys.executable)
    assert program.run("-c", "print(input()[::-1])", given=b"abc") == b"cba\n"
    with pytest.raises(DeviceFailed, match=r"^core: python\S* refuses, and nothing of it was done: no$"):
        program.run("-c", "import sys; sys.exit('no\\nmore')", given=b"")
    with pytest.raises(DeviceFailed, match=r"^core: none did not answer \(.*\); look at that firewall$"):
        replace(program, program="/there/is/none").run(given=b"")


def test_a_program_keeps_the_lock_open_that_is_handed_to_it(tmp_path: Path) -> None:
    lock = os.open(tmp_path / "log", os.O_RDWR | os.O_CREAT)
    try:
        program = DeviceProgram(DeviceId("core"), "firewall", sys.executable, inherited=lambda: (lock,))
        said = program.run("-c", f"import os; print(os.path.samestat(os.fstat({lock}), os.stat(input())))",
                           given=bytes(tmp_path / "log"))  # fmt: skip
        assert said == b"True\n"
    finally:
        os.close(lock)
