"""What is said of a drug's order, on the screen and on paper: who ordered or stopped it on the ward, and why somebody
has to ask first. Times are told by ``when``: as short as can be on a screen, with their dates on paper.
"""

from __future__ import annotations

from collections.abc import Callable

from codedark.app.ward.doses import Dose
from codedark.app.ward.tongue import Tongue
from codedark.continuity.entries.entry import Entry, Order, Stop


def charted_by(entry: Entry, t: Tongue, when: Callable[[int], str]) -> str:
    """Who ordered or stopped it on the ward."""
    given = {"when": when(entry.effective_us), "who": entry.author, "row": entry.id}
    if isinstance(entry.content, Order):
        return t("ordered on the ward: {when}, {who}, row {row}", **given)
    return t("stopped on the ward: {when}, {who}, row {row}", **given)


def doubts_of(dose: Dose, t: Tongue, when: Callable[[int], str]) -> list[str]:
    """Why somebody has to ask whether it is ordered at all."""
    told = [] if dose.is_sure else [t("What corrected this order was undone: ask whether it holds")]
    if dose.asked is not None and isinstance(what := dose.asked.content, Stop):
        said = {
            "drug": what.drug, "when": when(dose.asked.effective_us), "who": dose.asked.author, "row": dose.asked.id
        }  # fmt: skip
        told.append(
            t("{drug} was stopped under no order that is known here: {when}, {who}, row {row}. Ask first", **said)
        )
    return told
