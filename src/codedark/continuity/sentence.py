"""A sentence for people that can be said in their language: its English text, and what was filled into it."""

from __future__ import annotations

from typing import Self


class Sentence(str):
    """The English sentence. ``template`` is what translations are found by; ``given`` stands in its braces."""

    __slots__ = ("given", "template")

    template: str
    given: dict[str, object]

    def __new__(cls, template: str, /, **given: object) -> Self:
        """Fill in what is ``given``."""
        made = super().__new__(cls, template.format(**given))
        made.template, made.given = template, given
        return made
