"""Input that is damaged, or made to do harm: no traceback, no hang, no lost count, bounded memory.

Each case runs the command itself; `tests.command_line` holds every run to the laws that are the same for all.
"""

from __future__ import annotations

import gzip
import itertools
import json
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zstandard

from tests.command_line import Command, children_of, processes, windows_lines, zipped

EXTENSIONS = (".evtx", ".json", ".jsonl", ".gz", ".zip", ".zst", ".csv", ".log", ".xml", ".txt", "")
FILE_HEADER, CHUNK = 4096, 65536
AUTH = b"Jan 13 06:32:%02d web01 sshd[%d]: Failed password for root from 203.0.113.9 port 4022 ssh2\n"


def syslog_lines(count: int) -> bytes:
    return b"".join(AUTH % (n % 60, n) for n in range(count))


def lines_in(data: bytes | bytearray) -> int:
    return sum(1 for line in data.split(b"\n") if line.strip())


# --- Windows event logs


def promised(data: bytes) -> set[int]:
    """The record ids that the headers of the chunks promise, as far as they make sense."""
    ids: set[int] = set()
    for at in range(FILE_HEADER, len(data) - 40, CHUNK):
        first, last = struct.unpack_from("<QQ", data, at + 24)
        if data[at : at + 8] == b"ElfChnk\0" and first <= last < first + 4096:
            ids.update(range(first, last + 1))
    return ids


def damaged(original: bytes, chance: random.Random) -> Iterator[bytes]:
    """Many ways in which an event log may be damaged."""
    for _ in range(12):
        yield original[: chance.randrange(FILE_HEADER, len(original))]
    for flips in (1, 1, 1, 1, 1, 1, 4, 16, 64, 256, 4096):
        data = bytearray(original)
        for _ in range(flips):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        yield bytes(data)
    for _ in range(8):  # where the records of the first chunk and its tables of names begin
        data = bytearray(original)
        data[chance.randrange(FILE_HEADER + 128, FILE_HEADER + 6000)] = chance.choice((0, 1, 127, 255))
        yield bytes(data)
    last_chunk = FILE_HEADER + (len(original) - FILE_HEADER - 1) // CHUNK * CHUNK
    for at in {FILE_HEADER, last_chunk}:
        yield original[:at] + bytes(CHUNK) + original[at + CHUNK :]
    yield original + original
    yield original[:FILE_HEADER]
    yield original[FILE_HEADER:]
    yield original[:100]


def test_damaged_event_logs_lose_no_record_in_silence(codedark: Command, shared_data: Path, tmp_path: Path) -> None:
    logs = sorted((shared_data / "evtx").rglob("*.evtx"), key=lambda path: (path.stat().st_size, path.name))
    chance = random.Random(2)
    variants: dict[str, bytes] = {}
    for log in (logs[0], logs[len(logs) // 3], next(path for path in logs if path.stat().st_size > 1_000_000)):
        for data in damaged(log.read_bytes(), chance):
            path = tmp_path / f"{len(variants):03}.evtx"
            path.write_bytes(data)
            variants[str(path)] = data
    ran = codedark.hunt(tmp_path, seconds=120)
    assert ran.code == 0
    # Which records they are is told for each file by `tests.laws.test_fuzz`: here some have lost their channel.
    assert ran.read[0] >= sum(len(promised(data)) for data in variants.values())
    assert ran.read[1] >= 0.4 * ran.read[0]


def test_a_chunk_that_is_missing_is_told(codedark: Command, shared_data: Path, tmp_path: Path) -> None:
    log = next(path for path in sorted((shared_data / "evtx").rglob("*.evtx")) if path.stat().st_size > 1_000_000)
    whole = log.read_bytes()
    path = tmp_path / "zeroed.evtx"
    path.write_bytes(whole[:FILE_HEADER] + bytes(CHUNK) + whole[FILE_HEADER + CHUNK :])
    ran = codedark.hunt(path, "--strict")
    assert ran.code == 3
    assert "that the file header promises" in " ".join(ran.summary["rejected"])


def test_a_list_of_names_that_leads_in_a_circle_does_not_hold_the_hunt(
    codedark: Command, shared_data: Path, tmp_path: Path
) -> None:
    whole = min((shared_data / "evtx").rglob("*.evtx"), key=lambda path: (path.stat().st_size, path.name)).read_bytes()
    data = bytearray(whole)
    heads = struct.unpack_from("<96I", data, FILE_HEADER + 128)
    for head in filter(None, heads):
        struct.pack_into("<I", data, FILE_HEADER + head, head)
    path = tmp_path / "circle.evtx"
    path.write_bytes(data)
    ran = codedark.hunt(path, seconds=20)
    assert promised(whole) == ran.accounted()[str(path)].keys()


# --- Bytes that are no log


def test_random_bytes_under_every_extension(codedark: Command, tmp_path: Path) -> None:
    chance = random.Random(3)
    heads = (b"", b"ElfFile\0", b"\x1f\x8b\x08", b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b'{"', b"[", b"<Event ", b"CEF:0|")
    for extension in EXTENSIONS:
        for number, head in enumerate(heads):
            (tmp_path / f"noise{number}{extension}").write_bytes(head + chance.randbytes(20_000))
    ran = codedark.hunt(tmp_path)
    assert ran.code == 0
    told = {line["source"].partition("#")[0] for line in ran.rejects}
    assert told == {str(path) for path in tmp_path.iterdir()}


@pytest.mark.parametrize("forced", ["evtx", "jsonl", "json", "xml", "syslog", "cef", "leef", "auditd", "zeek", "csv"])
def test_random_bytes_forced_into_a_format(codedark: Command, tmp_path: Path, forced: str) -> None:
    (tmp_path / "noise").write_bytes(random.Random(4).randbytes(300_000))
    (tmp_path / "zeros").write_bytes(bytes(300_000))
    (tmp_path / "nothing").write_bytes(b"")
    assert codedark.hunt(tmp_path, "--input-format", forced).code == 0


def test_nul_bytes_cost_only_the_lines_that_hold_them(codedark: Command, tmp_path: Path) -> None:
    data = bytearray(windows_lines(300))
    for at in range(5_000, len(data), 5_000):
        data[at] = 0
    (tmp_path / "a.jsonl").write_bytes(data)
    text = syslog_lines(200).replace(b"sshd[7]", b"ssh\0\0\0")
    (tmp_path / "b.log").write_bytes(text)
    ran = codedark.hunt(tmp_path)
    assert ran.read[0] == lines_in(data) + lines_in(text)
    assert ran.read[2] <= data.count(0)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_other_encodings_are_read(codedark: Command, tmp_path: Path, encoding: str) -> None:
    events, lines = windows_lines(50, User="Zoë").decode(), syslog_lines(50).decode()
    (tmp_path / "a.jsonl").write_bytes(events.encode(encoding))
    (tmp_path / "b.log").write_bytes(lines.encode(encoding))
    ran = codedark.hunt(tmp_path)
    assert ran.read == (100, 100, 0)
    assert len(ran.findings) == 50


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "shift-jis", "utf-7", "utf-32"])
def test_wrong_encodings_lose_no_line(codedark: Command, tmp_path: Path, encoding: str) -> None:
    name = "Zoë" if encoding in {"latin-1", "cp1252"} else "日本"
    event = json.dumps({"Channel": "Security", "EventID": 1, "User": name}, ensure_ascii=False) + "\n"
    line = f"Jan 13 06:32:01 web01 sshd[1]: session opened for user {name}\n"
    (tmp_path / "a.jsonl").write_bytes((event * 20).encode(encoding))
    (tmp_path / "b.log").write_bytes((line * 20).encode(encoding))
    ran = codedark.hunt(tmp_path)
    assert ran.read[0] == 40 or encoding == "utf-32"  # which no log is written in


def test_utf16_that_is_cut_or_damaged(codedark: Command, tmp_path: Path) -> None:
    whole = windows_lines(50).decode().encode("utf-16")
    (tmp_path / "cut.jsonl").write_bytes(whole[:-3])
    (tmp_path / "lone.jsonl").write_bytes(whole[:1002] + b"\x00\xd8" + whole[1004:])
    ran = codedark.hunt(tmp_path)
    assert ran.read == (100, 98, 2)


# --- Too large, too deep


@pytest.mark.parametrize(
    ("begin", "good"),
    [
        (b'{"Channel":"Security","EventID":1,"x":"', windows_lines(5)),
        (b"Jan 13 06:32:01 web01 sshd[1]: ", syslog_lines(5)),
        (b"<13>1 2026-01-13T06:32:01Z host app - - - ", b"<13>1 2026-01-13T06:32:01Z host app - - - x\n" * 5),
        (b"CEF:0|a|b|1|2|3|4|msg=", b"CEF:0|a|b|1|2|3|4|msg=x\n" * 5),
    ],
)
def test_a_line_of_200_megabytes(codedark: Command, tmp_path: Path, begin: bytes, good: bytes) -> None:
    for name, before in (("first", b""), ("later", good)):
        with (tmp_path / name).open("wb") as file:
            file.write(before + begin)
            file.seek(200 << 20)  # what lies between is a hole: zeros that take no space
            file.write(b"\n" + good)
    ran = codedark.hunt(tmp_path)
    assert ran.read == (17, 15, 2)


def test_200_megabytes_without_a_line_end(codedark: Command, tmp_path: Path) -> None:
    for extension in EXTENSIONS:
        with (tmp_path / f"log{extension}").open("wb") as file:
            file.write(b"{" if extension.startswith(".json") else b"<Event " if extension == ".xml" else b"")
            file.truncate(200 << 20)
    ran = codedark.hunt(tmp_path)
    assert ran.read == (len(EXTENSIONS), 0, len(EXTENSIONS))


@pytest.mark.parametrize("pair", [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_json_ten_thousand_deep(codedark: Command, tmp_path: Path, pair: tuple[str, str]) -> None:
    deep = pair[0] * 10_000 + "1" + pair[1] * 10_000
    (tmp_path / "file.json").write_text(deep)
    event = f'{{"Channel":"Security","EventID":1,"x":{deep}}}\n'.encode()
    lines = windows_lines(5) + event + windows_lines(5)
    (tmp_path / "line.jsonl").write_bytes(lines)
    (tmp_path / "open.json").write_text(pair[0] * 100_000)
    ran = codedark.hunt(tmp_path)
    in_lines = [line for line in ran.rejects if line["source"].endswith("line.jsonl")]
    assert ran.read[1] + len(in_lines) == 11
    assert {Path(line["source"]).name for line in ran.rejects} >= {"file.json", "open.json"}


def test_xml_that_expands_or_fetches_is_not_obeyed(codedark: Command, tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    event = "<Event><System><Channel>Security</Channel><EventID>1</EventID><Computer>{}</Computer></System></Event>"
    (tmp_path / "laughs.xml").write_text(
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]>\n' + event.format("&l9;")
    )
    (tmp_path / "fetch.xml").write_text(
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n' + event.format("&e;")
    )
    (tmp_path / "deep.xml").write_text("<Event>" + "<a>" * 50_000 + "</a>" * 50_000 + "</Event>")
    ran = codedark.hunt(tmp_path)
    assert ran.read == (3, 0, 3)
    assert b"root:" not in ran.out


# --- Archives


def test_bombs_do_not_go_off(codedark: Command, tmp_path: Path) -> None:
    zeros = b"".join(_gzip_of_zeros(1 << 30))
    (tmp_path / "zeros.gz").write_bytes(zeros)
    (tmp_path / "zeros.zst").write_bytes(zstandard.ZstdCompressor().compress(bytes(64 << 20)) * 16)
    nested = zipped({"zeros.gz": zeros})
    for level in range(6):
        nested = zipped({f"{level}-{copy}.zip": nested for copy in range(3)})
    (tmp_path / "nested.zip").write_bytes(nested)
    (tmp_path / "many.zip").write_bytes(zipped({str(n): b"" for n in range(20_000)}))
    ran = codedark.hunt(tmp_path)
    assert ran.code == 0
    assert {Path(line["source"].partition("#")[0]).name for line in ran.rejects} == {
        "zeros.gz",
        "zeros.zst",
        "nested.zip",
        "many.zip",
    }


def _gzip_of_zeros(size: int) -> Iterator[bytes]:
    """Several gzip streams behind each other, as gzip allows, so that the test need not pack a gigabyte."""
    one = gzip.compress(bytes(64 << 20), 9)
    for _ in range(size // (64 << 20)):
        yield one


def test_names_in_archives_lead_nowhere(codedark: Command, tmp_path: Path) -> None:
    names = ["../../escaped.jsonl", "/tmp/absolute.jsonl", "C:\\windows.jsonl", "a/../../b.jsonl", "\x1b[2J\n.jsonl"]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "evil.zip").write_bytes(zipped({name: windows_lines(1) for name in names}))
    before = set(tmp_path.rglob("*"))
    ran = codedark.hunt(tmp_path / "in")
    assert ran.read == (5, 5, 0)
    assert set(tmp_path.rglob("*")) == before
    assert not Path("/tmp/absolute.jsonl").exists()
    sources = [finding["source"] for finding in ran.findings]
    assert f"{tmp_path}/in/evil.zip#../../escaped.jsonl" in sources
    assert not any("\x1b" in source or "\n" in source for source in sources)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress, lambda data: zipped({"a.jsonl": data})])
def test_archives_that_are_cut_or_damaged(codedark: Command, tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    whole = pack(windows_lines(3_000))
    chance = random.Random(5)
    for number in range(12):
        (tmp_path / f"cut{number}").write_bytes(whole[: chance.randrange(4, len(whole))])
        flipped = bytearray(whole)
        flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        (tmp_path / f"flipped{number}").write_bytes(flipped)
    ran = codedark.hunt(tmp_path)
    told = {Path(line["source"].partition("#")[0]).name for line in ran.rejects}
    assert told >= {f"cut{number}" for number in range(12)}


# --- Files that are none


def test_what_is_no_file_is_told_and_passed_over(codedark: Command, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    (logs / "folder.evtx").mkdir(parents=True)
    (logs / "folder.evtx" / "good.jsonl").write_bytes(windows_lines(3))
    (logs / "broken.evtx").symlink_to(tmp_path / "not there")
    (logs / "itself.log").symlink_to(logs / "itself.log")
    (logs / "again").symlink_to(logs, target_is_directory=True)
    os.mkfifo(logs / "pipe.jsonl")
    (logs / "memory").symlink_to("/proc/self/mem")
    (logs / "device").symlink_to("/dev/zero")
    (logs / "empty.evtx").write_bytes(b"")
    (logs / "blank.jsonl").write_bytes(b"\n \n\r\n")
    (logs / os.fsdecode(b"n\xffme.jsonl")).write_bytes(windows_lines(2))
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(logs)  # the address of a socket is short
        try:
            server.bind("socket")
        finally:
            os.chdir(here)
        ran = codedark.hunt(logs)
    assert ran.code == 0
    assert ran.read[1] == 5
    told = {Path(line["source"]).name for line in ran.rejects}
    assert told >= {"broken.evtx", "itself.log", "pipe.jsonl", "device", "socket"}
    assert ran.read[2] == len(ran.rejects)


def test_empty_folder_and_empty_file(codedark: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert codedark.hunt(tmp_path / "empty").read == (0, 0, 0)
    (tmp_path / "file.evtx").write_bytes(b"")
    assert codedark.hunt(tmp_path / "file.evtx").read == (0, 0, 0)
    table = codedark.run("hunt", tmp_path / "empty", "--rules", codedark.rules)
    assert b"Nothing was judged" in table.out


# --- Rules


_NUMBERS = itertools.count(1)


def rule(detection: str, **more: str) -> str:
    number = next(_NUMBERS)
    head = {"title": f"r{number}", "id": f"00000000-0000-4000-9000-{number:012}", **more}
    lines = [f"{key}: {value}" for key, value in head.items()]
    return "\n".join([*lines, "logsource: {product: windows}", f"detection: {detection}", ""])


FINE = "{s: {CommandLine: x}, condition: s}"
BAD_RULES: dict[str, str | bytes] = {
    "not yaml": "title: [\n  - {",
    "binary": random.Random(6).randbytes(5_000),
    "nul": b"\0" * 5_000,
    "a list": "- 1\n- 2\n",
    "a text": "just text\n",
    "tab": "title:\tx\n\t- y\n",
    "wrong encoding": "title: Zoë\n".encode("utf-16"),
    "look-around": rule("{s: {CommandLine|re: '(?<=a)b(?!c)'}, condition: s}"),
    "back-reference": rule(r"{s: {CommandLine|re: '(a+)\1'}, condition: s}"),
    "broken regex": rule("{s: {CommandLine|re: '(a'}, condition: s}"),
    "huge repeat": rule("{s: {CommandLine|re: '((a{1000}){1000}){1000}'}, condition: s}"),
    "unknown modifier": rule("{s: {CommandLine|sideways: x}, condition: s}"),
    "missing detection": "title: x\nid: 00000000-0000-4000-9000-000000000001\nlogsource: {product: windows}\n",
    "missing condition": rule("{s: {CommandLine: x}}"),
    "condition naming nothing": rule("{s: {CommandLine: x}, condition: nothing and s}"),
    "condition that is none": rule("{s: {CommandLine: x}, condition: 's and and ('}"),
    "a number for a detection": rule("7"),
    "null everywhere": "title:\nid:\nlogsource:\ndetection:\n",
    "deep": rule("{s: " + "[" * 3_000 + "]" * 3_000 + ", condition: s}"),
    "wrong date": rule(FINE, date="yesterday"),
    "wrong level": rule(FINE, level="catastrophic"),
    "laughs": "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))
    + rule("{s: {CommandLine: *a9}, condition: s}"),
    "itself": "title: x\nlogsource: {product: windows}\ndetection: &d {s: *d, condition: s}\n",
    "cyclic correlation": "".join(
        f"title: {one}\nname: {one}\ncorrelation: {{type: event_count, rules: [{other}], group-by: [User], "
        "timespan: 1m, condition: {gte: 2}}\n---\n"
        for one, other in (("c1", "c2"), ("c2", "c1"))
    ),
}


def test_a_bad_rule_is_told_and_the_others_run(codedark: Command, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    for name, text in BAD_RULES.items():
        (rules / f"{name}.yml").write_bytes(text if isinstance(text, bytes) else text.encode())
    (rules / "good.yml").write_text(codedark.rules.read_text())
    (tmp_path / "log.jsonl").write_bytes(windows_lines(4, CommandLine="a" * 50))
    ran = codedark.run("hunt", tmp_path / "log.jsonl", "--rules", rules, "--format", "jsonl")
    assert ran.code == 0
    assert len(ran.findings) == 4
    checked = codedark.run("rules", "check", rules, "--format", "jsonl")
    problems = [json.loads(line) for line in checked.out.splitlines()]
    assert {Path(problem["path"]).stem for problem in problems} == set(BAD_RULES)
    assert all(problem["reason"] and "\n" not in problem["reason"] for problem in problems)


def test_duplicated_ids_are_told(codedark: Command, tmp_path: Path) -> None:
    for name in ("a.yml", "b.yml"):
        (tmp_path / name).write_text(codedark.rules.read_text())
    (tmp_path / "log.jsonl").write_bytes(windows_lines(4))
    ran = codedark.run("hunt", tmp_path / "log.jsonl", "--rules", tmp_path, "--format", "jsonl")
    assert ran.code == 0
    assert len(ran.findings) in {4, 8}


def test_a_regex_that_explodes_elsewhere_is_fast(codedark: Command, tmp_path: Path) -> None:
    for number, regex in enumerate((r"(a+)+$", r"^(a|aa)+$", r"(.*a){20}b", r"(x+x+)+y")):
        (tmp_path / f"{number}.yml").write_text(rule(f"{{s: {{CommandLine|re: '{regex}'}}, condition: s}}"))
    (tmp_path / "log.jsonl").write_bytes(windows_lines(200, CommandLine="a" * 5_000 + "!" + "x" * 5_000))
    assert codedark.hunt(tmp_path / "log.jsonl", "--rules", tmp_path, seconds=30).seconds < 20


def test_a_rule_with_ten_thousand_values(codedark: Command, tmp_path: Path) -> None:
    values = ", ".join(f"value{n}" for n in range(10_000))
    (tmp_path / "large.yml").write_text(rule(f"{{s: {{CommandLine|contains: [{values}]}}, condition: s}}"))
    (tmp_path / "log.jsonl").write_bytes(windows_lines(10, CommandLine="a value9999 b"))
    ran = codedark.run("hunt", tmp_path / "log.jsonl", "--rules", tmp_path, "--format", "jsonl")
    assert len(ran.findings) == 10


def test_ten_megabytes_of_yaml(codedark: Command, tmp_path: Path) -> None:
    (tmp_path / "large.yml").write_text("title: x\nlogsource: {product: windows}\nnotes:\n" + "- some text\n" * 800_000)
    (tmp_path / "good.yml").write_text(codedark.rules.read_text())
    (tmp_path / "log.jsonl").write_bytes(windows_lines(4))
    ran = codedark.run("hunt", tmp_path / "log.jsonl", "--rules", tmp_path, "--format", "jsonl", seconds=60)
    assert len(ran.findings) == 4


def test_a_folder_of_rules_that_holds_itself_and_what_is_no_file(codedark: Command, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "again").symlink_to(rules, target_is_directory=True)
    (rules / "good.yml").write_text(codedark.rules.read_text())
    (rules / "folder.yml").mkdir()
    (tmp_path / "log.jsonl").write_bytes(windows_lines(4))
    ran = codedark.run("hunt", tmp_path / "log.jsonl", "--rules", rules, "--format", "jsonl")
    assert len(ran.findings) == 4
    (rules / "broken.yml").symlink_to(tmp_path / "not there")
    os.mkfifo(rules / "pipe.yml")
    codedark.run("hunt", tmp_path / "log.jsonl", "--rules", rules, seconds=20)


def test_names_and_words_of_rules_are_shown_and_not_obeyed(codedark: Command, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    evil = '"[bold]x[/nonsense] \\e[2J \\u202e [/]"'
    every = "{s: {Channel|exists: true}, condition: s}"
    (rules / os.fsdecode(b"n\xffme.yml")).write_text(rule(every).replace("title: ", f"title: {evil} #"))
    (rules / "[bad].yml").write_text(rule("{s: {x|re: '[/a](b'}, condition: s}").replace("title: ", f"title: {evil} #"))
    (tmp_path / "log.jsonl").write_bytes(windows_lines(4, Computer="[/b]\x1b[2J\u202e"))
    for form in ("table", "json", "jsonl", "csv", "ocsf"):
        ran = codedark.run("hunt", tmp_path / "log.jsonl", "--rules", rules, "--format", form)
        assert ran.code == 0
        assert b"\x1b" not in ran.out or form == "csv"  # which has no escapes
        assert b"x[/nonsense]" in ran.out
    codedark.run("hunt", tmp_path / "log.jsonl", "--rules", rules, "--report", tmp_path / "page.html")
    for command, form in itertools.product(("check", "list"), ("table", "json", "jsonl")):
        ran = codedark.run("rules", command, rules, "--format", form)
        assert ran.code == 0
        assert b"\x1b" not in ran.out


@pytest.mark.parametrize(
    "text",
    [
        "placeholders: [",
        "placeholders: 7",
        "- 1",
        "\x00",
        "placeholders: {a: {b: c}}",
        "placeholders:\n  ? [1, 2]\n  : x\n",
        "x: &x [*x]",
        "[" * 5_000,
    ],
)
def test_a_hospital_file_that_cannot_be_used(codedark: Command, tmp_path: Path, text: str) -> None:
    (tmp_path / "hospital.yaml").write_text(text)
    (tmp_path / "log.jsonl").write_bytes(windows_lines(1))
    args = ["hunt", tmp_path / "log.jsonl", "--rules", codedark.rules, "--hospital", tmp_path / "hospital.yaml"]
    ran = codedark.run(*args)
    assert ran.code == 0 or len(ran.err.splitlines()) == 1


# --- Outputs


@pytest.mark.parametrize("option", ["--output", "--report", "--summary", "--rejects"])
def test_outputs_that_cannot_be_written(codedark: Command, tmp_path: Path, option: str) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(windows_lines(2_000, CommandLine="x" * 100) + b"{\n" * 20_000)
    before = log.read_bytes()
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.jsonl").symlink_to(log)
    (tmp_path / "hard.jsonl").hardlink_to(log)
    wrong = [tmp_path / "folder", tmp_path / "no" / "such", tmp_path / "link.jsonl", Path("/dev/full")]
    if option == "--output":
        wrong += [log, log / "below", tmp_path / "hard.jsonl", tmp_path / "folder" / ".." / "log.jsonl"]
        wrong += [Path("/proc/nothing"), tmp_path / ("x" * 300)]
    for path in wrong:
        codedark.fails("hunt", log, "--rules", codedark.rules, "--format", "jsonl", option, path)
    codedark.fails("hunt", log, "--rules", codedark.rules, "--format", "table", option, "/dev/full")
    assert log.read_bytes() == before
    assert "hunted through" in codedark.fails("hunt", tmp_path, "--rules", codedark.rules, option, tmp_path / "inside")
    assert not (tmp_path / "inside").exists()


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "ocsf"])
def test_stdout_that_is_full_or_gone(codedark: Command, tmp_path: Path, form: str) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(windows_lines(20_000))
    args = ["hunt", log, "--rules", codedark.rules, "--format", form]
    with Path("/dev/full").open("wb") as full:
        ran = codedark.run(*args, stdout=full)
    assert ran.code == 2
    assert "No space left on device" in ran.err
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ran = codedark.run(*args, stdout=writing)
    finally:
        os.close(writing)
    assert ran.code == 0
    closed = codedark.start(*args, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with closed as process:
        assert process.stdout
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr
        assert b"Traceback" not in process.stderr.read()
    assert process.returncode == 0


# --- Stopped from outside


@pytest.fixture(scope="module")
def long_logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Logs that take far longer than the tests below."""
    folder = tmp_path_factory.mktemp("long")
    block = windows_lines(20_000)
    for number in range(4):
        with gzip.open(folder / f"{number}.jsonl.gz", "wb", 1) as file:
            for _ in range(100):
                file.write(block)
    return folder


def _at_work(process: subprocess.Popen[bytes], found: Path) -> list[int]:
    """Wait until records are judged; the workers."""
    for _ in range(600):
        if found.exists() and found.stat().st_size:
            return children_of(process.pid)
        time.sleep(0.05)
    raise AssertionError("the hunt did not begin")


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_ends_with_what_was_found(codedark: Command, long_logs: Path, tmp_path: Path, jobs: int) -> None:
    summary, found = tmp_path / "summary.json", tmp_path / "found"
    books = ["--summary", summary, "--jobs", str(jobs), "--output", found]
    args = ["hunt", long_logs, "--rules", codedark.rules, "--format", "jsonl", *books]
    with codedark.start(*args, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        workers = _at_work(process, found)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=15)
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert b"INTERRUPTED" in err
    told = json.loads(summary.read_text())
    assert told["interrupted"] is True
    assert told["events_read"] == told["events_judged"] + told["events_rejected"] > 0
    assert told["findings"] == found.read_bytes().count(b"\n")
    assert len(workers) == (jobs if jobs > 1 else 0)
    assert not set(workers) & processes().keys()


@pytest.mark.parametrize("moment", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5])
def test_ctrl_c_at_any_moment_is_no_traceback(codedark: Command, long_logs: Path, moment: float) -> None:
    codedark.peak.unlink(missing_ok=True)
    args = ["hunt", long_logs, "--rules", codedark.rules, "--format", "jsonl", "--jobs", "2"]
    with codedark.start(*args, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        while not codedark.peak.exists():  # before that, modules are loaded
            time.sleep(0.01)
        time.sleep(moment)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=15)
    assert b"Traceback" not in err
    assert process.returncode == 130


STOPPED_WHILE_LOADING = """
import os, signal, sys

module = sys.argv.pop(1)

class Stops:
    def find_spec(self, name, *_):
        if name == module:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Stops())
from codedark.__main__ import run
run()
"""


@pytest.mark.parametrize("module", ["codedark.cli.hunt", "codedark.cli.main", "typer", "msgspec", "codedark.app.hunt"])
def test_ctrl_c_while_modules_are_loaded_is_no_traceback(module: str) -> None:
    ran = subprocess.run([sys.executable, "-c", STOPPED_WHILE_LOADING, module], capture_output=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, b"", b"codedark: stopped\n")


def test_ctrl_c_is_ignored_while_modules_are_loaded_if_the_caller_wants_that() -> None:
    code = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n{STOPPED_WHILE_LOADING}"
    ran = subprocess.run([sys.executable, "-c", code, "typer", "--help"], capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_a_worker_that_is_killed_ends_the_hunt_with_a_reason(
    codedark: Command, long_logs: Path, tmp_path: Path
) -> None:
    found = tmp_path / "found"
    args = ["hunt", long_logs, "--rules", codedark.rules, "--format", "jsonl", "--jobs", "2", "--output", found]
    with codedark.start(*args, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        workers = _at_work(process, found)
        os.kill(workers[0], signal.SIGKILL)
        _, err = process.communicate(timeout=15)
    assert process.returncode == 2
    assert len(err.splitlines()) == 1
    assert b"a worker ended" in err
    assert not set(workers) & processes().keys()


def test_workers_end_with_a_parent_that_is_killed(codedark: Command, long_logs: Path, tmp_path: Path) -> None:
    found = tmp_path / "found"
    args = ["hunt", long_logs, "--rules", codedark.rules, "--format", "jsonl", "--jobs", "2", "--output", found]
    with codedark.start(*args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        workers = _at_work(process, found)
        process.kill()
    for _ in range(200):
        if not set(workers) & processes().keys():
            return
        time.sleep(0.05)
    raise AssertionError("workers run on")
