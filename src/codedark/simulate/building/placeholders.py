"""What the detection rules cannot know by themselves: the values of ``%name%`` for this hospital."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from codedark.hospital.asset import AssetId, AssetKind
from codedark.simulate.building.directory import Directory
from codedark.simulate.building.machine import Machine
from codedark.simulate.building.names import SUPPLIERS
from codedark.simulate.building.segments import block_prefix
from codedark.simulate.site import Function, Host, Role

CANARY_FILE = "_AAA_do_not_open"
ADMINISTRATORS_EACH = 3
"""How many people look after one system: the image archive, the interface engine."""


UPDATE_DOMAINS = (".microsoft.com", ".windowsupdate.com", ".msftconnecttest.com", ".digicert.com")
"""Where the Windows in devices asks for updates and certificates: a hospital that tuned its rules has put them in."""


def ae_title(asset: AssetId) -> str:
    """The DICOM application entity title of a machine: its name with underscores, at most 16 letters (PS3.5, VR AE)."""
    return asset.replace("-", "_").upper()[:16]


def placeholders(
    machines: Sequence[Machine], hosts: Mapping[AssetId, Host], people: Directory, dns_domain: str, first: int
) -> dict[str, tuple[str, ...]]:
    """A value or more for every placeholder that the rules of Code Dark use."""

    def addresses(*functions: Function) -> tuple[str, ...]:
        return tuple(hosts[machine.id].address for machine in machines if machine.function in functions)

    def titles(*kinds: Function | AssetKind) -> tuple[str, ...]:
        return tuple(ae_title(machine.id) for machine in machines if machine.function in kinds or machine.kind in kinds)

    administrators = [str(person.admin_account) for person in people.people if person.role is Role.IT_ADMINISTRATOR]
    engineers = [person for person in people.people if person.role is Role.BIOMEDICAL_ENGINEER]
    service = people.service_accounts
    reading = tuple(ae_title(machine.id) for machine in machines if machine.id.startswith("READ"))
    return {
        "ehr_service_accounts": (service["ehr"], service["ehr_batch"]),
        "ehr_export_accounts": (service["research"],),
        "backup_accounts": (service["backup"],),
        "admin_accounts": ("adm-",),
        "cloud_admins": ("adm-",),
        "vendor_accounts": ("ext-",),
        "imaging_admins": tuple(administrators[:ADMINISTRATORS_EACH]),
        "interface_engine_admins": tuple(administrators[-ADMINISTRATORS_EACH:]),
        "biomedical_admins": tuple(str(person.admin_account) for person in engineers),
        "room_device_accounts": (f"room-or1@{dns_domain}", f"room-board@{dns_domain}"),
        "canary_files": (CANARY_FILE,),
        "canary_accounts": (service["canary"],),
        "canary_readers": ("\\VeeamAgent.exe", "\\MsMpEng.exe"),
        "clinical_workstations": ("WS-", "WOW-", "READ"),
        "imaging_servers": ("PACS", "MWL"),
        "worklist_servers": ("MWL",),
        "pump_gateways": ("PUMPGW",),
        "nurse_call_servers": ("NURSECALL",),
        "medical_device_networks": (block_prefix(first, "DEV"),),
        "device_gateway_addresses": addresses(Function.PUMP_GATEWAY, Function.MONITOR_GATEWAY),
        "device_supplier_addresses": tuple(address for _, _, address in SUPPLIERS),
        "biomedical_addresses": tuple(
            dict.fromkeys(hosts[computer].address for person in engineers for computer in person.workstations)
        ),
        "ehr_application_addresses": addresses(Function.EHR_APPLICATION),
        "interface_engine_addresses": addresses(Function.INTERFACE_ENGINE),
        "hl7_destinations": addresses(
            Function.EHR_APPLICATION,
            Function.LABORATORY,
            Function.RIS,
            Function.PHARMACY,
            Function.BLOOD_BANK,
            Function.PUMP_GATEWAY,
        ),
        "known_ae_titles": (*titles(Function.PACS, Function.WORKLIST, AssetKind.MODALITY), *reading),
        "pacs_archives": titles(Function.PACS),
        "expected_device_domains": (
            f".{dns_domain}",
            *(f".{supplier}.example" for supplier, *_ in SUPPLIERS),
            *UPDATE_DOMAINS,
        ),
        "pharmacy_services": ("Cabinet Dispense Service", "Pharmacy Order Service"),
        "laboratory_services": ("LIS Result Service", "Blood Bank Server"),
        "antivirus_exclusions": ("\\Exclusions\\Paths\\C:\\MedSoft\\",),
    }
