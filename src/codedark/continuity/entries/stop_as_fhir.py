"""A stop as a FHIR R4 transaction: the record's own order, found by its number, gets the status ``stopped``, with its
Provenance, and only while it is the version that was looked at (hl7.org/fhir/R4/http.html, 3.1.0.5 and 3.1.0.11).

Which order is never guessed: where not exactly one has the number, or it is no longer what the ward stopped, a person
stops it in the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from codedark.continuity.entries.as_fhir import Systems, provenance, uuid_of
from codedark.continuity.entries.compare import is_of_drug
from codedark.continuity.entries.entry import Entry, Stop
from codedark.continuity.entries.fhir_acts import Resource
from codedark.continuity.fhir.elements import quantity
from codedark.continuity.fhir.speaking import listed
from codedark.events.moments import microseconds_of

_GOING_ON: Final = {"active", "on-hold"}
_SLACK_US: Final = 5 * 60_000_000


def why_not(entry: Entry, what: Stop, found: Sequence[Resource], patient: str, systems: Systems) -> str:
    """Why a person has to stop it; "" where the one order that was ``found`` may be stopped.

    1. Exactly one order has the number, and it is this patient's.
    2. It goes on, and is for the drug and the dose that the ward stopped.
    3. Nobody touched it since the stop: somebody may have renewed it. An order of the wards was brought in since.
    4. The record says which version it is, so that it is not stopped while somebody changes it.
    """
    if len(found) != 1:
        number = what.order or f"for {what.drug}, whose number nobody at the station knew,"
        return f"{len(found)} orders {number} are in the record"
    order = found[0]
    said, meta = order.get("subject", {}).get("reference", ""), order.get("meta", {})
    if said.rpartition("/")[2] != patient.rpartition("/")[2]:
        return f"the order {what.order} is another patient's in the record"
    if order.get("status") not in _GOING_ON:
        return f"the order {what.order} is {order.get('status')} in the record already"
    if not is_of_drug(order, what.drug) or not _is_dose(order, what):
        return f"the order {what.order} is for another drug or dose in the record than {_told(what)}, which was stopped"
    own = any(each.get("system") == systems.entry for each in listed(order.get("identifier")))
    if not own and _changed_us(meta) > entry.effective_us + _SLACK_US:
        return f"the order {what.order} was changed in the record at {meta['lastUpdated']}, behind the stop"
    return "" if meta.get("versionId") else "the record does not say which version of an order it has"


def stopping(entry: Entry, what: Stop, order: Resource, systems: Systems) -> Resource:
    """The bundle that stops an order as it was found."""
    place = f"MedicationRequest/{order['id']}"
    reason = what.reason or "stopped on the ward while the systems were off"
    stopped = order | {"status": "stopped", "statusReason": {"text": reason}}
    request = {"method": "PUT", "url": place, "ifMatch": f'W/"{order["meta"]["versionId"]}"'}
    changed = {"fullUrl": f"urn:uuid:{uuid_of(entry.id, 'act')}", "resource": stopped, "request": request}
    steps = [changed, provenance(entry, place, systems)]
    return {"resourceType": "Bundle", "type": "transaction", "entry": steps}


def _is_dose(order: Resource, what: Stop) -> bool:
    """Whether the doses agree, as far as both tell one that can be compared."""
    rates = [rate for dosage in listed(order.get("dosageInstruction")) for rate in listed(dosage.get("doseAndRate"))]
    doses = [quantity(rate.get("doseQuantity")) for rate in rates if rate.get("doseQuantity")]
    try:
        wanted = float(what.dose)
        return not doses or any(float(dose) == wanted for dose, _ in doses)
    except ValueError:
        return True


def _changed_us(meta: dict[str, Any]) -> int:
    """When the record changed it last; 0 where it does not say."""
    try:
        return microseconds_of(datetime.fromisoformat(meta.get("lastUpdated", "")))
    except ValueError:
        return 0


def _told(what: Stop) -> str:
    return " ".join(filter(None, (what.drug, what.dose, what.unit)))
