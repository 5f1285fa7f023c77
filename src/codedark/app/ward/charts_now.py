"""A patient's chart as the station knows it now: the pack's, with what was charted since laid over it, as data of the
same type, so that whatever prints a pack prints this too. Drugs are as the station lists them (`doses.doses_of`): paper
and screen are of one making.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from codedark.app.ward.doses import Dose
from codedark.app.ward.tongue import Tongue
from codedark.app.ward.vital_signs import in_words
from codedark.continuity.charts.chart import (
    Alert,
    Allergy,
    Asked,
    Chart,
    Drug,
    Group,
    Identity,
    PatientId,
    Result,
    Visit,
    VisitId,
)
from codedark.continuity.charts.meanings import meanings
from codedark.continuity.entries import entry as entries
from codedark.continuity.entries.checks import Known
from codedark.continuity.entries.drugs_since import STOPPED
from codedark.continuity.entries.entry import Admission, Entry, Observation, OrderKind, PhoneResult
from codedark.continuity.entries.in_force import perhaps_in_force

_FIELDS: Final = {
    Group.VITALS: "vitals",
    Group.MEASURES: "measures",
    Group.FLUIDS: "fluids",
    Group.BLOOD_GROUP: "blood_group",
}
"""Where a chart keeps measured values; all others are results of the laboratory."""


def chart_known(number: PatientId, known: Known | None, own: Sequence[Entry]) -> Chart:
    """The chart of somebody who is not in the pack: by their admission at a station, or by the number alone."""
    who = Identity(family=known.family or known.name, born=known.born) if known else Identity()
    chart = Chart(number, who)
    for entry in perhaps_in_force(own):
        if isinstance(came := entry.content, Admission):
            stay = Visit(VisitId(came.encounter), admitted_us=entry.effective_us)
            alerts = (Alert("other", came.description),) if came.description else ()
            chart = replace(chart, identity=replace(who, sex=came.sex), visits=(stay,), alerts=alerts)
    return chart


def chart_now(chart: Chart, own: Sequence[Entry], doses: Iterable[Dose], t: Tongue) -> Chart:
    """The chart with what was charted of the patient (``own``) and holds, or may hold.

    1. Drugs as the station lists them (``doses``), those of the pack in its order, then those of the ward, then what
       was stopped. When the next dose is, is the station's word: 0 is that nobody can tell.
    2. Values, the latest first, allergies, and what was asked for, are added to what the pack has.
    """
    held = perhaps_in_force(own)
    listed = {each.drug.id: _drug(each) for each in doses}
    drugs = [listed.pop(drug.id, drug) for drug in chart.drugs]
    drugs = sorted([*drugs, *listed.values()], key=lambda drug: drug.status == STOPPED)  # (1)
    allergies = dict.fromkeys([*chart.allergies, *allergies_of(held)])  # (2)
    found = defaultdict[str, list[Result]](list)
    for name, result in _results(held, t):
        found[name].append(result)
    values = {name: sorted([*new, *getattr(chart, name)], key=lambda each: -each.at_us) for name, new in found.items()}
    return replace(
        chart,
        drugs=tuple(drugs),
        allergies=tuple(allergies),
        pending=(*_asked(held), *chart.pending),
        none_known=chart.none_known - ({Group.ALLERGIES} if allergies else set()),
        **{name: tuple(each) for name, each in values.items()},
    )


def allergies_of(held: Iterable[Entry]) -> list[Allergy]:
    """Those that were charted."""
    return [
        Allergy(each.content.substance, each.content.code, each.content.reaction)
        for each in held
        if isinstance(each.content, entries.Allergy)
    ]


def _drug(dose: Dose) -> Drug:
    is_untold = dose.drug.is_untold and dose.charted is None
    return replace(dose.drug, last_us=dose.last_us, next_us=dose.at_us, is_untold=is_untold)


def _results(held: Iterable[Entry], t: Tongue) -> Iterator[tuple[str, Result]]:
    """Measured values with the field of a chart where each belongs, by its code; at the bedside else vital signs."""
    for entry in held:
        what = entry.content
        if not isinstance(what, Observation | PhoneResult):
            continue
        name, value, unit = in_words(what, t) if isinstance(what, Observation) else (what.name, what.value, what.unit)
        other = Group.VITALS if isinstance(what, Observation) and not what.code else Group.LABORATORY
        group = meanings().codes.get(what.code, other)
        yield _FIELDS.get(group, "results"), Result(entry.id, name, what.code, value, unit, entry.effective_us)


def _asked(held: Iterable[Entry]) -> Iterator[Asked]:
    """What has no result yet, as far as anybody here can tell."""
    for entry in held:
        match entry.content:
            case entries.Order(asked=OrderKind.MEDICATION):
                continue
            case entries.Order() as what:
                name = " ".join(filter(None, (what.name, what.details)))
                yield Asked(entry.id, name, what.asked.value, entry.effective_us)
            case entries.Specimen() as sent:
                name = f"{sent.tests} ({sent.specimen})"
                yield Asked(entry.id, name, "laboratory", entry.effective_us, sent.accession)
