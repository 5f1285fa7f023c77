"""What no file of this repository may hold, and what every module has."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.house.repository import ROOT, SOURCE, files, texts

MACHINE_PATH = re.compile(r"(?<![\w.<])/(?:home|root|work|Users)/\w+")
LOGS = ("examples/", "tests/")
LONGEST_MODULE = 400
LONG_MODULE = 250
WEB = {".js", ".css", ".html", ".svg"}
MODULES = [path for path in files() if path.suffix == ".py"]


def test_no_file_names_a_path_of_a_machine() -> None:
    found = {name: MACHINE_PATH.findall(text) for name, text in texts() if not name.startswith(LOGS)}
    assert {name: paths for name, paths in found.items() if paths} == {}


def test_no_test_depends_on_a_path_of_a_machine() -> None:
    # Logs in tests may speak of home folders; a test that opens one is another matter.
    opened = re.compile(r"""(?:Path|open|chdir|cwd=)\(?\s*["']/(?:home|root|Users)/|(?<![\w.])/work/\w""")
    assert [name for name, text in texts() if name.startswith(LOGS) and opened.search(text)] == []


def test_no_code_is_minified() -> None:
    web = [path for path in files() if path.suffix in WEB]
    assert [path.name for path in web if ".min." in path.name] == []
    assert [path.name for path in web if any(len(line) > 500 for line in path.read_text().splitlines())] == []


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_says_what_it_is(module: Path) -> None:
    assert ast.get_docstring(ast.parse(module.read_text()))


def test_modules_are_short() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in MODULES if path.is_relative_to(SOURCE)}
    too_long = [path.name for path, length in lengths.items() if length > LONGEST_MODULE]
    long = sorted(((length, path.name) for path, length in lengths.items() if length > LONG_MODULE), reverse=True)
    assert too_long == [], f"cut these first, and look at all that are long: {long}"


def test_names_say_what_a_thing_is() -> None:
    empty = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert [path.name for path in files() if set(re.split(r"[._-]", path.name)) & empty] == []


def test_nothing_is_left_to_be_done() -> None:
    mark = re.compile(r"#.*\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
    assert [str(path.relative_to(ROOT)) for path in MODULES if mark.search(path.read_text())] == []


def test_no_two_modules_of_tests_have_one_name() -> None:
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []
