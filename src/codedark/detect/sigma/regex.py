"""Regular expressions in linear time (RE2), and the literals without which one cannot match."""

from __future__ import annotations

import re
from collections.abc import Iterable
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as sre_parser  # type: ignore[attr-defined]
from typing import Any

import re2

from codedark.detect.sigma.expression import Regex

RegexError = re2.error
_SHORTEST_LITERAL = 2


def compile_regex(pattern: Regex) -> Any:
    """The RE2 program of a pattern (11). Raises `RegexError` for what RE2 does not have."""
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True  # only whether there is a match is asked, and groups cost time
    options.case_sensitive = "i" not in pattern.flags
    options.dot_nl = "s" in pattern.flags
    prefix = "(?m)" if "m" in pattern.flags else ""
    return re2.compile(prefix + pattern.pattern, options)


def required_literals(pattern: Regex) -> frozenset[str] | None:
    """Lowered literals of which every matching text, lowered, contains at least one.

    None where there are none to be found: the expression then has to be tried on every text. The analysis is
    conservative: what it does not know it does not use.
    """
    if "[:" in pattern.pattern:
        return None  # a POSIX class, which Python reads as something else
    try:
        tree = sre_parser.parse(pattern.pattern)
    except (re.error, RecursionError, OverflowError):
        return None
    if tree.state.flags & (re.VERBOSE | re.LOCALE):
        return None
    return _required(tree)


def _required(sequence: Iterable[tuple[Any, Any]]) -> frozenset[str] | None:
    """The best cover of a sequence: its longest run of literals, or the cover of one of its elements."""
    covers: list[frozenset[str]] = []
    run = ""
    for operator, argument in sequence:
        if operator is sre.LITERAL and chr(argument).isascii():
            run += chr(argument).lower()
            continue
        if operator is sre.AT:
            continue
        covers.append(frozenset((run,)))
        run = ""
        inner = _required_of(operator, argument)
        if inner is not None:
            covers.append(inner)
    covers.append(frozenset((run,)))
    best = max(covers, key=lambda cover: min(map(len, cover)))
    return best if min(map(len, best)) >= _SHORTEST_LITERAL else None


def _required_of(operator: Any, argument: Any) -> frozenset[str] | None:
    if operator is sre.SUBPATTERN:
        return _required(argument[3])
    if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT) and argument[0] >= 1:
        return _required(argument[2])
    if operator is sre.BRANCH:
        branches = [_required(branch) for branch in argument[1]]
        if all(branch is not None for branch in branches):
            return frozenset().union(*(branch for branch in branches if branch is not None))
    return None
