"""The adapter of switches against FreeRADIUS: sessions into quarantine and back, switches that refuse, are mute or lie.

FreeRADIUS listens as six switches (RFC 5176), and writes the accounting log that the adapter reads.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import count
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
    Reading,
    Standing,
    standing,
)
from codedark.enforce.radius.radius import Radius
from codedark.enforce.radius.things import AS_SERVER, DISCONNECTED
from tests.free_radius import QUARANTINE, Switches, switches, why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

_numbers = count(1)


@pytest.fixture(scope="module")
def access(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switches]:
    with switches(tmp_path_factory.mktemp("radius")) as made:
        yield made


def order(*addresses: str, kind: ActionKind = ActionKind.ISOLATE_HOST, lease_seconds: int = 600) -> Order:
    name = f"{kind}:{','.join(addresses)}"
    return Order(OrderId(name), ActionId(name), kind, DeviceId("access"), lease_seconds, addresses=addresses)


def named(*words: str) -> list[str]:
    """Names of new sessions, whose switches behave as the words say."""
    return [f"{word}-{next(_numbers)}" for word in words]


def applied(adapter: Radius, addresses: Sequence[str]) -> tuple[tuple[Change, ...], tuple[Reading, ...]]:
    kept: list[Foreseen] = []
    readings = adapter.apply([order(each) for each in addresses], kept.extend)
    return tuple(change for each in kept for change in each.changes), readings


def heard(access: Switches, name: str) -> list[dict[str, str]]:
    return [each for each in access.heard() if each["Acct-Session-Id"] == name]


def test_a_session_goes_into_quarantine_for_its_lease_is_renewed_and_gets_back_what_it_had(access: Switches) -> None:
    adapter = access.radius()
    names = named("some", "some")
    changes, readings = applied(adapter, access.begin(names))
    assert {(each.before, each.after) for each in changes} == {("Filter-Id=staff", QUARANTINE)}
    assert standing(changes, readings) is Standing.ALL
    assert standing(changes, adapter.verify(changes)) is Standing.ALL
    assert standing(changes, adapter.extend(changes, 60)) is Standing.ALL
    assert standing(changes, adapter.revert(changes)) is Standing.NOTHING
    assert standing(changes, adapter.revert(changes)) is Standing.NOTHING
    asked = heard(access, names[0])
    assert [each["Filter-Id"] for each in asked] == ["quarantine", "quarantine", "staff", "staff"]
    assert [each.get("Session-Timeout") for each in asked] == ["600", "60", None, None]
    assert {each["Packet-Type"] for each in asked} == {"CoA-Request"}
    assert all("Event-Timestamp" in each and "Message-Authenticator" in each for each in asked)
    assert asked[0]["Termination-Action"] == "RADIUS-Request"


def test_a_switch_that_refuses_a_renewal_may_still_have_it_whoever_asks(access: Switches) -> None:
    changes, readings = applied(access.radius(), access.begin(named("weary")))
    assert standing(changes, readings) is Standing.ALL
    another = access.radius()  # the keeper is another program than the one that applied it
    (renewed,) = another.extend(changes, 60)
    assert standing(changes, [renewed]) is Standing.UNKNOWN
    assert "no resources left" in renewed.why
    assert standing(changes, another.revert(changes)) is Standing.NOTHING


def test_a_vlan_is_told_with_its_type_and_what_was_not_known_before_is_authenticated_again(access: Switches) -> None:
    adapter = access.radius("Tunnel-Private-Group-Id=666", has_leases=False)
    assert not adapter.ends_by_itself
    (name,) = named("some")
    changes, readings = applied(adapter, access.begin([name], filter_id=""))
    assert standing(changes, readings) is Standing.ALL
    assert {each.before for each in changes} == {AS_SERVER}
    assert standing(changes, adapter.revert(changes)) is Standing.NOTHING
    change, end = heard(access, name)
    assert (change["Tunnel-Private-Group-Id"], change["Tunnel-Type"]) == ("666", "VLAN")
    assert (change["Tunnel-Medium-Type"], "Session-Timeout" in change) == ("IEEE-802", False)
    assert end["Packet-Type"] == "Disconnect-Request"


def test_each_switch_is_told_apart_done_gone_refused_mute(access: Switches) -> None:
    adapter = access.radius(asks_first=False)
    names = named("some", "gone", "strict", "mute", "some")
    changes, readings = applied(adapter, access.begin(names))
    assert [each.value for each in readings] == [QUARANTINE, "Filter-Id=staff", "Filter-Id=staff", None, QUARANTINE]
    whys = ["", "no such session", "does not take a value", "does not answer: is it on", ""]
    assert all((why in each.why) if why else not each.why for each, why in zip(readings, whys, strict=True))
    stands = [standing([change], readings) for change in changes]
    assert stands == [Standing.ALL, Standing.NOTHING, Standing.NOTHING, Standing.UNKNOWN, Standing.ALL]
    back = adapter.revert(changes)
    assert [standing([change], back) is Standing.NOTHING for change in changes] == [True, True, True, False, True]
    assert [each["Filter-Id"] for each in heard(access, names[2])] == ["quarantine"], "it refused: nothing to set back"


def test_what_no_log_tells_is_not_known_however_often_it_is_asked(access: Switches) -> None:
    adapter = access.radius()
    changes, readings = applied(adapter, access.begin(named("quiet")))
    assert standing(changes, readings) is Standing.ALL, "the switch said so itself, just now"
    (now,) = adapter.verify(changes)
    assert now.value is None
    assert "cannot be asked what stands, and its log says nothing; it said yes at" in now.why
    (later,) = access.radius().verify(changes)
    assert later.value is None
    assert standing(changes, adapter.extend(changes, 60)) is Standing.ALL, "a renewal says all of it again"


def test_a_switch_that_says_yes_and_does_nothing_is_caught_by_the_log(access: Switches) -> None:
    adapter = access.radius()
    changes, readings = applied(adapter, access.begin(named("liar")))
    assert standing(changes, readings) is Standing.ALL
    for stands in (Standing.ALL, Standing.NOTHING):  # a machine that only authenticated again is in quarantine now
        adapter._known._said_yes = {thing: at - 2 for thing, at in adapter._known._said_yes.items()}
        (now,) = adapter.verify(changes)
        assert now.value is None
        assert "its log says Filter-Id=staff since" in now.why
        assert standing(changes, adapter.extend(changes, 60)) is stands


def test_a_machine_that_comes_again_is_told_and_its_new_session_is_not_touched(access: Switches) -> None:
    adapter = access.radius()
    (name,) = named("some")
    addresses = access.begin([name])
    changes, _ = applied(adapter, addresses)
    access.begin([name.replace("some", "again")])
    for readings in (adapter.verify(changes), adapter.extend(changes, 60)):
        assert standing(changes, readings) is Standing.NOTHING
        assert "is over, and 02:00:00:00:00:" in readings[0].why
    assert len(heard(access, name)) == 1
    (foreseen,) = adapter.check([order(*addresses)])
    assert " again-" in foreseen.changes[0].thing


def test_a_machine_that_has_just_left_stops_no_plan_and_is_told_when_it_comes_back(access: Switches) -> None:
    (name,) = named("some")
    addresses = access.begin([name])
    applied(access.radius(""), addresses)
    adapter = access.radius()
    (foreseen,) = adapter.check([order(*addresses)])
    assert (foreseen.changes, foreseen.refusal) == ((), ""), "nobody is to take it for isolated"
    assert "is in no session now; it is told when it comes back" in foreseen.says[0]
    changes, readings = applied(adapter, addresses)
    assert standing(changes, readings) is standing(changes, adapter.extend(changes, 60)) is Standing.ALL
    access.begin([name.replace("some", "again")])
    for readings in (adapter.verify(changes), adapter.extend(changes, 60)):
        assert standing(changes, readings) is Standing.PART
        assert "came back, and is in a session on" in readings[0].why
    assert [reading.value for reading in adapter.revert(changes)] == [change.before for change in changes]
    assert len(heard(access, name)) == 1


def test_a_session_that_is_ended_is_known_to_be_until_the_machine_comes_again(access: Switches) -> None:
    adapter = access.radius("")
    (name,) = named("some")
    addresses = access.begin([name])
    (foreseen,) = adapter.check([order(*addresses)])
    assert "comes back at once unless its RADIUS server refuses it" in foreseen.says[0]
    changes, readings = applied(adapter, addresses)
    assert [(each.before, each.after) for each in changes] == [(AS_SERVER, DISCONNECTED)]
    assert standing(changes, readings) is standing(changes, adapter.extend(changes, 60)) is Standing.ALL
    access.begin([name.replace("some", "again")])
    assert standing(changes, adapter.verify(changes)) is Standing.NOTHING
    assert standing(changes, adapter.revert(changes)) is Standing.NOTHING
    assert [each["Packet-Type"] for each in heard(access, name)] == ["Disconnect-Request"]


def test_a_wrong_secret_is_silence_which_is_found_by_the_dry_run_or_leaves_it_unknown(access: Switches) -> None:
    addresses = access.begin(named("some"))
    (foreseen,) = access.radius(secret=b"wrong").check([order(*addresses)])
    assert "it does not answer: is it on" in foreseen.refusal
    changes, readings = applied(access.radius(secret=b"wrong", asks_first=False), addresses)
    assert standing(changes, readings) is Standing.UNKNOWN


def test_a_session_whose_end_was_never_logged_stops_no_plan(access: Switches) -> None:
    adapter = access.radius()
    addresses = access.begin(named("gone", "some"))
    gone, some = adapter.check([order(each) for each in addresses])
    assert (gone.changes, gone.refusal) == ((), "")
    assert "is in no session now" in gone.says[0]
    changes, readings = applied(adapter, addresses)
    assert standing(changes, readings) is standing(changes, adapter.extend(changes, 60)) is Standing.ALL
    (later,) = access.radius().verify(changes[:0] + tuple(each for each in changes if each.before == each.after))
    assert later.value is None
    assert "does not tell what became of session gone-" in later.why
    assert len(some.changes) == 1


def test_what_it_must_not_or_cannot_do_is_refused_with_its_reason(access: Switches) -> None:
    addresses = access.begin(named("some", "some"))
    adapter = access.radius(QUARANTINE, b"never used", addresses[0])
    orders = [
        order(addresses[0]),
        order("10.99.0.1"),
        order(),
        order(addresses[1], kind=ActionKind.CUT_ZONES),
        order(addresses[1], lease_seconds=0),
    ]
    said = [each.refusal for each in adapter.check(orders)]
    wanted = ["is a lifeline's address", "in no session of", "in no session of", "cannot do 'cut'", "a lease of 0 s"]
    assert all(words in refusal for words, refusal in zip(wanted, said, strict=True))
    with pytest.raises(OrderRefused):
        adapter.apply(orders, lambda _: pytest.fail("nothing is to be kept"))


def test_two_hundred_sessions_on_six_switches_take_less_than_a_second_of_processor_time(access: Switches) -> None:
    adapter = access.radius()
    addresses = access.begin(named(*["some"] * 200))
    began = time.process_time()
    changes, readings = applied(adapter, addresses)
    assert time.process_time() - began < 1
    assert standing(changes, readings) is Standing.ALL
    assert len(changes) == 200


def test_a_log_that_is_not_there_says_so(access: Switches, tmp_path: Path) -> None:
    adapter = Switches(tmp_path).radius()
    with pytest.raises(DeviceFailed, match="the log of RADIUS sessions cannot be read"):
        adapter.check([order("10.1.1.1")])
