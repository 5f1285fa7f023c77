"""How a dose and a drug are written so that nobody reads them wrongly: ISMP, error-prone abbreviations (2021), and the
Joint Commission's "Do Not Use" list. Leading zero, no trailing zero, units written out, tall-man letters.

Only what is certainly a number or a known code is rewritten; all else stays as the source wrote it.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Final

import yaml

from codedark.continuity.chart import Drug, Given
from codedark.continuity.pages.words import Words

_NUMBER: Final = re.compile(r"\d*\.?\d+|\d+\.")
_EVERY: Final = re.compile(r"Q(\d{1,2})H", re.IGNORECASE)
_ANNOTATION: Final = re.compile(r"\{([^}]*)\}")
_MEASURED: Final = {"Cel": "°C", "mm[Hg]": "mmHg"}
_THIN: Final = "\u202f"
"""A narrow space that does not break."""


def dose_number(written: str) -> str:
    """A dose with leading zero and without trailing zeros: ``.50`` is ``0.5``, ``5.0`` is ``5``. What is not a plain
    decimal number (``1-2``, ``1,000``) is returned as it is.
    """
    text = written.strip()
    if not _NUMBER.fullmatch(text):
        return written
    whole, _, part = text.partition(".")
    whole, part = whole.lstrip("0") or "0", part.rstrip("0")
    return f"{whole}.{part}" if part else whole


def dose_text(dose: str, unit: str, words: Words) -> str:
    """Dose and unit as people read them in a language: ``0,5 mg``, ``12 000 units``. Empty where the dose is."""
    number = dose_number(dose)
    if not number:
        return unit_text(unit, words)
    if _NUMBER.fullmatch(number):
        whole, _, part = number.partition(".")
        if len(whole) > 4:
            whole = f"{int(whole):,}".replace(",", _THIN)
        number = whole + (words("decimal") + part if part else "")
    return f"{number} {unit_text(unit, words)}".strip()


def unit_text(unit: str, words: Words) -> str:
    """A unit written out, part by part: ``ug/h`` is ``micrograms/hour``. Parts that no table knows stay."""
    parts = _ANNOTATION.sub(r"\1", unit).split("/")
    return "/".join(_known(words, "dose_unit", part) for part in parts)


def lab_unit(unit: str) -> str:
    """The unit of a measured value as people write it: UCUM's ``Cel`` is ``°C``, annotations lose their braces."""
    return _MEASURED.get(unit) or _ANNOTATION.sub(r"\1", unit)


def route_text(route: str, words: Words) -> str:
    """A route (HL7 table 0162) in words, with the code beside it: ``by mouth (PO)``."""
    told = _known(words, "route", route)
    return told if told == route else f"{told} ({route})"


def frequency_text(frequency: str, words: Words) -> str:
    """How often (HL7 table 0335, ``Q8H``) in words; what is no code stays as it was written."""
    every = _EVERY.fullmatch(frequency.strip())
    return words("every_hours", hours=int(every[1])) if every else _known(words, "frequency", frequency)


def tall_man(name: str) -> str:
    """``name`` with the capitals that tell look-alike drugs apart, or "" where it has none of them."""
    told = _alike().sub(lambda match: _tall()[match[0].casefold()], name)
    return told if told != name else ""


def name_text(drug: Drug | Given, words: Words) -> str:
    """The name of a drug: with tall-man letters and the original spelling beside it, or as it was written."""
    tall = tall_man(drug.name)
    return f"{tall} ({words('written', name=drug.name)})" if tall else drug.name


def _known(words: Words, table: str, code: str) -> str:
    key = code.strip().upper()
    told = words.fixed(table, key)
    return code if told == key else told


@cache
def _tall() -> dict[str, str]:
    text = (files("codedark") / "content" / "continuity" / "tall_man.yaml").read_text("utf-8")
    return {name.casefold(): name for name in yaml.safe_load(text)["names"]}


@cache
def _alike() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, _tall()))})\b", re.IGNORECASE)
