"""How a pattern is found among the texts of a field. That needs no text, only time, so it is said when compiling.

1. A pattern without a wildcard is looked up by the whole lowered text.
2. Any other is suggested by a *needle*: bytes without which it cannot match, in the lowered text with a separator
   before and behind it. Starts with, ends with and contains are proven by their needle.
3. A pattern without a sure needle has to be tried on every text.

What is found and not proven is to be confirmed by the exact predicate of the pattern.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from codedark.detect.sigma.expression import Exists, FieldRef, Null, Number, Pattern, Regex, Text, Wildcard
from codedark.detect.sigma.predicate import number_text
from codedark.detect.sigma.regex import required_literals

SEPARATOR = b"\xff"
"""A byte that UTF-8 does not have: it stands between values, and anchors patterns to their ends."""


class Placement(NamedTuple):
    """Where a pattern is found: by the whole text ``equal``, by one of ``needles``, or ``always``.

    One that is found nowhere asks only whether there is a value or a text.
    """

    equal: str | None = None
    needles: tuple[bytes, ...] = ()
    always: bool = False
    confirm: bool = True


NOWHERE = Placement(confirm=False)
_ALWAYS = Placement(always=True)


@lru_cache(maxsize=50_000)
def place(pattern: Pattern) -> Placement:
    """Decide how ``pattern`` is found."""
    match pattern:
        case Exists() | Null() | FieldRef() | Text((Wildcard.ANY,)):
            return NOWHERE
        case Number(number):
            return Placement(equal=number_text(number).lower())
        case Text(parts, cased) if not any(isinstance(part, Wildcard) for part in parts):
            return Placement(equal="".join(pattern.literals).lower(), confirm=cased)
        case Text() if needle := _needle(pattern):
            return Placement(needles=(needle,), confirm=not _proves(pattern))
        case Regex():
            literals = required_literals(pattern)
            return _ALWAYS if literals is None else Placement(needles=tuple(map(str.encode, sorted(literals))))
    return _ALWAYS


def _needle(pattern: Text) -> bytes:
    """What the lowered text must contain for a pattern with wildcards to match; empty if nothing is sure."""
    if pattern.cased:
        # Lowering depends on context outside ASCII, so that only ASCII parts survive it for certain.
        return max(
            (run.lower().encode() for part in pattern.literals for run in _ascii_runs(part)),
            key=len,
            default=b"",
        )
    match pattern.parts:
        case (str(literal), Wildcard.ANY):
            return SEPARATOR + _encode(literal)
        case (Wildcard.ANY, str(literal)):
            return _encode(literal) + SEPARATOR
    return max(map(_encode, pattern.literals), key=len, default=b"")


def _proves(pattern: Text) -> bool:
    """Whether finding the needle already proves the match."""
    match pattern.parts:
        case (str(), Wildcard.ANY) | (Wildcard.ANY, str()) | (Wildcard.ANY, str(), Wildcard.ANY):
            return not pattern.cased
    return False


def _ascii_runs(literal: str) -> list[str]:
    """The runs of ASCII characters of a literal."""
    return "".join(c if c.isascii() else "\x00\x00" for c in literal).split("\x00\x00")


def _encode(literal: str) -> bytes:
    return literal.encode("utf-8", "surrogatepass")
