"""Laws of logons: what behaviours learn is bounded and not taught by an attack, and nothing read can break them."""

from __future__ import annotations

import pickle
from importlib.resources import files
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.detect.behaviour.behaviour import Behaviour, BehaviourId, Context
from codedark.detect.behaviour.kinds import KINDS
from codedark.detect.behaviour.kinds.learning import DAY_US, Familiar, Met, Repeats
from codedark.detect.behaviour.observation import Logon, LogonKind
from codedark.detect.behaviour.places import Places
from codedark.detect.behaviour.reading import Seen
from codedark.detect.behaviour.readings.logons import Logons
from codedark.events.record import ABSENT, Origin

MEETINGS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 40), st.booleans()), max_size=80)
"""(day, what, suspect)"""


@given(MEETINGS, st.integers(1, 10))
def test_what_is_familiar_never_outgrows_its_bound(meetings: list[tuple[int, int, bool]], most: int) -> None:
    familiar: Familiar[int] = Familiar(most, keeps_days=20)
    for day, what, suspect in sorted(meetings):
        familiar.meet(what, day * DAY_US, suspect)
        assert len(familiar) <= most


@given(MEETINGS)
def test_what_is_only_met_under_suspicion_is_never_familiar(meetings: list[tuple[int, int, bool]]) -> None:
    familiar: Familiar[int] = Familiar(1000, keeps_days=100)
    for day, what, _ in sorted(meetings):
        assert familiar.meet(what, day * DAY_US, suspect=True) is not Met.FAMILIAR
        assert what not in familiar


@given(MEETINGS)
def test_what_has_once_been_doubted_takes_a_later_day_in_good_standing(meetings: list[tuple[int, int, bool]]) -> None:
    familiar: Familiar[int] = Familiar(1000, keeps_days=100)
    doubted: dict[int, int] = {}
    for day, what, suspect in sorted(meetings):
        standing = familiar.meet(what, day * DAY_US, suspect)
        if standing is Met.NEW:
            familiar.doubt(what, day * DAY_US)
            doubted[what] = day
        if what in familiar:
            assert day > doubted[what]
            assert standing is Met.FAMILIAR or not suspect


@given(st.integers(1, 3000))
def test_a_day_of_equal_acts_is_said_a_few_times_with_growing_counts(times: int) -> None:
    repeats: Repeats[str] = Repeats(10)
    said = [count for _ in range(times) if (count := repeats.count("same", 5 * DAY_US))]
    assert said[0] == 1
    assert said == sorted(set(said))
    assert len(said) <= 8
    assert repeats.count("same", 6 * DAY_US) == 1


OF_LOGONS = (
    "dormant", "logon_paths", "new_edges", "odd_hours", "service_logon", "spraying", "travel", "vendor_window",
    "weaker_logon",
)  # fmt: skip
SHORT = st.sampled_from(["", "a", "b", "adm", "srv", "10.0.0.1", "192.0.2.1", "::1", "x" * 300])
LOGONS = st.lists(
    st.builds(
        Logon,
        st.integers(0, 20 * DAY_US), SHORT, st.just(0), SHORT, st.sampled_from(LogonKind), st.booleans(), SHORT, SHORT,
        SHORT, SHORT, SHORT, st.sampled_from(["", "BE", "NL"]), SHORT,
    ),
    max_size=40,
)  # fmt: skip


def _behaviour(name: str, **overlaid: int) -> Behaviour:
    raw = yaml.safe_load((files("codedark") / "content" / "behaviour" / f"{name}.yaml").read_text("utf-8"))
    return KINDS[BehaviourId(name)]({**raw["settings"], **overlaid})


@pytest.mark.parametrize("name", OF_LOGONS)
@settings(max_examples=40, deadline=None)
@given(LOGONS, st.integers(0, 40))
def test_whatever_comes_in_a_behaviour_goes_on_alike_from_what_was_kept_of_it(
    name: str, logons: list[Logon], cut: int
) -> None:
    """Also out of order; a sign is a whole sentence, with a time of a logon that it was given."""
    context = Context(Places())
    whole, first = _behaviour(name, learning_days=1), _behaviour(name, learning_days=1)
    said = [sign for logon in logons for sign in whole.take(logon, context)]
    again = [sign for logon in logons[:cut] for sign in first.take(logon, context)]
    kept: Behaviour = pickle.loads(pickle.dumps(first))
    again += [sign for logon in logons[cut:] for sign in kept.take(logon, context)]
    assert said == again
    assert all(sign.says.endswith(".") and sign.at_us in {logon.at_us for logon in logons} for sign in said)


ORIGINS = [
    *(
        Origin("windows", "security", event)
        for event in ("4624", "4625", "4634", "4647", "4648", "4768", "4769", "4771")
    ),
    Origin("windows", "security", "4776"),
    Origin("windows", "security", "4778"),
    Origin("linux", "sshd"),
    Origin("linux", "sudo"),
    Origin("linux", "auth"),
    Origin("linux", "auditd", "USER_LOGIN"),
    Origin("cef", "fortigate"),
    Origin("cisco", "asa"),
    Origin("zeek", "kerberos"),
    Origin("zeek", "ntlm"),
    Origin("azure", "signinlogs"),
    Origin("m365", "exchange"),
]
VALUES: st.SearchStrategy[Any] = st.one_of(
    st.just(ABSENT), st.none(), st.integers(), st.floats(), st.text(max_size=40), st.tuples(st.text(max_size=5)),
    st.sampled_from(
        ["2", "10", "0x0", "PC1$", "anna", "vpn tunnel-up", "Accepted password for a from ::1 port", "T", "success",
         "a : TTY=x ; USER=root ;", "anna/REALM", "TGS", "cifs/", "/", "\\\\"]
    ),
)  # fmt: skip


@pytest.mark.parametrize("origin", ORIGINS, ids="-".join)
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_value_of_any_field_breaks_a_reading(origin: Origin, data: st.DataObject) -> None:
    reading = Logons()
    fields = reading.fields(origin)
    assert fields is not None
    columns = {name: data.draw(st.lists(VALUES, min_size=3, max_size=3)) for name in fields}
    seen = Seen(origin, range(3), columns, [1, 2, 3], ["h", "", "10.0.0.1"])
    rows = [each.row for each in reading.read(seen, Places())]
    assert rows == sorted(rows)
    assert len(rows) <= 3
