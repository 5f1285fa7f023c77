"""Addresses within a network, told in SQL: DuckDB has that only in an extension, and none is loaded here.

An address becomes a text of fixed length (the hexadecimal of its 4 or 16 bytes), and a network the first and last of
them. An IPv4 address written as IPv6 (``::ffff:10.1.2.3``, RFC 4291, 2.5.5.2) is the IPv4 address.
"""

from __future__ import annotations

import ipaddress
from typing import Final

_OCTET: Final = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_GROUPS: Final = "([0-9a-f]{1,4}:)*[0-9a-f]{1,4}"
_V4: Final = rf"(::ffff:)?({_OCTET}[.]){{3}}{_OCTET}"
_V6: Final = rf"([0-9a-f]{{1,4}}:){{7}}[0-9a-f]{{1,4}}|({_GROUPS})?::({_GROUPS})?"

MACROS: Final = (
    # "" for what is no such address.
    f"""CREATE TEMP MACRO codedark_v4(said) AS
        CASE WHEN regexp_full_match(lower(said), '{_V4}') THEN
            array_to_string(list_transform(string_split(replace(lower(said), '::ffff:', ''), '.'),
                lambda octet: format('{{:02x}}', CAST(octet AS INTEGER))), '')
        ELSE '' END""",
    """CREATE TEMP MACRO codedark_groups(said) AS
        array_to_string(list_transform(string_split(said, ':'), lambda each: lpad(each, 4, '0')), '')""",
    f"""CREATE TEMP MACRO codedark_v6(said) AS
        CASE WHEN NOT regexp_full_match(lower(said), '{_V6}') THEN ''
        WHEN NOT contains(said, '::') THEN codedark_groups(lower(said))
        ELSE codedark_groups(split_part(lower(said), '::', 1))
            || repeat('0', 32 - length(codedark_groups(split_part(lower(said), '::', 1)))
                - length(codedark_groups(split_part(lower(said), '::', 2))))
            || codedark_groups(split_part(lower(said), '::', 2)) END""",
)
"""What `network_ends` needs of a connection."""


def network_ends(text: str) -> tuple[str, str, str] | None:
    """The macro that writes addresses as they are compared, and the first and last of a network; None for none."""
    if "/" not in text:
        return None
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    ends = (network.network_address.packed.hex(), network.broadcast_address.packed.hex())
    return (f"codedark_v{network.version}", *ends)
