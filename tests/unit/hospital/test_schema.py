"""The published schema says what the model holds: the same words, keys and columns."""

from __future__ import annotations

import dataclasses
import json
from enum import StrEnum
from typing import Any

import jsonschema_rs
import pytest

from codedark.hospital.account import Account, AccountKind
from codedark.hospital.asset import Asset, AssetKind, Support
from codedark.hospital.hospital import SCHEMA_VERSION, Flows
from codedark.hospital.load.columns import LAYOUTS
from codedark.hospital.load.structure import schema_text
from codedark.hospital.service import Service, Tier
from codedark.hospital.ward import Ward
from codedark.hospital.zone import Purpose, Zone

SCHEMA: Any = json.loads(schema_text())
PARTS = SCHEMA["$defs"]


def names(kind: type[Any]) -> list[str]:
    return [field.name for field in dataclasses.fields(kind)]


def test_schema_is_a_schema_of_this_version() -> None:
    jsonschema_rs.meta.validate(SCHEMA)
    assert SCHEMA["properties"]["schema"]["const"] == SCHEMA_VERSION
    assert SCHEMA["$id"].endswith(f":{SCHEMA_VERSION}")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (PARTS["asset_kind"], AssetKind),
        (PARTS["asset"]["properties"]["support"], Support),
        (PARTS["account"]["properties"]["kind"], AccountKind),
        (PARTS["zone"]["properties"]["purpose"], Purpose),
    ],
    ids=["asset", "support", "account", "purpose"],
)
def test_words_are_those_of_the_model(rule: dict[str, Any], words: type[StrEnum]) -> None:
    assert rule["enum"] == [each.value for each in words]


def test_tiers_are_those_of_the_model() -> None:
    tier = PARTS["service"]["properties"]["tier"]
    assert list(range(tier["minimum"], tier["maximum"] + 1)) == [each.value for each in Tier]


@pytest.mark.parametrize(
    ("part", "kind"),
    [("zone", Zone), ("ward", Ward), ("service", Service), ("asset", Asset), ("account", Account)],
)
def test_keys_are_the_fields_of_the_model(part: str, kind: type[Any]) -> None:
    assert {"id", *PARTS[part]["properties"]} == set(names(kind))


def test_columns_are_the_fields_of_the_model() -> None:
    assert list(LAYOUTS["assets"].columns) == names(Asset)
    assert list(LAYOUTS["accounts"].columns) == names(Account)
    assert [column.rstrip("s") for column in LAYOUTS["flows"].columns] == [name.rstrip("s") for name in names(Flows)]


def test_tables_are_those_that_are_read() -> None:
    assert list(SCHEMA["properties"]["tables"]["properties"]) == list(LAYOUTS)
