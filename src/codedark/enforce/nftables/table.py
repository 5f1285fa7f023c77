"""The table of Code Dark in nftables, as JSON (libnftables-json(5)): its rules, and elements of its sets as text.

A thing of this device is an element of a set, as text: ``isolated4 10.1.0.7``, ``cut4 10.1.0.0-10.1.0.255
10.2.0.0-10.2.0.255``, ``blocked4`` the same with ``tcp 445`` or ``tcp 49152-65535`` behind it.

A packet goes this way; the numbers are those of `rules`:

    forward, input   everything that is routed or meant for the firewall itself
      judged         (1) isolated, either end -> doomed   (2) cut, (3) blocked -> opened   else the hospital's rules
        opened       (4) an answer to what the other side opened passes, else -> doomed
          doomed     (5) lifelines pass                   (6) the one drop of this table
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Final

from codedark.enforce.address_ranges import AddressRange

FAMILY: Final = "inet"
TABLE: Final = "codedark"
BEFORE_FILTERS: Final = -10
HOOKS: Final = ("forward", "input")
_CHAINS: Final = ("doomed", "opened", "judged")
_SETS: Final = {"isolated": [], "cut": ["again"], "blocked": ["again", "inet_proto", "inet_service"]}
_IP: Final = {4: "ip", 6: "ip6"}

Command = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Passage:
    """What a lifeline's clients need of it, both ways: connections from ``sources`` to ``targets``, on ``port`` of
    ``protocol`` (``tcp`` or ``udp``), or everything where the protocol is "".
    """

    name: str
    sources: IPv4Network | IPv6Network
    targets: IPv4Network | IPv6Network
    protocol: str = ""
    port: int = 0


def laying(lifelines: Iterable[Passage]) -> list[Command]:
    """What makes the table, or makes it anew around the elements that are in its sets."""
    named = {"family": FAMILY, "table": TABLE}
    commands: list[Command] = [{"add": {"table": {"family": FAMILY, "name": TABLE}}}]
    for name, more in _SETS.items():
        for version in _IP:
            address = f"ipv{version}_addr"
            kind = [address, *(address if part == "again" else part for part in more)] if more else address
            flags = ["interval", "timeout"] if more else ["timeout"]
            commands.append({"add": {"set": {**named, "name": f"{name}{version}", "type": kind, "flags": flags}}})
    base = {"type": "filter", "prio": BEFORE_FILTERS, "policy": "accept"}
    commands += [{"add": {"chain": {**named, "name": chain}}} for chain in _CHAINS]
    commands += [{"add": {"chain": {**named, "name": hook, "hook": hook, **base}}} for hook in HOOKS]
    commands += [{"flush": {"chain": {**named, "name": chain}}} for chain in (*_CHAINS, *HOOKS)]
    return commands + [{"add": {"rule": {**named, **rule}}} for rule in rules(lifelines)]


def rules(lifelines: Iterable[Passage]) -> list[Command]:
    """Every rule as its chain, expressions and comment, chain by chain in the order in which they are asked."""
    doomed = [rule for passage in lifelines for rule in _passing(passage)]  # (5)
    doomed.append(_rule("doomed", [{"counter": {"packets": 0, "bytes": 0}}, {"drop": None}], "codedark"))  # (6)
    opened = [  # (4)
        _rule("opened", [_match({"ct": {"key": "direction"}}, "reply"), {"return": None}]),
        _rule("opened", [_goto("doomed")]),
    ]
    judged: list[Command] = []
    service = [{"meta": {"key": "l4proto"}}, _field("th", "dport")]
    for version, ip in _IP.items():
        source, target = _field(ip, "saddr"), _field(ip, "daddr")
        judged += [  # (1)
            _rule("judged", [_match(end, f"@isolated{version}"), _goto("doomed")]) for end in (source, target)
        ]
        for name, parts in (("cut", [source, target]), ("blocked", [source, target, *service])):  # (2), (3)
            judged.append(_rule("judged", [_match({"concat": parts}, f"@{name}{version}"), _goto("opened")]))
    hooks = [_rule(hook, [{"jump": {"target": "judged"}}]) for hook in HOOKS]
    return doomed + opened + judged + hooks


def without_handles(rule: Mapping[str, Any]) -> Command:
    """A rule that the kernel tells, as `rules` has it."""
    expressions = [{"counter": {"packets": 0, "bytes": 0}} if "counter" in each else each for each in rule["expr"]]
    return _rule(rule["chain"], expressions, rule.get("comment", ""))


def isolating(address: AddressRange) -> str:
    """The thing that isolates one address."""
    return f"isolated{address.version} {address}"


def cutting(sources: Sequence[AddressRange], targets: Sequence[AddressRange]) -> list[str]:
    """The things that cut everything that is opened from sources to targets."""
    return [f"cut{a.version} {a} {b}" for a in sources for b in targets if a.version == b.version]


def blocking(
    sources: Sequence[AddressRange], targets: Sequence[AddressRange], ports: Iterable[tuple[str, str]]
) -> list[str]:
    """The things that block some ports from sources to targets."""
    pairs = [(a, b) for a in sources for b in targets if a.version == b.version]
    return [f"blocked{a.version} {a} {b} {protocol} {port}" for protocol, port in ports for a, b in pairs]


def renewed(things: Iterable[str], lease_seconds: int) -> list[Command]:
    """Have each thing there, to end after its lease, whether it was there before or not.

    An element keeps its time if it is added again (before Linux 6.12), so it is deleted first; and only what is surely
    there can be deleted, so it is added before that. All of it is one transaction: no packet sees a gap.
    """
    return [
        command
        for name, elements in _by_set(things).items()
        for verb, timed in (("add", True), ("delete", False), ("add", True))
        for command in [_elements(verb, name, elements, lease_seconds if timed else None)]
    ]


def removed(things: Iterable[str]) -> list[Command]:
    """Have none of the things there, whether they were or not."""
    return [
        command
        for name, elements in _by_set(things).items()
        for command in (_elements("add", name, elements, 1), _elements("delete", name, elements, None))
    ]


def told(name: str, value: Any) -> str:
    """The thing that an element is that the kernel tells."""
    if not isinstance(value, dict) or "concat" not in value:
        return f"{name} {_range(value)}"
    sources, targets, *rest = value["concat"]
    return " ".join([name, str(_range(sources)), str(_range(targets)), *map(_port_words, rest)])


def _passing(passage: Passage) -> list[Command]:
    """Requests and answers of a lifeline. Answers are known by their port: tracking may have begun in between."""
    ip = _IP[passage.sources.version]
    found = []
    for source, target, port in (("saddr", "daddr", "dport"), ("daddr", "saddr", "sport")):
        parts = [(source, passage.sources), (target, passage.targets)]
        held = [_match(_field(ip, end), _network(network)) for end, network in parts if network.prefixlen]
        if passage.protocol:
            held.append(_match(_field(passage.protocol, port), passage.port))
        found.append(_rule("doomed", [*held, {"accept": None}], f"lifeline {passage.name}"[:100]))
    return found


def _by_set(things: Iterable[str]) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = {}
    for thing in sorted(set(things)):
        name, *parts = thing.split()
        ranges = [_value(AddressRange.parse(part)) for part in parts[:2]]
        rest = [parts[2], _ports(parts[3])] if len(parts) == 4 else []
        grouped.setdefault(name, []).append({"concat": [*ranges, *rest]} if len(parts) > 1 else ranges[0])
    return grouped


def _elements(verb: str, name: str, values: Sequence[Any], timeout_seconds: int | None) -> Command:
    timed = {} if timeout_seconds is None else {"timeout": timeout_seconds}
    elements = [{"elem": {"val": value, **timed}} for value in values]
    return {verb: {"element": {"family": FAMILY, "table": TABLE, "name": name, "elem": elements}}}


def _value(part: AddressRange) -> Any:
    text = str(part)
    return {"range": text.split("-")} if "-" in text else text


def _ports(text: str) -> Any:
    first, _, last = text.partition("-")
    return {"range": [int(first), int(last)]} if last else int(first)


def _port_words(value: Any) -> str:
    return "-".join(map(str, value["range"])) if isinstance(value, dict) else str(value)


def _range(value: Any) -> AddressRange:
    match value:
        case {"prefix": {"addr": str(address), "len": int(length)}}:
            network = IPv6Network if ":" in address else IPv4Network
            return AddressRange.of(network(f"{address}/{length}"))
        case {"range": [str(first), str(last)]}:
            return AddressRange.parse(f"{first}-{last}")
    return AddressRange.parse(str(value))


def _network(network: IPv4Network | IPv6Network) -> Any:
    address = str(network.network_address)
    if network.prefixlen == network.max_prefixlen:
        return address
    return {"prefix": {"addr": address, "len": network.prefixlen}}


def _rule(chain: str, expressions: Sequence[Command], comment: str = "") -> Command:
    return {"chain": chain, "expr": list(expressions)} | ({"comment": comment} if comment else {})


def _match(left: Command, right: Any) -> Command:
    return {"match": {"op": "==", "left": left, "right": right}}


def _field(protocol: str, field: str) -> Command:
    return {"payload": {"protocol": protocol, "field": field}}


def _goto(chain: str) -> Command:
    return {"goto": {"target": chain}}
