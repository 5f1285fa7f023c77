"""The OpenC2 adapter against a consumer of our own that behaves badly: what it asks, believes, and says then."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_network
from pathlib import Path
from typing import Any

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
from codedark.enforce.openc2.consumer import Consumer
from codedark.enforce.openc2.openc2 import FEWEST_NUMBERS, OpenC2
from codedark.enforce.openc2.transfer import Transfer, trust
from codedark.errors import UnusableInput, UsageError
from codedark.hospital.zone import ZoneId
from tests.live_intake import Authority
from tests.routed_hospital import MODEL, host
from tests.small_openc2_consumer import CAN, Answer, SmallConsumer, small_consumer, well


@pytest.fixture
def consumer(tmp_path: Path) -> Iterator[SmallConsumer]:
    with small_consumer(tmp_path) as made:
        yield made


def isolate(*addresses: str, kind: ActionKind = ActionKind.ISOLATE_HOST, lease_seconds: int = 60) -> Order:
    name = f"{kind}:{'+'.join(addresses)}"
    return Order(OrderId(name), ActionId(name), kind, DeviceId("edge"), lease_seconds, addresses=addresses)


def cut(source: str, target: str, protocol: str = "") -> Order:
    kind = ActionKind.BLOCK_PROTOCOL if protocol else ActionKind.CUT_ZONES
    way = Way(ZoneId(source), ZoneId(target), protocol)
    name = f"{kind}:{source}>{target}"
    return Order(OrderId(name), ActionId(name), kind, DeviceId("edge"), 60, ways=(way,))


def applied(adapter: OpenC2, *orders: Order) -> tuple[Change, ...]:
    kept: list[Foreseen] = []
    readings = adapter.apply(orders, kept.extend)
    changes = tuple(change for each in kept for change in each.changes)
    assert standing(changes, readings) is Standing.ALL
    return changes


BLOCK = cut("OFFICE", "SERVERS", "rdp")
"""Two rules, none near a lifeline."""


def test_a_rule_says_how_long_it_lasts_and_that_no_restart_keeps_it(consumer: SmallConsumer) -> None:
    applied(consumer.adapter(), BLOCK)
    command = next(each for each in consumer.rules.values() if each["target"]["ipv4_connection"]["protocol"] == "tcp")
    number = command["args"]["slpf"].pop("insert_rule")
    assert number in consumer.rules
    assert command == {
        "action": "deny",
        "target": {
            "ipv4_connection": {
                "src_addr": "10.2.0.0/24",
                "dst_addr": "10.4.0.0/24",
                "protocol": "tcp",
                "dst_port": 3389,
            }
        },
        "args": {
            "response_requested": "complete",
            "duration": 60_000,
            "slpf": {"direction": "both", "persistent": False, "drop_process": "none"},
        },
        "actuator": {"slpf": {}},
    }


def test_what_takes_it_back_is_stored_before_the_first_rule(consumer: SmallConsumer) -> None:
    def refuse(foreseen: object) -> None:
        assert not consumer.rules
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk is full"):
        consumer.adapter().apply([BLOCK], refuse)
    assert not consumer.rules


def test_lifelines_are_allowed_before_and_longer_than_anything_is_denied(consumer: SmallConsumer) -> None:
    applied(consumer.adapter(), isolate(host("OFFICE", 3)))
    made = [
        (each["action"], each["args"]["duration"]) for _, each in consumer.heard if each["action"] in {"allow", "deny"}
    ]
    assert made[:4] == [("allow", 120_000), ("allow", 120_000), ("deny", 60_000), ("deny", 60_000)]
    assert max(n for n, each in consumer.rules.items() if each["action"] == "allow") < min(
        n for n, each in consumer.rules.items() if each["action"] == "deny"
    )


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (isolate(host("OFFICE", 3)), "might cut the lifeline blood-bank"),
        (isolate(host("OFFICE", 3), kind=ActionKind.RESTRICT_TO_LIFELINE), "cannot leave a lifeline open"),
        (cut("OFFICE", "LIFELINE"), "might cut the lifeline blood-bank"),
        (cut("LIFELINE", "OFFICE"), "might cut the lifeline blood-bank"),
        (cut("LIFELINE", "OFFICE", "rdp"), "might cut the lifeline blood-bank"),
    ],
)
def test_a_consumer_that_asks_rules_in_no_known_order_gets_none_near_a_lifeline(
    consumer: SmallConsumer, order: Order, why: str
) -> None:
    adapter = consumer.adapter(lifelines_first=False)
    assert why in adapter.check([order])[0].refusal
    with pytest.raises(OrderRefused, match=why):
        adapter.apply([order], lambda _: pytest.fail("nothing is to be stored"))
    assert adapter.check([cut("OFFICE", "LIFELINE", "smb")])[0].refusal == ""


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (isolate(host("LIFELINE")), "can be restricted, never isolated"),
        (isolate(), "names no address"),
        (isolate("10.2.0.300"), "10.2.0.300"),
        (isolate(host("OFFICE"), lease_seconds=0), "lease of 0 s"),
        (isolate(host("OFFICE"), kind=ActionKind.SHUT_DOWN), "cannot do 'shut-down'"),
        (cut("OFFICE", "NOWHERE"), "NOWHERE has no address range"),
        (cut("OFFICE", "SERVERS", "gopher"), "gopher"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(consumer: SmallConsumer, order: Order, why: str) -> None:
    assert why in consumer.adapter().check([order])[0].refusal
    assert not consumer.rules


@pytest.mark.parametrize(
    ("features", "order", "why"),
    [
        ({"pairs": {**CAN, "delete": []}}, BLOCK, "nothing could be taken back"),
        ({"pairs": {**CAN, "deny": ["ipv4_net"]}}, BLOCK, "does not deny ipv4_connection"),
        ({"pairs": {**CAN, "allow": []}}, isolate(host("OFFICE", 3)), "does not allow ipv4_connection"),
        ({"rate_limit": 3}, BLOCK, "takes 3 commands a minute"),
        ({"pairs": {**CAN, "deny": ["ipv4_connection"]}}, isolate("2001:db8:1::7"), "does not deny ipv6_connection"),
    ],
)
def test_what_the_consumer_does_not_say_it_can_is_not_asked(
    consumer: SmallConsumer, features: dict[str, Any], order: Order, why: str
) -> None:
    consumer.features |= features
    assert why in consumer.adapter().check([order])[0].refusal
    assert {command["action"] for _, command in consumer.heard} == {"query"}


@pytest.mark.parametrize(
    ("features", "why"),
    [({"versions": ["0.9"]}, "speaks OpenC2 0.9"), ({"profiles": ["er"]}, "no packet filter; its profiles: er")],
)
def test_a_consumer_of_another_kind_is_no_device_of_ours(
    consumer: SmallConsumer, features: dict[str, Any], why: str
) -> None:
    consumer.features |= features
    with pytest.raises(DeviceFailed, match=why):
        consumer.adapter().check([BLOCK])


def closing(handler: BaseHTTPRequestHandler, said: bytes) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def test_a_lost_answer_is_asked_for_with_the_same_id_and_nothing_is_done_twice(consumer: SmallConsumer) -> None:
    adapter = consumer.adapter()
    adapter.check([BLOCK])
    consumer.badly = [None, None, closing]
    changes = applied(adapter, BLOCK)
    ids = [request_id for request_id, command in consumer.heard if command["action"] == "deny"]
    assert ids[0] == ids[1]
    assert len(set(ids)) == len(ids) - 1 == 3  # two rules, the first asked for twice, and the renewal of the last
    assert len(consumer.rules) == 2
    consumer.badly = [closing]
    assert standing(changes, adapter.revert(changes)) is Standing.NOTHING
    assert not consumer.rules


def test_a_renewal_whose_answer_is_lost_does_not_put_back_what_somebody_took_away(consumer: SmallConsumer) -> None:
    adapter = consumer.adapter()
    changes = applied(adapter, BLOCK)
    consumer.rules.clear()
    consumer.badly = [closing]
    assert standing(changes, adapter.extend(changes, 60)) is Standing.NOTHING
    assert not consumer.rules


def test_what_stands_already_gets_the_new_lease_and_no_second_rule(consumer: SmallConsumer) -> None:
    adapter = consumer.adapter()
    applied(adapter, BLOCK)
    applied(adapter, replace(BLOCK, id=OrderId("again"), lease_seconds=600))
    assert len(consumer.rules) == 2
    assert {each["args"]["duration"] for each in consumer.rules.values()} == {600_000}


@pytest.mark.parametrize("taken", [(0,), (1,), (0, 1)], ids=["first", "second", "both"])
def test_a_renewal_goes_on_wherever_the_one_before_broke_off(consumer: SmallConsumer, taken: tuple[int, ...]) -> None:
    adapter = consumer.adapter()
    changes = applied(adapter, BLOCK)
    consumer.rules = {int(change.thing.split()[0]) + at: change.thing for change in changes for at in taken}
    for _ in range(3):
        assert standing(changes, adapter.extend(changes, 60)) is Standing.ALL
        assert len(consumer.rules) == 2
    assert standing(changes, adapter.revert(changes)) is Standing.NOTHING
    assert not consumer.rules


@pytest.mark.parametrize("leaves_out", [(), ("duration",)], ids=["with a lease", "without"])
@pytest.mark.parametrize("after", range(1, 8))
def test_a_consumer_that_deletes_later_than_it_says_has_in_the_end_what_we_say_that_it_has(
    consumer: SmallConsumer, monkeypatch: pytest.MonkeyPatch, after: int, leaves_out: tuple[str, ...]
) -> None:
    monkeypatch.setattr("codedark.enforce.openc2.openc2._FIRST_PAUSE_SECONDS", 0.001)
    consumer.deletes_after = after
    adapter = consumer.adapter(leaves_out=leaves_out)
    changes = applied(adapter, BLOCK)
    for _ in range(3):
        assert standing(changes, adapter.revert(changes)) is Standing.NOTHING
        assert applied(adapter, BLOCK) == changes
        if adapter.ends_by_itself:
            assert standing(changes, adapter.extend(changes, 60)) is Standing.ALL
    consumer.come_to_rest()
    rules = [json.dumps(each["target"]) for each in consumer.rules.values()]
    assert len(rules) == len(set(rules)) == 2


def test_a_rule_that_is_in_use_after_it_was_deleted_is_not_called_there(
    consumer: SmallConsumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codedark.enforce.openc2.openc2._SETTLING_SECONDS", 0.2)
    adapter = consumer.adapter()
    changes = applied(adapter, BLOCK)
    consumer.rules = {int(change.thing.split()[0]) + at: change.thing for change in changes for at in (0, 1)}
    consumer.deletes_after = 10_000
    readings = adapter.extend(changes, 60)
    assert {reading.value for reading in readings} == {None}
    assert "anew: 501: it cannot do this, and says: Rule number currently in use" in readings[0].why


def test_a_consumer_that_says_yes_and_does_nothing_is_found_out_at_once_and_at_every_renewal(
    consumer: SmallConsumer,
) -> None:
    adapter = consumer.adapter()
    changes = applied(adapter, BLOCK)
    consumer.does_nothing = True
    consumer.rules.clear()
    assert standing(changes, adapter.verify(changes)) is Standing.UNKNOWN
    assert standing(changes, adapter.extend(changes, 60)) is Standing.UNKNOWN
    with pytest.raises(DeviceFailed, match="does not delete rule"):
        adapter.apply([BLOCK], lambda _: None)


def test_a_consumer_that_cannot_renew_is_found_out_at_once(consumer: SmallConsumer) -> None:
    adapter = consumer.adapter()
    kept: list[Foreseen] = []
    consumer.badly = [None, None, None, None, refusing(501)]
    with pytest.raises(DeviceFailed, match="501: it cannot do this"):
        adapter.apply([BLOCK], kept.extend)
    changes = kept[0].changes
    assert standing(changes, adapter.revert(changes)) is Standing.NOTHING
    assert not consumer.rules


def test_a_rule_that_gets_another_number_than_ours_is_deleted_at_once_and_told(consumer: SmallConsumer) -> None:
    consumer.counts_for_itself = True
    with pytest.raises(DeviceFailed, match=r"its rule 7 and not 1\d{9}.*deleted again: 200: it did it"):
        consumer.adapter().apply([BLOCK], lambda _: None)
    assert not consumer.rules


def test_what_was_never_made_is_taken_back_all_the_same(consumer: SmallConsumer) -> None:
    adapter = consumer.adapter()
    changes = adapter.check([BLOCK])[0].changes
    for _ in range(2):
        assert standing(changes, adapter.revert(changes)) is Standing.NOTHING
        assert not consumer.rules


def test_a_rule_that_is_not_deleted_is_not_called_gone(consumer: SmallConsumer) -> None:
    adapter = consumer.adapter()
    changes = applied(adapter, BLOCK)

    class Stuck(dict[int, Any]):
        def pop(self, *_: Any) -> Any:
            return None

    consumer.rules = Stuck(consumer.rules)
    readings = adapter.revert(changes)
    assert {reading.value for reading in readings} == {None}
    assert "it failed in itself, and says: firewall rule not removed or updated" in readings[0].why


def test_who_finds_nothing_at_our_path_has_not_deleted_anything(consumer: SmallConsumer) -> None:
    adapter = consumer.adapter()
    changes = applied(adapter, BLOCK)
    consumer.badly = [refusing(404)] * 4
    assert standing(changes, adapter.revert(changes)) is Standing.UNKNOWN


def test_without_a_duration_nothing_ends_by_itself_and_nothing_is_renewed(consumer: SmallConsumer) -> None:
    adapter = consumer.adapter(leaves_out=("duration", "persistent", "direction", "drop_process"))
    assert not adapter.ends_by_itself
    assert any("counts no lease down" in sentence for sentence in adapter.check([BLOCK])[0].says)
    changes = applied(adapter, BLOCK)
    assert all(set(each["args"]) == {"response_requested", "slpf"} for each in consumer.rules.values())
    assert all(set(each["args"]["slpf"]) == {"insert_rule"} for each in consumer.rules.values())
    assert standing(changes, adapter.extend(changes, 60)) is Standing.UNKNOWN
    assert standing(changes, adapter.revert(changes)) is Standing.NOTHING


def huge(handler: BaseHTTPRequestHandler, said: bytes) -> None:
    well(handler, b" " * (2 << 20))


def endless(handler: BaseHTTPRequestHandler, said: bytes) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" ")
        time.sleep(0.05)


def deep(handler: BaseHTTPRequestHandler, said: bytes) -> None:
    well(handler, b'{"headers":' + b"[" * 100_000)


def of_another(handler: BaseHTTPRequestHandler, said: bytes) -> None:
    message = json.loads(said)
    message["headers"]["request_id"] = "another"
    well(handler, json.dumps(message).encode())


def without_response(handler: BaseHTTPRequestHandler, said: bytes) -> None:
    well(handler, said.replace(b'"response"', b'"notification"'))


def elsewhere(handler: BaseHTTPRequestHandler, said: bytes) -> None:
    handler.send_response(307)
    handler.send_header("Location", "https://127.0.0.1:1/")
    handler.end_headers()


def refusing(status: int) -> Answer:
    return lambda handler, _: handler.send_error(status)


def saying(what: bytes) -> Answer:
    return lambda handler, _: well(handler, what)


@pytest.mark.parametrize(
    ("badly", "why"),
    [
        ([huge], "more than 1048576 bytes"),
        ([endless, endless], "no whole answer came within 0.3 s"),
        ([closing, closing], "no whole answer came within 0.3 s"),
        ([deep], "is no message of OpenC2"),
        ([saying(b"<html>")], "is no message of OpenC2"),
        ([saying(b"\xff\xfe")], "is no message of OpenC2"),
        ([of_another], "belongs to another command"),
        ([without_response], "has no response in it"),
        ([elsewhere], "307: it answers with a code that OpenC2 does not have"),
        ([refusing(401)], "401: it wants a token or a certificate"),
        ([refusing(403)], "403: it does not allow us"),
        ([refusing(503)], "503: it is overloaded"),
    ],
)
def test_a_bad_answer_is_an_error_with_a_reason_and_soon(consumer: SmallConsumer, badly: list[Any], why: str) -> None:
    consumer.badly = badly
    begun = time.monotonic()
    with pytest.raises(DeviceFailed, match=why):
        consumer.adapter(patience_seconds=0.3).check([BLOCK])
    assert time.monotonic() - begun < 20


def test_a_refused_rule_ends_the_batch_with_its_reason_and_all_of_it_can_be_taken_back(consumer: SmallConsumer) -> None:
    adapter = consumer.adapter()
    kept: list[Foreseen] = []
    consumer.badly = [None, None, None, refusing(503)]
    with pytest.raises(DeviceFailed, match="503: it is overloaded"):
        adapter.apply([isolate(host("OFFICE", 3))], kept.extend)
    changes = kept[0].changes
    assert standing(changes, adapter.revert(changes)) is Standing.NOTHING
    assert not consumer.rules


def test_whose_certificate_we_do_not_know_gets_nothing(consumer: SmallConsumer, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "stranger")
    with pytest.raises(DeviceFailed, match=r"not to be believed.*nothing was sent"):
        consumer.adapter(authority=stranger.pem, token="s3cret").check([BLOCK])
    assert not consumer.heard


def test_a_consumer_that_does_not_know_our_certificate_is_said_to_refuse_it(
    consumer: SmallConsumer, tmp_path: Path
) -> None:
    device = DeviceId("edge")
    stranger = Authority(tmp_path, "stranger")
    for identity in ((), stranger.issue("codedark")):
        context = trust(consumer.authority.pem, *identity)
        adapter = OpenC2(
            device,
            Consumer(device, Transfer(device, "127.0.0.1", consumer.port, context)),
            MODEL,
            range(FEWEST_NUMBERS),
        )
        with pytest.raises(DeviceFailed, match=r"alert|no whole answer"):
            adapter.check([BLOCK])
    assert not consumer.heard


def test_a_port_that_speaks_no_tls_and_one_that_nobody_has_are_errors(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=lambda: listener.accept()[0].sendall(b"220 hello\r\n"), daemon=True).start()
        port = listener.getsockname()[1]
        for why in ("cannot be reached.*nothing was sent", "cannot be reached"):
            device = DeviceId("edge")
            transfer = Transfer(device, "127.0.0.1", port, trust(), patience_seconds=0.5)
            with pytest.raises(DeviceFailed, match=why):
                OpenC2(device, Consumer(device, transfer), MODEL, range(FEWEST_NUMBERS)).check([BLOCK])
            listener.close()


def test_the_token_is_sent_and_stands_in_no_error(consumer: SmallConsumer) -> None:
    adapter = consumer.adapter(token="s3cret")
    consumer.badly = [refusing(401)]
    with pytest.raises(DeviceFailed) as raised:
        adapter.check([BLOCK])
    assert "s3cret" not in str(raised.value)
    assert consumer.headers[0]["Authorization"] == "Bearer s3cret"
    with pytest.raises(UsageError) as refused:
        consumer.adapter(token="s3cret\r\nX: y")
    assert "s3cret" not in str(refused.value)


def test_a_configuration_that_cannot_be_right_is_refused_at_once(consumer: SmallConsumer, tmp_path: Path) -> None:
    transfer = Transfer(DeviceId("edge"), "127.0.0.1", 1, trust())
    with pytest.raises(UsageError, match="cannot be left out"):
        Consumer(DeviceId("edge"), transfer, leaves_out=("insert_rule",))
    with pytest.raises(UsageError, match="wider range"):
        OpenC2(DeviceId("edge"), Consumer(DeviceId("edge"), transfer), MODEL, range(100))
    with pytest.raises(UnusableInput, match="cannot be read"):
        trust(tmp_path / "missing.pem")


def test_two_rules_never_get_the_same_number(consumer: SmallConsumer) -> None:
    adapter = consumer.adapter()
    first, *_ = adapter.check([BLOCK])[0].changes
    number = first.thing.partition(" ")[0]
    other = consumer.adapter()
    other.verify([Change(f"{number} deny {ip_network('10.9.0.0/24')} any", "", "there")])
    assert f"rule number {number} is taken" in other.check([BLOCK])[0].refusal
