"""Windows events as JSON in every shape: one event must become one record, whoever wrote it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import evtx
import pytest

from codedark.events.record import Origin, Record
from codedark.ingest.shapes import normalise

SYSMON = "Microsoft-Windows-Sysmon"
ORIGIN = Origin("windows", "microsoft-windows-sysmon/operational", "1", "microsoft-windows-sysmon")
DATA = {
    "Image": "C:\\Windows\\System32\\cmd.exe",
    "CommandLine": '"cmd.exe" /c dir \\\\srv\\share',
    "ProcessId": 4460,
    "User": "WARD\\anna",
}
COMMON = {
    "Provider_Name": SYSMON,
    "Channel": SYSMON + "/Operational",
    "EventID": 1,
    "Computer": "pc7.ward.example",
    "EventRecordID": 571146,
}


def _system(mark: str) -> dict[str, Any]:
    def attributes(**values: Any) -> dict[str, Any]:
        if mark == "#attributes":
            return {"#attributes": values}
        return {mark + name: value for name, value in values.items()}

    return {
        "Provider": attributes(Name=SYSMON, Guid="5770385F"),
        "EventID": {**attributes(Qualifiers=0), "#text": 1},
        "Level": 4,
        "TimeCreated": attributes(SystemTime="2025-11-27T07:40:10.165324Z"),
        "EventRecordID": 571146,
        "Correlation": None,
        "Execution": attributes(ProcessID=3544, ThreadID=4272),
        "Channel": SYSMON + "/Operational",
        "Computer": "pc7.ward.example",
        "Security": attributes(UserID="S-1-5-18"),
    }


def _lowered(data: dict[str, Any]) -> dict[str, Any]:
    return {name[0].lower() + name[1:]: str(value) for name, value in data.items()}


def _twice_escaped(data: dict[str, Any]) -> dict[str, Any]:
    return {name: json.dumps(value)[1:-1] for name, value in data.items()}


WAZUH_SYSTEM = {
    "providerName": SYSMON,
    "eventID": "1",
    "channel": SYSMON + "/Operational",
    "computer": "pc7.ward.example",
    "eventRecordID": "571146",
    "systemTime": "2025-11-27T07:40:10.1653240Z",
    "message": '"Process Create:"',
}
WINLOG = {
    "channel": SYSMON + "/Operational",
    "event_id": "1",
    "provider_name": SYSMON,
    "computer_name": "pc7.ward.example",
    "record_id": 571146,
    "event_data": DATA,
}
SHAPES: dict[str, dict[str, Any]] = {
    "flat": {
        "SourceName": SYSMON,
        "Channel": SYSMON + "/Operational",
        "EventID": "1",
        "Hostname": "pc7.ward.example",
        "host": "collector",
        "RecordNumber": 571146,
        **DATA,
    },
    "flat with nested data": {
        "ProviderName": SYSMON,
        "Channel": SYSMON + "/Operational",
        "EventID": 1,
        "Computer": "pc7.ward.example",
        "EventRecordID": 571146,
        "EventData": DATA,
    },
    "evtx": {"Event": {"#attributes": {"xmlns": "x"}, "System": _system("#attributes"), "EventData": DATA}},
    "xmltodict": {
        "Event": {
            "@xmlns": "x",
            "System": _system("@"),
            "EventData": {"Data": [{"@Name": name, "#text": value} for name, value in DATA.items()]},
        }
    },
    "Data elements with #attributes": {
        "Event": {
            "System": _system("#attributes"),
            "EventData": {"Data": [{"#attributes": {"Name": name}, "#text": value} for name, value in DATA.items()]},
        }
    },
    "velociraptor": {"System": {**_system(""), "EventID": {"Value": 1}}, "EventData": DATA, "Message": "m"},
    "winlogbeat": {"@timestamp": "2025-11-27T07:40:10Z", "winlog": WINLOG, "message": "Process Create:"},
    "winlogbeat, dotted": {
        **{f"winlog.{name}": value for name, value in WINLOG.items() if name != "event_data"},
        **{f"winlog.event_data.{name}": value for name, value in DATA.items()},
    },
    "kibana fields": {
        "fields": {
            **{f"winlog.{name}": [value] for name, value in WINLOG.items() if name != "event_data"},
            **{f"winlog.event_data.{name}": [value] for name, value in DATA.items()},
        }
    },
    "elastic source": {"_index": "i", "_source": {"winlog": WINLOG}},
    "winlogbeat 6": {
        "log_name": SYSMON + "/Operational",
        "event_id": 1,
        "source_name": SYSMON,
        "computer_name": "pc7.ward.example",
        "record_number": "571146",
        "event_data": DATA,
    },
    "wazuh 3": {"agent": {"id": "7"}, "data": {"win": {"system": WAZUH_SYSTEM, "eventdata": _lowered(DATA)}}},
    "wazuh 4": {"data": {"win": {"system": WAZUH_SYSTEM, "eventdata": _twice_escaped(_lowered(DATA))}}},
    "wazuh in elastic": {"_source": {"data": {"win": {"system": WAZUH_SYSTEM, "eventdata": _lowered(DATA)}}}},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_one_event_is_one_record_in_every_shape(shape: str) -> None:
    origin, record = normalise(SHAPES[shape])
    assert origin == ORIGIN
    for name, value in {**COMMON, **DATA}.items():
        assert str(record[name]) == str(value), name
    assert type(record["EventID"]) is int
    assert type(record["EventRecordID"]) is int


def test_native_names_stay_beside_the_standard_ones() -> None:
    _, record = normalise(SHAPES["flat"])
    assert record["SourceName"] == SYSMON
    assert record["Hostname"] == "pc7.ward.example"
    assert record["host"] == "collector"


def test_source_name_goes_before_a_provider_name_that_is_data() -> None:
    origin, record = normalise(
        {
            "Channel": "Security",
            "EventID": 5447,
            "SourceName": "Microsoft-Windows-Security-Auditing",
            "ProviderName": "Built-in",
        }
    )
    assert origin.provider == "microsoft-windows-security-auditing"
    assert record["Provider_Name"] == "Microsoft-Windows-Security-Auditing"
    assert record["ProviderName"] == "Built-in"


def test_flat_values_become_record_values() -> None:
    _, record = normalise(
        {"Channel": "S", "EventID": 1, "tags": ["a", "b"], "ok": True, "nothing": None, "in": {"x": 1}}
    )
    assert (record["tags"], record["ok"], record["nothing"], record["in.x"]) == (("a", "b"), "true", None, 1)


def test_get_winevent_objects() -> None:
    origin, record = normalise(
        {"Id": 4625, "LogName": "Security", "ProviderName": "P", "MachineName": "m", "RecordId": 9}
    )
    assert origin == Origin("windows", "security", "4625", "p")
    assert (record["EventID"], record["Channel"], record["Computer"], record["EventRecordID"]) == (
        4625,
        "Security",
        "m",
        9,
    )


def _nested(**parts: Any) -> Record:
    return normalise({"Event": {"System": {"EventID": 1, "Channel": "Application", "Computer": "c"}, **parts}})[1]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"A": None, "B": "", "C": 0, "D": True}, {"A": "", "B": "", "C": 0, "D": "true"}),
        ({"Data": "one"}, {"Data": "one"}),
        ({"Data": ["one", None, "two"]}, {"Data": ("one", "", "two")}),
        ({"Data": {"#text": ["one", "two"]}}, {"Data": ("one", "two")}),
        ({"Data": {"#text": "one"}, "Binary": None}, {"Data": "one", "Binary": ""}),
        ({"Data": [{"@Name": "A"}, {"@Name": "B", "#text": "b"}]}, {"A": "", "B": "b"}),
        (
            {"Data": [{"@Name": "A", "#text": "1"}, {"@Name": "A", "#text": "2"}, "x"]},
            {"A": ("1", "2"), "Data": "x"},
        ),
        (
            {"#attributes": {"Name": "TaskDisabled"}, "TaskName": "t"},
            {"EventData_Name": "TaskDisabled", "TaskName": "t"},
        ),
        ({"Computer": "other", "A": "a"}, {"Computer": "c", "EventData.Computer": "other", "A": "a"}),
        (None, {}),
        ("", {}),
        ("text", {"EventData": "text"}),
    ],
)
def test_event_data(data: Any, expected: Record) -> None:
    base = {"EventID": 1, "Channel": "Application", "Computer": "c"}
    assert _nested(EventData=data) == {**base, **expected}


def test_user_data_gives_the_leaves_of_its_element() -> None:
    record = _nested(
        UserData={
            "LogFileCleared": {
                "#attributes": {"xmlns": "http://x"},
                "SubjectUserName": "adm",
                "BackupPath": None,
                "Channel": "System",
                "Certificate": {"#attributes": {"fileRef": "a.cer"}},
            }
        }
    )
    assert record == {
        "EventID": 1,
        "Channel": "Application",
        "Computer": "c",
        "SubjectUserName": "adm",
        "BackupPath": "",
        "UserData.Channel": "System",
        "Certificate.fileRef": "a.cer",
    }


def test_only_the_message_of_rendering_info() -> None:
    record = _nested(RenderingInfo={"Message": "hello", "Level": "Information"}, ProcessingErrorData={"ErrorCode": 15})
    assert record["Message"] == "hello"
    assert record["ProcessingErrorData.ErrorCode"] == 15
    assert "Level" not in record


def test_sysmon_for_linux() -> None:
    event = {
        "System": {"Provider": {"#attributes": {"Name": "Linux-Sysmon"}}, "EventID": 1},
        "EventData": {"A": "b"},
    }
    assert normalise({"Event": event})[0] == Origin("linux", "sysmon", "1")


def test_defender_names_also_without_spaces() -> None:
    _, record = normalise(
        {
            "Channel": "x",
            "EventID": 1116,
            "SourceName": "Microsoft-Windows-Windows Defender",
            "Threat Name": "EICAR",
        }
    )
    assert record["Threat Name"] == record["ThreatName"] == "EICAR"


def test_elastic_sysmon_fields_come_back() -> None:
    _, record = normalise(
        {
            "winlog": {
                "channel": SYSMON + "/Operational",
                "event_id": "13",
                "provider_name": SYSMON,
                "event_data": {"EventType": "SetValue"},
            },
            "process": {
                "executable": "C:\\a.exe",
                "pid": 7,
                "hash": {"md5": "ab", "sha1": "cd"},
                "pe": {"imphash": "ef"},
            },
            "registry": {"path": "HKLM\\X", "data": {"strings": ["1"], "type": "SZ_DWORD"}},
            "user": {"domain": "NT AUTHORITY", "name": "SYSTEM"},
            "log": {"level": "information"},
        }
    )
    assert record["Image"] == "C:\\a.exe"
    assert record["TargetObject"] == "HKLM\\X"
    assert record["Details"] == "DWORD (0x00000001)"
    assert record["User"] == "NT AUTHORITY\\SYSTEM"
    assert record["Hashes"] == "MD5=ab,SHA1=cd,IMPHASH=ef"
    assert record["Level"] == 4


def test_elastic_process_access_has_its_source() -> None:
    winlog = {"channel": SYSMON + "/Operational", "event_id": 10, "provider_name": SYSMON}
    _, record = normalise({"winlog": winlog, "process": {"executable": "C:\\evil.exe"}})
    assert record["SourceImage"] == "C:\\evil.exe"


def test_numbered_parameters_are_also_data() -> None:
    winlog = {
        "channel": "Windows PowerShell",
        "event_id": 400,
        "event_data": {"param1": "Available", "param2": "None"},
    }
    assert normalise({"winlog": winlog})[1]["Data"] == ("Available", "None")
    named = {"channel": "System", "event_id": 7036, "event_data": {"param1": "a", "ServiceName": "b"}}
    assert "Data" not in normalise({"winlog": named})[1]


def test_wazuh_names_and_user_data() -> None:
    system = {"channel": "Microsoft-Windows-Bits-Client/Operational", "eventID": "3", "providerName": "B"}
    win = {
        "system": system,
        "eventdata": {"processPath": "C:\\\\x", "param1": "p"},
        "logFileCleared": {"subjectUserName": "s"},
    }
    _, record = normalise({"data": {"win": win}, "rule": {"level": 3}})
    assert record["ProcessPath"] == record["processPath"] == "C:\\x"
    assert record["param1"] == "p"
    assert record["SubjectUserName"] == "s"
    assert record["rule.level"] == 3


def _json_values(text: str) -> list[Any]:
    decoder, values, at = json.JSONDecoder(), [], 0
    while at < len(text):
        if text[at].isspace():
            at += 1
        else:
            value, at = decoder.raw_decode(text, at)
            values.append(value)
    return values


def _without_space_at_ends(shape: tuple[Origin, Record]) -> tuple[Origin, Record]:
    """The twins were stripped when they were committed: their command lines lack the space at the end."""
    return shape[0], {k: v.strip() if isinstance(v, str) else v for k, v in shape[1].items()}


def test_regression_twins_are_the_same_records(shared_data: Path) -> None:
    checked = 0
    for twin in sorted((shared_data / "sigma" / "regression").rglob("*.json")):
        from_json = [normalise(value) for value in _json_values(twin.read_text("utf-8"))]
        items: Any = evtx.PyEvtxParser(str(twin.with_suffix(".evtx"))).records_json()
        from_evtx = [normalise(json.loads(item["data"])) for item in items]
        assert [_without_space_at_ends(shape) for shape in from_json] == [
            _without_space_at_ends(shape) for shape in from_evtx
        ], twin.name
        assert all(origin.product == "windows" and origin.service and origin.event for origin, _ in from_json)
        checked += 1
    assert checked >= 97
