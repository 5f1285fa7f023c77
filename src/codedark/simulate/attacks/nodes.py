"""YAML as a tree that knows its lines. Every value is read as the text that stands in the file: ``06:32`` and ``on``
stay what they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import yaml

from codedark.errors import UnusableInput

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LONGEST = 1_000_000
_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar and its line."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Branch:
    """A mapping: keys in their order, each with its own line and what it holds."""

    entries: Mapping[str, tuple[int, Node]]
    line: int


@dataclass(frozen=True, slots=True)
class Row:
    """A sequence and its line."""

    items: tuple[Node, ...]
    line: int


Node = Leaf | Branch | Row


@dataclass(slots=True)
class Problems:
    """What is wrong in one file, gathered so that everything is said at once."""

    path: str
    found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, text: str) -> None:
        """Note a problem."""
        self.found.append((line, text))

    def stop_if_any(self) -> None:
        """Raise `UnusableInput` with all problems in the order of their lines, if there are any."""
        if self.found:
            ordered = sorted(set(self.found))
            shown = [f"{self.path}:{line}: {text}" for line, text in ordered[:_SHOWN]]
            more = [f"and {len(ordered) - _SHOWN} more problems"] if len(ordered) > _SHOWN else []
            raise UnusableInput("\n".join(shown + more))


def read(data: bytes, problems: Problems) -> Node:
    """The tree of a YAML file. Raises `UnusableInput` with the line where the file cannot be read at all."""
    if len(data) > _LONGEST:
        problems.add(1, "is longer than a megabyte; an attack script is a few hundred lines")
        problems.stop_if_any()
    try:
        for event in yaml.parse(data, Loader=_LOADER):
            if isinstance(event, yaml.AliasEvent):
                problems.add(_line(event.start_mark), "repeats another part by a YAML alias (*); write it out")
        problems.stop_if_any()
        root = yaml.compose(data, Loader=_LOADER)
        if root is not None:
            return _node(root, problems)
    except yaml.MarkedYAMLError as error:
        problems.add(_line(error.problem_mark or error.context_mark), f"cannot be read as YAML: {error.problem}")
    except (yaml.YAMLError, RecursionError, UnicodeDecodeError) as error:
        problems.add(1, f"cannot be read as YAML: {str(error).splitlines()[0]}")
    else:
        problems.add(1, "is empty")
    problems.stop_if_any()
    raise AssertionError


def _line(mark: Any) -> int:
    return mark.line + 1 if mark else 1


def _node(node: yaml.Node, problems: Problems) -> Node:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        entries: dict[str, tuple[int, Node]] = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            if not name:
                problems.add(key.start_mark.line + 1, "a key must be a word")
            if name in entries:
                problems.add(key.start_mark.line + 1, f"{name!r} stands here twice; keep one")
            entries[name] = (key.start_mark.line + 1, _node(value, problems))
        return Branch(entries, line)
    if isinstance(node, yaml.SequenceNode):
        return Row(tuple(_node(item, problems) for item in node.value), line)
    return Leaf(str(node.value), line)


def known(name: str, names: Iterable[str], what: str, line: int, problems: Problems) -> bool:
    """Whether ``name`` is one of ``names``; if not, that is noted with what was probably meant."""
    names = [str(each) for each in names]
    if name in names:
        return True
    close = get_close_matches(name, names, 1, 0.6)
    if close:
        hint = f"; did you mean {close[0]!r}?"
    else:
        hint = f"; known: {', '.join(sorted(names)[:40])}" if names else "; none can stand here"
    problems.add(line, f"unknown {what} {name!r}{hint}")
    return False
