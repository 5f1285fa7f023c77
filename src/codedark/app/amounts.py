"""Numbers with their nouns, so that nobody reads of 1 patients."""

from __future__ import annotations


def amount(number: int, one: str, many: str = "") -> str:
    """``1 record``, ``2,000 records``; ``many`` where the plural is not ``one`` with an s, verb included if need be."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
