"""Moves and new numbers of stays and accounts: A35, A41 to A45, A49, A50 (HL7 v2.5.1, 3.3). MRG tells what was."""

from __future__ import annotations

from typing import Final

from codedark.continuity.charts.fact import Move
from codedark.continuity.hl7v2.people import prior_of
from codedark.continuity.hl7v2.speaking import Speaking, plain
from codedark.continuity.hl7v2.syntax import Segment

_OF_ALL: Final = frozenset({"A43"})
_OF_ACCOUNT: Final = frozenset({"A35", "A41", "A44", "A49"})
_OF_VISIT: Final = frozenset({"A42", "A45", "A50"})
MOVES: Final = _OF_ALL | _OF_ACCOUNT | _OF_VISIT


def read_moves(speaking: Speaking, part: list[Segment]) -> None:
    """Each MRG of one patient, with the PV1 behind it (A45 has several pairs).

    1. A43: all that was said of one patient so far is another's. The numbers stay two.
    2. A35, A41, A44, A49: an account (MRG-3) with its stays goes to PID-3, and is called PID-18 now.
    3. A42, A45, A50: a stay (MRG-5, else PV1-19) goes to PID-3, and is called PV1-19 now.
    """
    trigger = speaking.event.partition("^")[2]
    pid = part[0] if part[0].name == "PID" else next(each for each in part if each.name == "PID")
    for place, mrg in enumerate(part):
        if mrg.name != "MRG":
            continue
        prior = prior_of(speaking, mrg)
        pv1 = next((each for each in (*part[place:], *part) if each.name == "PV1"), None)
        if trigger in _OF_ALL:  # (1)
            was = now = ""
        elif trigger in _OF_ACCOUNT:  # (2)
            was, now = plain(mrg, (3, 1)), plain(pid, (18, 1))
        else:  # (3)
            now = plain(pv1, (19, 1)) if pv1 else ""
            was = plain(mrg, (5, 1)) or now
        if prior and (was or (trigger in _OF_ALL and prior != speaking.patient)):
            is_account = trigger in _OF_ACCOUNT
            speaking.statements.append(Move(prior, was, speaking.patient, now, speaking.said(), is_account))
        else:
            speaking.note(f"{speaking.event} that does not say what is moved (MRG)")
