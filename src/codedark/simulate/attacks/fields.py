"""Reads parts of a script; what is wrong is noted with its line, and reading goes on with what can be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from codedark.simulate.attacks.nodes import Branch, Leaf, Node, Problems, Row, known

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Fields:
    """What every part of a script is made of: keys, lists, texts, numbers."""

    problems: Problems

    def entries(self, node: Node, allowed: Sequence[str], needed: Sequence[str], what: str) -> dict[str, Node]:
        """The parts of a mapping that may stand there; what lacks and what is unknown is noted."""
        if not isinstance(node, Branch):
            self.problems.add(node.line, f"{what} must be keys and values: {', '.join(needed)}")
            return {}
        for key in needed:
            if key not in node.entries:
                self.problems.add(node.line, f"{what} lacks {key!r}")
        return {
            key: value
            for key, (line, value) in node.entries.items()
            if known(key, allowed, f"key of {what}", line, self.problems)
        }

    def items(self, node: Node | None, what: str) -> tuple[Node, ...]:
        """The items of a list; none where there is no list."""
        if isinstance(node, Row):
            return node.items
        if node is not None:
            self.problems.add(node.line, f"{what} must be a list, each item behind a dash")
        return ()

    def text(self, entries: Mapping[str, Node], key: str) -> str:
        """The text under a key, "" where there is none."""
        node = entries.get(key)
        if isinstance(node, Leaf) and node.text:
            return node.text
        if node is not None:
            self.problems.add(node.line, f"{key!r} must be a text")
        return ""

    def texts(self, node: Node | None) -> tuple[str, ...]:
        """One text or a list of them."""
        if node is None:
            return ()
        items = node.items if isinstance(node, Row) else (node,)
        for item in items:
            if not isinstance(item, Leaf):
                self.problems.add(item.line, "must be a text or a list of texts")
        return tuple(item.text for item in items if isinstance(item, Leaf))

    def parsed(self, node: Node | None, parse: Callable[[str], _T], default: _T) -> _T:
        """What ``parse`` makes of a text; ``default`` where there is none, or where it raises ValueError, which is
        noted.
        """
        if node is None:
            return default
        try:
            return parse(node.text if isinstance(node, Leaf) else "")
        except ValueError as error:
            self.problems.add(node.line, str(error))
            return default
