"""Whether `hospital.yaml` has the shape of its JSON Schema, in sentences instead of validator's terms."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

import jsonschema_rs

from codedark.hospital.load.document import Table, line_of, plain
from codedark.hospital.load.report import Report, listed, suggestion

Path = Sequence[str | int]
_ALTERNATIVES: Final = frozenset({"oneOf", "anyOf"})
_TYPES: Final = {
    "array": "a list in [ ]", "object": "a list of `key: value`", "string": "a text", "number": "a number",
    "integer": "a whole number", "boolean": "true or false", "null": "nothing",
}  # fmt: skip
_FORMS: Final = {
    "date": ("a date of the calendar", "write it as 2027-01-31"),
    "id": ("a name", "use no `;`, no line break and no space at either end"),
    "file": ("a file name", "name a file that lies beside hospital.yaml, without folders"),
    "line": ("one line of text", "take out line breaks and control characters"),
}
_LIMITS: Final = {"minimum": "at least", "maximum": "at most"}


def schema_text() -> str:
    """The published JSON Schema."""
    return (files("codedark") / "content" / "hospital" / "hospital.schema.json").read_text("utf-8")


def known_keys() -> Collection[str]:
    """What may stand in `hospital.yaml` at the left margin."""
    known: Collection[str] = _schema()["properties"]
    return known


def check(root: Table, report: Report) -> list[Path]:
    """Report every part that has not the shape of the schema. Returns the paths of these parts."""
    errors = list(_validator().iter_errors(plain(root)))
    unknown = {tuple(error.instance_path) for error in errors if error.kind.name == "additionalProperties"}
    broken: list[Path] = []
    for error in errors:
        path = error.instance_path
        if error.kind.name in _ALTERNATIVES and tuple(path) in unknown:
            continue  # the misspelt key is why no alternative fits
        broken.append(path)
        for at, what, mend in _told(error, path):
            report.error(line_of(root, at), what, mend)
    return broken


@cache
def _schema() -> Any:
    return json.loads(schema_text())


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(_schema(), validate_formats=True)


def _told(error: Any, path: Path) -> Iterable[tuple[Path, str, str]]:
    kind, name = error.kind, _named(path)
    rule: Any = _at(error.schema_path)
    match kind.name:
        case "additionalProperties":
            known = _at(error.schema_path[:-1])["properties"]
            for key in kind.unexpected:
                what = f"`{key}` is not known in {name}" if path else f"`{key}` is not known"
                yield [*path, key], what, suggestion(key, known) or f"known are {listed(known, 20)}"
        case "required":
            yield path, f"{name} has no `{kind.property}`", f"add `{kind.property}:`{_choice_of(error, kind.property)}"
        case "enum":
            shown = _shown(error.instance)
            mend = suggestion(str(error.instance), rule) or f"choose one of {listed(rule, 40)}"
            yield path, f"{name} is {shown}, which is none of the known values", mend
        case "type":
            wanted = " or ".join(dict.fromkeys(_TYPES[each] for each in ([rule] if isinstance(rule, str) else rule)))
            yield path, f"{name} is {_shown(error.instance)}", f"write {wanted}"
        case "format" | "pattern" | "propertyNames":
            yield path, *_form(error, name)
        case "minimum" | "maximum":
            yield path, f"{name} is {_shown(error.instance)}", f"it must be {_LIMITS[kind.name]} {rule}"
        case "const":
            what = f"schema {_shown(error.instance)} is not supported: this version of Code Dark reads schema {rule}"
            yield path, what, f"write `schema: {rule}`, or install the version of Code Dark that wrote this file"
        case "oneOf":
            keys = [each["required"][0] for each in rule]
            given = [key for key in keys if key in error.instance]
            what = f"{name} has {listed(given)} side by side" if given else f"{name} says nothing"
            yield path, what, f"write exactly one of {listed(keys)}; several needs stand in `all:`"
        case "anyOf":
            yield path, "the hospital has no name", "add `name:`"
        case _:
            yield path, f"{name}: {error.message}", "see `codedark hospital schema`"


def _form(error: Any, name: str) -> tuple[str, str]:
    if error.kind.name == "propertyNames":
        bad = [key for key in error.instance if key != key.strip() or not key or ";" in key or not key.isprintable()]
        return f"{listed(map(repr, bad))} is no name in {name}", _FORMS["id"][1]
    form = "date" if error.kind.name == "format" else next(part for part in error.schema_path if part in _FORMS)
    what, mend = _FORMS[str(form)]
    return f"{name} is {_shown(error.instance)}, which is not {what}", mend


def _choice_of(error: Any, key: str) -> str:
    """The values that a missing key may have, where it is one of a few."""
    rule = _at(error.schema_path[:-1])["properties"].get(key, {})
    while "$ref" in rule:
        rule = _at(rule["$ref"].split("/")[1:])
    return f" {listed(rule['enum'], 40)}" if "enum" in rule else ""


def _at(path: Path) -> Any:
    rule = _schema()
    for step in path:
        rule = rule[step]
    return rule


def _named(path: Path) -> str:
    """``services.ehr.needs.all[2]``, as a person would say where."""
    if not path:
        return "the file"
    return "`" + "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path)[1:] + "`"


def _shown(value: Any) -> str:
    match value:
        case None:
            return "empty"
        case dict():
            return "a list of `key: value`"
        case list():
            return "a list"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"
