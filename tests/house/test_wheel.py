"""The wheel carries what the program reads at run time: rules, tables, the page of the report."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house.repository import ROOT, SOURCE, files


def test_wheel_holds_all_of_the_program(tmp_path: Path) -> None:
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("hatchling is not installed: the wheel cannot be built")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    shipped = set(zipfile.ZipFile(wheel).namelist())
    written = {str(path.relative_to(SOURCE.parent)) for path in files(SOURCE)}
    assert written - shipped == set()
    assert {name for name in shipped if ".dist-info/" not in name} - written == set()
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in shipped)
    for needed in ("report/page.html", "logsource.yaml", "attack.yaml", "rules/backup/shadow_copies_deleted.yml"):
        assert f"codedark/content/{needed}" in shipped
