"""Tables of ``codedark.toml``: unknown names are errors, and what is wrong is said as a person would."""

from __future__ import annotations

import re
from typing import Final

import msgspec


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file."""


_KINDS: Final = {
    "int": "a whole number", "float": "a number", "str": "text in quotes", "bool": "true or false",
    "array": "a list in square brackets", "object": "a table", "null": "nothing",
}  # fmt: skip
"""The kinds of value, as msgspec calls them and as a person would."""


def in_plain_words(error: msgspec.ValidationError) -> str:
    """What msgspec says, with the place first: `$.http.listen` is `http.listen`."""
    message = str(error)
    said, at, place = message.partition(" - at `$")
    if found := re.fullmatch(r"Expected `([^`]+)`, got `([^`]+)`", said):
        wanted, given = (" or ".join(_KINDS.get(kind, kind) for kind in each.split(" | ")) for each in found.groups())
        said = f"it has to be {wanted}, and is {given}"
    elif found := re.fullmatch(r"Object contains unknown field `([^`]+)`", said):
        said = f"there is no setting {found[1]}: is it misspelt?"
    elif found := re.fullmatch(r"Object missing required field `([^`]+)`", said):
        said = f"it lacks {found[1]}, which has to be set"
    elif found := re.fullmatch(r"Invalid enum value (.+)", said):
        said = f"{found[1]} is none of what may stand here"
    return f"{place.rstrip('`').lstrip('.')}: {said}" if at else said
