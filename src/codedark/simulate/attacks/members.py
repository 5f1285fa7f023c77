"""Reads the cast of a script: who and what plays in it, and what is wished for each."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from codedark.simulate.attacks.cast import CAST_KINDS, NEEDED, Another, Choice, Form, Wish
from codedark.simulate.attacks.durations import count, flag
from codedark.simulate.attacks.fields import Fields
from codedark.simulate.attacks.nodes import Branch, Node, known
from codedark.simulate.attacks.scene import ALWAYS
from codedark.simulate.attacks.script import Member

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def members(node: Node | None, fields: Fields) -> dict[str, Member]:
    """The cast by name. A member may name only those above it."""
    cast: dict[str, Member] = {}
    if not isinstance(node, Branch):
        if node is not None:
            fields.problems.add(
                node.line, "cast must be names, each with what it is: `victim: {person: {role: clerk}}`"
            )
        return cast
    for name, (line, value) in node.entries.items():
        if not _NAME.fullmatch(name) or name in ALWAYS:
            fields.problems.add(
                line, f"{name!r} cannot be a name of the cast; use small letters, and not {', '.join(ALWAYS)}"
            )
        if not isinstance(value, Branch) or len(value.entries) != 1:
            fields.problems.add(line, f"say in one word what {name!r} is: {', '.join(CAST_KINDS)}")
            continue
        kind, (kind_line, wants) = next(iter(value.entries.items()))
        if known(kind, CAST_KINDS, "kind of cast", kind_line, fields.problems):
            cast[name] = Member(name, kind, _wants(kind, wants, cast, fields), line)
    return cast


def _wants(kind: str, node: Node, cast: Mapping[str, Member], fields: Fields) -> Mapping[str, Any]:
    allowed = CAST_KINDS[kind]
    if not isinstance(node, Branch):
        fields.problems.add(node.line, f"a {kind} is described by keys and values: {', '.join(allowed)}")
        return {}
    if kind in NEEDED and not node.entries.keys() & set(NEEDED[kind]):
        fields.problems.add(node.line, f"a {kind} needs one of these: {', '.join(NEEDED[kind])}")
    return {
        key: _want(key, allowed[key], value, cast, fields)
        for key, (line, value) in node.entries.items()
        if known(key, allowed, f"wish for a {kind}", line, fields.problems)
    }


def _want(key: str, wish: Wish, node: Node, cast: Mapping[str, Member], fields: Fields) -> Any:
    match wish:
        case Form.COUNT:
            return fields.parsed(node, count, None)
        case Form.FLAG:
            return fields.parsed(node, flag, default=False)
    texts = fields.texts(node)
    if not texts:
        fields.problems.add(node.line, f"{key!r} says nothing")
    possible: Collection[str] = texts
    what = key
    match wish:
        case Choice():
            possible = wish.words
        case Another():
            possible = [name for name, member in cast.items() if member.kind in wish.kinds]
            what = f"{' or '.join(wish.kinds)} above"
    for text in texts:
        known(text, possible, what, node.line, fields.problems)
    return texts
