"""`docs/reference/hospital.md` says what is read: its example loads, its keys and columns are those of the schema."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from codedark.hospital.load import load
from codedark.hospital.load.columns import LAYOUTS
from codedark.hospital.load.document import HOSPITAL_FILE
from codedark.hospital.load.structure import schema_text
from tests.house.repository import ROOT, coded, table

PAGE = (ROOT / "docs" / "reference" / "hospital.md").read_text()
SCHEMA: Any = json.loads(schema_text())


def block(language: str) -> bytes:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return str(found).encode()


def test_example_loads_without_a_problem() -> None:
    loaded = load({HOSPITAL_FILE: block("yaml"), "assets.csv": block("csv")})
    assert loaded.problems == ()
    assert loaded.hospital is not None
    assert len(loaded.hospital.assets) == 6


def test_keys_of_the_file_are_those_of_the_schema() -> None:
    keys = [coded(row[0]) for row in table(PAGE, "The file")]
    assert sorted(keys) == sorted(key for key in SCHEMA["properties"] if key != "hospital")


def test_keys_of_a_service_are_those_of_the_schema() -> None:
    assert [coded(row[0]) for row in table(PAGE, "A service")] == list(SCHEMA["$defs"]["service"]["properties"])


@pytest.mark.parametrize("name", LAYOUTS)
def test_columns_are_those_that_are_read(name: str) -> None:
    section = PAGE.split(f"\n### {name}.csv\n", 1)[1].split("\n#", 1)[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", section, re.MULTILINE)
    assert [column for column, _ in rows] == list(LAYOUTS[name].columns)
    assert {column for column, text in rows if text.endswith("Needed.")} == LAYOUTS[name].required
