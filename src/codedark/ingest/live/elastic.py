"""What Elastic's clients ask before and beside ``_bulk``, answered so that they go on sending.

Winlogbeat, Filebeat, Logstash, Fluent Bit and rsyslog ask for version, licence, index templates and lifecycle policies;
all of them are told that everything is there already. Source: Elastic's documentation of these APIs.
"""

from __future__ import annotations

from typing import Any, Final

from codedark.ingest.live.http_records import Bulk, Item

HEADERS: Final = {"X-Elastic-Product": "Elasticsearch"}
"""Without it, clients from version 7.14 on refuse to talk."""
_UID: Final = "c0dedark00000000000000"
_ERRORS: Final = {
    400: "illegal_argument_exception",
    401: "security_exception",
    408: "timeout_exception",
    413: "content_too_long_exception",
    415: "media_type_header_exception",
    429: "es_rejected_execution_exception",
    503: "cluster_block_exception",
}


def welcome(version: str) -> dict[str, Any]:
    """The answer to ``GET /``."""
    return {
        "name": "codedark",
        "cluster_name": "codedark",
        "cluster_uuid": _UID,
        "version": {
            "number": version,
            "build_flavor": "default",
            "build_type": "deb",
            "build_snapshot": False,
            "lucene_version": "9.12.0",
            "minimum_wire_compatibility_version": "7.17.0",
            "minimum_index_compatibility_version": "7.0.0",
        },
        "tagline": "You Know, for Search",
    }


def answer(method: str, path: str) -> dict[str, Any]:
    """The answer to a question about the cluster, its templates, policies, pipelines or streams."""
    if method in {"PUT", "POST", "DELETE"}:
        return {"acknowledged": True}
    first, _, rest = path.strip("/").partition("/")
    name = rest.rsplit("/", 1)[-1]
    licence = {"uid": _UID, "type": "basic", "mode": "basic", "status": "active"}
    if first == "_license":
        return {"license": licence}
    if first == "_xpack":
        features = {"ilm": {"available": True, "enabled": True}, "security": {"available": True, "enabled": True}}
        return {"build": {}, "license": licence, "features": features, "tagline": ""}
    if first == "_cluster":
        return {"cluster_name": "codedark", "status": "green", "timed_out": False, "number_of_nodes": 1}
    if first == "_index_template":
        return {"index_templates": [{"name": name, "index_template": {"index_patterns": [], "composed_of": []}}]}
    if first == "_data_stream":
        return {"data_streams": [{"name": name, "status": "GREEN"}]}
    if first == "_ilm":
        return {name: {"version": 1, "policy": {"phases": {}}}}
    return {name: {}} if name else {}


def bulk_answer(bulk: Bulk, took_ms: int, *, brief: bool) -> dict[str, Any]:
    """The answer to a bulk request, item by item. ``brief`` where the client filters it (``filter_path``)."""
    items = [{item.action: _item(item, number, brief=brief)} for number, item in enumerate(bulk.items)]
    return {"took": took_ms, "errors": any(item.reason for item in bulk.items), "items": items}


def error(status: int, reason: str) -> dict[str, Any]:
    """An error of the whole request, as Elastic words it."""
    cause = {"type": _ERRORS.get(status, "exception"), "reason": reason}
    return {"error": {"root_cause": [cause], **cause}, "status": status}


def _item(item: Item, number: int, *, brief: bool) -> dict[str, Any]:
    if item.reason:
        said: dict[str, Any] = {
            "status": 400,
            "error": {"type": "document_parsing_exception", "reason": item.reason},
        }
    else:
        said = {"status": 200 if item.action == "update" else 201}
    if brief:
        return said
    said = {"_index": item.into, "_id": str(number), **said}
    if not item.reason:
        shards = {"total": 1, "successful": 1, "failed": 0}
        result = "updated" if item.action == "update" else "created"
        said |= {"_version": 1, "result": result, "_shards": shards, "_seq_no": number, "_primary_term": 1}
    return said
