"""The log-source map: what it says, held against SigmaHQ's own reference and every rule of the corpus."""

from __future__ import annotations

import pickle
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from codedark.errors import CodeDarkError
from codedark.events.logsource import LogSource, Routing, load_routing
from codedark.events.record import Origin

MAP = resources.files("codedark.content").joinpath("logsource.yaml").read_text(encoding="utf-8")
ROUTING = load_routing(MAP)
SYSMON = "microsoft-windows-sysmon/operational"
POWERSHELL = "microsoft-windows-powershell/operational"


def yaml_documents(path: Path) -> list[Any]:
    return list(yaml.load_all(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


@pytest.mark.parametrize(
    ("rule", "origin", "names"),
    [
        (LogSource("windows", "process_creation"), Origin("windows", SYSMON, "1"), {}),
        (LogSource("windows", "process_creation"), Origin("windows", SYSMON, "3"), None),
        (LogSource("windows", "process_creation"), Origin("windows", "system", "1"), None),
        (LogSource("windows", "process_creation"), Origin("linux", "sysmon", "1"), None),
        (LogSource("", "process_creation"), Origin("windows", SYSMON, "1"), {}),
        (LogSource("", "process_creation"), Origin("linux", "sysmon", "1"), {}),
        (LogSource("linux", "process_creation"), Origin("linux", "sysmon", "1"), {}),
        (LogSource("windows", "process_creation", "sysmon"), Origin("windows", SYSMON, "1"), {}),
        (LogSource("windows", "process_creation", "sysmon"), Origin("windows", "security", "4688"), None),
        (LogSource("windows", "ps_script"), Origin("windows", POWERSHELL, "4104"), {}),
        (LogSource("windows", "ps_script"), Origin("windows", "PowerShellCore/Operational", "4104"), {}),
        (
            LogSource("windows", "", "powershell"),
            Origin("windows", "powershellcore/operational", "53504"),
            {},
        ),
        (LogSource("windows"), Origin("windows", "any channel at all", "1"), {}),
        (LogSource("windows"), Origin("linux", "sshd"), None),
        (LogSource("windows", "", "security"), Origin("windows", "Security", "4624"), {}),
        (LogSource("windows", "", "sysmon"), Origin("windows", "", "1", "Microsoft-Windows-Sysmon"), {}),
        (LogSource("windows", "", "system"), Origin("windows", "application", "1"), None),
        (LogSource("linux"), Origin("linux", "cups"), {}),
        (LogSource("linux", "", "syslog"), Origin("linux", "cups"), {}),
        (LogSource("linux", "", "syslog"), Origin("linux", "auditd", "SYSCALL"), None),
        (LogSource("linux", "process_creation"), Origin("linux", "auditd", "EXECVE"), {}),
        (LogSource("linux", "", "auth"), Origin("linux", "sshd"), {}),
        (LogSource("zeek", "", "smb_files"), Origin("zeek", "smb_files"), {}),
        (LogSource("", "dns"), Origin("zeek", "conn"), None),
        (LogSource("", "webserver"), Origin("webserver", "access"), {}),
        (LogSource("", "proxy"), Origin("proxy", "bluecoat"), {}),
        (LogSource("cisco", "", "aaa"), Origin("cisco", "parser"), {}),
        (LogSource("cisco", "", "bgp"), Origin("cisco", "sys"), None),
        (LogSource("", "", "nginx"), Origin("webserver", "access"), {}),
        (LogSource("", "firewall"), Origin("csv"), {}),
        (LogSource("aws", "", "cloudtrail"), Origin("aws", "cloudtrail"), {}),
        (LogSource("ehr"), Origin("ehr"), {}),
        (LogSource("", "backup"), Origin("backup", "veeam"), {}),
        (LogSource("vpn", "", "login"), Origin("vpn", "login"), {}),
        (LogSource("vpn", "", "login"), Origin("vpn", "logout"), None),
    ],
)
def test_who_is_meant(rule: LogSource, origin: Origin, names: Mapping[str, str] | None) -> None:
    assert ROUTING.names(rule, origin) == names


@pytest.mark.parametrize(
    ("rule", "origin", "renames"),
    [
        (
            LogSource("windows", "process_creation"),
            Origin("windows", "security", "4688"),
            {
                "Image": "NewProcessName",
                "ParentImage": "ParentProcessName",
                "User": "SubjectUserName",
                "LogonId": "SubjectLogonId",
                "ProcessId": "NewProcessId",
                "ParentProcessId": "ProcessId",
                "IntegrityLevel": "MandatoryLabel",
            },
        ),
        (
            LogSource("windows", "registry_set"),
            Origin("windows", "security", "4657"),
            {"TargetObject": "ObjectName", "Details": "NewValue"},
        ),
        (
            LogSource("windows", "network_connection"),
            Origin("windows", "security", "5156"),
            {"DestinationIp": "DestAddress"},
        ),
        (
            LogSource("windows", "", "windefend"),
            Origin("windows", "microsoft-windows-windows defender/operational", "5007"),
            {"Feature_Name": "FeatureName"},
        ),
        (LogSource("", "proxy"), Origin("zeek", "http"), {"c-uri": "uri", "c-useragent": "user_agent"}),
        (LogSource("zeek", "", "http"), Origin("zeek", "http"), {"c-uri": "uri"}),
        (LogSource("", "dns"), Origin("zeek", "dns"), {"record_type": "qtype_name"}),
    ],
)
def test_renames(rule: LogSource, origin: Origin, renames: Mapping[str, str]) -> None:
    names = ROUTING.names(rule, origin)
    assert names is not None
    assert renames.items() <= names.items()


@pytest.mark.parametrize(
    ("category", "origin", "field", "values"),
    [
        ("registry_add", Origin("windows", SYSMON, "12"), "EventType", ("CreateKey", None)),
        ("registry_delete", Origin("windows", SYSMON, "12"), "EventType", ("DeleteKey", "DeleteValue", None)),
        (
            "registry_delete",
            Origin("windows", "security", "4657"),
            "OperationType",
            ("%%1906", "Registry value deleted"),
        ),
        ("registry_set", Origin("windows", "security", "4663"), "ObjectType", ("Key",)),
    ],
)
def test_what_the_record_must_say_besides(
    category: str, origin: Origin, field: str, values: tuple[str | None, ...]
) -> None:
    route = ROUTING.route(LogSource("windows", category), origin)
    assert route is not None
    assert route.where[field] == values


def test_asking_for_a_handle_is_no_registry_event() -> None:
    for category in ("registry_event", "registry_set", "registry_add", "registry_delete"):
        assert ROUTING.names(LogSource("windows", category), Origin("windows", "security", "4656")) is None


def test_a_map_that_is_none_is_refused() -> None:
    for text in (
        "",
        "[]",
        "readers: {",
        MAP.replace("from: &fortigate {product", "from: &fortigate {prodcut"),
    ):
        with pytest.raises(CodeDarkError, match="log-source map"):
            load_routing(text)


def test_routing_can_be_sent_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(ROUTING)) == ROUTING


# Laws

words = st.sampled_from(
    [
        "",
        "windows",
        "linux",
        "zeek",
        "security",
        SYSMON,
        "dns",
        "http",
        "auditd",
        "other",
        "process_creation",
        "registry_set",
    ]
)
logsources = st.builds(LogSource, words, words, words)
origins = st.builds(Origin, words, words, st.sampled_from(["", "1", "13", "4688", "4657"]))


@given(logsources, origins)
def test_category_and_service_must_both_hold(rule: LogSource, origin: Origin) -> None:
    parts = [
        ROUTING.route(rule._replace(category=""), origin),
        ROUTING.route(rule._replace(service=""), origin),
    ]
    whole = ROUTING.route(rule, origin)
    if rule.category and rule.service:
        assert (whole is None) == (None in parts)
    for part in parts:
        if whole is not None and part is not None and rule.category and rule.service:
            assert part.names.items() <= whole.names.items()


@given(logsources, origins)
def test_leaving_the_product_open_only_widens(rule: LogSource, origin: Origin) -> None:
    if ROUTING.names(rule, origin) is not None:
        assert ROUTING.names(rule._replace(product=""), origin) is not None


@given(logsources, origins)
def test_case_of_an_origin_does_not_count(rule: LogSource, origin: Origin) -> None:
    assert ROUTING.route(rule, Origin(*(part.upper() for part in origin))) == ROUTING.route(rule, origin)


def test_routing_costs_under_20_microseconds() -> None:
    rules = [
        LogSource("windows", "process_creation"),
        LogSource("", "proxy"),
        LogSource("", "firewall"),
        LogSource("windows", "registry_set"),
    ]
    seen = [Origin("windows", "security", str(event)) for event in range(4600, 4700)]

    def seconds() -> float:
        start = time.perf_counter()
        for origin in seen:
            for rule in rules:
                ROUTING.names(rule, origin)
        return time.perf_counter() - start

    assert min(seconds() for _ in range(5)) / (len(rules) * len(seen)) < 20e-6


# Held against SigmaHQ's reference

FILES = {
    "apache": Origin("webserver", "access"),
    "linux-auth": Origin("linux", "sshd"),
    "linux-syslog": Origin("linux", "syslog"),
    "logfiles": Origin("linux", "syslog"),
    "logfiles-appliances": Origin("cef", "pan-os"),
}
"""The reference names files by path; these are the origins that the readers give to what is in them."""

MORE_EVENTS = {
    "file_delete": ({"26"}, "Sysmon 26 is a deletion too, only without the archived copy that 23 keeps"),
    "antivirus": (
        {"1117", "1118", "1119"},
        "Defender's actions on a threat carry the same Threat Name and Path",
    ),
    "process_termination": ({"4689"}, "the Security log's counterpart of Sysmon 5"),
    "network_connection": ({"5156"}, "the Security log's counterpart of Sysmon 3"),
    "registry_event": ({"4657", "4663"}, "the Security log's counterparts of Sysmon 12 to 14"),
    "registry_set": ({"4657", "4663"}, "as registry_event"),
    "registry_add": ({"4657", "4663"}, "as registry_event"),
    "registry_delete": ({"4657", "4663"}, "as registry_event"),
}
"""Categories for which this map means more events than the reference, and why."""


def reference(shared_data: Path) -> Mapping[str, dict[str, Any]]:
    (document,) = yaml_documents(shared_data / "sigma/corpus/logsource-reference.yml")
    return document["logsources"]  # type: ignore[no-any-return]


def channels(entries: Mapping[str, dict[str, Any]], product: str, service: str) -> list[str]:
    for entry in entries.values():
        if (entry.get("product"), entry.get("service")) == (product, service):
            return [source.removeprefix("WinEventLog:") for source in entry["sources"]]
    raise AssertionError(f"the reference rewrites to {product}/{service}, which it does not have")


def meant(name: str, entry: dict[str, Any], entries: Mapping[str, dict[str, Any]]) -> Iterator[Origin]:
    """The origins that satisfy an entry of the reference."""
    if "rewrite" in entry:
        events = entry["conditions"]["EventID"]
        for channel in channels(entries, entry["rewrite"]["product"], entry["rewrite"]["service"]):
            for event in events if isinstance(events, list) else [events]:
                yield Origin(entry["rewrite"]["product"], channel, str(event))
    elif name in FILES:
        yield FILES[name]
    else:
        for source in entry["sources"]:
            yield Origin("windows", source.removeprefix("WinEventLog:"), "1")


def test_every_entry_of_the_reference_is_covered(shared_data: Path) -> None:
    entries = reference(shared_data)
    checked = 0
    for name, entry in entries.items():
        rule = LogSource(entry.get("product", ""), entry.get("category", ""), entry.get("service", ""))
        for origin in meant(name, entry, entries):
            route = ROUTING.route(rule, origin)
            assert route is not None, f"{name}: {rule} does not apply to {origin}"
            for field, record_field in entry.get("fieldmappings", {}).items():
                assert route.names[field] == record_field, f"{name}: {field}"
            for field, value in entry.get("conditions", {}).items():
                assert field == "EventID" or value in route.where[field], f"{name}: {field} must be {value}"
            assert ROUTING.known(rule) is None
            checked += 1
    assert checked > 100


def test_no_category_means_more_events_than_the_reference_without_a_reason(shared_data: Path) -> None:
    entries = reference(shared_data)
    by_reference: dict[LogSource, set[str]] = {}
    for name, entry in entries.items():
        if entry.get("conditions"):
            rule = LogSource(entry.get("product", ""), entry["category"], "")
            by_reference.setdefault(rule, set()).update(origin.event for origin in meant(name, entry, entries))
    for rule, events in by_reference.items():
        ours = {
            str(event)
            for service in ("sysmon", "powershell", "powershell-classic", "windefend", "security")
            for channel in channels(entries, "windows", service)
            for event in (*range(1200), *range(4100, 4110), *range(4600, 5200))
            if ROUTING.names(rule, Origin("windows", channel, str(event))) is not None
        }
        assert ours - events == MORE_EVENTS.get(rule.category, (set(), ""))[0], rule


# Held against every rule of the corpus

UNREAD = {
    LogSource("bitbucket", "", "audit"),
    LogSource("cisco", "", "duo"),
    LogSource("huawei", "", "bgp"),
    LogSource("macos", "file_event"),
    LogSource("macos", "process_creation"),
    LogSource("onelogin", "", "onelogin.events"),
    LogSource("opencanary", "application"),
    LogSource("paloalto", "file_event", "globalprotect"),
}


def test_every_log_source_of_the_corpus_is_read_or_said_not_to_be(shared_data: Path) -> None:
    used: Counter[LogSource] = Counter()
    for folder in sorted((shared_data / "sigma/corpus").glob("rules*")):
        for path in folder.rglob("*.yml"):
            for document in yaml_documents(path):
                if asked := document.get("logsource"):
                    used[LogSource(*(asked.get(key) or "" for key in LogSource._fields))] += 1
    unread = {rule: reason for rule in used if (reason := ROUTING.known(rule))}
    for rule, reason in unread.items():
        print(f"{used[rule]:4} rules: {reason}")  # noqa: T201 the list that `pytest -s` is asked for
    lost = sum(used[rule] for rule in unread)
    print(f"{lost} of {used.total()} rules ask for what no reader gives")  # noqa: T201 as above
    assert unread.keys() == UNREAD


@pytest.mark.parametrize(
    "rule",
    [
        LogSource("windows", "", "no-such-service"),
        LogSource("windows", "no_such_category"),
        LogSource("solaris"),
        LogSource("", "nothing"),
        LogSource("azure", "", "no-such-log"),
        LogSource("windows", "process_creation", "security-mitigations"),
    ],
)
def test_what_nobody_reads_is_said(rule: LogSource) -> None:
    reason = ROUTING.known(rule)
    assert reason is not None
    assert reason.startswith("no reader for this log source")


@pytest.mark.parametrize(
    "rule",
    [
        LogSource("ehr"),
        LogSource("", "pacs"),
        LogSource("vpn", "", "login"),
        LogSource("windows"),
        LogSource("linux", "", "cups"),
    ],
)
def test_what_the_projects_own_rules_ask_for_is_read(rule: LogSource) -> None:
    assert ROUTING.known(rule) is None


def test_routing_is_a_value() -> None:
    assert isinstance(ROUTING, Routing)
    assert load_routing(MAP) == ROUTING
