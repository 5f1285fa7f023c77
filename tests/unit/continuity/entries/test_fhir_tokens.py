"""Values of search parameters: what is in them changes no question."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from codedark.continuity.entries.fhir_tokens import asked_by, token


@pytest.mark.parametrize(
    ("system", "value", "said"),
    [
        ("urn:a", "12", "urn:a|12"),
        ("http://a/b?c=1&d", "4+7", "http://a/b?c=1&d|4+7"),
        ("urn:a", "1,2|3$4\\5", r"urn:a|1\,2\|3\$4\\5"),
    ],
)
def test_a_value_stays_one_value(system: str, value: str, said: str) -> None:
    assert token(system, value) == said
    assert parse_qsl(asked_by("identifier", system, value)) == [("identifier", said)]


def test_what_needs_no_escape_has_none() -> None:
    assert asked_by("_tag", "urn:codedark:entry", "EBB1000073") == "_tag=urn:codedark:entry|EBB1000073"
