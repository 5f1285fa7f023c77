"""A model as files: `hospital.yaml` and its tables, the same bytes for the same model.

`codedark.hospital.load.load` reads back exactly what is written here. Comments and the order of columns that a person
made are not kept, so whoever changes a model in place writes only the tables that changed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import yaml

from codedark.hospital.account import Account
from codedark.hospital.asset import Asset
from codedark.hospital.hospital import SCHEMA_VERSION, Hospital
from codedark.hospital.lifeline import Lifeline
from codedark.hospital.load.columns import LAYOUTS, LIST_SEPARATOR
from codedark.hospital.load.document import HOSPITAL_FILE
from codedark.hospital.service import (
    NOTHING,
    RTO_MINUTES,
    AllOf,
    AnyOf,
    Dependency,
    LossPoint,
    OnAsset,
    OnLink,
    OnService,
    Service,
)  # fmt: skip
from codedark.hospital.ward import Ward
from codedark.hospital.zone import Link, Zone

Row = Iterable[str | int]
# What a spreadsheet takes for a formula (OWASP, CSV Injection), also behind apostrophes that guard against that.
_FORMULA: Final = re.compile(r"'*[=+\-@]")


TABLE_FILES: Final[Mapping[str, str]] = {table: f"{table}.csv" for table in LAYOUTS}
"""Where each table stands unless `hospital.yaml` names another file."""


def files_of(hospital: Hospital, table_files: Mapping[str, str] = TABLE_FILES) -> dict[str, bytes]:
    """`hospital.yaml` and all four tables, by file name; ``table_files`` names that of each table."""
    tables = {table_files[table]: octets for table, octets in tables_of(hospital).items()}
    return {HOSPITAL_FILE: yaml_of(hospital, table_files), **tables}


def tables_of(hospital: Hospital) -> dict[str, bytes]:
    """The tables alone, by table, each with its header even where there is no row."""
    flows = hospital.flows
    columns = (flows.sources, flows.targets, flows.protocols, flows.ports, flows.connections, flows.octets)
    return {
        "assets": _csv("assets", map(_asset, hospital.assets.values())),
        "accounts": _csv("accounts", map(_account, hospital.accounts.values())),
        "flows": _csv("flows", zip(*columns, strict=True)),
        "beds": _csv("beds", ((ward.id, bed) for ward in hospital.wards.values() for bed in ward.beds)),
    }


def yaml_of(hospital: Hospital, table_files: Mapping[str, str] = TABLE_FILES) -> bytes:
    """`hospital.yaml` without what stands in the tables."""
    document = {
        "schema": SCHEMA_VERSION,
        "name": hospital.name,
        "time_zone": hospital.time_zone,
        "tables": dict(table_files),
        "zones": {key: _zone(zone) for key, zone in hospital.zones.items()},
        "wards": {key: _ward(ward) for key, ward in hospital.wards.items()},
        "services": {key: _service(service) for key, service in hospital.services.items()},
        "lifelines": {key: _lifeline(lifeline) for key, lifeline in hospital.lifelines.items()},
        "placeholders": {key: list(values) for key, values in hospital.placeholders.items()},
    }
    text = yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)
    return text.encode()


class _Plain(yaml.CSafeDumper):
    """Writes equal values twice instead of an alias, which is not read back."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - of no value
        return True


def _zone(zone: Zone) -> Mapping[str, Any]:
    return _filled(
        name=str(zone.name),
        purpose=zone.purpose.value,
        vlans=list(zone.vlans),
        cidrs=[str(cidr) for cidr in zone.cidrs],
    )


def _ward(ward: Ward) -> Mapping[str, Any]:
    return _filled(name=ward.name, specialty=ward.specialty, zones=list(ward.zones))


def _service(service: Service) -> Mapping[str, Any]:
    return _filled(
        name=service.name,
        tier=int(service.tier),
        patient_facing=service.patient_facing or None,
        needs=None if service.needs == NOTHING else _needs(service.needs),
        rto_minutes=None if service.rto_minutes == RTO_MINUTES[service.tier] else service.rto_minutes,
        downtime_procedure=service.downtime_procedure or None,
        loss_curve=[_loss_point(point) for point in service.loss_curve],
        wards=list(service.wards),
        proposed=service.proposed or None,
    )


def _lifeline(lifeline: Lifeline) -> Mapping[str, Any]:
    until = lifeline.attested_until
    return _filled(
        name=lifeline.name,
        assets=list(lifeline.assets),
        kinds=[kind.value for kind in lifeline.kinds],
        services=list(lifeline.services),
        links=[_link(link) for link in lifeline.links],
        attested_by=lifeline.attested_by or None,
        attested_until=until.isoformat() if until else None,
    )


def _needs(need: Dependency) -> Mapping[str, Any]:
    match need:
        case OnAsset(asset):
            return {"asset": asset}
        case OnService(service):
            return {"service": service}
        case OnLink(link):
            return {"link": _link(link)}
        case AllOf(parts):
            return {"all": [_needs(part) for part in parts]}
        case AnyOf(parts, at_least):
            return _filled(at_least=None if at_least == 1 else at_least) | {"any": [_needs(part) for part in parts]}


def _link(link: Link) -> Mapping[str, str]:
    return {"from": link.source, "to": link.target}


def _loss_point(point: LossPoint) -> Mapping[str, Any]:
    numbers = {"hours": _number(point.hours), "harm_per_hour": _number(point.harm_per_hour)}
    return numbers | _filled(consequence=point.consequence or None)


def _number(value: float) -> float | int:
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else value


def _filled(**parts: Any) -> dict[str, Any]:
    """Without what says nothing: None and empty lists."""
    return {key: value for key, value in parts.items() if value is not None and value != []}


def _asset(asset: Asset) -> Row:
    return (
        asset.id, asset.kind, asset.zone or "", LIST_SEPARATOR.join(asset.addresses), asset.mac,
        _guarded(asset.operating_system), asset.support, _guarded(asset.manufacturer), _guarded(asset.owner),
        asset.ward or "", _guarded(asset.place), LIST_SEPARATOR.join(asset.log_sources),
    )  # fmt: skip


def _account(account: Account) -> Row:
    return (
        account.id, account.kind, _guarded(account.domain), _guarded(account.person), _guarded(account.role),
        _truth(account.privileged), _truth(account.enabled), LIST_SEPARATOR.join(account.may_log_on_to),
        LIST_SEPARATOR.join(account.wards),
    )  # fmt: skip


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _guarded(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def _csv(table: str, rows: Iterable[Row]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    header: Sequence[str] = LAYOUTS[table].columns
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()
