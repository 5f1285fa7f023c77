"""Whose an entry is: the patient in the record, made sure by a person where the ward gave a number of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from codedark.app.back_entry.target import CALLED, Doubt, Stranger, Target, is_admission
from codedark.continuity.charts.chart import PatientId
from codedark.continuity.entries.checks import Known, known_of_admission, strangers
from codedark.continuity.entries.entry import Checked, Entry, Identifier, Void
from codedark.continuity.entries.said_dates import born_said
from codedark.continuity.packs.numbers import is_valid
from codedark.errors import UsageError
from codedark.store.back_entry_book import Decision

NEW: Final = "new"
_BORN: Final = " born "
"""Between the number and the date of birth in a decision."""


class Came(NamedTuple):
    """Who came in under a reserved number: as they were ever called, and how many they are that no correction makes
    one. More than one are where a disk was put back to an earlier day and gave the number a second time.
    """

    known: Sequence[Known]
    people: Sequence[Known]


Admitted = Mapping[PatientId, Came]


def said_of(is_: str, born: str) -> str:
    """What is kept of who a reserved number is: `NEW`, or the number of somebody in the record, with the date of birth
    that stands there: a number that was mistyped is somebody else's. Raises `UsageError` for what is no date.
    """
    if is_ == NEW or not born:
        return is_
    if not (date := born_said(born)):
        raise UsageError(f"{born}: cannot be read as a date of birth: write it as 1962-06-15")
    return f"{is_}{_BORN}{date}"


def admitted(acts: Iterable[Entry]) -> Admitted:
    """Who came in under which reserved number, wherever it was; also as they were called before that was corrected. Who
    was made void is left out, unless nobody else came.
    """
    there = list(acts)
    voided = {each.replaces for each in there if isinstance(each.content, Void)}
    found: dict[PatientId, list[tuple[Entry, Known]]] = {}
    for entry in there:
        if known := known_of_admission(entry):
            found.setdefault(known.id, []).append((entry, known))
    return {
        number: _came([each for each in came if each[0].id not in voided] or came) for number, came in found.items()
    }


def _came(admissions: Sequence[tuple[Entry, Known]]) -> Came:
    people = dict.fromkeys(known for entry, known in admissions if not entry.replaces)
    return Came([known for _, known in admissions], list(people))


def patient_of(entry: Entry, admissions: Admitted, decisions: Mapping[str, Decision], target: Target) -> str:
    """What the target calls the entry's patient; "" for one whom this admission makes. Raises `Doubt`.

    1. A number of the record: the record tells whether it is who was recognised at the bedside.
    2. A reserved number: whoever came in under it is who was recognised at the bedside. A station that had not heard of
       them could not tell.
       One that two people came in under is nobody's: what is theirs is brought in by hand.
    3. A person said who that is: somebody new, or somebody in the record, whose date of birth they read there.
    """
    number, checked = entry.patient, entry.checked
    if not (is_valid(number) and number[0] == "P"):  # (1)
        return target.patient(number, checked)
    came = admissions.get(number, Came((), ()))
    if len(came.people) > 1:  # (2)
        names = " and ".join(f"{each.name}, born {each.born or 'not known'}" for each in came.people)
        raise Doubt(f"{number} was given to {names}: see who this is of, bring it in by hand, settle it as present")
    wrong = [strangers(checked, number, known) for known in came.known]
    if wrong and all(wrong):
        known, other = came.known[-1], wrong[-1][0]
        raise Doubt(
            f"{number} came in as {known.name}, born {known.born or 'not known'}, and the {CALLED[other.by]} at the"
            f" bedside was {other.value}; see who was treated"
        )
    if (decided := decisions.get(number)) is None:  # (3)
        raise Doubt(
            f"who is {number}? Say it with `codedark backentry confirm {number}`: somebody in the record, or new"
        )
    if decided.what == NEW:
        return "" if is_admission(entry) else target.patient(number, ())
    is_, _, born = decided.what.partition(_BORN)
    try:
        return target.patient(PatientId(is_), (Checked(Identifier.BORN, born),) if born else ())
    except Stranger as error:
        raise Doubt(
            f"{number} was said to be {is_}, another person in the record: it has another date of birth than you typed"
            f" ({born}); find out who it is, and say `codedark backentry confirm {number}` again"
        ) from error
