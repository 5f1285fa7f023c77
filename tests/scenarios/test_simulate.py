"""A simulated hospital is one that others believe: the same twice, read by independent readers, true to its truth."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hl7
import pytest
from fhir.resources.R4B import get_fhir_model_class
from zat.log_to_dataframe import LogToDataFrame

from codedark.app.simulation.folder import new_folder
from codedark.app.simulation.recorder import all_witnesses, watching
from codedark.app.simulation.scripts import names, script_named
from codedark.app.simulation.streaming import stream_hospital
from codedark.app.simulation.times import attack_begins, moment, period
from codedark.app.simulation.writing import Written, write_hospital
from codedark.errors import CodeDarkError
from codedark.exchange.sender import Log
from codedark.simulate.world import Order, World, world_of

BEDS, DAYS = 20, 0.5
MOST_RESOURCES = 40


def run(*arguments: str, hash_seed: str = "0") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "codedark", *arguments],
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def simulated(out: Path, *options: str, hash_seed: str = "0") -> Path:
    asked = ["--beds", str(BEDS), "--days", str(DAYS), "--attack", "fast-ransomware", *options]
    done = run("simulate", str(out), *asked, hash_seed=hash_seed)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulated(tmp_path_factory.mktemp("simulated") / "hospital")


def digests(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_the_same_seed_gives_the_same_bytes_with_any_jobs_and_hash_seed(hospital: Path, tmp_path: Path) -> None:
    assert digests(simulated(tmp_path / "again", "--jobs", "2", hash_seed="4711")) == digests(hospital)


def test_another_seed_gives_another_hospital(hospital: Path, tmp_path: Path) -> None:
    other = digests(simulated(tmp_path / "other", "--seed", "2"))
    same = [name for name, digest in digests(hospital).items() if other.get(name) == digest]
    assert [name for name in same if name.startswith(("logs/", "hl7/"))] == []


def test_our_reader_takes_every_record(hospital: Path, tmp_path: Path) -> None:
    told = tmp_path / "summary.json"
    options = ["--hospital", str(hospital / "hospital.yaml"), "--strict", "--summary", str(told), "--format", "jsonl"]
    done = run("hunt", str(hospital / "logs"), *options)
    assert done.returncode == 0, done.stderr[-2000:]
    summary = json.loads(told.read_text())
    written = json.loads((hospital / "simulation.json").read_text())["written"]
    logs = sum(each["records"] for name, each in written.items() if name != "hl7" and not name.startswith("fhir/"))
    assert summary["events_rejected"] == 0
    assert summary["events_read"] == summary["events_judged"] <= logs  # an auditd event is one record of several lines
    assert summary["events_read"] > 0.8 * logs
    assert summary["findings"] > 0
    assert "placeholder" not in done.stderr


def test_the_model_of_the_hospital_is_sound(hospital: Path) -> None:
    done = run("hospital", "check", str(hospital), "--strict")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # zat speaks to an older pandas
def test_zat_reads_the_zeek_logs(hospital: Path) -> None:
    paths = sorted((hospital / "logs" / "zeek").rglob("*.log"))
    assert {path.parent.name for path in paths} >= {"conn", "dns", "http", "smb_files", "kerberos", "dce_rpc"}
    for path in paths:
        rows = sum(not line.startswith(b"#") for line in path.open("rb"))
        assert len(LogToDataFrame().create_dataframe(str(path))) == rows


def test_fhir_resources_accepts_resources_and_audit_events(hospital: Path) -> None:
    paths = [*sorted((hospital / "fhir").glob("*.ndjson")), *sorted((hospital / "logs" / "ehr").rglob("*.ndjson"))]
    seen: Counter[str] = Counter()
    for path in paths:
        with path.open("rb") as file:
            for line, _ in zip(file, range(MOST_RESOURCES), strict=False):
                resource = json.loads(line)
                get_fhir_model_class(resource["resourceType"]).model_validate_json(line)
                seen[resource["resourceType"]] += 1
    assert seen.keys() >= {
        "Patient",
        "Encounter",
        "MedicationRequest",
        "Observation",
        "AllergyIntolerance",
        "AuditEvent",
    }


def test_python_hl7_reads_every_message(hospital: Path) -> None:
    kinds: Counter[str] = Counter()
    for path in sorted((hospital / "hl7").glob("*.hl7")):
        for text in path.read_bytes().decode().split("\n"):
            if text:
                message = hl7.parse(text)
                kinds[str(message.segment("MSH")[9][0][0])] += 1
                assert str(message.segment("PID")[3]) != ""
    assert kinds.keys() >= {"ADT", "ORM", "ORU", "RDE", "RAS"}


def world(attack: str, seed: int) -> World:
    first_us, last_us = period("2026-01-12T18:00", 1)
    begins = attack_begins(None, first_us, last_us)
    return world_of(Order(BEDS, seed, first_us, last_us, script_named(attack), begins))


@pytest.mark.parametrize("attack", names())
def test_every_step_of_the_truth_is_seen_in_some_log_or_listed_as_deleted(attack: str) -> None:
    lived = world(attack, seed=3)
    assert lived.truth
    lookers = watching(all_witnesses(lived))
    seen: Counter[str] = Counter()
    for acts in lived.live():
        for act in acts:
            if act.step:
                seen[act.step] += sum(len(list(lines(act))) for _, lines in lookers.get(act.__class__, ()))
    deleted = {each.step for each in lived.truth.deleted}
    unseen = [step.id for step in lived.truth.steps if not seen[step.id] and step.id not in deleted]
    assert unseen == []
    assert len(lived.truth.steps) >= 4
    assert set(seen) <= {step.id for step in lived.truth.steps}
    known = set(lived.clinic.patients)
    assert {touched.patient for touched in lived.truth.touched} <= known


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--attack", "no-such-attack"], "there are az-monica"),
        (["--attack", "wipr"], "did you mean wiper?"),
        (["--attack", "mine.yaml"], "mine.yaml: no such file"),
        (["--start", "yesterday"], "write it as"),
        (["--attack", "wiper", "--attack-start", "2030-01-01"], "outside"),
        (["--to", "gopher://host"], "use FOLDER"),
        (["--attack-start", "2026-01-12T00:10"], "name an attack"),
        (["--speed", "2"], "--speed means something with --to only"),
        (["--jobs", "2", "--to", "grown"], "--jobs means nothing with --to"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(options: list[str], said: str, tmp_path: Path) -> None:
    done = run("simulate", str(tmp_path / "out"), "--beds", "10", "--days", "0.02", *options)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    done = run("simulate", str(tmp_path), "--beds", "10", "--days", "0.02")
    assert done.returncode == 2
    assert "not an empty folder" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("more", [[], ["--jobs", "2"], ["--to", "grown", "--speed", "20"]])
def test_a_stopped_simulation_says_what_it_leaves(more: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "codedark", "simulate", "out", "--beds", "10", "--days", "300", *more]
    told = subprocess.PIPE
    with subprocess.Popen(command, cwd=tmp_path, start_new_session=True, text=True, stderr=told) as process:
        begun = tmp_path / ("grown" if "--to" in more else "out/logs")
        while not (begun.exists() and any(begun.iterdir())):
            assert process.poll() is None, process.stderr and process.stderr.read()
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: also to the workers
        _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, "codedark: stopped; out is incomplete: delete it\n")
    again = run("simulate", str(tmp_path / "out"), "--beds", "10", "--days", "0.02")
    assert (again.returncode, "left by a simulation that was stopped: delete it" in again.stderr) == (2, True)
    checked = run("hospital", "check", str(tmp_path / "out"), "--strict")
    assert checked.returncode == 3
    assert "has not ended" in checked.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_full_disk_is_told_with_the_folder(jobs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def full(path: Path, mode: str = "r", *more: Any, **named: Any) -> Any:
        """Where logs are made anew there is no room; all else is as it was."""
        return opened(Path("/dev/full"), "wb") if mode == "xb" else opened(path, mode, *more, **named)

    monkeypatch.setattr(Path, "open", full)
    first_us, last_us = period("2026-01-12", 0.02)
    order, out = Order(10, 1, first_us, last_us), tmp_path / "out"
    with pytest.raises(CodeDarkError, match=r"out: No space left on device; .*out is incomplete"), new_folder(out):
        write_hospital(order, out, int(jobs))
    assert (out / "INCOMPLETE").exists()


def test_a_destination_that_is_away_is_told_before_anything_is_written(tmp_path: Path) -> None:
    done = run("simulate", str(tmp_path / "out"), "--beds", "10", "--days", "0.02", "--to", "mllp://127.0.0.1:1")
    assert done.returncode == 2
    assert "is something listening there" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_stream_that_fails_says_what_was_sent(tmp_path: Path) -> None:
    (tmp_path / "grown" / "windows").mkdir(parents=True)
    (tmp_path / "grown" / "windows" / "security.jsonl").symlink_to("/dev/full")
    options = ["--beds", "10", "--days", "0.02", "--to", str(tmp_path / "grown"), "--speed", "100000"]
    done = run("simulate", str(tmp_path / "out"), *options)
    assert done.returncode == 2
    assert "security.jsonl: cannot be written" in done.stderr
    written = json.loads((tmp_path / "out" / "simulation.json").read_text())["written"]
    assert f"{sum(each['records'] for each in written.values()):,} records were sent before" in done.stderr


class Kept:
    """A sender that keeps what it is given."""

    def __init__(self) -> None:
        self.records: dict[str, list[bytes]] = {}

    def open(self) -> None: ...

    def close(self) -> None: ...

    def carries(self, log: Log) -> bool:
        return log.name != "hl7"

    def send(self, log: Log, records: Sequence[bytes]) -> None:
        self.records.setdefault(log.name, []).extend(records)


def test_a_stream_begins_when_it_is_told_and_holds_what_is_deleted_later() -> None:
    lived = world("fast-ransomware", seed=3)
    kept, sent = Kept(), Written()
    from_us = lived.order.first_us + 7 * 60_000_000
    stream_hospital(lived, [kept], from_us, 1e9, sent)
    assert sent.records == {name: len(records) for name, records in kept.records.items()}
    first = min(json.loads(line)["TimeCreated"] for line in kept.records["windows/security"])
    assert first >= datetime.fromtimestamp(from_us / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    assert lived.truth
    assert lived.truth.deleted
    again, written = world("fast-ransomware", seed=3), Counter[str]()
    lookers = watching(all_witnesses(again))
    for acts in again.live():
        for act in acts:
            for witness, lines in lookers.get(act.__class__, ()):
                written[witness.name] += len(list(lines(act))) * (act.at_us >= from_us)
    assert any(sent.records[name] > written[name] for name in kept.records)


def test_a_period_that_begins_between_quarters_holds_all_that_was_asked_for() -> None:
    first_us, last_us = period("2026-01-12T07:07", 0.5)
    assert (first_us, last_us) == (moment("2026-01-12T07:00"), moment("2026-01-12T19:15"))


def test_the_result_is_told_in_both_times(tmp_path: Path) -> None:
    attack = ["--attack", "insider", "--attack-start", "2026-01-12T00:20"]
    done = run("simulate", str(tmp_path / "out"), "--beds", "10", "--days", "0.05", *attack)
    assert "from 2026-01-12 00:00 CET (2026-01-11T23:00:00Z)" in done.stderr
    assert "2026-01-12 00:20 CET (2026-01-11T23:20:00Z)" in done.stderr
    assert not (tmp_path / "out" / "INCOMPLETE").exists()


def test_a_stream_carries_what_a_folder_holds(tmp_path: Path) -> None:
    common = ["--beds", "10", "--days", "0.05", "--start", "2026-01-13T07:00"]
    assert run("simulate", str(tmp_path / "written"), *common).returncode == 0
    live = ["--to", str(tmp_path / "grown"), "--speed", "100000"]
    done = run("simulate", str(tmp_path / "model"), *common, *live)
    assert done.returncode == 0, done.stderr
    for path in sorted((tmp_path / "written" / "logs").rglob("*.*")):
        name = path.parent.relative_to(tmp_path / "written" / "logs")
        grown = (tmp_path / "grown" / name).with_suffix(path.suffix)
        assert grown.read_bytes() == path.read_bytes()


def test_a_hospital_in_a_folder_named_hospital_does_not_hide_the_hospital_rules(tmp_path: Path) -> None:
    (tmp_path / "hospital").mkdir()
    command = [sys.executable, "-m", "codedark", "rules", "list", "hospital", "--format", "jsonl"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) > 40
