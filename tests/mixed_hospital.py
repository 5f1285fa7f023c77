"""A hospital whose firewall, switches and directory are real: nftables, FreeRADIUS and a Samba AD; and a plan for it.

A machine is isolated at its port and on the firewall, as decision 14 has it. `Place` is what a program of its own needs
to act there; it goes to it as JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from codedark.app.enforcing.entries import Plan
from codedark.app.enforcing.probing import Probe, TcpProbes
from codedark.contain.action import ActionId, ActionKind
from codedark.enforce.contract import Adapter, DeviceId, Order, OrderId
from codedark.enforce.directory.directory import Directory
from codedark.enforce.radius.exchange import Nas
from codedark.enforce.radius.radius import Radius
from codedark.enforce.radius.sessions import Sessions
from codedark.hospital.account import AccountId
from codedark.hospital.service import Tier
from tests import free_radius, routed_hospital, samba_directory
from tests.enforcing_program import orders, plan
from tests.free_radius import QUARANTINE, SECRET, SWITCHES, Switches, switches
from tests.routed_hospital import ZONES, RoutedHospital, host, inhabitant
from tests.samba_directory import ADDRESS, ADMINISTRATOR, PASSWORD, Domain, domain_controller

CORE, ACCESS, DIRECTORY = DeviceId("core"), DeviceId("access"), DeviceId("directory")
CUTS, SESSIONS, ACCOUNTS, WAVES = 110, 50, 40, 4
HOSTS = [host(zone, number) for number in range(10) for zone in ZONES[:4] + ZONES[5:]]
LEASE_SECONDS = 60


def why_not() -> str:
    """Why there can be no such hospital here, "" where there can."""
    return "; ".join(filter(None, (each.why_not() for each in (routed_hospital, samba_directory, free_radius))))


class Place(msgspec.Struct, frozen=True):
    """Where all of it is. ``outlook`` is the namespace from which lifelines are asked."""

    router: str
    outlook: str
    directory: str
    authority: str
    sessions: str
    switches: tuple[str, ...]

    def devices(self, lock: int | None = None) -> dict[DeviceId, Adapter]:
        """The adapters of all three, opened anew."""
        known = {address: Nas(address, SECRET) for address in self.switches}
        return {
            CORE: routed_hospital.firewall(self.router, lock),
            ACCESS: Radius(ACCESS, known, Sessions(Path(self.sessions)), QUARANTINE),
            DIRECTORY: Directory(DIRECTORY, self.directory, ADMINISTRATOR, PASSWORD, Path(self.authority)),
        }

    def lifelines(self) -> Outlook:
        """The blood bank, as a zone sees it."""
        return Outlook(self.outlook)


class Outlook:
    """Lifelines as they are seen from a namespace."""

    def __init__(self, namespace: str) -> None:
        self._probes = TcpProbes([Probe("blood-bank", host("LIFELINE"), 443)])
        self._thread = inhabitant(namespace)

    def answering(self) -> frozenset[str]:
        """The names of those that answer now."""
        return self._thread.submit(self._probes.answering).result()


class MixedHospital(msgspec.Struct, frozen=True):
    """All of it, as a test looks at it."""

    network: RoutedHospital
    domain: Domain
    access: Switches
    place: Place

    def things(self) -> dict[tuple[DeviceId, str], str]:
        """What stands, told without the adapters' word where that can be: elements in the kernel, accounts that are
        disabled, sessions whose last record in the log has the quarantine.
        """
        found = {(CORE, thing): "there" for thing in self.network.firewall()._read().left_seconds}
        log = Sessions(Path(self.place.sessions))
        log.refresh()
        sessions = [log.of(address) for address in HOSTS]
        found |= {(ACCESS, each.id): each.authorised for each in sessions if each and each.authorised == QUARANTINE}
        with self.domain.directory()._open() as session:
            wanted = "(&(sAMAccountName=person*)(userAccountControl:1.2.840.113556.1.4.803:=2))"
            disabled = session._search(session._base, wanted, "SUBTREE")
        return found | {(DIRECTORY, each.name): "disabled" for each in disabled}


def people() -> list[str]:
    """The accounts that will be disabled."""
    return [f"person{number:02}" for number in range(ACCOUNTS)]


def mixed(name: str, waves: int = WAVES) -> Plan:
    """Two hundred orders, all kinds on all devices in every wave."""
    given = orders(CUTS, LEASE_SECONDS, f"{name} ")
    for device, kind, words in (
        (ACCESS, ActionKind.ISOLATE_HOST, HOSTS[:SESSIONS]),
        (DIRECTORY, ActionKind.DISABLE_ACCOUNT, people()),
    ):
        for word in words:
            text = f"{name} {device} {kind}:{word}"
            is_host = kind is ActionKind.ISOLATE_HOST
            addresses, accounts = ((word,), ()) if is_host else ((), (AccountId(word),))
            given.append(
                Order(
                    OrderId(text), ActionId(text), kind, device, LEASE_SECONDS, Tier.TWO, addresses, accounts=accounts
                )
            )
    return plan(name, [order for start in range(waves) for order in given[start::waves]], waves)


@contextmanager
def mixed_hospital(folder: Path, name: str) -> Iterator[MixedHospital]:
    """All three, with people who can log on and machines in sessions; gone at the end of the `with`."""
    for part in ("dc", "radius"):
        (folder / part).mkdir()
    with (
        routed_hospital.routed_hospital(name) as network,
        switches(folder / "radius") as access,
        domain_controller(folder / "dc") as domain,
    ):
        with domain.directory()._open() as session:
            password = f'"{PASSWORD}"'.encode("utf-16-le")
            for each in people():
                held: dict[str, str | bytes] = {"sAMAccountName": each, "unicodePwd": password}
                held["userAccountControl"] = "512"
                dn = f"CN={each},CN=Users,{session._base}"
                assert session._connection.add(dn, "user", held), session._connection.result
        access.begin([f"s{number}" for number in range(SESSIONS)], addresses=HOSTS[:SESSIONS])
        outlook = network.inside("OFFICE")[-1]
        place = Place(
            network.router, outlook, ADDRESS, str(domain.authority), str(access.folder / "accounting"), SWITCHES
        )
        yield MixedHospital(network, domain, access, place)
