"""Logs of sensors and Linux hosts in JSON: Zeek, Suricata EVE, the systemd journal, auditd through Beats.

Suricata's records also get the names of Sigma's generic categories ``dns``, ``proxy``, ``webserver`` and
``firewall``. Zeek's native names are the ones that Sigma's Zeek rules use.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from codedark.events.record import Origin, Record
from codedark.ingest.flatten import flatten
from codedark.ingest.linux_services import SERVICES

Shape = tuple[Origin, Record]

_BYTE: Final = range(256)
_UNDOTTED: Final = ("id_", "certificate_", "basic_constraints_", "san_")
"""Zeek records whose dots an exporter has made underscores (``id_orig_h``)."""

_ZEEK_LOG_OF_FIELD: Final[Mapping[str, str]] = {
    "conn_state": "conn",
    "qtype_name": "dns",
    "qclass": "dns",
    "status_code": "http",
    "request_body_len": "http",
    "next_protocol": "ssl",
    "cert_chain_fuids": "ssl",
    "server_name": "ssl",
    "certificate.serial": "x509",
    "request_type": "kerberos",
    "named_pipe": "dce_rpc",
    "endpoint": "dce_rpc",
    "share_type": "smb_mapping",
    "ntlm_success": "ntlm",
    "server_nb_computer_name": "ntlm",
    "security_protocol": "rdp",
    "keyboard_layout": "rdp",
    "auth_attempts": "ssh",
    "hassh": "ssh",
    "mailfrom": "smtp",
    "arg": "ftp",
    "seen_bytes": "files",
    "note": "notice",
    "msg_types": "dhcp",
    "path": "smb_files",
}
"""For logs without ``_path``: the first of these fields that a record has says which log it is from."""

_SURICATA_NAMES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "dns": (
        ("query", "dns.rrname"),
        ("query", "dns.queries.rrname"),
        ("query", "dns.query.rrname"),
        ("record_type", "dns.rrtype"),
        ("record_type", "dns.queries.rrtype"),
        ("record_type", "dns.query.rrtype"),
        ("answer", "dns.answers.rdata"),
        ("answer", "dns.answer.rdata"),
        ("answer", "dns.rdata"),
    ),
    "http": (
        ("cs-method", "http.http_method"),
        ("cs-host", "http.hostname"),
        ("c-useragent", "http.http_user_agent"),
        ("cs-user-agent", "http.http_user_agent"),
        ("cs-referer", "http.http_refer"),
        ("sc-status", "http.status"),
    ),
}
_SURICATA_CONNECTION: Final = (("dst_ip", "dest_ip"), ("dst_port", "dest_port"), ("action", "alert.action"))
"""Sigma's name and native name, in order of preference (the formats of EVE 1, 2 and 3 differ)."""


def zeek(obj: Mapping[str, Any]) -> Shape | None:
    """A line of a Zeek log written as JSON; None for anything else."""
    log = obj.get("_path", obj.get("@stream"))
    if type(log) is not str:
        ids = obj.get("id")
        if "uid" not in obj or not (
            "id.orig_h" in obj or "id_orig_h" in obj or (type(ids) is dict and "orig_h" in ids)
        ):
            return None
    elif "ts" not in obj and "uid" not in obj and "@timestamp" not in obj:
        return None
    record = flatten(obj)
    for name in [name for name in record if name.startswith(_UNDOTTED)]:
        head = next(prefix for prefix in _UNDOTTED if name.startswith(prefix))
        record.setdefault(f"{head[:-1]}.{name[len(head) :]}", record[name])
    if type(log) is not str:
        log = next((log for field, log in _ZEEK_LOG_OF_FIELD.items() if field in record), "")
    return Origin("zeek", log.lower()), record


def suricata(obj: Mapping[str, Any]) -> Shape | None:
    """A Suricata EVE event; None for anything else."""
    event = obj.get("event_type")
    if type(event) is not str or not ("flow_id" in obj or "src_ip" in obj or ("timestamp" in obj and event in obj)):
        return None
    record = flatten(obj)
    event = event.lower()
    for name, native in (*_SURICATA_NAMES.get(event, ()), *_SURICATA_CONNECTION):
        if name not in record and native in record:
            record[name] = record[native]
    url = record.get("http.url")
    if event == "http" and type(url) is str:
        _add_uri(record, url)
    return Origin("suricata", "eve", event), record


def journald(obj: Mapping[str, Any]) -> Shape | None:
    """An entry of the systemd journal (``journalctl -o json``); None for anything else.

    A MESSAGE that is not UTF-8 is exported as its bytes in numbers; it becomes text again.
    """
    if "MESSAGE" not in obj or not ("_HOSTNAME" in obj or "SYSLOG_IDENTIFIER" in obj or "__REALTIME_TIMESTAMP" in obj):
        return None
    record = flatten(obj)
    message = obj["MESSAGE"]
    if type(message) is list:
        record["MESSAGE"] = _bytes_text(message)
    if obj.get("_TRANSPORT") == "audit":
        kind = str(obj.get("_AUDIT_TYPE_NAME", ""))
        record.setdefault("type", kind)
        for name in [name for name in record if name.startswith("_AUDIT_FIELD_")]:
            record.setdefault(name.removeprefix("_AUDIT_FIELD_").lower(), record[name])
        return Origin("linux", "auditd", kind), record
    program = str(obj.get("SYSLOG_IDENTIFIER") or obj.get("_COMM") or "").lower()
    return Origin("linux", SERVICES.get(program, "syslog")), record


def beats(obj: Mapping[str, Any]) -> Shape | None:
    """A Linux event in ECS as Auditbeat and Filebeat write it, flattened only; None for anything else."""
    if "ecs" not in obj and "agent" not in obj and "ecs.version" not in obj and "agent.type" not in obj:
        return None
    record = flatten(obj)
    if record.get("event.module") == "auditd" or "auditd.message_type" in record:
        return Origin("linux", "auditd", str(record.get("auditd.message_type", "")).upper()), record
    if record.get("host.os.type") != "linux" and record.get("host.os.platform") not in {
        "linux",
        "ubuntu",
        "debian",
    }:
        return None
    program = str(record.get("process.name", "")).lower()
    return Origin("linux", SERVICES.get(program, "syslog" if "message" in record else "")), record


def _add_uri(record: Record, uri: str) -> None:
    """What W3C logs cut a URI into.

    ``c-uri`` is the path and the full URL, ``cs-uri-query`` the query and the path with it, since SigmaHQ's
    rules have now the one and now the other in mind.
    """
    path, _, query = uri.partition("?")
    host = record.get("cs-host")
    whole = f"http://{host}{uri}" if uri.startswith("/") and type(host) is str else uri
    file = path.rpartition("/")[2]
    parts: Record = {
        "c-uri": uri if whole == uri else (uri, whole),
        "cs-uri": uri if whole == uri else (uri, whole),
        "cs-uri-stem": path,
        "cs-uri-query": (query, uri),
        "c-uri-query": query,
        "c-uri-extension": file.rpartition(".")[2] if "." in file else "",
    }
    for name, value in parts.items():
        record.setdefault(name, value)


def _bytes_text(numbers: list[Any]) -> str:
    is_bytes = all(type(number) is int and number in _BYTE for number in numbers)
    return bytes(numbers).decode("utf-8", "backslashreplace") if is_bytes else str(numbers)
