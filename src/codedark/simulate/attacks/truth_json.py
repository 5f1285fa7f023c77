"""The truth as plain data, as truth.json holds it: ids, ISO 8601 times in UTC, sentences."""

from __future__ import annotations

from typing import Any

from codedark.simulate.attacks.schedule import utc
from codedark.simulate.truth import Truth


def as_json(truth: Truth) -> dict[str, Any]:
    """The whole truth; hosts and accounts that do not apply are left out, an open end is None."""
    return {
        "attack": truth.attack,
        "begin": utc(truth.begin_us),
        "note": truth.note,
        "steps": [
            {
                "id": step.id,
                "at": utc(step.at_us),
                "technique": step.technique,
                "statement": step.statement,
                "host": step.host,
                "account": step.account,
                "irreversible": step.irreversible,
            }
            for step in truth.steps
        ],
        "held": [
            ({"host": held.host} if held.host else {})
            | ({"account": held.account} if held.account else {})
            | {"from": utc(held.from_us), "until": None if held.until_us is None else utc(held.until_us)}
            for held in truth.held
        ],
        "touched": [
            {"patient": touched.patient, "how": touched.how, "at": utc(touched.at_us), "step": touched.step}
            for touched in truth.touched
        ],
        "deleted": [
            {
                "host": gone.host,
                "log": gone.log,
                "from": utc(gone.from_us),
                "until": utc(gone.until_us),
                "step": gone.step,
            }
            for gone in truth.deleted
        ],
    }
