"""The sheet of one task: what to do, how, how one sees that it worked, and how it is undone, in one language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from codedark.app.by_hand import commands
from codedark.app.by_hand.commands import Filling
from codedark.app.by_hand.filling import AROUND, Filler, Meant
from codedark.app.by_hand.sharing import Shared, shared
from codedark.app.containment_page.words import Words
from codedark.app.untrusted import one_line
from codedark.contain.action import ActionKind
from codedark.enforce.by_hand.tasks import Asked, Task
from codedark.enforce.contract import Order
from codedark.hospital.asset import MEDICAL_DEVICES, Asset, AssetKind
from codedark.hospital.zone import ZoneId

_WIFI: Final = frozenset({AssetKind.LAPTOP, AssetKind.TABLET, AssetKind.MOBILE_WORKSTATION, AssetKind.INFUSION_PUMP})
_VIRTUAL: Final = frozenset({AssetKind.SERVER, AssetKind.DOMAIN_CONTROLLER})
_SHARED: Final = frozenset({"host", "zone", "remote", "internet", "account", "group"})
"""Methods that close something that another task may need closed too."""
_NOTHING_SHARED: Final = Shared()
_LONGEST_NAME: Final = 80
_MOST_NAMES: Final = 6


@dataclass(frozen=True, slots=True)
class Section:
    """Before, do, see or undo: its title, numbered sentences, and boxes of (product, lines)."""

    moment: str
    title: str
    sentences: tuple[str, ...]
    boxes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One task in words. ``facts`` say what and where it is."""

    title: str
    facts: tuple[str, ...]
    sections: tuple[Section, ...]
    is_undo: bool = False


def sheet_of(filler: Filler, words: Words, task: Task, others: Iterable[Task] = ()) -> Sheet:
    """The sheet of a task; one that is to be undone has nothing but the undoing, and of that only what none of the
    ``others`` still needs.
    """
    is_undo = task.asked is Asked.TO_UNDO
    needed = shared(filler, task, others)
    meant = filler.meant(task.order, task.name)
    if is_undo and needed.names:
        meant = _without(filler, task, needed)
    title = title_of(filler, words, task.order)
    sections = sections_of(words, meant, ("undo",) if is_undo else commands.MOMENTS, needed)
    return Sheet(words("undo_what", what=title) if is_undo else title, _facts(filler, words, meant), sections, is_undo)


def title_of(filler: Filler, words: Words, order: Order) -> str:
    """An order in a sentence."""
    zones = filler.hospital.zones

    def named(zone: ZoneId) -> str:
        known = zones.get(zone)
        return short(f"{zone} ({known.name})" if known and known.name != zone else zone)

    method = filler.method_of(order)
    around = filler.around(order) if method in AROUND else None
    first = order.ways[0] if order.ways else None
    source, target = (named(first.source), named(first.target)) if first else ("?", order.action.partition(":")[2])
    if around or order.accounts:
        target = named(around) if around else some(order.accounts)
    key: str = "group" if method == "group" else order.kind
    if order.kind is ActionKind.CUT_ZONES and method == "zone":
        key = "cut_zone"
    protocols = [way.protocol for way in order.ways if way.protocol]
    return words(
        f"what.{key}", source=source, target=short(target), protocol=some(protocols) or "?", groups=some(order.groups)
    )


def _without(filler: Filler, task: Task, needed: Shared) -> Meant:
    """What is undone of a task of which others need something."""
    free = tuple(each for each in task.order.accounts if each not in needed.accounts)
    order = replace(task.order, accounts=free or task.order.accounts)
    meant = filler.meant(order, task.name)
    return replace(meant, filling=replace(meant.filling, held=needed.products))


def sections_of(
    words: Words, meant: Meant, moments: tuple[str, ...] = commands.MOMENTS, needed: Shared = _NOTHING_SHARED
) -> tuple[Section, ...]:
    """The sections of a method, filled in."""
    return tuple(
        Section(
            moment, words(f"sections.{moment}"), _sentences(words, meant, moment, needed), _boxes(words, meant, moment)
        )
        for moment in moments
    )


def _sentences(words: Words, meant: Meant, moment: str, needed: Shared) -> tuple[str, ...]:
    found = words.sentences(f"{meant.method}.{moment}", peers=some(meant.peers, len(meant.peers)) or commands.BLANK)
    if moment == "undo" and meant.method in _SHARED:
        found = [words("held", names=some(needed.names)) if needed.names else words("shared"), *found]
    if moment == "before":
        found += _warnings(words, meant.asset) if meant.asset else []
        found += [words("commit")] if "paloalto" in commands.lines(meant.method, moment, meant.filling) else []
    if moment == "do" and meant.method == "host" and meant.asset and meant.asset.kind in _WIFI:
        found.append(words("host.wifi", mac=meant.asset.mac or commands.BLANK))
    if moment in {"do", "undo"}:
        found += [words("no_command", why=words("unquotable", name=short(each))) for each in meant.refused]
        found += [words("ipv6_only", names=some(meant.v6_only))] if meant.v6_only else []
    return tuple(found)


def _warnings(words: Words, asset: Asset) -> list[str]:
    found = [words("host.medical")] if asset.kind in MEDICAL_DEVICES else []
    found += [words("host.directory")] if asset.kind is AssetKind.DOMAIN_CONTROLLER else []
    return found + ([words("host.virtual")] if asset.kind in _VIRTUAL else [])


def _boxes(words: Words, meant: Meant, moment: str) -> tuple[tuple[str, str], ...]:
    if meant.refused:
        return ()
    boxes = []
    for product, text in commands.lines(meant.method, moment, meant.filling).items():
        title = words(f"product.{product}")
        boxes.append((title if product == "any" else words("example", product=title), text))
    return tuple(boxes)


def _facts(filler: Filler, words: Words, meant: Meant) -> tuple[str, ...]:
    """What and where, as the model knows it."""
    if asset := meant.asset:
        ward = filler.hospital.wards.get(asset.ward) if asset.ward else None
        parts = [
            asset.id, ", ".join(asset.addresses), asset.mac, asset.operating_system,
            asset.place, ward.name if ward else "", asset.owner, str(asset.zone or ""),
        ]  # fmt: skip
        return tuple(short(part) for part in dict.fromkeys(parts) if part)
    found = []
    for zone in meant.zones:
        vlans = words("paper.vlans", names=some([str(vlan) for vlan in zone.vlans])) if zone.vlans else ""
        nets = some([str(net) for net in zone.cidrs]) or words("paper.no_range")
        found.append(" · ".join(filter(None, (short(f"{zone.id} ({zone.name})"), vlans, nets))))
    return tuple(found)


def generic(words: Words, method: str) -> tuple[Section, ...]:
    """A method with blanks to fill in, for the paper plan."""
    blank = commands.BLANK
    net = (commands.BlankNetwork(),)
    name = (f"'{blank}'",)
    filling = Filling(f"CD-{blank}", v4=(blank,), source=net, target=net, accounts=name, groups=name)
    return sections_of(words, Meant(method, filling))


def short(text: str) -> str:
    """A name on one line, and no longer than one."""
    text = one_line(text)
    return text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1] + "…"


def some(names: tuple[str, ...] | list[str], most: int = _MOST_NAMES) -> str:
    """The first names, and how many more there are."""
    return ", ".join(short(each) for each in names[:most]) + (f" +{len(names) - most}" if len(names) > most else "")
