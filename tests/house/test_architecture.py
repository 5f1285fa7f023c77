"""`docs/architecture.md` names every folder once, and none that is not there; its layers are those that are checked."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.house.repository import ROOT, SOURCE, coded, folders, table

PAGE = (ROOT / "docs" / "architecture.md").read_text()


def packages(under: Path) -> list[Path]:
    """``under`` and the packages in it; what is in `content` is data and stands for itself."""
    inner = [] if under.name == "content" else folders(under)
    return [under, *(package for folder in inner for package in packages(folder))]


@pytest.mark.parametrize(
    ("heading", "there"), [("The repository", folders(ROOT)), ("The program", packages(SOURCE))], ids=["top", "program"]
)
def test_every_folder_has_its_sentence(heading: str, there: list[Path]) -> None:
    rows = table(PAGE, heading)
    assert sorted(coded(name) for name, _ in rows) == sorted(str(path.relative_to(ROOT)) for path in there)
    assert all(re.fullmatch(r"[A-Z](?:(?!\. ).){20,}\.", sentence) for _, sentence in rows)


def _contracts() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    return found


def test_layers_on_one_line_may_not_import_each_other() -> None:
    layers = [layer for contract in _contracts() for layer in contract.get("layers", ())]
    assert [layer for layer in layers if ":" in layer] == []  # to import-linter that is: as they please


def test_layers_are_those_that_import_linter_holds() -> None:
    contracts = _contracts()
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    section = PAGE.split("\n## Direction of imports\n", 1)[1]
    block = re.search(r"```\n(.*?)\n```", section, re.DOTALL)
    assert block
    assert block[1].splitlines() == layers


def test_every_layer_is_there_and_in_the_contract() -> None:
    named = set(re.findall(r"^[a-z |]+$", PAGE.split("```")[1], re.MULTILINE))
    layers = {layer for line in named for layer in line.split(" | ")}
    there = {path.stem for path in SOURCE.iterdir() if not path.stem.startswith("__")} - {"content"}
    assert layers == there


def test_modules_that_the_page_names_are_there() -> None:
    modules = re.findall(r"`((?:[a-z]+/)+[\w-]+\.(?:py|yaml|md))`", PAGE)
    assert [name for name in modules if not (SOURCE / name).is_file() and not (ROOT / name).is_file()] == []
    assert len(modules) > 5
    drawn = re.findall(r"\b((?:app|ingest|store|detect|events)(?:\.[a-z_]+)+)", PAGE)
    there = {".".join(path.relative_to(SOURCE).with_suffix("").parts) for path in SOURCE.rglob("*.py")}
    assert [name for name in drawn if name not in there] == []
