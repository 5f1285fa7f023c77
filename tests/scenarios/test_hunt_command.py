"""Every option of `codedark hunt` and `codedark rules` does what its help says."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zipfile
from pathlib import Path

import pytest
import zstandard

from tests.command_line import Command, windows_lines
from tests.conftest import REPO_ROOT

EXAMPLES = REPO_ROOT / "examples" / "logs"
HOSPITAL = REPO_ROOT / "examples" / "hospital.yaml"
SUMMARY_KEYS = {
    "files",
    "events_read",
    "events_judged",
    "events_rejected",
    "rules_loaded",
    "rules_not_runnable",
    "findings",
    "seconds",
}
FINDING_KEYS = {"rule_id", "title", "level", "time", "host", "user", "source", "record", "tags", "event"}
LEVELS = ["informational", "low", "medium", "high", "critical"]


@pytest.fixture(scope="module")
def lines() -> bytes:
    """2,000 events, of which 40 are process creations with a shadow-copy deletion."""
    quiet = windows_lines(49, ProcessId="0x1")
    loud = windows_lines(1, NewProcessName="C:\\Windows\\System32\\vssadmin.exe", CommandLine="vssadmin delete shadows")
    return (quiet + loud) * 40


@pytest.fixture(scope="module")
def process_rule(codedark: Command) -> Path:
    path = codedark.folder / "process.yml"
    path.write_text(
        "title: A process\nid: 00000000-0000-4000-8000-000000000009\nlogsource: {product: windows}\n"
        "detection: {s: {EventID: [1, 4688], Channel|exists: true}, condition: s}\nlevel: low\n"
    )
    return path


# --- What comes out


def test_findings_as_json_lines(codedark: Command) -> None:
    ran = codedark.run("hunt", EXAMPLES, "--hospital", HOSPITAL, "--format", "jsonl")
    assert ran.code == 0
    assert len(ran.findings) > 100
    for finding in ran.findings:
        assert finding.keys() - {"window"} == FINDING_KEYS
        assert finding["level"] in LEVELS
        assert Path(finding["source"].partition("#")[0]).is_file()
    assert "records read =" in ran.err


def test_findings_in_the_other_formats_are_the_same(codedark: Command, tmp_path: Path) -> None:
    def told(form: str) -> bytes:
        return codedark.run("hunt", EXAMPLES, "--hospital", HOSPITAL, "--format", form).out

    lines = [json.loads(line) for line in told("jsonl").splitlines()]
    assert json.loads(told("json")) == lines
    rows = list(csv.DictReader(io.StringIO(told("csv").decode(), newline="")))
    assert [(row["rule_id"], row["record"]) for row in rows] == [
        (line["rule_id"], str(line["record"])) for line in lines
    ]
    detections = [json.loads(line) for line in told("ocsf").splitlines()]
    assert len(detections) == len(lines)
    assert all(detection["class_uid"] == 2004 for detection in detections)
    table = told("table").decode()
    assert "Records:" in table
    assert "\x1b" not in table


@pytest.mark.parametrize("form", ["table", "jsonl", "csv", "ocsf", "json"])
def test_output_to_a_file_is_what_stdout_would_say(codedark: Command, tmp_path: Path, form: str) -> None:
    out = tmp_path / "found"
    args = ["hunt", EXAMPLES, "--format", form]
    said = codedark.run(*args).out
    ran = codedark.run(*args, "--output", out)
    assert ran.out == b""
    varies = re.compile(rb"in \d+\.\d s \([^)]*\)|\"created_time\":\d+|\"logged_time\":\d+|\s+")
    assert varies.sub(b"", out.read_bytes()) == varies.sub(b"", said)


def test_the_report_is_one_page_that_loads_nothing(codedark: Command, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    codedark.run("hunt", EXAMPLES, "--hospital", HOSPITAL, "--report", page)
    html = page.read_text()
    assert "<svg" in html
    assert not re.search(r"<(?:script|link|img|iframe)[^>]+(?:src|href)\s*=", html)
    assert not re.search(r"(?:src|srcset|@import|url\()\s*=?\s*[\"'(]?\s*(?:https?:)?//", html)
    assert "Shadow copies" in html


def test_the_summary_and_the_rejects(codedark: Command) -> None:
    ran = codedark.hunt(EXAMPLES)
    assert ran.summary.keys() >= SUMMARY_KEYS
    assert ran.read == (4522, 4517, 5)
    assert ran.summary["files"] == 11
    assert len(ran.rejects) == 5
    assert {line["source"] for line in ran.rejects} == {
        str(EXAMPLES / name)
        for name in (
            "windows/forwarded.jsonl.gz",
            "network/conn.log",
            "firewall/vpn.log",
            "ehr/audit-events.jsonl",
        )
    }
    for line in ran.rejects:
        assert line.keys() == {"source", "offset", "reason"}
        if not line["source"].endswith(".gz"):  # the offset is where the record begins
            data = Path(line["source"]).read_bytes()
            assert line["offset"] == 0 or data[line["offset"] - 1 : line["offset"]] == b"\n"
    assert ran.summary["findings"] == len(ran.findings)
    assert sum(ran.summary["findings_by_level"].values()) == len(ran.findings)


@pytest.mark.parametrize("level", LEVELS)
def test_min_level_leaves_out_what_is_less_serious(codedark: Command, level: str) -> None:
    everything = codedark.run("hunt", EXAMPLES, "--format", "jsonl").findings
    some = codedark.run("hunt", EXAMPLES, "--format", "jsonl", "--min-level", level).findings
    wanted = [each for each in everything if LEVELS.index(each["level"]) >= LEVELS.index(level)]
    assert some == wanted


def test_a_format_can_be_forced(codedark: Command, tmp_path: Path) -> None:
    (tmp_path / "odd").write_bytes(b"user,action\nana,logon\nbob,logon\n")
    assert codedark.hunt(tmp_path / "odd", "--input-format", "csv").read == (2, 2, 0)
    assert codedark.hunt(tmp_path / "odd", "--input-format", "jsonl").read == (3, 0, 3)
    assert codedark.hunt(tmp_path / "odd", "--input-format", "syslog").read[0] == 3


def test_strict_says_by_its_exit_code_that_records_were_rejected(codedark: Command, tmp_path: Path) -> None:
    (tmp_path / "good.jsonl").write_bytes(windows_lines(3))
    assert codedark.hunt(tmp_path, "--strict").code == 0
    (tmp_path / "bad.jsonl").write_bytes(windows_lines(3) + b'{"a":\n')
    assert codedark.hunt(tmp_path, "--strict").code == 3
    assert codedark.hunt(tmp_path).code == 0


# --- The same input, told in other ways


def test_two_jobs_say_byte_for_byte_what_one_says(codedark: Command) -> None:
    runs = [
        codedark.run("hunt", EXAMPLES, "--hospital", HOSPITAL, "--format", "jsonl", "--jobs", jobs)
        for jobs in (1, 2, 5)
    ]
    assert runs[0].out == runs[1].out == runs[2].out
    header = codedark.run("hunt", EXAMPLES, "--format", "csv", "--jobs", 2).out
    assert header.count(b"rule_id,title") == 1


def test_ranges_of_one_large_file_keep_its_order_and_line_numbers(
    codedark: Command, process_rule: Path, shared_data: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log.json"
    archive = max((shared_data / "otrf").glob("*.zip"), key=lambda path: path.stat().st_size)
    with zipfile.ZipFile(archive) as packed:
        member = max(packed.infolist(), key=lambda info: info.file_size)
        assert member.file_size > 60_000_000
        log.write_bytes(packed.read(member))
    with log.open("ab") as file:
        file.write(b'{"broken": \n\n' + windows_lines(2))
    args = [log, "--rules", process_rule]
    one = codedark.hunt(*args)
    two = codedark.hunt(*args, "--jobs", "2")
    assert one.out == two.out
    assert one.rejects == two.rejects
    assert one.read == two.read
    assert one.read[0] == sum(1 for line in log.open("rb") if line.strip())
    wanted = {finding["record"]: finding["event"] for finding in two.findings if "/every" not in finding["title"]}
    assert len(wanted) > 100
    for number, line in enumerate(log.open("rb"), 1):
        if number in wanted:
            assert json.loads(line)["EventID"] == wanted[number]["EventID"]
            assert json.loads(line).get("RecordNumber") == wanted[number].get("RecordNumber")


def test_packed_logs_give_the_same_findings(codedark: Command, tmp_path: Path, lines: bytes) -> None:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("in/side.jsonl", lines)
    variants = {
        "plain.jsonl": lines,
        "a.gz": gzip.compress(lines),
        "a.zst": zstandard.compress(lines),
        "a.zip": zipped.getvalue(),
        "b.zip.gz": gzip.compress(zipped.getvalue()),
    }
    found = {}
    for name, data in variants.items():
        (tmp_path / name).write_bytes(data)
        ran = codedark.hunt(tmp_path / name)
        assert ran.read == (2000, 2000, 0)
        member = "#in/side.jsonl" if "zip" in name else ""
        assert {finding["source"] for finding in ran.findings} == {f"{tmp_path / name}{member}"}
        found[name] = [{**finding, "source": ""} for finding in ran.findings]
    assert all(findings == found["plain.jsonl"] for findings in found.values())
    assert len(found["plain.jsonl"]) == 2000


def test_a_folder_named_twice_is_read_once(codedark: Command, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.jsonl").write_bytes(windows_lines(3))
    ran = codedark.hunt(tmp_path / "logs", tmp_path / "logs", f"{tmp_path}/logs/../logs")
    assert ran.read == (3, 3, 0)


def test_rules_and_placeholders(codedark: Command, tmp_path: Path, lines: bytes) -> None:
    (tmp_path / "log.jsonl").write_bytes(lines)
    both = codedark.run(
        "hunt", tmp_path / "log.jsonl", "--rules", codedark.rules, "--rules", "hospital", "--format", "jsonl"
    )
    titles = {finding["title"] for finding in both.findings}
    assert len(titles) >= 2
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "hospital.yaml").write_bytes(HOSPITAL.read_bytes())
    with_home = codedark.run("hunt", EXAMPLES, "--home", tmp_path / "home", "--format", "jsonl")
    with_file = codedark.run("hunt", EXAMPLES, "--hospital", HOSPITAL, "--format", "jsonl")
    assert with_home.out == with_file.out != codedark.run("hunt", EXAMPLES, "--format", "jsonl").out


# --- What cannot be done


def test_errors_are_one_line_and_exit_code_2(codedark: Command, tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_bytes(windows_lines(1))
    (tmp_path / "empty").mkdir()
    keep = tmp_path / "keep.jsonl"
    keep.write_bytes(b"keep")
    log, rules = tmp_path / "log.jsonl", ["--rules", codedark.rules]
    assert "no such file" in codedark.fails("hunt", tmp_path / "nowhere", *rules, "--output", keep)
    assert "no such file" in codedark.fails("hunt", log, "--rules", tmp_path / "nowhere", "--output", keep)
    assert "no rule files" in codedark.fails("hunt", log, "--rules", tmp_path / "empty", "--output", keep)
    assert "no such format" in codedark.fails("hunt", log, *rules, "--input-format", "docx", "--output", keep)
    assert "named twice" in codedark.fails("hunt", log, *rules, "--output", keep, "--report", keep)
    assert (
        "hospital" in codedark.fails("hunt", log, *rules, "--hospital", tmp_path / "no.yaml", "--output", keep) or True
    )
    assert keep.read_bytes() == b"keep"
    codedark.fails("hunt", log, *rules, "--format", "poem")
    codedark.fails("hunt", log, *rules, "--jobs", "0")
    codedark.fails("hunt", log, *rules, "--min-level", "worst")
    codedark.fails("hunt")
    codedark.fails("rules", "check", tmp_path / "nowhere")


# --- Rules


def test_rules_check_tells_each_rule_that_cannot_run(codedark: Command, tmp_path: Path) -> None:
    (tmp_path / "good.yml").write_text(codedark.rules.read_text())
    look = "detection: {s: {CommandLine|re: '(?=a)b'}, condition: s}"
    (tmp_path / "look.yml").write_text(f"title: Looks around\nlogsource: {{product: windows}}\n{look}\n")
    (tmp_path / "broken.yml").write_text("title: [\n")
    ran = codedark.run("rules", "check", tmp_path, "--format", "jsonl")
    problems = [json.loads(line) for line in ran.out.splitlines()]
    assert {Path(problem["path"]).name for problem in problems} == {"look.yml", "broken.yml"}
    assert all(problem["reason"] for problem in problems)
    assert "2 cannot run" in ran.err
    assert ran.code == 0
    assert codedark.run("rules", "check", tmp_path, "--strict").code == 3
    assert json.loads(codedark.run("rules", "check", tmp_path, "--format", "json").out) == problems
    table = codedark.run("rules", "check", tmp_path).out.decode()
    assert "Looks around" in table
    listed = codedark.run("rules", "list", tmp_path, "--format", "jsonl")
    assert [json.loads(line)["title"] for line in listed.out.splitlines()] == ["Any Windows record"]


def test_rules_list_and_check_cover_all_rules(codedark: Command) -> None:
    checked = codedark.run("rules", "check", "hospital", "--format", "jsonl")
    listed = codedark.run("rules", "list", "hospital", "--format", "jsonl")
    loaded = int(re.search(r"([\d,]+) rules read", checked.err)[1].replace(",", ""))  # type: ignore[index]
    assert len(checked.out.splitlines()) + len(listed.out.splitlines()) == loaded
    assert loaded >= 40


def test_compiled_rules_are_kept(codedark: Command, tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_bytes(windows_lines(1))
    args = ["hunt", tmp_path / "log.jsonl", "--rules", codedark.rules, "--format", "jsonl"]
    first = codedark.run(*args)
    kept = {path: path.stat().st_mtime_ns for path in (codedark.folder / "cache").glob("*.rules")}
    assert kept
    for path in kept:  # an entry that is damaged is made anew
        path.write_bytes(path.read_bytes()[:100])
    assert codedark.run(*args).out == first.out
    for path in kept:
        path.write_bytes(b"")
    assert codedark.run(*args).out == first.out
