"""nmap's XML (``nmap -oX``, DTD nmaprun): hosts that answered, with names, MAC, maker, ports and system.

Hosts before a break in the file are whole and are taken; what broke is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from codedark.hospital.importers import cells
from codedark.hospital.importers.facts import AssetFact, Facts, Origin
from codedark.hospital.importers.gathering import Asked, Broken, Said, gather
from codedark.hospital.importers.meanings import kind_of, kind_of_ports, kind_of_system

SURE: Final = 95
"""Percent from which nmap's guess of an operating system is taken; below it is often another of the same family."""


def read(octets: bytes, file: str, asked: Asked) -> Facts:  # noqa: ARG001 - a guessed system has no known support
    """One asset for each host that is up."""
    return gather(file, _hosts(octets), _said)


def _hosts(octets: bytes) -> Iterator[tuple[int, str, Element] | Broken]:
    depth = 0
    try:
        for event, element in iterparse(BytesIO(octets), events=("start", "end")):
            depth += 1 if event == "start" else -1
            if event == "end" and element.tag == "host":
                address = element.find("address")
                yield 0, f"host {'' if address is None else address.get('addr', '')}"[:80], element
            if event == "end" and depth == 1:
                element.clear()
    except ParseError as error:
        yield Broken(error.position[0], f"the XML breaks off here ({error.msg})", "let nmap finish, or scan again")
    except DefusedXmlException:
        yield Broken(0, "the file declares entities, which nmap never does", "do not trust where this file comes from")
    except (ValueError, LookupError) as error:  # an encoding that there is not, or that is not the file's
        yield Broken(1, f"the XML cannot be decoded ({error})", "let nmap write it again")


def _said(origin: Origin, host: Element) -> Said:
    status = host.find("status")
    if status is not None and status.get("state") != "up":
        return "host that did not answer"
    by_type: dict[str, list[str]] = {}
    maker = ""
    for address in host.findall("address"):
        by_type.setdefault(address.get("addrtype", ""), []).append(address.get("addr", ""))
        maker = maker or address.get("vendor", "")
    found = cells.addresses(" ".join(by_type.get("ipv4", []) + by_type.get("ipv6", [])))
    name = next((cells.host_name(each.get("name", "")) for each in host.findall("hostnames/hostname")), "")
    mac = cells.mac(next(iter(by_type.get("mac", [])), ""))
    if not (found or name or mac):
        return "host without address"
    system, device = _system(host)
    return [
        AssetFact(
            origin,
            name,
            found,
            mac,
            kind_of(device) or kind_of_ports(_served(host)) or kind_of_system(system),
            system,
            manufacturer=cells.plain(maker),
        )
    ]


def _system(host: Element) -> tuple[str, str]:
    """The operating system and the type of device, where nmap is sure of them."""
    for match in host.findall("os/osmatch"):
        accuracy = match.get("accuracy", "")
        if accuracy.isascii() and accuracy.isdigit() and int(accuracy[:4]) >= SURE:
            kinds = {each.get("type", "") for each in match.findall("osclass")}
            only = kinds.pop() if len(kinds) == 1 else ""
            return cells.plain(match.get("name", "")), "" if only == "general purpose" else only
    return "", ""


def _served(host: Element) -> set[tuple[str, int]]:
    served = set()
    for port in host.findall("ports/port"):
        state, number = port.find("state"), port.get("portid", "")
        if state is not None and state.get("state") == "open" and number.isascii() and number.isdigit():
            served.add((port.get("protocol", ""), int(number[:6])))
    return served
