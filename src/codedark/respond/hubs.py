"""Who is a hub: a machine or account through which everybody passes, so that meeting there means nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from codedark.detect.behaviour.places import Places, short
from codedark.hospital.account import AccountKind
from codedark.hospital.asset import AssetKind
from codedark.respond.settings import JoiningSettings
from codedark.respond.weights import Firing

_KINDS = frozenset(
    {AssetKind.DOMAIN_CONTROLLER, AssetKind.HYPERVISOR, AssetKind.STORAGE, AssetKind.FIREWALL, AssetKind.SWITCH}
)
_ACCOUNTS = frozenset({AccountKind.SERVICE, AccountKind.SHARED})
_EVERYWHERE = frozenset({"root", "administrator", "guest", "nobody"})  # one name on every machine, not one account
_MOST = 20_000


class Hubs:
    """Hubs by what they are, by whom the model's flows show them to talk to, and by ordinary days."""

    def __init__(self, places: Places, settings: JoiningSettings) -> None:
        self._places = places
        self._settings = settings
        self._busy = _busy(places, settings)
        self._met: dict[str, None] = {}

    def host(self, host: str) -> bool:
        """Whether this host is a hub."""
        asset = self._places.asset(host)
        return (asset is not None and asset.kind in _KINDS) or host in self._busy or f"h:{host}" in self._met

    def account(self, account: str) -> bool:
        """Whether this account is a hub: a machine's or a service's, shared, or of one name on every machine."""
        if account.endswith("$") or account in _EVERYWHERE or f"a:{account}" in self._met:
            return True
        known = self._places.account_of(account)
        return known is not None and known.kind in _ACCOUNTS

    def entity(self, entity: str) -> bool:
        """The same of ``h:HOST`` or ``a:ACCOUNT``; sessions are none."""
        kind, _, name = entity.partition(":")
        return self.host(name) if kind == "h" else kind == "a" and self.account(name)

    def learn(self, ordinary: Iterable[Firing]) -> None:
        """An ordinary day is over: who met many others on it is a hub from now on."""
        met: defaultdict[str, set[str]] = defaultdict(set)
        for each in ordinary:
            if each.host and each.account:
                met[f"h:{each.host}"].add(each.account)
                met[f"a:{each.account}"].add(each.host)
        for name, others in met.items():
            if len(others) >= self._settings.hub_counterparts and len(self._met) < _MOST:
                self._met[name] = None


def _busy(places: Places, settings: JoiningSettings) -> frozenset[str]:
    """The hosts that talk to a good share of all assets, or to which these talk."""
    flows = places.hospital.flows
    peers: Counter[str] = Counter()
    for source, target in set(zip(flows.sources, flows.targets, strict=True)):
        peers[short(source)] += 1
        peers[short(target)] += 1
    least = max(settings.hub_peers, settings.hub_share * len(places.hospital.assets))
    return frozenset(host for host, number in peers.items() if number >= least)
