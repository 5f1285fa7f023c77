"""The directory: people, their accounts, and the accounts behind which nobody stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from codedark.hospital.account import Account, AccountId, AccountKind
from codedark.hospital.asset import AssetId, AssetKind
from codedark.simulate.building.machine import Machine
from codedark.simulate.building.names import FAMILY, GIVEN, SUPPLIERS, plain
from codedark.simulate.building.places import Place
from codedark.simulate.building.segments import LEGACY
from codedark.simulate.building.staff import Position
from codedark.simulate.chance import Seed, stream
from codedark.simulate.site import Function, Person, Role

SERVICE_ACCOUNTS = (
    # What it serves, account, what it does, functions of the servers it logs on to, privileged.
    ("ehr", "svc_ehr_app", "EHR service", (Function.EHR_APPLICATION, Function.EHR_DATABASE), False),
    ("ehr_batch", "svc_ehr_batch", "EHR batch jobs", (Function.EHR_APPLICATION, Function.EHR_DATABASE), False),
    ("backup", "svc_backup", "backup service", tuple(Function), True),
    ("pacs", "svc_pacs", "image archive service", (Function.PACS, Function.WORKLIST, Function.RIS), False),
    ("interface", "svc_interface", "interface engine service", (Function.INTERFACE_ENGINE,), False),
    ("laboratory", "svc_lis", "laboratory service", (Function.LABORATORY, Function.BLOOD_BANK), False),
    ("pharmacy", "svc_pharmacy", "pharmacy service", (Function.PHARMACY,), False),
    ("scanner", "svc_scanner", "vulnerability scanner", tuple(Function), True),
    ("updates", "svc_updates", "update service", (Function.UPDATES,), True),
    ("monitoring", "svc_monitoring", "monitoring", tuple(Function), False),
    ("pumps", "svc_pumpgw", "pump gateway service", (Function.PUMP_GATEWAY,), False),
    ("research", "svc_research", "research exports", (Function.EHR_APPLICATION,), False),
    ("canary", "svc_mri_archive", "alarm: nobody has a reason to use it", (), False),
)
BREAK_GLASS = (
    ("bg-ehr", "emergency access to the patient record", False),
    ("bg-domain", "emergency access to the domain", True),
)
BUILT_IN = (("Administrator", AccountKind.ADMINISTRATOR, 500, True), ("krbtgt", AccountKind.SERVICE, 502, False))
ADMINISTRATOR_ROLES = frozenset({Role.IT_ADMINISTRATOR, Role.BIOMEDICAL_ENGINEER})
CLINICAL_KINDS = ("kind:workstation", "kind:mobile_workstation")
FIRST_RID = 1104
VENDORS_EACH = 2


@dataclass(frozen=True, slots=True)
class Directory:
    """What the directory holds. ``sids`` are of accounts, ``machine_sids`` of computers in the domain."""

    people: list[Person]
    vendors: list[Person]
    accounts: dict[AccountId, Account]
    service_accounts: dict[str, AccountId]
    sids: dict[AccountId, str]
    machine_sids: dict[AssetId, str]


def directory(
    positions: Sequence[Position],
    places: Sequence[Place],
    machines: Sequence[Machine],
    in_domain: Iterable[AssetId],
    domain: str,
    seed: Seed,
) -> Directory:
    """Names, accounts and SIDs for everybody and everything that logs on."""
    chance = stream(seed, "directory")
    people = _people(positions, machines, chance)
    vendors = _vendors(machines, chance)
    accounts = [
        *(
            account
            for person, position in zip(people, positions, strict=True)
            for account in _of_person(person, position, domain)
        ),
        *(_of_vendor(person, domain) for person in vendors),
        *_of_services(machines, domain),
        *(Account(AccountId(id_), AccountKind.BREAK_GLASS, domain, "", role, high) for id_, role, high in BREAK_GLASS),
        *(_shared(place, domain) for place in places if place.beds),
        *(Account(AccountId(id_), kind, domain, "", "built-in account", high, high) for id_, kind, _, high in BUILT_IN),
    ]
    issuer = "S-1-5-21-" + "-".join(str(chance.randrange(1 << 28, 1 << 32)) for _ in range(3))
    fixed = {id_: rid for id_, _, rid, _ in BUILT_IN}
    sids = {account.id: f"{issuer}-{fixed.get(account.id, FIRST_RID + at)}" for at, account in enumerate(accounts)}
    computers = {id_: f"{issuer}-{FIRST_RID + len(accounts) + at}" for at, id_ in enumerate(in_domain)}
    by_service = {serves: AccountId(name) for serves, name, *_ in SERVICE_ACCOUNTS}
    return Directory(people, vendors, {account.id: account for account in accounts}, by_service, sids, computers)


def _people(positions: Sequence[Position], machines: Sequence[Machine], chance: Random) -> list[Person]:
    """A person for each position. Accounts: first letter and family name, with a number where that is taken."""
    at_place: defaultdict[tuple[str, AssetKind], list[AssetId]] = defaultdict(list)
    anywhere: defaultdict[AssetKind, list[AssetId]] = defaultdict(list)
    for machine in machines:
        if machine.kind in {AssetKind.WORKSTATION, AssetKind.MOBILE_WORKSTATION, AssetKind.LAPTOP}:
            at_place[machine.place, machine.kind].append(machine.id)
            anywhere[machine.kind].append(machine.id)
    taken: defaultdict[str, int] = defaultdict(int)
    turn: defaultdict[str, int] = defaultdict(int)
    people = []
    for position in positions:
        given, family = chance.choice(GIVEN), chance.choice(FAMILY)
        base = plain(given)[0] + plain(family)
        taken[base] += 1
        account = base if taken[base] == 1 else f"{base}{taken[base]}"
        turn[position.place.code] += 1
        uses = _computers(position, turn[position.place.code], at_place, anywhere)
        admin = AccountId(f"adm-{account}" if position.role in ADMINISTRATOR_ROLES else "")
        people.append(Person(AccountId(account), given, family, position.role, position.place.ward, uses, admin))
    return people


def _computers(
    position: Position,
    turn: int,
    at_place: Mapping[tuple[str, AssetKind], Sequence[AssetId]],
    anywhere: Mapping[AssetKind, Sequence[AssetId]],
) -> tuple[AssetId, ...]:
    """The computers that somebody uses: colleagues share what stands there, each beginning with another one."""
    found: list[AssetId] = []
    for at, kind in enumerate(position.uses):
        here = at_place.get((position.place.name, kind), ())
        if here:
            found.append(here[(turn + at * 7) % len(here)])
    if not found:
        kind = next(kind for kind in (*position.uses, AssetKind.WORKSTATION) if anywhere.get(kind))
        found.append(anywhere[kind][turn % len(anywhere[kind])])
    return tuple(dict.fromkeys(found))


def _vendors(machines: Sequence[Machine], chance: Random) -> list[Person]:
    """Service engineers of suppliers. They come by VPN and go on from a jump host."""
    jump = tuple(machine.id for machine in machines if machine.function is Function.JUMP)
    return [
        Person(
            AccountId(f"ext-{supplier}{number}"), chance.choice(GIVEN), chance.choice(FAMILY), Role.VENDOR, None, jump
        )
        for supplier, *_ in SUPPLIERS
        for number in range(1, VENDORS_EACH + 1)
    ]


def _of_person(person: Person, position: Position, domain: str) -> list[Account]:
    """The account of a person, and the second one of administrators."""
    name, wards = f"{person.given} {person.family}", (str(person.ward),) if person.ward else ()
    allowed = (f"zone:{position.place.zone}", *(CLINICAL_KINDS if person.ward else ("kind:laptop",)))
    own = Account(person.account, AccountKind.PERSON, domain, name, person.role.value, False, True, allowed, wards)
    if not person.admin_account:
        return [own]
    everywhere = ("kind:server", "kind:domain_controller", "kind:hypervisor", "kind:backup", "kind:workstation")
    devices = ("kind:device_gateway", "kind:nurse_call", "kind:central_station")
    information = person.role is Role.IT_ADMINISTRATOR
    may = everywhere if information else devices
    return [
        own,
        Account(
            person.admin_account, AccountKind.ADMINISTRATOR, domain, name, person.role.value, information, True, may
        ),
    ]


def _of_vendor(person: Person, domain: str) -> Account:
    what = next(what for supplier, what, _ in SUPPLIERS if person.account.startswith(f"ext-{supplier}"))
    name = f"{person.given} {person.family}"
    may = tuple(map(str, person.workstations))
    return Account(person.account, AccountKind.VENDOR, domain, name, f"supplier of {what}", may_log_on_to=may)


def _of_services(machines: Sequence[Machine], domain: str) -> list[Account]:
    """Service accounts, each with the servers that it may log on to."""
    return [
        Account(
            AccountId(name),
            AccountKind.SERVICE,
            domain,
            "",
            role,
            high,
            True,
            tuple(str(machine.id) for machine in machines if machine.function in functions and machine.zone != LEGACY),
        )
        for _, name, role, functions, high in SERVICE_ACCOUNTS
    ]


def _shared(place: Place, domain: str) -> Account:
    """The account that a ward shares, for screens on the corridor."""
    name = AccountId(f"ward-{place.code.lower()}")
    return Account(
        name,
        AccountKind.SHARED,
        domain,
        "",
        "shared ward account",
        may_log_on_to=(f"zone:{place.zone}",),
        wards=(place.code,),
    )
