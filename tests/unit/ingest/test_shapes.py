"""Dispatch by content, flattening, and that both are total."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codedark.events.record import Origin
from codedark.ingest.flatten import DEPTH_LIMIT, flatten, json_text
from codedark.ingest.shapes import UNKNOWN, normalise

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)
TELLING = (
    "Event System EventData UserData Channel EventID SourceName #attributes #text @Name Data",
    "winlog winlog.channel data win system eventdata _source fields log message",
    "id uid id.orig_h _path @stream ts event_type flow_id MESSAGE _HOSTNAME",
    "eventSource eventName awsRegion protoPayload metadata event parameter displayMessage eventType",
    "Operation Workload AuditData category operationName properties resourceId targetResources status",
    "userPrincipalName appDisplayName activityDisplayName initiatedBy additionalDetails modifiedProperties",
)
telling_keys = st.sampled_from(" ".join(TELLING).split())
telling_objects = st.dictionaries(
    telling_keys,
    st.recursive(
        json_values | st.sampled_from(["{", '{"EventID": 1}', "[]", "4688", "Security"]),
        lambda inner: st.dictionaries(telling_keys, inner, max_size=4) | st.lists(inner, max_size=3),
        max_leaves=12,
    ),
    max_size=8,
)


@given(st.dictionaries(st.text(max_size=6), json_values, max_size=6) | telling_objects)
def test_normalise_is_total_pure_and_gives_only_record_values(obj: dict[str, Any]) -> None:
    before = copy.deepcopy(obj)
    origin, record = normalise(obj)
    assert obj == before
    assert isinstance(origin, Origin)
    assert all(isinstance(part, str) for part in origin)
    for name, value in record.items():
        assert isinstance(name, str)
        for part in value if isinstance(value, tuple) else (value,):
            assert part is None or type(part) in {str, int, float}
    hash(tuple(record.items()))


@given(json_values)
def test_json_text_is_json(value: Any) -> None:
    assert json.loads(json_text(value)) == value


@given(st.dictionaries(st.text(max_size=4), json_values, max_size=5))
def test_flattening_keeps_every_leaf(obj: dict[str, Any]) -> None:
    def leaves(value: Any) -> list[Any]:
        if isinstance(value, dict | list):
            inner = value.values() if isinstance(value, dict) else value
            return [leaf for part in inner for leaf in leaves(part)]
        return [str(value).lower() if isinstance(value, bool) else value]

    kept = [part for value in flatten(obj).values() for part in (value if isinstance(value, tuple) else (value,))]
    assert all(leaf in kept for leaf in leaves(obj))


def test_flattening_joins_objects_lists_and_booleans() -> None:
    record = flatten(
        {
            "a": {"b": 1, "c": {"d": None}},
            "flags": [True, False],
            "who": [{"name": "x", "id": 1}, {"name": "y"}],
            "mixed": [1, {"k": 2}, [3, 4]],
            "none": [],
            "empty": {},
            "big": 10**30,
            "yes": True,
        }
    )
    assert record == {
        "a.b": 1,
        "a.c.d": None,
        "flags": ("true", "false"),
        "who.name": ("x", "y"),
        "who.id": (1,),
        "mixed": (1, 3, 4),
        "mixed.k": (2,),
        "none": (),
        "empty": (),
        "big": 10**30,
        "yes": "true",
    }


def test_dotted_and_nested_members_of_one_name_share_it() -> None:
    assert flatten({"a.b": 1, "a": {"b": 2}}) == {"a.b": (1, 2)}
    assert flatten({"a.b": 1, "a": {"b": 1}}) == {"a.b": 1}


@pytest.mark.parametrize("opening", ['{"a":', "["])
def test_what_is_too_deep_keeps_its_text(opening: str) -> None:
    value: Any = "core"
    for _ in range(900):
        value = {"a": value} if opening.startswith("{") else [value]
    origin, record = normalise({"top": value})
    assert origin == UNKNOWN
    ((name, kept),) = record.items()
    text = kept[0] if isinstance(kept, tuple) else kept
    assert isinstance(text, str)
    assert text.startswith(opening)
    assert text.count(opening) >= 900 - DEPTH_LIMIT
    assert '"core"' in text
    assert name.startswith("top")


@pytest.mark.parametrize("wrapper", ["log", "message", "_raw"])
def test_json_text_in_a_wrapper_is_unwrapped_once(wrapper: str) -> None:
    inner = {"Channel": "Security", "EventID": 4625, "TargetUserName": "anna"}
    outer = {wrapper: json.dumps(inner) + "\n", "stream": "stdout", "kubernetes": {"pod": "p1"}}
    origin, record = normalise(outer)
    assert origin == Origin("windows", "security", "4625")
    assert record["TargetUserName"] == "anna"
    assert record["stream"] == "stdout"
    assert record["kubernetes.pod"] == "p1"
    twice, _ = normalise({wrapper: json.dumps(outer)})
    assert twice == UNKNOWN


def test_elasticsearch_source_is_unwrapped() -> None:
    inner = {"winlog": {"channel": "System", "event_id": "7045", "provider_name": "Service Control Manager"}}
    origin, record = normalise({"_index": "winlogbeat", "_source": inner})
    assert origin == Origin("windows", "system", "7045", "service control manager")
    assert record["_index"] == "winlogbeat"


def test_text_that_is_no_known_json_stays() -> None:
    for text in ("{not json", '{"a": 1}', "[1]"):
        assert normalise({"log": text}) == (UNKNOWN, {"log": text})
