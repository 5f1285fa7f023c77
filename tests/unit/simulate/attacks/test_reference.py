"""docs/reference/attacks.md says what there is: every trace with its parameters, every kind of cast, every attack."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
import yaml

from codedark.hospital.account import AccountId
from codedark.simulate.attacks.cast import CAST_KINDS, Another, Choice, Form
from codedark.simulate.attacks.reading import script_of
from codedark.simulate.attacks.scene import ALWAYS, ATTRIBUTES, Group, Peer
from codedark.simulate.attacks.script import Count, Span
from codedark.simulate.attacks.traces import KINDS
from codedark.simulate.attacks.traces.records import AnalyteName
from codedark.simulate.site import Host

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "reference" / "attacks.md").read_text()
SCRIPTS = sorted((ROOT / "src" / "codedark" / "content" / "attacks").glob("*.yaml"))
WORDS = {str: "text", int: "number", float: "number", bool: "yes/no", Count: "count", Span: "duration"}
CAST_WORDS = {Host: "host", Peer: "host or address", AccountId: "account", Group: "hosts", AnalyteName: "analyte"}


def vocabulary_table() -> str:
    rows = ["| trace | parameters (bold: must be said) | what it is |", "|---|---|---|"]
    for kind in sorted(KINDS.values(), key=lambda kind: kind.name):
        said = [
            f"**{name}** {_type(each.type)}" if each.required else f"{name} {_type(each.type)}"
            for name, each in kind.parameters.items()
        ]
        about = kind.summary + (" Needs `touches`." if kind.needs_patients else "")
        rows.append(f"| `{kind.name}` | {'; '.join(said)} | {about} |")
    return "\n".join(rows)


def _type(type_: Any) -> str:
    if get_origin(type_) is Literal:
        return " / ".join(f"`{word}`" for word in get_args(type_))
    if type_ in CAST_WORDS:
        return CAST_WORDS[type_]
    if get_origin(type_) is tuple:
        return f"list of {_type(get_args(type_)[0])}s"
    return WORDS[type_]


def cast_table() -> str:
    rows = ["| what | wishes |", "|---|---|"]
    for kind, wishes in CAST_KINDS.items():
        rows.append(f"| `{kind}` | {'; '.join(f'{name} {_wish(wish)}' for name, wish in wishes.items())} |")
    return "\n".join(rows)


def _wish(wish: Form | Choice | Another) -> str:
    match wish:
        case Form():
            return {"text": "text", "flag": "yes/no", "count": "count"}[wish]
        case Choice():
            return " / ".join(f"`{word}`" for word in wish.words) if len(wish.words) < 6 else "one of many"
        case Another():
            return f"a {' or '.join(wish.kinds)} above"


def test_the_table_of_traces_is_the_vocabulary() -> None:
    assert vocabulary_table() in PAGE


def test_the_table_of_the_cast_is_the_cast() -> None:
    assert cast_table() in PAGE


def test_every_placeholder_is_explained() -> None:
    for name in (*ALWAYS, *(f"victim.{attribute}" for attribute in ATTRIBUTES)):
        assert f"`{{{name}}}`" in PAGE


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_every_attack_has_its_row_its_own_name_and_sources(path: Path) -> None:
    script = script_of(path.read_bytes(), path.name)
    assert script.name == path.stem
    assert script.sources
    assert f"| `{script.name}` | {script.title} | {len(script.steps)} |" in PAGE


def test_the_example_is_a_script() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert yaml.safe_load(example)["name"] == script_of(example.encode()).name
