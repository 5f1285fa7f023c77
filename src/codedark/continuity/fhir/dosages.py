"""How a drug is given, as a FHIR R4 Dosage says it: how much, how often, and in words what has no field of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from codedark.continuity.fhir.elements import decimal, quantity
from codedark.continuity.fhir.speaking import Resource, code_of, listed, text_of

_BOUND_TO: Final = {"MORN": "QAM", "EVE": "QPM", "NIGHT": "QHS", "HS": "QHS", "C": "WM"}
"""EventTiming in the codes of HL7 v2. ``C`` is a meal there, and continuous here."""
_UNITS: Final = frozenset({"s", "min", "h", "d", "wk", "mo", "a"})
_A_DAY: Final = {1: "DAILY", 2: "BID", 3: "TID", 4: "QID"}
_EVERY: Final = {"min": "MIN", "h": "H", "d": "D", "wk": "W"}


def in_order(dosages: Sequence[Any]) -> list[Any]:
    """Dosages in the order in which they hold (``sequence``)."""
    return sorted(dosages, key=lambda each: each.get("sequence") or 0)


def joined(dosages: Sequence[Resource]) -> tuple[str, str, str]:
    """Dose, unit and frequency of all dosages that name any. One that changes says how: a first step alone would be
    given for ever, and of morning and night each has its own.
    """
    told = [(*amount_of(each)[:2], frequency_of(each)) for each in dosages]
    told = [each for each in told if each[0] or each[2]] or [("", "", "")]
    is_after = len({each.get("sequence") for each in dosages}) == len(dosages)
    between = ", THEN " if is_after and told[1:] else " + "
    amounts = list(dict.fromkeys((dose, unit) for dose, unit, _ in told if dose))
    often = list(dict.fromkeys(frequency for _, _, frequency in told if frequency))
    dose, unit = amounts[-1] if amounts else ("", "")
    if amounts[1:]:
        dose = between.join([*(dose_ if unit_ == unit else f"{dose_} {unit_}" for dose_, unit_ in amounts[:-1]), dose])
    return dose, unit, between.join(often)


def words_of(dosages: Sequence[Resource], structured: str) -> Iterator[str]:
    """Dosages in words, without what the fields say already.

    1. Each in its own words; of several, one without any by its fields.
    2. When, where and in which way, how fast, for how long, how often in all and how much at most.
    """
    is_several = len([each for each in dosages if amount_of(each)[0] or frequency_of(each)]) > 1
    for dosage in dosages:  # (1)
        yield dosage.get("text") or (_whole(dosage) if is_several else "")
    for dosage in dosages:  # (2)
        yield from (each for each in _limits(dosage) if each != structured)
    for dosage in dosages:
        yield from map(text_of, listed(dosage.get("additionalInstruction")))
    for dosage in dosages:
        yield dosage.get("patientInstruction", "")


def bounds_of(dosages: Sequence[Resource]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """When dosages with a timing begin, and when they end; no end where one of them has none."""
    repeats = [(each.get("timing") or {}).get("repeat") or {} for each in dosages if each.get("timing")]
    periods = [repeat.get("boundsPeriod") or {} for repeat in repeats]
    ends = tuple(str(each.get("end") or "") for each in periods)
    return tuple(str(each["start"]) for each in periods if each.get("start")), ends if all(ends) else ()


def code_or_text(concept: Any) -> str:
    """Routes and timings as wards write them: the short code where it is one, else the words."""
    return (concept.get("text") if isinstance(concept, dict) else "") or code_of(concept) or text_of(concept)


def amount_of(dosage: Resource) -> tuple[str, str, bool]:
    """Dose and unit, or rate and its unit where there is no dose; and whether it runs at a rate."""
    told = (listed(dosage.get("doseAndRate")) or [{}])[0]
    rate, per = _rate(told)
    dose, unit = quantity(told.get("doseQuantity"))
    if between := told.get("doseRange"):
        dose, unit = _between(between)
    return (dose, unit, bool(rate)) if dose else (rate, per, bool(rate))


def _rate(told: Resource) -> tuple[str, str]:
    """How fast something runs: the number, and its unit."""
    rate, unit = quantity(told.get("rateQuantity"))
    if between := told.get("rateRange"):
        rate, unit = _between(between)
    if not rate and (ratio := told.get("rateRatio")):
        rate, unit = _ratio(ratio)
    return rate, unit


def _between(told: Resource) -> tuple[str, str]:
    (low, unit), (high, of_high) = quantity(told.get("low")), quantity(told.get("high"))
    return " to ".join(text for text in (low, high) if text), unit or of_high


def _ratio(told: Resource) -> tuple[str, str]:
    (number, unit), (per, time) = quantity(told.get("numerator")), quantity(told.get("denominator"))
    return number, f"{unit}/{time}" if per in {"1", ""} else f"{unit}/{per} {time}"


def frequency_of(dosage: Resource) -> str:
    """The timing's code, else how often in words of ours; then on which days."""
    timing = dosage.get("timing") or {}
    repeat = timing.get("repeat") or {}
    bound = " + ".join(_BOUND_TO.get(each, each) for each in listed(repeat.get("when")))
    days = ", ".join(listed(repeat.get("dayOfWeek")))
    often = "" if days and repeat.get("periodUnit") == "wk" else _often(repeat)
    code = code_or_text(timing.get("code")) or bound or often
    return f"{code} on {days}".strip() if days else code


def _often(repeat: Resource) -> str:
    """``1 every 8 h`` is written as Q8H; ``3 every 1 d``, which names no hours between doses, as TID: on a ward the
    one is given at night too. What has no code stays in words.
    """
    often, period, unit = repeat.get("frequency", 1), repeat.get("period"), repeat.get("periodUnit", "")
    if not period or unit not in _UNITS:
        return "ONCE" if repeat.get("count") == 1 else ""
    if repeat.get("periodMax") or repeat.get("frequencyMax"):
        often, period = (
            " to ".join(decimal(each) for each in (least, most) if each is not None)
            for least, most in ((often, repeat.get("frequencyMax")), (period, repeat.get("periodMax")))
        )
        return f"{often} every {period} {unit}"
    if period == 1 and unit == "d":
        return _A_DAY.get(often) or f"{decimal(often)}XDAY"
    if often == 1 and period == 1 and unit in {"wk", "mo"}:
        return "WEEKLY" if unit == "wk" else "MONTHLY"
    is_whole = often == 1 and float(period) == round(float(period)) and unit in _EVERY
    return f"Q{round(float(period))}{_EVERY[unit]}" if is_whole else f"{decimal(often)} every {decimal(period)} {unit}"


def _whole(dose: Resource) -> str:
    """A dosage by its fields."""
    amount, unit, _ = amount_of(dose)
    repeat = (dose.get("timing") or {}).get("repeat") or {}
    hours = [str(time)[:5] for time in listed(repeat.get("timeOfDay"))]
    needed = "PRN" if dose.get("asNeededBoolean") or dose.get("asNeededCodeableConcept") else ""
    told = (amount, unit, code_or_text(dose.get("route")), frequency_of(dose), needed, ", ".join(hours))
    period = repeat.get("boundsPeriod") or {}
    span = " to ".join(filter(None, (_moment(period.get("start")), _moment(period.get("end")))))
    return ", ".join(filter(None, (" ".join(text for text in told if text), span)))


def _limits(dose: Resource) -> Iterator[str]:
    """What places, paces and bounds a dosage."""
    first, *others = listed(dose.get("doseAndRate")) or [{}]
    amount, _, _ = amount_of(dose)
    yield from (text_of(dose.get(name)) for name in ("site", "method"))
    for other in others:
        yield " ".join(filter(None, amount_of({"doseAndRate": [other]})[:2]))
    rate, per = _rate(first)
    if rate and amount != rate:
        yield f"{rate} {per}".strip()
    yield from _paces(dose.get("timing") or {})
    most = [_ratio(each) for each in listed(dose.get("maxDosePerPeriod"))]
    most += [quantity(dose.get("maxDosePerAdministration")), quantity(dose.get("maxDosePerLifetime"))]
    yield from (f"max. {number} {unit}" for number, unit in most if number)


def _paces(timing: Resource) -> Iterator[str]:
    repeat = timing.get("repeat") or {}
    yield ", ".join(map(_moment, listed(timing.get("event"))))
    if repeat.get("offset"):
        yield f"{decimal(repeat['offset'])} min {' + '.join(listed(repeat.get('when')))}".strip()
    if lasting := repeat.get("boundsDuration"):
        yield f"{decimal(lasting.get('value'))} {lasting.get('code') or lasting.get('unit', '')}"
    if between := repeat.get("boundsRange"):
        yield " ".join(filter(None, _between(between)))
    if repeat.get("duration"):
        yield f"each over {decimal(repeat['duration'])} {repeat.get('durationUnit', '')}".strip()
    if repeat.get("count") and (repeat.get("period") or repeat["count"] != 1):
        yield f"{decimal(repeat['count'])} times in all"


def _moment(told: Any) -> str:
    """A moment as people read it, to the minute; one that is not of the hospital's own zone says so."""
    text = str(told or "")
    of = " UTC" if text.endswith(("Z", "+00:00")) else ""
    return f"{text[:10]} {text[11:16]}{of}" if text[10:11] == "T" else text
