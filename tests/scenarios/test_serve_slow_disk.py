"""`codedark serve` whose journal is on a disk that takes 50 to 500 ms to sync: senders wait, and nothing is lost."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from codedark.app.search.searching import Search
from tests.serving import Serving, record, until

LEAST_SECONDS = 0.05
EACH = 30
SLOW_SYNC = """\
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
static void wait_long(int file) {
    char link[32], path[4096] = "";
    struct timespec pause = {0, 50000000L + (long)(rand() % 450) * 1000000L};
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    if (readlink(link, path, sizeof path - 1) > 0 && strstr(path, "/journal/")) nanosleep(&pause, NULL);
}
int fsync(int file) { wait_long(file); return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(file); }
int fdatasync(int file) { wait_long(file); return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(file); }
"""


@pytest.fixture
def slow_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is started from here on has a disk that is slow to sync. Skips where there is no compiler to make one."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("a slow disk cannot be had here: there is no C compiler")
    (tmp_path / "slow.c").write_text(SLOW_SYNC, "utf-8")
    library = tmp_path / "slow.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, tmp_path / "slow.c", "-ldl"], check=True)
    monkeypatch.setenv("LD_PRELOAD", str(library))


@pytest.mark.usefixtures("slow_disk")
def test_on_a_slow_disk_senders_wait_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "app.log"
    log.touch()
    serving = Serving(tmp_path / "home", tmp_path / "cache", f'[[files]]\npaths = ["{log}"]\nformat = "jsonl"\n')
    monkeypatch.delenv("LD_PRELOAD")
    sent = {name: [f"{name}-{number}" for number in range(EACH)] for name in ("http", "tcp", "file")}
    waited: list[float] = []

    def post_all() -> None:
        for start in range(0, EACH, 5):
            began = time.monotonic()
            body = b"".join(map(record, sent["http"][start : start + 5]))
            until(lambda body=body: serving.post(body))  # type: ignore[misc]
            waited.append(time.monotonic() - began)

    with serving.running():
        posting = threading.Thread(target=post_all)
        posting.start()
        with socket.create_connection(("127.0.0.1", serving.tcp_port)) as connection, log.open("ab", 0) as file:
            for one, other in zip(sent["tcp"], sent["file"], strict=True):
                connection.sendall(record(one))
                file.write(record(other))
                time.sleep(0.05)
        posting.join(60)
        assert not posting.is_alive()
        assert len(waited) == EACH // 5
        assert min(waited) >= LEAST_SECONDS, "an answer came before its records were on disk"
        until(lambda: serving.status()["taken"] >= 3 * EACH)
        serving.await_judged()
        status = serving.status()
        usual, slowest = status["sync_seconds"]
        assert LEAST_SECONDS <= usual <= slowest
        assert any(problem.startswith("The disk is slow") for problem in status["problems"]), status["problems"]
        assert b"The disk is slow" in serving.ask("GET", "/status")[1]
        assert b"codedark_journal_sync_seconds_p99" in serving.ask("GET", "/metrics")[1]
        until(lambda: len(kept(serving.home)) >= 3 * EACH)
        assert serving.stop() == 0
    assert kept(serving.home) == sorted(name for names in sent.values() for name in names)


def kept(home: Path) -> list[str]:
    """What the lake holds."""
    rows = Search(home / "lake").sql("SELECT json_extract_string(record, '$.CommandLine') AS said FROM events")
    return sorted(str(row["said"]).split()[-1] for row in rows)
