"""`codedark serve` as it runs in a hospital: processes, sockets, files, signals, and an end at any moment."""

from __future__ import annotations

import random
import re
import signal
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from codedark.app.search.searching import Search
from codedark.respond.incident import Alarm
from codedark.store.state.state import State
from tests.programs import free_port
from tests.serving import Serving, Webhook, finding_names, record, until, wicked

KILLS = ("judge", "archivist", "front", "judge", "front", "archivist", "front", "judge", "judge", "front")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rules are compiled once for all."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Serving]:
    """One that runs for all tests that do it no harm."""
    found = Serving(tmp_path_factory.mktemp("calm") / "home", cache)
    with found.running():
        yield found
        assert found.stop() == 0
    assert "Traceback" not in found.said()


def names_in_lake(home: Path) -> Counter[str]:
    """The last word of each command line in the lake, which names the record."""
    if not (home / "lake").is_dir():
        return Counter()
    rows = Search(home / "lake").sql(
        "SELECT seq, json_extract_string(record, '$.CommandLine') AS said FROM events WHERE record IS NOT NULL"
    )
    assert len({row["seq"] for row in rows}) == len(rows)
    return Counter(str(row["said"]).split()[-1] for row in rows)


class Senders:
    """A client over HTTP that repeats what is not answered, a program that writes a file, and a sender over TCP."""

    def __init__(self, serving: Serving, file: Path) -> None:
        self._serving, self._file = serving, file
        self._ending = threading.Event()
        self.acknowledged: list[str] = []
        self.written: list[str] = []
        self.sent: list[str] = []
        self._threads = [threading.Thread(target=each) for each in (self._post, self._write, self._send)]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Send no more; what was begun is sent to its end."""
        self._ending.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()

    def _post(self) -> None:
        for number in range(1_000_000):
            if self._ending.is_set():
                return
            names = [f"http-{number}-{each}" for each in range(5)]
            body = b"".join(map(record, names[:-1])) + (wicked if number % 20 == 0 else record)(names[-1])
            while not self._serving.post(body):
                time.sleep(0.05)
            self.acknowledged += names
            time.sleep(0.01)

    def _write(self) -> None:
        with self._file.open("ab", 0) as file:
            for number in range(1_000_000):
                if self._ending.wait(0.005):
                    return
                line = record(f"file-{number}")
                file.write(line[:40])  # a line is not always there at once
                file.write(line[40:])
                self.written.append(f"file-{number}")

    def _send(self) -> None:
        connection = None
        for number in range(1_000_000):
            if self._ending.wait(0.01):
                break
            try:
                connection = connection or socket.create_connection(("127.0.0.1", self._serving.tcp_port), 5)
                connection.sendall(record(f"tcp-{number}"))
                self.sent.append(f"tcp-{number}")
            except OSError:
                connection = None
        if connection:
            connection.close()


def alarms_of(home: Path) -> list[Alarm]:
    """All alarms there ever were."""
    with closing(State(home / "state.sqlite", make=False)) as state:
        return state.alarms()


def test_whatever_is_killed_each_record_is_kept_once_and_each_alarm_told_once(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "logs").mkdir()
    hook = Webhook()
    more = f'[[files]]\npaths = ["{tmp_path}/logs/*.jsonl"]\nformat = "jsonl"\nfrom_start = true\n\n'
    more += f'[notify]\n[[notify.channels]]\nkind = "webhook"\nname = "chat"\nurl = "{hook.url}"\n'
    serving = Serving(tmp_path / "home", cache, more)
    with serving.running():
        killed_at_random(serving, tmp_path, hook)


def killed_at_random(serving: Serving, tmp_path: Path, hook: Webhook) -> None:
    chance = random.Random(7)
    senders = Senders(serving, tmp_path / "logs" / "app.jsonl")
    for name in KILLS:
        time.sleep(chance.random() * 1.5)
        serving.kill(name)
    until(lambda: len(serving.parts()) == 2)
    time.sleep(1)
    senders.end()
    until(lambda: set(senders.written) <= names_in_lake(serving.home).keys())
    serving.await_judged()
    until(lambda: {alarm.id for alarm in alarms_of(serving.home)} <= hook.keys.keys())
    assert serving.stop() == 0
    hook.close()
    found, alarms = names_in_lake(serving.home), alarms_of(serving.home)
    assert [name for name, times in found.items() if times > 1] == []
    assert set(senders.acknowledged) <= found.keys()
    assert set(senders.written) <= found.keys()
    arrived = [name for name in senders.sent if name in found]
    assert len(arrived) > 0.5 * len(senders.sent)
    wicked_ones = [name for name in found if re.fullmatch(r"http-\d*[02468]0-4|http-0-4", name)]
    assert finding_names(serving.home) == Counter(wicked_ones), "a finding is missing, or there twice"
    assert alarms
    assert hook.keys.keys() == {alarm.id for alarm in alarms}
    for keys in hook.keys.values():
        assert len(set(keys)) == 1, "an alarm was told twice, and not as a repetition of the same"
    assert "Traceback" not in serving.said()
    sys.stdout.write(
        f"\n{len(KILLS)} kills: {len(senders.acknowledged):,} records acknowledged over HTTP, {len(senders.written):,} "
        f"written to a file, {len(arrived):,} of {len(senders.sent):,} over TCP arrived, {len(alarms)} alarms\n"
    )


# --- One that runs on


def test_the_page_says_how_it_is_and_escapes_what_hosts_are_called(serving: Serving) -> None:
    assert serving.post(wicked("page-1", "<script>alert(1)</script>") + b"no JSON\n" + record("page-2"))
    serving.await_judged()
    until(lambda: finding_names(serving.home)["page-1"] == 1)
    code, page = serving.ask("GET", "/status")
    assert code == 200
    assert b"<script" not in page
    told = serving.status()
    assert {part["name"] for part in told["parts"] if part["running"]} == {"judge", "archivist"}
    assert told["incidents"]
    assert sum(told["judged"].values()) >= 2


def test_whatever_comes_from_many_connections_is_judged_or_rejected(serving: Serving) -> None:
    bad = [b"[", b"{}", b"null", b"\xff\xfe", b'{"a":' * 3000, b"x" * 5000, b'{"EventID": "\xed\xa0\x80"}', b"\0" * 50]
    bad += [
        b'{"Channel": {"a": 1}, "EventID": [2], "Computer": 7}',
        b"9" * 400,
        b'"\\ud800"',
        random.Random(1).randbytes(300),
    ]
    before, _, rejected_before = serving.books()

    def send(number: int) -> None:
        chance = random.Random(number)
        mixed = [line.replace(b"\n", b"") + b"\n" for line in chance.sample(bad, len(bad))]
        lines = b"".join(record(f"neighbour-{number}") + line for line in mixed)
        if number % 2:
            until(lambda: serving.post(lines))
            return
        with socket.create_connection(("127.0.0.1", serving.tcp_port)) as connection:
            for at in range(0, len(lines), 700):
                connection.sendall(lines[at : at + 700])

    threads = [threading.Thread(target=send, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    over_tcp = 5 * 2 * len(bad)
    until(lambda: serving.books()[0] - before >= over_tcp, what=str(serving.books()))
    serving.await_judged()

    def are_told() -> bool:
        """They are told once a second."""
        taken, judged, rejected = serving.books()
        return taken == judged + rejected and rejected - rejected_before >= 5

    until(are_told, what=str(serving.books()))
    assert finding_names(serving.home)["neighbour-0"] == 0


def test_metrics_are_what_prometheus_reads(serving: Serving) -> None:
    code, text = serving.ask("GET", "/metrics")
    assert code == 200
    found = {family.name: family for family in text_string_to_metric_families(text.decode())}
    assert {sample.labels["part"]: sample.value for sample in found["codedark_part_up"].samples} == {
        "judge": 1,
        "archivist": 1,
    }
    assert found["codedark_records_taken"].samples[0].value > 0


def test_health_is_well_until_something_needs_a_person(serving: Serving) -> None:
    code, text = serving.ask("GET", "/health")
    assert (code, text) == (200, b"well\n") or b"problems" in text
    assert (code == 200) == (serving.status()["problems"] == [])


def test_two_over_one_folder_are_refused(serving: Serving) -> None:
    second = serving.command("serve")
    assert second.returncode == 2
    assert "Traceback" not in second.stderr
    assert "journal" in second.stderr
    assert serving.status()["parts"]


def test_decisions_are_taken_while_it_runs(serving: Serving) -> None:
    assert serving.post(wicked("decided-1", "FS77"))
    until(lambda: any("fs77" in each["sentence"].lower() for each in serving.status()["incidents"]))
    incident = next(each["id"] for each in serving.status()["incidents"] if "fs77" in each["sentence"].lower())
    acknowledged = serving.command("incident", "ack", incident, "--by", "nurse")
    assert acknowledged.returncode == 0, acknowledged.stderr

    def stands(as_: str) -> bool:
        with closing(State(serving.home / "state.sqlite", make=False)) as state:
            found = state.incident(incident)
            return found is not None and found.status == as_

    until(lambda: stands("acknowledged"))
    assert serving.command("incident", "verdict", incident, "false", "--by", "nurse").returncode == 0
    until(lambda: stands("closed"))


def test_a_hangup_takes_up_a_configuration_that_is_in_order_and_no_other(serving: Serving) -> None:
    assert serving.process is not None
    serving.configure("[limits]\nmost_conections = 5\n")
    serving.process.send_signal(signal.SIGHUP)
    until(lambda: "most_conections" in serving.said(), what="nothing was said of the misspelt limit")
    assert serving.post(record("after-a-bad-one"))
    extra = free_port()
    with socket.socket() as taken:  # in order, and cannot be begun all the same
        taken.bind(("127.0.0.1", extra))
        taken.listen()
        serving.configure(f'[[syslog]]\nlisten = "tcp://127.0.0.1:{extra}"\n')
        serving.process.send_signal(signal.SIGHUP)
        until(lambda: "cannot be begun" in serving.said(), what=serving.said())
    until(lambda: serving.post(record("after-one-that-cannot-begin")))
    serving.configure(f'[[syslog]]\nlisten = "tcp://127.0.0.1:{extra}"\nformat = "jsonl"\n')
    serving.await_parts()
    serving.process.send_signal(signal.SIGHUP)
    until(lambda: "begun anew" in serving.said().rpartition("cannot be begun")[2], what=serving.said())
    until(lambda: serving.post(record("after-a-good-one")))
    serving.await_parts()
    with socket.create_connection(("127.0.0.1", extra), 10) as connection:
        connection.sendall(record("over-the-new-one"))
    sent = {"after-a-bad-one", "after-one-that-cannot-begin", "after-a-good-one", "over-the-new-one"}
    until(lambda: sent <= names_in_lake(serving.home).keys())
