"""The form for vital signs that were measured together: each becomes an entry, and all are written or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from codedark.app.ward import views
from codedark.app.ward.asking_back import Asks
from codedark.app.ward.charting import Asked, Considered, NotCharted, Unlikely, consider
from codedark.app.ward.desk import Guest, Sent, Shown
from codedark.app.ward.entering import who_charts, written
from codedark.app.ward.numbering import next_row, rows_from
from codedark.app.ward.times import EXAMPLES, moment_said
from codedark.app.ward.tongue import Tongue
from codedark.app.ward.vital_signs import KIND, SIGNS, TITLE, Sign, doubts, read, shown_unit
from codedark.continuity.charts.chart import PatientId
from codedark.continuity.entries.entry import Observation
from codedark.continuity.sentence import Sentence
from codedark.errors import UsageError
from codedark.store.station.station import NumberTaken, StationFailed

_SAID: Final = ("patient", "name", "born", "wristband", "at", "row", "why")
_PRESSURES: Final = ("systolic", "diastolic")


class _Typed(NamedTuple):
    """What was typed, by field: why it is no value, what is asked back of it, and of which value somebody is sure."""

    values: Mapping[str, str]
    wrong: Mapping[str, Sentence]
    asked_back: Mapping[str, str]
    sure: Mapping[str, str]
    """So that another value in its place is asked back again."""


def blank(guest: Guest, asked: Mapping[str, str]) -> Shown:
    """The form as it opens. Its rows are taken now, so that a form that is sent twice is one set."""
    said = dict.fromkeys(_SAID, "") | {"patient": asked.get("patient", "")}
    return _form(guest, said, _typed(Sent(), guest.t)[1], next_row(guest.station))


def sent(guest: Guest, form: Sent) -> Shown:
    """Chart what the form says; what is refused keeps what was typed. Somebody must be signed in.

    1. What cannot be read, and whatever else stands against it, is told, all at once.
    2. A value that cannot well be is asked back, until somebody says of just this value that it is so.
    3. All are written, or none. Rows that stand for another act are not offered again; where the disk refuses they
       are, for nobody knows what it holds.
    """
    said = {name: form[name] for name in _SAID}
    said["row"] = said["row"].upper().replace(" ", "")
    observations, typed = _typed(form, guest.t)
    told: tuple[str, ...] = (*typed.wrong.values(), *typed.asked_back.values())
    if not any(typed.values.values()):
        told = (Sentence("Write at least one value."),)
    try:
        considered, refused = _considered(guest, said, observations, form["next"])
        if told or refused:
            reasons = refused.reasons if refused else ()
            is_astray = isinstance(refused, Unlikely) and Asks.FORM in refused.asks
            return _form(guest, said, typed, form["next"], (*told, *reasons), asks_why=is_astray)
        entries = [each.entry for each in considered]
        done = guest.station.write(*entries)
    except NumberTaken as refused:
        return _form(guest, said, typed, next_row(guest.station), (refused.args[0],))
    except (UsageError, StationFailed) as refused:
        return _form(guest, said, typed, form["next"], (*told, refused.args[0]))
    who_charts(guest, said)[0].remember(entries[0], guest.now_seconds)
    return written(guest, entries, done.is_new, considered[0].remarks)


def _typed(form: Sent, t: Tongue) -> tuple[dict[str, Observation], _Typed]:
    values = {sign.field: form[f"f-{sign.field}"] for sign in SIGNS}
    found = read(values)
    asked = doubts(found.observations, t)
    of = _by_doubt(values)
    sure = {field: of[field] for field in asked if form[f"sure-{field}"] == of[field]}
    back = {field: text for field, text in asked.items() if field not in sure}
    return found.observations, _Typed(values, found.wrong, back, sure)


def _by_doubt(values: Mapping[str, str]) -> dict[str, str]:
    """What was typed by what may be asked back: each field, and both pressures together."""
    return {**values, "pressure": "/".join(values[each] for each in _PRESSURES)}


def _considered(
    guest: Guest, said: Mapping[str, str], observations: Mapping[str, Observation], next_: str
) -> tuple[list[Considered], NotCharted | None]:
    """The entries, and what stands against them, which is the same for all.

    Each sign has the row of its place, so that one that is added to a form that was sent before is the only new one.
    The row of a paper form is the first one's, and so is why it stands on another patient's. Raises `UsageError`.
    """
    person, checked = who_charts(guest, said)
    at_us = moment_said(said["at"], guest.now_us) if said["at"] else None
    rows = dict(zip((sign.field for sign in SIGNS), rows_from(guest.station, next_.upper(), len(SIGNS)), strict=True))
    if said["row"] and observations:
        rows[next(iter(observations))] = said["row"]
    found = list[Considered]()
    for field, what in observations.items():
        fields = {"name": what.name, "value": what.value, "unit": what.unit, "code": what.code}
        asked = Asked("observation", fields, said["patient"], checked, person.name, effective_us=at_us, row=rows[field],
                      why=said["why"] if rows[field] == said["row"] else "", is_sure=True)  # fmt: skip
        try:
            found.append(consider(guest.station, asked, guest.now_us, asks_twice=True))
        except NotCharted as refused:
            return found, refused
    return found, None


def _form(
    guest: Guest, said: Mapping[str, str], typed: _Typed, row: str, reasons: Sequence[str] = (),
    *, asks_why: bool = False,
) -> Shown:  # fmt: skip
    t, number, person = guest.t, PatientId(said["patient"]), guest.person
    checked = person.check_of(number, guest.now_seconds) if person else ()
    values = {
        "kind": KIND,
        "said": said,
        "about": views.patient(guest.station, number, t, guest.now_us) if number else {},
        "checked": ", ".join(each.value for each in checked),
        "next": row,
        "examples": t(EXAMPLES),
        "asks_why": asks_why,
        "asked_back": [_asked(field, typed.values, t) for field in typed.asked_back],
        "sure": typed.sure,
        "signs": [_shown(sign, typed, t) for sign in SIGNS],
    }
    return Shown("vitals.html", t(TITLE), values, tuple(reasons), 422 if reasons else 200)


def _asked(field: str, values: Mapping[str, str], t: Tongue) -> dict[str, str]:
    """What somebody is to be sure of."""
    value = _by_doubt(values)[field]
    called = next((t(sign.called) for sign in SIGNS if sign.field == field), "")
    return {"field": field, "value": value, "what": f"{called} {value}" if called else f"{value} mmHg"}


def _shown(sign: Sign, typed: _Typed, t: Tongue) -> dict[str, object]:
    """One sign as the template shows it."""
    wrong = typed.wrong.get(sign.field)
    is_asked = sign.field in typed.asked_back or (sign.field in _PRESSURES and "pressure" in typed.asked_back)
    return {
        "field": sign.field,
        "label": ", ".join(filter(None, (t(sign.called), shown_unit(sign.unit)))),
        "value": typed.values[sign.field],
        "hint": t(sign.hint) if sign.hint else "",
        "choices": [(each, t(each)) for each in sign.choices],
        "wrong": t(wrong) if wrong else t("Is it so?") if is_asked else "",
    }
