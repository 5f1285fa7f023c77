"""Numbers as sources write them, compared."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

_MOST_DIGITS: Final = 30
"""What is written longer than that with an exponent (1E+999999) is compared as text."""


def number(text: str) -> str:
    """A number as it is compared: ``98.00`` is ``98``. What is none is itself."""
    try:
        value = Decimal(text).normalize()
    except ArithmeticError:  # no number at all, or one without end
        return text.strip()
    return format(value, "f") if value.is_finite() and abs(value.adjusted()) < _MOST_DIGITS else text.strip()
