"""Where a library is missing, as on a ward's PC, the commands that need it say so, and all others are there."""

from __future__ import annotations

import subprocess
import sys

import pytest

WITHOUT = """
import sys
from codedark.cli import main
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {missing!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
sys.argv = ["codedark", *{arguments!r}]
main.run()
"""
SERVERS = ("numpy", "duckdb", "reportlab", "scipy", "pyarrow", "hyperscan", "jsonschema_rs")


def without(missing: tuple[str, ...], *arguments: str) -> subprocess.CompletedProcess[str]:
    script = WITHOUT.format(missing=set(missing), arguments=arguments)
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("group", [(), ("ward",)])
def test_the_list_of_commands_is_shown_and_names_those_that_cannot_be_done_here(group: tuple[str, ...]) -> None:
    told = without(SERVERS, *group, "--help")
    assert (told.returncode, told.stderr) == (0, "")
    assert "Not on this machine" in told.stdout
    assert "Traceback" not in told.stdout


@pytest.mark.parametrize("options", [(), ("--patient", "4711")])
def test_a_command_without_its_library_says_so_in_one_sentence(options: tuple[str, ...]) -> None:
    told = without(SERVERS, "ward", "forms", "more.pdf", *options)
    assert told.returncode == 2
    assert told.stderr == (
        "codedark: forms: cannot be done on this machine, where reportlab is not installed, as on a ward's PC: do it"
        " where the whole program is\n"
    )


def test_a_module_of_our_own_that_is_missing_is_a_fault_of_the_program() -> None:
    assert "ModuleNotFoundError" in without(("codedark",), "ward", "list").stderr
