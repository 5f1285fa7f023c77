"""The OCSF Detection Finding against the required attributes of the schema."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from codedark.app.attack import attack
from codedark.app.ocsf import detection_finding, finding_uid
from codedark.app.outputs import to_json
from codedark.detect.finding import Finding, Level
from tests.finding_maker import EVIL, T0, finding, rule, window

GENERATED = datetime(2026, 1, 14, 7, 0, tzinfo=UTC)

# Attributes with "requirement": "required", by object, in ocsf/ocsf-schema 1.5.0: events/base_event.json with
# includes/classification.json and occurrence.json, events/findings/finding.json and detection_finding.json,
# objects/metadata.json, product.json, finding_info.json, analytic.json, device.json.
REQUIRED: dict[str, dict[str, type]] = {
    "": {
        "activity_id": int,
        "category_uid": int,
        "class_uid": int,
        "type_uid": int,
        "severity_id": int,
        "time": int,
        "metadata": dict,
        "finding_info": dict,
    },
    "metadata": {"version": str, "product": dict},
    "metadata.product": {"vendor_name": str, "name": str},
    "finding_info": {"uid": str, "title": str},
    "finding_info.analytic": {"type_id": int, "uid": str, "name": str},
    "device": {"type_id": int},
}

# The constraint "at_least_one" of objects/attack.json, evidences.json, _endpoint.json and _resource.json
AT_LEAST_ONE = {
    "finding_info.attacks": {"tactic", "technique", "sub_technique"},
    "evidences": {"actor", "data", "device", "process", "file", "url"},
    "device": {"hostname", "ip", "name", "uid"},
    "resources": {"name", "uid"},
}


def event(of: Finding) -> dict[str, Any]:
    out: dict[str, Any] = json.loads(to_json(detection_finding(of, version="0.1.0", generated=GENERATED)))
    return out


def at(root: Any, path: str) -> Any:
    for key in filter(None, path.split(".")):
        root = root[key]
    return root


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("host", ["DC-01", ""])
def test_required_attributes_are_there(level: Level, host: str) -> None:
    out = event(finding(rule(level=level), host=host, window=window()))
    for path, attributes in REQUIRED.items():
        if path == "device" and not host:
            assert "device" not in out
            assert "host" not in out["metadata"]["profiles"]
            continue
        for name, kind in attributes.items():
            assert type(at(out, path)[name]) is kind, f"{path}.{name}"
    for path, names in AT_LEAST_ONE.items():
        if host or path not in ("device", "resources"):
            found = at(out, path)
            assert all(names & set(one) for one in (found if isinstance(found, list) else [found])), path


def test_class_and_severity_are_as_the_schema_numbers_them() -> None:
    out = event(finding(rule(level=Level.CRITICAL)))
    assert (out["category_uid"], out["class_uid"], out["activity_id"]) == (2, 2004, 1)
    assert out["type_uid"] == out["class_uid"] * 100 + out["activity_id"] == 200401
    assert (out["severity_id"], out["severity"]) == (5, "Critical")
    severities = [event(finding(rule(level=level)))["severity_id"] for level in Level]
    assert severities == [1, 2, 3, 4, 5]


def test_times_are_milliseconds_of_the_record() -> None:
    out = event(finding())
    assert out["time"] == out["start_time"] == out["finding_info"]["first_seen_time"] == 1_768_285_927_250
    assert out["finding_info"]["created_time"] == 1_768_374_000_000
    for microsecond in range(0, 1_000_000, 997):
        time = T0.replace(microsecond=microsecond)
        assert event(finding(time=time))["time"] % 1000 == microsecond // 1000


def test_a_finding_without_time_says_so() -> None:
    out = event(finding(seconds=None))
    assert out["time"] == 1_768_374_000_000
    assert out["unmapped"]["undated"] is True
    assert "start_time" not in out
    assert "first_seen_time" not in out["finding_info"]


def test_a_window_is_the_time_span() -> None:
    out = event(finding(window=window(12)))
    assert (out["count"], out["end_time"] - out["start_time"]) == (12, 60_000)
    assert out["unmapped"]["window_group"] == {"User": "svc"}


def test_attacks_name_technique_tactic_and_version() -> None:
    (one,) = event(finding())["finding_info"]["attacks"]
    assert one == {
        "version": attack().version,
        "tactic": {"uid": "TA0006", "name": "Credential Access"},
        "technique": {"uid": "T1003", "name": "OS Credential Dumping"},
        "sub_technique": {"uid": "T1003.001", "name": "LSASS Memory"},
    }
    assert "attacks" not in event(finding(rule(tags=("cve.2021-1675",))))["finding_info"]


def test_the_uid_is_that_of_rule_and_record() -> None:
    assert finding_uid(finding()) == finding_uid(finding(host="other", seconds=5))
    different = [
        finding(),
        finding(record=2),
        finding(rule(2)),
        finding(source="x"),
        finding(window=window()),
    ]
    assert len({finding_uid(one) for one in different}) == len(different)
    assert finding_uid(finding(source="\udcff"))


def test_hostile_values_are_carried_as_text() -> None:
    out = event(finding(rule(title=EVIL), host=EVIL, user=EVIL, source=EVIL, event={EVIL: EVIL}))
    assert out["device"]["hostname"].startswith("</script>")
    assert out["evidences"][0]["actor"]["user"]["name"].startswith("</script>")


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (("attack.t1059.001",), [("TA0002", "T1059.001")]),
        (("attack.execution", "attack.t1003"), [("TA0002", "T1003")]),
        (("attack.persistence", "attack.t1053.005"), [("TA0003", "T1053.005")]),
        (("attack.impact", "attack.execution", "attack.t1059"), [("TA0002", "T1059"), ("TA0040", None)]),
        (("attack.defense-evasion", "attack.T1070"), [("TA0005", "T1070")]),
        (("attack.defense_evasion",), [("TA0005", None)]),
        (("attack.t9999",), [(None, "T9999")]),
        (("attack.g0010", "attack.s0029", "cve.2021-1", "attack."), []),
    ],
)
def test_tags_are_placed_in_the_matrix(tags: tuple[str, ...], expected: list[tuple[str | None, str | None]]) -> None:
    placed = attack().placements(tags)
    assert [(row.tactic.id if row.tactic else None, row.technique.id if row.technique else None) for row in placed] == (
        expected
    )


def test_the_table_of_techniques_is_sound() -> None:
    table = attack()
    assert len(table.tactics) == 15
    assert next(iter(table.tactics)) == "reconnaissance"
    assert list(table.tactics)[-1] == "impact"
    for technique in table.techniques.values():
        assert technique.name
        assert technique.tactics
        assert set(technique.tactics) <= set(table.tactics)
        assert technique.parent in table.techniques
