"""The NETCONF adapter against netconfd behind OpenSSH, an independent server: commits that end by themselves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from codedark.contain.action import ActionKind
from codedark.enforce.contract import Change, DeviceFailed, Foreseen, Order, OrderRefused, Standing, standing
from codedark.enforce.netconf.access_list import ACL, OURS, asking, told
from codedark.enforce.netconf.confirmed_commit import operation
from codedark.enforce.netconf.netconf import Netconf
from codedark.enforce.netconf.session import NetconfRefused, Session
from tests.netconf_device import (
    LIST,
    NetconfDevice,
    a_list,
    an_entry,
    cancelling,
    editing,
    element,
    netconf_device,
    why_not,
)
from tests.routed_hospital import host
from tests.unit.enforce.openc2.test_openc2 import cut, isolate

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

ONE = isolate(host("OFFICE", 3))
OTHER = cut("OFFICE", "SERVERS", "smb")


@pytest.fixture(scope="module")
def built() -> Iterator[NetconfDevice]:
    with netconf_device() as made:
        yield made


@pytest.fixture
def device(built: NetconfDevice) -> NetconfDevice:
    built.at_rest()
    return built


def applied(adapter: Netconf, *orders: Order, lease_seconds: int = 60) -> tuple[Change, ...]:
    kept: list[Foreseen] = []
    readings = adapter.apply([replace(each, lease_seconds=lease_seconds) for each in orders], kept.extend)
    changes = tuple(change for each in kept for change in each.changes)
    assert standing(changes, readings) is Standing.ALL
    return changes


def stands(device: NetconfDevice, changes: tuple[Change, ...]) -> Standing:
    """As an adapter that was started anew is told."""
    return standing(changes, device.adapter().verify(changes))


def asking_recorded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What sessions ask from now on."""
    asked: list[str] = []
    ask = Session.ask

    def recorded(session: Session, wanted: ET.Element, share: float = 1.0) -> ET.Element:
        asked.append(wanted.tag.rpartition("}")[2])
        return ask(session, wanted, share)

    monkeypatch.setattr(Session, "ask", recorded)
    return asked


def test_an_isolation_stands_behind_what_lets_its_lifeline_pass(device: NetconfDevice) -> None:
    changes = applied(device.adapter(), ONE, OTHER)
    verdicts = [change.thing.split()[2] for change in changes]
    running = device.running()
    names = {change.thing.split()[1] for change in changes}
    in_order = sorted(names, key=running.index)
    assert verdicts[:4] == ["allow", "allow", "deny", "deny"]
    assert set(in_order[:2]) == {change.thing.split()[1] for change in changes[:2]}
    assert stands(device, changes) is Standing.ALL


def test_a_lifeline_comes_before_what_was_dropped_for_an_order_before(device: NetconfDevice) -> None:
    other = applied(device.adapter(), OTHER)
    one = applied(device.adapter(), ONE)
    running = device.running()
    allowed = [running.index(change.thing.split()[1]) for change in one[:2]]
    assert max(allowed) < min(running.index(change.thing.split()[1]) for change in other)


def test_the_device_validates_what_is_tried_and_not_what_is_committed(
    device: NetconfDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asking_recorded(monkeypatch)
    device.adapter().check([ONE])
    assert asked == ["get-config", "lock", "edit-config", "validate", "discard-changes", "unlock"]
    asked.clear()
    applied(device.adapter(), ONE)
    assert asked[:5] == ["get-config", "lock", "edit-config", "commit", "unlock"]
    assert "validate" not in asked


def test_a_dry_run_asks_the_device_and_changes_nothing(device: NetconfDevice) -> None:
    before = device.running()
    foreseen = device.adapter().check([ONE, OTHER, isolate(host("LIFELINE"))])
    assert [bool(each.changes) for each in foreseen] == [True, True, False]
    assert "never isolated" in foreseen[2].refusal
    assert device.running() == before
    with device.console() as console:
        console.ask(operation("lock", target="candidate"))  # is refused if there is anything in it


def test_what_nobody_renews_the_device_takes_back_by_itself(device: NetconfDevice) -> None:
    before = device.running()
    changes = applied(device.adapter(), ONE, lease_seconds=4)
    assert device.running() != before
    device.until(lambda: device.running() == before)
    assert stands(device, changes) is Standing.NOTHING
    assert standing(changes, device.adapter().extend(changes, 60)) is Standing.NOTHING


def test_an_adapter_that_was_started_anew_renews_what_the_one_before_did(device: NetconfDevice) -> None:
    lease_seconds = 8
    changes = applied(device.adapter(), ONE, lease_seconds=lease_seconds)
    over = time.monotonic() + lease_seconds
    for _ in range(2):
        assert standing(changes, device.adapter().extend(changes, 60)) is Standing.ALL
    time.sleep(max(0.0, over - time.monotonic()))
    assert stands(device, changes) is Standing.ALL
    assert standing(changes, device.adapter().extend(changes, 1)) is not Standing.NOTHING
    device.until(lambda: stands(device, changes) is Standing.NOTHING)


def test_one_order_is_taken_back_and_the_other_stays_until_nothing_is_left(device: NetconfDevice) -> None:
    before = device.running()
    one = applied(device.adapter(), ONE)
    other = applied(device.adapter(), OTHER)
    for _ in range(2):
        assert standing(one, device.adapter().revert(one)) is Standing.NOTHING
        assert stands(device, other) is Standing.ALL
    for _ in range(2):
        assert standing(other, device.adapter().revert(other)) is Standing.NOTHING
    assert device.running() == before


def test_what_was_never_done_is_taken_back_all_the_same(device: NetconfDevice) -> None:
    before = device.running()
    changes = device.adapter().check([ONE])[0].changes
    assert standing(changes, device.adapter().revert(changes)) is Standing.NOTHING
    assert device.running() == before


def test_nothing_is_on_the_device_before_what_takes_it_back_is_stored(device: NetconfDevice) -> None:
    before = device.running()

    def refuse(_: object) -> None:
        assert device.running() == before
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk is full"):
        device.adapter().apply([ONE], refuse)
    assert device.running() == before


def test_a_person_at_the_console_takes_it_back_and_it_is_not_put_back(device: NetconfDevice) -> None:
    before = device.running()
    changes = applied(device.adapter(), ONE)
    with device.console() as console:
        console.ask(cancelling("codedark-edge"))
    assert device.running() == before
    assert standing(changes, device.adapter().extend(changes, 60)) is Standing.NOTHING
    assert device.running() == before


def test_a_commit_that_somebody_made_last_is_told_and_can_still_be_taken_back(device: NetconfDevice) -> None:
    before = device.running()
    changes = applied(device.adapter(), ONE)
    with device.console() as console:
        console.ask(element("<commit><persist-id>codedark-edge</persist-id></commit>"))
    readings = device.adapter().extend(changes, 60)
    assert standing(changes, readings) is Standing.UNKNOWN
    assert "its lease is not renewed" in readings[0].why
    assert standing(changes, device.adapter().revert(changes)) is Standing.NOTHING
    assert device.running() == before


def test_while_somebody_edits_nothing_is_done(device: NetconfDevice) -> None:
    before = device.running()
    with device.console() as console:
        console.ask(operation("lock", target="candidate"))
        for act in (device.adapter().check, lambda orders: device.adapter().apply(orders, lambda _: None)):
            with pytest.raises(NetconfRefused, match="somebody is editing its configuration"):
                act([ONE])
    assert device.running() == before
    applied(device.adapter(), ONE)


def test_what_somebody_began_to_edit_while_ours_stands_is_neither_committed_nor_thrown_away(
    device: NetconfDevice,
) -> None:
    changes = applied(device.adapter(), ONE)
    with device.console() as console:
        console.ask(editing(a_list("theirs")))
        readings = device.adapter().extend(changes, 60)
        assert standing(changes, readings) is Standing.UNKNOWN
        assert "somebody is editing its configuration" in readings[0].why
        reply = console.ask(element("<get-config><source><candidate/></source></get-config>"))
        assert "theirs" in "".join(reply.itertext())
        console.ask(operation("discard-changes"))
    assert "theirs" not in device.running()
    assert standing(changes, device.adapter().extend(changes, 60)) is Standing.ALL


def test_what_a_session_of_ours_left_half_done_does_not_keep_the_next_one(device: NetconfDevice) -> None:
    changes = applied(device.adapter(), ONE)
    with device.console() as console:
        console.ask(editing(a_list(LIST, an_entry(f"{OURS}left"), "merge")))
    assert standing(changes, device.adapter().extend(changes, 60)) is Standing.ALL
    assert "left" not in device.running()


def test_an_entry_that_somebody_puts_in_front_makes_ours_uncertain(device: NetconfDevice) -> None:
    changes = applied(device.adapter(), cut("OFFICE", "SERVERS", "rdp"))
    with device.console() as console:
        ours = told(console.ask(asking())).entries[LIST]
        edit = editing(a_list(LIST, an_entry("theirs")))
        next(edit.iter(f"{{{ACL}}}aces")).extend(ours)
        console.ask(edit)
        token = "<persist>codedark-edge</persist><persist-id>codedark-edge</persist-id>"
        console.ask(element(f"<commit><confirmed/>{token}</commit>"))
    readings = device.adapter().extend(changes, 60)
    assert standing(changes, readings) is Standing.UNKNOWN
    assert "entry theirs of codedark-in is asked before" in readings[0].why
    assert "entry theirs of access list codedark-in is not ours" in device.adapter().check([OTHER])[0].refusal
    assert standing(changes, device.adapter().revert(changes)) is Standing.NOTHING


def test_an_entry_that_somebody_changed_is_uncertain(device: NetconfDevice) -> None:
    changes = applied(device.adapter(), cut("OFFICE", "SERVERS", "tcp/22"))
    name = changes[0].thing.split()[1]
    token = "<persist>codedark-edge</persist><persist-id>codedark-edge</persist-id>"
    with device.console() as console:
        console.ask(editing(a_list(LIST, an_entry(name))))
        console.ask(element(f"<commit><confirmed/>{token}</commit>"))
    readings = device.adapter().verify(changes)
    assert standing(changes, readings) is Standing.UNKNOWN
    assert f"somebody changed entry {name} of codedark-in" in readings[0].why
    assert standing(changes, device.adapter().revert(changes)) is Standing.NOTHING


@pytest.mark.parametrize(
    ("given", "order", "why"),
    [
        ({"list_v4": "nowhere"}, OTHER, "has no access list nowhere"),
        ({"list_v4": "hospital"}, OTHER, "entry all of access list hospital is not ours"),
        ({}, isolate("2001:db8::7"), "no access list of edge for IPv6 is configured"),
        ({}, isolate(host("OFFICE"), kind=ActionKind.SHUT_DOWN), "cannot do 'shut-down'"),
        ({}, isolate(host("OFFICE"), lease_seconds=0), "a lease of 0 s"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(
    device: NetconfDevice, given: dict[str, Any], order: Order, why: str
) -> None:
    adapter = device.adapter(**given)
    assert why in adapter.check([order])[0].refusal
    with pytest.raises(OrderRefused):
        adapter.apply([order], lambda _: pytest.fail("nothing is to be stored"))


def test_a_list_on_no_interface_is_refused(device: NetconfDevice) -> None:
    device.commit(a_list("loose"))
    assert "is on no interface" in device.adapter(list_v4="loose").check([OTHER])[0].refusal
    assert device.adapter(list_v4="loose", attached_elsewhere=True).check([OTHER])[0].refusal == ""


def test_another_pending_commit_is_not_touched(device: NetconfDevice) -> None:
    with device.console() as console:
        console.ask(editing(a_list("theirs")))
        console.ask(element("<commit><confirmed/><confirm-timeout>60</confirm-timeout></commit>"))
        with pytest.raises(DeviceFailed, match="refuses"):
            device.adapter().apply([ONE], lambda _: None)
        assert "theirs" in device.running()
        console.ask(element("<cancel-commit/>"))


def test_forty_isolations_are_one_commit_and_its_renewal(
    device: NetconfDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asking_recorded(monkeypatch)
    changes = applied(device.adapter(), *(isolate(f"10.2.0.{number}") for number in range(100, 140)))
    assert (asked.count("edit-config"), asked.count("commit")) == (1, 2)
    assert standing(changes, device.adapter().revert(changes)) is Standing.NOTHING


def test_what_stood_there_before_by_whomever_is_taken_back_with_what_was_ordered(device: NetconfDevice) -> None:
    applied(device.adapter(), ONE)  # of a log that was lost
    changes = applied(device.adapter(), ONE)
    readings = device.adapter().revert(changes)
    assert [each.value for each in readings] == [each.before for each in changes]
