"""The command lines of `content/by_hand/commands.yaml`, filled in. They are printed and never run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from ipaddress import IPv4Network
from typing import Any, Final

import yaml
from jinja2 import Environment, StrictUndefined

MOMENTS: Final = ("before", "do", "see", "undo")
BLANK: Final = "________"


@dataclass(frozen=True, slots=True)
class BlankNetwork:
    """A network that somebody fills in with a pen."""

    network_address: str = BLANK
    netmask: str = BLANK
    hostmask: str = BLANK

    def __str__(self) -> str:
        return f"{BLANK}/__"


Networks = tuple[IPv4Network | BlankNetwork, ...]


@dataclass(frozen=True, slots=True)
class Filling:
    """What lines are filled in with; all of it is safe in a command line (`codedark.app.by_hand.quoting`).

    ``source`` and ``target`` are networks, ``both`` says whether both directions are closed. ``number`` is the task's.
    """

    id: str
    number: int | None = None
    v4: tuple[str, ...] = ()
    v6: tuple[str, ...] = ()
    mac: str = ""
    vlans: tuple[int, ...] = ()
    peers: tuple[str, ...] = ()
    source: Networks = ()
    target: Networks = ()
    both: bool = True
    tcp: tuple[str, ...] = ()
    udp: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    products: frozenset[str] = field(default_factory=frozenset)
    """Those that can be meant; all of them where it is empty."""
    held: frozenset[str] = field(default_factory=frozenset)
    """Those on which another task needs what this one would undo."""

    @property
    def peers_v4(self) -> list[str]:
        """Those of ``peers`` that stand in a list of IPv4 addresses."""
        return [each for each in self.peers if ":" not in each]

    @property
    def services(self) -> str:
        """The service objects of the ports, as PAN-OS names them."""
        names = [f"{self.id}-{name}" for name, ports in (("tcp", self.tcp), ("udp", self.udp)) if ports]
        return f"[ {' '.join(names)} ]" if names else "any"

    @property
    def directions(self) -> list[tuple[tuple[str, Networks], tuple[str, Networks]]]:
        """From where to where, each with the letter of its objects."""
        one, other = ("a", self.source), ("b", self.target)
        return [(one, other), (other, one)] if self.both else [(one, other)]


def lines(method: str, moment: str, filling: Filling) -> dict[str, str]:
    """By product, the lines of a method at one of `MOMENTS`; products that have none are left out."""
    given = {name: getattr(filling, name) for name in _NAMES}
    given["entries"] = _entries(method, filling, given)
    left_out = filling.held if moment == "undo" else frozenset[str]()
    found = {
        product: template.render(**given).strip("\n")
        for product, template in _templates().get(method, {}).get(moment, {}).items()
        if (not filling.products or product in filling.products) and product not in left_out
    }
    return {product: text for product, text in found.items() if text.strip()}


def _entries(method: str, filling: Filling, given: Mapping[str, object]) -> list[tuple[int | str, str]]:
    """The lines of an access list that tasks share, numbered so that no two tasks have one number: those of `restrict`,
    which let lifelines through, below `_FIRST_THAT_STOPS`, all others above. None where the numbers do not suffice.
    """
    template = _templates().get(method, {}).get("entries", {}).get("cisco")
    texts = [line for line in template.render(**given).splitlines() if line.strip()] if template else []
    if filling.number is None:
        return [(BLANK, text) for text in texts]
    if len(texts) >= _NUMBERS_A_TASK or filling.number >= _FIRST_THAT_STOPS // _NUMBERS_A_TASK:
        return []
    first = filling.number * _NUMBERS_A_TASK + (0 if method == "restrict" else _FIRST_THAT_STOPS)
    return list(enumerate(texts, first + 1))


_NUMBERS_A_TASK: Final = 10_000
_FIRST_THAT_STOPS: Final = 100_000_000


def methods() -> tuple[str, ...]:
    """All methods, in the order of the file."""
    return tuple(_templates())


_NAMES: Final = (
    "id", "v4", "v6", "mac", "vlans", "peers", "peers_v4", "source", "target", "both", "tcp", "udp",
    "accounts", "groups", "services", "directions",
)  # fmt: skip


@cache
def _templates() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    made = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701 - text
    made.filters["cisco_port"] = lambda port: f"range {port.replace('-', ' ')}" if "-" in port else f"eq {port}"
    text = (files("codedark") / "content" / "by_hand" / "commands.yaml").read_text("utf-8")
    read: dict[str, dict[str, dict[str, str]]] = yaml.safe_load(text)
    return {
        method: {
            moment: {product: made.from_string(template) for product, template in products.items()}
            for moment, products in moments.items()
        }
        for method, moments in read.items()
    }
