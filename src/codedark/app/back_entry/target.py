"""Where entries go back to: what back-entry asks of a target, and the target that speaks FHIR."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from codedark.continuity.chart import PatientId
from codedark.continuity.entry import Admission, Checked, Entry, Identifier
from codedark.continuity.entry_compare import in_words, is_like, question_of
from codedark.continuity.entry_fhir import Systems, transaction, type_of
from codedark.continuity.names import is_of_family
from codedark.errors import CodeDarkError


class Doubt(CodeDarkError):
    """A person has to look at this one; the message says at what."""


class Target(Protocol):
    """A system that takes entries. Every method raises `NotDelivered` where it does not answer, `NotAccepted` where it
    says no, and `Doubt` where a person has to look.
    """

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

    def __init__(self, client: FhirServer, systems: Systems) -> None:
        self._client, self._systems = client, systems
        self._patients: Final[dict[str, dict[str, Any]]] = {}

    def patient(self, number: PatientId, checked: tuple[Checked, ...]) -> str:
        """Exactly one patient has the number, and birth date and family name are those that were checked."""
        if number not in self._patients:
            found = self._client.search("Patient", [("identifier", f"{self._systems.patient}|{number}")])
            if len(found) != 1:
                raise Doubt(f"{len(found)} patients have the number {number} in the record: find out who it is")
            self._patients[number] = found[0]
        there = self._patients[number]
        if wrong := [each for each in checked if not _agrees(each, there)]:
            raise Doubt(
                f"number {number} is another person in the record than at the bedside: the {wrong[0].by} was"
                f" {wrong[0].value}; see who was treated"
            )
        return f"Patient/{there['id']}"

    def find(self, entry: Entry) -> str:
        """By the entry's identifier; raises `Doubt` where more than one has it."""
        kind = type_of(entry.content)
        if kind is None:
            return ""
        found = self._client.search(kind, [("identifier", f"{self._systems.entry}|{entry.id}")])
        if len(found) > 1:
            raise Doubt(f"{len(found)} resources have the identifier {entry.id}: keep one, and say which")
        return f"{kind}/{found[0]['id']}" if found else ""

    def alike(self, entry: Entry, patient: str) -> list[str]:
        """The same drug, measurement or allergy of the patient at about the same time."""
        question = question_of(entry)
        if question is None:
            return []
        found = self._client.search(question.type, [(question.patient, patient), *question.parameters])
        return [in_words(each) for each in found if is_like(entry, each, self._systems.entry)]

    def send(self, entry: Entry, patient: str) -> str:
        """As one transaction."""
        if type_of(entry.content) is None:
            raise Doubt("the record moves patients itself: enter the transfer there, then settle this one as present")
        bundle = transaction(entry, patient, self._systems)
        places = self._client.transact(bundle)
        kind = type_of(entry.content)
        return next((place for place in places if place.startswith(f"{kind}/")), self.find(entry))


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
