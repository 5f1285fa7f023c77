"""What the numbers of RADIUS mean: the attributes that are sent and read, and why a switch says no (RFC 5176 3.5)."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Final

from pyrad.dictionary import Dictionary

SESSION_NOT_FOUND: Final = 503
CAUSES: Final[Mapping[int, str]] = {
    401: "it does not know an attribute of the request (Unsupported Attribute)",
    402: "it misses an attribute (Missing Attribute)",
    403: "it is not the one that is meant (NAS Identification Mismatch)",
    404: "it finds the request invalid (Invalid Request)",
    405: "it does not do that service (Unsupported Service)",
    406: "it does not know an extension (Unsupported Extension)",
    407: "it does not take a value, such as a filter or VLAN that it does not have (Invalid Attribute Value)",
    501: "its administrator forbids it (Administratively Prohibited)",
    502: "the request cannot be routed to it (Request Not Routable)",
    SESSION_NOT_FOUND: "it has no such session (any more) (Session Context Not Found)",
    504: "it cannot remove that session (Session Context Not Removable)",
    505: "a proxy in between failed (Other Proxy Processing Error)",
    506: "it has no resources left (Resources Unavailable)",
    507: "it asks its own RADIUS server first (Request Initiated)",
    508: "it would mean several sessions (Multiple Session Selection Unsupported)",
}
"""RFC 5176 3.5."""
# RFC 2865, 2868, 2869 and 5176, and the two roles of vendors that switches and access points take most.
DICTIONARY: Final = Dictionary(
    io.StringIO(
        """
ATTRIBUTE Filter-Id 11 string
ATTRIBUTE Session-Timeout 27 integer
ATTRIBUTE Termination-Action 29 integer
ATTRIBUTE Calling-Station-Id 31 string
ATTRIBUTE Acct-Session-Id 44 string
ATTRIBUTE Event-Timestamp 55 integer
ATTRIBUTE Tunnel-Type 64 integer has_tag
ATTRIBUTE Tunnel-Medium-Type 65 integer has_tag
ATTRIBUTE Message-Authenticator 80 octets
ATTRIBUTE Tunnel-Private-Group-Id 81 string has_tag
ATTRIBUTE Error-Cause 101 integer
VENDOR Cisco 9
BEGIN-VENDOR Cisco
ATTRIBUTE Cisco-AVPair 1 string
END-VENDOR Cisco
VENDOR Aruba 14823
BEGIN-VENDOR Aruba
ATTRIBUTE Aruba-User-Role 1 string
END-VENDOR Aruba
"""
    )
)
