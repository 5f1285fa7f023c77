"""Laws of what watches connections, devices and shares: whatever comes, memory is bounded, repeats say nothing new."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.detect.behaviour.behaviour import Behaviour, Context, Sign
from codedark.detect.behaviour.kinds.device_talk import DeviceTalk
from codedark.detect.behaviour.kinds.egress import Egress
from codedark.detect.behaviour.kinds.history import History
from codedark.detect.behaviour.kinds.mass_change import MassChange
from codedark.detect.behaviour.observation import FileAct, Flow, Observation
from codedark.detect.behaviour.places import Places
from codedark.detect.behaviour.reading import Seen
from codedark.detect.behaviour.readings.files import Files
from codedark.detect.behaviour.readings.flows import Flows
from codedark.events.record import ABSENT, Origin
from codedark.hospital.asset import Asset, AssetId, AssetKind
from codedark.hospital.hospital import Hospital
from tests.behaviour_at_work import settings_of

DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000
NAMES = ("ct01", "pump1", "ws01", "10.1.2.3", "192.0.2.1", "198.51.100.7", "2001:db8::1", "")
KINDS = {"ct01": AssetKind.MODALITY, "pump1": AssetKind.INFUSION_PUMP, "ws01": AssetKind.WORKSTATION}
CONTEXT = Context(
    Places(Hospital("H", assets={AssetId(name): Asset(AssetId(name), kind) for name, kind in KINDS.items()}))
)
TIMES = st.integers(0, 20 * DAY_US)
SIZES = st.one_of(st.integers(0, 10**13), st.just(0))

flows = st.builds(
    Flow, TIMES, st.sampled_from(NAMES), st.just(0), st.sampled_from(NAMES), st.sampled_from(NAMES),
    st.integers(0, 65_535), st.sampled_from(("tcp", "udp", "icmp", "")), st.just(""), SIZES, SIZES, st.booleans(),
)  # fmt: skip
acts = st.builds(
    FileAct, TIMES, st.just("fs01"), st.just(0), st.sampled_from(("anna", "")), st.sampled_from(("ws01", "")),
    st.sampled_from(("home", "")), st.sampled_from(("read", "write", "rename", "delete")), st.text(max_size=20),
    st.text(max_size=20),
)  # fmt: skip


def _told(behaviour: Behaviour, seen: list[Observation]) -> Iterator[Sign]:
    for each in seen:
        yield from behaviour.take(each, CONTEXT)


@given(st.lists(st.one_of(flows, acts), max_size=60))
@settings(max_examples=150, deadline=None)
def test_whatever_comes_in_whatever_order_signs_are_whole_sentences(seen: list[Observation]) -> None:
    for behaviour in (Egress(settings_of("egress")), DeviceTalk(settings_of("device_talk", learn_days=0)),
                      MassChange(settings_of("mass_change", learn_days=0))):  # fmt: skip
        for sign in _told(behaviour, seen):
            assert sign.says.endswith(".")
            assert sign.says[0].strip()
            assert sign.learnt_days >= 0


@given(st.lists(flows, max_size=40))
@settings(max_examples=100, deadline=None)
def test_the_same_behaviour_says_the_same_of_the_same(seen: list[Observation]) -> None:
    first, second = (Egress(settings_of("egress", learn_days=0, megabytes_an_hour=0)) for _ in range(2))
    assert list(_told(first, seen)) == list(_told(second, seen))


@given(st.lists(st.tuples(st.sampled_from(("zeek", "fw01", "proxy9")), st.integers(1, 10**9)), min_size=1, max_size=30))
@settings(deadline=None)
def test_bytes_of_an_hour_are_those_of_the_witness_that_saw_most(told: list[tuple[str, int]]) -> None:
    behaviour = Egress(settings_of("egress"))
    for teller, sent in told:
        list(behaviour.take(Flow(0, teller, 0, "ws01", "192.0.2.1", 443, "tcp", "", sent, 0, True), CONTEXT))
    by_teller = {name: sum(sent for teller, sent in told if teller == name) for name, _ in told}
    assert behaviour._machines["ws01"].sent_hour == max(by_teller.values())


@given(st.integers(1, 5), st.integers(20, 200))
@settings(max_examples=20, deadline=None)
def test_memory_is_bounded_however_many_come(most: int, count: int) -> None:
    egress = Egress(settings_of("egress", most_hosts=most, most_addresses=most, most_calls=most))
    devices = DeviceTalk(settings_of("device_talk", most_talks=most, learn_days=0))
    shares = MassChange(settings_of("mass_change", most_actors=most, most_names=most))
    for n in range(count):
        flow = Flow(n * HOUR_US, "z", 0, f"h{n}", f"192.0.2.{n % 250}", n, "tcp", "", 10, 0, True)
        list(egress.take(flow, CONTEXT))
        list(devices.take(flow._replace(target="ct01"), CONTEXT))
        list(shares.take(FileAct(n, f"fs{n}", 0, f"u{n}", f"h{n}", "s", "write", f"f{n}.e{n}"), CONTEXT))
    assert len(egress._machines) <= most
    assert len(egress._addresses) <= most
    assert len(egress._calls._times) <= most
    assert max(len(devices._talks), len(devices._reached), len(devices._said)) <= most
    assert max(len(shares._doing), len(shares._told_in_full), len(shares._names), len(shares._extensions)) <= most


@given(st.lists(st.floats(1, 1e12), min_size=1, max_size=60), st.floats(0, 10))
def test_a_bound_is_above_the_middle_and_the_middle_between_the_values(values: list[float], deviations: float) -> None:
    history = History(100)
    for value in values:
        history.add(value)
    assert min(values) * 0.999 <= history.middle() <= max(values) * 1.001
    assert history.least_usual(deviations) <= history.middle() * 1.001
    assert history.most_usual(deviations) >= history.middle() * 0.999


@given(st.lists(st.floats(100, 200), min_size=21, max_size=21), st.integers(0, 20))
def test_one_wild_value_moves_a_bound_little(values: list[float], place: int) -> None:
    """Breakdown point: less than half of the values cannot carry the median away."""
    wild = [*values]
    wild[place] = 1e12
    history = History(100)
    for value in wild:
        history.add(value)
    assert history.most_usual(4) <= 200 * 2.7182818**5


VALUES = st.one_of(
    st.text(max_size=12),
    st.integers(-5, 10**21),
    st.floats(),
    st.none(),
    st.just(ABSENT),
    st.tuples(st.text(max_size=3)),
)
ORIGINS = (
    Origin("zeek", "conn"), Origin("suricata", "eve", "flow"), Origin("cef"), Origin("leef"),
    Origin("windows", "security", "5156"),
    Origin("linux", "syslog"), Origin("windows", "security", "5145"), Origin("windows", "security", "4663"),
    Origin("zeek", "smb_files"), Origin("windows", "microsoft-windows-sysmon/operational", "11"),
)  # fmt: skip


@pytest.mark.parametrize("origin", ORIGINS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_malformed_values_are_left_unknown_and_never_raised(origin: Origin, data: st.DataObject) -> None:
    for reading in (Flows(), Files()):
        fields = reading.fields(origin)
        if fields is not None:
            columns = {name: data.draw(st.lists(VALUES, min_size=3, max_size=3)) for name in fields}
            seen = Seen(origin, range(3), columns, [0, 1, 2], ["a", "", "b"])
            for each in reading.read(seen, Places()):
                if isinstance(each, Flow):
                    assert each.port >= 0
                    assert each.sent >= 0
