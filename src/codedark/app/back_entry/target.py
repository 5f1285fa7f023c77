"""Where entries go back to: what back-entry asks of a target, and the target that speaks FHIR."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from codedark.app.ward.times import shown
from codedark.continuity.charts.chart import PatientId
from codedark.continuity.entries.as_fhir import Systems, transaction, type_of
from codedark.continuity.entries.compare import in_words, is_like, question_of
from codedark.continuity.entries.entry import Admission, Checked, Entry, Identifier, Stop
from codedark.continuity.entries.fhir_tokens import any_system, token
from codedark.continuity.entries.names import is_of_family
from codedark.continuity.entries.stop_as_fhir import stopping, why_not
from codedark.errors import CodeDarkError
from codedark.exchange.sender import NotAccepted

_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")
"""What may be the id of a resource: a pack that was made from FHIR has orders by that."""


class Doubt(CodeDarkError):
    """A person has to look at this one; the message says at what."""


class Stranger(Doubt):
    """Somebody else in the record has the number."""


CALLED: Final = {Identifier.NAME: "name", Identifier.BORN: "date of birth", Identifier.NUMBER: "number"}


class Target(Protocol):
    """A system that takes entries. Every method raises `NotDelivered` where it does not answer, `NotAccepted` where it
    says no, and `Doubt` where a person has to look.
    """

    can_be_asked: bool
    """Whether `find` tells that something is not there."""

    def patient(self, number: PatientId, checked: tuple[Checked, ...]) -> str:
        """What the target calls the patient of that number, who is the one that was recognised at the bedside."""

    def find(self, entry: Entry) -> str:
        """Where the entry is filed, by its own identifier; "" where it is not, or the target cannot say."""

    def alike(self, entry: Entry, patient: str) -> list[str]:
        """What others filed that may be the same act, in words."""

    def send(self, entry: Entry, patient: str) -> str:
        """File it; ``patient`` "" is one whom an admission makes. Returns where it is."""


class FhirServer(Protocol):
    """What is asked of a FHIR R4 server, as `FhirClient` asks it. Both raise `NotDelivered`, `NotAccepted`."""

    def search(self, kind: str, parameters: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
        """All resources of a kind that match."""

    def transact(self, bundle: Mapping[str, Any]) -> list[str]:
        """Have a transaction done, all of it or nothing; returns where each of its entries is."""


class FhirTarget:
    """A FHIR R4 server."""

    can_be_asked = True

    def __init__(self, client: FhirServer, systems: Systems) -> None:
        self._client, self._systems = client, systems

    def patient(self, number: PatientId, checked: tuple[Checked, ...]) -> str:
        """Exactly one patient has the number, and birth date and family name are those that were checked. One who was
        merged into another is that other one. Asked each time: people merge records while a run is under way.
        """
        having = self._client.search("Patient", [("identifier", token(self._systems.patient, number))])
        found = {each["id"]: each for each in map(self._kept, having)}
        if len(found) != 1:
            raise Doubt(f"{len(found)} patients have the number {number} in the record: find out who it is")
        there = next(iter(found.values()))
        if wrong := [each for each in checked if not _agrees(each, there)]:
            raise Stranger(
                f"number {number} is another person in the record than at the bedside: the {CALLED[wrong[0].by]} was"
                f" {wrong[0].value}; see who was treated"
            )
        return f"Patient/{there['id']}"

    def _kept(self, patient: dict[str, Any]) -> dict[str, Any]:
        """The patient into whom this one was merged (hl7.org/fhir/R4/patient.html, Patient.link), or itself."""
        seen = {patient["id"]}
        while into := _replaced_by(patient):
            found = self._client.search("Patient", [("_id", into)])
            if len(found) != 1 or into in seen:
                raise Doubt(f"Patient/{patient['id']} was merged into {into}, which is not there: see who it is")
            patient = found[0]
            seen.add(into)
        return patient

    def find(self, entry: Entry) -> str:
        """By the entry's identifier; raises `Doubt` where more than one has it."""
        if isinstance(entry.content, Stop):
            return self._stopped(entry)
        kind = type_of(entry.content)
        if kind is None:
            return ""
        found = self._client.search(kind, [("identifier", token(self._systems.entry, entry.id))])
        if len(found) > 1:
            raise Doubt(f"{len(found)} resources have the identifier {entry.id}: keep one, and say which")
        return f"{kind}/{found[0]['id']}" if found else ""

    def alike(self, entry: Entry, patient: str) -> list[str]:
        """The same drug, measurement or allergy of the patient at about the same time."""
        question = question_of(entry)
        if question is None:
            return []
        found = self._client.search(question.type, [(question.patient, patient), *question.parameters])
        return [in_words(each, shown) for each in found if is_like(entry, each, self._systems.entry)]

    def send(self, entry: Entry, patient: str) -> str:
        """As one transaction."""
        if isinstance(entry.content, Stop):
            return self._stop(entry, entry.content, patient)
        if type_of(entry.content) is None:
            raise Doubt("the record moves patients itself: enter the transfer there, then settle this one as present")
        bundle = transaction(entry, patient, self._systems)
        places = self._client.transact(bundle)
        kind = type_of(entry.content)
        return next((place for place in places if place.startswith(f"{kind}/")), self.find(entry))

    def _stopped(self, entry: Entry) -> str:
        """Which order has a stop's Provenance, "" where none has."""
        found = self._client.search("Provenance", [("_tag", token(self._systems.entry, entry.id))])
        targets = (target.get("reference", "") for each in found for target in each.get("target", []))
        return next((str(target).partition("/_history")[0] for target in targets), "")

    def _stop(self, entry: Entry, what: Stop, patient: str) -> str:
        """Stop the record's own order; a request that came twice has done it although the second is refused."""
        found: dict[str, dict[str, Any]] = {}
        for parameter in ["identifier", *(["_id"] if _ID.fullmatch(what.order) else [])] if what.order else ():
            for each in self._client.search("MedicationRequest", [(parameter, any_system(what.order))]):
                found[each["id"]] = each
        if why := why_not(entry, what, list(found.values()), patient, self._systems):
            raise Doubt(f"{why}: look, stop it there by hand if it is to be, then settle this one")
        try:
            self._client.transact(stopping(entry, what, next(iter(found.values())), self._systems))
        except NotAccepted:
            if not (where := self._stopped(entry)):
                raise
            return where
        return self._stopped(entry)


def _replaced_by(patient: dict[str, Any]) -> str:
    """The id of the patient who stands in the place of this one, "" for none."""
    links = (each for each in patient.get("link", []) if each.get("type") == "replaced-by")
    references = (str(each.get("other", {}).get("reference", "")) for each in links)
    return next((reference.rpartition("/")[2] for reference in references), "")


def _agrees(checked: Checked, patient: dict[str, Any]) -> bool:
    """As far as the record tells. The name agrees where it begins with the family name of any of the patient's."""
    match checked.by:
        case Identifier.BORN:
            return bool(checked.value == patient.get("birthDate", checked.value))
        case Identifier.NAME:
            names = [each.get("family") or each.get("text", "") for each in patient.get("name", [])]
            return not names or any(is_of_family(checked.value, name) for name in names)
        case Identifier.NUMBER:
            return True


def is_admission(entry: Entry) -> bool:
    """Whether the entry makes somebody known."""
    return isinstance(entry.content, Admission)
