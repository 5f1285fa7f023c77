"""The proof of a plan as files: the certificate, and the problem that it speaks of beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import msgspec

from codedark.app.containing import Containment
from codedark.contain import certificate, problem_file
from codedark.contain.certificate import HeldOut, Refused
from codedark.contain.harm import Judge
from codedark.contain.proof import certificate_of
from codedark.contain.verification import Verified, verify

PROBLEM_ENDING: Final = ".problem.json"
"""Behind the name of a certificate: the file of its problem."""


def proof_of(made: Containment) -> tuple[bytes, bytes, str]:
    """The certificate of the balanced plan and its problem, as files, and "" or what has to be said of it.

    The plan is the one that is proposed, which may be another than the search ended with; what the search proved holds
    for every choice. All off, done by the main switches, takes more hands than there are and so is no choice of the
    problem: where that is the plan, the proof is of the best that the search found.
    """
    plan, (choosing, found) = made.plans.balanced.judged, made.found[made.plans.balanced.judged.name]
    if choosing.problem.cuts.staff_minutes[plan.chosen].sum() > choosing.problem.staff_minutes:
        by_hand = f"the balanced plan is `{made.plans.balanced.by_hand}`, for which hands are not counted"
        said = f"{by_hand}: the proof is of the best plan within the hands that there are"
        return certificate.written(certificate_of(choosing, found)), problem_file.written(choosing.problem), said
    harm = Judge(choosing.problem).outcome(choosing, plan.chosen).mean
    bare = certificate_of(choosing, replace(found, chosen=plan.chosen, harm=harm, bound=min(found.bound, harm)))
    held_out = HeldOut(
        made.asked.judging_seed, made.asked.scenarios, plan.harm.mean, max(plan.harm.low, 0.0), plan.harm.high
    )
    proof = msgspec.structs.replace(bare, held_out=held_out)
    return certificate.written(proof), problem_file.written(choosing.problem), ""


def checked_certificate(proof: bytes, problem: bytes) -> Verified | Refused:
    """What a certificate proves of a problem, both as the bytes of their files. Raises `UnusableInput` where the
    problem is none.
    """
    read = certificate.read(proof)
    return read if isinstance(read, Refused) else verify(problem_file.read(problem), read)
