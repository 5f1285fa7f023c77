"""Rules of a packet filter as entries of an access list (RFC 8519, `ietf-access-control-list`), and what stands there.

A list asks its entries one after the other, and the first that fits decides. So the list is one of our own, in front
of the hospital's on each interface, and what lets lifelines pass comes first in it. It is always written as a whole:
servers exist that put an entry at the end which was to be inserted first (yuma123 2.13, at the commit).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final
from xml.etree import ElementTree as ET  # only to write, and for the type of what defusedxml read

from codedark.enforce.netconf.session import BASE
from codedark.enforce.packet_rules import PacketRule, Verdict

ACL: Final = "urn:ietf:params:xml:ns:yang:ietf-access-control-list"
OURS: Final = "codedark-"
_NUMBERS: Final = {"tcp": "6", "udp": "17"}
_IDENTITY: Final = "/actions/forwarding"
"""The leaf whose value is a name with a prefix that everybody chooses as they like."""
_DROPPING: Final = frozenset({f"{_IDENTITY}=drop", f"{_IDENTITY}=reject"})
_FORWARDING: Final = {Verdict.ALLOW: "accept", Verdict.DENY: "drop"}


def entry_name(rule: PacketRule) -> str:
    """The name of the entry of a rule; RFC 8519 allows 64 characters."""
    return OURS + blake2b(str(rule).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Lists:
    """What a device has: the entries of each list in order, and which lists are in use."""

    entries: Mapping[str, Sequence[ET.Element]]
    attached: frozenset[str]

    def ours(self) -> set[tuple[str, str]]:
        """List and name of every entry of ours."""
        return {(each, _text(ace, "name")) for each, aces in self.entries.items() for ace in aces if _is_ours(ace)}

    def foreign(self, list_name: str) -> str:
        """The name of an entry that is not ours, "" if there is none."""
        return next((_text(ace, "name") for ace in self.entries[list_name] if not _is_ours(ace)), "")

    def wrong(self, list_name: str, rule: PacketRule) -> str:
        """Why the entry of a rule, which is there, may not do what it says, "" if nothing speaks against it."""
        wanted, drops = _entry(rule), _content(_entry(rule)) & _DROPPING
        for ace in self.entries[list_name]:
            name = _text(ace, "name")
            if name == entry_name(rule):
                return "" if _content(ace) == _content(wanted) else f"somebody changed entry {name} of {list_name}"
            if not _is_ours(ace) or (not drops and _content(ace) & _DROPPING):
                return f"entry {name} of {list_name} is asked before {entry_name(rule)}, and may decide otherwise"
        return ""


def asking() -> ET.Element:
    """The operation that asks for all lists in the running configuration."""
    operation = ET.Element(f"{{{BASE}}}get-config")
    ET.SubElement(ET.SubElement(operation, f"{{{BASE}}}source"), f"{{{BASE}}}running")
    chosen = ET.SubElement(operation, f"{{{BASE}}}filter", {"type": "subtree"})
    ET.SubElement(chosen, _tag("acls"))
    return operation


def told(reply: ET.Element) -> Lists:
    """The lists in a reply."""
    entries = {
        _text(each, "name"): tuple(each.iter(_tag("ace")))
        for acls in reply.iter(_tag("acls"))
        for each in acls.iterfind(_tag("acl"))
    }
    points = (each for acls in reply.iter(_tag("acls")) for each in acls.iterfind(_tag("attachment-points")))
    attached = frozenset(_text(each, "name") for point in points for each in point.iter(_tag("acl-set")))
    return Lists(entries, attached)


def writing(
    lists: Lists, more: Iterable[tuple[str, PacketRule]] = (), less: Collection[tuple[str, str]] = ()
) -> ET.Element:
    """The operation that writes every list that changes: with ``more`` rules, each by its list, and ``less`` entries,
    each by its list and its name. What is not ours stays, behind what is.
    """
    put: dict[str, dict[str, ET.Element]] = {}
    for list_name, rule in more:
        put.setdefault(list_name, {})[entry_name(rule)] = _entry(rule)
    operation = ET.Element(f"{{{BASE}}}edit-config")
    ET.SubElement(ET.SubElement(operation, f"{{{BASE}}}target"), f"{{{BASE}}}candidate")
    ET.SubElement(operation, f"{{{BASE}}}default-operation").text = "none"
    acls = ET.SubElement(ET.SubElement(operation, f"{{{BASE}}}config"), _tag("acls"))
    for list_name in sorted({*put, *(each for each, _ in less)}):
        here = put.get(list_name, {})
        stay = [
            ace
            for ace in lists.entries[list_name]
            if _text(ace, "name") not in here and (list_name, _text(ace, "name")) not in less
        ]
        acl = ET.SubElement(acls, _tag("acl"))
        ET.SubElement(acl, _tag("name")).text = list_name
        aces = ET.SubElement(acl, _tag("aces"), {f"{{{BASE}}}operation": "replace"})
        aces.extend(sorted([*stay, *here.values()], key=_rank))
    return operation


def without_ours(reply: ET.Element) -> bytes:
    """A configuration in a reply as text, without entries of ours."""
    for aces in list(reply.iter(_tag("aces"))):
        for entry in [each for each in aces if _is_ours(each)]:
            aces.remove(entry)
    data = reply.find(f"{{{BASE}}}data")
    return b"" if data is None else ET.canonicalize(ET.tostring(data), strip_text=True).encode()


def _rank(ace: ET.Element) -> int:
    """Lifelines first, then what we drop, then what is not ours."""
    return (1 if _content(ace) & _DROPPING else 0) if _is_ours(ace) else 2


def _is_ours(ace: ET.Element) -> bool:
    return _text(ace, "name").startswith(OURS)


def _entry(rule: PacketRule) -> ET.Element:
    entry = ET.Element(_tag("ace"))
    ET.SubElement(entry, _tag("name")).text = entry_name(rule)
    matches = ET.SubElement(entry, _tag("matches"))
    ip = f"ipv{rule.version}"
    header = ET.SubElement(matches, _tag(ip))
    if rule.protocol:
        ET.SubElement(header, _tag("protocol")).text = _NUMBERS[rule.protocol]
    for end, block in (("destination", rule.target), ("source", rule.source)):
        if block is not None:
            ET.SubElement(header, _tag(f"{end}-{ip}-network")).text = str(block)
    if rule.source_port or rule.port:
        ports = ET.SubElement(matches, _tag(rule.protocol))
        for end, port in (("source", rule.source_port), ("destination", rule.port)):
            if port:
                said = ET.SubElement(ports, _tag(f"{end}-port"))
                ET.SubElement(said, _tag("operator")).text = "eq"
                ET.SubElement(said, _tag("port")).text = str(port)
    actions = ET.SubElement(entry, _tag("actions"))
    ET.SubElement(actions, _tag("forwarding")).text = f"acl:{_FORWARDING[rule.verdict]}"
    return entry


def _content(entry: ET.Element) -> frozenset[str]:
    """What an entry says, leaf by leaf, whatever the order and the prefixes. `eq` is what RFC 8519 has without it."""
    return frozenset(leaf for leaf in _leaves(entry, "") if not leaf.endswith("-port/operator=eq"))


def _leaves(element: ET.Element, path: str) -> Iterator[str]:
    for child in element:
        at = f"{path}/{child.tag.rpartition('}')[2]}"
        if len(child):
            yield from _leaves(child, at)
        else:
            value = (child.text or "").strip()
            yield f"{at}={value.rpartition(':')[2] if at == _IDENTITY else value}"


def _text(element: ET.Element, tag: str) -> str:
    return (element.findtext(_tag(tag)) or "").strip()


def _tag(name: str) -> str:
    return f"{{{ACL}}}{name}"


ET.register_namespace("acl", ACL)
ET.register_namespace("nc", BASE)
