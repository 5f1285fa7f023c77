"""A ward PC gets few packages on a stick: those are enough for what a ward does, and are those of the lock."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import packages_distributions

from tests.house.repository import ROOT

BUNDLE = ROOT / "packaging" / "ward-station.txt"
ASKS = """
import sys
import codedark.cli.ward_forms, codedark.cli.ward_packs, codedark.cli.ward_print, codedark.cli.ward_serve
import codedark.cli.ward_station
import arabic_reshaper, bidi, codedark.cli.main
import codedark.app.ward.page, codedark.store.packs.ward_packs, uvicorn.protocols.http.httptools_impl
print(*sorted({name.partition('.')[0] for name, module in sys.modules.items()
    if 'site-packages' in (getattr(module, '__file__', None) or '')}))
"""
OPTIONAL = {"attrs", "editables", "greenlet", "pip", "setuptools", "uvloop"}
"""Used by others where they are there."""


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(text: str) -> dict[str, str]:
    """Each requirement with its hashes, by its name."""
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text)
    return {plain(block.partition("==")[0]): block.strip() for block in blocks if "==" in block.partition("\n")[0]}


def test_what_a_ward_runs_needs_only_what_is_on_the_stick() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", ASKS], capture_output=True, text=True, check=True, env=os.environ, cwd=ROOT
    )
    there = packages_distributions()
    needed = {plain(each) for name in ran.stdout.split() for each in there.get(name, [])[:1]}
    assert needed - pinned(BUNDLE.read_text("utf-8")).keys() - OPTIONAL - {"codedark"} == set()


def test_the_stick_has_the_versions_and_hashes_of_the_lock() -> None:
    lock = pinned((ROOT / "requirements.lock").read_text("utf-8"))
    for name, block in pinned(BUNDLE.read_text("utf-8")).items():
        assert lock[name].split("\n    # via")[0] == block.split("\n    # via")[0], name
