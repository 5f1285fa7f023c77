"""The other side of back-entry: a FHIR server or an HL7 receiver that drops and doubles, and what people do there."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple, Protocol

import pytest

from codedark.app.back_entry.hl7_target import Hl7Target
from codedark.app.back_entry.target import FhirTarget, Target
from codedark.continuity.entries.as_fhir import Systems
from codedark.exchange import connection
from codedark.exchange.fhir_client import FhirClient
from tests.crashes import oracle, stopped
from tests.crashes.acts import JAN, PATIENTS, Act
from tests.crashes.chain import Chain
from tests.crashes.orders import is_drug_order
from tests.crashes.record import ORDERS, Record, known_before, merge, touched
from tests.crashes.stopped import STOPPED, TAKEN_BACK, Hand, There
from tests.dropping_hl7_receiver import Receiver, Trouble, running_receiver
from tests.small_fhir_server import Fault, SmallFhirServer, running_server


class Peer(Protocol):
    """What runs there, what it has, and what a person does there."""

    target: Target
    by_hand: set[str]
    """Rows of what people settled there in the place of the program."""

    def between(self) -> None: ...
    def calm(self) -> None: ...
    def holds(self, act: Act) -> bool: ...
    def take_back(self, act: Act) -> None: ...
    def enter(self, act: Act, stopped_why: str) -> None: ...
    def change(self, number: str, status: str, why: str) -> None: ...
    def filed(self) -> list[oracle.Filed]: ...
    def signed(self) -> list[oracle.Signed]: ...
    def orders(self) -> list[There]: ...
    def patients(self, unknown: str) -> dict[str, str]: ...


class FhirPeer:
    """A FHIR server, asked in this process, or (``base``) over HTTP."""

    def __init__(self, server: SmallFhirServer, seed: int, over_http: bool) -> None:
        self.server, self.seed = server, seed
        self.by_hand: set[str] = set()
        self.chain: Chain | None = None
        self.merges = seed % 4 == 0
        self.record = Record(server, seed, self._around, self.between)
        known_before(server)
        if over_http:
            server.faults.extend(random.Random(seed).choices([Fault.NONE, *Fault], k=30))
        self.target: Target = FhirTarget(FhirClient(server.base) if over_http else self.record, Systems())

    def between(self) -> None:
        if self.merges:
            merge(self.server, JAN)

    def calm(self) -> None:
        self.server.faults.clear()
        self.record.calm()

    def holds(self, act: Act) -> bool:
        return _has_stop(self.orders(), act) or any(act.marker in each.text for each in self.filed())

    def take_back(self, act: Act) -> None:
        for each in self.server.resources.values():
            if any(act.marker in one.text for one in oracle.filed_resources([each])):
                each["status"] = "entered-in-error"
                touched(each)

    def enter(self, act: Act, stopped_why: str) -> None:
        told = " ".join(act.fields[key] for key in ("dose", "unit", "route", "frequency"))
        self.server.put({
            "resourceType": "MedicationRequest", "id": f"hand-{act.row}", "status": STOPPED,
            "statusReason": {"text": stopped_why}, "identifier": [{"system": ORDERS, "value": act.row}],
            "subject": {"reference": self.patients("")[act.person.number]}, "authoredOn": oracle.time_of(act.at_us),
            "medicationCodeableConcept": {"text": act.fields["name"]}, "dosageInstruction": [{"text": told}],
        })  # fmt: skip

    def change(self, number: str, status: str, why: str) -> None:
        for each in self.server.of("MedicationRequest"):
            if stopped.number_of(each) == number and each["status"] != TAKEN_BACK:
                each |= {"status": status, "statusReason": {"text": why}}
                touched(each)

    def filed(self) -> list[oracle.Filed]:
        return oracle.filed_resources(self.server.resources.values())

    def signed(self) -> list[oracle.Signed]:
        return oracle.signed_resources(self.server.resources.values())

    def orders(self) -> list[There]:
        return stopped.orders_of_record(self.server.resources.values(), self.server.versions)

    def patients(self, unknown: str) -> dict[str, str]:
        names = {each.number: f"Patient/{each.number}" for each in PATIENTS}
        if self.merges:
            names[JAN.number] += "-kept"
        of_unknown = [
            f"Patient/{each['id']}" for each in self.server.of("Patient") if each["identifier"][0]["value"] == unknown
        ]
        assert len(of_unknown) < 2, "the unknown patient is there twice"
        return names | {"": "".join(of_unknown)}

    def _around(self) -> None:
        if self.chain is not None:
            self.chain.request()


class Hl7Peer:
    """A receiver of HL7 v2."""

    def __init__(self, receiver: Receiver, seed: int) -> None:
        self.receiver = receiver
        self.by_hand: set[str] = set()
        receiver.came.clear()
        receiver.filed.clear()
        receiver.troubles.clear()
        kinds: list[Trouble] = [each for each in Trouble if each is not Trouble.REFUSED]
        receiver.troubles.extend(random.Random(seed).choices([*[Trouble.NONE] * 4, *kinds], k=20))
        self.target: Target = Hl7Target("127.0.0.1", receiver.port)
        self.taken: set[str] = set()
        self.hands: list[Hand] = []
        self.entered: list[tuple[oracle.Filed, There]] = []

    def between(self) -> None: ...

    def calm(self) -> None:
        self.receiver.troubles.clear()

    def holds(self, act: Act) -> bool:
        return _has_stop(self.orders(), act) or any(act.marker in each.text for each in self.filed())

    def take_back(self, act: Act) -> None:
        self.taken.add(act.marker)
        if is_drug_order(act):
            self.change(act.row, TAKEN_BACK, "")

    def enter(self, act: Act, stopped_why: str) -> None:
        number, told = act.person.number, " ".join(act.fields.values())
        there = There(act.row, number, STOPPED, stopped_why, ())
        self.entered.append((oracle.Filed(number, told, oracle.time_of(act.at_us)), there))

    def change(self, number: str, status: str, why: str) -> None:
        self.hands.append(Hand(len(self.receiver.filed), number, status, why))

    def filed(self) -> list[oracle.Filed]:
        there = [*oracle.filed_messages(self.receiver.filed.values()), *(filed for filed, _ in self.entered)]
        return [each for each in there if not any(marker in each.text for marker in self.taken)]

    def signed(self) -> list[oracle.Signed]:
        return oracle.signed_messages(self.receiver.filed.values())

    def orders(self) -> list[There]:
        there = stopped.orders_of_receiver(self.receiver.filed.values(), self.hands)
        return [*there, *(order for _, order in self.entered)]

    def patients(self, unknown: str) -> dict[str, str]:
        return {each.number: each.number for each in PATIENTS} | {"": unknown}


def _has_stop(orders: list[There], act: Act) -> bool:
    return act.kind == "stop" and any(each.status == STOPPED and act.marker in each.why for each in orders)


class Peers(NamedTuple):
    """What runs for all points of a batch."""

    receiver: Receiver
    http: SmallFhirServer
    quiet: SmallFhirServer

    def one(self, seed: int) -> Peer:
        """The peer of a night, empty: of ten two speak HL7 v2 and one FHIR over HTTP."""
        if seed % 10 in {3, 7}:
            return Hl7Peer(self.receiver, seed)
        server = self.emptied(self.http if seed % 10 == 5 else self.quiet)
        return FhirPeer(server, seed, over_http=server is self.http)

    @staticmethod
    def emptied(server: SmallFhirServer) -> SmallFhirServer:
        """The server, as new."""
        with server.lock:
            server.resources.clear()
            server.versions.clear()
            server.faults.clear()
        return server


@contextmanager
def peers() -> Iterator[Peers]:
    """They run."""
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "_FIRST_PAUSE_SECONDS", 0.0)
        quiet = SmallFhirServer()
        stack.callback(quiet.server_close)
        yield Peers(stack.enter_context(running_receiver()), stack.enter_context(running_server()), quiet)
