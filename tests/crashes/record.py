"""A record on the other side of a bad network: it is a small FHIR server's; what arrives is left to chance."""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Any, Final

from codedark.exchange.sender import NotAccepted, NotDelivered
from tests.crashes.acts import PATIENTS, Person
from tests.crashes.orders import RECORDED, Recorded
from tests.small_fhir_server import Refused, SmallFhirServer

Resource = dict[str, Any]
ORDERS: Final = "urn:hospital:orders"
"""In which the record numbers its own orders."""
_BEHIND_THE_NIGHT: Final = "2026-01-13T20:00:00Z"


class Trouble(StrEnum):
    """What becomes of a request."""

    NONE = "answered"
    LOST = "request lost"
    UNANSWERED = "done, answer lost"
    DOUBLED = "request doubled"
    ROLLED_BACK = "rolled back half-way"
    BUSY = "busy (503)"
    DELAYED = "held back, arrives later"
    NO_SEARCH = "search not answered"


_OF_TRANSACTIONS = (
    Trouble.LOST, Trouble.UNANSWERED, Trouble.DOUBLED, Trouble.ROLLED_BACK, Trouble.BUSY, Trouble.DELAYED,
)  # fmt: skip


class Record:
    """What `FhirTarget` asks. ``around`` is called before and behind every request: a process can die there, a second
    run come between.
    """

    def __init__(
        self, server: SmallFhirServer, seed: int, around: Callable[[], None], merges: Callable[[], None]
    ) -> None:
        self.server, self.around, self._merges = server, around, merges
        self.troubles: Counter[Trouble] = Counter()
        self.is_bad = True
        self._chance = random.Random(seed)
        self._held: list[Mapping[str, Any]] = []

    def search(self, kind: str, parameters: Sequence[tuple[str, str]]) -> list[Resource]:
        self.around()
        self._let_through(0.3)
        if self.is_bad and self._chance.random() < 0.03:
            self.troubles[Trouble.NO_SEARCH] += 1
            raise NotDelivered("no answer")
        if kind == "Patient":
            self._merge_perhaps()
        found = copy.deepcopy(self.server.found(kind, list(parameters)))
        if kind == "MedicationRequest" and parameters[0][0] == "identifier" and "|" not in parameters[0][1]:
            self._merge_perhaps()  # an order that was looked at has another patient and version when it is stopped
        self.around()
        return found

    def transact(self, bundle: Mapping[str, Any]) -> list[str]:
        self.around()
        trouble = self._chance.choice(_OF_TRANSACTIONS) if self.is_bad and self._chance.random() < 0.3 else Trouble.NONE
        self.troubles[trouble] += 1
        match trouble:
            case Trouble.LOST | Trouble.BUSY:
                raise NotDelivered(trouble)
            case Trouble.DELAYED:
                self._held.append(bundle)
                raise NotDelivered(trouble)
            case Trouble.ROLLED_BACK:
                with suppress(Refused):
                    self.server.transact(dict(bundle), stop_after=len(bundle["entry"]) - 1)
                raise NotDelivered(trouble)
            case Trouble.DOUBLED:
                self._do(bundle)
        places = self._do(bundle)
        self.around()
        if trouble is Trouble.UNANSWERED:
            raise NotDelivered(trouble)
        return places

    def calm(self) -> None:
        """From now on all goes well, and what was held back arrives."""
        self.is_bad = False
        self._let_through(1)

    def _merge_perhaps(self) -> None:
        """Patients are merged while a run is under way. What was held back arrives before: a request that is under way
        meanwhile is filed for the record that was, which is a limit that is told.
        """
        if self.is_bad and self._chance.random() < 0.05:
            self._let_through(1)
            self._merges()

    def _let_through(self, odds: float) -> None:
        going = [each for each in self._held if self._chance.random() < odds]
        self._held = [each for each in self._held if each not in going]
        for each in going:
            with suppress(NotAccepted):
                self._do(each)

    def _do(self, bundle: Mapping[str, Any]) -> list[str]:
        try:
            done = self.server.transact(dict(bundle))
        except Refused as refused:
            raise NotAccepted(str(refused)) from refused
        return [str(each["response"]["location"]).split("/_history")[0] for each in done["entry"]]


def known_before(server: SmallFhirServer) -> None:
    """The record knows patients, and has orders for them."""
    for person in PATIENTS:
        server.put(patient(person, person.number))
    for order in RECORDED:
        server.put(ordered(order))


def ordered(order: Recorded) -> Resource:
    """As the record has it."""
    return {
        "resourceType": "MedicationRequest", "id": f"own-{order.number}", "status": "active", "intent": "order",
        "identifier": [{"system": ORDERS, "value": order.number}],
        "subject": {"reference": f"Patient/{order.person.number}"}, "medicationCodeableConcept": {"text": order.drug},
        "meta": {"versionId": "1", "lastUpdated": "2026-01-11T08:00:00Z"},
    }  # fmt: skip


def touched(resource: Resource) -> None:
    """Somebody changed it in the record, past the program."""
    version = int(resource.get("meta", {}).get("versionId", 1))
    resource["meta"] = resource.get("meta", {}) | {"versionId": f"{version + 1}", "lastUpdated": _BEHIND_THE_NIGHT}


def patient(person: Person, id_: str) -> Resource:
    """As the record has it."""
    return {
        "resourceType": "Patient", "id": id_, "active": True, "birthDate": person.born,
        "identifier": [{"system": "urn:codedark:mrn", "value": person.number}], "name": [{"family": person.family}],
    }  # fmt: skip


def merge(server: SmallFhirServer, person: Person) -> None:
    """Somebody merges a patient's record into another one (hl7.org/fhir/R4/patient.html, Patient.link). The old one
    keeps its number and is not active; what was filed for it is the other's.
    """
    old, new = f"Patient/{person.number}", f"Patient/{person.number}-kept"
    if new in server.resources:
        return
    server.put(patient(person._replace(number=f"{person.number}9"), f"{person.number}-kept"))
    server.resources[old] |= {"active": False, "link": [{"other": {"reference": new}, "type": "replaced-by"}]}
    for each in server.resources.values():
        for about in ("subject", "patient"):
            if each.get(about) == {"reference": old}:
                each[about] = {"reference": new}
                touched(each)
