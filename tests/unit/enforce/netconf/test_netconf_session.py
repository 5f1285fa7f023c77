"""NETCONF over a real OpenSSH server with a subsystem that behaves badly: an error with a reason, and soon."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from codedark.enforce.contract import Change, DeviceFailed, Reading
from codedark.enforce.netconf.access_list import asking
from codedark.enforce.netconf.session import NetconfRefused, session
from tests.netconf_device import DEVICE, HostileDevice, hostile_device, why_no_ssh

pytestmark = pytest.mark.skipif(bool(why_no_ssh()), reason=why_no_ssh())


@pytest.fixture(scope="module")
def device() -> Iterator[HostileDevice]:
    with hostile_device() as made:
        yield made


@pytest.mark.parametrize(
    ("behaviour", "why"),
    [
        ("silent", "did not answer within 1 s"),
        ("drip", "did not answer within 1 s"),
        ("endless-greeting", "answers with more than 16777216 bytes"),
        ("closing", "ended the connection"),
        ("no-xml", "answers what is not XML"),
        ("entities", "answers what is not XML"),
        ("another-greeting", "does not greet as NETCONF does"),
        ("no-lease", "cannot confirmed-commit:1.1: what we did would not end by itself"),
        ("huge-chunk", "answers with more than 16777216 bytes"),
        ("many-chunks", "answers with more than 16777216 bytes"),
        ("no-frame", "does not frame its answers"),
        ("zero-chunk", "does not frame its answers|did not answer"),
        ("another-answer", "answers something else"),
        ("closing-in-between", "ended the connection"),
        ("unclosed", "answers what is not XML"),
        ("deep", "answers with more than 100 levels"),
        ("refusing", r"edge refuses \(access-denied\): not you"),
    ],
)
def test_a_device_that_behaves_badly_is_an_error_with_a_reason_and_soon(
    device: HostileDevice, behaviour: str, why: str
) -> None:
    device.behaving(behaviour)
    begun = time.monotonic()
    with pytest.raises(DeviceFailed, match=why):
        device.adapter(patience_seconds=1 if behaviour in {"silent", "drip", "zero-chunk"} else 5).verify([])
    assert time.monotonic() - begun < 20


def test_a_device_that_knows_no_chunks_is_understood(device: HostileDevice) -> None:
    device.behaving("old")
    change = Change("codedark-in codedark-1 deny 10.0.0.1/32 any", "", "there")
    assert device.adapter().verify([change]) == (Reading(change.thing, ""),)


@pytest.fixture
def refusing(device: HostileDevice) -> HostileDevice:
    device.behaving("refusing")
    return device


def test_what_a_device_refuses_is_told_by_its_tag(refusing: HostileDevice) -> None:
    with pytest.raises(NetconfRefused) as raised:
        refusing.adapter().verify([])
    assert raised.value.tag == "access-denied"


@pytest.mark.parametrize(
    ("identity", "known_hosts", "why"),
    [
        ("ours", "other-host.known", "Host key verification failed"),
        ("ours", "nothing.known", "Host key verification failed"),
        ("stranger", "host.known", "Permission denied"),
    ],
)
def test_neither_another_host_key_nor_another_identity_gets_a_session(
    refusing: HostileDevice, identity: str, known_hosts: str, why: str
) -> None:
    with pytest.raises(DeviceFailed, match=why):
        refusing.adapter(refusing.target(identity, known_hosts)).verify([])


def test_nobody_there_is_an_error(refusing: HostileDevice) -> None:
    nowhere = replace(refusing.target(), port=1)
    with pytest.raises(DeviceFailed, match=r"there was none: .*Connection refused"):
        refusing.adapter(nowhere).verify([])


def test_a_device_that_reads_the_greeting_and_the_first_question_in_one_go_is_asked_again(
    device: HostileDevice,
) -> None:
    device.behaving("greeted-too-late")
    change = Change("codedark-in codedark-1 deny 10.0.0.1/32 any", "", "there")
    assert device.adapter(patience_seconds=8).verify([change]) == (Reading(change.thing, ""),)


def test_no_client_is_left_behind(device: HostileDevice) -> None:
    device.behaving("old")
    with session(DEVICE, device.target(), asking()) as (opened, _):
        client = opened._channel._client
        assert client.poll() is None
    assert client.returncode is not None
