"""What an action consists of on devices: addresses, ways between zones, accounts. Pure.

Closing a supplier's access is two things, ways and accounts, which different devices do: each is a part of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from codedark.app.enforcing.proposed import ProposedAction
from codedark.contain.action import ActionId, ActionKind
from codedark.enforce.contract import Way
from codedark.errors import UsageError
from codedark.hospital.account import AccountId, AccountKind
from codedark.hospital.asset import AssetId
from codedark.hospital.failure import Dependents, Down
from codedark.hospital.hospital import Hospital
from codedark.hospital.service import Tier
from codedark.hospital.zone import Link, Purpose, ZoneId

OF_A_MACHINE: Final = frozenset({ActionKind.ISOLATE_HOST, ActionKind.SHUT_DOWN, ActionKind.RESTRICT_TO_LIFELINE})
Families = Mapping[str, Sequence[str]]
"""The ports of each family of protocols, as ``tcp/445`` or ``tcp/49152-65535``; none where they cannot be told."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that devices are asked for. ``says`` is the part in words, ``tier`` the most urgent that it touches.

    ``asset`` is the machine where there is one; its ``addresses`` may not be known.
    """

    action: ActionId
    kind: ActionKind
    says: str
    tier: Tier = Tier.FIVE
    addresses: tuple[str, ...] = ()
    ways: tuple[Way, ...] = ()
    accounts: tuple[AccountId, ...] = ()
    asset: AssetId | None = None


def parts_of(hospital: Hospital, actions: Iterable[ProposedAction], families: Families) -> tuple[Part, ...]:
    """The parts of each action, in the order of the actions; every action has at least one.

    Raises `UsageError` for an action that names what the model does not have.
    """
    dependents = Dependents(hospital)
    return tuple(part for action in actions for part in _parts(dependents, action, families))


def down_of(hospital: Hospital, parts: Iterable[Part]) -> Down:
    """What parts take down together: the machines that are isolated, and the ways that are cut as a whole."""
    by_address: dict[str, set[AssetId]] = {}
    for asset in hospital.assets.values():
        for address in asset.addresses:
            by_address.setdefault(address, set()).add(asset.id)
    assets: set[AssetId] = set()
    links: set[Link] = set()
    for part in parts:
        if part.kind is not ActionKind.RESTRICT_TO_LIFELINE:
            assets |= {part.asset} if part.asset else set()
            assets |= {each for address in part.addresses for each in by_address.get(address, ())}
        links |= {Link(way.source, way.target) for way in part.ways if not way.protocol}
    return Down(frozenset(assets), links=frozenset(links))


def _parts(dependents: Dependents, action: ProposedAction, families: Families) -> Iterator[Part]:
    hospital, name = dependents.hospital, ActionId(action.action)
    losses = [Tier(min(max(each.tier, 0), 5)) for each in action.losses]
    accounts = tuple(_account(hospital, action, each) for each in _accounts_of(action))
    match action.kind:
        case kind if kind in OF_A_MACHINE:
            asset = _asset(hospital, action)
            tier = _urgent(dependents, Down(frozenset({asset})), losses)
            addresses = hospital.assets[asset].addresses
            yield Part(name, action.kind, _SAYS[action.kind].format(asset), tier, addresses, asset=asset)
        case ActionKind.DISABLE_ACCOUNT:
            yield _of_accounts(dependents, name, action.kind, accounts, losses)
        case _:
            if ways := _ways(hospital, action, families):
                links = frozenset(Link(way.source, way.target) for way in ways)
                tier = _urgent(dependents, Down(links=links), losses)
                yield Part(name, action.kind, _way_words(action, ways), tier, ways=ways)
            if accounts:
                yield _of_accounts(dependents, name, ActionKind.DISABLE_ACCOUNT, accounts, losses)
            if not (ways or accounts):
                tier = min((Tier.ONE, *losses))
                yield Part(name, action.kind, f"{action.action}: its ports are not known", tier)


_SAYS = {
    ActionKind.ISOLATE_HOST: "take {} off the network",
    ActionKind.SHUT_DOWN: "shut {} down",
    ActionKind.RESTRICT_TO_LIFELINE: "leave {} nothing but what its lifeline needs",
}


def _of_accounts(
    dependents: Dependents, name: ActionId, kind: ActionKind, accounts: tuple[AccountId, ...], losses: Sequence[Tier]
) -> Part:
    """The model does not say what runs under a service's account: it may be urgent."""
    known = dependents.hospital.accounts
    service = any(known[each].kind is AccountKind.SERVICE for each in accounts)
    tier = min((Tier.ONE if service else Tier.FIVE, *losses))
    return Part(name, kind, f"disable {', '.join(accounts)}", tier, accounts=accounts)


def _accounts_of(action: ProposedAction) -> tuple[str, ...]:
    return action.accounts or ((action.account,) if action.account else ())


def _ways(hospital: Hospital, action: ProposedAction, families: Families) -> tuple[Way, ...]:
    """The ways that an action closes, in both directions but for a protocol. Zones without addresses have none."""
    zones = hospital.zones.values()
    ranged = [each.id for each in zones if each.cidrs or each.purpose is Purpose.INTERNET]
    if action.from_zone and action.to_zone:
        source, target = _zone(hospital, action, action.from_zone), _zone(hospital, action, action.to_zone)
        if action.kind is ActionKind.BLOCK_PROTOCOL:
            return tuple(Way(source, target, each) for each in families.get(action.protocol or "", ()))
        return (Way(source, target), Way(target, source))
    if action.kind is ActionKind.CLOSE_INTERNET:
        around = [each.id for each in zones if each.purpose is Purpose.INTERNET]
    elif action.zone:
        around = [_zone(hospital, action, action.zone)]
    else:
        return ()
    pairs = [(one, other) for one in around for other in ranged if other not in around]
    return tuple(way for one, other in pairs for way in (Way(one, other), Way(other, one)))


def _way_words(action: ProposedAction, ways: Sequence[Way]) -> str:
    if action.kind is ActionKind.BLOCK_PROTOCOL:
        return f"block {action.protocol} from {action.from_zone} to {action.to_zone}"
    if action.kind is ActionKind.CLOSE_INTERNET:
        return "cut the internet off"
    if action.zone:
        return f"cut {action.zone} off from all other zones"
    return f"cut {ways[0].source} and {ways[0].target} apart"


def _urgent(dependents: Dependents, down: Down, losses: Sequence[Tier]) -> Tier:
    """The most urgent tier of what falls, stands on its last alternatives, or is lost by what the plan says."""
    failure = dependents.fail(down)
    services = (dependents.hospital.services[each] for each in (*failure.because, *failure.without_spare))
    return min((*(each.tier for each in services), *losses), default=Tier.FIVE)


def _asset(hospital: Hospital, action: ProposedAction) -> AssetId:
    if action.asset is None or action.asset not in hospital.assets:
        raise _unknown(action, "asset", action.asset)
    return AssetId(action.asset)


def _zone(hospital: Hospital, action: ProposedAction, name: str) -> ZoneId:
    if name not in hospital.zones:
        raise _unknown(action, "zone", name)
    return ZoneId(name)


def _account(hospital: Hospital, action: ProposedAction, name: str) -> AccountId:
    if name not in hospital.accounts:
        raise _unknown(action, "account", name)
    return AccountId(name)


def _unknown(action: ProposedAction, what: str, name: str | None) -> UsageError:
    return UsageError(f"{action.action}: hospital.yaml has no {what} {name}: make the plans anew, or leave it out")
