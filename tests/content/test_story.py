"""The story of logs in examples/ is what its generator writes, small, and free of what must not be in it."""

from __future__ import annotations

import gzip
import ipaddress
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).parent
EXAMPLES = HERE.parent.parent / "examples"
RULES = HERE.parent.parent / "src" / "codedark" / "content" / "rules"
LOGS = sorted(path.relative_to(EXAMPLES / "logs") for path in (EXAMPLES / "logs").rglob("*") if path.is_file())
# RFC 5737 and RFC 1918; 0.0.0.0 and loopback mean no machine.
ALLOWED = [ipaddress.ip_network(net) for net in
           ("10.0.0.0/8", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "127.0.0.0/8")]  # fmt: skip


def content(path: Path) -> bytes:
    """The bytes of a log, unpacked: what deflate makes of them differs between versions of zlib."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def test_story_is_what_its_generator_writes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-B", EXAMPLES / "make_story.py", tmp_path], check=True)
    written = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert written == LOGS
    assert [log for log in LOGS if content(tmp_path / log) != content(EXAMPLES / "logs" / log)] == []


def test_story_is_small() -> None:
    assert sum((EXAMPLES / "logs" / log).stat().st_size for log in LOGS) < 1_500_000


@pytest.mark.parametrize("log", LOGS, ids=str)
def test_story_names_no_real_address_or_domain(log: Path) -> None:
    text = content(EXAMPLES / "logs" / log).decode()
    found = {ipaddress.ip_address(a) for a in re.findall(r"(?<![\d.v])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])", text)}
    assert [a for a in found if not any(a in net for net in ALLOWED)] == []
    assert re.findall(r"\b[\w-]+\.(?:com|net|org|be|nl|eu|io)\b", text) == []


def test_expected_findings_are_of_rules_that_exist() -> None:
    expected = yaml.safe_load((HERE / "story_expected.yaml").read_text())["findings"]
    assert len(expected) >= 15
    assert set(expected) <= {path.stem for path in RULES.rglob("*.yml")}


def test_hospital_of_the_story_gives_every_placeholder_of_the_rules() -> None:
    story = yaml.safe_load((EXAMPLES / "hospital.yaml").read_text())["placeholders"]
    tests = yaml.safe_load((HERE / "placeholders.yaml").read_text())["placeholders"]
    assert set(story) == set(tests)
