"""YAML as a tree that knows its lines. One problem ends the reading: what follows a syntax error means nothing.

Only plain data is read: no aliases (a few of them can stand for gigabytes), no tags, one document, `DEEPEST` levels.
The tree is built from libyaml's events without recursion, because its own composer overruns the stack on deep input.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from codedark.hospital.load.encoding import text_of
from codedark.hospital.load.scalar import value_of
from codedark.hospital.problem import Problem, Severity

HOSPITAL_FILE: Final = "hospital.yaml"
DEEPEST: Final = 50


@dataclass(slots=True)
class Scalar:
    """A word: as it is written, and what it means."""

    line: int
    text: str
    value: bool | int | float | str | None


@dataclass(slots=True)
class Listing:
    """A YAML sequence."""

    line: int
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """A YAML mapping: each key with the line of the key. ``repeated``: key, line of the first and of the other."""

    line: int
    entries: dict[str, Node] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    repeated: list[tuple[str, int, int]] = field(default_factory=list)


Node = Scalar | Listing | Table


def parse(file: str, data: bytes) -> tuple[Table, list[Problem]]:
    """The document in ``data``, or an empty one and what is wrong with it."""
    text, problems = text_of(file, data)
    if problems:
        return Table(1), problems
    try:
        root = _composed(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.YAMLError as error:
        return Table(1), [_syntax_problem(file, error)]
    except _Refused as refused:
        return Table(1), [Problem(Severity.ERROR, file, refused.line, refused.what, refused.mend)]
    if not isinstance(root, Table):
        what = "this is no list of `key: value`"
        return Table(1), [Problem(Severity.ERROR, file, 1, what, "begin with `schema: 1` and `name: <the hospital>`")]
    return root, list(_repetitions(file, root))


def plain(node: Node) -> Any:
    """The tree as dicts, lists and values, as the JSON Schema sees it."""
    match node:
        case Scalar():
            return node.value
        case Listing():
            return [plain(item) for item in node.items]
        case Table():
            return {key: plain(value) for key, value in node.entries.items()}


def line_of(node: Node, path: Sequence[str | int]) -> int:
    """The line at which ``path`` stands, or the last one on the way to it."""
    line = node.line
    for step in path:
        if isinstance(node, Table) and step in node.entries:
            line, node = node.lines[str(step)], node.entries[str(step)]
        elif isinstance(node, Listing) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            line = node.line
        else:
            break
    return line


class _Refused(Exception):
    """YAML that is well formed and not read here."""

    def __init__(self, line: int, what: str, mend: str) -> None:
        super().__init__(what)
        self.line, self.what, self.mend = line, what, mend


def _composed(events: Iterator[Any]) -> Node | None:
    root: Node | None = None
    above: list[Listing | Table] = []
    keys: list[tuple[str, int] | None] = []
    for event in events:
        kind = type(event)
        if kind in _CLOSING:
            above.pop()
            keys.pop()
            continue
        if kind not in _OPENING:
            continue
        line = event.start_mark.line + 1
        node = _node(event, kind, line)
        if not above:
            if root is not None:
                raise _Refused(line, "a second document begins here", "keep one document, without a line `---`")
            root = node
        elif isinstance(parent := above[-1], Listing):
            parent.items.append(node)
        elif (key := keys[-1]) is None:
            keys[-1] = _key(node)
            continue
        else:
            _enter(parent, *key, node)
            keys[-1] = None
        if not isinstance(node, Scalar):
            above.append(node)
            keys.append(None)
            if len(above) > DEEPEST:
                raise _Refused(line, f"more than {DEEPEST} levels deep", "name parts and refer to them")
    return root


_OPENING: Final = {yaml.ScalarEvent, yaml.SequenceStartEvent, yaml.MappingStartEvent, yaml.AliasEvent}
_CLOSING: Final = {yaml.SequenceEndEvent, yaml.MappingEndEvent}


def _node(event: Any, kind: type, line: int) -> Node:
    if kind is yaml.AliasEvent:
        raise _Refused(line, f"the alias *{event.anchor} is not read here", "write out what it stands for")
    if event.tag not in (None, "!"):
        raise _Refused(line, f"the tag {event.tag} is not read here", "leave it away")
    if kind is yaml.ScalarEvent:
        text = event.value
        return Scalar(line, text, value_of(text) if event.implicit[0] and not event.style else text)
    return Listing(line) if kind is yaml.SequenceStartEvent else Table(line)


def _key(node: Node) -> tuple[str, int]:
    if not isinstance(node, Scalar):
        raise _Refused(node.line, "a key is a list or a mapping", "keys are words: put it in quotes")
    return node.text, node.line


def _enter(parent: Table, key: str, line: int, node: Node) -> None:
    if key in parent.entries:
        parent.repeated.append((key, parent.lines[key], line))
    else:
        parent.entries[key] = node
        parent.lines[key] = line


def _repetitions(file: str, root: Node) -> Iterator[Problem]:
    for node in _tables(root):
        for key, first, again in node.repeated:
            what = f"`{key}` stands here and on line {first}"
            yield Problem(Severity.ERROR, file, again, what, "keep one of them, or give this one another name")


def _tables(node: Node) -> Iterator[Table]:
    match node:
        case Table():
            yield node
            for value in node.entries.values():
                yield from _tables(value)
        case Listing():
            for item in node.items:
                yield from _tables(item)


def _syntax_problem(file: str, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    line = mark.line + 1 if mark else 0
    mend = "look at this line and the one before: indentation, a quote or bracket left open, a `:` inside a text"
    return Problem(Severity.ERROR, file, line, f"this is no YAML ({' '.join(str(what).split())})", mend)
