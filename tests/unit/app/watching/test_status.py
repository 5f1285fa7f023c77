"""What the page, the metrics and their readers are told; nothing that a log names can act on a reader."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from codedark.app.watching.configuration import Configuration, Http
from codedark.app.watching.metrics import exposition
from codedark.app.watching.status import PartStatus, SourceStatus, Status, part_status, problems_of
from codedark.app.watching.status_page import as_json, as_page
from codedark.app.watching.web import web
from codedark.ingest.live.stats import Stats
from tests.incident_maker import incident
from tests.live_intake import Taken

HOSTILE = '<img src=x onerror="alert(1)">\x1b[2J\u202e{{7*7}}&\n"\\'
RUNS = PartStatus("judge", True, 1, "", 10, 10, 0, 0.0)


def status(name: str = "tcp://10.0.0.1") -> Status:
    """All is well, and everything is called ``name``."""
    stats = Stats(records=7, last_us=1)
    return Status(
        at_us=2_000_000, hospital=name, taken=7, taken_bytes=70, journal_first=1, journal_next=8, journal_bytes=100,
        free_bytes=10**10, sync_seconds=(0.002, 0.009),
        parts=(RUNS,), sources=(SourceStatus(name, stats, {name: stats}),), judged={name: 5},
        rejected=2, findings={"high": 1}, incidents=(incident(sentence=name, next_step=name),), unacknowledged=1,
        channels={name: name}, problems=(name,),
    )  # fmt: skip


def test_what_hosts_and_logs_are_called_is_shown_and_not_obeyed() -> None:
    page = as_page(status(HOSTILE))
    assert "<img" not in page
    assert "&lt;img" in page
    assert "{{7*7}}" in page
    assert json.loads(as_json(status(HOSTILE)))["problems"] == [HOSTILE]


def test_metrics_hold_also_where_logs_have_strange_names() -> None:
    families = {
        each.name: each for each in text_string_to_metric_families(exposition(lambda: status(HOSTILE)).decode())
    }
    assert {sample.labels["log"]: sample.value for sample in families["codedark_records_judged"].samples} == {
        HOSTILE: 5
    }
    assert families["codedark_incidents"].samples


def test_all_is_shown_also_where_a_file_is_called_by_any_bytes() -> None:
    named = status("/var/log/caf\udce9.log")
    assert b"caf\\udce9.log" in as_page(named).encode()
    assert json.loads(as_json(named))["problems"] == ["/var/log/caf\\udce9.log"]
    assert b"udce9.log" in exposition(lambda: named)


def test_a_part_is_behind_by_what_the_journal_has_more() -> None:
    said: Mapping[str, Any] = {"account": {"next": 40, "now_us": 5_000_000}, "saved": 20, "problems": ["p"]}
    part = part_status("judge", said, True, 2, "signal 9", 50, 9_000_000)
    assert (part.behind_records, part.behind_seconds, part.saved, part.problems) == (10, 4.0, 20, ("p",))
    assert part_status("judge", said, True, 1, "", 40, 9_000_000).behind_seconds == 0
    assert part_status("judge", {}, False, 0, "", 50, 9_000_000).behind_records == 50


def test_all_is_well_where_nothing_is_wrong() -> None:
    assert problems_of([RUNS], [], "", 100, 10, {"mail": ""}) == ()


def test_that_the_lake_catches_up_after_a_flood_is_no_problem() -> None:
    archivist = replace(RUNS, name="archivist", behind_seconds=500.0, behind_records=10**6)
    assert problems_of([archivist], [], "", 100, 10, {}) == ()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"journal": "no space left"}, "Nothing can be written"),
        ({"free_bytes": 1}, "are free on the disk"),
        ({"sync_seconds": (0.2, 0.45)}, "usually takes 200 ms to make records safe, 450 ms at worst"),
        ({"parts": [replace(RUNS, running=False)]}, "judge does not run"),
        ({"parts": [replace(RUNS, starts=3, ended="signal 9")]}, "has ended 2 times"),
        ({"parts": [replace(RUNS, behind_seconds=11.0)]}, "Alarms are late"),
        ({"parts": [replace(RUNS, name="archivist", behind_seconds=1200.0)]}, "The lake is 20 min"),
        ({"parts": [replace(RUNS, problems=("the lake is full",))]}, "judge: the lake is full"),
        ({"sources": [SourceStatus("udp://x", Stats(dropped=3))]}, "3 records were lost"),
        ({"sources": [SourceStatus("f", Stats(), {"f/a": Stats(problem="cannot be read")})]}, "f/a: cannot be read"),
        ({"channels": {"mail": "refused"}}, "Alarm channel mail: refused"),
    ],
)
def test_each_thing_that_needs_a_person_is_a_sentence(changed: dict[str, Any], said: str) -> None:
    usual: dict[str, Any] = {
        "parts": [RUNS], "sources": [], "journal": "", "free_bytes": 100, "least_free_bytes": 10, "channels": {},
    }  # fmt: skip
    (problem,) = problems_of(**{**usual, **changed})
    assert said in problem


def asked(tmp_path: Path, path: str, client: str, authorization: str = "", *, tokens: bool = True) -> int:
    """The code of the answer to a client at that address."""
    (tmp_path / "tokens").write_text("nurse:0123456789abcdef\n")
    (tmp_path / "tokens").chmod(0o640)
    http = Http(tokens="tokens" if tokens else None)

    async def answered() -> int:
        listener = web(tmp_path, Configuration(http=http), http, Taken(), [], status)
        heads = [(b"authorization", authorization.encode())] if authorization else []
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": path,
            "raw_path": path.encode(), "query_string": b"", "headers": heads, "client": (client, 40_000),
            "server": ("192.0.2.1", 8440), "scheme": "https", "root_path": "", "state": {},
        }  # fmt: skip
        codes: list[int] = []

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                codes.append(message["status"])

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        application: Any = listener._server.config.app  # asked as from another machine
        await application(scope, receive, send)
        return codes[0]

    return asyncio.run(answered())


@pytest.mark.parametrize("path", ["/status", "/status.json", "/metrics"])
def test_the_page_is_for_this_machine_and_for_who_has_a_token(tmp_path: Path, path: str) -> None:
    assert asked(tmp_path, path, "127.0.0.1", tokens=False) == 200
    assert asked(tmp_path, path, "192.0.2.7", tokens=False) == 401
    assert asked(tmp_path, path, "127.0.0.1") == 401  # a proxy on this machine would let everybody in
    assert asked(tmp_path, path, "192.0.2.7") == 401
    assert asked(tmp_path, path, "192.0.2.7", "Bearer 0123456789abcdee") == 401
    assert asked(tmp_path, path, "192.0.2.7", "Bearer 0123456789abcdef") == 200


def test_health_names_nobody_and_is_for_all(tmp_path: Path) -> None:
    assert asked(tmp_path, "/health", "192.0.2.7") == 503


def test_what_to_do_first_stands_on_the_page_once_and_times_in_sentences_have_a_zone() -> None:
    told = replace(status(), incidents=(incident(sentence="Since 14:10. First: Ask them.", next_step="Ask them."),))
    page = as_page(told)
    assert page.count("Ask them.") == 1
    assert "clocks in the hospital" in page
    alone = replace(status(), incidents=(incident(sentence="Since 14:10.", next_step="Ask them."),))
    assert as_page(alone).count("Ask them.") == 1
