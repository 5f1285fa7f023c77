"""Values of search parameters of type token: a system and what is numbered in it (FHIR R4, 3.1.1.4.10)."""

from __future__ import annotations

from string import ascii_letters, digits
from typing import Final

_PLAIN: Final = frozenset(f"{ascii_letters}{digits}-._~:/|".encode())
"""Bytes that mean nothing of their own in the query of a URL (RFC 3986, 3.4), and the bar, which servers take as is."""


def token(system: str, value: str) -> str:
    """As a search has it, before it goes into a URL: a comma in it is no "or" (3.1.1.4.0.1)."""
    return f"{_escaped(system)}|{_escaped(value)}"


def any_system(value: str) -> str:
    """As a search has a value that may be numbered in any system."""
    return _escaped(value)


def asked_by(parameter: str, system: str, value: str) -> str:
    """A whole question as ``ifNoneExist`` has it, which is part of a URL: ``identifier=urn:a|12``."""
    said = token(system, value).encode()
    return f"{parameter}={''.join(chr(each) if each in _PLAIN else f'%{each:02X}' for each in said)}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(",", "\\,").replace("|", "\\|").replace("$", "\\$")
