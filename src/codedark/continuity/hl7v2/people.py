"""Who the patient is: PID, PD1, NK1, MRG, with allergies (AL1, IAM) and diagnoses (DG1). HL7 v2.5.1, chapters 3, 6."""

from __future__ import annotations

from typing import Final

from codedark.continuity.charts.chart import Allergy, Coded, Group, PatientId, Severity
from codedark.continuity.charts.fact import CONTEXT, GONE, LIST, MOST_KEY, NONE_KNOWN, OWN, Same
from codedark.continuity.charts.meanings import meanings
from codedark.continuity.charts.times import day_of
from codedark.continuity.hl7v2.speaking import Speaking, plain, worded
from codedark.continuity.hl7v2.syntax import Segment

_SEVERITIES: Final = {"SV": Severity.HIGH, "MO": Severity.MODERATE, "MI": Severity.LOW}
_DELETED, _UNCERTAIN = "D", {"U", "P", "S", "D"}
"""IAM-6 (table 0323) and IAM-17 (table 0438: unconfirmed, pending, suspect, doubt raised)."""
MERGES: Final = frozenset({"A18", "A30", "A34", "A36", "A39", "A40", "A46", "A47"})


def number_of(speaking: Speaking, segment: Segment, field: int) -> PatientId:
    """The hospital's own number among those of a field (PID-3): by type, the first without one; or empty."""
    ranked = _numbers(speaking, segment, field)
    return PatientId(min(ranked, key=lambda found: found[0])[1]) if ranked else PatientId("")


def _numbers(speaking: Speaking, segment: Segment, field: int) -> list[tuple[int, str]]:
    """The numbers of a field that may be the hospital's, with the rank of their type; of those with a type that the
    site does not name, none where others are.

    Where the site names authorities, only their numbers count, so that another hospital's number is nobody here.
    """
    site, types = speaking.site, speaking.site.patient_types
    ranked: list[tuple[int, str]] = []
    for repetition in segment.repetitions(field):
        number, kind = segment.part(repetition), segment.part(repetition, 5)
        if len(number) > MOST_KEY:
            speaking.note(f"number of {len(number):,} letters in {segment.name}-{field}")
        elif number and (not site.patient_authorities or segment.part(repetition, 4) in site.patient_authorities):
            ranked.append((types.index(kind) if kind in types else len(types) + bool(kind), number))
    known = [each for each in ranked if each[0] <= len(types)]
    if ranked and not known:
        kind = segment.part(segment.repetitions(field)[0], 5)
        speaking.note(f"number of type {kind} ({segment.name}-{field}), not in patient_types")
    return known or ranked


def authority_of(segment: Segment, number: str, field: int = 3) -> str:
    """Who gave out a number (the namespace of CX-4), where the field tells it."""
    told = (segment.part(each, 4) for each in segment.repetitions(field) if segment.part(each) == number)
    return next(told, "")


def read_patient(speaking: Speaking, pid: Segment) -> bool:
    """PID: from here on the message speaks of this patient. False where the segment has no number of ours."""
    speaking.patient = number_of(speaking, pid, 3) or number_of(speaking, pid, 2)
    speaking.authority = authority_of(pid, speaking.patient)
    if not speaking.patient:
        return False
    segments = {"PID": pid}
    born = speaking.field("identity.born", segments)
    day = None if born is None else day_of(born)
    if born and day is not None and len(day.replace("-", "")) < len(born.strip()[:8].rstrip("0")):
        speaking.note("date in PID-7")
    died_us = speaking.time("identity.died_us", segments)
    if died_us is None and pid.get(30) in {"Y", "N"}:
        died_us = speaking.at_us if pid.get(30) == "Y" else 0
    fields = {
        "family": speaking.field("identity.family", segments),
        "given": speaking.field("identity.given", segments),
        "born": day,
        "sex": speaking.field("identity.sex", segments),
        "address": _address(pid),
        "phone": plain(pid, (13, 1), (13, 12), (14, 1)) or None,
        "died_us": died_us,
        "mother": speaking.field("identity.mother", segments),
    }
    rank = OWN if speaking.is_adt else CONTEXT
    speaking.say(Group.IDENTITY, "", fields, rank)
    for repetition in pid.repetitions(3):
        number, kind = pid.part(repetition), pid.part(repetition, 5)
        if number and number != speaking.patient:
            speaking.say(Group.IDENTITY, f"number {kind} {number}", {"number": (kind, number)}, rank)
    return True


def read_merge(speaking: Speaking, mrg: Segment) -> None:
    """MRG: the numbers that live on as the patient at hand. One of another authority is another patient's here."""
    if speaking.event.partition("^")[2] not in MERGES:
        speaking.note(f"merge of {speaking.event}")
        return
    for number in _prior(speaking, mrg):
        if number != speaking.patient:
            speaking.statements.append(Same(number, speaking.patient, speaking.said()))


def prior_of(speaking: Speaking, mrg: Segment) -> PatientId:
    """Whose it was: MRG-1, the patient at hand where it is not told; empty where it is a number of others."""
    return next(iter(_prior(speaking, mrg)), PatientId("")) if mrg.raw(1) else speaking.patient


def _prior(speaking: Speaking, mrg: Segment) -> list[PatientId]:
    """The numbers of MRG-1, the best first. One of another authority is another patient's here."""
    found = []
    for _, number in sorted(_numbers(speaking, mrg, 1), key=lambda ranked: ranked[0]):
        authority = authority_of(mrg, number, 1)
        if authority and speaking.authority and authority != speaking.authority:
            speaking.note(f"merge of a number of {authority} (MRG-1)")
        else:
            found.append(PatientId(number))
    return found


def read_links(speaking: Speaking, patients: list[PatientId]) -> None:
    """A24 and A37: two records that speak of each other (also of mother and child) but stay two; or no longer do."""
    is_linked = speaking.event.endswith("A24")
    for patient, other in zip(patients, reversed(patients), strict=True):
        if patient != other:
            speaking.patient = patient
            speaking.say(Group.IDENTITY, f"link {other}", {"number": ("linked", other), GONE: not is_linked})


def read_contact(speaking: Speaking, nk1: Segment) -> None:
    """NK1: somebody to call."""
    name = " ".join(part for part in (plain(nk1, (2, 1)), plain(nk1, (2, 2))) if part)
    role = plain(nk1, (3, 2), (3, 1), (7, 2), (7, 1))
    if name:
        phone = plain(nk1, (5, 1), (5, 12), (6, 1))
        speaking.say(Group.CONTACTS, name.casefold(), {"name": name, "role": role, "phone": phone})


def read_allergies(speaking: Speaking, segments: list[Segment]) -> None:
    """All AL1 of a message: the sender's whole list."""
    found = []
    is_none = False
    for al1 in segments:
        code, text = plain(al1, (3, 1)), worded(al1, (3, 2), (3, 5), (3, 1))
        reaction = ", ".join(al1.part(part) for part in al1.repetitions(5))
        if not text:
            speaking.note("AL1 without a substance (AL1-3)")
            if not reaction:
                continue
            text = "?"
        if meanings().is_none_known(code, text):
            is_none = True
            continue
        found.append(Allergy(text, code, reaction, _SEVERITIES.get(al1.get(4), Severity.UNKNOWN)))
    if found or is_none:
        kind = "" if speaking.is_adt else speaking.event.partition("^")[0]
        fields = {"members": tuple(found), NONE_KNOWN: is_none and not found}
        speaking.say(Group.ALLERGIES, f"{LIST}{speaking.source} {kind}", fields)


def read_adverse(speaking: Speaking, iam: Segment) -> None:
    """IAM: one allergy told, changed or taken back (3.4.7)."""
    code, text = plain(iam, (3, 1)), worded(iam, (3, 2), (3, 5), (3, 1))
    key = plain(iam, (7, 1)) or code or text
    if not key:
        speaking.note("IAM without IAM-3 and IAM-7")
        return
    if meanings().is_none_known(code, text):
        speaking.say(Group.ALLERGIES, key, {NONE_KNOWN: iam.get(6) != _DELETED})
        return
    fields = {
        "substance": text or None,
        "code": code or None,
        "reaction": ", ".join(filter(None, (iam.part(part) for part in iam.repetitions(5)))).strip('"') or None,
        "severity": _SEVERITIES.get(iam.get(4)),
        "is_certain": iam.get(17) not in _UNCERTAIN,
        GONE: iam.get(6) == _DELETED or iam.get(17) == "E",
    }
    speaking.say(Group.ALLERGIES, key, fields)


def read_diagnoses(speaking: Speaking, segments: list[Segment]) -> None:
    """All DG1 of a message: the sender's whole list for the stay."""
    found = []
    for dg1 in segments:
        code, text = plain(dg1, (3, 1)), plain(dg1, (4, 1), (3, 2), (3, 1))
        if text and dg1.get(21) != _DELETED:
            found.append(Coded(text, code, plain(dg1, (3, 3)), speaking.moment(dg1, 5) or 0))
    if found:
        key = f"{LIST}{speaking.source} {speaking.visit}"
        speaking.say(Group.PROBLEMS, key, {"members": tuple(found)}, OWN if speaking.is_adt else CONTEXT)


def _address(pid: Segment) -> str | None:
    parts = [plain(pid, (11, number)) for number in (1, 2, 5, 3, 4, 6)]
    return ", ".join(part for part in parts if part) or None
