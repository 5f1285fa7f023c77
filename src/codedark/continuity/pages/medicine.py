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

from codedark.continuity.charts.chart import Drug, Given
from codedark.continuity.charts.frequency_tables import code_of, is_ours
from codedark.continuity.charts.schedule import Schedule
from codedark.continuity.pages.words import Words

_NUMBER: Final = re.compile(r"\d*\.?\d+|\d+\.", re.ASCII)
_RANGE: Final = re.compile(r"([\d.]+) ?(?:to|-|\u2013) ?([\d.]+)", re.ASCII)
_OF_THREE: Final = re.compile(r"0*[1-9]\d{0,2}\.\d\d0", re.ASCII)
"""``1.000`` is one where the point is decimal, and a thousand where somebody wrote it for people."""
_EVERY: Final = re.compile(r"Q(\d{1,3})(H|D|W|MIN)", re.IGNORECASE)
_A_DAY: Final = re.compile(r"([2-9])XDAY", re.IGNORECASE)
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
    """Dose and unit as people read them in a language: ``0,5 mg``, ``1 to 2 tablets``. Empty where both are.

    A dose that is no plain number, or that may be read in two ways, has what was written beside it; one without a unit
    says so.
    """
    if not dose.strip():
        return f"{words('dose_missing')} ({unit_text(unit, words)})" if unit.strip() else ""
    least, most = dose_range(dose)
    low, high = _grouped(least, words), _grouped(most, words)
    number = words("dose_range", low=low, high=high) if most else low
    told = f"{number} {unit_text(unit, words) or words('unit_missing')}"
    return f"{told} ({words('written', name=dose.strip())})" if is_doubtful(dose) else told


def dose_range(dose: str) -> tuple[str, str]:
    """The numbers of ``1 to 2`` and ``0.10-.5``, each as `dose_number` has it; a dose that is one, and ""."""
    found = _RANGE.fullmatch(dose.strip())
    if found and all(map(_NUMBER.fullmatch, found.groups())):
        return dose_number(found[1]), dose_number(found[2])
    return dose_number(dose), ""


def is_doubtful(dose: str) -> bool:
    """Whether a dose is neither a plain number nor from one to another, or may be a thousand times as much."""
    if dose_range(dose)[1]:
        return False
    number = dose_number(dose)
    return not _NUMBER.fullmatch(number) or float(number) == 0 or _OF_THREE.fullmatch(dose.strip()) is not None


def _grouped(number: str, words: Words) -> str:
    """A plain number with the language's decimal sign, and narrow spaces between thousands."""
    if not _NUMBER.fullmatch(number):
        return number
    whole, _, part = number.partition(".")
    if len(whole) > 4:
        whole = f"{int(whole):,}".replace(",", _THIN)
    return whole + (words("decimal") + part if part else "")


def unit_text(unit: str, words: Words) -> str:
    """A unit written out, part by part: ``ug/h`` is ``micrograms/hour``. Parts that no table knows stay."""
    parts = _ANNOTATION.sub(r"\1", unit).split("/")
    return "/".join(_known(words, "dose_unit", part) for part in parts)


def lab_unit(unit: str) -> str:
    """The unit of a measured value as people write it: UCUM's ``Cel`` is ``°C``, ``10*9/L`` is ``10^9/L``, annotations
    lose their braces.
    """
    return _MEASURED.get(unit) or _ANNOTATION.sub(r"\1", unit).replace("*", "^")


def route_text(route: str, words: Words) -> str:
    """A route (HL7 table 0162) in words, with the code beside it: ``by mouth (PO)``."""
    told = _known(words, "route", route)
    return told if told == route else f"{told} ({route})"


def frequency_text(frequency: str, words: Words, schedule: Schedule | None = None) -> str:
    """How often (HL7 table 0335, ``Q8H``) in words; what is no code, or means something else by the site's own
    ``schedule``, stays as it was written.
    """
    if schedule is not None and not is_ours(frequency, schedule):
        return frequency
    told = _known(words, "frequency", frequency)
    code = code_of(frequency)
    if told == frequency and code and (meaning := _known(words, "frequency", code)) != code:
        return f"{meaning} ({frequency})"
    if told == frequency and (every := _EVERY.fullmatch(frequency.strip())) and int(every[1]) > 1:
        return words(f"every.{every[2].upper()}", count=int(every[1]))
    if told == frequency and (often := _A_DAY.fullmatch(frequency.strip())):
        return words("times_a_day", count=int(often[1]))
    return told


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
