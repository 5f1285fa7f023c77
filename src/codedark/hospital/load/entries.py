"""What is short: zones, wards, services and lifelines, from the sections of `hospital.yaml`.

The schema has passed every entry that comes here, so that its parts have the types that are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from ipaddress import IPv4Network, IPv6Network, ip_interface, ip_network
from typing import NamedTuple, TypeVar

from codedark.hospital.asset import AssetId, AssetKind
from codedark.hospital.lifeline import Lifeline, LifelineId
from codedark.hospital.load.document import Listing, Node, Scalar, Table
from codedark.hospital.load.report import Names, Report
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
    ServiceId,
    Tier,
)  # fmt: skip
from codedark.hospital.ward import BedId, Ward, WardId
from codedark.hospital.zone import Link, Purpose, Zone, ZoneId

S = TypeVar("S", bound=str)
Entry = tuple[str, int, Table]
"""Id, line of the id, and what stands under it."""


class Known(NamedTuple):
    """The names that entries may refer to."""

    zones: Names
    wards: Names
    services: Names
    assets: Names


def zone(entry: Entry, report: Report) -> tuple[Zone, list[int]]:
    """A zone, with the line of each of its ranges."""
    key, _, table = entry
    cidrs: list[IPv4Network | IPv6Network] = []
    lines: list[int] = []
    for item in items(table, "cidrs"):
        try:
            cidrs.append(ip_network(item.text))
            lines.append(item.line)
        except ValueError:
            report.error(
                item.line, f"`zones.{key}.cidrs` holds `{item.text}`, which is no range", _range_meant(item.text)
            )
    vlans = tuple(int(item.text) for item in items(table, "vlans"))
    return Zone(ZoneId(key), _text(table, "name", key), Purpose(_text(table, "purpose")), vlans, tuple(cidrs)), lines


def ward(entry: Entry, known: Known, report: Report) -> Ward:
    """A ward with the beds that stand in `hospital.yaml`."""
    key, _, table = entry
    beds = tuple(BedId(item.text) for item in items(table, "beds"))
    zones = _references(table, "zones", known.zones, f"wards.{key}", report, str)
    return Ward(WardId(key), _text(table, "name", key), _text(table, "specialty"), beds, zones)


def service(entry: Entry, known: Known, report: Report) -> Service:
    """A service with its needs and its loss curve."""
    key, _, table = entry
    tier = Tier(int(_text(table, "tier")))
    curve = [_loss_point(point) for point in _tables(table, "loss_curve")]
    for before, after, point in zip(curve, curve[1:], _tables(table, "loss_curve")[1:], strict=False):
        if after.hours <= before.hours:
            what = f"the loss curve of `{key}` goes back from {before.hours:g} to {after.hours:g} hours"
            report.error(point.line, what, "put its steps in the order of hours, each hour once")
        elif after.harm_per_hour < before.harm_per_hour:
            what = f"the loss curve of `{key}` falls from {before.harm_per_hour:g} to {after.harm_per_hour:g}"
            report.warning(point.line, what, "a loss rarely gets better with time: look at it again")
    return Service(
        ServiceId(key),
        _text(table, "name", key),
        tier,
        _dependency(table.entries["needs"], known, f"services.{key}", report) if "needs" in table.entries else NOTHING,
        tuple(curve),
        int(_text(table, "rto_minutes", str(RTO_MINUTES[tier]))),
        _text(table, "downtime_procedure"),
        _true(table, "patient_facing"),
        _references(table, "wards", known.wards, f"services.{key}", report, str),
        _true(table, "proposed"),
    )


def lifeline(entry: Entry, known: Known, report: Report, today: date | None) -> Lifeline:
    """A lifeline. One that nobody attests, or no longer, holds all the same and is reported as a warning."""
    key, line, table = entry
    where = f"lifelines.{key}"
    links = [_link(link, known, where, report) for link in _tables(table, "links")]
    until = _text(table, "attested_until")
    found = Lifeline(
        LifelineId(key),
        _text(table, "name", key),
        _references(table, "assets", known.assets, where, report, AssetId),
        tuple(AssetKind(item.text) for item in items(table, "kinds")),
        _references(table, "services", known.services, where, report, ServiceId),
        tuple(links),
        _text(table, "attested_by"),
        date.fromisoformat(until) if until else None,
    )
    line = table.lines.get("attested_until", line)
    if not found.attested_by or found.attested_until is None:
        missing = "nobody attests" if not found.attested_by else "it is not said until when somebody attests"
        mend = "let the role that answers for it sign: `attested_by:` and `attested_until:`"
        report.warning(line, f"{missing} the lifeline `{key}`", mend)
    elif today and found.attested_until < today:
        what = f"the attestation of the lifeline `{key}` by {found.attested_by} ended on {found.attested_until}"
        report.warning(line, what, "look at it again and sign anew")
    if not (found.assets or found.kinds or found.services or found.links):
        report.warning(table.line, f"the lifeline `{key}` protects nothing", "name assets, kinds, services or links")
    return found


def _dependency(node: Node, known: Known, where: str, report: Report) -> Dependency:
    assert isinstance(node, Table)
    line, entries = node.line, node.entries
    match next(key for key in ("asset", "service", "link", "all", "any") if key in entries):
        case "asset":
            return OnAsset(AssetId(_reference(entries["asset"], known.assets, f"{where}.needs", report)))
        case "service":
            return OnService(ServiceId(_reference(entries["service"], known.services, f"{where}.needs", report)))
        case "link":
            return OnLink(_link(entries["link"], known, f"{where}.needs", report))
        case "all":
            return AllOf(_parts(entries["all"], known, where, report))
        case _:
            parts = _parts(entries["any"], known, where, report)
            at_least = int(_text(node, "at_least", "1"))
            if at_least > len(parts):
                what = f"`{where}.needs` asks for {at_least} of {len(parts)} parts, which can never be"
                report.error(
                    node.lines.get("at_least", line), what, "lower `at_least`, or name more parts under `any:`"
                )
            return AnyOf(parts, at_least)


def _parts(node: Node, known: Known, where: str, report: Report) -> tuple[Dependency, ...]:
    assert isinstance(node, Listing)
    return tuple(_dependency(item, known, where, report) for item in node.items)


def _link(node: Node, known: Known, where: str, report: Report) -> Link:
    assert isinstance(node, Table)
    source, target = (_reference(node.entries[end], known.zones, where, report) for end in ("from", "to"))
    return Link(ZoneId(source), ZoneId(target))


def _loss_point(table: Table) -> LossPoint:
    return LossPoint(float(_text(table, "hours")), float(_text(table, "harm_per_hour")), _text(table, "consequence"))


def _references(
    table: Table, key: str, names: Names, where: str, report: Report, kind: Callable[[str], S]
) -> tuple[S, ...]:
    return tuple(kind(_reference(item, names, f"{where}.{key}", report)) for item in items(table, key))


def _reference(node: Node, names: Names, where: str, report: Report) -> str:
    assert isinstance(node, Scalar)
    spelled = names.spelled(node.text)
    if spelled is None:
        what, mend = names.missing(node.text)
        report.error(node.line, f"`{where}` {what}", mend)
        return node.text
    return spelled


def _text(table: Table, key: str, default: str = "") -> str:
    node = table.entries.get(key)
    return node.text if isinstance(node, Scalar) else default


def _true(table: Table, key: str) -> bool:
    node = table.entries.get(key)
    return isinstance(node, Scalar) and node.value is True


def items(table: Table, key: str) -> Iterator[Scalar]:
    """The words of a list; none where there is no list."""
    node = table.entries.get(key)
    return (item for item in (node.items if isinstance(node, Listing) else ()) if isinstance(item, Scalar))


def _tables(table: Table, key: str) -> list[Table]:
    node = table.entries.get(key)
    return [item for item in (node.items if isinstance(node, Listing) else ()) if isinstance(item, Table)]


def _range_meant(text: str) -> str:
    try:
        return f"did you mean `{ip_interface(text).network}`?"
    except ValueError:
        return "write it as 10.20.0.0/16 or 2001:db8::/32"
