"""Who may reach whom, as columns: nodes that can be taken, edges along which an attacker goes on, and their names.

Nodes are assets and accounts, in the order of the hospital, and after them gateways: what is true of all machines of a
zone is said once, so that there are as many edges as folded flows and assets, and not as many as pairs of assets.
`codedark.contain.hospital_network` draws them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from codedark.contain.problem import Floats, Ints
from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId
from codedark.hospital.zone import ZoneId

NOWHERE: Final = ZoneId("")
"""The zone of assets of which none is known."""
NONE: Final = -1


class NodeKind(IntEnum):
    """What a node is. All after `ACCOUNT` are gateways, which cost nothing when they are reached."""

    ASSET = 0
    ACCOUNT = 1
    STRANGERS = 2  # machines of a zone that the model does not name
    OUT_OF = 3  # somebody looks about from a zone
    INTO = 4  # ... and knows the ways into a zone by a protocol
    MAY_LOG_ON = 5  # accounts that may log on to a kind or a zone, privileged or not
    LOGGED_ON = 6  # whoever may be logged on in a kind or a zone
    DIRECTORY = 7  # all passwords
    OUTSIDE = 8  # where data goes that leaves


class EdgeKind(IntEnum):
    """Why somebody may go along an edge."""

    SEEN = 0  # from a client to the server that it was seen to talk to
    ANSWERS = 1  # back from the server
    LEAVES = 2  # from a machine to where it can look about
    CROSSES = 3  # from one zone into another, or within one, by a protocol
    ENTERS = 4  # to a machine that serves the protocol
    TAKES = 5  # from a machine to an account that is logged on there
    LOGS_ON = 6  # from an account to a machine
    DIALS = 7  # from an account into the zone where its owner dials in
    DATA = 8  # from a machine with records to the outside


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Nodes (``names``, ``kinds``, ``node_zones``) and edges (all other columns, one row for each edge).

    Zones and protocol families are numbers, whose names stand in ``zones`` and ``families``; -1 is none. ``starts`` and
    ``ends`` of an edge are the zones of who begins the connection and who serves it, which for answers is not the order
    of ``sources`` and ``targets``. ``carried`` are octets by zone, zone and family, as seen.
    """

    assets: Mapping[AssetId, int]
    accounts: Mapping[AccountId, int]
    names: tuple[str, ...]
    kinds: Ints
    node_zones: Ints
    zones: tuple[ZoneId, ...]
    families: tuple[str, ...]
    sources: Ints
    targets: Ints
    rates: Floats
    edge_kinds: Ints
    edge_families: Ints
    starts: Ints
    ends: Ints
    carried: Mapping[tuple[int, int, int], float]
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.sources)

    def tell(self, edge: int) -> str:
        """An edge in words: ``WS-0001 to DC01 by smb``."""
        family = self.edge_families[edge]
        way = f"{self.names[self.sources[edge]]} to {self.names[self.targets[edge]]}"
        return f"{way} by {self.families[family]}" if family != NONE else way
